import { html } from "../view.js";

/**
 * A word about the state of something.
 * @param {object} props
 * @param {"plain" | "accent" | "good" | "warn" | "bad"} [props.tone]
 * @param {string} [props.testid]
 * @param {import("../view.js").ComponentChildren} [props.children]
 */
export const Badge = ({ tone = "plain", testid, children }) => html`<span class=${`badge ${tone}`} data-testid=${testid}>${children}</span>`;
