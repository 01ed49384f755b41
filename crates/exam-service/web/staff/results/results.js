import { call } from "../../api.js";
import { Chart } from "../../design/chart.js";
import { Empty, show, useLoaded } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { date, dateAndTime, number, t } from "../../language.js";
import { html, useMemo } from "../../view.js";
import { CourseChoice } from "../course-choice.js";
import { ExamState, examsOf } from "../exams/exams.js";

/** @typedef {import("../exams/exams.js").ExamLine} ExamLine */
/** @typedef {import("exam-api").Schemas["TrendsReply"]} Trends */

/** @param {string} course @returns {import("../../design/table.js").Column<ExamLine>[]} */
const columns = (course) => [
  { name: "title", label: t("plan.exam"), by: ({ title }) => title, show: ({ id, title, code }) => html`<a href=${`#/results/${course}/${id}/table`}>${title}</a>${code !== id && html` <span class="soft">${code}</span>`}` },
  { name: "state", label: t("plan.state"), by: ({ state }) => state, show: ({ state }) => html`<${ExamState} state=${state} />` },
  { name: "starts", label: t("plan.starts"), by: ({ starts_at }) => starts_at, show: ({ starts_at }) => dateAndTime(starts_at) },
  { name: "candidates", label: t("plan.candidates"), isNumeric: true, by: (exam) => exam.candidate_count, show: (exam) => number(exam.candidate_count) },
  { name: "grade", label: t("grade.title"), show: ({ id }) => html`<a href=${`#/results/${course}/${id}/grading`}>${t("grade.open")}</a>` },
];

/** The exams of a course that were published, and how it did from one to the next. @param {{ course?: string }} props */
export function Results({ course }) {
  return html`<div class="row apart"><h1>${t("marks.title")}</h1><${CourseChoice} area="results" course=${course} /></div>
    ${course && html`<${OfCourse} key=${course} course=${course} />`}`;
}

/** @param {{ course: string }} props */
function OfCourse({ course }) {
  const exams = useLoaded(async () => (await examsOf(course)).filter(({ state }) => state === "published" || state === "closed"), [course]);
  const trends = useLoaded(() => call("GET /api/v1/courses/{id}/trends", { path: { id: course } }), [course]);
  return show(exams, (list) => (list.length === 0 ? html`<${Empty} title=${t("marks.none")}><p>${t("marks.none_hint")}</p><//>`
    : html`<div class="toolbar"><${Table} testid="exams" caption=${t("plan.title")} columns=${columns(course)} rows=${list} keyOf=${(/** @type {ExamLine} */ { id }) => id} sorted=${{ name: "starts", isDescending: true }} /></div>
      ${show(trends, (found) => html`<${TrendsOf} trends=${found} />`)}`));
}

const SERIES = /** @type {const} */ (["accent", "good", "warn", "bad"]);

/** @param {{ trends: Trends }} props */
function TrendsOf({ trends }) {
  const shown = trends.groups.filter(({ exams }) => exams.length > 0).slice(0, SERIES.length);
  const [data, series] = useMemo(() => {
    const times = [...new Set(shown.flatMap(({ exams }) => exams.map(({ exam_at }) => Date.parse(exam_at) / 1000)))].sort((one, other) => one - other);
    const means = shown.map(({ exams }) => times.map((time) => exams.find(({ exam_at }) => Date.parse(exam_at) / 1000 === time)?.percents.mean ?? null));
    return [/** @type {import("uplot").AlignedData} */ ([times, ...means]), shown.map(({ group }, index) => ({ label: group, colour: SERIES[index], kind: /** @type {const} */ ("line") }))];
  }, [trends]);
  const times = data[0];
  if (times.length < 2) return html`<p class="soft small">${t("marks.no_trends")}</p>`;
  return html`<section class="card"><h2>${t("marks.trends")}</h2><${Chart} isTime label=${t("marks.trends_label")} data=${data} series=${series} axes=${{ y: t("marks.mean_percent") }} />
    <ul class="small">${shown.map(({ group, exams, slope_percent_per_year: slope }) => html`<li><strong>${group}</strong>: ${exams.map(({ exam_at, percents }) => `${date(exam_at)} ${percents.mean === null || percents.mean === undefined ? "–" : `${number(percents.mean, 1)} %`}`).join(", ")}${slope !== null && slope !== undefined && html` <span class="soft">${t("marks.slope", { slope: number(slope, 1) })}</span>`}</li>`)}</ul></section>`;
}
