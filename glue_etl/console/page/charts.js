// Lines over time, as SVG. Each has its figures as words too: a table that opens.
import { html } from "./vendor/preact-htm.js";
import { Table } from "./parts.js";

const [WIDTH, HEIGHT, EDGE] = [300, 80, 4];

/**
 * `points`: [{at, value}], by time. `top` and `bottom` of the scale; without, those of the values. `gate`: a line to stay above.
 */
export function OverTime({ name, points, top, bottom, gate, show = String }) {
  const known = points.filter((p) => p.value != null);
  if (!known.length) return html`<figure class="trend"><figcaption>${name}</figcaption><p class="empty">No figure yet.</p></figure>`;
  const values = known.map((p) => p.value);
  const high = top ?? Math.max(...values);
  const low = bottom ?? Math.min(0, ...values);
  const x = (n) => (known.length === 1 ? WIDTH / 2 : EDGE + (n * (WIDTH - 2 * EDGE)) / (known.length - 1));
  const y = (value) => HEIGHT - EDGE - ((value - low) * (HEIGHT - 2 * EDGE)) / (high - low || 1);
  const line = known.map((p, n) => `${n ? "L" : "M"}${x(n).toFixed(1)} ${y(p.value).toFixed(1)}`).join("");
  const last = known.at(-1);
  const told = `${name}: ${known.length} ${known.length === 1 ? "figure" : "figures"}, lowest ${show(Math.min(...values))}, highest ${show(Math.max(...values))}, last ${show(last.value)}`;
  return html`<figure class="trend"><figcaption><span>${name}</span><strong>${show(last.value)}</strong></figcaption>
    <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${told}>
      ${gate > 0 && html`<path class="gate" d=${`M0 ${y(gate)}H${WIDTH}`} />`}<path class="line" d=${line} />
      <circle class="dot" cx=${x(known.length - 1)} cy=${y(last.value)} r="3" /></svg>
    <details><summary>Figures</summary><${Table} caption=${name} rows=${[...known].reverse().slice(0, 100)}
      columns=${[{ name: "at (UTC)", of: (p) => p.at.slice(0, 16).replace("T", " ") }, { name, number: true, of: (p) => show(p.value) }]} /></details>
  </figure>`;
}
