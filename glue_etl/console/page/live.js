// Answers that stay current: asked for again while the page is seen, more slowly while nothing answers.
import { useCallback, useEffect, useRef, useState } from "./vendor/preact-htm.js";
import { get } from "./api.js";

const SECONDS = { quick: 2, slow: 15 };
const LONGEST = 60;

/**
 * The answer to GET `path` with `query`, asked again every few seconds (`pace`: "quick", "slow", or "" for once).
 * `answer` stays while a later one fails: `error` says then that it is old. `again` asks at once.
 */
export function useAnswer(path, query = {}, pace = "slow") {
  const [state, setState] = useState({ answer: null, error: null, at: null });
  const asked = path + "?" + new URLSearchParams(query);
  const now = useRef(() => {});
  useEffect(() => {
    setState({ answer: null, error: null, at: null });
    const stop = new AbortController();
    let timer = 0;
    let failures = 0;
    const ask = async () => {
      clearTimeout(timer);
      if (document.hidden && pace) return;
      try {
        const answer = await get(path, query, stop.signal);
        failures = 0;
        setState({ answer, error: null, at: new Date() });
      } catch (error) {
        if (stop.signal.aborted) return;
        failures += 1;
        setState((before) => ({ ...before, error }));
        if (error.status >= 400 && error.status < 500 && error.status !== 429) return;
      }
      if (pace) timer = setTimeout(ask, 1000 * Math.min(LONGEST, SECONDS[pace] * 2 ** failures));
    };
    now.current = ask;
    const seen = () => document.hidden || ask();
    document.addEventListener("visibilitychange", seen);
    if (path) ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [asked, pace]);
  return { ...state, again: useCallback(() => now.current(), []) };
}

/** Pages of a list behind its first: what `more` has fetched so far. The first page stays live by itself. */
export function useMore(path, query, name, first) {
  const [pages, setPages] = useState({ items: [], next: undefined, error: null, busy: false });
  const asked = path + "?" + new URLSearchParams(query);
  useEffect(() => setPages({ items: [], next: undefined, error: null, busy: false }), [asked]);
  const next = pages.next === undefined ? first?.next : pages.next;
  const more = async () => {
    setPages((before) => ({ ...before, busy: true, error: null }));
    try {
      const answer = await get(path, { ...query, cursor: next });
      setPages((before) => ({ items: [...before.items, ...answer[name]], next: answer.next, error: null, busy: false }));
    } catch (error) {
      setPages((before) => ({ ...before, error, busy: false }));
    }
  };
  return { items: [...(first?.[name] ?? []), ...pages.items], next, more, error: pages.error, busy: pages.busy };
}
