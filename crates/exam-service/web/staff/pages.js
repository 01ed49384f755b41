// Lists that the server hands out part by part.

/**
 * All of a list.
 * @template Item
 * @param {(after: string | undefined) => Promise<{ items: Item[], next?: string | null }>} load one part
 * @returns {Promise<Item[]>}
 */
export async function allOf(load) {
  /** @type {Item[]} */
  const items = [];
  /** @type {string | undefined} */
  let after;
  do {
    const part = await load(after);
    items.push(...part.items);
    after = part.next ?? undefined;
  } while (after);
  return items;
}
