import { RequestError, call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { Field } from "../../design/field.js";
import { Banner, toast } from "../../design/messages.js";
import { show, useLoaded } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { dateAndTime, number, t } from "../../language.js";
import { Formatted } from "../../student/text/formatted.js";
import { html, useState } from "../../view.js";
import { useWork, wordsOf } from "../work.js";
import { KindEditor } from "../bank/kinds/kinds.js";
import { numberOf } from "../input.js";
import { useUnsaved } from "../unsaved.js";

/** @typedef {import("exam-api").Schemas["KeyCorrection"]} KeyCorrection */
/** @typedef {import("exam-api").Schemas["RegradeReply"]} RegradeReply */
/** @typedef {RegradeReply["changes"][number]} Change */
/** @typedef {import("../bank/document.js").Kind} Kind */
/** @typedef {import("../bank/document.js").QuestionDocument} QuestionDocument */
/** @typedef {"as_answered" | "full_points" | "left_out"} Counts */

const COUNTS = /** @type {const} */ (["as_answered", "full_points", "left_out"]);

/** A question as it was when the exam was published. @param {string} id @param {string | null} publishedAt @returns {Promise<QuestionDocument>} */
async function askedThen(id, publishedAt) {
  const { versions } = await call("GET /api/v1/questions/{id}/versions", { path: { id }, query: { limit: 100 } });
  const then = versions.find(({ changed_at }) => !publishedAt || Date.parse(changed_at) <= Date.parse(publishedAt)) ?? versions[versions.length - 1];
  return /** @type {any} */ (then.question);
}

/**
 * One question of an exam, and what becomes of it.
 * @param {{ exam: string, question: string, publishedAt: string | null, corrections: readonly KeyCorrection[], onDone: () => void }} props
 */
export function Correction({ exam, question, publishedAt, corrections, onDone }) {
  const loaded = useLoaded(() => askedThen(question, publishedAt), [question]);
  return show(loaded, (asked) => html`<${OneQuestion} exam=${exam} id=${question} asked=${asked} corrections=${corrections} onDone=${onDone} />`);
}

/** Which share of what could be earned somebody gets more, in percent. @param {Change} change */
const gain = ({ before, after, max_before, max_after }) => 100 * ((max_after > 0 ? after / max_after : 0) - (max_before > 0 ? before / max_before : 0));

/** @param {number} points @param {number} most @param {string | null | undefined} grade */
const score = (points, most, grade) => `${number(points)} / ${number(most)}${grade ? ` (${grade})` : ""}`;

/** @returns {import("../../design/table.js").Column<Change>[]} */
const columns = () => [
  { name: "attempt", label: t("keys.attempt"), show: ({ attempt_id }) => html`<code>${attempt_id.slice(-8)}</code>` },
  { name: "before", label: t("keys.before"), isNumeric: true, by: ({ before }) => before, show: ({ before, max_before, grade_before }) => score(before, max_before, grade_before) },
  { name: "after", label: t("keys.after"), isNumeric: true, by: ({ after }) => after, show: ({ after, max_after, grade_after }) => score(after, max_after, grade_after) },
  { name: "change", label: t("keys.change"), isNumeric: true, by: gain, show: (change) => html`<${Badge} tone=${gain(change) > 0 ? "good" : gain(change) < 0 ? "bad" : "plain"}>${gain(change) > 0 ? "+" : ""}${number(gain(change), 1)} %<//>` },
];

/** @param {{ exam: string, id: string, asked: QuestionDocument, corrections: readonly KeyCorrection[], onDone: () => void }} props */
function OneQuestion({ exam, id, asked, corrections, onDone }) {
  const made = corrections.filter(({ question_id }) => question_id === id).sort((one, other) => other.version - one.version);
  const start = /** @type {Kind} */ (made[0]?.kind ?? asked.kind);
  const counted = /** @type {Counts} */ (made[0]?.voiding ?? "as_answered");
  const [kind, setKind] = useState(start);
  const [counts, setCounts] = useState(counted);
  const [penalty, setPenalty] = useState("");
  const [tried, setTried] = useState(/** @type {RegradeReply | null} */ (null));
  const [reason, setReason] = useState("");
  const { isBusy, error: refusal, run, forget } = useWork();
  const isChanged = kind !== start || counts !== counted || penalty.trim() !== "";
  useUnsaved(isChanged);
  /** What was said of something else does not stand any more. */
  const anew = (/** @type {() => void} */ change) => {
    change();
    setTried(null);
    forget();
  };
  const send = (/** @type {boolean} */ apply) => run(async () => {
    const body = { question_id: id, counts, kind: kind !== start ? /** @type {any} */ (kind) : undefined, penalty: numberOf(penalty) ?? undefined,
      reason, seen_version: Math.max(0, ...corrections.map(({ version }) => version)), apply };
    const reply = await call("POST /api/v1/exams/{id}/regrade", { path: { id: exam }, body });
    if (!apply) return setTried(reply);
    toast(t("keys.applied"));
    return onDone();
  });
  const isConflict = refusal instanceof RequestError && refusal.kind === "changed-meanwhile";
  const hasKey = kind.type !== "essay";
  return html`<div class="beside toolbar"><section class="card stack"><${Formatted} text=${asked.text} format=${asked.format ?? "plain"} />
      ${hasKey && html`<${KindEditor} kind=${kind} isFixed onChange=${(/** @type {Kind} */ next) => anew(() => setKind(next))} />`}
      <div class="fields"><${Field} name="counts" type="select" label=${t("keys.counts")} value=${counts} onInput=${(/** @type {Counts} */ next) => anew(() => setCounts(next))}>
          ${COUNTS.map((one) => html`<option value=${one}>${t(/** @type {import("../../language.js").Key} */ (`keys.counts.${one}`))}</option>`)}<//>
        ${hasKey && html`<${Field} name="new-penalty" type="number" min="0" step="any" label=${t("keys.penalty")} hint=${t("keys.penalty_hint")} value=${penalty} onInput=${(/** @type {string} */ next) => anew(() => setPenalty(next))} />`}</div>
      ${refusal && html`<${Banner} tone="bad" testid="refusal"><p>${isConflict ? t("keys.conflict") : wordsOf(refusal)}</p>${isConflict && html`<${Button} small kind="secondary" onClick=${onDone}>${t("bank.take_newest")}<//>`}<//>`}
      <p><${Button} testid="try-key" busy=${isBusy} disabled=${!isChanged} kind=${tried ? "secondary" : "primary"} onClick=${() => send(false)}>${t("keys.try")}<//></p>
      ${made.length > 0 && html`<details data-testid="corrections"><summary>${t("keys.history", { count: made.length })}</summary><ul>${made.map((one) => html`<li key=${one.version}>${dateAndTime(one.corrected_at)}, ${one.corrected_by_name}: ${one.reason}</li>`)}</ul></details>`}</section>
    ${tried && html`<section class="card stack" data-testid="regrade"><h2>${t("keys.would")}</h2>
      <p class="row"><${Badge} tone="good" testid="raised">${t("keys.raised", { count: tried.raised })}<//><${Badge} tone="bad" testid="lowered">${t("keys.lowered", { count: tried.lowered })}<//><${Badge}>${t("keys.unchanged", { count: tried.unchanged })}<//><${Badge} tone="warn">${t("keys.other_grade", { count: tried.other_grade })}<//></p>
      ${tried.changes.length > 0 && html`<div class="changes"><${Table} testid="changes" caption=${t("keys.would")} columns=${columns()} rows=${tried.changes} keyOf=${(/** @type {Change} */ change) => change.attempt_id} sorted=${{ name: "change", isDescending: true }} /></div>`}
      <${Field} name="reason" label=${t("keys.reason")} hint=${t("keys.reason_hint")} value=${reason} maxlength="1000" onInput=${setReason} />
      <p><${Button} kind="danger" testid="apply-key" busy=${isBusy} disabled=${!reason.trim()} onClick=${() => send(true)}>${t("keys.apply")}<//></p><p class="soft small">${t("keys.undo")}</p></section>`}</div>`;
}
