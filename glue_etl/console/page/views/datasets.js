// Datasets, and one of them: columns, quality and volume over time, a look at its rows.
import { html, useState } from "../vendor/preact-htm.js";
import { post } from "../api.js";
import { OverTime } from "../charts.js";
import { useAnswer, useMore } from "../live.js";
import { Answer, Can, Command, Facts, Moment, More, State, Table, Trouble, View, to } from "../parts.js";
import { ago, bytes, count, dollars, quoted, short } from "../words.js";

const DIMENSIONS = ["completeness", "validity", "consistency", "accuracy", "timeliness"];

const NAMERS = { contract: "its contract", folder: "its folder", stem: "its files' names" };
const namer = (by) => NAMERS[by] ?? by;

const POLICIES = {
  evolve: "the columns grow with it (evolve)", rescue: "what does not fit is kept in _rescued_data (rescue)",
  strict: "is quarantined (strict)", contract: "what does not fit the contract makes a bad row",
};

function List({ answer }) {
  const list = useMore("/v1/datasets", { limit: 100 }, "datasets", answer);
  return html`<${Table} caption="Datasets" rows=${list.items} keyOf=${(d) => d.dataset} empty="No dataset yet: the first file makes one." columns=${[
    { name: "dataset", of: (d) => html`<a href=${to("datasets", d.dataset)}>${d.dataset}</a>` },
    { name: "named by", of: (d) => namer(d.named_by) },
    { name: "columns", number: true, of: (d) => count(d.columns) },
    { name: "version", number: true, of: (d) => d.version || "" },
    { name: "columns changed", of: (d) => ago(d.changed_at) },
  ]} /><${More} of=${list} />`;
}

export function Datasets() {
  const first = useAnswer("/v1/datasets", { limit: 100 });
  return html`<${View} title="Datasets" about="Each is a table. A dataset without a contract begins with its first file.">
    <${Answer} from=${first} of=${(answer) => html`<${List} answer=${answer} />`} />
    <h2>The same in a terminal</h2><${Command} line="glue-etl dataset list" /><//>`;
}

function Quality({ name }) {
  const quality = useAnswer(`/v1/datasets/${encodeURIComponent(name)}/quality`);
  return html`<${Answer} from=${quality} of=${({ points, gates }) => {
    const current = points.filter((p) => p.state !== "SUPERSEDED");
    const over = (value) => current.map((p) => ({ at: p.at, value: value(p) }));
    return html`
    <${Facts} of=${[
      ["Last file", points.length ? ago(points.at(-1).at) : "none at rest yet"],
      ["Files, the newest 200", count(current.length) + (current.length < points.length ? `, and ${count(points.length - current.length)} that newer versions replaced` : "")],
      ["Rows published", count(current.reduce((sum, p) => sum + p.rows.published, 0))],
      ["Set aside", count(current.reduce((sum, p) => sum + p.rows.quarantined, 0))],
    ]} />
    <h2>Quality and volume, file by file</h2><div class="trends">
      <${OverTime} name="overall" points=${over((p) => p.overall)} top=${100} bottom=${0} gate=${gates.overall} show=${(v) => v.toFixed(1)} />
      ${DIMENSIONS.map((d) => html`<${OverTime} name=${d} points=${over((p) => p.scores[d])} top=${100} bottom=${0} gate=${gates[d]} show=${(v) => v.toFixed(1)} />`)}
      <${OverTime} name="rows published" points=${over((p) => p.rows.published)} show=${count} />
      <${OverTime} name="rows set aside" points=${over((p) => p.rows.quarantined)} show=${count} />
    </div>
    <h2>Latest files</h2><${Table} caption="Latest files" rows=${[...points].reverse().slice(0, 20)} keyOf=${(p) => p.batch_id} columns=${[
      { name: "file", of: (p) => html`<a href=${to("files", p.batch_id)}>${short(p.key)}</a>` },
      { name: "state", of: (p) => html`<${State} is=${p.state} />` }, { name: "rows", number: true, of: (p) => count(p.rows.published) },
      { name: "score", number: true, of: (p) => p.overall?.toFixed(1) ?? "" }, { name: "at (UTC)", of: (p) => html`<${Moment} at=${p.at} />` }]} />
    <p><a href=${`#/files?dataset=${encodeURIComponent(name)}`}>All files of ${name}</a></p>`;
  }} />`;
}

