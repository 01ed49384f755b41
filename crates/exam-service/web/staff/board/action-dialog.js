// Asks before something is done: to whom, how much, why; says how many it concerns, and whether it can be taken back.

import { Button } from "../../design/button.js";
import { Dialog } from "../../design/dialog.js";
import { Check, Field } from "../../design/field.js";
import { Banner } from "../../design/messages.js";
import { number, t } from "../../language.js";
import { html, useRef, useState } from "../../view.js";
import { useAction } from "../work.js";
import { act, action, newKey, wordsOfDeed } from "./actions.js";

/** @typedef {import("../../language.js").Key} Key */
/** @typedef {import("./actions.js").Word} Word */
/** @typedef {import("./rows.js").Row} Row */
/** @typedef {"selected" | "shown" | "room" | "all"} Whom */
/** @typedef {{ word: Word, concerned: readonly string[], changed: number, lines: readonly number[] }} Deed what was done, to which attempts, by which lines of the log */

const MINUTES = { usual: 5, most: 1440 };
const HAS_MESSAGE = ["message", "pause", "credit_time", "resume", "force_submit", "reopen", "fire_exit"];

/**
 * @param {object} props
 * @param {string} props.exam
 * @param {Word} props.word
 * @param {{ selected: readonly Row[], shown: readonly Row[], all: readonly Row[] }} props.rows
 * @param {boolean} props.isFiltered whether `shown` is less than all
 * @param {readonly string[]} props.rooms
 * @param {string} props.room the one that is shown, or nothing
 * @param {(deed: Deed) => void} props.onDone
 * @param {() => void} props.onClose
 */
