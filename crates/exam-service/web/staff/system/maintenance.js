// Maintenance: whether people are asked to come back later, and the switch for it.

import { call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { Field } from "../../design/field.js";
import { toast } from "../../design/messages.js";
import { dateAndTime, t } from "../../language.js";
import { html, useState } from "../../view.js";
import { fromLocal, toLocal } from "../exams/local-time.js";
import { FormDialog } from "../work.js";

/** @typedef {import("exam-api").Schemas["SystemReply"]} System */

/** @param {{ system: System, onChange: () => void }} props */
export function Maintenance({ system: { maintenance, open_attempts }, onChange }) {
  const [asked, setAsked] = useState(/** @type {"on" | "off" | null} */ (null));
  const close = () => setAsked(null);
  return html`<section class="card"><div class="row apart"><h2>${t("maintenance.title")}</h2>
      <${Badge} tone=${maintenance ? "warn" : "good"} testid="maintenance-state">${maintenance ? t("maintenance.on") : t("maintenance.off")}<//></div>
    ${maintenance ? html`<dl class="facts"><dt>${t("maintenance.message")}</dt><dd data-testid="maintenance-said">${maintenance.message}</dd>
        <dt>${t("maintenance.since")}</dt><dd>${dateAndTime(maintenance.since)}</dd>
        <dt>${t("maintenance.until")}</dt><dd>${maintenance.until ? dateAndTime(maintenance.until) : t("maintenance.open_end")}</dd></dl>`
      : html`<p class="soft">${t("maintenance.nothing")}</p>`}
    <div class="row">${maintenance && html`<${Button} testid="maintenance-off" onClick=${() => setAsked("off")}>${t("maintenance.end")}<//>`}
      <${Button} kind="secondary" testid="maintenance-on" onClick=${() => setAsked("on")}>${maintenance ? t("maintenance.change") : t("maintenance.begin")}<//></div>
    ${asked === "on" && html`<${On} now=${maintenance ?? null} open=${open_attempts} onChange=${onChange} onClose=${close} />`}
    ${asked === "off" && html`<${Off} onChange=${onChange} onClose=${close} />`}</section>`;
}

/** @param {{ now: NonNullable<System["maintenance"]> | null, open: number, onChange: () => void, onClose: () => void }} props */
function On({ now, open, onChange, onClose }) {
  const [message, setMessage] = useState(now?.message ?? "");
  const [until, setUntil] = useState(now?.until ? toLocal(now.until) : "");
  const run = async () => {
    await call("PUT /api/v1/system/maintenance", { body: { message: message.trim() || undefined, until: until ? fromLocal(until) : undefined } });
    toast(now ? t("maintenance.changed") : t("maintenance.begun"));
    onChange();
  };
  return html`<${FormDialog} title=${now ? t("maintenance.change") : t("maintenance.begin")} action=${now ? t("maintenance.say") : t("maintenance.begin")} kind=${now ? "primary" : "danger"} testid="maintenance-form" run=${run} onClose=${onClose}>
    ${!now && html`<ul class="stack tight"><li>${open === 0 ? t("maintenance.nobody_sits") : t("maintenance.who_goes_on", { count: open })}</li>
      <li>${t("maintenance.who_waits")}</li><li>${t("maintenance.you_too")}</li></ul>`}
    <${Field} name="maintenance-message" label=${t("maintenance.message")} hint=${t("maintenance.message_hint")} maxlength="500" value=${message} onInput=${setMessage} />
    <${Field} name="maintenance-until" type="datetime-local" label=${t("maintenance.until")} hint=${t("maintenance.until_hint")} value=${until} onInput=${setUntil} /><//>`;
}

/** @param {{ onChange: () => void, onClose: () => void }} props */
function Off({ onChange, onClose }) {
  const run = async () => {
    await call("DELETE /api/v1/system/maintenance");
    toast(t("maintenance.ended"));
    onChange();
  };
  return html`<${FormDialog} title=${t("maintenance.end")} action=${t("maintenance.end")} testid="maintenance-end" run=${run} onClose=${onClose}><p>${t("maintenance.end_text")}</p><//>`;
}
