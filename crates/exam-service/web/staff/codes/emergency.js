// Emergency answer files: what the page of a student wrote down when its network did not come back. Each is tried first,
// which changes nothing, and taken over once somebody has said so.

import { RequestError, call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { Dialog } from "../../design/dialog.js";
import { Field } from "../../design/field.js";
import { Banner } from "../../design/messages.js";
import { useLoaded } from "../../design/states.js";
import { dateAndTime, number, t } from "../../language.js";
import { html, useRef, useState } from "../../view.js";
import { examHead } from "../board/exams.js";
import { useStyle } from "../board/style.js";
import { wordsOf } from "../work.js";
import { candidatesOf } from "./slips.js";

/** @typedef {import("exam-api").ReplyOf<"POST /api/v1/exams/{id}/emergency-files">} Report */
/** @typedef {{ key: string, name: string, text: string, report?: Report, problem?: string, isBusy?: boolean }} Entry a file and what the service says of it */

/** What the service takes of one file is less, in bytes. */
const MOST_BYTES = 4 * 1024 * 1024;
const OUTCOMES = /** @type {const} */ (["stored", "same", "older", "refused"]);
const TONES = /** @type {const} */ ({ stored: "good", same: "plain", older: "plain", refused: "bad" });

/** What a file says, or why it is of no use. @param {File} file @returns {Promise<Pick<Entry, "text" | "problem">>} */
async function read(file) {
  if (file.size > MOST_BYTES) return { text: "", problem: t("emergency.large") };
  try {
    return { text: (await file.text()).trim() };
  } catch {
    // It was moved or changed since it was chosen, or the stick that it was on is gone.
    return { text: "", problem: t("emergency.unreadable") };
  }
}

/** @param {Report} report @param {string} outcome */
const count = (report, outcome) => report.answers.filter((answer) => answer.outcome === outcome).length;

/** @param {{ exam: string }} props */
export function EmergencyFiles({ exam }) {
  useStyle();
  const head = useLoaded(() => examHead(exam), [exam]);
  const people = useLoaded(() => candidatesOf(exam), [exam]);
  const [entries, setEntries] = useState(/** @type {readonly Entry[]} */ ([]));
  const [asked, setAsked] = useState(/** @type {Entry | null} */ (null));
  const [reason, setReason] = useState("");
  const change = (/** @type {string} */ key, /** @type {Partial<Entry>} */ part) => setEntries((all) => all.map((one) => (one.key === key ? { ...one, ...part } : one)));
  const send = async (/** @type {Entry} */ { key, text }, /** @type {boolean} */ dry_run) => {
    change(key, { isBusy: true, problem: undefined });
    try {
      const body = { file: text, dry_run, reason: dry_run ? undefined : reason.trim() || undefined };
      change(key, { report: await call("POST /api/v1/exams/{id}/emergency-files", { path: { id: exam }, body }), isBusy: false });
    } catch (error) {
      const isUnsure = !dry_run && error instanceof RequestError && error.isTemporary;
      change(key, { problem: isUnsure ? t("emergency.unsure") : wordsOf(error), isBusy: false });
    }
  };
  const choose = async (/** @type {readonly File[]} */ files) => {
    for (const file of files) {
      const key = `${file.name} ${file.lastModified} ${file.size}`;
      const entry = { key, name: file.name, ...await read(file) };
      setEntries((all) => [entry, ...all.filter((one) => one.key !== key)]);
      if (!entry.problem) await send(entry, true);
    }
  };
  const nameOf = (/** @type {string} */ id) => people.value?.find(({ user_id }) => user_id === id)?.display_name ?? "";
  const accept = () => {
    const entry = asked;
    setAsked(null);
    if (entry) send(entry, false);
  };
  return html`<p><a href=${`#/board/${exam}`} data-testid="back-to-board">← ${t("timeline.back")}</a></p>
    <h1>${t("emergency.title")}</h1>
    ${head.value && html`<p class="soft">${head.value.title}</p>`}
    <div class="stack reading">
      <section class="card stack"><p>${t("emergency.about")}</p><${Chooser} onChoose=${choose} /></section>
      ${entries.map((entry) => html`<${FileCard} key=${entry.key} exam=${exam} entry=${entry} student=${entry.report ? nameOf(entry.report.user_id) : ""} onAccept=${() => { setReason(""); setAsked(entry); }} onRetry=${() => send(entry, true)} />`)}
    </div>
    ${asked?.report && html`<${Dialog} title=${t("emergency.sure_title", sum(asked.report, "stored"))} testid="emergency-dialog" onClose=${() => setAsked(null)} actions=${html`
        <${Button} kind="secondary" onClick=${() => setAsked(null)}>${t("board.act.cancel")}<//>
        <${Button} testid="emergency-confirm" onClick=${accept}>${t("emergency.accept", sum(asked.report, "stored"))}<//>`}>
      <p>${t("emergency.sure", { student: nameOf(asked.report.user_id) })}</p>
      <${Field} name="emergency-reason" type="textarea" rows="2" maxlength="500" label=${t("emergency.reason")} hint=${t("emergency.reason_hint")} value=${reason} onInput=${setReason} /><//>`}`;
}

/** @param {Report} report @param {string} outcome */
const sum = (report, outcome) => ({ count: count(report, outcome), shown: number(count(report, outcome)) });

/** @param {{ onChoose: (files: readonly File[]) => unknown }} props */
function Chooser({ onChoose }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const chosen = (/** @type {{ currentTarget: HTMLInputElement }} */ { currentTarget }) => {
    const files = [...currentTarget.files ?? []];
    // The same file is a choice as well, later.
    currentTarget.value = "";
    onChoose(files);
  };
  return html`<div>
    <input class="out-of-sight" type="file" multiple id="emergency-file" data-testid="emergency-file" tabindex="-1" aria-label=${t("emergency.choose")} accept=".exam,text/plain" ref=${input} onChange=${chosen} />
    <${Button} testid="emergency-choose" onClick=${() => input.current?.click()}>${t("emergency.choose")}<//>
  </div>`;
}

/** @param {{ exam: string, entry: Entry, student: string, onAccept: () => void, onRetry: () => void }} props */
function FileCard({ exam, entry, student, onAccept, onRetry }) {
  const { name, report, problem, isBusy = false } = entry;
  const isDone = report !== undefined && !report.dry_run;
  const stored = report ? count(report, "stored") : 0;
  return html`<section class="card stack tight" data-testid="emergency-entry" data-state=${isDone ? "done" : report ? "tried" : problem ? "refused" : "trying"}>
    <div class="row apart"><h2>${student || name}</h2>${isDone && html`<${Badge} tone="good">${t("emergency.done")}<//>`}</div>
    ${student && html`<p class="soft small">${name}</p>`}
    ${report && html`<dl class="facts">
        <dt>${t("emergency.written")}</dt><dd>${dateAndTime(report.written_at)}</dd>
        <dt>${t("emergency.deadline")}</dt><dd>${dateAndTime(report.deadline_at)}</dd>
        ${report.submitted_at && html`<dt>${t("emergency.submitted")}</dt><dd>${dateAndTime(report.submitted_at)}</dd>`}
        <dt>${t("emergency.answers")}</dt><dd class="row">${OUTCOMES.filter((one) => count(report, one) > 0).map((one) => html`<${Badge} tone=${TONES[one]}>${t(/** @type {import("../../language.js").Key} */ (`emergency.outcome.${one}`), sum(report, one))}<//>`)}</dd>
      </dl>
      ${warnings(report).map((text) => html`<${Banner} tone="warn"><p>${text}</p><//>`)}`}
    ${report && !isDone && stored === 0 && html`<p class="soft" data-testid="emergency-nothing">${t("emergency.nothing")}</p>`}
    ${isDone && html`<p role="status" data-testid="emergency-done">${t("emergency.taken", sum(report, "stored"))} ${report.audit_number !== null && report.audit_number !== undefined && t("timeline.line", { number: number(report.audit_number) })}
      · <a href=${`#/board/${exam}/attempts/${report.attempt_id}`}>${t("emergency.timeline")}</a></p>`}
    ${problem && html`<${Banner} tone="bad" testid="emergency-problem"><p>${problem}</p><//>`}
    <div class="row">
      ${report && !isDone && stored > 0 && html`<${Button} testid="emergency-accept" busy=${isBusy} onClick=${onAccept}>${t("emergency.accept", sum(report, "stored"))}<//>`}
      ${problem && entry.text && html`<${Button} kind="secondary" busy=${isBusy} onClick=${onRetry}>${t("emergency.try_again")}<//>`}
    </div>
  </section>`;
}

/** What whoever decides has to know. @param {Report} report */
function warnings(report) {
  const late = report.answers.filter(({ outcome, is_after_deadline }) => outcome === "stored" && is_after_deadline).length;
  const graded = report.answers.filter(({ waits_for_grade }) => waits_for_grade).length;
  return [
    late > 0 ? t("emergency.late", { count: late, shown: number(late) }) : "",
    graded > 0 ? t("emergency.graded", { count: graded, shown: number(graded) }) : "",
    report.is_result_visible ? t("emergency.visible") : "",
  ].filter(Boolean);
}
