import { RequestError, call } from "../../api.js";
import { Button } from "../../design/button.js";
import { Dialog } from "../../design/dialog.js";
import { Field } from "../../design/field.js";
import { Banner, toast } from "../../design/messages.js";
import { Empty, show, useLoaded } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { t } from "../../language.js";
import { html, useState } from "../../view.js";
import { useWork, wordsOf } from "../work.js";
import { all } from "../pages.js";

/** @typedef {import("exam-api").Schemas["Candidate"]} Candidate */

/** @param {string} exam */
export const candidatesOf = (exam) => all(async (after) => {
  const { candidates: rows, next } = await call("GET /api/v1/exams/{id}/candidates", { path: { id: exam }, query: { limit: 1000, after } });
  return { rows, next };
});

/** @param {Candidate} candidate */
function grantOf({ accommodation: { extra_percent = 0, extra_seconds = 0, break_seconds = 0 } }) {
  return [extra_percent && `+${extra_percent} %`, extra_seconds && t("plan.extra", { count: extra_seconds / 60 }), break_seconds && t("plan.breaks", { count: break_seconds / 60 })].filter(Boolean).join(", ");
}

/** @param {(candidate: Candidate) => void} onOpen @returns {import("../../design/table.js").Column<Candidate>[]} */
const columns = (onOpen) => [
  { name: "name", label: t("plan.name"), by: (one) => one.display_name, show: (one) => one.display_name },
  { name: "login", label: t("plan.login"), by: ({ login }) => login, show: ({ login }) => login },
  { name: "number", label: t("plan.number"), by: (one) => one.student_number ?? null, show: (one) => one.student_number ?? "–" },
  { name: "seat", label: t("plan.seat"), by: ({ seat }) => seat ?? null, show: ({ seat }) => seat ?? "–" },
  { name: "grant", label: t("plan.accommodation"), by: (one) => grantOf(one) || null, show: (one) => grantOf(one) || "–" },
  { name: "edit", label: t("bank.actions"), isAction: true, show: (one) => html`<${Button} small kind="quiet" aria-label=${t("plan.change_who", { who: one.display_name })} onClick=${() => onOpen(one)}>${t("plan.change")}<//>` },
];

