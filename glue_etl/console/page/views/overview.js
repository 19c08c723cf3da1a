// What happens now: what needs somebody first, then what arrives, live.
import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { useAnswer } from "../live.js";
import { Answer, Command, Facts, Moment, State, Table, View, to } from "../parts.js";
import { STATES, ago, bytes, count, files, score, seconds, short } from "../words.js";

const SHOWN = ["QUARANTINED", "REJECTED", "PARKED", "FAILED", "WAITING", "RUNNING", "STAGED"];
const ASIDE = {
  QUARANTINED: "set aside by the audit, or rolled back. Next: release as it is, or mend and drop again under the same name.",
  REJECTED: "could not be read. Next: mend and drop again under the same name.",
};
const LATEST = 30;

const Verdict = ({ of, old }) => {
  const aside = Object.keys(ASIDE).filter((state) => of.attention[state]);
  const needed = of.findings.length + aside.length;
  const works = of.open.WAITING + of.open.RUNNING + of.open.STAGED;
  const tone = old ? "" : of.findings.length ? "bad" : aside.length ? "look" : works ? "open" : "good";
  const said = needed ? `${needed === 1 ? "One thing needs" : `${needed} things need`} somebody` : works ? "Work goes on" : "All is at rest";
  return html`<section class=${`verdict ${tone}`} aria-label="Verdict"><strong>${said}${old && ", when it answered last"}</strong>
    ${of.findings.map((f) => html`<p>${f.problem}. <em>${f.remedy}</em></p>`)}
    ${aside.map((state) => html`<p><a href=${to("files") + `?state=${state}`}>${counted(of, state)} ${of.attention[state] === 1 ? "file" : "files"} ${state}</a>: ${ASIDE[state]}</p>`)}
    ${aside.length > 0 && html`<${Command} line="glue-etl quarantine list" />`}</section>`;
};

/** How many files are in a state, of those that are open or need somebody; "+" where there are more than were counted. */
const counted = (of, state) => count(of.attention[state] ?? of.open[state] ?? 0) + (of.more.includes(state) || of.attention_more.includes(state) ? "+" : "");

function Tiles({ of }) {
  return html`<ul class="tiles">${SHOWN.map((state) => html`<li><a class=${counted(of, state) === "0" ? "" : STATES[state].tone} href=${to("files") + `?state=${state}`}>
    <b>${counted(of, state)}</b>${state.toLowerCase()}</a></li>`)}</ul>`;
}

/** The latest files; one that has moved since the last answer is marked, and read out. */
function Arrivals({ latest }) {
  const before = useRef(null);
  const [told, setTold] = useState("");
  const moved = new Set(before.current ? latest.filter((f) => before.current.get(f.batch_id) !== f.state).map((f) => f.batch_id) : []);
  useEffect(() => {
    const news = latest.filter((f) => moved.has(f.batch_id)).map((f) => `${short(f.key)} is ${f.state}`);
    if (news.length) setTold(news.slice(0, 3).join("; "));
    before.current = new Map(latest.map((f) => [f.batch_id, f.state]));
  }, [latest]);
  return html`<p class="sr" role="status">${told}</p><${Table} caption="Files that moved last" rows=${latest} keyOf=${(f) => f.batch_id}
    empty="No file yet. Drop one into the incoming prefix: it appears here by itself." columns=${[
      { name: "file", of: (f) => html`<a href=${to("files", f.batch_id)}>${short(f.key)}</a>` },
      { name: "state", of: (f) => html`<${State} is=${f.state} />` },
      { name: "dataset", of: (f) => f.dataset && html`<a href=${to("datasets", f.dataset)}>${f.dataset}</a>` },
      { name: "rows", number: true, of: (f) => (f.rows.read ? count(f.rows.published) + (f.rows.quarantined ? ` + ${count(f.rows.quarantined)} aside` : "") : "") },
      { name: "score", number: true, of: (f) => (f.overall == null ? "" : score(f.overall)) },
      { name: "size", number: true, of: (f) => bytes(f.size) },
      { name: "moved", of: (f) => html`<time datetime=${f.updated_at}>${ago(f.updated_at)}</time>` },
    ]} />`;
}

export function Overview() {
  const now = useAnswer("/v1/overview", {}, "quick");
  const latest = useAnswer("/v1/files", { limit: LATEST }, "quick");
  return html`<${View} title="Now" about="Current by itself, every two seconds.">
    <${Answer} from=${now} of=${(answer, old) => html`<${Verdict} of=${answer} old=${old} /><${Tiles} of=${answer} />
      <${Facts} of=${[
        ["Oldest that is open", answer.oldest_seconds == null ? "nothing is open" : seconds(answer.oldest_seconds)],
        ["Messages in queues", `${count(answer.queued)} waiting, ${count(answer.dead)} given up`],
        ["Drop files at", html`<code>${answer.incoming}</code>`],
      ]} />`} />
    <h2>Files that moved last</h2>
    <${Answer} from=${latest} of=${(answer) => html`<${Arrivals} latest=${answer.files} />`} />
    <p><a href=${to("files")}>All files</a></p>
    <h2>The same in a terminal</h2><${Command} line="glue-etl status" /><${Command} line="glue-etl doctor" />
  <//>`;
}
