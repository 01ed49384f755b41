// Signing in: with a password, or with the code of a slip. A password that somebody else made is replaced here.

import { RequestError, callOpenly } from "../api.js";
import { Appearance } from "../design/frame.js";
import { Banner } from "../design/messages.js";
import { Button } from "../design/button.js";
import { Field } from "../design/field.js";
import { Tabs } from "../design/tabs.js";
import { t } from "../language.js";
import { path, query } from "../router.js";
import * as session from "../session.js";
import { html, useState } from "../view.js";
import { ForgottenPassword } from "./forgotten.js";

/** @typedef {{ new_password?: boolean, otp?: boolean }} Needed what the server asks for beside login and password */

export function SignInPage() {
  const isForgotten = path() === "/forgotten";
  return html`<main class="page narrow stack" id="main">
    <div class="row apart"><strong>${t("title")}</strong><${Appearance} /></div>
    <div class="card">${isForgotten ? html`<${ForgottenPassword} />` : html`<${SignIn} />`}</div>
  </main>`;
}

function SignIn() {
  const [way, setWay] = useState("password");
  const message = query().get("message");
  const tabs = [{ name: "password", label: t("sign_in.with_password") }, { name: "code", label: t("sign_in.with_code") }];
  return html`<h1>${t("sign_in.title")}</h1>
    ${message === "password-set" && html`<${Banner} tone="good"><p>${t("reset.done")}</p><//>`}
    <${Tabs} label=${t("sign_in.title")} tabs=${tabs} selected=${way} onSelect=${setWay}><${SignInForm} key=${way} way=${way} /><//>
    ${way === "password" && html`<p class="small forgotten"><a href="#/forgotten" data-testid="forgotten">${t("forgotten.link")}</a></p>`}`;
}

/**
 * The form itself; also shown over an exam whose session has ended.
 * @param {object} props
 * @param {string} props.way `password` or `code`
 * @param {string} [props.login] who has to sign in; anybody if it is left out
 * @param {() => void} [props.onDone]
 */
export function SignInForm({ way, login: known, onDone }) {
  const [fields, setFields] = useState({ login: known ?? "", password: "", code: "", new_password: "", repeated: "", otp: "" });
  const [needed, setNeeded] = useState(/** @type {Needed} */ ({}));
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  const field = (/** @type {keyof typeof fields} */ name, /** @type {Record<string, unknown>} */ rest = {}) => html`<${Field} name=${name}
    label=${t(name === "login" ? "sign_in.login" : `sign_in.${name}`)} value=${fields[name]}
    onInput=${(/** @type {string} */ value) => setFields((now) => ({ ...now, [name]: value }))} required ...${rest} />`;
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (needed.new_password && fields.new_password !== fields.repeated) return setProblem(t("password.differ"));
    setBusy(true);
    setProblem("");
    try {
      session.start(await send(way, fields, needed));
      onDone?.();
    } catch (error) {
      setBusy(false);
      const asked = asks(error);
      if (asked) setNeeded((now) => ({ ...now, ...asked }));
      setProblem(asked && !(fields.otp && asked.otp) ? "" : error instanceof Error ? error.message : String(error));
    }
  };
  return html`<form class="stack" onSubmit=${submit} data-testid="sign-in-form">
    ${field("login", { autocomplete: "username", autocapitalize: "none", spellcheck: false, readonly: known !== undefined, autofocus: !known })}
    ${way === "code" ? field("code", { autocomplete: "off", autocapitalize: "characters", spellcheck: false, hint: t("sign_in.code_hint") })
      : field("password", { type: "password", autocomplete: "current-password", autofocus: known !== undefined })}
    ${needed.otp && field("otp", { autocomplete: "one-time-code", inputmode: "numeric", hint: t("sign_in.otp_hint") })}
    ${needed.new_password && html`<${Banner} tone="info" testid="password-change"><p>${t("password.has_to_change")}</p><//>
      ${field("new_password", { type: "password", autocomplete: "new-password", hint: t("password.rules") })}
      ${field("repeated", { type: "password", autocomplete: "new-password" })}`}
    ${problem && html`<${Banner} tone="bad" testid="sign-in-problem"><p>${problem}</p><//>`}
    <${Button} type="submit" testid="sign-in" busy=${isBusy}>${t("sign_in.action")}<//>
  </form>`;
}

/**
 * @param {string} way
 * @param {Record<string, string>} fields
 * @param {Needed} needed
 */
function send(way, { login, password, code, new_password, otp }, needed) {
  if (way === "code") return callOpenly("POST /api/v1/auth/code", { body: { student_number: login.trim(), code } });
  const body = { login: login.trim(), password, new_password: needed.new_password ? new_password : null, otp: needed.otp ? otp.trim() : null };
  return callOpenly("POST /api/v1/auth/login", { body });
}

/**
 * What a refusal asks for, if it asks for something.
 * @param {unknown} error
 * @returns {Needed | null}
 */
function asks(error) {
  const kind = error instanceof RequestError ? error.kind : "";
  if (kind === "password-change-needed") return { new_password: true };
  if (kind === "second-factor-needed") return { otp: true };
  return null;
}
