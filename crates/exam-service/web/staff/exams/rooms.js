// The rooms in which an exam is sat: what can be sat on, and what of it nobody is given.

import { call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { Field } from "../../design/field.js";
import { useLoaded } from "../../design/states.js";
import { number, t } from "../../language.js";
import { html, useState } from "../../view.js";
import { moved, numberOf, replaced, without } from "../input.js";
import { SeatMap } from "./seat-map.js";

/** @typedef {{ name: string, seats: { grid: { rows: number, columns: number } } | { named: string[] }, out_of_use: string[] }} Room */
/** @typedef {{ rooms: Room[], version: number }} Plan */

const MOST_OF_A_SIDE = 100;

/** Words between commas and blanks. @param {string} text */
const wordsOf = (text) => [...new Set(text.split(/[\s,;]+/).filter(Boolean))];

/** The letters of a row: A to Z, AA and so on. @param {number} row @returns {string} */
const letters = (row) => (row < 26 ? "" : letters(Math.floor(row / 26) - 1)) + String.fromCharCode(65 + (row % 26));

/** The names of the seats of a room, by row. @param {Room} room @returns {string[][]} */
export function rowsOf({ seats }) {
  if ("named" in seats) return [seats.named];
  const { rows, columns } = seats.grid;
  const width = String(columns).length;
  return Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (__, column) => letters(row) + String(column + 1).padStart(width, "0")));
}

/** A seat of a grid without what only fills its number up to the width of the others. @param {string} seat */
const unfilled = (seat) => seat.replace(/^([A-Z]+)0+(?=\d)/, "$1");

/** The seats that nobody is given, of those that are there: while sizes are typed, and more columns fill up the numbers, the others stay noted. @param {Room} room @returns {string[]} */
function outOfUse(room) {
  if (room.out_of_use.length === 0) return [];
  const place = (/** @type {string} */ seat) => ("grid" in room.seats ? unfilled(seat) : seat);
  const names = new Map(rowsOf(room).flat().map((seat) => [place(seat), seat]));
  return [...new Set(room.out_of_use.flatMap((seat) => names.get(place(seat)) ?? []))];
}

/** How many may sit in a room. @param {Room} room */
const sizeOf = (room) => ("named" in room.seats ? room.seats.named.length : room.seats.grid.rows * room.seats.grid.columns) - outOfUse(room).length;

/** How many may sit in all of them. @param {readonly Room[]} rooms */
export const capacity = (rooms) => rooms.reduce((sum, room) => sum + sizeOf(room), 0);

/**
 * The rooms of an exam while they are edited.
 * @param {string} exam
 */
export function useRooms(exam) {
  const loaded = useLoaded(async () => /** @type {Plan} */ (await call("GET /api/v1/exams/{id}/seat-plan", { path: { id: exam } })), [exam]);
  const [saved, setSaved] = useState(/** @type {Plan | null} */ (null));
  const [edited, setEdited] = useState(/** @type {Room[] | null} */ (null));
  const kept = saved ?? loaded.value;
  const save = async () => {
    if (!edited || !kept) return;
    const rooms = edited.map((room) => ({ ...room, out_of_use: outOfUse(room) }));
    setSaved(/** @type {Plan} */ (await call("PUT /api/v1/exams/{id}/seat-plan", { path: { id: exam }, body: { rooms: /** @type {any} */ (rooms), seen_version: kept.version } })));
    // What was changed meanwhile is not saved yet.
    setEdited((now) => (now === edited ? null : now));
  };
  return { loaded, rooms: edited ?? kept?.rooms ?? [], isChanged: edited !== null, change: setEdited, save };
}

/**
 * @param {object} props
 * @param {readonly Room[]} props.rooms
 * @param {ReadonlyMap<string, string>} props.seated who sits where, by the whole name of the seat
 * @param {(rooms: Room[]) => void} props.onChange
 */
export function Rooms({ rooms, seated, onChange }) {
  const add = () => onChange([...rooms, { name: "", seats: { grid: { rows: 5, columns: 8 } }, out_of_use: [] }]);
  return html`<section class="card stack" aria-label=${t("seats.rooms")}>
    <div class="row apart"><h2>${t("seats.rooms")}</h2>${rooms.length > 0 && html`<span class="soft" data-testid="capacity">${t("seats.capacity", { count: capacity(rooms), shown: number(capacity(rooms)) })}</span>`}</div>
    <p class="soft small">${t("seats.rooms_hint")}</p>
    ${rooms.map((room, index) => html`<${OneRoom} key=${index} number=${index + 1} room=${room} seated=${seated} isLast=${index === rooms.length - 1} onChange=${(/** @type {Room} */ next) => onChange(replaced(rooms, index, next))}
      onRemove=${() => onChange(without(rooms, index))} onMove=${(/** @type {number} */ by) => onChange(moved(rooms, index, index + by))} />`)}
    <p><${Button} kind="secondary" testid="add-room" onClick=${add}>${t("seats.add_room")}<//></p></section>`;
}

