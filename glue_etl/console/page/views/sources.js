// Declared sources: what they landed last, how far they are, what failed.
import { html } from "../vendor/preact-htm.js";
import { useAnswer } from "../live.js";
import { Answer, Command, Moment, Table, View, to } from "../parts.js";
import { count } from "../words.js";

export function Sources() {
  const answer = useAnswer("/v1/sources");
  return html`<${View} title="Sources" about="APIs, databases, streams and queues that the pipeline reads by itself.">
    <${Answer} from=${answer} of=${({ sources }) => html`<${Table} caption="Sources" rows=${sources} keyOf=${(s) => s.source + s.part}
      empty="No source is declared: glue-etl source add begins one." columns=${[
        { name: "source", of: (s) => s.source }, { name: "part", of: (s) => s.part }, { name: "kind", of: (s) => s.kind },
        { name: "state", of: (s) => s.state },
        { name: "last success (UTC)", of: (s) => html`<${Moment} at=${s.last_success} />` }, { name: "rows", number: true, of: (s) => count(s.rows) }, { name: "files", number: true, of: (s) => count(s.files) },
        { name: "stands at", of: (s) => s.position }, { name: "what failed", of: (s) => s.error }]} />`} />
    <h2>The same in a terminal</h2><${Command} line="glue-etl source list" /><${Command} line="glue-etl source status" /><//>`;
}
