// The form for a note: about a student, a room or the exam as a whole. What was written cannot be changed, only corrected.

import { call } from "../../api.js";
import { Button } from "../../design/button.js";
import { Field } from "../../design/field.js";
import { Banner, toast } from "../../design/messages.js";
import { t } from "../../language.js";
import { html, useEffect, useMemo, useRef, useState } from "../../view.js";
import { useUnsaved } from "../unsaved.js";
import { useAction } from "../work.js";
import { newKey, wordsOfDeed } from "./actions.js";
import { roomOf } from "./rows.js";

/** @typedef {import("exam-api").Schemas["Incident"]} Incident */
/** @typedef {import("../../language.js").Key} Key */
/** @typedef {{ id: string, name: string, login: string, seat: string }} Somebody */

const CATEGORIES = ["technical", "behaviour", "health", "other"];
const MOST_CHARACTERS = 4000;

/** How somebody is written in the field. @param {Somebody} student */
const written = ({ name, login }) => `${name} (${login})`;

/**
 * @param {object} props
 * @param {string} props.exam
 * @param {readonly Somebody[]} props.students
 * @param {readonly string[]} props.rooms
 * @param {Somebody | null} props.chosen whom it is about at first
 * @param {Incident | null} props.corrects the note that the new one takes the place of
 * @param {boolean} props.isAskedFor whether somebody has just opened it, and writes next
 * @param {(isMore: boolean) => void} props.onNoted whether another text was begun meanwhile
 * @param {() => void} props.onCancel
 */
export function IncidentForm({ exam, students, rooms, chosen, corrects, isAskedFor, onNoted, onCancel }) {
  const [start] = useState(() => ({
    who: corrects?.about ? written({ id: "", name: corrects.about.display_name, login: corrects.about.login, seat: "" }) : "",
    room: corrects?.room ?? "", category: corrects?.category ?? "technical", text: corrects?.text ?? "",
  }));
  const [who, setWho] = useState(start.who);
  const [room, setRoom] = useState(start.room);
  const [category, setCategory] = useState(start.category);
  const [text, setText] = useState(start.text);
  const current = useRef(text);
  current.current = text;
  useUnsaved(text !== start.text || (corrects !== null && (who !== start.who || room !== start.room || category !== start.category)));
  const [problem, setProblem] = useState("");
  const [isBusy, run] = useAction((error) => setProblem(wordsOfDeed(error, t("incident.unsure"))));
  // A try that got no answer is tried again under the same name: it is one note.
  const [key, setKey] = useState(newKey);

  const byName = useMemo(() => new Map(students.map((student) => [written(student).toLocaleLowerCase(), student])), [students]);
  const student = byName.get(who.trim().toLocaleLowerCase()) ?? students.find(({ login }) => login === who.trim());
  const isKnown = who.trim() === "" || student !== undefined;
  // Thousands of names are drawn once, and not each second with the board.
  const names = useMemo(() => html`<datalist id="incident-students">${students.map((one) => html`<option value=${written(one)}>${one.seat}</option>`)}</datalist>`, [students]);

  /** @param {() => void} change */
  const changed = (change) => {
    setKey(newKey());
    setProblem("");
    change();
  };
  const choose = (/** @type {string} */ value) => changed(() => {
    setWho(value);
    const found = byName.get(value.trim().toLocaleLowerCase());
    if (found && rooms.includes(roomOf(found.seat))) setRoom(roomOf(found.seat));
  });
  // Whom somebody selects on the board while the form is there.
  useEffect(() => { if (chosen && !corrects) choose(written(chosen)); }, [chosen?.id]);
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  useEffect(() => { if (isAskedFor) form.current?.querySelector("textarea")?.focus(); }, []);
  const send = () => run(async () => {
    await call("POST /api/v1/exams/{id}/incidents", {
      path: { id: exam },
      headers: { "Idempotency-Key": key },
      body: { category, text: text.trim(), user_id: student?.id, room: room || undefined, corrects_id: corrects?.id },
    });
    toast(t("incident.noted"));
    setKey(newKey());
    const isMore = current.current !== text;
    if (!isMore) setText("");
    onNoted(isMore);
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    send();
  };

  return html`<form class="stack tight" ref=${form} onSubmit=${submit} data-testid="incident-form">
    ${corrects && html`<p class="small soft">${t("incident.correcting")}</p>`}
    ${names}
    <${Field} name="incident-who" list="incident-students" autocomplete="off" label=${t("incident.student")} placeholder=${t("incident.student_hint")} value=${who}
      problem=${isKnown ? undefined : t("incident.student_problem")} onInput=${choose} />
    <div class="row pair">
      ${rooms.length > 0 && html`<${Field} name="incident-room" type="select" label=${t("board.room")} value=${room} onInput=${(/** @type {string} */ value) => changed(() => setRoom(value))}>
        <option value="">${t("incident.no_room")}</option>${[...new Set([...rooms, room])].filter(Boolean).map((name) => html`<option value=${name}>${name}</option>`)}<//>`}
      <${Field} name="incident-category" type="select" label=${t("incident.category")} value=${category} onInput=${(/** @type {string} */ value) => changed(() => setCategory(value))}>
        ${CATEGORIES.map((name) => html`<option value=${name}>${t(/** @type {Key} */ (`incident.category.${name}`))}</option>`)}<//>
    </div>
    <${Field} name="incident-text" type="textarea" rows="3" maxlength=${MOST_CHARACTERS} label=${t("incident.text")} value=${text} readonly=${isBusy && corrects !== null} onInput=${(/** @type {string} */ value) => changed(() => setText(value))} />
    ${problem && html`<${Banner} tone="bad" testid="incident-problem">${problem}<//>`}
    <div class="row"><${Button} small type="submit" testid="note-incident" busy=${isBusy} disabled=${!isKnown || text.trim() === ""}>${t(corrects ? "incident.keep_correction" : "incident.keep")}<//>
      ${isAskedFor && html`<${Button} small kind="secondary" testid="cancel-incident" onClick=${onCancel}>${t("cancel")}<//>`}
      <span class="soft small">${t("incident.final")}</span></div>
  </form>`;
}
