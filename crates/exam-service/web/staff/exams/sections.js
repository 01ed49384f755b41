import { call } from "../../api.js";
import { Button } from "../../design/button.js";
import { Check, Field } from "../../design/field.js";
import { Failed, useLoaded } from "../../design/states.js";
import { t } from "../../language.js";
import { html, useState } from "../../view.js";
import { titleOf } from "../bank/questions.js";
import { moved, replaced, typed, without } from "../input.js";
import { Picker } from "./picker.js";

/** @typedef {{ type: "fixed" | "draw", question?: string, points?: string, count?: number, tags?: string[], minimum_difficulty?: number, maximum_difficulty?: number }} Item */
/** @typedef {{ title: string, instructions: string, shuffles_questions: boolean, items: Item[] }} Section */

/**
 * Reads what questions are called until all are known: first those that are in use, then those that were put away.
 * @param {string} course
 * @param {readonly string[]} ids
 * @param {Map<string, string>} known what was read before; it gets the others
 */
async function readNames(course, ids, known) {
  for (const archived of [undefined, true]) {
    let after = /** @type {string | undefined} */ (undefined);
    do {
      if (ids.every((id) => known.has(id))) return known;
      const { questions, next } = await call("GET /api/v1/courses/{id}/questions", { path: { id: course }, query: { archived, limit: 100, after } });
      for (const question of questions) known.set(question.id, titleOf(question));
      after = next ?? undefined;
    } while (after !== undefined);
  }
  return known;
}

/**
 * The names of questions by their ids; null while they are read. What could not be read is read again with the next question.
 * @param {string} course
 * @param {readonly string[]} ids
 */
function useNames(course, ids) {
  const [known] = useState(() => /** @type {Map<string, string>} */ (new Map()));
  const loaded = useLoaded(() => readNames(course, ids, known), [course, ids.join()]);
  return { nameOf: (/** @type {string} */ id) => known.get(id) ?? (loaded.error || loaded.value ? id : "…"), error: loaded.error, reload: loaded.reload };
}

/** What an exam asks: sections with questions that everybody is asked, and draws. @param {{ course: string, draft: any, isFixed: boolean, onChange: (draft: any) => void }} props */
export function Sections({ course, draft, isFixed, onChange }) {
  /** @type {Section[]} */
  const sections = draft?.sections ?? [];
  const set = (/** @type {Section[]} */ next) => onChange({ ...draft, sections: next });
  const used = sections.flatMap(({ items }) => items.flatMap(({ question }) => question ?? []));
  const names = useNames(course, used);
  return html`${names.error && html`<${Failed} error=${names.error} onRetry=${names.reload} />`}<fieldset disabled=${isFixed} class="stack">
    ${sections.length === 0 && html`<p class="soft">${t("plan.no_sections")}</p>`}
    ${sections.map((section, index) => html`<${SectionCard} key=${index} course=${course} number=${index + 1} section=${section} used=${used} nameOf=${names.nameOf} isLast=${index === sections.length - 1}
      onChange=${(/** @type {Section} */ next) => set(replaced(sections, index, next))} onRemove=${() => set(without(sections, index))} onMove=${(/** @type {number} */ by) => set(moved(sections, index, index + by))} />`)}
    <p><${Button} kind="secondary" testid="add-section" onClick=${() => set([...sections, { title: "", instructions: "", shuffles_questions: false, items: [] }])}>${t("plan.add_section")}<//></p></fieldset>`;
}

