import { Field } from "../../design/field.js";
import { t } from "../../language.js";
import { html } from "../../view.js";
import { fromLocal, toLocal } from "./local-time.js";

/** @param {{ exam: import("./exam.js").Exam, isFixed: boolean, onChange: (parts: Partial<import("./exam.js").Exam>) => void }} props */
export function Basics({ exam, isFixed, onChange }) {
  const time = (/** @type {"starts_at" | "ends_at"} */ name) => (/** @type {string} */ local) => { if (local) onChange({ [name]: fromLocal(local) }); };
  const isTooShort = Date.parse(exam.ends_at) - Date.parse(exam.starts_at) < exam.duration_seconds * 1000;
  return html`<div class="card stack narrow-form">
    <${Field} name="exam-title" label=${t("plan.exam_title")} value=${exam.title} maxlength="200" disabled=${isFixed} onInput=${(/** @type {string} */ title) => onChange({ title })} />
    <div class="fields times"><${Field} name="starts" type="datetime-local" label=${t("plan.starts")} value=${toLocal(exam.starts_at)} onInput=${time("starts_at")} />
      <${Field} name="ends" type="datetime-local" label=${t("plan.ends")} value=${toLocal(exam.ends_at)} onInput=${time("ends_at")} problem=${isTooShort ? t("plan.window_short") : undefined} />
      <${Field} name="minutes" type="number" min="1" label=${t("plan.minutes")} value=${String(exam.duration_seconds / 60)} disabled=${isFixed}
        onInput=${(/** @type {string} */ minutes) => { if (Number(minutes) > 0) onChange({ duration_seconds: Math.round(Number(minutes) * 60) }); }} /></div>
    <p class="soft small">${t("plan.window_hint", { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })}</p></div>`;
}
