import { RequestError, call } from "../../api.js";
import { Button } from "../../design/button.js";
import { Check, Field } from "../../design/field.js";
import { Banner, toast } from "../../design/messages.js";
import { show, useLoaded } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { t } from "../../language.js";
import { html, useState } from "../../view.js";
import { useAction, useWork, wordsOf } from "../work.js";
import { download, fileName } from "../files.js";
import { uuid } from "../../uuid.js";
import { candidatesOf } from "./candidates.js";
import { Rooms, capacity } from "./rooms.js";

/** @typedef {import("./candidates.js").Candidate} Candidate */
/** @typedef {import("exam-api").Schemas["AssignReply"]} Assigned */
/** @typedef {{ seat: string, before: string | null, name: string, login: string }} Line */
/** @typedef {"name" | "login" | "random"} Order */

const ORDERS = /** @type {const} */ (["name", "login", "random"]);
const FORMATS = /** @type {const} */ (["pdf", "csv"]);

/** In which rooms an exam is sat, and who sits where. @param {{ exam: import("./exam.js").Exam, seating: ReturnType<typeof import("./rooms.js").useRooms> }} props */
export function Seats({ exam, seating }) {
  const candidates = useLoaded(() => candidatesOf(exam.id), [exam.id]);
  return show(seating.loaded, () => show(candidates, (people) => {
    const seated = new Map(people.flatMap(({ seat, display_name }) => (seat ? [[seat, display_name]] : [])));
    return html`<${Rooms} rooms=${seating.rooms} seated=${seated} onChange=${seating.change} />
      <${Assign} exam=${exam.id} people=${people} seating=${seating} onDone=${candidates.reload} />
      <${Lists} exam=${exam} />`;
  }));
}

/** @returns {import("../../design/table.js").Column<Line>[]} */
const columns = () => [
  { name: "seat", label: t("plan.seat"), by: ({ seat }) => seat, show: ({ seat }) => seat },
  { name: "name", label: t("plan.name"), by: ({ name }) => name, show: ({ name }) => name },
  { name: "login", label: t("plan.login"), by: ({ login }) => login, show: ({ login }) => login },
  { name: "before", label: t("seats.before"), by: ({ before }) => before, show: ({ before }) => before ?? "–" },
];

/** Gives the seats, after it has shown who would sit where. @param {{ exam: string, people: readonly Candidate[], seating: ReturnType<typeof import("./rooms.js").useRooms>, onDone: () => void }} props */
function Assign({ exam, people, seating, onDone }) {
  const [order, setOrder] = useState(/** @type {Order} */ ("name"));
  // The same seed gives the same seats: what was shown is what is done.
  const [seed, setSeed] = useState(() => uuid().slice(0, 8));
  const [between, setBetween] = useState("0");
  const [keeps, setKeeps] = useState(true);
  const [tried, setTried] = useState(/** @type {Assigned | null} */ (null));
  const { isBusy, error: refusal, run, forget } = useWork();
  /** What was said of other wishes does not stand any more. @template Value @param {(value: Value) => void} change */
  const anew = (change) => (/** @type {Value} */ value) => {
    change(value);
    setTried(null);
    forget();
  };
  const send = (/** @type {boolean} */ apply) => run(async () => {
    const body = { order, seed, seats_between: Math.max(0, Math.round(Number(between)) || 0), keep_seated: keeps, apply };
    const reply = await call("POST /api/v1/exams/{id}/seat-plan/assign", { path: { id: exam }, body });
    if (!apply) return setTried(reply);
    toast(t("seats.given", { count: reply.given.length }));
    setTried(null);
    return onDone();
  });
  const without = people.filter(({ seat }) => !seat).length;
  const byId = new Map(people.map((one) => [one.user_id, one]));
  const lines = (tried?.given ?? []).map(({ user_id, seat }) => {
    const who = byId.get(user_id);
    return { seat, before: who?.seat ?? null, name: who?.display_name ?? "", login: who?.login ?? user_id };
  });
  const missing = refusal instanceof RequestError ? refusal.problem?.missing : undefined;
  return html`<section class="card stack" aria-label=${t("seats.assign")}><h2>${t("seats.assign")}</h2>
    <p data-testid="seated">${t("seats.seated", { seated: people.length - without, all: people.length })}</p>
    <div class="fields"><${Field} name="seat-order" type="select" label=${t("seats.order")} value=${order} onInput=${anew(setOrder)}>
        ${ORDERS.map((one) => html`<option value=${one}>${t(/** @type {import("../../language.js").Key} */ (`seats.order.${one}`))}</option>`)}<//>
      ${order === "random" && html`<${Field} name="seed" label=${t("seats.seed")} hint=${t("seats.seed_hint")} value=${seed} maxlength="100" onInput=${anew(setSeed)} />`}
      <${Field} name="between" type="number" min="0" max="20" label=${t("seats.between")} value=${between} onInput=${anew(setBetween)} /></div>
    <${Check} name="keep-seated" checked=${keeps} onChange=${anew(setKeeps)}>${t("seats.keeps")}<//>
    ${refusal && html`<${Banner} tone="bad" testid="seat-refusal"><p>${typeof missing === "number" ? t("seats.missing", { count: missing }) : wordsOf(refusal)}</p><//>`}
    ${seating.isChanged && html`<p class="soft">${t("seats.save_first")}</p>`}
    <p><${Button} testid="try-seats" busy=${isBusy} kind=${tried ? "secondary" : "primary"} disabled=${seating.isChanged || people.length === 0 || capacity(seating.rooms) === 0} onClick=${() => send(false)}>${t("seats.try")}<//></p>
    ${tried && html`<div class="stack" data-testid="would-sit"><p>${t("seats.would", { count: tried.given.length, kept: tried.kept })}</p>
      ${lines.length > 0 && html`<div class="changes"><${Table} testid="seat-table" caption=${t("seats.assign")} columns=${columns()} rows=${lines} keyOf=${(/** @type {Line} */ { login }) => login} sorted=${{ name: "seat" }} /></div>
        <p><${Button} kind=${keeps ? "primary" : "danger"} testid="give-seats" busy=${isBusy} onClick=${() => send(true)}>${t("seats.give", { count: tried.given.length })}<//></p>
        ${!keeps && html`<p class="soft small">${t("seats.moves")}</p>`}`}</div>`}</section>`;
}

/** The list to be signed in the rooms. @param {{ exam: import("./exam.js").Exam }} props */
function Lists({ exam }) {
  const [isBusy, run] = useAction();
  const name = (/** @type {string} */ format) => `${fileName(`${exam.title} ${t("seats.list_file")}`)}.${format}`;
  return html`<section class="card stack" aria-label=${t("seats.lists")}><h2>${t("seats.lists")}</h2><p class="soft">${t("seats.lists_hint")}</p>
    <div class="row">${FORMATS.map((format) => html`<${Button} kind="secondary" testid=${`attendance-${format}`} busy=${isBusy} onClick=${() => run(() => download(`/api/v1/exams/${exam.id}/seat-plan/attendance?format=${format}`, name(format)))}>${t(/** @type {import("../../language.js").Key} */ (`seats.list.${format}`))}<//>`)}
      <a href=${`#/board/${exam.id}/attendance`}>${t("seats.print")}</a></div></section>`;
}
