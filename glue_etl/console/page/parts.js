// What all views are made of.
import { html, useEffect, useId, useRef, useState } from "./vendor/preact-htm.js";
import { STATES, ago, moment } from "./words.js";

/** Where a view leads: an address of this page. Parts are encoded, keys may hold anything. */
export const to = (...parts) => "#/" + parts.map(encodeURIComponent).join("/");

export const State = ({ is }) => html`<span class=${`state ${STATES[is]?.tone ?? "calm"}`} title=${STATES[is]?.means ?? ""}>${is}</span>`;

export const Moment = ({ at }) => html`<time datetime=${at} title=${ago(at)}>${moment(at)}</time>`;

/** A view: its heading takes the focus when it opens, so that keyboard and screen reader begin there. */
export function View({ title, about, children }) {
  const heading = useRef(null);
  useEffect(() => {
    document.title = `${title} · glue-etl`;
    heading.current?.focus();
  }, [title]);
  return html`<h1 tabindex="-1" ref=${heading}>${title}</h1>${about && html`<p class="about">${about}</p>`}${children}`;
}

const SILENT = "the server does not answer. Is the command that opened this page, glue-etl console or glue-etl local up, still running?";

/** What an answer is before it is there, where it failed, and where it is old. `of` is what is shown then, of the answer and of whether that is old. */
export function Answer({ from, of }) {
  if (from.error && !from.answer) return html`<${Trouble} error=${from.error} again=${from.again} />`;
  if (!from.answer) return html`<p class="loading" aria-busy="true">Loading…</p>`;
  return html`${from.error && html`<p class="old" role="status">No answer since ${moment(from.at?.toISOString())}: ${
    from.error.status ? `${from.error.message}.` : SILENT} What is shown is of then.</p>`}${of(from.answer, Boolean(from.error))}`;
}

const ADVICE = {
  401: "The token is missing or wrong: open the address that `glue-etl console` prints.",
  403: "Your role does not allow this. Who deploys the pipeline can give you another.",
  404: "It may have been deleted, or the address has a mistake.",
  429: "Too many requests at once: it is tried again by itself.",
};

export function Trouble({ error, again }) {
  const advice = ADVICE[error.status] ?? (error.status ? "" : SILENT);
  return html`<div class="trouble" role="alert"><p><strong>${error.message}</strong></p>
    ${error.allowed?.length > 0 && html`<p>${error.status === 404 ? "There are" : "Allowed"}: ${error.allowed.join(", ")}</p>`}
    ${advice && html`<p>${advice}</p>`}
    ${again && html`<button type="button" onClick=${again}>Try again</button>`}</div>`;
}

/** Rows under named columns. A column: {name, of: row => content, number?: true}; the first is each row's header. */
export function Table({ caption, columns, rows, keyOf, empty }) {
  if (!rows.length) return html`<p class="empty">${empty ?? "Nothing here."}</p>`;
  return html`<div class="wide" role="region" aria-label=${caption} tabindex="0"><table>
    <caption class="sr">${caption}</caption>
    <thead><tr>${columns.map((c) => html`<th scope="col" class=${c.number ? "n" : ""}>${c.name}</th>`)}</tr></thead>
    <tbody>${rows.map((row, place) => html`<tr key=${keyOf ? keyOf(row) : place}>${columns.map((c, n) =>
      n === 0 ? html`<th scope="row">${c.of(row)}</th>` : html`<td class=${c.number ? "n" : ""}>${c.of(row)}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}

export const Facts = ({ of }) => html`<dl class="facts">${of.filter(([, value]) => value != null && value !== "").map(
  ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

/** The command that does or shows the same, to copy. */
export function Command({ line }) {
  const [copied, setCopied] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(line);
      setCopied("Copied");
    } catch {
      setCopied("Select it and copy: this browser does not let a page do it");
    }
  };
  return html`<div class="command"><code>${line.split(" ").map((word, n) => html`${n > 0 && " "}<span>${word}</span>`)}</code><button type="button" class="small" onClick=${copy} aria-label=${`Copy: ${line}`}>Copy</button><span role="status">${copied}</span></div>`;
}

/** What can be done, each with the command that does it: [[what, line]]. */
export const Can = ({ of }) => html`<dl class="can">${of.map(([what, line]) => html`<div><dt>${what}</dt><dd><${Command} line=${line} /></dd></div>`)}</dl>`;

/** Scores of the five dimensions as bars with their figures. */
export const Scores = ({ scores, gates }) => html`<dl class="scores">${Object.entries(scores).map(([name, value]) => html`<div>
  <dt>${name}</dt><dd>${value.toFixed(1)}${gates?.[name] > 0 && html` <small>gate ${gates[name]}</small>`}
  <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="4" /><rect class="share" width=${value} height="4" /></svg></dd></div>`)}</dl>`;

/** A question that must be answered before something happens; Escape is no. */
export function Dialog({ title, children, confirm, danger, busy, onConfirm, onClose }) {
  const dialog = useRef(null);
  const name = useId();
  useEffect(() => {
    dialog.current.showModal();
  }, []);
  return html`<dialog ref=${dialog} aria-labelledby=${name} onClose=${onClose}>
    <h2 id=${name}>${title}</h2>${children}
    <div class="choices"><button type="button" onClick=${() => dialog.current.close()}>Cancel</button>
    ${confirm && html`<button type="button" class=${danger ? "danger" : "primary"} disabled=${busy} onClick=${onConfirm}>${confirm}</button>`}</div>
  </dialog>`;
}

export const More = ({ of }) => html`${of.error && html`<${Trouble} error=${of.error} />`}
  ${of.next && html`<button type="button" onClick=${of.more} disabled=${of.busy}>${of.busy ? "Loading…" : "Show more"}</button>`}`;
