// Kinds that are answered by writing: true or false stands with them because its key is one choice.

import { Button } from "../../../design/button.js";
import { Check, Field } from "../../../design/field.js";
import { t } from "../../../language.js";
import { html } from "../../../view.js";
import { uuid } from "../../../uuid.js";
import { replaced, typed, without } from "../../input.js";

/** @typedef {import("./options.js").EditorProps} EditorProps */

/** @param {EditorProps} props */
export const TrueFalse = ({ kind, onChange }) => html`<${Field} name="correct" type="select" label=${t("bank.statement_is")} value=${String(kind.correct)} onInput=${(/** @type {string} */ value) => onChange({ ...kind, correct: value === "true" })}>
  <option value="true">${t("kind.true")}</option><option value="false">${t("kind.false")}</option><//>`;

/** What is beside the value for each rule of tolerance. @type {Record<string, { name: string, usual: string | number } | undefined>} */
const TOLERANCES = { exact: undefined, absolute: { name: "within", usual: "0.1" }, relative: { name: "percent", usual: "1" }, significant_figures: { name: "figures", usual: 3 } };

/** A small field in a line. @param {{ label: string, value: string | number, testid?: string, isWide?: boolean, onInput: (text: string) => void }} props */
const Cell = ({ label, value, testid, isWide = false, onInput }) => html`<label class=${isWide ? "cell grow" : "cell"}><span class="soft small">${label}</span>
  <input class=${isWide ? "input" : "input short"} dir="auto" data-testid=${testid} value=${value} onInput=${typed(onInput)} /></label>`;

/** @param {{ label: string, isDisabled?: boolean, onClick: () => void }} props */
const Remove = ({ label, isDisabled, onClick }) => html`<${Button} small kind="quiet" aria-label=${label} disabled=${isDisabled} onClick=${onClick}>✕<//>`;