/** What it cost, a day. Asked once: it reads all states of the job of these days. */
function Cost({ name }) {
  const cost = useAnswer(`/v1/datasets/${encodeURIComponent(name)}/cost`, {}, "");
  return html`<h2>Cost a day</h2><${Answer} from=${cost} of=${({ days }) => {
    const sum = (value) => days.reduce((all, day) => all + value(day), 0);
    const over = (value) => days.map((day) => ({ at: day.day, value: value(day) }));
    if (!days.length) return html`<p class="empty">No run had files of it in the last 31 days.</p>`;
    return html`<${Facts} of=${[
        ["In 31 days", dollars(sum((d) => d.usd))], ["Glue's run time", `${count(Math.round(sum((d) => d.dpu_seconds)))} DPU-seconds, ${dollars(sum((d) => d.glue_usd))}`],
        ["Requests", dollars(sum((d) => d.requests_usd))], ["Files processed", `${count(sum((d) => d.files))}, ${bytes(sum((d) => d.bytes))}`]]} />
      <div class="trends"><${OverTime} name="DPU-seconds" points=${over((d) => d.dpu_seconds)} show=${(v) => count(Math.round(v * 10) / 10)} />
        <${OverTime} name="US dollars" points=${over((d) => d.usd)} show=${dollars} /></div>
      <p class="about">An estimate: us-east-1 list prices, Glue's time shared out by bytes. Storage is not in it.</p>`;
  }} /><${Command} line="glue-etl cost --days 31" />`;
}

/** What people do with a dataset, with the commands: none of it is done from here. */
function Possible({ of }) {
  const name = quoted(of.dataset);
  return html`<h2>What can be done with it, in a terminal</h2><${Can} of=${[
    ["See its columns, and what its files are audited by", `glue-etl dataset show ${name}`],
    ["See what changed its columns", `glue-etl dataset history ${name}`],
    ["See its quality by day, and what was unusual", `glue-etl dataset quality ${name} --days 30`],
    ["Write the report on it, one page", `glue-etl report dataset ${name}`],
    ["List its files that were set aside", `glue-etl quarantine list --dataset ${name}`],
    ["Process all its files again; without --dry-run it is done", `glue-etl replay --dataset ${name} --dry-run`],
    of.named_by !== "contract" && ["Draft a contract for it: types, keys and rules, from its published rows", `glue-etl contract infer ${name} --output .`],
  ].filter(Boolean)} />`;
}

const told = (value) => (value === null ? html`<small>null</small>` : typeof value === "object" ? JSON.stringify(value) : String(value));

function Rows({ name }) {
  const [found, setFound] = useState(null);
  const look = async () => {
    try {
      setFound({ answer: await post(`/v1/datasets/${encodeURIComponent(name)}/rows`, { limit: 20 }) });
    } catch (error) {
      setFound({ error });
    }
  };
  const answer = found?.answer;
  return html`<h2>Rows</h2>${!answer && html`<button type="button" onClick=${look}>Show twenty rows</button>`}
    ${found?.error && html`<${Trouble} error=${found.error} />`}
    ${answer && html`<${Table} caption=${`Rows of ${name}`} rows=${answer.rows} columns=${answer.columns.map((c, place) => ({
      name: c.name, of: (row) => told(row[place]) }))} />`}`;
}

const change = ({ kind, before, after }) => before ? `${kind} from ${before} to ${after}` : after ? `${kind}: ${after}` : kind;

function Whole({ of }) {
  return html`<${Facts} of=${[
      ["Table", html`<code>${of.table}</code>`], ["Format", of.format], ["Named by", namer(of.named_by)], ["A file with other columns", POLICIES[of.policy] ?? of.policy],
      ["Version of its columns", of.version || (of.named_by === "contract" ? "the contract's" : "none yet: nothing is published")], ["Can be queried", of.queryable ? "yes" : "not yet: its table is made with the first published rows"],
    ]} />
    <${Quality} name=${of.dataset} />
    <h2>Columns</h2><${Table} caption="Columns" rows=${of.schema_columns} columns=${[
      { name: "column", of: (c) => html`<code>${c.name}</code>` }, { name: "type", of: (c) => c.type },
      { name: "comes from", of: (c) => ({ data: "the files", pipeline: "the pipeline", partition: "the day folder" })[c.of] ?? c.of }]} />
    ${of.changes.length > 0 && html`<h2>What changed them</h2><${Table} caption="Changes of columns" rows=${[...of.changes].reverse()} columns=${[
      { name: "column", of: (c) => (c.column ? html`<code>${c.column}</code>` : "the table") }, { name: "change", of: change },
      { name: "version", number: true, of: (c) => c.version }, { name: "file", of: (c) => c.batch_id && html`<a href=${to("files", c.batch_id)}>${short(c.key)}</a>` },
      { name: "at (UTC)", of: (c) => html`<${Moment} at=${c.at} />` }]} />`}
    ${of.queryable && html`<${Rows} name=${of.dataset} />`}
    <${Cost} name=${of.dataset} /><${Possible} of=${of} />`;
}

export function Dataset({ name }) {
  const answer = useAnswer(`/v1/datasets/${encodeURIComponent(name)}`);
  return html`<${View} title=${name} about="Its columns, its quality over time, its rows."><${Answer} from=${answer} of=${(of) => html`<${Whole} of=${of} />`} /><//>`;
}
