import { call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { Field } from "../../design/field.js";
import { Empty, show } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { dateAndTime, t } from "../../language.js";
import { html, useEffect, useState } from "../../view.js";
import { More, usePages } from "../pages.js";
import { AccountForm } from "./account-form.js";
import { PeopleArea } from "./area.js";
import { ROLES, RoleField, roleName } from "./roles.js";
import { Secret } from "./secret.js";

/** @typedef {import("exam-api").Schemas["Person"]} Person */
/** @typedef {import("exam-api").Schemas["Role"]} Role */

const PAGE = 200;
/** So long nothing is typed before it is searched for. */
const TYPING_MS = 250;

/** What is special about an account. */
export const Marks = (/** @type {{ person: Person }} */ { person }) => html`<span class="marks">
  ${person.disabled_at && html`<${Badge} tone="bad">${t("account.is_disabled")}<//>`}
  ${person.has_initial_password && html`<${Badge} tone="warn">${t("account.is_initial")}<//>`}
  ${person.has_second_factor && html`<${Badge} tone="good">${t("account.has_factor")}<//>`}
</span>`;

/** @returns {import("../../design/table.js").Column<Person>[]} */
const columns = () => [
  { name: "name", label: t("account.name"), show: ({ id, display_name }) => html`<a href=${`#/people/accounts/${id}`}>${display_name}</a>`, by: ({ display_name }) => display_name },
  { name: "login", label: t("account.login"), show: ({ login }) => login, by: ({ login }) => login },
  { name: "number", label: t("account.number"), show: ({ student_number }) => student_number ?? "–", by: ({ student_number }) => student_number ?? null },
  { name: "role", label: t("account.role"), show: ({ role }) => roleName(role), by: ({ role }) => roleName(role) },
  { name: "state", label: t("account.state"), show: (person) => html`<${Marks} person=${person} />` },
  { name: "since", label: t("account.since"), show: ({ created_at }) => dateAndTime(created_at), by: ({ created_at }) => created_at },
];

/** Everybody who has an account: found, made, opened. */
export function Accounts() {
  const [typed, setTyped] = useState("");
  const [asked, setAsked] = useState({ search: "", role: "" });
  const [isNew, setNew] = useState(false);
  const [made, setMade] = useState(/** @type {import("exam-api").Schemas["NewUserReply"] | null} */ (null));
  useEffect(() => {
    const timer = setTimeout(() => setAsked((now) => (now.search === typed.trim() ? now : { ...now, search: typed.trim() })), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const accounts = usePages(async (/** @type {string | undefined} */ after) => {
    const query = { search: asked.search || undefined, role: /** @type {Role} */ (asked.role) || undefined, limit: PAGE, after };
    const { users, next } = await call("GET /api/v1/users", { query });
    return { rows: users, next };
  }, [asked]);
  const make = async (/** @type {import("./account-form.js").Fields} */ fields) => {
    setMade(await call("POST /api/v1/users", { body: fields }));
    accounts.reload();
  };
  const isFiltered = asked.search !== "" || asked.role !== "";
  return html`<${PeopleArea}>
    <div class="tools">
      <${Field} name="search" type="search" label=${t("people.search")} value=${typed} onInput=${setTyped} autocomplete="off" placeholder=${t("people.search_hint")} maxlength="60" />
      <${RoleField} name="role" label=${t("account.role")} roles=${ROLES} any=${t("people.any_role")} value=${asked.role} onInput=${(/** @type {string} */ role) => setAsked((now) => ({ ...now, role }))} />
      <span class="grow"></span>
      <${Button} testid="account-new" onClick=${() => setNew(true)}>${t("account.new")}<//>
    </div>
    ${show(accounts, (rows) => html`<div class="stack">
      ${rows.length === 0 ? html`<${Empty} title=${t("people.nobody")}><p>${t(isFiltered ? "people.nobody_hint" : "people.nobody_yet")}</p><//>`
        : html`<${Table} testid="accounts" caption=${t("people.accounts")} columns=${columns()} rows=${rows} keyOf=${(/** @type {Person} */ { id }) => id} />`}
      <${More} pages=${accounts} />
    </div>`)}
    ${isNew && html`<${AccountForm} send=${make} onClose=${() => setNew(false)} />`}
    ${made?.password && !isNew && html`<${Secret} person=${made.user} password=${made.password} onClose=${() => setMade(null)} />`}
  <//>`;
}
