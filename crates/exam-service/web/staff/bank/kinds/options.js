import { Button } from "../../../design/button.js";
import { Field } from "../../../design/field.js";
import { t } from "../../../language.js";
import { html } from "../../../view.js";
import { moved, replaced, ticked, typed, without } from "../../input.js";
import { newOption } from "../document.js";

/** @typedef {import("../document.js").Option} Option */
/** @typedef {{ kind: import("../document.js").Kind, onChange: (kind: import("../document.js").Kind) => void, isFixed?: boolean }} EditorProps `isFixed`: only the key may change */

/**
 * Lines of text with buttons to move and remove them, and what else belongs to each.
 * @param {object} props
 * @param {string} props.name begins their data-testid
 * @param {string} props.label of one line, with its `{number}`
 * @param {readonly Option[]} props.options
 * @param {(options: Option[]) => void} props.onChange
 * @param {(option: Option, number: number) => unknown} [props.before] what stands in front of a line
 * @param {(option: Option, number: number) => unknown} [props.after]
 * @param {boolean} [props.isFixed] texts stay; where `isOrdered` they can be moved all the same
 * @param {boolean} [props.isOrdered]
 * @param {number} [props.least]
 * @param {string} props.more what adds one
 */
export function OptionList({ name, label, options, onChange, before, after, isFixed = false, isOrdered = false, least = 2, more }) {
  const named = (/** @type {number} */ number) => label.replace("{number}", String(number));
  return html`<div class="stack tight">
    ${options.map((option, index) => html`<div class="option-line" key=${option.id}>
      ${before?.(option, index + 1)}
      <input class="input" dir="auto" aria-label=${named(index + 1)} data-testid=${`${name}-${index + 1}`} value=${option.text} readonly=${isFixed}
        onInput=${typed((text) => onChange(replaced(options, index, { ...option, text })))} />
      ${after?.(option, index + 1)}
      ${(!isFixed || isOrdered) && html`<${Button} small kind="quiet" aria-label=${t("bank.up", { what: named(index + 1) })} disabled=${index === 0} onClick=${() => onChange(moved(options, index, index - 1))}>↑<//>
        <${Button} small kind="quiet" aria-label=${t("bank.down", { what: named(index + 1) })} disabled=${index === options.length - 1} onClick=${() => onChange(moved(options, index, index + 1))}>↓<//>`}
      ${!isFixed && html`<${Button} small kind="quiet" aria-label=${t("bank.remove", { what: named(index + 1) })} disabled=${options.length <= least} onClick=${() => onChange(without(options, index))}>✕<//>`}
    </div>`)}
    ${!isFixed && html`<p><${Button} small kind="secondary" testid=${`${name}-more`} onClick=${() => onChange([...options, newOption()])}>${more}<//></p>`}
  </div>`;
}

/** @param {EditorProps} props */
export const MultipleChoice = ({ kind, onChange, isFixed }) => html`<fieldset><legend class="label">${t("bank.options")}</legend>
  <p class="soft small">${t("bank.mark_right")}</p>
  <${OptionList} name="option" label=${t("bank.option")} more=${t("bank.more_options")} options=${kind.options} isFixed=${isFixed}
    onChange=${(/** @type {Option[]} */ options) => onChange({ ...kind, options, correct: options.some(({ id }) => id === kind.correct) ? kind.correct : options[0].id })}
    before=${(/** @type {Option} */ { id }, /** @type {number} */ number) => html`<input type="radio" name="correct" data-testid=${`right-${number}`} aria-label=${t("bank.right", { number })}
      checked=${kind.correct === id} onChange=${() => onChange({ ...kind, correct: id })} />`} /></fieldset>`;

/** @param {EditorProps} props */
export function MultipleResponse({ kind, onChange, isFixed }) {
  const turn = (/** @type {string} */ id) => (/** @type {boolean} */ isRight) => onChange({ ...kind, correct: isRight ? [...kind.correct, id] : kind.correct.filter((/** @type {string} */ one) => one !== id) });
  const isWeighted = kind.scoring.rule === "weighted";
  const keep = (/** @type {Option[]} */ options) => onChange({ ...kind, options, correct: kind.correct.filter((/** @type {string} */ id) => options.some((option) => option.id === id)) });
  const weigh = (/** @type {string} */ id) => (/** @type {string} */ text) => onChange({ ...kind, scoring: { rule: "weighted", percent: { ...kind.scoring.percent, [id]: text || "0" } } });
  return html`<fieldset><legend class="label">${t("bank.options")}</legend><p class="soft small">${t("bank.tick_right")}</p>
    <${OptionList} name="option" label=${t("bank.option")} more=${t("bank.more_options")} options=${kind.options} isFixed=${isFixed} onChange=${keep}
      before=${(/** @type {Option} */ { id }, /** @type {number} */ number) => html`<input type="checkbox" data-testid=${`right-${number}`} aria-label=${t("bank.right", { number })} checked=${kind.correct.includes(id)} onChange=${ticked(turn(id))} />`}
      after=${(/** @type {Option} */ { id }, /** @type {number} */ number) => isWeighted && html`<input class="input short" inputmode="decimal" aria-label=${t("bank.percent_of", { number })} value=${kind.scoring.percent[id] ?? "0"} onInput=${typed(weigh(id))} />`} />
    <${Scoring} rules=${["all_or_nothing", "right_only", "right_minus_wrong", "per_option", "weighted"]} value=${kind.scoring.rule}
      onChange=${(/** @type {string} */ rule) => onChange({ ...kind, scoring: rule === "weighted" ? { rule, percent: {} } : { rule } })} /></fieldset>`;
}

/** @param {EditorProps} props */
export const Ordering = ({ kind, onChange, isFixed }) => html`<fieldset><legend class="label">${t("bank.items")}</legend><p class="soft small">${t("bank.items_hint")}</p>
  <${OptionList} name="item" label=${t("bank.item")} more=${t("bank.more_items")} options=${kind.items} isFixed=${isFixed} isOrdered onChange=${(/** @type {Option[]} */ items) => onChange({ ...kind, items })}
    before=${(/** @type {Option} */ _, /** @type {number} */ number) => html`<span class="figures soft">${number}.</span>`} />
  <${Scoring} rules=${["exact", "positions", "pairs"]} value=${kind.scoring} onChange=${(/** @type {string} */ scoring) => onChange({ ...kind, scoring })} /></fieldset>`;

/**
 * How part of an answer is valued.
 * @param {{ rules: readonly string[], value: string, onChange: (rule: string) => void }} props
 */
export const Scoring = ({ rules, value, onChange }) => html`<${Field} name="scoring" type="select" label=${t("bank.scoring")} value=${value} onInput=${onChange}>
  ${rules.map((rule) => html`<option value=${rule}>${t(/** @type {import("../../../language.js").Key} */ (`bank.scoring.${rule}`))}</option>`)}<//>`;
