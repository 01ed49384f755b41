// Lists that the service gives in parts.

import { Button } from "../design/button.js";
import { useLoaded } from "../design/states.js";
import { t } from "../language.js";
import { html, useState } from "../view.js";
import { Wrong, useWork } from "./work.js";

/**
 * @template Row, Mark
 * @typedef {{ rows: Row[], next?: Mark | null }} Part
 */

/**
 * All parts of a list that is known to be of a size that a page can hold.
 * @template Row, Mark
 * @param {(after: Mark | undefined) => Promise<Part<Row, Mark>>} load
 */
export async function all(load) {
  const rows = /** @type {Row[]} */ ([]);
  let after = /** @type {Mark | undefined} */ (undefined);
  do {
    const part = await load(after);
    rows.push(...part.rows);
    after = part.next ?? undefined;
  } while (after !== undefined);
  return rows;
}

/**
 * The first part of a list, and more of it when somebody wants it.
 * @template Row, Mark
 * @param {(after: Mark | undefined) => Promise<Part<Row, Mark>>} load
 * @param {readonly unknown[]} inputs
 */
export function usePages(load, inputs) {
  const first = useLoaded(() => load(undefined), inputs);
  const [added, setAdded] = useState(/** @type {{ to: unknown, rows: Row[], next: Mark | null | undefined } | null} */ (null));
  const work = useWork();
  // What was added to another list, for instance of an earlier search, does not belong to this one.
  const mine = added && added.to === first.value ? added : null;
  const rows = [...(first.value?.rows ?? []), ...(mine?.rows ?? [])];
  const next = mine ? mine.next : first.value?.next;
  const more = () => work.run(async () => {
    const part = await load(next ?? undefined);
    setAdded({ to: first.value, rows: [...(mine?.rows ?? []), ...part.rows], next: part.next });
  });
  return { ...first, value: first.value && rows, hasMore: next !== null && next !== undefined, more, work };
}

/**
 * The button under a list that goes on.
 * @param {{ pages: { hasMore: boolean, more: () => unknown, work: ReturnType<typeof useWork>, value?: readonly unknown[] } }} props
 */
export const More = ({ pages: { hasMore, more, work, value } }) => (hasMore ? html`<div class="row">
  <${Button} kind="secondary" small testid="more" busy=${work.isBusy} onClick=${more}>${t("pages.more")}<//>
  <span class="soft small">${t("pages.shown", { count: value?.length ?? 0 })}</span><${Wrong} error=${work.error} /></div>` : null);
