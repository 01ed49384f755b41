import { html } from "../view.js";

/**
 * A button, or a link that looks like one where `href` is given.
 * @param {object} props
 * @param {"primary" | "secondary" | "quiet" | "danger"} [props.kind]
 * @param {boolean} [props.small]
 * @param {boolean} [props.busy] turns a wheel, and takes no click
 * @param {boolean} [props.disabled]
 * @param {"button" | "submit"} [props.type]
 * @param {string} [props.href]
 * @param {string} [props.testid]
 * @param {() => void} [props.onClick]
 * @param {import("../view.js").ComponentChildren} [props.children]
 */
export function Button({ kind = "primary", small = false, busy = false, disabled = false, type = "button", href, testid, onClick, children, ...rest }) {
  const names = ["button", kind === "primary" ? "" : kind, small ? "small" : ""].filter(Boolean).join(" ");
  if (href) return html`<a class=${names} href=${href} data-testid=${testid} ...${rest}>${children}</a>`;
  return html`<button class=${names} type=${type} disabled=${disabled || busy} aria-busy=${busy ? "true" : null} data-testid=${testid}
    onClick=${onClick} ...${rest}>${children}</button>`;
}
