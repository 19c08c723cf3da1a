// Runs, and the files of one.
import { html } from "../vendor/preact-htm.js";
import { useAnswer, useMore } from "../live.js";
import { Answer, Can, Facts, Moment, More, Table, View, to } from "../parts.js";
import { count, quoted } from "../words.js";
import { FILE_COLUMNS } from "./files.js";

const LIMIT = 50;
const TONES = { RUNNING: "open", SUCCEEDED: "good", HEALTHY: "good" };

function List({ answer }) {
  const list = useMore("/v1/runs", { limit: LIMIT }, "runs", answer);
  return html`<${Table} caption="Runs" rows=${list.items} keyOf=${(r) => r.run_id + r.at} empty="No run yet: one starts when files arrive." columns=${[
    { name: "run", of: (r) => (r.run_id ? html`<a href=${to("runs", r.run_id)}>${r.run_id}</a>` : "–") },
    { name: "status", of: (r) => html`<span class=${`state ${TONES[r.status] ?? "bad"}`}>${r.status}</span>` }, { name: "files", number: true, of: (r) => count(r.files) },
    { name: "rows published", number: true, of: (r) => count(r.rows.published) }, { name: "set aside", number: true, of: (r) => count(r.rows.quarantined) },
    { name: "at (UTC)", of: (r) => html`<${Moment} at=${r.at} />` }, { name: "what it said", of: (r) => r.message },
  ]} /><${More} of=${list} />`;
}

export function Runs() {
  const first = useAnswer("/v1/runs", { limit: LIMIT }, "quick");
  return html`<${View} title="Runs" about="A run of the Glue job carries many files."><${Answer} from=${first} of=${(answer) => html`<${List} answer=${answer} />`} />
    <h2>In a terminal</h2><${Can} of=${[["See what is not at rest", "glue-etl status"], ["See the files of a run", "glue-etl status RUN"]]} /><//>`;
}

export function Run({ id }) {
  const answer = useAnswer(`/v1/runs/${encodeURIComponent(id)}`, {}, "quick");
  return html`<${View} title=${`Run ${id}`}><${Answer} from=${answer} of=${(run) => html`<${Facts} of=${[
      ["Status", run.status], ["Files", count(run.files.length)], ...Object.entries(run.states).map(([state, n]) => [state.toLowerCase(), count(n)]),
      ["Rows read", count(run.rows.read)], ["Published", count(run.rows.published)], ["Set aside", count(run.rows.quarantined)]]} />
    <h2>Its files</h2><${Table} caption="Files of this run" rows=${run.files} columns=${FILE_COLUMNS} keyOf=${(f) => f.batch_id} />
    <h2>What can be done with it, in a terminal</h2><${Can} of=${[
      ["See its files", `glue-etl status ${quoted(id)}`], ["Write the report on it, one page", `glue-etl report run ${quoted(id)}`],
      ["Process its files again", `glue-etl replay ${quoted(id)} --dry-run`], ["Take its rows back", `glue-etl rollback ${quoted(id)} --dry-run`]]} />`} /><//>`;
}
