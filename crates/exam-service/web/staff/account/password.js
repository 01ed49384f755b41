import { call } from "../../api.js";
import { Button } from "../../design/button.js";
import { Field } from "../../design/field.js";
import { toast } from "../../design/messages.js";
import { t } from "../../language.js";
import * as session from "../../session.js";
import { html, useState } from "../../view.js";
import { Wrong, useWork } from "../work.js";

const NOTHING = { current: "", next: "", repeated: "" };

/** @param {{ onDone: () => void }} props is told when the other sessions have ended */
export function PasswordForm({ onDone }) {
  const [fields, setFields] = useState(NOTHING);
  const [isTried, setTried] = useState(false);
  const work = useWork();
  const set = (/** @type {keyof typeof NOTHING} */ name) => (/** @type {string} */ value) => setFields((now) => ({ ...now, [name]: value }));
  const differ = fields.next !== fields.repeated;
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setTried(true);
    if (differ) return;
    const body = { current_password: fields.current, new_password: fields.next };
    if (!(await work.run(() => call("POST /api/v1/me/password", { body })))) return;
    setFields(NOTHING);
    setTried(false);
    toast(t("own.password_changed"));
    onDone();
  };
  return html`<form class="password-form" onSubmit=${submit} data-testid="password-form">
    <input class="out-of-sight" type="text" autocomplete="username" value=${session.current()?.user.login} readonly tabindex="-1" aria-hidden="true" />
    <${Field} name="current-password" type="password" label=${t("own.current_password")} value=${fields.current} onInput=${set("current")} required autocomplete="current-password" />
    <${Field} name="new-password" type="password" label=${t("sign_in.new_password")} hint=${t("own.password_rules")} value=${fields.next} onInput=${set("next")} required autocomplete="new-password" />
    <${Field} name="repeated-password" type="password" label=${t("sign_in.repeated")} problem=${isTried && differ ? t("password.differ") : ""} value=${fields.repeated} onInput=${set("repeated")} required autocomplete="new-password" />
    <${Wrong} error=${work.error} testid="password-problem" />
    <div><${Button} type="submit" testid="password-change" busy=${work.isBusy}>${t("own.change_password")}<//></div>
  </form>`;
}
