// The rows of the board. Of thousands only those are drawn that can be seen, all of one height.

import { Badge } from "../../design/badge.js";
import { formatRemaining } from "../../clock.js";
import { number, t } from "../../language.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../../view.js";
import { SILENT_MS, SLOW_MS, silence, timeLeft } from "./rows.js";

/** @typedef {import("./rows.js").Row} Row */
/** @typedef {import("./rows.js").Order} Order */
/** @typedef {import("../../language.js").Key} Key */

/** The height of a row in board.css. */
const ROW_REM = 2.5;
/** How many are drawn above and below what can be seen. */
const SPARE_ROWS = 8;

/** @type {readonly { name: Order, isNumeric?: boolean }[]} */
const COLUMNS = [
  { name: "name" }, { name: "saved", isNumeric: true }, { name: "contact" }, { name: "state" }, { name: "answered", isNumeric: true },
  { name: "left", isNumeric: true }, { name: "violations", isNumeric: true }, { name: "unseen" }, { name: "seat" },
];

/**
 * @param {object} props
 * @param {string} props.exam
 * @param {readonly Row[]} props.rows in their order
 * @param {number} props.now by the server's clock
 * @param {number | null} props.questions how many there are, if that is known
 * @param {ReadonlySet<string>} props.selected
 * @param {(ids: readonly string[], isSelected: boolean) => void} props.onSelect
 * @param {{ order: Order, isDescending: boolean }} props.sorted
 * @param {(order: Order) => void} props.onSort
 * @param {(isHeld: boolean) => void} props.onHold while somebody is about to hit a row, rows stay where they are
 */
export function List({ exam, rows, now, questions, selected, onSelect, sorted, onSort, onHold }) {
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const last = useRef(/** @type {string | null} */ (null));
  const view = useWindow(frame, rows.length);
  const isAll = rows.length > 0 && rows.every(({ id }) => selected.has(id));
  /**
   * With the shift key, all rows since the last one that was ticked.
   * @param {string} id
   * @param {{ shiftKey: boolean, currentTarget: HTMLInputElement }} event
   */
  const select = (id, { shiftKey, currentTarget }) => {
    const at = rows.findIndex((row) => row.id === id);
    const from = shiftKey ? rows.findIndex((row) => row.id === last.current) : -1;
    const ids = from < 0 ? [id] : rows.slice(Math.min(from, at), Math.max(from, at) + 1).map((row) => row.id);
    last.current = id;
    onSelect(ids, currentTarget.checked);
  };
  const direction = (/** @type {Order} */ name) => (sorted.order !== name ? "none" : sorted.isDescending ? "descending" : "ascending");
  return html`<div class="table-frame board-list" tabindex="0" role="region" aria-label=${t("board.students")} ref=${frame}
    onPointerEnter=${() => onHold(true)} onPointerLeave=${() => onHold(false)}>
    <table class="table" aria-rowcount=${rows.length + 1} data-testid="board-list">
      <thead><tr>
        <th scope="col" class="c-tick"><input type="checkbox" aria-label=${t("board.select_all")} data-testid="select-all" checked=${isAll}
          onChange=${(/** @type {{ currentTarget: HTMLInputElement }} */ { currentTarget }) => onSelect(rows.map(({ id }) => id), currentTarget.checked)} /></th>
        ${COLUMNS.map(({ name, isNumeric }) => html`<th scope="col" class=${`c-${name} ${isNumeric ? "numeric" : ""}`} aria-sort=${direction(name)}>
          <button type="button" class="sort" data-testid=${`sort-${name}`} onClick=${() => onSort(name)}>${t(/** @type {Key} */ (`board.column.${name}`))}</button></th>`)}
      </tr></thead>
      <tbody>
        ${view.first > 0 && html`<${Space} key="above" rows=${view.first} />`}
        ${rows.slice(view.first, view.end).map((row, index) => html`<${Line} key=${row.id} exam=${exam} row=${row} index=${view.first + index} now=${now} questions=${questions}
          isSelected=${selected.has(row.id)} onSelect=${select} />`)}
        ${view.end < rows.length && html`<${Space} key="below" rows=${rows.length - view.end} />`}
      </tbody>
    </table>
  </div>`;
}

/** The height of rows that are not drawn. @param {{ rows: number }} props */
function Space({ rows }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => { if (place.current) place.current.style.height = `${rows * ROW_REM}rem`; }, [rows]);
  return html`<tr aria-hidden="true" class="space"><td colspan=${COLUMNS.length + 1} ref=${place}></td></tr>`;
}

/**
 * Which rows can be seen.
 * @param {{ current: HTMLElement | null }} frame
 * @param {number} count
 */
