import { Button } from "../../design/button.js";
import { Check, Field } from "../../design/field.js";
import { t } from "../../language.js";
import { html, useRef, useState } from "../../view.js";
import { changedType, KINDS, nameOfKind } from "./document.js";
import { KindEditor } from "./kinds/kinds.js";
import { MediaButton } from "./media.js";

/** @typedef {import("./document.js").QuestionDocument} QuestionDocument */

/** Kinds whose options students may see in an order of their own. */
const SHUFFLED = new Set(["multiple_choice", "multiple_response", "matching"]);

/**
 * Words between commas. What is typed stays as it is while somebody types.
 * @param {{ tags: readonly string[], onChange: (tags: string[]) => void }} props
 */
function Tags({ tags, onChange }) {
  const [text, setText] = useState(tags.join(", "));
  const take = (/** @type {string} */ next) => {
    setText(next);
    onChange([...new Set(next.split(",").map((tag) => tag.trim()).filter(Boolean))]);
  };
  return html`<${Field} name="tags" label=${t("bank.tags")} hint=${t("bank.tags_hint")} value=${text} onInput=${take} />`;
}

/**
 * @param {object} props
 * @param {string} props.course
 * @param {QuestionDocument} props.question
 * @param {(question: QuestionDocument) => void} props.onChange
 * @param {readonly import("exam-api").Schemas["QuestionCategory"][]} props.categories
 * @param {string} props.category
 * @param {(category: string) => void} props.onCategory
 */
export function QuestionForm({ course, question, onChange, categories, category, onCategory }) {
  const form = useRef(/** @type {HTMLElement | null} */ (null));
  const set = (/** @type {string} */ name) => (/** @type {unknown} */ value) => onChange({ ...question, [name]: value });
  const insert = (/** @type {string} */ text) => {
    const field = /** @type {HTMLTextAreaElement | null} */ (form.current?.querySelector("#question-text-field") ?? null);
    const at = field?.selectionStart ?? question.text.length;
    set("text")(question.text.slice(0, at) + text + question.text.slice(field?.selectionEnd ?? at));
  };
  return html`<div class="stack" ref=${form}>
    <div class="fields">
      <${Field} name="kind" type="select" label=${t("bank.kind")} value=${question.kind.type} onInput=${(/** @type {string} */ type) => set("kind")(changedType(question.kind, type))}>
        ${KINDS.map((kind) => html`<option value=${kind}>${nameOfKind(kind)}</option>`)}<//>
      <${Field} name="name" label=${t("bank.name")} hint=${t("bank.name_hint")} maxlength="200" value=${question.name ?? ""} onInput=${set("name")} />
    </div>
    <${Field} name="question-text-field" type="textarea" dir="auto" label=${t("bank.text")} hint=${t("bank.text_hint")} value=${question.text} onInput=${set("text")} />
    <div class="row">
      <${MediaButton} course=${course} format=${question.format ?? "plain"} onInsert=${insert} />
      <${Button} small kind="secondary" onClick=${() => insert("\\( x^2 \\)")}>${t("bank.formula")}<//>
      <label class="row"><span class="soft small">${t("bank.format")}</span>
        <select class="input auto" data-testid="format" value=${question.format ?? "plain"} onChange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ event) => set("format")(event.currentTarget.value)}>
          <option value="markdown">Markdown</option><option value="plain">${t("bank.format.plain")}</option><option value="html">HTML</option></select></label>
    </div>
    <${KindEditor} kind=${question.kind} onChange=${set("kind")} />
    ${SHUFFLED.has(question.kind.type) && html`<${Check} name="shuffles" checked=${question.shuffles_options ?? true} onChange=${set("shuffles_options")}>${t("bank.shuffles")}<//>`}
    <div class="fields">
      <${Field} name="points" inputmode="decimal" label=${t("bank.points")} value=${question.points} onInput=${set("points")} />
      <${Field} name="penalty" inputmode="decimal" label=${t("bank.penalty")} hint=${t("bank.penalty_hint")} value=${question.penalty ?? "0"} onInput=${set("penalty")} />
      <${Field} name="difficulty" type="select" label=${t("bank.difficulty")} value=${String(question.difficulty ?? "")} onInput=${(/** @type {string} */ level) => set("difficulty")(Number(level) || null)}>
        <option value="">${t("bank.not_said")}</option>${[1, 2, 3, 4, 5].map((level) => html`<option value=${level}>${level}</option>`)}<//>
      <${Field} name="category" type="select" label=${t("bank.category")} value=${category} onInput=${onCategory}>
        <option value="">${t("bank.no_category")}</option>${categories.map(({ id, path }) => html`<option value=${id}>${path}</option>`)}<//>
    </div>
    <${Tags} tags=${question.tags ?? []} onChange=${set("tags")} />
    <${Field} name="feedback" type="textarea" dir="auto" label=${t("bank.feedback")} hint=${t("bank.feedback_hint")} value=${question.feedback ?? ""} onInput=${set("feedback")} />
  </div>`;
}
