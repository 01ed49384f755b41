import { call } from "../../api.js";
import { t } from "../../language.js";
import { wordsOfProblem } from "../../problem-words.js";
import { QuestionFields } from "../../student/question/question.js";
import { html, useEffect, useState } from "../../view.js";
import { asShown } from "./document.js";

/** @typedef {import("exam-api").Schemas["Fault"]} Fault */

const PAUSE_MS = 400;

/**
 * A question as students see it, to be tried.
 * @param {{ question: import("./document.js").QuestionDocument }} props
 */
export function Preview({ question }) {
  const [response, setResponse] = useState(/** @type {any} */ (null));
  const ids = JSON.stringify([question.kind.type, asShown(question).options.map(({ id }) => id)]);
  // What was chosen may not be there any more.
  useEffect(() => setResponse(null), [ids]);
  return html`<section class="card preview" aria-label=${t("bank.preview")} data-testid="preview"><p class="soft small">${t("bank.preview_hint")}</p>
    <${QuestionFields} question=${asShown(question)} response=${response} isDisabled=${false} onAnswer=${setResponse} /></section>`;
}

/**
 * What is wrong with a question while it is written, looked up when nobody types; null before that is known.
 * @param {import("./document.js").QuestionDocument | undefined} question
 */
export function useFaults(question) {
  const [faults, setFaults] = useState(/** @type {Fault[] | null} */ (null));
  useEffect(() => {
    if (!question) return undefined;
    let isGone = false;
    const timer = setTimeout(async () => {
      try {
        const reply = await call("POST /api/v1/questions/check", { body: { question: /** @type {any} */ (question) } });
        if (!isGone) setFaults(reply.faults);
      } catch (error) {
        // What cannot be read at all is said in one sentence; a server that is away says it when it is saved.
        const { problem } = /** @type {import("../../api.js").RequestError} */ (error);
        if (!isGone) setFaults(problem ? [{ severity: "error", what: wordsOfProblem(problem), remedy: "" }] : null);
      }
    }, PAUSE_MS);
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [question]);
  return faults;
}

/** @param {{ faults: readonly Fault[] | null }} props */
export const Faults = ({ faults }) => html`<div role="status" data-testid="faults">${faults?.length === 0
  ? html`<p class="small good-word">✓ ${t("bank.no_faults")}</p>`
  : faults && html`<ul class="findings">${faults.map(({ severity, what, remedy }) => html`<li class=${severity}><strong>${what}</strong>${remedy && `: ${remedy}`}</li>`)}</ul>`}</div>`;
