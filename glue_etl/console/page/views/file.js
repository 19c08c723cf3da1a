// One file: its verdict, its rows that failed, its way, and what can be done with it.
import { html, useState } from "../vendor/preact-htm.js";
import { page, post } from "../api.js";
import { useAnswer } from "../live.js";
import { Answer, Can, Command, Dialog, Facts, Moment, Scores, State, Table, Trouble, View, to } from "../parts.js";
import { STATES, ago, bytes, count, quoted, rows, score, short } from "../words.js";

const ACTIONS = {
  release: {
    name: "Release",
    from: ["QUARANTINED"],
    asksWhy: true,
    does: (f) => `${short(f.key)} is read again and published whatever its audit says, under your name.`,
    command: (f) => `glue-etl quarantine release ${quoted(f.batch_id)} --why "…"`,
  },
  replay: {
    name: "Replay",
    from: ["PUBLISHED", "QUARANTINED", "REJECTED", "FAILED", "PARKED"],
    does: (f) => `${short(f.key)} is read and audited again.${f.readable ? " Its rows stay readable until that has ended." : ""}`,
    command: (f) => `glue-etl replay ${quoted(f.batch_id)}`,
  },
  rollback: {
    name: "Roll back",
    from: ["PUBLISHED", "FAILED", "PARKED"],
    danger: true,
    does: (f) => `${rows(f.rows.published)} of ${f.dataset} can't be queried any more. A copy is kept in quarantine; a replay publishes them again.`,
    command: (f) => `glue-etl rollback ${quoted(f.batch_id)}`,
  },
};

/** What one does about a file that somebody has to look at. */
const AGAIN = "mend the file and drop it again under the same name: its newer version is published in place of this one";
/** Whether people could query it until somebody rolled it back. */
const wasRolledBack = (file) => file.state === "QUARANTINED" && ["PUBLISHED", "FAILED"].includes(file.history.at(-1)?.source);

const NEXT = {
  QUARANTINED: `Next: release it as it is, or ${AGAIN}.`,
  REJECTED: `Next: ${AGAIN}.`,
  PARKED: `Next: once the cause is gone, replay it; or ${AGAIN}.`,
};

function Action({ file, name, onDone }) {
  const action = ACTIONS[name];
  const [open, setOpen] = useState(null);
  const [busy, setBusy] = useState(false);
  const [why, setWhy] = useState("");
  const path = `/v1/files/${file.batch_id}/${name}`;
  const run = async (dry) => {
    setBusy(true);
    try {
      const said = action.asksWhy ? { why: why.trim() || "tried, not done" } : {};
      const answer = await post(path, { dry_run: dry, ...said });
      if (!dry) return onDone(answer), setOpen(null);
      setOpen({ answer });
    } catch (error) {
      setOpen({ error });
    } finally {
      setBusy(false);
    }
  };
  const can = open?.answer?.done;
  return html`<button type="button" disabled=${busy} onClick=${() => run(true)}>${action.name}…</button>
    ${open && html`<${Dialog} title=${`${action.name}: ${short(file.key)}`} confirm=${can && action.name} danger=${action.danger} busy=${busy || (action.asksWhy && !why.trim())}
      onConfirm=${() => run(false)} onClose=${() => setOpen(null)}>
      ${open.error && html`<${Trouble} error=${open.error} />`}
      ${can && html`<p>${action.does(file)}</p>`}
      ${open.answer && html`<p>Tried without changing anything: ${open.answer.why}.${can ? "" : " So it can't be done now."}</p>
        <p>It will be recorded as done by <strong>${open.answer.by}</strong>.</p>`}
      ${can && action.asksWhy && html`<label class="field">Why, for the file's history <input value=${why} maxlength="500" required onInput=${(event) => setWhy(event.target.value)} /></label>`}
      <${Command} line=${action.command(file)} /><//>`}`;
}

const possible = (file) => Object.keys(ACTIONS).filter((name) => ACTIONS[name].from.includes(file.state) && (name !== "rollback" || file.readable));

function Actions({ file, again }) {
  const [told, setTold] = useState("");
  const done = (answer) => {
    setTold(answer.done ? `Done: ${answer.why}.` : `Nothing was changed: ${answer.why}.`);
    again();
  };
  const names = possible(file);
  return html`<div class="actions">${names.map((name) => html`<${Action} key=${name} file=${file} name=${name} onDone=${done} />`)}</div>
    <p role="status">${told}</p>
    ${!names.length && html`<p class="empty">Nothing can be done with a file that is ${file.state}.</p>`}`;
}

const Verdict = ({ file }) => html`<section class=${`verdict ${STATES[file.state]?.tone ?? ""}`} aria-label="Verdict">
  <strong>${file.state}: ${wasRolledBack(file) ? "a person took its rows back; a copy is kept" : STATES[file.state]?.means}</strong>
  ${file.reasons.map((reason) => html`<p>${reason}</p>`)}
  ${NEXT[file.state] && html`<p><em>${wasRolledBack(file) ? `Next: ${AGAIN}; or replay it, to publish it as it was.` : NEXT[file.state]}</em></p>`}</section>`;

const told = (value) => (value === null ? "null" : typeof value === "object" ? JSON.stringify(value) : String(value));

function Failures({ of }) {
  return html`<h2>Expectations that failed</h2>${of.map((failure) => html`<section><h3>${failure.message}</h3>
    <p class="about">${failure.severity}, ${failure.dimension}${failure.total ? `: ${count(failure.unexpected)} of ${count(failure.total)}` : ""}</p>
    ${failure.samples.length > 0 && html`<${Table} caption=${`Rows that fail: ${failure.message}`} rows=${failure.samples} columns=${[
      { name: "line", of: (row) => row.line || "?" },
      ...Object.keys(failure.samples[0].values ?? {}).map((name) => ({ name, of: (row) => told(row.values[name]) })),
    ]} />`}</section>`)}`;
}

