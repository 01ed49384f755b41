// One question on the page: its options as radio buttons or, where several may be right, check boxes.

import { byId, element } from "./page.js";

const TRUE_FALSE = [{ id: "true", text: "True" }, { id: "false", text: "False" }];

export function renderQuestion(question, answer) {
  byId("question-text").textContent = question.text;
  byId("flag").checked = answer.flagged;
  const isChoice = question.type === "multiple_choice";
  byId("question-hint").textContent =
    `${isChoice ? "One or more may be right" : "True or false?"} · ${question.points} ${question.points === 1 ? "point" : "points"}`;
  const isChecked = (id) => isChoice ? (answer.response?.selected ?? []).includes(id) : String(answer.response?.value) === id;
  byId("options").replaceChildren(...(isChoice ? question.options : TRUE_FALSE).map((option, index) => {
    const input = element("input", {
      type: isChoice ? "checkbox" : "radio",
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
  return question.type === "multiple_choice" ? { selected: checked } : { value: checked[0] === "true" };
}
