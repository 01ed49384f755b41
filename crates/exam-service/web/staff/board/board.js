// The live board: everybody who sits an exam, how long ago their last save was, and what can be done for them.

import { RequestError } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { Field } from "../../design/field.js";
import { Banner, toast } from "../../design/messages.js";
import { Empty, Failed, Loading, useLoaded } from "../../design/states.js";
import { number, t, timeOfDay } from "../../language.js";
import { go, leaving } from "../../router.js";
import { html, useCallback, useEffect, useMemo, useRef, useState } from "../../view.js";
import { useAction } from "../work.js";
import { ActionDialog } from "./action-dialog.js";
import { ACTIONS, act, action, newKey, takeBackTime, wordsOfDeed } from "./actions.js";
import { examHead, period } from "./exams.js";
import { BoardFeed } from "./feed.js";
import { Figures } from "./figures.js";
import { IncidentPanel, useIncidents } from "./incidents.js";
import { List } from "./list.js";
import { USUAL, choose, count, rooms as roomsOf, row } from "./rows.js";
import { useStyle } from "./style.js";

/** @typedef {import("../../language.js").Key} Key */
/** @typedef {import("./rows.js").Row} Row */
/** @typedef {import("./rows.js").View} View */
/** @typedef {import("./action-dialog.js").Deed} Deed */

/** How boards were looked at, so that one comes back to them as they were. @type {Map<string, View>} */
const views = new Map();

/** @type {WeakMap<import("./feed.js").Student, Row>} */
const known = new WeakMap();

/** @param {import("./feed.js").Student} student */
function rowOf(student) {
  let found = known.get(student);
  if (!found) known.set(student, found = row(student));
  return found;
}

/**
 * The feed of an exam, drawn at each change and each second.
 * @param {string} exam
 */
function useFeed(exam) {
  const [, draw] = useState(0);
  const feed = useMemo(() => new BoardFeed(exam, () => draw((times) => times + 1)), [exam]);
  useEffect(() => {
    feed.run();
    const timer = setInterval(() => draw((times) => times + 1), 1000);
    return () => {
      clearInterval(timer);
      feed.end();
    };
  }, [feed]);
  return feed;
}

