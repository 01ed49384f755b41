import { formatRemaining } from "../../clock.js";
import { Appearance } from "../../design/frame.js";
import { t } from "../../language.js";
import { html, useEffect, useState } from "../../view.js";
import { BreakButton } from "./break.js";
import { describe } from "./save-state.js";

const SHORT_MS = 5 * 60 * 1000;

/**
 * What is always in sight: which exam, how long, and whether everything is saved.
 * @param {{ sitting: import("./sitting.js").Sitting }} props
 */
export function ExamBar({ sitting }) {
  const remaining = sitting.countdown.remainingMs();
  const { state, text } = describe(sitting.outbox);
  const isShort = remaining < SHORT_MS;
  return html`<header class="bar exam-bar">
    <h1 class="title">${sitting.attempt.title}</h1>
    <${SaveState} state=${state} text=${text} />
    <span class=${`timer figures ${isShort ? "short" : ""}`} role="timer" aria-label=${t("time.label")} data-testid="timer">
      ${sitting.isTimeSure ? formatRemaining(remaining) : t("time.unknown")}</span>
    ${sitting.breaks && html`<${BreakButton} sitting=${sitting} breaks=${sitting.breaks} />`}
    <${Appearance} />
  </header>`;
}

/**
 * Changes at once for the eye; for the ear only when the state is another one, so that nobody hears of each letter typed.
 * @param {{ state: string, text: string }} props
 */
function SaveState({ state, text }) {
  const [heard, setHeard] = useState({ state, text });
  useEffect(() => {
    if (state !== heard.state && state !== "saving") setHeard({ state, text });
  }, [state]);
  return html`<span class=${`save-state ${state}`} data-testid="save-state" data-state=${state}>${text}</span>
    <span class="out-of-sight" role="status">${heard.text}</span>`;
}
