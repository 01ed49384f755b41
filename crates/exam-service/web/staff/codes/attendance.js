// The list of those who may sit an exam, to be printed and signed: a page for each room.

import { Button } from "../../design/button.js";
import { Check, Field } from "../../design/field.js";
import { Empty, show, useLoaded } from "../../design/states.js";
import { number, t } from "../../language.js";
import { html, useState } from "../../view.js";
import { examHead, period } from "../board/exams.js";
import { IncidentTable, useIncidents } from "../board/incidents.js";
import { roomOf } from "../board/rows.js";
import { useStyle } from "../board/style.js";
import { candidatesOf } from "./slips.js";

/** @typedef {import("exam-api").Schemas["Candidate"]} Candidate */
/** @typedef {"seat" | "name" | "number"} Order */

const ORDERS = /** @type {const} */ (["seat", "name", "number"]);
const words = new Intl.Collator(undefined, { numeric: true });

/** @type {Record<Order, (candidate: Candidate) => string>} */
const BY = { seat: ({ seat }) => seat ?? "", name: ({ display_name }) => display_name, number: ({ student_number, login }) => student_number ?? login };

/**
 * By room, those without a seat last.
 * @param {readonly Candidate[]} candidates
 * @param {Order} order
 */
export function byRoom(candidates, order) {
  /** @type {Map<string, Candidate[]>} */
  const found = new Map();
  for (const candidate of candidates) {
    const room = roomOf(candidate.seat ?? "");
    found.set(room, [...(found.get(room) ?? []), candidate]);
  }
  const names = [...found.keys()].sort((one, other) => Number(one === "") - Number(other === "") || words.compare(one, other));
  return names.map((room) => ({ room, candidates: (found.get(room) ?? []).sort((one, other) => words.compare(BY[order](one), BY[order](other))) }));
}

/** What was granted. @param {Candidate} candidate */
function granted({ accommodation: { extra_percent = 0, extra_seconds = 0, break_seconds = 0 } }) {
  return [
    extra_percent > 0 ? t("attendance.percent", { percent: extra_percent }) : "",
    extra_seconds > 0 ? t("attendance.minutes", { minutes: Math.round(extra_seconds / 60) }) : "",
    break_seconds > 0 ? t("attendance.breaks", { minutes: Math.round(break_seconds / 60) }) : "",
  ].filter(Boolean).join(", ");
}

/** @param {{ exam: string }} props */
export function Attendance({ exam }) {
  useStyle();
  const [order, setOrder] = useState(/** @type {Order} */ ("seat"));
  const [withNotes, setWithNotes] = useState(false);
  const notes = useIncidents(exam);
  const loaded = useLoaded(async () => {
    const [head, candidates] = await Promise.all([examHead(exam), candidatesOf(exam)]);
    return { head, candidates };
  }, [exam]);
  return html`<div class="no-print"><p><a href=${`#/board/${exam}`} data-testid="back-to-board">← ${t("timeline.back")}</a></p></div>
    ${show(loaded, ({ head, candidates }) => html`
      <div class="row apart attendance-head"><h1>${t("attendance.title")}</h1>
        <div class="row no-print">
          <${Field} name="order" type="select" label=${t("attendance.order")} value=${order} onInput=${setOrder}>
            ${ORDERS.map((one) => html`<option value=${one}>${t(/** @type {import("../../language.js").Key} */ (`attendance.order.${one}`))}</option>`)}<//>
          ${notes.value && notes.value.length > 0 && html`<${Check} name="with-notes" checked=${withNotes} onChange=${setWithNotes}>${t("attendance.with_notes", { count: notes.value.length, shown: number(notes.value.length) })}<//>`}
          <${Button} testid="print" disabled=${candidates.length === 0} onClick=${() => print()}>${t("attendance.print")}<//>
        </div></div>
      ${candidates.length === 0 ? html`<${Empty} title=${t("board.none")}><p>${t("board.none_hint")}</p><//>` : byRoom(candidates, order).map(({ room, candidates: here }) => html`<section class="attendance" key=${room} data-testid="attendance-room">
        <h2>${room || t("attendance.no_room")} <span class="soft">(${number(here.length)})</span></h2>
        ${head && html`<p class="soft">${head.title} · ${period(head)}</p>`}
        <div class="table-frame"><table class="table">
          <thead><tr>${["seat", "number", "name", "granted", "signature"].map((name) => html`<th scope="col" class=${name}>${t(/** @type {import("../../language.js").Key} */ (`attendance.column.${name}`))}</th>`)}</tr></thead>
          <tbody>${here.map((one) => html`<tr key=${one.user_id}><td>${one.seat}</td><td>${one.student_number ?? one.login}</td><th scope="row">${one.display_name}</th><td>${granted(one)}</td><td class="signature"></td></tr>`)}</tbody>
        </table></div>
      </section>`)}
      ${withNotes && notes.value && html`<section class="attendance" data-testid="attendance-notes"><h2>${t("incident.title")}</h2>
        ${head && html`<p class="soft">${head.title} · ${period(head)}</p>`}<${IncidentTable} incidents=${notes.value} /></section>`}`)}`;
}
