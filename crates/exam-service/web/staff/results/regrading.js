import { call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { Field } from "../../design/field.js";
import { Banner, toast } from "../../design/messages.js";
import { Empty, show, useLoaded } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { dateAndTime, number, t } from "../../language.js";
import { Formatted } from "../../student/text/formatted.js";
import { html, useState } from "../../view.js";
import { useAction, wordsOf } from "../action.js";
import { KindEditor } from "../bank/kinds/kinds.js";
import { titleOf } from "../bank/questions.js";

/** @typedef {import("exam-api").Schemas["KeyCorrection"]} KeyCorrection */
/** @typedef {import("exam-api").Schemas["RegradeReply"]} RegradeReply */
/** @typedef {RegradeReply["changes"][number]} Change */
/** @typedef {{ id: string, question: import("../bank/document.js").QuestionDocument }} Asked */

/** A question as it was when the exam was published. @param {string} id @param {string | null} publishedAt @returns {Promise<Asked>} */
async function askedThen(id, publishedAt) {
  const { versions } = await call("GET /api/v1/questions/{id}/versions", { path: { id }, query: { limit: 100 } });
  const then = versions.find(({ changed_at }) => !publishedAt || Date.parse(changed_at) <= Date.parse(publishedAt)) ?? versions[versions.length - 1];
  return { id, question: /** @type {any} */ (then.question) };
}

/** The questions that everybody was asked and a key decides, with the keys that were put right. @param {string} exam @param {string | null} publishedAt */
async function load(exam, publishedAt) {
  const [details, { corrections }] = await Promise.all([call("GET /api/v1/exams/{id}", { path: { id: exam } }), call("GET /api/v1/exams/{id}/corrections", { path: { id: exam } })]);
  const draft = /** @type {any} */ (details.draft);
  /** @type {string[]} */
  const ids = (draft?.sections ?? []).flatMap((/** @type {any} */ { items }) => items.flatMap((/** @type {any} */ { question }) => question ?? []));
  const questions = await Promise.all(ids.map((id) => askedThen(id, publishedAt)));
  return { questions: questions.filter(({ question }) => question.kind.type !== "essay"), corrections };
}

/** Keys that were wrong, put right, with what that changes before it is done. @param {{ exam: string, publishedAt: string | null }} props */
export function Regrading({ exam, publishedAt }) {
  const loaded = useLoaded(() => load(exam, publishedAt), [exam, publishedAt]);
  const [chosen, setChosen] = useState("");
  return show(loaded, ({ questions, corrections }) => {
    if (questions.length === 0) return html`<${Empty} title=${t("keys.none")} />`;
    const asked = questions.find(({ id }) => id === chosen);
    const made = corrections.filter(({ question_id }) => question_id === chosen).sort((one, other) => other.version - one.version);
    return html`<div class="narrow-form stack"><p>${t("keys.about")}</p>
      <${Field} name="regrade-question" type="select" label=${t("bank.question")} value=${chosen} onInput=${setChosen}><option value="">${t("keys.choose")}</option>
        ${questions.map(({ id, question }, index) => html`<option value=${id}>${index + 1}. ${titleOf(question).slice(0, 90)}${corrections.some(({ question_id }) => question_id === id) ? ` · ${t("keys.corrected")}` : ""}</option>`)}<//></div>
      ${asked && html`<${OneKey} key=${`${chosen} ${made[0]?.version ?? 0}`} exam=${exam} asked=${asked} made=${made} onDone=${loaded.reload} />`}`;
  });
}

/** @returns {import("../../design/table.js").Column<Change>[]} */
const columns = () => [
  { name: "attempt", label: t("keys.attempt"), show: ({ attempt_id }) => html`<code>${attempt_id.slice(-8)}</code>` },
  { name: "before", label: t("keys.before"), isNumeric: true, by: ({ before }) => before, show: ({ before, grade_before }) => `${number(before)}${grade_before ? ` (${grade_before})` : ""}` },
  { name: "after", label: t("keys.after"), isNumeric: true, by: ({ after }) => after, show: ({ after, grade_after }) => `${number(after)}${grade_after ? ` (${grade_after})` : ""}` },
  { name: "change", label: t("keys.change"), isNumeric: true, by: ({ before, after }) => after - before, show: ({ before, after }) => html`<${Badge} tone=${after > before ? "good" : "bad"}>${after > before ? "+" : ""}${number(after - before)}<//>` },
];

/** @param {{ exam: string, asked: Asked, made: KeyCorrection[], onDone: () => void }} props */
function OneKey({ exam, asked, made, onDone }) {
  const [kind, setKind] = useState(/** @type {import("../bank/document.js").Kind} */ (made[0]?.kind ?? asked.question.kind));
  const [tried, setTried] = useState(/** @type {RegradeReply | null} */ (null));
  const [reason, setReason] = useState("");
  const [refusal, setRefusal] = useState(/** @type {unknown} */ (null));
  const [isBusy, run] = useAction(setRefusal);
  const send = (/** @type {boolean} */ apply) => run(async () => {
    setRefusal(null);
    const body = { question_id: asked.id, kind: /** @type {any} */ (kind), reason, seen_version: made[0]?.version ?? 0, apply };
    const reply = await call("POST /api/v1/exams/{id}/regrade", { path: { id: exam }, body });
    if (!apply) return setTried(reply);
    toast(t("keys.applied"));
    return onDone();
  });
  return html`<div class="beside toolbar"><section class="card stack"><${Formatted} text=${asked.question.text} format=${asked.question.format ?? "plain"} />
      <${KindEditor} kind=${kind} isFixed onChange=${(/** @type {import("../bank/document.js").Kind} */ next) => { setKind(next); setTried(null); }} />
      ${refusal && html`<${Banner} tone="bad" testid="refusal"><p>${wordsOf(refusal)}</p><//>`}
      <p><${Button} testid="try-key" busy=${isBusy} kind=${tried ? "secondary" : "primary"} onClick=${() => send(false)}>${t("keys.try")}<//></p>
      ${made.length > 0 && html`<details><summary>${t("keys.history", { count: made.length })}</summary><ul>${made.map((one) => html`<li key=${one.version}>${dateAndTime(one.corrected_at)}, ${one.corrected_by_name}: ${one.reason}</li>`)}</ul></details>`}</section>
    ${tried && html`<section class="card stack" data-testid="regrade"><h2>${t("keys.would")}</h2>
      <p class="row"><${Badge} tone="good" testid="raised">${t("keys.raised", { count: tried.raised })}<//><${Badge} tone="bad">${t("keys.lowered", { count: tried.lowered })}<//><${Badge}>${t("keys.unchanged", { count: tried.unchanged })}<//><${Badge} tone="warn">${t("keys.other_grade", { count: tried.other_grade })}<//></p>
      ${tried.changes.length > 0 && html`<div class="changes"><${Table} caption=${t("keys.would")} columns=${columns()} rows=${tried.changes} keyOf=${(/** @type {Change} */ change) => change.attempt_id} /></div>`}
      <${Field} name="reason" label=${t("keys.reason")} hint=${t("keys.reason_hint")} value=${reason} maxlength="1000" onInput=${setReason} />
      <p><${Button} kind="danger" testid="apply-key" busy=${isBusy} disabled=${!reason.trim()} onClick=${() => send(true)}>${t("keys.apply")}<//></p><p class="soft small">${t("keys.undo")}</p></section>`}</div>`;
}
