// The bar above every page: where one is, who one is, and how pages look.

import { signOut } from "../api.js";
import { available, changeLanguage, spoken, t } from "../language.js";
import { change, current, onChange } from "../preferences.js";
import { leaving } from "../router.js";
import * as session from "../session.js";
import { html, useEffect, useState } from "../view.js";
import { Button } from "./button.js";
import { Dialog } from "./dialog.js";
import { Field } from "./field.js";

/**
 * @param {object} props
 * @param {string} props.path the page that is shown
 * @param {readonly { path: string, label: string }[]} [props.places] links of the bar
 * @param {boolean} [props.isWide] for tables and boards
 * @param {string} [props.account] where one's own account is, if it has a page
 * @param {import("../view.js").ComponentChildren} [props.tools] what else stands in the bar
 * @param {import("../view.js").ComponentChildren} [props.children]
 */
export function Frame({ path, places = [], isWide = false, account, tools, children }) {
  const name = session.current()?.user.display_name;
  const here = (/** @type {string} */ place) => path === place || path.startsWith(`${place}/`);
  return html`<a class="skip" href="#main" onClick=${toMain}>${t("skip")}</a>
    <header class="bar no-print">
      <a class="brand" href="#/" data-testid="brand">${t("title")}</a>
      <nav aria-label=${t("places")}>${places.map((place) => html`<a href=${`#${place.path}`} aria-current=${here(place.path) ? "page" : null}>${place.label}</a>`)}</nav>
      <span class="grow"></span>
      <${Appearance} />
      ${tools}
      ${account ? html`<a class="soft small" data-testid="who" href=${`#${account}`} aria-current=${here(account) ? "page" : null}>${name}</a>`
        : html`<span class="soft small" data-testid="who">${name}</span>`}
      <${Button} kind="secondary" small testid="sign-out" onClick=${() => leaving(signOut)}>${t("sign_out")}<//>
    </header>
    <main id="main" class=${`page ${isWide ? "wide" : ""}`} tabindex="-1">${children}</main>`;
}

/** The address after `#` is the page's own: the jump is made by hand. */
function toMain(/** @type {Event} */ event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** A button that opens the choice of colours, contrast, letters and language. */
export function Appearance() {
  const [isOpen, setOpen] = useState(false);
  const [, draw] = useState(0);
  useEffect(() => onChange(() => draw((count) => count + 1)), []);
  const close = () => setOpen(false);
  return html`<${Button} kind="quiet" small testid="appearance" onClick=${() => setOpen(true)}>${t("appearance.title")}<//>
    ${isOpen && html`<${Dialog} title=${t("appearance.title")} testid="appearance-dialog" onClose=${close}
      actions=${html`<${Button} testid="appearance-close" onClick=${close}>${t("close")}<//>`}>
      <div class="stack">
        <${Choice} name="theme" options=${["system", "light", "dark"]} />
        <${Choice} name="contrast" options=${["normal", "high"]} />
        <${Choice} name="size" options=${["normal", "large", "larger"]} />
        <${Field} name="language" type="select" label=${t("appearance.language")} value=${spoken()} onInput=${changeLanguage}>
          ${available().map(({ code, name }) => html`<option value=${code} lang=${code}>${name}</option>`)}
        <//>
      </div>
    <//>`}`;
}

/** @param {{ name: "theme" | "contrast" | "size", options: readonly string[] }} props */
function Choice({ name, options }) {
  const label = (/** @type {string} */ option) => t(/** @type {import("../language.js").Key} */ (`appearance.${name}.${option}`));
  return html`<${Field} name=${name} type="select" label=${t(`appearance.${name}`)} value=${current()[name]}
    onInput=${(/** @type {string} */ value) => change({ [name]: value })}>
    ${options.map((option) => html`<option value=${option}>${label(option)}</option>`)}
  <//>`;
}
