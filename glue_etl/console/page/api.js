// Calls of the API. The token comes once in the address behind '#', which browsers send to nobody, and lives as long as the tab.

const KEPT = "glue-etl-token";

function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem(KEPT, given);
    history.replaceState(null, "", location.pathname + "#/");
  }
  return sessionStorage.getItem(KEPT) ?? "";
}

const token = takeToken();

/** What the API refuses, as it says it: `status`, `detail`, and what would be `allowed`. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `The API answered ${status}.`);
    this.status = status;
    this.allowed = problem.allowed ?? [];
  }
}

async function call(method, path, { query, body, signal } = {}) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== "" && value != null);
  const address = new URL(path, location.origin);
  given.forEach(([name, value]) => address.searchParams.set(name, value));
  const headers = { authorization: `Bearer ${token}`, accept: "application/json" };
  if (body) headers["content-type"] = "application/json";
  const sent = { method, headers, signal, body: body && JSON.stringify(body), credentials: "omit", cache: "no-store" };
  const answer = await fetch(address, sent);
  const kind = answer.headers.get("content-type") ?? "";
  const said = kind.includes("json") ? await answer.json() : { detail: `The server answered ${answer.status} and said nothing that can be shown: its own log does.` };
  if (!answer.ok) throw new Refused(answer.status, said);
  return said;
}

export const get = (path, query, signal) => call("GET", path, { query, signal });
export const post = (path, body) => call("POST", path, { body });

/** A page of HTML from the API (a report), for a frame that may run nothing. */
export async function page(path) {
  const answer = await fetch(path, { headers: { authorization: `Bearer ${token}` }, credentials: "omit" });
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
  return answer.text();
}
