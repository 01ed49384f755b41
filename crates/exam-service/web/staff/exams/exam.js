import { RequestError, call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { Banner, toast } from "../../design/messages.js";
import { show, useLoaded } from "../../design/states.js";
import { Tabs } from "../../design/tabs.js";
import { t } from "../../language.js";
import * as session from "../../session.js";
import { html, useState } from "../../view.js";
import { useWork, wordsOf } from "../work.js";
import { useUnsaved } from "../unsaved.js";
import { Basics } from "./basics.js";
import { Candidates } from "./candidates.js";
import { Checking } from "./checking.js";
import { ExamState } from "./exams.js";
import { Rules } from "./rules.js";
import { useRooms } from "./rooms.js";
import { Seats } from "./seats.js";
import { Sections } from "./sections.js";

/** @typedef {Omit<import("exam-api").Schemas["ExamDetails"], "draft" | "rules"> & { draft: any, rules: any }} Exam */

const STEPS = ["basics", "questions", "rules", "candidates", "seats", "check"];
/** What nobody changes while somebody looks at it. */
const REVIEWED = ["basics", "questions", "rules"];
/** What is kept by saving. */
const PARTS = /** @type {const} */ (["title", "starts_at", "ends_at", "duration_seconds", "draft", "rules"]);

/** An exam from first idea to publication, step by step, in any order. @param {{ course: string, exam: string, step: string }} props */
export function ExamPage({ course, exam, step }) {
  const [round, setRound] = useState(0);
  const loaded = useLoaded(async () => ({ round, start: /** @type {Exam} */ (await call("GET /api/v1/exams/{id}", { path: { id: exam } })) }), [exam, round]);
  const [shown, setShown] = useState(STEPS.includes(step) ? step : "basics");
  return html`<p><a href=${`#/exams/${course}`}>← ${t("plan.title")}</a></p>
    ${show(loaded, ({ round: found, start }) => html`<${Wizard} key=${found} course=${course} start=${start} step=${shown} onStep=${setShown} onReload=${() => setRound(round + 1)} />`)}`;
}

/** @param {{ course: string, start: Exam, step: string, onStep: (step: string) => void, onReload: () => void }} props */
function Wizard({ course, start, step, onStep, onReload }) {
  const [{ kept, exam }, setBoth] = useState({ kept: start, exam: start });
  const { isBusy, error: refusal, run, forget } = useWork();
  const changed = PARTS.filter((part) => exam[part] !== kept[part]);
  const seating = useRooms(start.id);
  const isChanged = changed.length > 0 || seating.isChanged;
  useUnsaved(isChanged);
  /** What was edited since `sent` stays edited. @param {Exam} next @param {Exam} [sent] what was saved, if it was not all that was kept */
  const take = (next, sent) => {
    setBoth((now) => {
      const edited = PARTS.filter((part) => now.exam[part] !== (sent ?? now.kept)[part]);
      return { kept: next, exam: { ...next, ...Object.fromEntries(edited.map((part) => [part, now.exam[part]])) } };
    });
    forget();
  };
  const save = async () => {
    if (!isChanged) return;
    forget();
    await seating.save();
    const parts = Object.fromEntries(changed.map((part) => [part, exam[part]]));
    if (changed.length > 0) take(/** @type {Exam} */ (await call("PATCH /api/v1/exams/{id}", { path: { id: exam.id }, body: { revision: kept.revision, ...parts } })), exam);
    toast(t("plan.saved"));
  };
  const change = (/** @type {Partial<Exam>} */ parts) => setBoth((before) => ({ ...before, exam: { ...before.exam, ...parts } }));
  const isConflict = refusal instanceof RequestError && refusal.kind === "version-conflict";
  const isFixed = exam.state === "published" || exam.state === "closed";
  const isInReview = exam.state === "review";
  const toDraft = async () => take(/** @type {Exam} */ (await call("POST /api/v1/exams/{id}/state", { path: { id: exam.id }, body: { state: "draft" } })));
  const views = {
    basics: () => html`<${Basics} exam=${exam} isFixed=${isFixed} onChange=${change} />`,
    questions: () => html`<${Sections} course=${course} draft=${exam.draft} isFixed=${isFixed} onChange=${(/** @type {any} */ draft) => change({ draft })} />`,
    rules: () => html`<${Rules} rules=${exam.rules} draft=${exam.draft} isFixed=${isFixed} onChange=${change} />`,
    candidates: () => html`<${Candidates} course=${course} exam=${exam.id} />`,
    seats: () => html`<${Seats} exam=${exam} seating=${seating} />`,
    check: () => html`<${Checking} course=${course} exam=${exam} save=${save} onTake=${take} onStep=${onStep} />`,
  };
  const at = STEPS.indexOf(step);
  const tabs = STEPS.map((name) => ({ name, label: t(/** @type {import("../../language.js").Key} */ (`plan.step.${name}`)) }));
  return html`<div class="row apart sheet-head"><h1>${kept.title} <${ExamState} state=${kept.state} /></h1>
      <div class="row">${isChanged && html`<${Badge} tone="warn" testid="unsaved">${t("bank.unsaved")}<//>`}
        ${session.current()?.user.role === "administrator" && html`<${Button} kind="quiet" testid="to-audit" href=${`#/system/audit?exam=${exam.id}`}>${t("system.audit")}<//>`}
        ${isFixed && html`<${Button} kind="secondary" href=${`#/results/${course}/${exam.id}/table`}>${t("marks.title")}<//>`}
        <${Button} testid="save" busy=${isBusy} disabled=${!isChanged} onClick=${() => run(save)}>${t("bank.save")}<//></div></div>
    ${refusal && html`<${Banner} tone="bad" testid="refusal" onClose=${forget}><p>${isConflict ? t("plan.conflict") : wordsOf(refusal)}</p>
      ${isConflict && html`<${Button} small kind="secondary" testid="take-newest" onClick=${onReload}>${t("bank.take_newest")}<//>`}<//>`}
    ${isFixed && html`<${Banner}><p>${t("plan.is_fixed")}</p><//>`}
    ${isInReview && REVIEWED.includes(step) && html`<${Banner} testid="in-review"><p>${t("plan.in_review")} <${Button} small kind="secondary" testid="take-back" busy=${isBusy} onClick=${() => run(toDraft)}>${t("plan.move.review.draft")}<//></p><//>`}
    <${Tabs} label=${t("plan.steps")} tabs=${tabs} selected=${step} onSelect=${onStep}>
      <fieldset class="step" disabled=${isInReview && REVIEWED.includes(step)}>${views[/** @type {keyof typeof views} */ (step)]()}</fieldset>
      ${at < STEPS.length - 1 && html`<p class="next-step"><${Button} kind="secondary" testid="next-step" onClick=${() => run(async () => { await save(); onStep(STEPS[at + 1]); })}>${t(isChanged ? "plan.save_and_next" : "plan.next")}: ${tabs[at + 1].label}<//></p>`}
    <//>`;
}
