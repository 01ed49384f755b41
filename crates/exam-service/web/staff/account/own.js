import { call } from "../../api.js";
import { toast } from "../../design/messages.js";
import { show, useLoaded } from "../../design/states.js";
import { t } from "../../language.js";
import { html, useState } from "../../view.js";
import { roleName } from "../people/roles.js";
import { Sessions } from "../people/sessions.js";
import "../people/area.js";
import { sheet } from "../sheet.js";
import { FormDialog } from "../work.js";
import { PasswordForm } from "./password.js";
import { SecondFactor } from "./second-factor.js";

/** @typedef {import("exam-api").Schemas["Session"]} Session */

sheet(new URL("./account.css", import.meta.url));

async function load() {
  const [account, { sessions }] = await Promise.all([call("GET /api/v1/me"), call("GET /api/v1/me/sessions")]);
  return { account, sessions };
}

/** One's own account, for every member of staff. */
export function OwnAccount() {
  const loaded = useLoaded(load, []);
  const [ending, setEnding] = useState(/** @type {Session | null} */ (null));
  const end = async (/** @type {Session} */ { id }) => {
    await call("DELETE /api/v1/me/sessions/{id}", { path: { id } });
    await loaded.reload();
    toast(t("sessions.ended_one"));
  };
  return html`<h1>${t("own.title")}</h1>
    ${show(loaded, ({ account, sessions }) => html`<div class="cards">
      <section class="card full stack"><dl class="facts"><dt>${t("account.name")}</dt><dd>${account.display_name}</dd>
        <dt>${t("account.login")}</dt><dd>${account.login}</dd><dt>${t("account.role")}</dt><dd>${roleName(account.role)}</dd></dl>
        ${account.role !== "administrator" && html`<p class="soft small">${t("own.who_changes")}</p>`}</section>
      <section class="card"><h2>${t("own.password")}</h2><${PasswordForm} onDone=${loaded.reload} /></section>
      <section class="card stack"><h2>${t("own.factor")}</h2><${SecondFactor} isOn=${account.has_second_factor} reload=${loaded.reload} /></section>
      <section class="card full stack"><h2>${t("sessions.title")}</h2><p class="soft">${t("own.sessions_text")}</p><${Sessions} sessions=${sessions} onEnd=${setEnding} /></section>
    </div>`)}
    ${ending && html`<${FormDialog} title=${t("sessions.end_one_title")} action=${t("sessions.end")} kind="danger" testid="ask-end" run=${() => end(ending)} onClose=${() => setEnding(null)}>
      <p>${t("sessions.end_one_text")}</p><//>`}`;
}
