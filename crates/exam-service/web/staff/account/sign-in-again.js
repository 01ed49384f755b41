// Over a page whose session has ended: what is on it, perhaps not saved, stays for who signs in again.

import { SignInForm } from "../../account/sign-in.js";
import { Button } from "../../design/button.js";
import { Dialog } from "../../design/dialog.js";
import { t } from "../../language.js";
import { leaving } from "../../router.js";
import * as session from "../../session.js";
import { html } from "../../view.js";

export function SignInAgain() {
  return html`<${Dialog} title=${t("session_over.title")} testid="sign-in-again">
    <p>${t("session_over.text")}</p>
    <${SignInForm} way="password" login=${session.current()?.user.login} />
    <p class="small"><${Button} kind="quiet" small testid="sign-in-other" onClick=${() => leaving(session.forget)}>${t("session_over.other")}<//></p>
  <//>`;
}