function useWindow(frame, count) {
  const [view, setView] = useState({ first: 0, end: 60 });
  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const look = () => {
      const height = ROW_REM * parseFloat(getComputedStyle(document.documentElement).fontSize);
      const first = Math.max(0, Math.floor(element.scrollTop / height) - SPARE_ROWS);
      const end = Math.ceil((element.scrollTop + element.clientHeight) / height) + SPARE_ROWS;
      setView((before) => (before.first === first && before.end === end ? before : { first, end }));
    };
    look();
    const resized = new ResizeObserver(look);
    resized.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      resized.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, []);
  const first = Math.min(view.first, Math.max(0, count - (view.end - view.first)));
  return { first, end: Math.min(view.end, count) };
}

/**
 * @param {object} props
 * @param {string} props.exam
 * @param {Row} props.row
 * @param {number} props.index
 * @param {number} props.now
 * @param {number | null} props.questions
 * @param {boolean} props.isSelected
 * @param {(id: string, event: any) => void} props.onSelect
 */
function Line({ exam, row, index, now, questions, isSelected, onSelect }) {
  const quiet = silence(row, now);
  const left = timeLeft(row, now);
  return html`<tr aria-rowindex=${index + 2} class=${isSelected ? "selected" : quiet > SILENT_MS ? "silent" : ""} data-testid=${`row-${row.login}`}>
    <td class="c-tick"><input type="checkbox" aria-label=${t("board.select", { name: row.name })} data-testid=${`select-${row.login}`} checked=${isSelected} onClick=${(/** @type {any} */ event) => onSelect(row.id, event)} /></td>
    <th scope="row" class="c-name">${row.attempt ? html`<a href=${`#/board/${exam}/attempts/${row.attempt}`} title=${row.name} data-testid=${`timeline-of-${row.login}`}>${row.name}</a>` : html`<span title=${row.name}>${row.name}</span>`}<span class="login">${row.login}</span></th>
    <td class="c-saved numeric">${saved(row, now)}</td>
    <td class="c-contact">${contact(row, quiet)}</td>
    <td class="c-state"><${State} row=${row} /></td>
    <td class="c-answered numeric">${row.attempt ? html`<span class="progress">${questions ? `${row.answered} / ${questions}` : row.answered}${questions ? html`<progress max=${questions} value=${row.answered} aria-hidden="true"></progress>` : ""}</span>` : ""}</td>
    <td class="c-left numeric">${left === null ? "" : html`<span class=${left < 300000 ? "short" : ""}>${formatRemaining(left)}</span>`}</td>
    <td class="c-violations numeric">${row.violations > 0 && html`<${Badge} tone="warn">${number(row.violations)}<//>`}</td>
    <td class="c-unseen">${row.isUnseen && html`<${Badge} tone="warn">${t("board.unseen")}<//>`}</td>
    <td class="c-seat">${row.seat}</td>
  </tr>`;
}

/** How long ago something was last on the disk. @param {Row} row @param {number} now */
function saved(row, now) {
  if (!row.attempt) return "";
  if (row.savedAt === null) return html`<span class="soft">${t("board.nothing_saved")}</span>`;
  return row.isThere ? age(now - row.savedAt) : html`<span class="soft">${age(now - row.savedAt)}</span>`;
}

/** @param {Row} row @param {number} quiet */
function contact(row, quiet) {
  if (!row.isThere) return "";
  const tone = quiet > SILENT_MS ? "bad" : quiet > SLOW_MS ? "warn" : "good";
  const text = tone === "good" ? t("board.contact.good") : t(tone === "bad" ? "board.contact.bad" : "board.contact.warn", { age: age(quiet, false) });
  return html`<span class=${`contact-${tone}`}><span class="dot" aria-hidden="true"></span>${text}</span>`;
}

const STATE_TONES = /** @type {Record<string, "plain" | "accent" | "good" | "warn" | "bad">} */ ({ open: "accent", paused: "warn", on_break: "warn", over: "warn", submitted: "good" });

/** @param {{ row: Pick<Row, "state" | "isBlank"> }} props */
export const State = ({ row }) => html`<${Badge} tone=${STATE_TONES[row.state] ?? "plain"}>${t(/** @type {Key} */ (`board.state.${row.isBlank ? "blank" : row.state}`))}<//>`;

/**
 * 42000 -> "42 s", 125000 -> "2 min 05 s", 7500000 -> "2 h 05 min"; not exactly: "2 min".
 * @param {number} milliseconds
 */
export function age(milliseconds, isExact = true) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  if (seconds < 60) return t("board.age.seconds", { seconds });
  if (seconds < 3600 && !isExact) return t("board.age.about", { minutes: Math.floor(seconds / 60) });
  if (seconds < 3600) return t("board.age.minutes", { minutes: Math.floor(seconds / 60), seconds: two(seconds % 60) });
  return t("board.age.hours", { hours: Math.floor(seconds / 3600), minutes: two(Math.floor(seconds / 60) % 60) });
}
