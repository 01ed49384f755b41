import { html, useMemo, useState } from "../view.js";

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} name
 * @property {string} label
 * @property {(row: Row) => unknown} show what stands in the cell
 * @property {(row: Row) => string | number | null} [by] what it is sorted by; without it the column is not sorted
 * @property {boolean} [isNumeric]
 * @property {boolean} [isAction] holds buttons that say what they do: its label is for who does not see them
 */

/**
 * A dense table that is sorted by a click on its head.
 * @template Row
 * @param {object} props
 * @param {string} props.caption what it lists, for who does not see it
 * @param {readonly Column<Row>[]} props.columns
 * @param {readonly Row[]} props.rows
 * @param {(row: Row) => string} props.keyOf
 * @param {{ name: string, isDescending?: boolean }} [props.sorted] by which column at first
 * @param {string} [props.testid]
 */
export function Table({ caption, columns, rows, keyOf, sorted, testid }) {
  const [order, setOrder] = useState(sorted ?? null);
  const shown = useMemo(() => sort(rows, columns.find((column) => column.name === order?.name), order?.isDescending), [rows, columns, order]);
  const turn = (/** @type {string} */ name) => setOrder({ name, isDescending: order?.name === name && !order.isDescending });
  const direction = (/** @type {string} */ name) => (order?.name !== name ? "none" : order.isDescending ? "descending" : "ascending");
  const side = (/** @type {Column<Row>} */ column) => (column.isNumeric ? "numeric" : column.isAction ? "actions" : null);
  return html`<div class="table-frame" tabindex="0" role="region" aria-label=${caption}>
    <table class="table" data-testid=${testid}>
      <caption class="out-of-sight">${caption}</caption>
      <thead><tr>${columns.map((column) => html`<th scope="col" class=${side(column)} aria-sort=${column.by ? direction(column.name) : null}>
        ${column.by ? html`<button type="button" class="sort" onClick=${() => turn(column.name)}>${column.label}</button>` : column.isAction ? html`<span class="out-of-sight">${column.label}</span>` : column.label}</th>`)}</tr></thead>
      <tbody>${shown.map((row) => html`<tr key=${keyOf(row)}>${columns.map((column, index) => index === 0
        ? html`<th scope="row" class=${side(column)}>${column.show(row)}</th>` : html`<td class=${side(column)}>${column.show(row)}</td>`)}</tr>`)}</tbody>
    </table>
  </div>`;
}

/**
 * @template Row
 * @param {readonly Row[]} rows
 * @param {Column<Row> | undefined} column
 * @param {boolean} [isDescending]
 */
function sort(rows, column, isDescending = false) {
  const by = column?.by;
  if (!by) return rows;
  const sign = isDescending ? -1 : 1;
  return [...rows].sort((one, other) => sign * compare(by(one), by(other)));
}

/**
 * Numbers by size, words as people sort them, what is missing last.
 * @param {string | number | null} one
 * @param {string | number | null} other
 */
function compare(one, other) {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other), undefined, { numeric: true });
}