/** @param {{ number: number, room: Room, seated: ReadonlyMap<string, string>, isLast: boolean, onChange: (room: Room) => void, onRemove: () => void, onMove: (by: number) => void }} props */
function OneRoom({ number: place, room, seated, isLast, onChange, onRemove, onMove }) {
  const { seats } = room;
  const what = room.name || t("seats.room", { number: place });
  const change = (/** @type {Room["seats"]} */ next) => onChange({ ...room, seats: next });
  const turnInto = (/** @type {string} */ kind) => onChange({ ...room, out_of_use: outOfUse(room), seats: kind === "named" ? { named: rowsOf(room).flat() } : { grid: { rows: 5, columns: 8 } } });
  const side = (/** @type {"rows" | "columns"} */ name) => "grid" in seats && html`<${Side} name=${`room-${name}-${place}`} label=${t(`seats.${name}`)} count=${seats.grid[name]}
    onChange=${(/** @type {number} */ count) => change({ grid: { ...seats.grid, [name]: count } })} />`;
  return html`<fieldset class="room stack"><legend class="out-of-sight">${what}</legend>
    <div class="option-line cells room-line"><${Field} name=${`room-name-${place}`} label=${t("seats.room_name")} value=${room.name} maxlength="40" placeholder="H1" onInput=${(/** @type {string} */ name) => onChange({ ...room, name })} />
      <${Field} name=${`room-kind-${place}`} type="select" label=${t("seats.kind")} value=${"named" in seats ? "named" : "grid"} onInput=${turnInto}>
        <option value="grid">${t("seats.kind.grid")}</option><option value="named">${t("seats.kind.named")}</option><//>
      ${side("rows")}${side("columns")}
      <span class="room-size grow"><${Badge}>${t("seats.capacity", { count: sizeOf(room), shown: number(sizeOf(room)) })}<//></span>
      <span class="room-moves"><${Button} small kind="quiet" aria-label=${t("bank.up", { what })} disabled=${place === 1} onClick=${() => onMove(-1)}>↑<//>
      <${Button} small kind="quiet" aria-label=${t("bank.down", { what })} disabled=${isLast} onClick=${() => onMove(1)}>↓<//>
      <${Button} small kind="quiet" aria-label=${t("bank.remove", { what })} onClick=${onRemove}>✕<//></span></div>
    ${"named" in seats && html`<${Names} place=${place} names=${seats.named} onChange=${(/** @type {string[]} */ named) => change({ named })} />`}
    <${SeatMap} room=${{ ...room, out_of_use: outOfUse(room) }} rows=${rowsOf(room)} seated=${seated} onChange=${(/** @type {string[]} */ out_of_use) => onChange({ ...room, out_of_use })} /></fieldset>`;
}

/** How many rows or columns. What is typed stays as it is while somebody types, and counts where it is a number. @param {{ name: string, label: string, count: number, onChange: (count: number) => void }} props */
function Side({ name, label, count, onChange }) {
  const [typed, setTyped] = useState(/** @type {string | null} */ (null));
  const take = (/** @type {string} */ text) => {
    setTyped(text);
    const next = numberOf(text);
    if (next !== null && Number.isInteger(next) && next >= 1 && next <= MOST_OF_A_SIDE) onChange(next);
  };
  return html`<${Field} name=${name} type="number" min="1" max=${MOST_OF_A_SIDE} label=${label} value=${typed ?? String(count)} onInput=${take} onBlur=${() => setTyped(null)} />`;
}

/** What is typed stays as it is while somebody types; another room that was moved here brings its own. @param {{ place: number, names: readonly string[], onChange: (names: string[]) => void }} props */
function Names({ place, names, onChange }) {
  const [typed, setText] = useState(names.join(", "));
  const text = wordsOf(typed).join() === names.join() ? typed : names.join(", ");
  const take = (/** @type {string} */ next) => {
    setText(next);
    onChange(wordsOf(next));
  };
  return html`<${Field} name=${`room-seats-${place}`} type="textarea" rows="3" label=${t("seats.names")} hint=${t("seats.names_hint")} value=${text} onInput=${take} />`;
}
