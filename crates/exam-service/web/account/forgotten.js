import { callOpenly } from "../api.js";
import { Banner } from "../design/messages.js";
import { Button } from "../design/button.js";
import { Field } from "../design/field.js";
import { t } from "../language.js";
import { html, useState } from "../view.js";

/** Asks for a mail with a link to a new password. */
export function ForgottenPassword() {
  const [login, setLogin] = useState("");
  const [outcome, setOutcome] = useState(/** @type {{ tone: "good" | "bad", text: string } | null} */ (null));
  const [isBusy, setBusy] = useState(false);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await callOpenly("POST /api/v1/auth/password/forgot", { body: { login: login.trim() } });
      setOutcome({ tone: "good", text: t("forgotten.sent") });
    } catch (error) {
      setOutcome({ tone: "bad", text: error instanceof Error ? error.message : String(error) });
    }
    setBusy(false);
  };
  return html`<h1>${t("forgotten.title")}</h1>
    <form class="stack" onSubmit=${submit}>
      <${Field} name="login" label=${t("sign_in.login")} value=${login} onInput=${setLogin} autocomplete="username" autocapitalize="none" required />
      ${outcome && html`<${Banner} tone=${outcome.tone} testid="forgotten-outcome"><p>${outcome.text}</p><//>`}
      <div class="row"><${Button} type="submit" testid="send" busy=${isBusy}>${t("forgotten.action")}<//>
        <${Button} kind="quiet" href="#/">${t("back")}<//></div>
    </form>`;
}