/** @param {{ exam: string }} props */
export function Board({ exam }) {
  useStyle();
  const feed = useFeed(exam);
  const head = useLoaded(() => examHead(exam), [exam]);
  const [view, setView] = useState(views.get(exam) ?? USUAL);
  const [selected, setSelected] = useState(/** @type {ReadonlySet<string>} */ (new Set()));
  const [asked, setAsked] = useState(/** @type {import("./actions.js").Word | null} */ (null));
  const [deed, setDeed] = useState(/** @type {Deed | null} */ (null));
  const [isNoting, setNoting] = useState(false);
  const notes = useIncidents(exam);
  const isHeld = useRef(false);
  const held = useRef(/** @type {{ view: View, ids: readonly string[] } | null} */ (null));

  const rows = useMemo(() => [...feed.students.values()].map(rowOf), [feed.version]);
  const rooms = useMemo(() => roomsOf(rows), [rows]);
  // Only another name or seat makes another list: the form for notes draws all of them.
  const names = useMemo(() => rows.map(({ id, name, seat }) => `${id} ${name} ${seat}`).join("\n"), [rows]);
  const students = useMemo(() => rows.map(({ id, name, login, seat }) => ({ id, name, login, seat })), [names]);
  const now = feed.now();
  const shown = order(rows, view, now, isHeld.current, held);
  const change = (/** @type {Partial<View>} */ part) => {
    const next = { ...view, ...part };
    views.set(exam, next);
    setView(next);
  };
  const select = useCallback((/** @type {readonly string[]} */ ids, /** @type {boolean} */ isSelected) => setSelected((before) => {
    const next = new Set(before);
    for (const id of ids) if (isSelected) next.add(id); else next.delete(id);
    return next;
  }), []);

  if (feed.refusal) return html`<${Failed} error=${feed.refusal} />`;
  if (feed.version === 0) return feed.connection === "lost" ? html`<${Failed} error=${new RequestError(0, null)} onRetry=${() => feed.hurry()} />` : html`<${Loading} />`;

  const chosen = rows.filter(({ id }) => selected.has(id));
  const isFiltered = shown.length < rows.length;
  const sort = (/** @type {View["order"]} */ name) => change({ order: name, isDescending: view.order === name && !view.isDescending });
  return html`<div class=${`board ${isNoting ? "noting" : ""}`} data-testid="board">
    <div class="row apart">
      <div><h1>${head.value?.title ?? t("board.title")}</h1>
        ${head.value && html`<p class="soft small">${period(head.value)}</p>`}</div>
      <div class="row"><${Fresh} feed=${feed} />
        <${Button} small kind="quiet" testid="to-notes" id="to-notes" aria-expanded=${isNoting ? "true" : "false"} onClick=${() => (rows.length > 0 ? leaving(() => setNoting(!isNoting)) : go(`/board/${exam}/incidents`))}>${t("incident.title")}${notes.value?.length ? ` (${number(notes.value.length)})` : ""}<//>
        <${Button} small kind="quiet" testid="to-slips" href=${`#/board/${exam}/slips`}>${t("slips.title")}<//>
        <${Button} small kind="quiet" testid="to-attendance" href=${`#/board/${exam}/attendance`}>${t("attendance.title")}<//>
        <${Button} small kind="quiet" testid="to-emergency" href=${`#/board/${exam}/emergency`}>${t("emergency.title")}<//></div>
    </div>
    ${feed.connection === "lost" && html`<${Banner} tone="warn" testid="stale">${t("board.stale", { time: timeOfDay(feed.since ?? now) })}<//>`}
    ${rows.length === 0 ? html`<${Empty} title=${t("board.none")}><p>${t("board.none_hint")}</p><//>` : html`
      <${Figures} counts=${count(rows, now)} chosen=${view.group} onChoose=${(/** @type {View["group"]} */ group) => change({ group })} />
      <div class="tools">
        <${Field} name="search" type="search" label=${t("board.search")} placeholder=${t("board.search_hint")} value=${view.search} onInput=${(/** @type {string} */ search) => change({ search })} />
        ${rooms.length > 0 && html`<${Field} name="room" type="select" label=${t("board.room")} value=${view.room} onInput=${(/** @type {string} */ room) => change({ room })}>
          <option value="">${t("board.every_room")}</option>${rooms.map((name) => html`<option value=${name}>${name}</option>`)}<//>`}
        <div class="row actions" role="group" aria-label=${t("board.actions")}>
          ${ACTIONS.map(({ word, isGrave }) => html`<${Button} small kind="secondary" class=${`button secondary small ${isGrave ? "grave" : ""}`} testid=${`act-${word}`} onClick=${() => setAsked(word)}>${t(/** @type {Key} */ (`board.act.${word}.name`))}<//>`)}
        </div>
      </div>
      ${deed && html`<${Done} exam=${exam} deed=${deed} onUndone=${(/** @type {Deed} */ undone) => { setDeed(null); say(undone); feed.hurry(); }} onClose=${() => setDeed(null)} />`}
      <p class="row small soft summary" role="status" data-testid="shown">${t("board.shown", { shown: number(shown.length), all: number(rows.length) })}
        ${chosen.length > 0 && html`<strong>${t("board.selected", { count: chosen.length, shown: number(chosen.length) })}</strong>
          <${Button} small kind="quiet" testid="select-none" onClick=${() => setSelected(new Set())}>${t("board.select_none")}<//>`}</p>
      <div class=${`board-main ${isNoting ? "with-notes" : ""}`}>${shown.length === 0 ? html`<${Empty} title=${t("board.nobody")}><${Button} kind="secondary" onClick=${() => change({ group: "all", room: "", search: "" })}>${t("board.show_all")}<//><//>`
        : html`<${List} exam=${exam} rows=${shown} now=${now} questions=${head.value?.question_count ?? null} selected=${selected} onSelect=${select} sorted=${view} onSort=${sort}
          onHold=${(/** @type {boolean} */ is) => { isHeld.current = is; }} />`}
        ${isNoting && html`<${IncidentPanel} exam=${exam} notes=${notes} students=${students} rooms=${rooms} chosen=${chosen.length === 1 ? chosen[0] : null} onClose=${() => { setNoting(false); document.getElementById("to-notes")?.focus(); }} />`}</div>`}
    ${asked && html`<${ActionDialog} exam=${exam} word=${asked} rows=${{ selected: chosen, shown, all: rows }} isFiltered=${isFiltered} rooms=${rooms} room=${view.room}
      onClose=${() => setAsked(null)} onDone=${(/** @type {Deed} */ done) => { setAsked(null); setDeed(done); feed.hurry(); }} />`}
  </div>`;
}

/**
 * The rows in their order. Under the pointer rows stay where they are, however the board changes, until the view does.
 * @param {readonly Row[]} rows
 * @param {View} view
 * @param {number} now
 * @param {boolean} isHeld
 * @param {{ current: { view: View, ids: readonly string[] } | null }} held
 */
function order(rows, view, now, isHeld, held) {
  if (isHeld && held.current?.view === view) {
    const byId = new Map(rows.map((one) => [one.id, one]));
    return held.current.ids.map((id) => byId.get(id)).filter((one) => one !== undefined);
  }
  const shown = choose(rows, view, now);
  held.current = { view, ids: shown.map(({ id }) => id) };
  return shown;
}

/** Whether what is shown is what is so. @param {{ feed: BoardFeed }} props */
function Fresh({ feed }) {
  const since = { time: timeOfDay(feed.since ?? Date.now()) };
  return html`<span role="status" data-testid="fresh" data-connection=${feed.connection}>${feed.connection === "live" ? html`<${Badge} tone="good">${t("board.live")}<//>`
    : feed.connection === "polling" ? html`<${Badge} tone="warn">${t("board.polling", since)}<//>`
    : html`<${Badge} tone="bad">${t("board.lost", since)}<//>`}</span>`;
}

/**
 * What was done, and the way back where there is one.
 * @param {{ exam: string, deed: Deed, onUndone: (undone: Deed) => void, onClose: () => void }} props
 */
function Done({ exam, deed, onUndone, onClose }) {
  const [isBusy, run] = useAction((error) => toast(wordsOfDeed(error), "bad"));
  const [key] = useState(newKey);
  const { undo } = action(deed.word);
  const takeBack = () => run(async () => {
    if (!undo) return;
    const reason = t("board.undo_reason");
    const done = undo === "take_back_time" ? await takeBackTime({ exam, lines: deed.lines, key, reason })
      : await act({ exam, word: undo, attempts: deed.concerned, key, reason });
    onUndone({ word: undo, concerned: deed.concerned, changed: done.changed, lines: done.lines });
    if (undo === "take_back_time" && done.changed < deed.changed) toast(t("board.act.take_back_time.kept", { count: deed.changed - done.changed, shown: number(deed.changed - done.changed) }), "warn");
  });
  return html`<${Banner} tone=${deed.changed === 0 ? "warn" : "good"} testid="deed" onClose=${onClose}>
    <div class="row">${doneText(deed)}
      ${undo && deed.changed > 0 && html`<${Button} small kind="secondary" testid="undo" busy=${isBusy} onClick=${takeBack}>${t(/** @type {Key} */ (`board.act.${deed.word}.take_back`))}<//>`}</div>
  <//>`;
}

/** @param {Deed} deed */
const doneText = ({ word, changed }) => t(/** @type {Key} */ (`board.act.${word}.done`), { count: changed, shown: number(changed) });
/** @param {Deed} deed */
const say = (deed) => toast(doneText(deed), deed.changed === 0 ? "warn" : "good");
