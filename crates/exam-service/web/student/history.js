// What one has sat so far, each time, with its results: exams, and practice, which counts for nothing.

import { call } from "../api.js";
import { Button } from "../design/button.js";
import { Empty, show, useLoaded } from "../design/states.js";
import { toast } from "../design/messages.js";
import { Table } from "../design/table.js";
import { dateAndTime, number, t } from "../language.js";
import { html, useState } from "../view.js";

/** @typedef {import("exam-api").Schemas["OwnAttempt"]} Attempt */

const AT_ONCE = 20;

/** @param {string | null} [after] */
const load = (after) => call("GET /api/v1/my/attempts", { query: { limit: AT_ONCE, after: after ?? undefined } });

/** @param {Attempt} attempt */
function score({ state, result }) {
  if (state === "open") return t("history.open");
  if (!result) return t("history.not_yet");
  const points = t("result.score", { score: number(result.score), most: number(result.max_score) });
  return result.is_final ? points : html`${points} <span class="soft small">(${t("history.waiting")})</span>`;
}

/** @param {Attempt} attempt */
const place = ({ id, state }) => (state === "open" ? `#/attempts/${id}` : `#/attempts/${id}/receipt`);

/** @returns {import("../design/table.js").Column<Attempt>[]} */
const columns = () => [
  { name: "exam", label: t("history.exam"), show: (one) => html`<a href=${place(one)}>${one.title}</a>`, by: ({ title }) => title },
  { name: "number", label: t("history.number"), isNumeric: true, show: (one) => number(one.number), by: (one) => one.number },
  { name: "day", label: t("history.day"), show: ({ started_at }) => dateAndTime(started_at), by: ({ started_at }) => started_at },
  { name: "answered", label: t("history.answered"), isNumeric: true, by: ({ answered }) => answered,
    show: ({ answered, question_count }) => t("history.count", { answered: number(answered), all: number(question_count) }) },
  { name: "score", label: t("history.score"), isNumeric: true, show: score, by: ({ result }) => result?.score ?? null },
  { name: "grade", label: t("history.grade"), show: ({ result }) => result?.grade ?? "–", by: ({ result }) => result?.grade ?? null },
];

/** @param {{ name: "exams" | "practice", rows: readonly Attempt[] }} props */
const Part = ({ name, rows }) => html`<section class="stack tight"><h2>${t(`history.${name}`)}</h2>
  <${Table} testid=${`history-${name}`} caption=${t(`history.${name}`)} columns=${columns()} rows=${rows} keyOf=${(/** @type {Attempt} */ { id }) => id} sorted=${{ name: "day", isDescending: true }} /></section>`;

export function History() {
  const first = useLoaded(() => load(), []);
  const [earlier, setEarlier] = useState(/** @type {{ attempts: Attempt[], next?: string | null } | null} */ (null));
  const [isBusy, setBusy] = useState(false);
  const next = earlier ? earlier.next : first.value?.next;
  const more = async () => {
    setBusy(true);
    try {
      const part = await load(next);
      setEarlier({ attempts: [...(earlier?.attempts ?? []), ...part.attempts], next: part.next });
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), "bad");
    }
    setBusy(false);
  };
  return html`<h1>${t("history.title")}</h1>
    ${show(first, ({ attempts }) => {
      const all = [...attempts, ...(earlier?.attempts ?? [])];
      const [counting, practice] = [all.filter((one) => !one.is_practice), all.filter((one) => one.is_practice)];
      if (all.length === 0) return html`<${Empty} title=${t("history.none")} />`;
      return html`<div class="stack">${counting.length > 0 && html`<${Part} name="exams" rows=${counting} />`}
        ${practice.length > 0 && html`<${Part} name="practice" rows=${practice} />`}
        ${next && html`<p><${Button} kind="secondary" testid="more" busy=${isBusy} onClick=${more}>${t("history.more")}<//></p>`}</div>`;
    })}`;
}