/** @param {{ course: string, number: number, section: Section, used: readonly string[], nameOf: (id: string) => string, isLast: boolean, onChange: (section: Section) => void, onRemove: () => void, onMove: (by: number) => void }} props */
function SectionCard({ course, number, section, used, nameOf, isLast, onChange, onRemove, onMove }) {
  const [isPicking, setPicking] = useState(false);
  const items = (/** @type {Item[]} */ next) => onChange({ ...section, items: next });
  const name = t("plan.section", { number });
  return html`<section class="card stack" id=${`section-${number}`} aria-label=${name}>
    <div class="row apart"><h2>${name}</h2><div class="row">
      <${Button} small kind="quiet" aria-label=${t("bank.up", { what: name })} disabled=${number === 1} onClick=${() => onMove(-1)}>↑<//>
      <${Button} small kind="quiet" aria-label=${t("bank.down", { what: name })} disabled=${isLast} onClick=${() => onMove(1)}>↓<//>
      <${Button} small kind="quiet" aria-label=${t("bank.remove", { what: name })} onClick=${onRemove}>✕<//></div></div>
    <div class="fields"><${Field} name=${`section-title-${number}`} label=${t("plan.section_title")} value=${section.title} maxlength="200" onInput=${(/** @type {string} */ title) => onChange({ ...section, title })} />
      <${Field} name=${`section-instructions-${number}`} label=${t("plan.instructions")} value=${section.instructions} onInput=${(/** @type {string} */ instructions) => onChange({ ...section, instructions })} /></div>
    <${Check} name=${`section-shuffles-${number}`} checked=${section.shuffles_questions} onChange=${(/** @type {boolean} */ shuffles_questions) => onChange({ ...section, shuffles_questions })}>${t("plan.shuffles")}<//>
    <ol class="items" data-testid=${`items-${number}`}>${section.items.map((item, index) => html`<li key=${item.question ?? index}><span class="soft figures">${index + 1}.</span>
      ${item.type === "fixed" ? html`<a class="grow question-link" href=${`#/bank/${course}/questions/${item.question}`} target="_blank" rel="opener">${nameOf(item.question ?? "")}</a>` : html`<${Draw} item=${item} onChange=${(/** @type {Item} */ next) => items(replaced(section.items, index, next))} />`}
      <label class="cell"><span class="soft small">${t("bank.points")}</span><input class="input short" inputmode="decimal" placeholder=${t("plan.as_bank")} value=${item.points ?? ""} onInput=${typed((points) => items(replaced(section.items, index, { ...item, points: points.trim() || undefined })))} /></label>
      <${Button} small kind="quiet" aria-label=${t("bank.up", { what: String(index + 1) })} disabled=${index === 0} onClick=${() => items(moved(section.items, index, index - 1))}>↑<//>
      <${Button} small kind="quiet" aria-label=${t("bank.down", { what: String(index + 1) })} disabled=${index === section.items.length - 1} onClick=${() => items(moved(section.items, index, index + 1))}>↓<//>
      <${Button} small kind="quiet" aria-label=${t("bank.remove", { what: String(index + 1) })} onClick=${() => items(without(section.items, index))}>✕<//></li>`)}</ol>
    <div class="row"><${Button} small testid=${`pick-${number}`} onClick=${() => setPicking(true)}>${t("plan.pick")}<//>
      <${Button} small kind="secondary" testid=${`draw-${number}`} onClick=${() => items([...section.items, { type: "draw", count: 1, tags: [] }])}>${t("plan.add_draw")}<//></div>
    ${isPicking && html`<${Picker} course=${course} used=${used} onClose=${() => setPicking(false)} onTake=${(/** @type {string[]} */ ids) => { setPicking(false); items([...section.items, ...ids.map((question) => /** @type {Item} */ ({ type: "fixed", question }))]); }} />`}
  </section>`;
}

/** Words between commas. @param {string} text */
const tagsIn = (text) => [...new Set(text.split(",").map((tag) => tag.trim()).filter(Boolean))];

/** @param {{ item: Item, onChange: (item: Item) => void }} props */
function Draw({ item, onChange }) {
  const own = item.tags ?? [];
  const [written, setTags] = useState(own.join(", "));
  // Another draw that was moved here brings its own.
  const tags = tagsIn(written).join() === own.join() ? written : own.join(", ");
  const take = (/** @type {string} */ text) => {
    setTags(text);
    onChange({ ...item, tags: tagsIn(text) });
  };
  const level = (/** @type {"minimum_difficulty" | "maximum_difficulty"} */ name, /** @type {string} */ label) => html`<label class="cell"><span class="soft small">${label}</span>
    <select class="input" value=${String(item[name] ?? "")} onChange=${typed((value) => onChange({ ...item, [name]: Number(value) || undefined }))}><option value="">${t("bank.any")}</option>${[1, 2, 3, 4, 5].map((one) => html`<option>${one}</option>`)}</select></label>`;
  return html`<div class="grow option-line cells"><label class="cell"><span class="soft small">${t("plan.draw_count")}</span><input class="input short" type="number" min="1" value=${item.count} onInput=${typed((count) => onChange({ ...item, count: Math.max(1, Number(count) || 1) }))} /></label>
    <label class="cell grow"><span class="soft small">${t("plan.draw_tags")}</span><input class="input" value=${tags} onInput=${typed(take)} /></label>
    ${level("minimum_difficulty", t("bank.easiest"))}${level("maximum_difficulty", t("bank.hardest"))}</div>`;
}
