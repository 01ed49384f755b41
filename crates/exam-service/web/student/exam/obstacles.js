// What stands between a student and the questions for a while, and what was said.

import { SignInForm } from "../../account/sign-in.js";
import { Button } from "../../design/button.js";
import { Dialog } from "../../design/dialog.js";
import { Banner, toast } from "../../design/messages.js";
import { t, timeOfDay } from "../../language.js";
import * as session from "../../session.js";
import { html, useState } from "../../view.js";
import { OnBreak } from "./break.js";
import { EmergencyOffer } from "./emergency.js";

/** @param {{ notices: import("./notices.js").Notices, onClose: (id: string) => void }} props */
export const NoticeList = ({ notices, onClose }) => html`<div class="stack tight told" data-testid="notices">${notices.shown.map(({ id, tone, key, values, text, sent_at }) => html`
  <${Banner} key=${id} tone=${tone} testid="notice" onClose=${() => onClose(id)}>
    ${text !== undefined && html`<p class="small soft">${t("message.from")}${sent_at ? `, ${timeOfDay(sent_at)}` : ""}</p>`}
    <p dir="auto">${key ? t(key, values) : text}</p><//>`)}</div>`;

/**
 * @param {object} props
 * @param {import("./sitting.js").Sitting} props.sitting
 * @param {() => Promise<void>} props.onTakeBack
 * @param {() => void} props.onReload
 */
export function Obstacle({ sitting, onTakeBack, onReload }) {
  if (sitting.standing === "signed-out") return html`<${SignInAgain} sitting=${sitting} />`;
  if (sitting.standing === "other-tab") return html`<${Wall} name="other-tab" title=${t("other_tab.title")} text=${t("other_tab.text")} action=${t("here.action")} onAction=${onReload} />`;
  if (sitting.standing === "elsewhere") return html`<${Wall} name="elsewhere" title=${t("elsewhere.title")} text=${t("elsewhere.text")} action=${t("here.action")} onAction=${onTakeBack} />`;
  if (sitting.breakEndsAt !== null) return html`<${OnBreak} sitting=${sitting} />`;
  if (sitting.isBlanked) return html`<${Wall} name="blanked" title=${t("blanked.title")} text=${t("blanked.text")} />`;
  return html`<div class="stack tight told">
    ${sitting.isPaused && html`<${Banner} tone="warn" testid="paused"><p><strong>${t("pause.title")}</strong> ${t("pause.text")}</p><//>`}
    <${EmergencyOffer} sitting=${sitting} />
    ${!sitting.isTimeSure && html`<${Banner} tone="warn" testid="time-unknown"><p>${t("time.unknown_text")}</p><//>`}
    ${sitting.outbox.isStorageBroken && html`<${Banner} tone="bad" testid="storage-broken"><p><strong>${t("storage.title")}</strong> ${t("storage.text")}</p><//>`}
  </div>`;
}

/**
 * @param {{ name: string, title: string, text: string, action?: string, onAction?: () => unknown }} props
 */
function Wall({ name, title, text, action, onAction }) {
  const [isBusy, setBusy] = useState(false);
  const act = async () => {
    setBusy(true);
    try {
      await onAction?.();
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), "bad");
    }
    setBusy(false);
  };
  return html`<section class="card state" role="alert" data-testid=${name}><h2>${title}</h2><p>${text}</p>
    ${action && html`<${Button} busy=${isBusy} testid="here" onClick=${act}>${action}<//>`}</section>`;
}

/** @param {{ sitting: import("./sitting.js").Sitting }} props */
function SignInAgain({ sitting }) {
  const [way, setWay] = useState("password");
  const user = session.current()?.user;
  const [owner] = useState(user);
  const done = () => {
    // Somebody else has no business here: main.js shows them their own pages.
    if (session.current()?.user.id === owner?.id) sitting.regain();
  };
  return html`<${Dialog} title=${t("again.title")} testid="sign-in-again">
    <p>${t("again.text")}</p>
    <${SignInForm} key=${way} way=${way} login=${owner?.login} onDone=${done} />
    <p class="small"><${Button} kind="quiet" small onClick=${() => setWay(way === "code" ? "password" : "code")}>${t(way === "code" ? "sign_in.with_password" : "sign_in.with_code")}<//></p>
  <//>`;
}
