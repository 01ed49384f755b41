// A break that was granted: taken and ended by the student.

import { Button } from "../../design/button.js";
import { Dialog } from "../../design/dialog.js";
import { Banner } from "../../design/messages.js";
import { t } from "../../language.js";
import { html, useState } from "../../view.js";
import { until } from "../time.js";

/**
 * Only for those to whom breaks were granted.
 * @param {{ sitting: import("./sitting.js").Sitting, breaks: import("exam-api").Schemas["BreaksLeft"] }} props
 */
export function BreakButton({ sitting, breaks }) {
  const [isAsking, setAsking] = useState(false);
  const [problem, setProblem] = useState("");
  const close = () => { setAsking(false); setProblem(""); };
  const begin = () => sitting.rest(true).then(close, (error) => setProblem(error instanceof Error ? error.message : String(error)));
  // Begun minutes: nobody is told that there is nothing while there is.
  const minutes = Math.ceil(breaks.milliseconds / 60000);
  const isLeft = breaks.count > 0 && minutes > 0;
  return html`<${Button} kind="quiet" small testid="break" disabled=${sitting.isPaused} onClick=${() => setAsking(true)}>${t("break.title")}<//>
    ${isAsking && html`<${Dialog} title=${t("break.title")} testid="break-dialog" onClose=${close}
      actions=${html`<${Button} kind="secondary" onClick=${close}>${t("submit.cancel")}<//><${Button} testid="begin-break" disabled=${!isLeft} onClick=${begin}>${t("break.begin")}<//>`}>
      <p>${t("break.text")}</p><p data-testid="break-left">${isLeft ? t("break.left", { count: breaks.count, minutes }) : t("break.none_left")}</p>${problem && html`<${Banner} tone="bad" testid="break-problem"><p>${problem}</p><//>`}<//>`}`;
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
