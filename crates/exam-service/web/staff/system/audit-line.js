// A line of the log in words: what was done, to what, and the details, with names in place of ids.

import { dateAndTime, number, t } from "../../language.js";
import { html } from "../../view.js";

/** @typedef {import("./audit.js").Line} Line */
/** @typedef {import("../../language.js").Key} Key */

const IS_HASH = /^[0-9a-f]{64}$/;
const IS_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const IS_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
/** Of a list no more are named one by one. */
const NAMED = 3;

/** A message, or what a newer server says in its own words. @param {string} key @param {string} otherwise */
const known = (key, otherwise) => (t(/** @type {Key} */ (key)) === key ? otherwise.replaceAll(/[_-]/g, " ") : t(/** @type {Key} */ (key)));

/** What was done. @param {string} action */
export const deed = (action) => known(`deed.${action}`, action);

/** What it was done to, and in which exam or course. @param {Line} line */
export function subject({ subject_kind, subject_id, exam_id, course_id, names }) {
  const where = [exam_id, course_id].flatMap((id) => (id && id !== subject_id ? [names[id] ?? shortened(id)] : []));
  const kind = known(`subject.${subject_kind}`, subject_kind);
  return html`<div class="audit-subject"><span class="soft">${kind}</span>${subject_id && html` ${names[subject_id] ?? shortened(subject_id)}`}
    ${where.length > 0 && html`<div class="soft small">${where.join(" · ")}</div>`}</div>`;
}

/** What has no name: its end tells it from others, and all of it is there for a pointer. @param {string} id */
const shortened = (id) => (IS_ID.test(id) ? html`<code title=${id}>…${id.slice(-6)}</code>` : id);

/** The beginning of a hash tells it from others. @param {{ hash: string }} props */
export const Hash = ({ hash }) => html`<code class="hash" title=${hash}>${hash.slice(0, 10)}…</code>`;

/**
 * @param {unknown} value
 * @param {Record<string, string>} names
 * @returns {unknown}
 */
function word(value, names) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return t(value ? "audit.yes" : "audit.no");
  if (typeof value === "number") return number(value);
  if (typeof value === "string") return IS_HASH.test(value) ? html`<${Hash} hash=${value} />` : IS_TIME.test(value) ? dateAndTime(value) : names[value] ?? shortened(value);
  if (Array.isArray(value)) return value.length > NAMED || value.some((one) => typeof one === "object") ? t("audit.so_many", { count: value.length }) : html`${value.map((one, index) => html`${index > 0 && ", "}${word(one, names)}`)}`;
  const members = Object.entries(/** @type {Record<string, unknown>} */ (value));
  if (members.length === 2 && "from" in /** @type {object} */ (value) && "to" in /** @type {object} */ (value)) {
    const change = /** @type {{ from: unknown, to: unknown }} */ (value);
    return html`${word(change.from, names)} → ${word(change.to, names)}`;
  }
  return html`${members.map(([name, one], index) => html`${index > 0 && ", "}${known(`detail.${name}`, name)} ${word(one, names)}`)}`;
}

/** `{"seconds": 300, "reason": "fire"}` as words. @param {{ line: Line }} props */
export const Detail = ({ line: { detail, names } }) => html`<div class="audit-detail">${Object.entries(/** @type {Record<string, unknown>} */ (detail ?? {})).filter(([, value]) => value !== null)
  .map(([name, value]) => html`<span><span class="soft">${known(`detail.${name}`, name)}</span> ${word(value, names)}</span>`)}</div>`;
