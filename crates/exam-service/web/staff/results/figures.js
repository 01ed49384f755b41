import { call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Chart } from "../../design/chart.js";
import { Empty, show, useLoaded } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { number, t } from "../../language.js";
import { html, useMemo } from "../../view.js";
import { nameOfKind } from "../bank/document.js";

/** @typedef {import("exam-api").Schemas["StatisticsReply"]} Statistics */
/** @typedef {import("exam-api").Schemas["QuestionStatistics"] & { place: number }} Item */

/** @param {number | null | undefined} value @param {number} [most] */
const figure = (value, most = 2) => (value === null || value === undefined ? "–" : number(value, most));

/** @param {number | null | undefined} value */
const percent = (value) => (value === null || value === undefined ? "–" : `${number(value, 1)} %`);

const BARS = [{ label: "", kind: /** @type {const} */ ("bars") }];
const POINTS = [{ label: "", kind: /** @type {const} */ ("points") }];

/** The figures of an exam, in words and as charts. @param {{ exam: string }} props */
export function Figures({ exam }) {
  const loaded = useLoaded(() => call("GET /api/v1/exams/{id}/statistics", { path: { id: exam } }), [exam]);
  return show(loaded, (statistics) => (statistics.counted === 0
    ? html`<${Empty} title=${t("marks.no_figures")}><p>${t("marks.no_figures_hint", { waiting: statistics.waiting, open: statistics.open })}</p><//>`
    : html`<${Drawn} statistics=${statistics} />`));
}

/** @returns {import("../../design/table.js").Column<Item>[]} */
const columns = () => [
  { name: "place", label: t("bank.question"), by: ({ place }) => place, show: ({ place, text }) => html`<span class="figures">${place}.</span> ${text}` },
  { name: "kind", label: t("bank.kind"), by: ({ type }) => nameOfKind(type), show: ({ type }) => nameOfKind(type) },
  { name: "points", label: t("bank.points"), isNumeric: true, by: ({ points }) => points, show: ({ points }) => number(points) },
  { name: "difficulty", label: t("marks.difficulty"), isNumeric: true, by: ({ difficulty }) => difficulty ?? null, show: ({ difficulty }) => figure(difficulty) },
  { name: "discrimination", label: t("marks.discrimination"), isNumeric: true, by: ({ discrimination }) => discrimination ?? null, show: ({ discrimination }) => figure(discrimination) },
  { name: "alarms", label: t("marks.alarms"), show: ({ alarms }) => alarms.map((alarm) => html`<${Badge} tone="bad">${t(/** @type {import("../../language.js").Key} */ (`marks.alarm.${alarm}`))}<//>`) },
];

/** @param {{ statistics: Statistics }} props */
function Drawn({ statistics }) {
  const { percents, reliability, bands } = statistics;
  const items = (statistics.questions ?? []).map((question, index) => ({ ...question, place: index + 1 }));
  const [distribution, scatter] = useMemo(() => {
    const known = items.filter(({ difficulty, discrimination }) => typeof difficulty === "number" && typeof discrimination === "number").sort((one, other) => Number(one.difficulty) - Number(other.difficulty));
    return [/** @type {import("uplot").AlignedData} */ ([bands.map((band) => (band.from_percent + band.to_percent) / 2), bands.map(({ count }) => count)]),
      /** @type {import("uplot").AlignedData} */ ([known.map(({ difficulty }) => Number(difficulty)), known.map(({ discrimination }) => Number(discrimination))])];
  }, [statistics]);
  const facts = [[t("marks.counted"), number(statistics.counted)], [t("marks.mean"), percent(percents.mean)], [t("marks.median"), percent(percents.median)],
    [t("marks.deviation"), percent(percents.standard_deviation)], [t("marks.range"), `${figure(percents.minimum, 1)} – ${figure(percents.maximum, 1)} %`], [t("marks.alpha"), figure(reliability?.cronbach_alpha)], [t("marks.error_points"), figure(reliability?.standard_error_points)]];
  return html`${(statistics.waiting > 0 || statistics.open > 0) && html`<p class="soft">${t("marks.not_counted", { waiting: statistics.waiting, open: statistics.open })}</p>`}
    <dl class="tiles">${facts.map(([name, value]) => html`<div class="card"><dt class="soft small">${name}</dt><dd class="figures">${value}</dd></div>`)}</dl>
    <div class="cards charts"><section class="card"><h2>${t("marks.distribution")}</h2><${Chart} label=${t("marks.distribution_label", { mean: figure(percents.mean, 1), median: figure(percents.median, 1) })} data=${distribution} series=${BARS} axes=${{ x: t("marks.percent"), y: t("courses.students") }} /></section>
      ${items.length > 0 && html`<section class="card"><h2>${t("marks.items")}</h2>${scatter[0].length > 0 ? html`<${Chart} label=${t("marks.items_label")} data=${scatter} series=${POINTS} axes=${{ x: t("marks.difficulty"), y: t("marks.discrimination") }} /><p class="soft small">${t("marks.items_hint")}</p>` : html`<p class="soft">${t("marks.items_too_few")}</p>`}</section>`}</div>
    ${items.length > 0 ? html`<${Table} testid="items" caption=${t("marks.items")} columns=${columns()} rows=${items} keyOf=${(/** @type {Item} */ item) => item.question_id} sorted=${{ name: "place" }} />` : html`<p class="soft">${t("marks.no_items")}</p>`}`;
}
