import { Field, Check } from "../../design/field.js";
import { t } from "../../language.js";
import { html } from "../../view.js";
import { KINDS, nameOfKind } from "./document.js";

/** @typedef {import("./listing.js").Filter} Filter */

const DIFFICULTIES = ["1", "2", "3", "4", "5"];

/**
 * @param {object} props
 * @param {Filter} props.filter
 * @param {readonly import("exam-api").Schemas["QuestionCategory"][]} props.categories
 * @param {(filter: Filter) => void} props.onChange
 * @param {boolean} [props.hasArchived] whether those out of use can be asked for
 */
export function QuestionFilter({ filter, categories, onChange, hasArchived = true }) {
  const set = (/** @type {keyof Filter} */ name) => (/** @type {string | boolean} */ value) => onChange({ ...filter, [name]: value });
  const levels = html`<option value=""></option>${DIFFICULTIES.map((level) => html`<option>${level}</option>`)}`;
  return html`<form class="filter" role="search" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <${Field} name="filter-q" type="search" label=${t("bank.search")} value=${filter.q} maxlength="200" onInput=${set("q")} />
    <${Field} name="filter-kind" type="select" label=${t("bank.kind")} value=${filter.kind} onInput=${set("kind")}>
      <option value="">${t("bank.any")}</option>${KINDS.map((kind) => html`<option value=${kind}>${nameOfKind(kind)}</option>`)}<//>
    <${Field} name="filter-category" type="select" label=${t("bank.category")} value=${filter.category} onInput=${set("category")}>
      <option value="">${t("bank.any")}</option>${categories.map(({ id, path, question_count }) => html`<option value=${id}>${path} (${question_count})</option>`)}<//>
    <${Field} name="filter-tag" type="search" label=${t("bank.tag")} value=${filter.tag} maxlength="60" onInput=${set("tag")} />
    <${Field} name="filter-minimum" type="select" label=${t("bank.easiest")} value=${filter.minimum} onInput=${set("minimum")}>${levels}<//>
    <${Field} name="filter-maximum" type="select" label=${t("bank.hardest")} value=${filter.maximum} onInput=${set("maximum")}>${levels}<//>
    ${hasArchived && html`<${Check} name="filter-archived" checked=${filter.archived} onChange=${set("archived")}>${t("bank.archived")}<//>`}
  </form>`;
}
