// The fields of an account, for a new one and for one that is there.

import { Field } from "../../design/field.js";
import { t } from "../../language.js";
import { html, useState } from "../../view.js";
import { FormDialog } from "../work.js";
import { ROLES, RoleField } from "./roles.js";

/** @typedef {import("exam-api").Schemas["Person"]} Person */
/** @typedef {import("exam-api").Schemas["Role"]} Role */
/** @typedef {{ login: string, display_name: string, role: Role, email: string | null, student_number: string | null }} Fields */

/**
 * @param {object} props
 * @param {Person} [props.person] whose; left out for a new account
 * @param {boolean} [props.isOwn] one does not change what one may do oneself
 * @param {(fields: Fields) => Promise<void>} props.send
 * @param {() => void} props.onClose
 */
export function AccountForm({ person, isOwn = false, send, onClose }) {
  const [fields, setFields] = useState({
    login: person?.login ?? "", display_name: person?.display_name ?? "", role: person?.role ?? "student",
    email: person?.email ?? "", student_number: person?.student_number ?? "",
  });
  const set = (/** @type {keyof typeof fields} */ name) => (/** @type {string} */ value) => setFields((now) => ({ ...now, [name]: value }));
  const run = () => send({
    login: fields.login.trim(), display_name: fields.display_name.trim(), role: /** @type {Role} */ (fields.role),
    email: fields.email.trim() || null, student_number: fields.student_number.trim() || null,
  });
  return html`<${FormDialog} title=${t(person ? "account.edit" : "account.new")} action=${t(person ? "save" : "account.make")} testid="account-form" run=${run} onClose=${onClose}>
    <${Field} name="account-name" label=${t("account.name")} value=${fields.display_name} onInput=${set("display_name")} required autofocus autocomplete="off" />
    ${!person && html`<${Field} name="account-login" label=${t("account.login")} hint=${t("account.login_hint")} value=${fields.login} onInput=${set("login")}
      required autocomplete="off" autocapitalize="none" spellcheck=${false} />`}
    ${!isOwn && html`<${RoleField} name="account-role" label=${t("account.role")} hint=${t("account.role_hint")} roles=${ROLES} value=${fields.role} onInput=${set("role")} />`}
    <${Field} name="account-number" label=${t("account.number_optional")} value=${fields.student_number} onInput=${set("student_number")} autocomplete="off" />
    <${Field} name="account-email" type="email" label=${t("account.email_optional")} hint=${t("account.email_hint")} value=${fields.email} onInput=${set("email")} autocomplete="off" />
    ${!person && html`<p class="soft small">${t("account.password_made")}</p>`}
  <//>`;
}
