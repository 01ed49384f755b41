import { Button } from "../../design/button.js";
import { Check, Field } from "../../design/field.js";
import { t } from "../../language.js";
import { html } from "../../view.js";
import { replaced, typed, without } from "../input.js";

/** Lines of a text as a list. @param {string} text */
const linesOf = (text) => text.split(/[\s,]+/).filter(Boolean);

/** How an exam is sat. @param {{ rules: any, draft: any, isFixed: boolean, onChange: (parts: { rules?: any, draft?: any }) => void }} props */
export function Rules({ rules, draft, isFixed, onChange }) {
  const set = (/** @type {string} */ name) => (/** @type {unknown} */ value) => onChange({ rules: { ...rules, [name]: value } });
  const [late, limit] = /** @type {[string, { within_seconds: number | null }]} */ (Object.entries(rules.late_start)[0]);
  const minutes = limit.within_seconds === null ? "" : String(limit.within_seconds / 60);
  const setLate = (/** @type {string} */ kind, /** @type {string} */ within) => set("late_start")({ [kind]: { within_seconds: within.trim() === "" ? null : Math.max(0, Math.round(Number(within) * 60) || 0) } });
  const keys = rules.safe_exam_browser_keys;
  const odd = keys.findIndex((/** @type {string} */ key) => !/^[0-9a-f]{64}$/i.test(key));
  const feedback = (/** @type {string} */ name) => (/** @type {unknown} */ value) => set("feedback")({ ...rules.feedback, [name]: value });
  const paper = draft?.rules ?? {};
  const setPaper = (/** @type {any} */ next) => onChange({ draft: { ...draft, sections: draft?.sections ?? [], rules: { ...paper, ...next } } });
  return html`<div class="card-columns cards-of-rules">
    <section class="card stack"><h2>${t("plan.purpose")}</h2>
      <${Field} name="purpose" type="select" label=${t("plan.counts")} hint=${t(rules.is_practice ? "plan.practice_hint" : "plan.exam_hint")} value=${rules.is_practice ? "practice" : "exam"} onInput=${(/** @type {string} */ purpose) => set("is_practice")(purpose === "practice")}>
        <option value="exam">${t("plan.exam")}</option><option value="practice">${t("plan.practice")}</option><//></section>
    <section class="card stack"><h2>${t("plan.feedback")}</h2>
      <${Field} name="shown" type="select" label=${t("plan.shown")} value=${rules.is_practice ? "at_once" : rules.feedback.shown} disabled=${rules.is_practice} onInput=${feedback("shown")}><option value="at_once">${t("plan.shown.at_once")}</option><option value="released">${t("plan.shown.released")}</option><//>
      ${["shows_points", "shows_responses", "shows_solutions"].map((name) => html`<${Check} name=${name} checked=${rules.feedback[name]} onChange=${feedback(name)}>${t(/** @type {import("../../language.js").Key} */ (`plan.shows.${name}`))}<//>`)}</section>
    <section class="card stack"><h2>${t("plan.start")}</h2>
      <${Field} name="late-start" type="select" label=${t("plan.late")} value=${late} onInput=${(/** @type {string} */ kind) => setLate(kind, minutes)}><option value="keeps_time">${t("plan.late.keeps_time")}</option><option value="loses_time">${t("plan.late.loses_time")}</option><//>
      <${Field} name="late-within" type="number" min="0" label=${t("plan.late_within")} hint=${t("plan.late_within_hint")} value=${minutes} onInput=${(/** @type {string} */ within) => setLate(late, within)} />
      <${Field} name="attempts" type="number" min="1" label=${t("plan.attempts")} value=${String(rules.attempts_allowed)} onInput=${(/** @type {string} */ count) => set("attempts_allowed")(Math.max(1, Math.round(Number(count)) || 1))} />
      <${Field} name="access-code" label=${t("plan.access_code")} hint=${t("plan.access_code_hint")} value=${rules.access_code ?? ""} onInput=${(/** @type {string} */ code) => set("access_code")(code || null)} />
      <${Field} name="networks" label=${t("plan.networks")} hint=${t("plan.networks_hint")} value=${rules.networks.join(" ")} onChange=${typed((text) => set("networks")(linesOf(text)))} />
      <${Field} name="browser-keys" type="textarea" rows="3" spellcheck="false" label=${t("plan.browser_keys")} hint=${t("plan.browser_keys_hint")} value=${keys.join("\n")} onChange=${typed((text) => set("safe_exam_browser_keys")(linesOf(text)))}
        problem=${odd >= 0 ? t("plan.browser_key_odd", { number: odd + 1 }) : undefined} />
      <${Check} name="gives-back" checked=${rules.gives_back_outages} onChange=${set("gives_back_outages")}>${t("plan.outages")}<//></section>
    <section class="card stack"><h2>${t("plan.paper")}</h2><fieldset disabled=${isFixed} class="stack">
      <${Field} name="navigation" type="select" label=${t("plan.navigation")} value=${paper.navigation ?? "free"} onInput=${(/** @type {string} */ navigation) => setPaper({ navigation })}>
        ${["free", "sections_in_order", "questions_in_order"].map((name) => html`<option value=${name}>${t(/** @type {import("../../language.js").Key} */ (`plan.navigation.${name}`))}</option>`)}<//>
      <${Check} name="negative" checked=${paper.total_may_be_negative ?? false} onChange=${(/** @type {boolean} */ total_may_be_negative) => setPaper({ total_may_be_negative })}>${t("plan.negative")}<//>
      <${Scale} scale=${paper.scale ?? null} onChange=${(/** @type {any} */ scale) => setPaper({ scale: scale ?? undefined })} /></fieldset></section></div>`;
}

/** Which grade a score earns. @param {{ scale: any, onChange: (scale: any) => void }} props */
function Scale({ scale, onChange }) {
  const bounds = scale?.bounds ?? [];
  const set = (/** @type {any[]} */ next) => onChange(next.length > 0 ? { unit: scale?.unit ?? "percent", bounds: next } : null);
  const edit = (/** @type {number} */ index, /** @type {any} */ parts) => set(replaced(bounds, index, { ...bounds[index], ...parts }));
  return html`<div class="stack tight"><span class="label">${t("plan.scale")}</span><p class="soft small">${t("plan.scale_hint")}</p>
    ${bounds.map((/** @type {any} */ bound, /** @type {number} */ index) => html`<div class="option-line cells" key=${index}>
      <label class="cell"><span class="soft small">${t("plan.from_percent")}</span><input class="input short" inputmode="decimal" value=${bound.from} onInput=${typed((from) => edit(index, { from }))} /></label>
      <label class="cell"><span class="soft small">${t("plan.grade")}</span><input class="input short" value=${bound.grade} onInput=${typed((grade) => edit(index, { grade }))} /></label>
      <${Check} name=${`pass-${index}`} checked=${bound.is_pass} onChange=${(/** @type {boolean} */ is_pass) => edit(index, { is_pass })}>${t("plan.is_pass")}<//>
      <${Button} small kind="quiet" aria-label=${t("bank.remove", { what: bound.grade })} onClick=${() => set(without(bounds, index))}>✕<//></div>`)}
    <p><${Button} small kind="secondary" onClick=${() => set([...bounds, { from: "0", grade: "", is_pass: true }])}>${t("plan.add_grade")}<//></p></div>`;
}
