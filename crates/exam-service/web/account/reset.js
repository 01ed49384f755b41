import { callOpenly } from "../api.js";
import { Banner } from "../design/messages.js";
import { Button } from "../design/button.js";
import { Field } from "../design/field.js";
import { t } from "../language.js";
import { go } from "../router.js";
import * as session from "../session.js";
import { html, useState } from "../view.js";

/**
 * Sets a new password with the token of a mail's link.
 * @param {{ token: string }} props
 */
export function ResetPassword({ token }) {
  const [password, setPassword] = useState("");
  const [repeated, setRepeated] = useState("");
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (password !== repeated) return setProblem(t("password.differ"));
    setBusy(true);
    setProblem("");
    try {
      await callOpenly("POST /api/v1/auth/password/reset", { body: { token, password } });
      // Every session of the account has ended, the one of this tab too if it was one.
      session.forget();
      go("/?message=password-set", { replace: true });
    } catch (error) {
      setBusy(false);
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return html`<main class="page narrow" id="main"><div class="card">
    <h1>${t("reset.title")}</h1>
    <form class="stack" onSubmit=${submit}>
      <${Field} name="new_password" label=${t("sign_in.new_password")} hint=${t("password.rules")} type="password" autocomplete="new-password" value=${password} onInput=${setPassword} required />
      <${Field} name="repeated" label=${t("sign_in.repeated")} type="password" autocomplete="new-password" value=${repeated} onInput=${setRepeated} required />
      ${problem && html`<${Banner} tone="bad" testid="reset-problem"><p>${problem}</p><//>`}
      <div class="row"><${Button} type="submit" testid="set-password" busy=${isBusy}>${t("reset.action")}<//>
        <${Button} kind="quiet" href="#/forgotten">${t("reset.again")}<//></div>
    </form>
  </div></main>`;
}
