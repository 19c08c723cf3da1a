// Declared sources: what they landed last, how far behind they are, what failed, and the commands for each.
import { html } from "../vendor/preact-htm.js";
import { useAnswer } from "../live.js";
import { Answer, Can, Moment, Table, View } from "../parts.js";
import { ago, count, quoted } from "../words.js";

const TONES = { FAILED: "bad", COLLECTING: "good", SUCCEEDED: "good" };

const COLUMNS = [
  { name: "source", of: (s) => html`<a href=${`#/files?prefix=${encodeURIComponent(s.source)}/`}>${s.source}</a>` }, { name: "part", of: (s) => s.part }, { name: "kind", of: (s) => s.kind },
  { name: "state", of: (s) => html`<span class=${`state ${TONES[s.state] ?? "calm"}`}>${s.state}</span>` },
  { name: "behind", of: (s) => (s.last_success ? ago(s.last_success).replace(" ago", "") : "–") },
  { name: "last success (UTC)", of: (s) => html`<${Moment} at=${s.last_success} />` },
  { name: "rows", number: true, of: (s) => count(s.rows) }, { name: "files", number: true, of: (s) => count(s.files) },
  { name: "stands at", of: (s) => s.position }, { name: "what failed", of: (s) => s.error },
];

function Whole({ sources, truncated }) {
  const failed = sources.filter((s) => s.error);
  const pulled = new Map(sources.map((s) => [s.source, s.rows != null]));
  return html`${sources.length > 0 && html`<section class=${`verdict ${failed.length ? "bad" : "good"}`} aria-label="Verdict"><strong>${failed.length
      ? `${failed.length === 1 ? "One part has" : `${failed.length} parts have`} failed` : "No source has failed"}</strong>
      ${failed.map((s) => html`<p>${s.source}${s.part && `, ${s.part}`}: ${s.error}</p>`)}</section>`}
    <${Table} caption="Sources" rows=${sources} keyOf=${(s) => s.source + s.part} columns=${COLUMNS}
      empty="No source is declared. The command below tells which kinds there are, and begins one." />
    ${truncated && html`<p class="about">There are more parts than are shown: the commands show all.</p>`}
    <h2>What can be done, in a terminal</h2><${Can} of=${[
      ["See where each stands", "glue-etl source list"],
      ...[...pulled].flatMap(([name, isPulled]) => [
        [`Read the first rows of ${name}, and land nothing`, `glue-etl source test ${quoted(name)}`],
        ...(isPulled ? [[`Pull ${name} now, rather than by its schedule`, `glue-etl source run ${quoted(name)}`]] : [])]),
      ["Begin another", "glue-etl source add"]]} />`;
}

export function Sources() {
  const answer = useAnswer("/v1/sources");
  return html`<${View} title="Sources" about="APIs, databases, streams and queues that the pipeline reads by itself.">
    <${Answer} from=${answer} of=${(found) => html`<${Whole} ...${found} />`} /><//>`;
}
