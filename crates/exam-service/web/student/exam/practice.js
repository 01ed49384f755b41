// In practice: whether an answer is right, as often as one likes.

import { call } from "../../api.js";
import { Button } from "../../design/button.js";
import { Banner } from "../../design/messages.js";
import { number, t } from "../../language.js";
import { html, useEffect, useState } from "../../view.js";
import { ResponseText } from "../question/response-text.js";
import { Formatted } from "../text/formatted.js";

/** @typedef {import("exam-api").Schemas["CheckReply"]} CheckReply */

const TONES = /** @type {const} */ ({ right: "good", partly: "warn", wrong: "bad", undecided: "info" });

/** @param {{ sitting: import("./sitting.js").Sitting }} props */
export function PracticeCheck({ sitting }) {
  const question = sitting.question();
  const answer = sitting.answers.get(question.id);
  const [reply, setReply] = useState(/** @type {CheckReply | null} */ (null));
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    setReply(null);
    setProblem("");
  }, [question.id, answer.response]);
  const check = async () => {
    setBusy(true);
    setProblem("");
    try {
      // What is checked is what is saved.
      await sitting.outbox.flush();
      setReply(await call("POST /api/v1/attempts/{id}/questions/{question_id}/check", { path: { id: sitting.attempt.id, question_id: question.id } }));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  const tone = TONES[/** @type {keyof typeof TONES} */ (reply?.verdict ?? "undecided")];
  return html`<div class="stack tight">
    <div class="row"><${Button} kind="secondary" testid="check" busy=${isBusy} disabled=${!sitting.answers.isAnswered(question.id) || sitting.isPaused} onClick=${check}>${t("practice.check")}<//></div>
    ${problem && html`<${Banner} tone="bad"><p>${problem}</p><//>`}
    ${reply && html`<${Banner} tone=${tone} testid="verdict">
      <p><strong>${t(/** @type {import("../../language.js").Key} */ (`practice.${reply.verdict}`))}</strong>
        ${typeof reply.earned === "number" && html` ${t("result.score", { score: number(reply.earned), most: number(reply.points) })}`} <span class="soft">${t("practice.tries", { count: reply.tries })}</span></p>
      ${reply.solution && html`<p class="label">${t("result.solution")}</p><${ResponseText} question=${question} response=${reply.solution} />`}
      ${reply.explanation && html`<${Formatted} text=${reply.explanation} />`}<//>`}
  </div>`;
}
