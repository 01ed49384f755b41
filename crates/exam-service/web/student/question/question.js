// One question with what it is answered with. Each kind takes the question, the response (null: none) and what to do with
// a new one.

import { html } from "../../view.js";
import { t } from "../../language.js";
import { Formatted } from "../text/formatted.js";
import { MultipleChoice, MultipleResponse, TrueFalse } from "./choice.js";
import { Matching } from "./matching.js";
import { Numeric } from "./numeric.js";
import { Ordering } from "./ordering.js";
import { Essay, ShortAnswer } from "./text.js";

/** @typedef {import("exam-api").Schemas["Question"]} Question */
/**
 * @typedef {object} KindProps
 * @property {Question} question
 * @property {any} response
 * @property {boolean} isDisabled
 * @property {(response: any) => void} onAnswer
 */

/** @type {Record<string, (props: KindProps) => unknown>} */
const KINDS = {
  multiple_choice: MultipleChoice,
  multiple_response: MultipleResponse,
  true_false: TrueFalse,
  numeric: Numeric,
  short_answer: ShortAnswer,
  matching: Matching,
  ordering: Ordering,
  essay: Essay,
};

/** @param {KindProps} props */
export function QuestionFields({ question, response, isDisabled, onAnswer }) {
  const Kind = KINDS[question.type];
  const hint = t(/** @type {import("../../language.js").Key} */ (`kind.${question.type}`));
  return html`<fieldset class="question" disabled=${isDisabled} data-testid="question">
    <legend tabindex="-1" id="question-text" data-testid="question-text"><${Formatted} text=${question.text} format=${question.format} /></legend>
    <p class="soft small">${hint} · ${t("question.points", { count: question.points })}</p>
    ${Kind ? html`<${Kind} key=${question.id} question=${question} response=${response} isDisabled=${isDisabled} onAnswer=${onAnswer} />` : null}
  </fieldset>`;
}
