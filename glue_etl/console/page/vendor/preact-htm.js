// The three kept libraries as one import: Preact 10.29.8 and its hooks, htm 3.1.1 (see README.md beside this).
import { h, render, Fragment } from "./preact.js";
import htm from "./htm.js";

export { render, Fragment };
export { useCallback, useEffect, useId, useMemo, useRef, useState } from "./hooks.js";
export const html = htm.bind(h);
