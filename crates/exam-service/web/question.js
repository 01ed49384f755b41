// One question on the page: its options as radio buttons or, where several may be right, check boxes.

import { byId, element } from "./page.js";

const TRUE_FALSE = [{ id: "true", text: "True" }, { id: "false", text: "False" }];

const HINTS = {
  multiple_choice: "One is right",
  multiple_response: "One or more may be right",
  true_false: "True or false?",
};

const isAnyChoice = (question) => question.type === "multiple_choice" || question.type === "multiple_response";

export function renderQuestion(question, answer) {
  byId("question-text").textContent = question.text;
  byId("flag").checked = answer.flagged;
  const isChoice = isAnyChoice(question);
  const isSeveral = question.type === "multiple_response";
  byId("question-hint").textContent =
    `${HINTS[question.type]} · ${question.points} ${question.points === 1 ? "point" : "points"}`;
  const isChecked = (id) => isChoice ? (answer.response?.selected ?? []).includes(id) : String(answer.response?.value) === id;
  byId("options").replaceChildren(...(isChoice ? question.options : TRUE_FALSE).map((option, index) => {
    const input = element("input", {
      type: isSeveral ? "checkbox" : "radio",
      name: "option",
      value: option.id,
      id: `option-${option.id}`,
      "data-testid": `option-${index + 1}`,
    });
    input.checked = isChecked(option.id);
    return element("label", { class: "option", for: input.id }, input, element("span", {}, option.text));
  }));
}

/** The response that the inputs on the page stand for. */
export function readResponse(question) {
  const checked = [...byId("options").querySelectorAll("input:checked")].map((input) => input.value);
  if (checked.length === 0) return null;
  return isAnyChoice(question) ? { selected: checked } : { value: checked[0] === "true" };
}
