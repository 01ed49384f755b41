import { call } from "../../api.js";
import { Button } from "../../design/button.js";
import { toast } from "../../design/messages.js";
import { show, useLoaded } from "../../design/states.js";
import { dateAndTime, t } from "../../language.js";
import * as session from "../../session.js";
import { html, useState } from "../../view.js";
import { FormDialog } from "../work.js";
import { AccountForm } from "./account-form.js";
import { Marks } from "./accounts.js";
import "./area.js";
import { roleName } from "./roles.js";
import { Secret } from "./secret.js";
import { Sessions } from "./sessions.js";

/** @typedef {import("exam-api").Schemas["Person"]} Person */
/** @typedef {"edit" | "password" | "factor" | "disable" | "sessions"} Asked what is being asked */

/** @param {string} id */
async function load(id) {
  const [person, { sessions }] = await Promise.all([
    call("GET /api/v1/users/{id}", { path: { id } }),
    call("GET /api/v1/users/{id}/sessions", { path: { id } }),
  ]);
  return { person, sessions };
}

/**
 * One account: what is known of it, how it signs in, and where it is signed in.
 * @param {{ id: string }} props
 */
export function Account({ id }) {
  const loaded = useLoaded(() => load(id), [id]);
  return html`<p><a href="#/people">${t("people.back")}</a></p>
    ${show(loaded, ({ person, sessions }) => html`<${AccountView} person=${person} sessions=${sessions} reload=${loaded.reload} />`)}`;
}

/** @param {{ person: Person, sessions: import("exam-api").Schemas["Session"][], reload: () => Promise<void> }} props */
function AccountView({ person, sessions, reload }) {
  const [asked, setAsked] = useState(/** @type {Asked | null} */ (null));
  const [password, setPassword] = useState("");
  const isOwn = person.id === session.current()?.user.id;
  const ask = (/** @type {Asked} */ what) => () => setAsked(what);
  const path = { id: person.id };
  /** Does it, shows how it is then, and says so. @param {Promise<unknown>} work @param {string} done */
  const finish = async (work, done) => {
    await work;
    await reload();
    toast(done);
  };
  const change = (/** @type {import("exam-api").Schemas["UserChangeRequest"]} */ body, /** @type {string} */ done) => finish(call("PATCH /api/v1/users/{id}", { path, body }), done);
  const enable = () => change({ disabled: false }, t("account.enabled", { name: person.display_name })).catch((error) => toast(String(error.message), "bad"));
  const reset = async () => {
    const reply = await call("POST /api/v1/users/{id}/password", { path, body: {} });
    setPassword(reply.password ?? "");
    reload();
  };
  const close = () => setAsked(null);
  const name = { name: person.display_name };
  return html`
    <div class="row apart headline"><h1 data-testid="account-title">${person.display_name}</h1><${Marks} person=${person} /></div>
    <div class="cards">
      <section class="card"><div class="row apart"><h2>${t("account.details")}</h2><${Button} kind="secondary" small testid="account-edit" onClick=${ask("edit")}>${t("edit")}<//></div>
        <dl class="facts"><dt>${t("account.login")}</dt><dd>${person.login}</dd><dt>${t("account.role")}</dt><dd data-testid="account-is">${roleName(person.role)}</dd>
          <dt>${t("account.number")}</dt><dd>${person.student_number ?? "–"}</dd><dt>${t("account.email")}</dt><dd>${person.email ?? "–"}</dd>
          <dt>${t("account.since")}</dt><dd>${dateAndTime(person.created_at)}</dd></dl></section>
      <section class="card"><h2>${t("account.signing_in")}</h2>
        ${isOwn ? html`<p>${t("account.own")} <a href="#/account">${t("account.own_link")}</a></p>` : html`
          <${Matter} text=${t(person.has_initial_password ? "account.password_initial" : "account.password_own")}>
            <${Button} kind="secondary" small testid="account-password" onClick=${ask("password")}>${t("account.reset_password")}<//><//>
          <${Matter} text=${t(person.has_second_factor ? "account.factor_on" : "account.factor_off")}>
            ${person.has_second_factor && html`<${Button} kind="secondary" small testid="account-factor" onClick=${ask("factor")}>${t("account.remove_factor")}<//>`}<//>
          <${Matter} text=${person.disabled_at ? t("account.disabled_since", { time: dateAndTime(person.disabled_at) }) : t("account.may_sign_in")}>
            ${person.disabled_at ? html`<${Button} kind="secondary" small testid="account-enable" onClick=${enable}>${t("account.enable")}<//>`
              : html`<${Button} kind="secondary" small testid="account-disable" onClick=${ask("disable")}>${t("account.disable")}<//>`}<//>`}
      </section>
      <section class="card full stack"><div class="row apart"><h2>${t("sessions.title")}</h2>
        ${sessions.length > 0 && !isOwn && html`<${Button} kind="secondary" small testid="account-sessions" onClick=${ask("sessions")}>${t("sessions.end_all")}<//>`}</div>
        <${Sessions} sessions=${sessions} /></section>
    </div>
    ${asked === "edit" && html`<${AccountForm} person=${person} isOwn=${isOwn} onClose=${close}
      send=${(/** @type {import("./account-form.js").Fields} */ { login, role, ...fields }) => change(isOwn ? fields : { role, ...fields }, t("saved"))} />`}
    ${asked === "password" && html`<${FormDialog} title=${t("account.reset_title", name)} action=${t("account.reset_password")} kind="danger" testid="ask-password" run=${reset} onClose=${close}><p>${t("account.reset_text", name)}</p><//>`}
    ${asked === "factor" && html`<${FormDialog} title=${t("account.factor_title", name)} action=${t("account.remove_factor")} kind="danger" testid="ask-factor"
      run=${() => finish(call("DELETE /api/v1/users/{id}/second-factor", { path }), t("account.factor_removed"))} onClose=${close}><p>${t("account.factor_text", name)}</p><//>`}
    ${asked === "disable" && html`<${FormDialog} title=${t("account.disable_title", name)} action=${t("account.disable")} kind="danger" testid="ask-disable"
      run=${() => change({ disabled: true }, t("account.disabled", name))} onClose=${close}><p>${t("account.disable_text", name)}</p><//>`}
    ${asked === "sessions" && html`<${FormDialog} title=${t("sessions.end_title", name)} action=${t("sessions.end_all")} kind="danger" testid="ask-sessions"
      run=${() => finish(call("DELETE /api/v1/users/{id}/sessions", { path }), t("sessions.ended"))} onClose=${close}><p>${t("sessions.end_text", name)}</p><//>`}
    ${password && !asked && html`<${Secret} person=${person} password=${password} onClose=${() => setPassword("")} />`}`;
}

/** A line about something, and what can be done with it. @param {{ text: string, children?: unknown }} props */
export const Matter = ({ text, children }) => html`<div class="matter"><div><p>${text}</p></div>${children}</div>`;
