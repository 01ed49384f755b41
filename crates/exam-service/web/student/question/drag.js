// An item of a list is taken hold of and put elsewhere, by mouse, pen or finger. Nothing moves in the list itself before
// it is let go: until then items are only drawn elsewhere.

import { useEffect, useState } from "../../view.js";

/** A mouse that moved less only clicked, in pixels. */
const SLACK = 4;

/**
 * @typedef {object} Drag
 * @property {string} id of what is held
 * @property {number} from its place, from 0
 * @property {number} to where it would be put now
 * @property {number} pointer
 * @property {number} began where the pointer took hold, in pixels from the top of the page
 * @property {number} by how far it is from there
 * @property {readonly { top: number, height: number }[]} boxes of all items, as they were then
 */

/**
 * @param {boolean} isDisabled
 * @param {(id: string, to: number) => void} onDrop
 */
export function useDrag(isDisabled, onDrop) {
  const [drag, setDrag] = useState(/** @type {Drag | null} */ (null));
  useEffect(() => { if (isDisabled) setDrag(null); }, [isDisabled]);
  useEffect(() => {
    if (!drag) return undefined;
    // Whoever thinks better of it.
    const cancel = (/** @type {KeyboardEvent} */ { key }) => { if (key === "Escape") setDrag(null); };
    addEventListener("keydown", cancel);
    return () => removeEventListener("keydown", cancel);
  }, [drag === null]);

  const take = (/** @type {PointerEvent & { currentTarget: HTMLElement }} */ event) => {
    const part = /** @type {HTMLElement} */ (event.target);
    const isHold = event.pointerType === "mouse" ? !part.closest("button") : part.closest(".grip");
    if (isDisabled || !event.isPrimary || event.button !== 0 || !isHold) return;
    const item = event.currentTarget;
    const items = [.../** @type {HTMLElement} */ (item.parentElement).children];
    const boxes = items.map((one) => one.getBoundingClientRect()).map(({ top, height }) => ({ top: top + scrollY, height }));
    const from = items.indexOf(item);
    item.setPointerCapture(event.pointerId);
    setDrag({ id: item.dataset.id ?? "", from, to: from, pointer: event.pointerId, began: event.pageY, by: 0, boxes });
  };
  const move = (/** @type {PointerEvent} */ event) => {
    if (!drag || event.pointerId !== drag.pointer) return;
    const by = event.pageY - drag.began;
    setDrag({ ...drag, by, to: placeAt(drag, by) });
  };
  const drop = (/** @type {PointerEvent} */ event) => {
    if (!drag || event.pointerId !== drag.pointer) return;
    setDrag(null);
    if (drag.to !== drag.from) onDrop(drag.id, drag.to);
  };
  const cancel = () => setDrag(null);
  const isMoving = drag !== null && Math.abs(drag.by) >= SLACK;
  return {
    isMoving,
    /** What an item listens to. */
    handlers: { onPointerDown: take, onPointerMove: move, onPointerUp: drop, onPointerCancel: cancel },
    /** How the item at this place is drawn. @param {number} index */
    styleAt: (index) => ({ transform: isMoving && drag ? `translateY(${shift(drag, index)}px)` : "" }),
    /** The place that the item at this place would have. @param {number} index */
    placeOf: (index) => (isMoving && drag ? newPlace(drag, index) : index),
    /** @param {number} index */
    isHeld: (index) => isMoving && drag?.from === index,
  };
}

/**
 * Where it would be: past every item whose middle its own has passed.
 * @param {Drag} drag
 * @param {number} by
 */
function placeAt({ boxes, from }, by) {
  const middle = (/** @type {number} */ index) => boxes[index].top + boxes[index].height / 2;
  const edge = by < 0 ? boxes[from].top + by : boxes[from].top + boxes[from].height + by;
  let to = from;
  while (to > 0 && by < 0 && edge < middle(to - 1)) to -= 1;
  while (to < boxes.length - 1 && by > 0 && edge > middle(to + 1)) to += 1;
  return to;
}

/**
 * How far an item is drawn from its place, in pixels: what is held follows the pointer, what it has passed makes room.
 * @param {Drag} drag
 * @param {number} index
 */
function shift({ boxes, from, to, by }, index) {
  if (index === from) return by;
  const gap = boxes.length > 1 ? boxes[1].top - boxes[0].top - boxes[0].height : 0;
  return (newPlace({ from, to }, index) - index) * (boxes[from].height + gap);
}

/**
 * The place of an item once what is held was put down.
 * @param {{ from: number, to: number }} drag
 * @param {number} index its place now
 */
function newPlace({ from, to }, index) {
  if (index === from) return to;
  if (index > from && index <= to) return index - 1;
  return index < from && index >= to ? index + 1 : index;
}
