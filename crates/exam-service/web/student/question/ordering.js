import { Button } from "../../design/button.js";
import { t } from "../../language.js";
import { html, useEffect, useRef, useState } from "../../view.js";
import { Formatted } from "../text/formatted.js";
import { useDrag } from "./drag.js";

/** Items to be dragged, or moved with buttons: by mouse, finger or keys; the moved one keeps the focus, and its place is said aloud. @param {import("./question.js").KindProps} props */
export function Ordering({ question, response, isDisabled, onAnswer }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const [moved, setMoved] = useState(/** @type {{ id: string, way: "up" | "down" | null } | null} */ (null));
  /** @type {string[]} */
  const order = response?.order ?? question.options.map(({ id }) => id);
  const text = (/** @type {string} */ id) => question.options.find((option) => option.id === id)?.text ?? "";
  const put = (/** @type {string} */ id, /** @type {number} */ to, /** @type {"up" | "down" | null} */ way) => {
    const others = order.filter((one) => one !== id);
    setMoved({ id, way });
    onAnswer({ order: [...others.slice(0, to), id, ...others.slice(to)] });
  };
  const drag = useDrag(isDisabled, (id, to) => put(id, to, null));
  useEffect(() => {
    if (!moved?.way) return;
    const item = list.current?.querySelector(`[data-id="${moved.id}"]`);
    const button = /** @type {HTMLButtonElement | null} */ (item?.querySelector(`button[data-way="${moved.way}"]:not(:disabled)`) ?? item?.querySelector("button:not(:disabled)") ?? null);
    button?.focus();
  }, [moved, response]);
  const button = (/** @type {string} */ id, /** @type {number} */ index, /** @type {"up" | "down"} */ way) => {
    const isEnd = way === "up" ? index === 0 : index === order.length - 1;
    return html`<${Button} kind="secondary" small data-way=${way} testid=${`${way}-${index + 1}`} disabled=${isEnd || isDisabled}
      aria-label=${t(way === "up" ? "ordering.up" : "ordering.down", { what: text(id) })} onClick=${() => put(id, way === "up" ? index - 1 : index + 1, way)}>${way === "up" ? "↑" : "↓"}<//>`;
  };
  return html`<ol class=${`ordering ${isDisabled ? "" : "movable"} ${drag.isMoving ? "dragging" : ""}`} ref=${list}>${order.map((id, index) => html`<li key=${id} data-id=${id}
      data-testid=${`item-${index + 1}`} class=${drag.isHeld(index) ? "held" : ""} style=${drag.styleAt(index)} ...${drag.handlers}>
      <span class="grip" aria-hidden="true" data-testid=${`grip-${index + 1}`}>⠿</span><span class="place figures" aria-hidden="true">${drag.placeOf(index) + 1}</span><span class="grow"><${Formatted} text=${text(id)} /></span>
      <span class="buttons">${button(id, index, "up")}${button(id, index, "down")}</span></li>`)}</ol>
    ${!response && html`<p class="row small"><span class="soft">${t("ordering.unanswered")}</span>
      <${Button} kind="secondary" small testid="keep-order" disabled=${isDisabled} onClick=${() => onAnswer({ order })}>${t("ordering.keep")}<//></p>`}
    <p class="out-of-sight" role="status">${moved ? t("ordering.moved", { what: text(moved.id), place: order.indexOf(moved.id) + 1 }) : ""}</p>`;
}
