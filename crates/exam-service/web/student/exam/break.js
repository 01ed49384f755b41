// A break that was granted: taken and ended by the student.

import { Button } from "../../design/button.js";
import { Dialog } from "../../design/dialog.js";
import { Banner } from "../../design/messages.js";
import { t } from "../../language.js";
import { html, useState } from "../../view.js";
import { until } from "../time.js";

/** @param {{ sitting: import("./sitting.js").Sitting }} props */
export function BreakButton({ sitting }) {
  const [isAsking, setAsking] = useState(false);
  const [problem, setProblem] = useState("");
  const close = () => { setAsking(false); setProblem(""); };
  const begin = () => sitting.rest(true).then(close, (error) => setProblem(error instanceof Error ? error.message : String(error)));
  return html`<${Button} kind="quiet" small testid="break" disabled=${sitting.isPaused} onClick=${() => setAsking(true)}>${t("break.title")}<//>
    ${isAsking && html`<${Dialog} title=${t("break.title")} testid="break-dialog" onClose=${close}
      actions=${html`<${Button} kind="secondary" onClick=${close}>${t("submit.cancel")}<//><${Button} testid="begin-break" onClick=${begin}>${t("break.begin")}<//>`}>
      <p>${t("break.text")}</p>${problem && html`<${Banner} tone="bad" testid="break-problem"><p>${problem}</p><//>`}<//>`}`;
}

/** @param {{ sitting: import("./sitting.js").Sitting }} props */
export function OnBreak({ sitting }) {
  const [problem, setProblem] = useState("");
  const end = () => sitting.rest(false).catch((error) => setProblem(error instanceof Error ? error.message : String(error)));
  const left = (sitting.breakEndsAt ?? 0) - sitting.clock.now();
  return html`<section class="card state" data-testid="on-break"><h2>${t("break.on")}</h2>
    <p class="figures" role="timer">${t("break.ends", { when: until(left) })}</p>
    ${problem && html`<${Banner} tone="bad"><p>${problem}</p><//>`}
    <${Button} testid="end-break" onClick=${end}>${t("break.end")}<//></section>`;
}
