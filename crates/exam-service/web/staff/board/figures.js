// The figures on top of the board. Each shows those whom it counts.

import { number, t } from "../../language.js";
import { html } from "../../view.js";
import { GROUPS } from "./rows.js";

/** @typedef {import("./rows.js").Group} Group */

/** What somebody should look at, if it is not nought. @type {Partial<Record<Group, string>>} */
const TONES = { silent: "bad", violations: "warn", unseen: "warn" };

/**
 * @param {object} props
 * @param {Record<Group, number>} props.counts
 * @param {Group} props.chosen
 * @param {(group: Group) => void} props.onChoose
 */
export const Figures = ({ counts, chosen, onChoose }) => html`<div class="figures board-figures" role="group" aria-label=${t("board.figures")}>
  ${GROUPS.map((group) => html`<button type="button" class=${`figure ${counts[group] > 0 ? TONES[group] ?? "" : ""}`} aria-pressed=${chosen === group ? "true" : "false"}
    data-testid=${`figure-${group}`} onClick=${() => onChoose(chosen === group ? "all" : group)}>
    <span class="value">${number(counts[group])}</span>
    <span class="name">${t(/** @type {import("../../language.js").Key} */ (`board.group.${group}`))}</span>
  </button>`)}
</div>`;
