// A second factor: set up in three steps (password, picture and code, recovery codes), or removed.

import { RequestError, call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { Dialog } from "../../design/dialog.js";
import { Field } from "../../design/field.js";
import { Banner, toast } from "../../design/messages.js";
import { t } from "../../language.js";
import { saveFile } from "../../save-file.js";
import * as session from "../../session.js";
import { html, useState } from "../../view.js";
import { FormDialog } from "../work.js";
import { QrCode } from "./qr-code.js";

/**
 * @typedef {{ name: "password" } | { name: "code", address: string, secret: string } | { name: "recovery", codes: string[] } | { name: "remove" }} Step
 */

/** @param {{ isOn: boolean, reload: () => Promise<void> }} props */
export function SecondFactor({ isOn, reload }) {
  const [step, setStep] = useState(/** @type {Step | null} */ (null));
  const close = () => setStep(null);
  return html`<div class="row"><${Badge} tone=${isOn ? "good" : "warn"} testid="factor-state">${t(isOn ? "own.factor_on" : "own.factor_off")}<//></div>
    <p>${t(isOn ? "own.factor_on_text" : "own.factor_off_text")}</p>
    <div>${isOn ? html`<${Button} kind="secondary" testid="factor-remove" onClick=${() => setStep({ name: "remove" })}>${t("own.factor_remove")}<//>`
      : html`<${Button} testid="factor-set-up" onClick=${() => setStep({ name: "password" })}>${t("own.factor_set_up")}<//>`}</div>
    ${step?.name === "password" && html`<${AskPassword} title=${t("own.factor_set_up")} action=${t("own.next")} testid="factor-begin" onClose=${close}
      run=${async (/** @type {string} */ current_password) => {
        const { address, secret } = await call("POST /api/v1/me/second-factor", { body: { current_password } });
        return () => setStep({ name: "code", address, secret });
      }} />`}
    ${step?.name === "code" && html`<${Code} ...${step} onClose=${close} onDone=${(/** @type {string[]} */ codes) => setStep({ name: "recovery", codes })} />`}
    ${step?.name === "recovery" && html`<${Recovery} codes=${step.codes} onClose=${() => {
      close();
      reload();
    }} />`}
    ${step?.name === "remove" && html`<${AskPassword} title=${t("own.factor_remove")} action=${t("own.factor_remove")} kind="danger" text=${t("own.factor_remove_text")} testid="factor-end" onClose=${close}
      run=${async (/** @type {string} */ current_password) => {
        await call("POST /api/v1/me/second-factor/remove", { body: { current_password } });
        await reload();
        toast(t("own.factor_removed"));
        return close;
      }} />`}`;
}

/**
 * Who finds an open page is not its owner: the password is asked for once more.
 * @param {object} props
 * @param {string} props.title
 * @param {string} props.action
 * @param {"primary" | "danger"} [props.kind]
 * @param {string} [props.text]
 * @param {string} props.testid
 * @param {(password: string) => Promise<() => void>} props.run gives what is done once the dialog is closed
 * @param {() => void} props.onClose
 */
function AskPassword({ title, action, kind, text, testid, run, onClose }) {
  const [password, setPassword] = useState("");
  const [next] = useState({ step: onClose });
  const submit = async () => { next.step = await run(password); };
  const close = () => next.step();
  return html`<${FormDialog} title=${title} action=${action} kind=${kind} testid=${testid} run=${submit} onClose=${close}>
    ${text && html`<p>${text}</p>`}
    <${Field} name="factor-password" type="password" label=${t("own.current_password")} hint=${t("own.password_why")} value=${password} onInput=${setPassword} required autofocus autocomplete="current-password" />
  <//>`;
}

/** @param {{ address: string, secret: string, onDone: (codes: string[]) => void, onClose: () => void }} props */
function Code({ address, secret, onDone, onClose }) {
  const [otp, setOtp] = useState("");
  const [codes] = useState({ made: /** @type {string[] | null} */ (null) });
  const run = async () => {
    try {
      codes.made = (await call("POST /api/v1/me/second-factor/confirm", { body: { otp: otp.replace(/\s/g, "") } })).recovery_codes;
    } catch (error) {
      // What the server says of it is meant for who signs in.
      if (error instanceof RequestError && error.kind === "second-factor-needed") throw new Error(t("own.factor_wrong"));
      throw error;
    }
  };
  const close = () => (codes.made ? onDone(codes.made) : onClose());
  return html`<${FormDialog} title=${t("own.factor_scan")} action=${t("own.factor_confirm")} testid="factor-code" run=${run} onClose=${close}>
    <p>${t("own.factor_scan_text")}</p>
    <${QrCode} text=${address} label=${t("own.factor_scan")} />
    <details><summary>${t("own.factor_typed")}</summary><p><code class="typed-secret" data-testid="factor-secret">${secret}</code></p></details>
    <${Field} name="factor-otp" label=${t("sign_in.otp")} hint=${t("own.factor_otp_hint")} value=${otp} onInput=${setOtp} required autofocus inputmode="numeric" autocomplete="one-time-code" />
  <//>`;
}

/** @param {{ codes: string[], onClose: () => void }} props */
function Recovery({ codes, onClose }) {
  const [isKept, setKept] = useState(false);
  const keep = () => {
    const title = t("own.recovery_file", { login: session.current()?.user.login ?? "" });
    saveFile(new Blob([`${title}\r\n\r\n${codes.join("\r\n")}\r\n`], { type: "text/plain" }), "recovery-codes.txt");
    setKept(true);
  };
  return html`<${Dialog} title=${t("own.recovery")} testid="recovery" actions=${html`<${Button} kind=${isKept ? "secondary" : "primary"} testid="recovery-keep" onClick=${keep}>${t("own.recovery_keep")}<//>
      <${Button} kind=${isKept ? "primary" : "secondary"} testid="recovery-close" onClick=${onClose}>${t("own.recovery_done")}<//>`}>
    <div class="stack"><p>${t("own.recovery_text")}</p>
      <ul class="recovery" data-testid="recovery-codes">${codes.map((code) => html`<li>${code}</li>`)}</ul>
      <${Banner} tone="warn"><p>${t("own.recovery_once")}</p><//></div>
  <//>`;
}
