import { call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { toast } from "../../design/messages.js";
import { Empty, Failed, Loading, useLoaded } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { date, number, t } from "../../language.js";
import { html, useState } from "../../view.js";
import { useAction } from "../work.js";
import { CourseChoice } from "../course-choice.js";
import { nameOfKind } from "./document.js";
import { QuestionFilter } from "./filter.js";
import { EVERYTHING, useQuestions } from "./listing.js";

/** @typedef {import("./listing.js").QuestionLine} QuestionLine */

/** @param {string} course */
export const categoriesOf = async (course) => (await call("GET /api/v1/courses/{id}/question-categories", { path: { id: course } })).categories;

/** How a question is called in lists. @param {{ name?: string, text: string }} question */
export const titleOf = ({ name, text }) => name || text || t("bank.untitled");

/** @param {{ level?: number | null }} props */
export const Difficulty = ({ level }) => (level
  ? html`<span class="difficulty" title=${t("bank.difficulty_of", { level })}><span aria-hidden="true">${"●".repeat(level)}<span class="soft">${"○".repeat(5 - level)}</span></span>
      <span class="out-of-sight">${t("bank.difficulty_of", { level })}</span></span>` : "–");

/**
 * @param {Map<string, string>} paths
 * @param {string} course
 * @returns {import("../../design/table.js").Column<QuestionLine>[]}
 */
const columns = (paths, course) => [
  { name: "title", label: t("bank.question"), by: titleOf, show: (line) => html`<a class="question-link" href=${`#/bank/${course}/questions/${line.id}`}>${titleOf(line)}</a>
      ${line.name && html`<span class="excerpt soft">${line.text}</span>`}` },
  { name: "kind", label: t("bank.kind"), by: ({ kind }) => nameOfKind(kind), show: ({ kind }) => nameOfKind(kind) },
  { name: "category", label: t("bank.category"), by: ({ category_id }) => paths.get(category_id ?? "") ?? null, show: ({ category_id }) => paths.get(category_id ?? "") ?? "–" },
  { name: "tags", label: t("bank.tags"), show: ({ tags }) => html`<span class="tags">${tags.map((tag) => html`<${Badge}>${tag}<//>`)}</span>` },
  { name: "difficulty", label: t("bank.difficulty"), by: ({ difficulty }) => difficulty ?? null, show: ({ difficulty }) => html`<${Difficulty} level=${difficulty} />` },
  { name: "points", label: t("bank.points"), by: ({ points }) => points, show: ({ points }) => number(points), isNumeric: true },
  { name: "changed", label: t("bank.changed"), by: ({ changed_at }) => changed_at, show: ({ changed_at }) => html`<span class="nowrap">${date(changed_at)}</span>` },
];

/** The questions of a course. @param {{ course?: string }} props */
export function Bank({ course }) {
  return html`<div class="row apart"><h1>${t("bank.title")}</h1><${CourseChoice} area="bank" course=${course} /></div>
    ${course && html`<${Questions} key=${course} course=${course} />`}`;
}

/** @param {{ course: string }} props */
function Questions({ course }) {
  const [filter, setFilter] = useState(EVERYTHING);
  const categories = useLoaded(() => categoriesOf(course), [course]);
  const listing = useQuestions(course, filter);
  const paths = new Map(categories.value?.map(({ id, path }) => [id, path]));
  const [isBusy, run] = useAction();
  const archive = (/** @type {QuestionLine} */ line, /** @type {boolean} */ archived) => run(async () => {
    await call("PUT /api/v1/questions/{id}/archived", { path: { id: line.id }, body: { archived } });
    toast(t(archived ? "bank.was_archived" : "bank.was_restored", { what: titleOf(line) }));
    await listing.reload();
  });
  /** @type {import("../../design/table.js").Column<QuestionLine>} */
  const actions = { name: "actions", label: t("bank.actions"), isAction: true, show: (line) => html`<${Button} small kind="quiet" disabled=${isBusy}
    aria-label=${t(filter.archived ? "bank.restore_what" : "bank.archive_what", { what: titleOf(line) })}
    onClick=${() => archive(line, !filter.archived)}>${t(filter.archived ? "bank.restore" : "bank.archive")}<//>` };
  const isFiltered = filter !== EVERYTHING && Object.values(filter).some(Boolean);
  return html`<div class="row toolbar">
      <${Button} href=${`#/bank/${course}/questions/new`} testid="new-question">${t("bank.new")}<//>
      <${Button} kind="secondary" href=${`#/bank/${course}/import`} testid="import">${t("bank.import.title")}<//>
      <${Button} kind="secondary" href=${`#/bank/${course}/export`} testid="export">${t("bank.export.title")}<//>
      <${Button} kind="secondary" href=${`#/bank/${course}/categories`} testid="to-categories">${t("category.title")}<//>
    </div>
    <${QuestionFilter} filter=${filter} categories=${categories.value ?? []} onChange=${setFilter} />
    <p class="soft small" role="status" data-testid="question-count">${listing.error ? "" : listing.isLoading ? t("loading") : t(listing.next ? "bank.count_more" : "bank.count", { count: listing.questions.length })}</p>
    ${listing.error ? html`<${Failed} error=${listing.error} onRetry=${listing.reload} />`
      : listing.questions.length > 0 ? html`<${Table} testid="questions" caption=${t("bank.title")} columns=${[...columns(paths, course), actions]} rows=${listing.questions} keyOf=${(/** @type {QuestionLine} */ { id }) => id} />`
      : listing.isLoading ? html`<${Loading} />`
      : isFiltered ? html`<${Empty} title=${t("bank.none_fits")}><${Button} kind="secondary" onClick=${() => setFilter(EVERYTHING)}>${t("bank.show_all")}<//><//>`
      : html`<${Empty} title=${t("bank.none")}><p>${t("bank.none_hint")}</p><//>`}
    ${listing.next && !listing.error && html`<p class="more"><${Button} kind="secondary" testid="more" busy=${listing.isLoading} onClick=${listing.more}>${t("bank.more")}<//></p>`}`;
}
