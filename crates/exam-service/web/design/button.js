import { html } from "../view.js";

/**
 * A button, or a link that looks like one where `href` is given.
 * @param {object} props
 * @param {"primary" | "secondary" | "quiet" | "danger"} [props.kind]
 * @param {boolean} [props.small]
 * @param {boolean} [props.busy] turns a wheel, and takes no click; the focus stays on it, which a disabled one would lose
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
  const refuse = (/** @type {Event} */ event) => event.preventDefault();
  return html`<button class=${names} type=${type} disabled=${disabled} aria-disabled=${busy ? "true" : null} aria-busy=${busy ? "true" : null} data-testid=${testid}
    onClick=${busy ? refuse : onClick} ...${rest}>${children}</button>`;
}
