// What invigilators write down: read again every few seconds, because others write as well; shown beside the board and as a
// page of its own that is printed.

import { call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { Empty, show, useLoaded } from "../../design/states.js";
import { dateAndTime, number, t, timeOfDay } from "../../language.js";
import { leaving } from "../../router.js";
import * as session from "../../session.js";
import { html, useCallback, useEffect, useMemo, useRef, useState } from "../../view.js";
import { useAction } from "../work.js";
import { download, fileName } from "../files.js";
import { all } from "../pages.js";
import { examHead, period } from "./exams.js";
import { IncidentForm } from "./incident-form.js";
import { roomOf } from "./rows.js";
import { useStyle } from "./style.js";
import { useWayBack } from "./way-back.js";

/** @typedef {import("exam-api").Schemas["Incident"]} Incident */
/** @typedef {import("../../language.js").Key} Key */
/** @typedef {import("./incident-form.js").Somebody} Somebody */

const LOOK_EVERY_MS = 15000;

/** @param {string} exam @param {string} [after] @returns {Promise<Incident[]>} */
const read = (exam, after) => all((next) => call("GET /api/v1/exams/{id}/incidents", { path: { id: exam }, query: { limit: 200, after: next ?? after } })
  .then(({ incidents, next: mark }) => ({ rows: incidents, next: mark })));

/**
 * The notes of an exam, the oldest first.
 * @param {string} exam
 */
export function useIncidents(exam) {
  const first = useLoaded(() => read(exam), [exam]);
  const [later, setLater] = useState(/** @type {{ to: unknown, rows: Incident[] }} */ ({ to: null, rows: [] }));
  const known = useRef(/** @type {Incident[]} */ ([]));
  known.current = [...(first.value ?? []), ...(later.to === first.value ? later.rows : [])];
  const look = useCallback(async () => {
    const to = first.value;
    if (!to || session.hasEnded()) return;
    // What fails now is read the next time.
    const found = await read(exam, known.current[known.current.length - 1]?.id).catch(() => []);
    if (found.length > 0) setLater((before) => ({ to, rows: without([...(before.to === to ? before.rows : [])], found) }));
  }, [exam, first.value]);
  useEffect(() => {
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [look]);
  return { ...first, value: first.value && known.current, look };
}

/** Two looks at the same time find the same. @param {Incident[]} known @param {readonly Incident[]} found */
const without = (known, found) => [...known, ...found.filter(({ id }) => known.every((one) => one.id !== id))];

/** The notes that another one took the place of. @param {readonly Incident[]} incidents */
const corrected = (incidents) => new Set(incidents.map(({ corrects_id }) => corrects_id));

/** @param {Pick<Incident, "category">} incident */
export const categoryName = ({ category }) => t(/** @type {Key} */ (`incident.category.${category}`));

/** About whom, and where. @param {Incident} incident */
function place({ about, seat, room }) {
  const parts = [about ? `${about.display_name} (${about.login})` : "", seat && about ? seat : "", room && !seat?.startsWith(room) ? t("incident.in_room", { room }) : ""];
  return parts.filter(Boolean).join(" · ") || t("incident.about_nobody");
}

/**
 * The notes beside the board, with a form for a new one.
 * @param {object} props
 * @param {string} props.exam
 * @param {ReturnType<typeof useIncidents>} props.notes
 * @param {readonly Somebody[]} props.students
 * @param {readonly string[]} props.rooms
 * @param {Somebody | null} props.chosen whom somebody has selected
 * @param {() => void} props.onClose
 */
export function IncidentPanel({ exam, notes, students, rooms, chosen, onClose }) {
  const [correcting, setCorrecting] = useState(/** @type {Incident | null} */ (null));
  const wayBack = useWayBack();
  const correct = (/** @type {Incident} */ incident) => {
    wayBack.leave();
    leaving(() => setCorrecting(incident));
  };
  const cancel = () => {
    setCorrecting(null);
    wayBack.goBack();
  };
  const done = () => {
    notes.look();
    if (!correcting) return;
    setCorrecting(null);
    wayBack.goBack({ isGone: true });
  };
  return html`<aside class="incidents card" aria-label=${t("incident.title")} data-testid="incident-panel">
    <div class="row apart"><h2 ref=${wayBack.heading} tabindex="-1">${t("incident.title")}</h2>
      <div class="row"><${Button} small kind="quiet" testid="to-incidents" href=${`#/board/${exam}/incidents`}>${t("incident.page")}<//>
        <${Button} small kind="quiet" testid="close-incidents" onClick=${() => leaving(onClose)}>${t("close")}<//></div></div>
    <${IncidentForm} key=${correcting?.id ?? ""} exam=${exam} students=${students} rooms=${rooms} chosen=${chosen} corrects=${correcting} isAskedFor=${correcting !== null} onNoted=${done} onCancel=${cancel} />
    ${show(notes, (incidents) => {
      const old = corrected(incidents);
      return incidents.length === 0 ? html`<p class="soft" data-testid="no-incidents">${t("incident.none")}</p>`
        : html`<ol class="incident-list" data-testid="incident-list">${[...incidents].reverse().map((incident) => html`<${Note} key=${incident.id} incident=${incident} isCorrected=${old.has(incident.id)} onCorrect=${() => correct(incident)} />`)}</ol>`;
    })}
  </aside>`;
}

/** @param {{ incident: Incident, isCorrected: boolean, onCorrect: () => void }} props */
const Note = ({ incident, isCorrected, onCorrect }) => html`<li class=${isCorrected ? "corrected" : ""} data-testid="incident" data-corrected=${isCorrected}>
  <p class="row small"><time datetime=${incident.written_at} title=${dateAndTime(incident.written_at)}>${timeOfDay(incident.written_at)}</time>
    <${Badge}>${categoryName(incident)}<//>${isCorrected && html`<${Badge} tone="warn">${t("incident.corrected")}<//>`}
    ${incident.corrects_id && html`<span class="soft">${t("incident.correction")}</span>`}</p>
  <p class="small"><strong>${place(incident)}</strong></p>
  <p class="text">${incident.text}</p>
  <p class="row apart small soft"><span>${incident.author.display_name}</span>
    ${!isCorrected && html`<${Button} small kind="quiet" testid="correct" onClick=${onCorrect}>${t("incident.correct")}<//>`}</p>
</li>`;

/**
 * The notes as a table that is printed.
 * @param {{ incidents: readonly Incident[], onCorrect?: (incident: Incident) => void }} props
 */
export function IncidentTable({ incidents, onCorrect }) {
  const old = corrected(incidents);
  const numbers = new Map(incidents.map(({ id }, index) => [id, index + 1]));
  const about = (/** @type {Incident} */ { corrects_id }) => (corrects_id ? html` <span class="soft small">${t("incident.corrects", { number: number(numbers.get(corrects_id) ?? 0) })}</span>` : "");
  return html`<div class="table-frame incident-table" tabindex="0" role="region" aria-label=${t("incident.title")}><table class="table" data-testid="incident-table">
    <thead><tr>${["number", "at", "category", "about", "text", "author"].map((name) => html`<th scope="col" class=${name}>${t(/** @type {Key} */ (`incident.column.${name}`))}</th>`)}
      ${onCorrect && html`<th scope="col" class="actions no-print"><span class="out-of-sight">${t("incident.correct")}</span></th>`}</tr></thead>
    <tbody>${incidents.map((incident, index) => html`<tr key=${incident.id} class=${old.has(incident.id) ? "corrected" : ""} data-testid="incident" data-corrected=${old.has(incident.id)}>
      <th scope="row">${number(index + 1)}</th><td><time datetime=${incident.written_at}>${dateAndTime(incident.written_at)}</time></td><td>${categoryName(incident)}</td><td>${place(incident)}</td>
      <td><span class="text">${incident.text}</span>${about(incident)}${old.has(incident.id) && html` <span class="soft small">(${t("incident.corrected")})</span>`}</td><td>${incident.author.display_name}</td>
      ${onCorrect && html`<td class="actions no-print">${!old.has(incident.id) && html`<${Button} small kind="quiet" testid="correct" onClick=${() => onCorrect(incident)}>${t("incident.correct")}<//>`}</td>`}
    </tr>`)}</tbody></table></div>`;
}

/** @param {{ exam: string }} props */
export function Incidents({ exam }) {
  useStyle();
  const notes = useIncidents(exam);
  const loaded = useLoaded(async () => {
    const [head, board] = await Promise.all([examHead(exam), call("GET /api/v1/exams/{id}/board", { path: { id: exam } })]);
    return { head, students: board.students.map((one) => ({ id: one.user_id, name: one.display_name, login: one.login, seat: one.seat ?? "" })) };
  }, [exam]);
  const [writing, setWriting] = useState(/** @type {Incident | "new" | null} */ (null));
  const rooms = useMemo(() => [...new Set((loaded.value?.students ?? []).map(({ seat }) => roomOf(seat)).filter(Boolean))].sort(), [loaded.value]);
  const [isFetching, fetchIt] = useAction();
  const wayBack = useWayBack();
  const write = (/** @type {Incident | "new"} */ what) => {
    if (what === writing) return;
    wayBack.leave();
    leaving(() => setWriting(what));
  };
  const close = (isCorrected = false) => {
    setWriting(null);
    wayBack.goBack({ isGone: isCorrected });
  };
  return html`<div class="no-print"><p><a href=${`#/board/${exam}`} data-testid="back-to-board">← ${t("timeline.back")}</a></p></div>
    ${show(loaded, ({ head, students }) => html`<div class="row apart incident-head"><div><h1 ref=${wayBack.heading} tabindex="-1">${t("incident.title")}</h1>${head && html`<p class="soft">${head.title} · ${period(head)}</p>`}</div>
        <div class="row no-print">
          <${Button} small kind="secondary" testid="incidents-csv" busy=${isFetching} disabled=${!notes.value?.length}
            onClick=${() => fetchIt(() => download(`/api/v1/exams/${exam}/incidents/export`, `${fileName(`${head?.title ?? ""} incidents`)}.csv`))}>CSV<//>
          <${Button} small kind="secondary" testid="print" disabled=${!notes.value?.length} onClick=${() => print()}>${t("attendance.print")}<//>
          <${Button} small testid="write-incident" onClick=${() => write("new")}>${t("incident.write")}<//></div></div>
      ${writing && html`<section class="card incident-form no-print" key=${writing === "new" ? "" : writing.id}><${IncidentForm} exam=${exam} students=${students} rooms=${rooms} chosen=${null} corrects=${writing === "new" ? null : writing} isAskedFor
        onNoted=${(/** @type {boolean} */ isMore) => { if (!isMore) close(writing !== "new"); notes.look(); }} onCancel=${() => close()} /></section>`}
      ${show(notes, (incidents) => (incidents.length === 0 ? html`<${Empty} title=${t("incident.none")}><p>${t("incident.none_hint")}</p><//>`
        : html`<${IncidentTable} incidents=${incidents} onCorrect=${write} />`))}`)}`;
}
