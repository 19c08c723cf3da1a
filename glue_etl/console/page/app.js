// The console: one page, whose address behind '#' says what it shows.
import { html, render, useEffect, useState } from "./vendor/preact-htm.js";
import { View, to } from "./parts.js";
import { Alarms } from "./views/alarms.js";
import { Dataset, Datasets } from "./views/datasets.js";
import { File } from "./views/file.js";
import { Files } from "./views/files.js";
import { Overview } from "./views/overview.js";
import { Run, Runs } from "./views/runs.js";
import { Sources } from "./views/sources.js";

const ROOMS = [["", "Now"], ["files", "Files"], ["runs", "Runs"], ["datasets", "Datasets"], ["sources", "Sources"], ["alarms", "Alarms"]];

/** The parts of the address behind '#/', and its query. */
function place() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  return { parts: path.split("/").map(decodeURIComponent), query: new URLSearchParams(query) };
}

function Room({ parts: [room, name], query }) {
  if (room === "") return html`<${Overview} />`;
  if (room === "files") return name ? html`<${File} key=${name} id=${name} />` : html`<${Files} query=${query} />`;
  if (room === "runs") return name ? html`<${Run} key=${name} id=${name} />` : html`<${Runs} />`;
  if (room === "datasets") return name ? html`<${Dataset} key=${name} name=${name} />` : html`<${Datasets} />`;
  if (room === "sources") return html`<${Sources} />`;
  if (room === "alarms") return html`<${Alarms} />`;
  return html`<${View} title="There is no such page"><p><a href=${to("")}>What happens now</a></p><//>`;
}

function App() {
  const [at, setAt] = useState(place);
  useEffect(() => {
    const moved = () => setAt(place());
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return html`<a class="skip" href="#main" onClick=${(event) => (event.preventDefault(), document.querySelector("h1").focus())}>To the content</a>
    <header><div><strong>glue-etl</strong><nav aria-label="Rooms"><ul>${ROOMS.map(([room, name]) => html`<li>
      <a href=${to(room)} aria-current=${at.parts[0] === room ? "page" : null}>${name}</a></li>`)}</ul></nav></div></header>
    <main id="main"><${Room} ...${at} /></main>`;
}

const root = document.getElementById("app");
root.replaceChildren();
render(html`<${App} />`, root);
