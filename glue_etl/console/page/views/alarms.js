// CloudWatch's alarms of this deployment, those that ring first.
import { html } from "../vendor/preact-htm.js";
import { useAnswer } from "../live.js";
import { Answer, Command, Moment, Table, View } from "../parts.js";

const TONES = { ALARM: "bad", OK: "good", INSUFFICIENT_DATA: "calm" };

export function Alarms() {
  const answer = useAnswer("/v1/alarms");
  return html`<${View} title="Alarms"><${Answer} from=${answer} of=${({ alarms }) => html`<${Table} caption="Alarms" rows=${alarms} keyOf=${(a) => a.name}
    empty="This deployment has no alarms." columns=${[
      { name: "alarm", of: (a) => a.name }, { name: "state", of: (a) => html`<span class=${`state ${TONES[a.state] ?? "calm"}`}>${a.state}</span>` },
      { name: "since (UTC)", of: (a) => html`<${Moment} at=${a.since} />` }, { name: "what it means, and what to do", of: (a) => a.description }]} />`} />
    <h2>The same in a terminal</h2><${Command} line="glue-etl doctor" /><//>`;
}