export function ActionDialog({ exam, word, rows, isFiltered, rooms, room: shownRoom, onDone, onClose }) {
  const { concerns, isGrave = false, undo } = action(word);
  const [whom, setWhom] = useState(/** @type {Whom | null} */ (rows.selected.length > 0 ? "selected" : null));
  const [room, setRoom] = useState(shownRoom || rooms[0] || "");
  const [minutes, setMinutes] = useState(String(word === "credit_time" ? MINUTES.usual : 0));
  const [message, setMessage] = useState("");
  const [reason, setReason] = useState("");
  const [isSure, setSure] = useState(false);
  const [problem, setProblem] = useState("");
  const [isBusy, run] = useAction((error) => setProblem(wordsOfDeed(error)));
  // A try that got no answer is tried again under the same name and for the same, however the board changed: done once.
  const [key, setKey] = useState(newKey);
  const tried = useRef(/** @type {{ key: string, attempts: readonly string[], isEverybody: boolean } | null} */ (null));

  const targets = targetsOf(rows, room);
  const meant = whom ? targets[whom] : [];
  const concerned = meant.filter(concerns);
  const needsTime = word === "credit_time" || word === "reopen";
  const isTimeGood = !needsTime || (/^\d+$/.test(minutes) && Number(minutes) <= MINUTES.most && (word === "reopen" || Number(minutes) > 0));
  const asksTwice = isGrave && concerned.length > 1;
  const isReady = concerned.length > 0 && isTimeGood && (word !== "message" || message.trim() !== "") && (!asksTwice || isSure);

  /** @param {() => void} change */
  const changed = (change) => {
    setKey(newKey());
    setProblem("");
    change();
  };
  const send = () => run(async () => {
    if (tried.current?.key !== key) {
      const isEverybody = whom === "all" && concerned.length === rows.all.filter(({ attempt }) => attempt !== null).length;
      tried.current = { key, isEverybody, attempts: concerned.map((row) => /** @type {string} */ (row.attempt)) };
    }
    const { attempts, isEverybody } = tried.current;
    const done = await act({
      exam, word, key, reason: reason.trim(), message: message.trim(),
      attempts: isEverybody ? null : attempts,
      seconds: needsTime ? Number(minutes) * 60 : undefined,
    });
    onDone({ word, concerned: attempts, changed: word === "message" ? done.targeted : done.changed, lines: done.lines });
  });

  return html`<${Dialog} title=${say("title", word)} testid="action-dialog" onClose=${onClose} actions=${html`
      <${Button} kind="secondary" testid="action-cancel" onClick=${onClose}>${t("board.act.cancel")}<//>
      <${Button} kind=${isGrave ? "danger" : "primary"} testid="action-confirm" busy=${isBusy} disabled=${!isReady} onClick=${send}>${say("do", word, concerned.length)}<//>`}>
    <div class="stack act">
      <p>${say("about", word)}</p>
      <fieldset class="stack tight">
        <legend class="label">${t("board.whom")}</legend>
        ${rows.selected.length > 0 && html`<${Choice} whom="selected" chosen=${whom} count=${targets.selected.length} onChoose=${(/** @type {Whom} */ next) => changed(() => setWhom(next))} />`}
        ${isFiltered && html`<${Choice} whom="shown" chosen=${whom} count=${targets.shown.length} onChoose=${(/** @type {Whom} */ next) => changed(() => setWhom(next))} />`}
        ${rooms.length > 0 && html`<${Choice} whom="room" chosen=${whom} count=${targets.room.length} onChoose=${(/** @type {Whom} */ next) => changed(() => setWhom(next))}>
          <select class="input room" aria-label=${t("board.room")} data-testid="action-room" value=${room}
            onInput=${(/** @type {{ currentTarget: HTMLSelectElement }} */ { currentTarget }) => changed(() => { setRoom(currentTarget.value); setWhom("room"); })}>
            ${rooms.map((name) => html`<option value=${name}>${name}</option>`)}
          </select><//>`}
        <${Choice} whom="all" chosen=${whom} count=${targets.all.length} onChoose=${(/** @type {Whom} */ next) => changed(() => setWhom(next))} />
      </fieldset>
      ${whom && html`<p class=${`concerned ${concerned.length === 0 ? "none" : ""}`} role="status" data-testid="concerned">
        <strong>${t("board.concerned", { count: concerned.length, shown: number(concerned.length) })}</strong>
        ${" "}${concerned.length < meant.length && t("board.not_concerned", { count: meant.length - concerned.length, shown: number(meant.length - concerned.length), why: say("why", word) })}
        ${concerned.length > 0 && concerned.length <= 3 && html`<br />${concerned.map(({ name }) => name).join(", ")}`}</p>`}
      ${needsTime && html`<${Field} name="minutes" type="number" min="0" max=${MINUTES.most} inputmode="numeric" label=${say("minutes", word)} value=${minutes}
        problem=${isTimeGood ? undefined : t("board.minutes_problem")} onInput=${(/** @type {string} */ value) => changed(() => setMinutes(value))} />`}
      ${HAS_MESSAGE.includes(word) && html`<${Field} name="message" type="textarea" rows="3" maxlength="2000" label=${t(word === "message" ? "board.message" : "board.message_too")} value=${message}
        onInput=${(/** @type {string} */ value) => changed(() => setMessage(value))} />`}
      <${Field} name="reason" maxlength="500" label=${t("board.reason")} hint=${t("board.reason_hint")} value=${reason} onInput=${(/** @type {string} */ value) => changed(() => setReason(value))} />
      <p class="soft small">${undo ? say("undo", word) : t("board.act.final")}</p>
      ${asksTwice && html`<${Check} name="sure" checked=${isSure} onChange=${setSure}>${t("board.sure", { count: concerned.length, shown: number(concerned.length) })}<//>`}
      ${problem && html`<${Banner} tone="bad" testid="action-problem">${problem}<//>`}
    </div>
  <//>`;
}

/**
 * @param {{ selected: readonly Row[], shown: readonly Row[], all: readonly Row[] }} rows
 * @param {string} room
 * @returns {Record<Whom, readonly Row[]>}
 */
const targetsOf = ({ selected, shown, all }, room) => ({ selected, shown, all, room: all.filter((row) => row.room === room) });

/** @param {{ whom: Whom, chosen: Whom | null, count: number, onChoose: (whom: Whom) => void, children?: unknown }} props */
const Choice = ({ whom, chosen, count, onChoose, children }) => html`<div class="row whom">
  <label class="check"><input type="radio" name="whom" data-testid=${`whom-${whom}`} checked=${chosen === whom} onChange=${() => onChoose(whom)} />
    <span>${t(/** @type {Key} */ (`board.whom.${whom}`))} <span class="soft">(${number(count)})</span></span></label>
  ${children}
</div>`;

/**
 * What there is to say of an action.
 * @param {"title" | "do" | "about" | "why" | "undo" | "minutes"} what
 * @param {Word} word
 * @param {number} [count]
 */
const say = (what, word, count = 0) => t(/** @type {Key} */ (`board.act.${word}.${what}`), { count, shown: number(count) });