/** @param {EditorProps} props */
export function Numeric({ kind, onChange, isFixed }) {
  const accept = (/** @type {any[]} */ accepted) => onChange({ ...kind, accepted });
  const units = kind.units ?? [];
  const tolerance = (/** @type {any} */ one, /** @type {number} */ index) => {
    const rule = one.tolerance?.rule ?? "exact";
    const beside = TOLERANCES[rule];
    const set = (/** @type {any} */ next) => accept(replaced(kind.accepted, index, { ...one, tolerance: next }));
    const choose = (/** @type {string} */ next) => set({ rule: next, ...(TOLERANCES[next] ? { [TOLERANCES[next].name]: TOLERANCES[next].usual } : {}) });
    return html`<label class="cell"><span class="soft small">${t("bank.tolerance")}</span><select class="input" value=${rule} onChange=${typed(choose)}>
        ${Object.keys(TOLERANCES).map((name) => html`<option value=${name}>${t(/** @type {import("../../../language.js").Key} */ (`bank.tolerance.${name}`))}</option>`)}</select></label>
      ${beside && html`<${Cell} label=${t(/** @type {import("../../../language.js").Key} */ (`bank.within.${beside.name}`))} value=${one.tolerance[beside.name]}
        onInput=${(/** @type {string} */ text) => set({ rule, [beside.name]: beside.name === "figures" ? Number(text) || 1 : text })} />`}`;
  };
  return html`<fieldset><legend class="label">${t("bank.accepted_numbers")}</legend><div class="stack tight">
      ${kind.accepted.map((/** @type {any} */ one, /** @type {number} */ index) => html`<div class="option-line cells" key=${index}>
        <${Cell} label=${t("bank.value")} testid=${`value-${index + 1}`} value=${one.value} onInput=${(/** @type {string} */ value) => accept(replaced(kind.accepted, index, { ...one, value }))} />
        ${tolerance(one, index)}
        <${Cell} label=${t("bank.earns_percent")} value=${one.percent ?? "100"} onInput=${(/** @type {string} */ percent) => accept(replaced(kind.accepted, index, { ...one, percent }))} />
        <${Remove} label=${t("bank.remove", { what: t("bank.value") })} isDisabled=${kind.accepted.length < 2} onClick=${() => accept(without(kind.accepted, index))} /></div>`)}
      <p><${Button} small kind="secondary" onClick=${() => accept([...kind.accepted, { value: "0", tolerance: { rule: "exact" }, percent: "100" }])}>${t("bank.more_values")}<//></p></div></fieldset>
    <fieldset><legend class="label">${t("bank.units")}</legend><p class="soft small">${t("bank.units_hint")}</p><div class="stack tight">
      ${units.map((/** @type {any} */ unit, /** @type {number} */ index) => html`<div class="option-line cells" key=${index}>
        <${Cell} label=${t("bank.symbol")} value=${unit.symbol} onInput=${(/** @type {string} */ symbol) => onChange({ ...kind, units: replaced(units, index, { ...unit, symbol }) })} />
        <${Cell} label=${t("bank.factor")} value=${unit.factor} onInput=${(/** @type {string} */ factor) => onChange({ ...kind, units: replaced(units, index, { ...unit, factor }) })} />
        <${Remove} label=${t("bank.remove", { what: unit.symbol })} isDisabled=${isFixed} onClick=${() => onChange({ ...kind, units: without(units, index) })} /></div>`)}
      ${!isFixed && html`<p><${Button} small kind="secondary" onClick=${() => onChange({ ...kind, units: [...units, { symbol: "", factor: "1" }] })}>${t("bank.more_units")}<//></p>`}
      ${units.length > 0 && html`<${Check} name="requires-unit" checked=${kind.requires_unit ?? false} onChange=${(/** @type {boolean} */ requires_unit) => onChange({ ...kind, requires_unit })}>${t("bank.requires_unit")}<//>`}</div></fieldset>`;
}

/** @param {EditorProps} props */
export function ShortAnswer({ kind, onChange }) {
  const accept = (/** @type {any[]} */ accepted) => onChange({ ...kind, accepted });
  const folding = kind.folding ?? { ignores_case: true };
  return html`<fieldset><legend class="label">${t("bank.accepted_texts")}</legend><p class="soft small">${t("bank.patterns_hint")}</p><div class="stack tight">
    ${kind.accepted.map((/** @type {any} */ one, /** @type {number} */ index) => html`<div class="option-line cells" key=${index}>
      <${Cell} isWide label=${t("bank.pattern")} testid=${`pattern-${index + 1}`} value=${one.pattern} onInput=${(/** @type {string} */ pattern) => accept(replaced(kind.accepted, index, { ...one, pattern }))} />
      <${Cell} label=${t("bank.earns_percent")} value=${one.percent ?? "100"} onInput=${(/** @type {string} */ percent) => accept(replaced(kind.accepted, index, { ...one, percent }))} />
      <${Remove} label=${t("bank.remove", { what: one.pattern })} isDisabled=${kind.accepted.length < 2} onClick=${() => accept(without(kind.accepted, index))} /></div>`)}
    <p><${Button} small kind="secondary" onClick=${() => accept([...kind.accepted, { pattern: "", percent: "100" }])}>${t("bank.more_patterns")}<//></p>
    ${["ignores_case", "ignores_diacritics", "ignores_spaces"].map((name) => html`<${Check} name=${name} checked=${folding[name] ?? false}
      onChange=${(/** @type {boolean} */ value) => onChange({ ...kind, folding: { ...folding, [name]: value } })}>${t(/** @type {import("../../../language.js").Key} */ (`bank.folding.${name}`))}<//>`)}
  </div></fieldset>`;
}

/** @param {EditorProps} props */
export function Essay({ kind, onChange }) {
  const rubric = kind.rubric ?? [];
  const set = (/** @type {any[]} */ next) => onChange({ ...kind, rubric: next });
  return html`<${Field} name="maximum-characters" type="number" min="1" label=${t("bank.maximum_characters")} value=${String(kind.maximum_characters)} onInput=${(/** @type {string} */ text) => onChange({ ...kind, maximum_characters: Number(text) || 1 })} />
    <fieldset><legend class="label">${t("bank.rubric")}</legend><p class="soft small">${t("bank.rubric_hint")}</p><div class="stack tight">
      ${rubric.map((/** @type {any} */ criterion, /** @type {number} */ index) => html`<div class="option-line cells" key=${criterion.id}>
        <${Cell} isWide label=${t("bank.criterion")} testid=${`criterion-${index + 1}`} value=${criterion.text} onInput=${(/** @type {string} */ text) => set(replaced(rubric, index, { ...criterion, text }))} />
        <${Cell} label=${t("bank.points")} value=${criterion.points} onInput=${(/** @type {string} */ points) => set(replaced(rubric, index, { ...criterion, points }))} />
        <${Remove} label=${t("bank.remove", { what: criterion.text })} onClick=${() => set(without(rubric, index))} /></div>`)}
      <p><${Button} small kind="secondary" onClick=${() => set([...rubric, { id: uuid(), text: "", points: "1" }])}>${t("bank.more_criteria")}<//></p></div></fieldset>
    <${Field} name="grader-notes" type="textarea" label=${t("bank.grader_notes")} hint=${t("bank.grader_notes_hint")} value=${kind.grader_notes ?? ""} onInput=${(/** @type {string} */ grader_notes) => onChange({ ...kind, grader_notes })} />`;
}
