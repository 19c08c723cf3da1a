// Files by state, dataset and key.
import { html, useState } from "../vendor/preact-htm.js";
import { useAnswer, useMore } from "../live.js";
import { Answer, Command, Moment, More, State, Table, View, to } from "../parts.js";
import { STATES, count, quoted, score, short } from "../words.js";

const LIMIT = 50;

export const FILE_COLUMNS = [
  { name: "file", of: (f) => html`<a href=${to("files", f.batch_id)}>${short(f.key)}</a>` },
  { name: "state", of: (f) => html`<${State} is=${f.state} />` },
  { name: "dataset", of: (f) => f.dataset && html`<a href=${to("datasets", f.dataset)}>${f.dataset}</a>` },
  { name: "published", number: true, of: (f) => count(f.rows.published) },
  { name: "set aside", number: true, of: (f) => count(f.rows.quarantined) },
  { name: "score", number: true, of: (f) => score(f.overall) },
  { name: "moved (UTC)", of: (f) => html`<${Moment} at=${f.updated_at} />` },
  { name: "why", of: (f) => f.reasons[0] ?? "" },
];

function Filter({ asked }) {
  const [form, setForm] = useState(asked);
  const set = (name) => (event) => setForm({ ...form, [name]: event.target.value });
  const ask = (event) => {
    event.preventDefault();
    const given = Object.entries(form).filter(([, value]) => value.trim());
    location.hash = "#/files" + (given.length ? "?" + new URLSearchParams(given.map(([n, v]) => [n, v.trim()])) : "");
  };
  return html`<form class="filter" role="search" aria-label="Files" onSubmit=${ask}>
    <label>Key begins with <input name="prefix" value=${form.prefix} onInput=${set("prefix")} placeholder="2024/01/31/sales" /></label>
    <label>State <select name="state" value=${form.state} onChange=${set("state")}><option value="">any</option>${Object.keys(STATES).map((s) => html`<option value=${s} selected=${s === form.state}>${s}</option>`)}</select></label>
    <label>Dataset <input name="dataset" value=${form.dataset} onInput=${set("dataset")} /></label>
    <button type="submit" class="primary">Show</button></form>`;
}

function List({ answer, asked }) {
  const list = useMore("/v1/files", { ...asked, limit: LIMIT }, "files", answer);
  return html`<${Table} caption="Files" rows=${list.items} columns=${FILE_COLUMNS} keyOf=${(f) => f.batch_id}
    empty="No file fits. A key begins below data/incoming/; that may be left out." /><${More} of=${list} />`;
}

/** The command that lists the same; a key's files are found by its end too. */
function command({ dataset, state, prefix }) {
  if (prefix) return `glue-etl status ${quoted(prefix)}`;
  const aside = state === "QUARANTINED" || state === "REJECTED";
  return [aside ? "glue-etl quarantine list" : "glue-etl status", dataset && `--dataset ${quoted(dataset)}`, state && !aside && `--state ${state}`].filter(Boolean).join(" ");
}

export function Files({ query }) {
  const asked = { prefix: query.get("prefix") ?? "", state: query.get("state") ?? "", dataset: query.get("dataset") ?? "" };
  const first = useAnswer("/v1/files", { ...asked, limit: LIMIT });
  return html`<${View} title="Files" about="Each is one version of one object.">
    <${Filter} key=${JSON.stringify(asked)} asked=${asked} />
    <${Answer} from=${first} of=${(answer) => html`<${List} answer=${answer} asked=${asked} />`} />
    <h2>The same in a terminal</h2><${Command} line=${command(asked)} />
  <//>`;
}
