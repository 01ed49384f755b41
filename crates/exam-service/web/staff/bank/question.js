import { RequestError, call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { Banner, toast } from "../../design/messages.js";
import { show, useLoaded } from "../../design/states.js";
import { Tabs } from "../../design/tabs.js";
import { t } from "../../language.js";
import { go } from "../../router.js";
import { html, useEffect, useState } from "../../view.js";
import { useWork, wordsOf } from "../work.js";
import { useUnsaved } from "../unsaved.js";
import { newQuestion } from "./document.js";
import { QuestionForm } from "./form.js";
import { Faults, Preview, useFaults } from "./preview.js";
import { categoriesOf, titleOf } from "./questions.js";
import { Versions } from "./versions.js";

/** @typedef {import("./document.js").QuestionDocument} QuestionDocument */
/** @typedef {{ question: QuestionDocument, category: string, version: number, isArchived: boolean }} Sheet what is edited; version 0: it is new */

/** @param {string} id @returns {Promise<Sheet>} */
async function load(id) {
  if (id === "new") return { question: newQuestion(), category: "", version: 0, isArchived: false };
  return sheetOf(await call("GET /api/v1/questions/{id}", { path: { id } }));
}

/** @param {import("exam-api").Schemas["BankQuestion"]} kept @returns {Sheet} */
const sheetOf = ({ question, category_id, version, archived_at }) => ({ question: /** @type {any} */ (question), category: category_id ?? "", version, isArchived: Boolean(archived_at) });

/** One question: its editor beside what students see, and what it said before. @param {{ course: string, question: string }} props */
export function QuestionPage({ course, question }) {
  const loaded = useLoaded(async () => ({ sheet: await load(question), categories: await categoriesOf(course) }), [question]);
  return html`<p><a href=${`#/bank/${course}`}>← ${t("bank.title")}</a></p>
    ${show(loaded, ({ sheet, categories }) => html`<${Editor} key=${sheet.version} course=${course} start=${sheet} categories=${categories} onReload=${loaded.reload} />`)}`;
}

/** @param {{ course: string, start: Sheet, categories: readonly import("exam-api").Schemas["QuestionCategory"][], onReload: () => void }} props */
function Editor({ course, start, categories, onReload }) {
  const [kept, setKept] = useState(start);
  const [sheet, setSheet] = useState(start);
  const [tab, setTab] = useState("write");
  const { isBusy, error: refusal, run, forget } = useWork();
  const faults = useFaults(sheet.question);
  const isChanged = sheet !== kept;
  useUnsaved(isChanged);
  const change = (/** @type {QuestionDocument} */ question) => setSheet((before) => ({ ...before, question }));
  const save = () => run(async () => {
    const body = { question: /** @type {any} */ (sheet.question), category_id: sheet.category || null };
    const reply = sheet.version === 0
      ? await call("POST /api/v1/courses/{id}/questions", { path: { id: course }, body })
      : await call("PUT /api/v1/questions/{id}", { path: { id: sheet.question.id ?? "" }, body: { ...body, version: sheet.version } });
    const next = sheetOf(reply);
    setKept(next);
    // What was written meanwhile stays, and is of the version that is kept now.
    setSheet((now) => (now === sheet ? next : { ...next, question: { ...now.question, id: next.question.id }, category: now.category }));
    toast(t("bank.saved", { version: next.version }));
  });
  useEffect(() => {
    // A new one has an address from here on; what was written since it was sent is saved before it is gone to.
    if (start.version === 0 && sheet.version > 0 && !isChanged) go(`/bank/${course}/questions/${sheet.question.id}`, { replace: true });
  }, [sheet]);
  const isConflict = refusal instanceof RequestError && refusal.kind === "version-conflict";
  const tabs = [{ name: "write", label: t("bank.write") }, ...(sheet.version > 0 ? [{ name: "versions", label: t("bank.versions") }] : [])];
  return html`<div class="row apart sheet-head">
      <h1>${sheet.version === 0 ? t("bank.new") : titleOf(kept.question)}</h1>
      <div class="row">
        ${sheet.isArchived && html`<${Badge} tone="warn">${t("bank.is_archived")}<//>`}
        ${sheet.version > 0 && html`<${Badge}>${t("bank.version", { version: sheet.version })}<//>`}
        ${isChanged && html`<${Badge} tone="warn" testid="unsaved">${t("bank.unsaved")}<//>`}
        <${Button} testid="save" busy=${isBusy} disabled=${!isChanged && sheet.version > 0} onClick=${save}>${t("bank.save")}<//>
      </div>
    </div>
    ${refusal && html`<${Banner} tone="bad" testid="refusal" onClose=${forget}><p>${isConflict ? t("bank.conflict") : wordsOf(refusal)}</p>
      ${isConflict && html`<${Button} small kind="secondary" testid="take-newest" onClick=${onReload}>${t("bank.take_newest")}<//>`}<//>`}
    <${Tabs} label=${t("bank.question")} tabs=${tabs} selected=${tab} onSelect=${setTab}>
      ${tab === "versions" ? html`<${Versions} id=${sheet.question.id ?? ""} current=${sheet.version} onTake=${(/** @type {QuestionDocument} */ question) => { change(question); setTab("write"); }} />`
        : html`<div class="beside">
          <${QuestionForm} course=${course} question=${sheet.question} onChange=${change} categories=${categories} category=${sheet.category}
            onCategory=${(/** @type {string} */ category) => setSheet((before) => ({ ...before, category }))} />
          <div class="stack sticky"><${Preview} question=${sheet.question} /><${Faults} faults=${faults} /></div>
        </div>`}
    <//>`;
}
