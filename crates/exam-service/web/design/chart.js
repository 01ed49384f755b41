// Charts, drawn by uPlot in the colours of the page. For staff: the library is loaded with the first chart.

import { spoken } from "../language.js";
import { onChange } from "../preferences.js";
import { html, useEffect, useRef } from "../view.js";

/** @typedef {import("uplot")} Plot */

/** @type {Promise<new (options: import("uplot").Options, data: import("uplot").AlignedData, target: HTMLElement) => Plot> | null} */
let library = null;

function load() {
  library ??= import(new URL("../vendor/uplot-1.6.32/uplot.js", import.meta.url).href).then((module) => module.default);
  if (!document.querySelector("link[data-chart]")) {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.dataset.chart = "";
    sheet.href = new URL("../vendor/uplot-1.6.32/uplot.css", import.meta.url).href;
    document.head.append(sheet);
  }
  return library;
}

const colour = (/** @type {string} */ name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/**
 * A chart of one or more series over the same positions; what it says has to be in words beside it as well.
 * @param {object} props
 * @param {string} props.label what it shows, for who does not see it
 * @param {import("uplot").AlignedData} props.data positions, then the values of each series
 * @param {readonly { label: string, colour?: "accent" | "good" | "warn" | "bad", kind?: "line" | "points" | "bars" }[]} props.series
 * @param {{ x?: string, y?: string }} [props.axes] what the axes are called
 * @param {boolean} [props.isTime] whether positions are seconds since 1970
 * @param {number} [props.height] pixels
 */
export function Chart({ label, data, series, axes = {}, isTime = false, height = 260 }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    /** @type {Plot | null} */
    let plot = null;
    let isGone = false;
    const draw = async () => {
      const Library = await load();
      if (isGone || !place.current) return;
      plot?.destroy();
      const width = place.current.clientWidth;
      plot = new Library({ width, height, legend: { show: series.length > 1, live: false }, scales: { x: { time: isTime, ...sides(data[0], series) } }, axes: [{ ...axis(axes.x), ...(isTime ? { values: days } : {}) }, axis(axes.y)], series: [{}, ...series.map(line(Library))] }, data, place.current);
    };
    draw();
    const fit = new ResizeObserver(() => plot?.setSize({ width: place.current?.clientWidth ?? 0, height }));
    if (place.current) fit.observe(place.current);
    const end = onChange(draw);
    return () => {
      isGone = true;
      end();
      fit.disconnect();
      plot?.destroy();
    };
  }, [data, series, height]);
  return html`<div class="chart" role="img" aria-label=${label} ref=${place}></div>`;
}

/**
 * Half a bar's room at either end; what is not drawn as bars takes the room that it needs.
 * @param {ArrayLike<number>} positions
 * @param {readonly { kind?: string }[]} series
 */
function sides(positions, series) {
  if (positions.length < 2 || !series.some(({ kind }) => kind === "bars")) return {};
  const last = positions.length - 1;
  const half = (positions[last] - positions[0]) / last / 2;
  return { range: /** @type {[number, number]} */ ([positions[0] - half, positions[last] + half]) };
}

const DAY_SECONDS = 86400;

/** Times as the language of the page says them: months where there are many. @param {unknown} _ @param {readonly number[]} times seconds since 1970 */
function days(_, times) {
  const isLong = times[times.length - 1] - times[0] > 60 * DAY_SECONDS;
  const format = new Intl.DateTimeFormat(spoken(), isLong ? { month: "short", year: "2-digit" } : { day: "numeric", month: "short" });
  return times.map((time) => format.format(new Date(time * 1000)));
}

/** @param {string} [label] */
const axis = (label) => ({ label, stroke: colour("ink-soft"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1 } });

/**
 * @param {any} Library
 * @returns {(series: { label: string, colour?: string, kind?: string }) => import("uplot").Series}
 */
const line = (Library) => ({ label, colour: name = "accent", kind = "line" }) => ({
  label,
  stroke: colour(name),
  fill: kind === "bars" ? colour(name) : undefined,
  width: kind === "points" ? 0 : 2,
  points: kind === "points" ? { show: true, size: 8, fill: colour(name) } : kind === "bars" ? { show: false } : undefined,
  paths: kind === "bars" ? Library.paths.bars({ size: [0.8, 60] }) : kind === "points" ? () => null : undefined,
});