const BadRows = ({ of }) => html`<h2>Records that could not become rows</h2><${Table} caption="Bad records" rows=${of} columns=${[
  { name: "line", of: (row) => row.line || "?" },
  { name: "why", of: (row) => row.reason },
  { name: "as it stands", of: (row) => html`<code>${row.raw}</code>` },
]} />`;

const Timeline = ({ history }) => html`<h2>Its way</h2><ol class="timeline">${history.map((move) => html`<li>
  <${State} is=${move.target} /> <${Moment} at=${move.at} /><p>by ${move.by}${move.why ? `: ${move.why}` : ""}${
    move.run_id && html` (<a href=${to("runs", move.run_id)}>run</a>)`}</p></li>`)}</ol>`;

function Lineage({ file }) {
  return html`<h2>From object to table</h2><ol class="timeline">
    <li>Object <code>s3://${file.bucket}/${file.key}</code><p>version ${file.version_id}, ${bytes(file.size)}${file.format && `, ${file.format}`}</p></li>
    ${file.run_id && html`<li>Run <a href=${to("runs", file.run_id)}>${file.run_id}</a><p>${rows(file.rows.read)} read, ${count(file.rows.published)} published, ${count(file.rows.quarantined)} set aside</p></li>`}
    ${file.dataset && html`<li>Dataset <a href=${to("datasets", file.dataset)}>${file.dataset}</a>${file.location && html`<p><code>${file.location}</code></p>`}</li>`}</ol>`;
}

function Report({ id }) {
  const [shown, setShown] = useState(null);
  const open = async () => {
    try {
      setShown({ html: await page(`/v1/files/${id}/report`) });
    } catch (error) {
      setShown({ error });
    }
  };
  return html`<h2>Report</h2>${!shown && html`<button type="button" onClick=${open}>Open the whole report</button>`}
    ${shown?.error && html`<${Trouble} error=${shown.error} />`}
    ${shown?.html && html`<iframe title="Report on this file" sandbox="" srcdoc=${shown.html}></iframe>`}`;
}

function Whole({ file, again }) {
  const aside = useAnswer(file.rows.quarantined || file.state === "QUARANTINED" ? `/v1/files/${file.batch_id}/bad-rows` : "", {}, "");
  return html`<${Verdict} file=${file} /><${Actions} file=${file} again=${again} />
    <${Facts} of=${[
      ["Dataset", file.dataset && html`<a href=${to("datasets", file.dataset)}>${file.dataset}</a>`],
      ["Rows read", count(file.rows.read)], ["Published", count(file.rows.published)], ["Set aside", count(file.rows.quarantined)],
      ["Overall score", score(file.overall)], ["Arrived", html`<${Moment} at=${file.arrived_at} />`], ["Moved last", `${ago(file.updated_at)}`],
      ["Attempts that failed", file.attempts ? count(file.attempts) : ""],
    ]} />
    ${Object.keys(file.scores).length > 0 && html`<h2>Scores</h2><${Scores} scores=${file.scores} />`}
    ${file.verdict?.failures.length > 0 && html`<${Failures} of=${file.verdict.failures} />`}
    ${file.warnings.length > 0 && html`<h2>What its reading said</h2><ul>${file.warnings.map((w) => html`<li>${w}</li>`)}</ul>`}
    ${aside.error && html`<${Trouble} error=${aside.error} />`}
    ${aside.answer?.rows.length > 0 && html`<${BadRows} of=${aside.answer.rows} />`}
    ${file.quarantined.length > 0 && html`<h2>Kept in quarantine</h2><${Table} caption="Objects in quarantine" rows=${file.quarantined} columns=${[
      { name: "object", of: (o) => html`<code>${o.uri}</code>` }, { name: "size", number: true, of: (o) => bytes(o.bytes) }]} />
      <${Command} line=${`glue-etl quarantine show ${quoted(file.batch_id)}`} />`}
    <${Timeline} history=${file.history} /><${Lineage} file=${file} />
    ${file.versions.length > 1 && html`<h2>Versions of this key</h2><${Table} caption="Versions" rows=${file.versions} columns=${[
      { name: "version", of: (v) => (v.batch_id === file.batch_id ? `${v.version_id} (this)` : html`<a href=${to("files", v.batch_id)}>${v.version_id}</a>`) },
      { name: "state", of: (v) => html`<${State} is=${v.state} />` }, { name: "arrived (UTC)", of: (v) => html`<${Moment} at=${v.arrived_at} />` }]} />`}
    <${Report} id=${file.batch_id} />
    <h2>What can be done with it, in a terminal</h2><${Can} of=${[
      ["See who moved it when, and why", `glue-etl history ${quoted(file.batch_id)}`], ["Write the report on it, one page", `glue-etl report file ${quoted(file.batch_id)}`],
      ...possible(file).map((name) => [ACTIONS[name].name, ACTIONS[name].command(file)]),
      ...(NEXT[file.state] ? [["Fetch it, to mend it", `aws s3 cp ${quoted(`s3://${file.bucket}/${file.key}`)} .`],
        ["Drop it again, mended", `aws s3 cp ${quoted(file.key.split("/").at(-1))} ${quoted(`s3://${file.bucket}/${file.key}`)}`]] : [])]} />`;
}

export function File({ id }) {
  const answer = useAnswer(`/v1/files/${encodeURIComponent(id)}`, {}, "quick");
  const title = answer.answer ? short(answer.answer.key) : "File";
  return html`<${View} title=${title}><${Answer} from=${answer} of=${(file) => html`<${Whole} file=${file} again=${answer.again} />`} /><//>`;
}
