import { call } from "../../api.js";
import { Check, Field } from "../../design/field.js";
import { toast } from "../../design/messages.js";
import { t } from "../../language.js";
import { go } from "../../router.js";
import { html, useState } from "../../view.js";
import { FormDialog } from "../work.js";
import { fromLocal, toLocal } from "./local-time.js";

const WEEK_MS = 7 * 24 * 3600000;

/** The same day of the week and time of day, the next time that it comes. @param {string} time */
function nextTime(time) {
  const date = new Date(time);
  const weeks = Math.max(1, Math.ceil((Date.now() - date.getTime()) / WEEK_MS));
  // By the calendar: a week in which clocks are changed has not as many hours.
  date.setDate(date.getDate() + 7 * weeks);
  return date.toISOString();
}

/**
 * Another draft that asks the same; its window is as long.
 * @param {{ course: string, exam: Pick<import("./exams.js").ExamLine, "id" | "title" | "starts_at" | "ends_at">, onClose: () => void }} props
 */
export function Copy({ course, exam, onClose }) {
  const [title, setTitle] = useState(t("plan.copy_title", { title: exam.title }).slice(0, 200));
  const [starts, setStarts] = useState(toLocal(nextTime(exam.starts_at)));
  const [withCandidates, setWithCandidates] = useState(false);
  const run = async () => {
    const starts_at = fromLocal(starts);
    const ends_at = new Date(Date.parse(starts_at) + Date.parse(exam.ends_at) - Date.parse(exam.starts_at)).toISOString();
    const { id } = await call("POST /api/v1/exams/{id}/clone", { path: { id: exam.id }, body: { title: title.trim(), starts_at, ends_at, with_candidates: withCandidates } });
    toast(t("plan.copied"));
    go(`/exams/${course}/${id}/basics`);
  };
  return html`<${FormDialog} title=${t("plan.copy_what", { what: exam.title })} action=${t("plan.copy_make")} testid="copy" run=${run} onClose=${onClose}>
    <p>${t("plan.copy_about")}</p>
    <${Field} name="copy-title" label=${t("plan.exam_title")} value=${title} maxlength="200" required onInput=${setTitle} />
    <${Field} name="copy-starts" type="datetime-local" label=${t("plan.starts")} value=${starts} required onInput=${setStarts} />
    <${Check} name="copy-candidates" checked=${withCandidates} onChange=${setWithCandidates}>${t("plan.copy_candidates")}<//><//>`;
}
