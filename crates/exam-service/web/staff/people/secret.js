import { Banner, toast } from "../../design/messages.js";
import { Button } from "../../design/button.js";
import { Dialog } from "../../design/dialog.js";
import { t } from "../../language.js";
import { html, useState } from "../../view.js";

/**
 * A password that the service made: it is shown this once.
 * @param {{ person: { display_name: string, login: string }, password: string, onClose: () => void }} props
 */
export function Secret({ person, password, onClose }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(password);
      setCopied(true);
    } catch {
      // Without https, or forbidden: it can be marked by hand.
      toast(t("secret.not_copied"), "warn");
    }
  };
  return html`<${Dialog} title=${t("secret.title", { name: person.display_name })} testid="secret"
    actions=${html`<${Button} kind="secondary" testid="secret-copy" onClick=${copy}>${t(isCopied ? "secret.copied" : "secret.copy")}<//>
      <${Button} testid="secret-close" onClick=${onClose}>${t("secret.done")}<//>`}>
    <div class="stack">
      <p>${t("secret.login", { login: person.login })}</p>
      <code class="secret" data-testid="secret-password">${password}</code>
      <${Banner} tone="warn"><p>${t("secret.once")}</p><//>
    </div>
  <//>`;
}
