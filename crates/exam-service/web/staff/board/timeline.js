// What happened to one attempt, as evidence: saves, events of the page, actions of staff, in the order of time.

import { call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { Field } from "../../design/field.js";
import { toast } from "../../design/messages.js";
import { Empty, show, useLoaded } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { Tabs } from "../../design/tabs.js";
import { dateAndTime, number, t, timeOfDay } from "../../language.js";
import { saveFile } from "../../save-file.js";
import { current } from "../../session.js";
import { html, useState } from "../../view.js";
import { csv, fileName } from "../files.js";
import { FormDialog } from "../work.js";
import { newKey, takeBackTime } from "./actions.js";
import { categoryName } from "./incidents.js";
import { State } from "./list.js";
import { row } from "./rows.js";
import { useStyle } from "./style.js";

/** @typedef {import("exam-api").Schemas["TimelineEntry"]} Entry */
/** @typedef {import("exam-api").Schemas["TimelineReply"]} Told what is told of the attempt, with the names of who acted */
/** @typedef {import("../../language.js").Key} Key */
/** @typedef {"all" | "saved" | "event" | "action" | "noted"} Part */

const PARTS = /** @type {const} */ (["all", "event", "action", "noted", "saved"]);
const EVENTS = ["tab_hidden", "tab_shown", "window_left", "full_screen_left", "full_screen_entered", "paste", "copy", "connection_lost", "connection_restored"];
const ACTIONS = ["message", "credit_time", "take_back_time", "pause", "resume", "fire_exit", "force_submit", "reopen", "give_back_outage"];

/** Which question, by its number as the student sees it. @param {string} id @param {Told} told */
const question = (id, { questions }) => (questions.includes(id) ? number(questions.indexOf(id) + 1) : `…${id.slice(-8)}`);

/** What happened, in words. @param {Entry} entry @param {Told} told */
function words(entry, told) {
  if (entry.what === "saved") return t(entry.is_set_aside ? "timeline.set_aside" : "timeline.saved", { question: question(entry.question_id, told), sequence: entry.sequence });
  if (entry.what === "checked") return t("timeline.checked", { question: question(entry.question_id, told) });
  if (entry.what === "event") return EVENTS.includes(entry.kind) ? t(/** @type {Key} */ (`timeline.event.${entry.kind}`)) : entry.kind;
  if (entry.what === "action") return ACTIONS.includes(entry.action) ? t(/** @type {Key} */ (`timeline.action.${entry.action}`)) : entry.action;
  if (entry.what === "noted") return t("timeline.noted", { category: categoryName(entry.incident) });
  if (entry.what === "started") return t("timeline.started");
  // What a newer server tells of is shown in its words.
  return entry.what === "submitted" ? t("timeline.submitted") : String(/** @type {{ what: string }} */ (entry).what);
}

/** What else there is to know of it. @param {Entry} entry @param {Told} told */
function more(entry, told) {
  if (entry.what === "saved") return entry.response === undefined ? "" : JSON.stringify(entry.response);
  if (entry.what === "event") return Date.parse(entry.received_at) - Date.parse(entry.at) > 5000 ? t("timeline.received", { time: timeOfDay(entry.received_at) }) : "";
  if (entry.what === "noted") return [entry.incident.text, t("timeline.noted_by", { name: entry.incident.author.display_name }), entry.incident.corrected_by_id ? t("incident.corrected") : ""].filter(Boolean).join(" · ");
  if (entry.what !== "action") return "";
  const detail = /** @type {{ seconds?: number, message?: string, reason?: string }} */ (entry.detail);
  return [
    entry.actor_id === null || entry.actor_id === undefined ? t("timeline.by_service") : entry.actor_id === current()?.user.id ? t("timeline.by_you") : t("timeline.by", { name: told.names[entry.actor_id] ?? `…${entry.actor_id.slice(-8)}` }),
    detail.seconds ? t("timeline.seconds", { minutes: number(detail.seconds / 60) }) : "",
    detail.message ? t("timeline.message", { text: detail.message }) : "",
    detail.reason ? t("timeline.reason", { text: detail.reason }) : "",
    t("timeline.line", { number: number(entry.audit_number) }),
  ].filter(Boolean).join(" · ");
}

/** @param {Entry} entry */
const tone = (entry) => (entry.what === "event" ? (entry.is_violation ? "warn" : "plain") : entry.what === "action" ? "accent" : entry.what === "noted" ? "warn" : entry.what === "saved" ? (entry.is_set_aside ? "warn" : "good") : "plain");

/**
 * The credits that can be taken back: those that were not yet.
 * @param {readonly Entry[]} entries
 */
function creditsOf(entries) {
  const lines = (/** @type {string} */ action, /** @type {(entry: any) => number} */ of) => entries.flatMap((entry) => (entry.what === "action" && entry.action === action ? [of(entry)] : []));
  const taken = new Set(lines("take_back_time", ({ detail }) => detail.takes_back));
  return new Set(lines("credit_time", ({ audit_number }) => audit_number).filter((line) => !taken.has(line)));
}

/**
 * Asks before a credit is taken back from this student.
 * @param {{ exam: string, attempt: string, line: number, onDone: () => void, onClose: () => void }} props
 */
function TakeBack({ exam, attempt, line, onDone, onClose }) {
  const [reason, setReason] = useState("");
  const [key] = useState(newKey);
  const run = async () => {
    const { changed } = await takeBackTime({ exam, lines: [line], attempt, key, reason: reason.trim() });
    if (changed === 0) throw new Error(t("timeline.take_back.kept"));
    toast(t("board.act.take_back_time.done", { count: changed, shown: number(changed) }));
    onDone();
  };
  return html`<${FormDialog} title=${t("timeline.take_back")} action=${t("timeline.take_back")} kind="danger" testid="take-back" run=${run} onClose=${onClose}>
    <p>${t("timeline.take_back.about")}</p>
    <${Field} name="take-back-reason" maxlength="500" label=${t("board.reason")} hint=${t("board.reason_hint")} value=${reason} onInput=${setReason} /><//>`;
}

/**
 * @param {Told} told
 * @param {ReadonlySet<number>} credits
 * @param {(line: number) => void} onTakeBack
 * @returns {import("../../design/table.js").Column<Entry & { number: number }>[]}
 */
const columns = (told, credits, onTakeBack) => [
  { name: "at", label: t("timeline.at"), show: ({ at }) => html`<time datetime=${at} title=${dateAndTime(at)}>${timeOfDay(at)}</time>`, by: (entry) => entry.number },
  { name: "what", label: t("timeline.what"), show: (entry) => html`<${Badge} tone=${tone(entry)}>${words(entry, told)}<//>`, by: (entry) => words(entry, told) },
  { name: "more", label: t("timeline.more"), show: (entry) => html`${more(entry, told)}${entry.what === "action" && credits.has(entry.audit_number) && html` <${Button} small kind="quiet" testid="take-back-time" onClick=${() => onTakeBack(entry.audit_number)}>${t("timeline.take_back")}<//>`}` },
];

/** @param {{ exam: string, attempt: string }} props */
export function Timeline({ exam, attempt }) {
  useStyle();
  const [part, setPart] = useState(/** @type {Part} */ ("all"));
  const [line, setLine] = useState(/** @type {number | null} */ (null));
  const loaded = useLoaded(async () => {
    const [timeline, board] = await Promise.all([
      call("GET /api/v1/attempts/{id}/timeline", { path: { id: attempt } }),
      call("GET /api/v1/exams/{id}/board", { path: { id: exam } }),
    ]);
    return { timeline, student: board.students.find((student) => student.attempt?.id === attempt) ?? null };
  }, [exam, attempt]);
  return html`<p><a href=${`#/board/${exam}`} data-testid="back-to-board">← ${t("timeline.back")}</a></p>
    ${show(loaded, ({ timeline, student }) => {
      const entries = timeline.entries.map((entry, number) => ({ ...entry, number }));
      const isIn = (/** @type {Entry} */ entry, /** @type {Part} */ name) => name === "all" || entry.what === name;
      const name = fileName(`${student?.login ?? attempt} timeline`);
      const shown = entries.filter((entry) => isIn(entry, part));
      const isOver = student === null || student.state === "submitted";
      const credits = isOver ? new Set() : creditsOf(timeline.entries);
      return html`${line !== null && html`<${TakeBack} exam=${exam} attempt=${attempt} line=${line} onDone=${loaded.reload} onClose=${() => setLine(null)} />`}
      <div class="row apart"><div><h1>${student?.display_name ?? t("timeline.title")}</h1>
          ${student && html`<p class="row soft small">${student.login}${student.seat && html`<span>${student.seat}</span>`}<${State} row=${row(student)} /></p>`}</div>
        <div class="row">
          <${Button} small kind="quiet" testid="timeline-reload" onClick=${loaded.reload}>${t("timeline.reload")}<//>
          <${Button} small kind="secondary" testid="timeline-csv" onClick=${() => saveFile(csv([["at", "what", "detail"], ...entries.map((entry) => [entry.at, words(entry, timeline), more(entry, timeline)])]), `${name}.csv`)}>CSV<//>
          <${Button} small kind="secondary" testid="timeline-json" onClick=${() => saveFile(new Blob([JSON.stringify({ exam, attempt, student, ...timeline }, null, 2)], { type: "application/json" }), `${name}.json`)}>JSON<//>
        </div></div>
      ${timeline.is_cut && html`<p class="soft">${t("timeline.cut")}</p>`}
      <${Tabs} label=${t("timeline.title")} selected=${part} onSelect=${setPart}
        tabs=${PARTS.map((one) => ({ name: one, label: `${t(/** @type {Key} */ (`timeline.part.${one}`))} (${number(entries.filter((entry) => isIn(entry, one)).length)})` }))}>
        ${shown.length === 0 ? html`<${Empty} title=${t("timeline.none")} />`
          : html`<div class="timeline"><${Table} testid="timeline" caption=${t("timeline.title")} columns=${columns(timeline, credits, setLine)} rows=${shown} keyOf=${(/** @type {{ number: number }} */ entry) => String(entry.number)} sorted=${{ name: "at", isDescending: true }} /></div>`}
      <//>`;
    })}`;
}
