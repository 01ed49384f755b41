// What is typed and chosen in a form, as values.

/** @typedef {{ currentTarget: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement }} InputEvent */

/**
 * A listener that is told the value.
 * @param {(value: string) => void} take
 */
export const typed = (take) => (/** @type {InputEvent} */ event) => take(event.currentTarget.value);

/**
 * A listener that is told whether it is ticked.
 * @param {(isTicked: boolean) => void} take
 */
export const ticked = (take) => (/** @type {{ currentTarget: HTMLInputElement }} */ event) => take(event.currentTarget.checked);

/**
 * A list with one item replaced.
 * @template Item
 * @param {readonly Item[]} items
 * @param {number} at
 * @param {Item} item
 */
export const replaced = (items, at, item) => items.map((one, index) => (index === at ? item : one));

/**
 * A list without one item.
 * @template Item
 * @param {readonly Item[]} items
 * @param {number} at
 */
export const without = (items, at) => items.filter((_, index) => index !== at);

/**
 * A list with one item moved to another place; as it was where there is no such place.
 * @template Item
 * @param {readonly Item[]} items
 * @param {number} from
 * @param {number} to
 */
export function moved(items, from, to) {
  if (to < 0 || to >= items.length) return [...items];
  const others = without(items, from);
  return [...others.slice(0, to), items[from], ...others.slice(to)];
}

/** A number of a form, or null where nothing or no number is there. @param {string} text */
export const numberOf = (text) => (text.trim() === "" || !Number.isFinite(Number(text)) ? null : Number(text));
