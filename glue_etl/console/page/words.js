// Words and figures as people read them.

/** A file's state: what it means, how much it needs somebody, and what one does next. */
export const STATES = {
  WAITING: { tone: "open", means: "received; waits for room for a run" },
  RECEIVED: { tone: "open", means: "received" },
  RUNNING: { tone: "open", means: "is being read and audited" },
  STAGED: { tone: "open", means: "audited; about to be published" },
  PUBLISHED: { tone: "good", means: "its rows can be queried" },
  SUPERSEDED: { tone: "calm", means: "a newer version of the same key is published" },
  QUARANTINED: { tone: "look", means: "set aside by its audit; nothing of it can be queried" },
  REJECTED: { tone: "bad", means: "could not be read at all" },
  FAILED: { tone: "bad", means: "its run failed; it is tried again" },
  PARKED: { tone: "bad", means: "failed for good; nothing happens before somebody replays it" },
};

const WHOLE = new Intl.NumberFormat("en-GB");

export const count = (n) => (n == null ? "–" : WHOLE.format(n));
export const files = (n) => `${count(n)} ${n === 1 ? "file" : "files"}`;
export const rows = (n) => `${count(n)} ${n === 1 ? "row" : "rows"}`;
export const score = (n) => (n == null ? "–" : n.toFixed(1));
/** US dollars of a small sum: enough digits to tell it from nothing. */
export const dollars = (n) => `$${n.toFixed(n >= 1 || n === 0 ? 2 : n >= 0.01 ? 3 : 5)}`;
export const seconds = (n) => (n < 90 ? `${Math.round(n)} s` : n < 5400 ? `${Math.round(n / 60)} min` : n < 172800 ? `${Math.round(n / 3600)} h` : `${Math.round(n / 86400)} days`);

export function bytes(n) {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let [value, unit] = [n, 0];
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** A moment (ISO 8601, UTC) to the second, and how long ago. */
export function moment(iso) {
  if (!iso) return "–";
  return iso.slice(0, 19).replace("T", " ");
}

export function ago(iso) {
  if (!iso) return "";
  const passed = (Date.now() - new Date(iso).getTime()) / 1000;
  return passed < 2 ? "just now" : `${seconds(passed)} ago`;
}

/** A key without the incoming prefix, which every file has. */
export const short = (key) => key.replace(/^data\/incoming\//, "");

/** An argument of a command line, quoted where a shell would cut it. */
export const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
