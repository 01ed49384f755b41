// Questions as they are kept, with their keys, and what students see of them. Exact numbers are texts.

import { t } from "../../language.js";
import { uuid } from "../../uuid.js";

/** @typedef {{ id: string, text: string }} Option */
/** @typedef {Record<string, any>} Kind the part that differs from kind to kind, with its `type` */
/**
 * @typedef {object} QuestionDocument
 * @property {string} [id]
 * @property {string} [name]
 * @property {string} text
 * @property {string} [format]
 * @property {string} points
 * @property {string} [penalty]
 * @property {boolean} [shuffles_options]
 * @property {string[]} [tags]
 * @property {number | null} [difficulty]
 * @property {string} [feedback]
 * @property {Kind} kind
 */

export const KINDS = ["multiple_choice", "multiple_response", "true_false", "numeric", "short_answer", "matching", "ordering", "essay"];

/** @param {string} kind */
export const nameOfKind = (kind) => t(/** @type {import("../../language.js").Key} */ (`bank.kind.${kind}`));

/** @returns {Option} */
export const newOption = (text = "") => ({ id: uuid(), text });

/** What each kind begins with. @type {Record<string, () => Kind>} */
const BEGINNINGS = {
  multiple_choice: () => {
    const options = [newOption(), newOption(), newOption(), newOption()];
    return { options, correct: options[0].id };
  },
  multiple_response: () => ({ options: [newOption(), newOption(), newOption(), newOption()], correct: [], scoring: { rule: "right_minus_wrong" } }),
  true_false: () => ({ correct: true }),
  numeric: () => ({ accepted: [{ value: "0", tolerance: { rule: "exact" }, percent: "100" }], units: [], requires_unit: false }),
  short_answer: () => ({ accepted: [{ pattern: "", percent: "100" }], folding: { ignores_case: true, ignores_diacritics: false, ignores_spaces: false } }),
  matching: () => {
    const [prompts, choices] = [[newOption(), newOption()], [newOption(), newOption()]];
    return { prompts, choices, correct: { [prompts[0].id]: choices[0].id, [prompts[1].id]: choices[1].id }, scoring: "per_pair" };
  },
  ordering: () => ({ items: [newOption(), newOption(), newOption()], scoring: "pairs" }),
  essay: () => ({ maximum_characters: 10000, rubric: [], grader_notes: "" }),
};

/** @param {string} type @returns {Kind} */
export const newKind = (type) => ({ type, ...BEGINNINGS[type]() });

/** @returns {QuestionDocument} */
export const newQuestion = () => ({ id: uuid(), name: "", text: "", format: "markdown", points: "1", penalty: "0", shuffles_options: true, tags: [], difficulty: null, feedback: "", kind: newKind("multiple_choice") });

/**
 * The kind with another type; options that both have stay.
 * @param {Kind} kind
 * @param {string} type
 * @returns {Kind}
 */
export function changedType(kind, type) {
  const next = newKind(type);
  const texts = /** @type {Option[] | undefined} */ (kind.options ?? kind.items ?? kind.prompts);
  if (!texts?.length) return next;
  if (type === "multiple_choice") return { ...next, options: texts, correct: [kind.correct].flat().find((id) => texts.some((one) => one.id === id)) ?? texts[0].id };
  if (type === "multiple_response") return { ...next, options: texts, correct: [kind.correct].flat().filter((id) => texts.some((one) => one.id === id)) };
  if (type === "ordering") return { ...next, items: texts };
  return next;
}

/**
 * What a student sees of it, in the author's order.
 * @param {QuestionDocument} question
 * @returns {import("exam-api").Schemas["Question"]}
 */
export function asShown({ id, text, format, points, kind }) {
  return {
    id: id ?? "", type: kind.type, text, format: format ?? "plain", points: Number(points) || 0, section: 0,
    options: kind.options ?? kind.choices ?? kind.items ?? [],
    prompts: kind.prompts,
    units: kind.units?.map((/** @type {{ symbol: string }} */ { symbol }) => symbol),
    maximum_characters: kind.type === "essay" ? kind.maximum_characters : undefined,
  };
}