/** Who may sit an exam, where, and with what more. @param {{ course: string, exam: string }} props */
export function Candidates({ course, exam }) {
  const loaded = useLoaded(() => candidatesOf(exam), [exam]);
  const groups = useLoaded(async () => (await call("GET /api/v1/courses/{id}/groups", { path: { id: course }, query: { limit: 500 } })).groups, [course]);
  const [group, setGroup] = useState("");
  const [people, setPeople] = useState("");
  const [opened, setOpened] = useState(/** @type {Candidate | null} */ (null));
  const { isBusy, error: refusal, run, forget } = useWork();
  const add = (/** @type {import("exam-api").Schemas["NewCandidatesBody"]} */ body) => run(async () => {
    const { added } = await call("POST /api/v1/exams/{id}/candidates", { path: { id: exam }, body });
    toast(t("plan.added", { count: added }));
    if (body.people) setPeople("");
    await loaded.reload();
  });
  const names = people.split(/[\s,;]+/).filter(Boolean);
  const unknown = refusal instanceof RequestError ? refusal.problem?.unknown : undefined;
  return html`<section class="card stack" aria-label=${t("plan.let_in")}>
      <div class="row"><${Button} testid="add-enrolled" busy=${isBusy} onClick=${() => add({ enrolled: true })}>${t("plan.add_enrolled")}<//></div>
      <div class="fields add-people">
        ${(groups.value ?? []).length > 0 && html`<div class="row bottom"><${Field} name="group" type="select" label=${t("plan.group")} value=${group} onInput=${setGroup}><option value="">–</option>${(groups.value ?? []).map(({ id, name, member_count }) => html`<option value=${id}>${name} (${member_count})</option>`)}<//>
          <${Button} kind="secondary" disabled=${!group} busy=${isBusy} onClick=${() => add({ group_id: group })}>${t("plan.add")}<//></div>`}
        <div class="row bottom"><div class="grow"><${Field} name="people" label=${t("plan.people")} hint=${t("plan.people_hint")} value=${people} onInput=${setPeople} /></div>
          <${Button} kind="secondary" testid="add-people" disabled=${names.length === 0} busy=${isBusy} onClick=${() => add({ people: names })}>${t("plan.add")}<//></div></div>
      ${refusal && html`<${Banner} tone="bad" onClose=${forget}><p>${wordsOf(refusal)}</p>${Array.isArray(unknown) && html`<p>${unknown.join(", ")}</p>`}<//>`}</section>
    <div class="toolbar">${show(loaded, (list) => (list.length === 0 ? html`<${Empty} title=${t("plan.nobody")}><p>${t("plan.nobody_hint")}</p><//>`
      : html`<p class="soft small" data-testid="candidate-count">${t("plan.candidate_count", { count: list.length })}</p>
        <${Table} testid="candidates" caption=${t("plan.candidates")} columns=${columns(setOpened)} rows=${list} keyOf=${(/** @type {Candidate} */ one) => one.user_id} sorted=${{ name: "name" }} />`))}</div>
    ${opened && html`<${OneCandidate} key=${opened.user_id} exam=${exam} candidate=${opened} onClose=${() => setOpened(null)} onDone=${() => { setOpened(null); loaded.reload(); }} />`}`;
}

/** @param {{ exam: string, candidate: Candidate, onClose: () => void, onDone: () => void }} props */
function OneCandidate({ exam, candidate, onClose, onDone }) {
  const before = candidate.accommodation;
  const [seat, setSeat] = useState(candidate.seat ?? "");
  const [percent, setPercent] = useState(String(before.extra_percent ?? 0));
  const [minutes, setMinutes] = useState(String((before.extra_seconds ?? 0) / 60));
  const [breaks, setBreaks] = useState(String((before.break_seconds ?? 0) / 60));
  const [isAsking, setAsking] = useState(false);
  const { isBusy, error: refusal, run } = useWork();
  const who = { id: exam, user_id: candidate.user_id };
  const hasStarted = candidate.attempt_count > 0;
  const seconds = (/** @type {string} */ text) => Math.max(0, Math.round(Number(text) * 60) || 0);
  const save = () => run(async () => {
    if (seat !== (candidate.seat ?? "")) await call("PUT /api/v1/exams/{id}/seats", { path: { id: exam }, body: { seats: [{ name: candidate.login, seat: seat.trim() || null }] } });
    const body = { extra_percent: Math.max(0, Math.round(Number(percent)) || 0), extra_seconds: seconds(minutes), break_seconds: seconds(breaks) };
    if (!hasStarted) await call("PUT /api/v1/exams/{id}/candidates/{user_id}/accommodation", { path: who, body });
    onDone();
  });
  const remove = () => run(async () => {
    await call("DELETE /api/v1/exams/{id}/candidates/{user_id}", { path: who });
    toast(t("plan.removed", { who: candidate.display_name }));
    onDone();
  });
  const actions = isAsking
    ? html`<${Button} kind="secondary" onClick=${() => setAsking(false)}>${t("plan.cancel")}<//><${Button} kind="danger" busy=${isBusy} onClick=${remove}>${t("plan.remove_now")}<//>`
    : html`<${Button} kind="quiet" disabled=${hasStarted} onClick=${() => setAsking(true)}>${t("plan.remove_candidate")}<//><span class="grow"></span><${Button} kind="secondary" onClick=${onClose}>${t("plan.cancel")}<//><${Button} testid="save-candidate" busy=${isBusy} onClick=${save}>${t("bank.save")}<//>`;
  return html`<${Dialog} title=${candidate.display_name} onClose=${onClose} actions=${actions}><div class="stack">
    ${refusal && html`<${Banner} tone="bad"><p>${wordsOf(refusal)}</p><//>`}
    ${isAsking ? html`<p>${t("plan.remove_ask", { who: candidate.display_name })}</p>` : html`
      <${Field} name="seat" label=${t("plan.seat")} value=${seat} maxlength="50" onInput=${setSeat} />
      ${hasStarted && html`<p class="soft small">${t("plan.has_started")}</p>`}
      <fieldset disabled=${hasStarted} class="fields"><${Field} name="percent" type="number" min="0" label=${t("plan.extra_percent")} value=${percent} onInput=${setPercent} />
        <${Field} name="extra-minutes" type="number" min="0" label=${t("plan.extra_minutes")} value=${minutes} onInput=${setMinutes} /><${Field} name="break-minutes" type="number" min="0" label=${t("plan.break_minutes")} value=${breaks} onInput=${setBreaks} /></fieldset>`}</div><//>`;
}
