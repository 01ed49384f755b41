// Codes on slips: what candidates without a password sign in with.

import { RequestError, call, makeFile } from "../../api.js";
import { Button } from "../../design/button.js";
import { Dialog } from "../../design/dialog.js";
import { Field } from "../../design/field.js";
import { Banner } from "../../design/messages.js";
import { Failed, Loading, useLoaded } from "../../design/states.js";
import { number, t } from "../../language.js";
import { saveFile } from "../../save-file.js";
import { html, useState } from "../../view.js";
import { examHead } from "../board/exams.js";
import { useStyle } from "../board/style.js";
import { fileName } from "../files.js";
import { all } from "../pages.js";
import { useWork, wordsOf } from "../work.js";

/** @typedef {"pdf" | "csv"} Format */

/** Names, one on a line or with commas between them. @param {string} text */
const namesIn = (text) => text.split(/[\n,;]+/).map((name) => name.trim()).filter(Boolean);

/**
 * Who may sit an exam.
 * @param {string} exam
 */
export const candidatesOf = (exam) => all((after) => call("GET /api/v1/exams/{id}/candidates", { path: { id: exam }, query: { limit: 1000, after } }).then(({ candidates, next }) => ({ rows: candidates, next })));

/** @param {{ exam: string }} props */
export function Slips({ exam }) {
  useStyle();
  const loaded = useLoaded(async () => {
    const [head, candidates] = await Promise.all([examHead(exam), candidatesOf(exam)]);
    return { title: head?.title ?? "", count: candidates.length };
  }, [exam]);
  const [names, setNames] = useState("");
  const [asked, setAsked] = useState(/** @type {Format | null} */ (null));
  const { isBusy, error, run } = useWork();
  const [made, setMade] = useState(0);
  if (loaded.isLoading) return html`<${Loading} />`;
  if (!loaded.value) return html`<${Failed} error=${loaded.error} onRetry=${loaded.reload} />`;
  const { title, count: everybody } = loaded.value;
  const only = namesIn(names);
  const count = only.length || everybody;
  const make = async () => {
    if (!asked) return;
    const isMade = await run(async () => {
      const file = await makeFile(`/api/v1/exams/${encodeURIComponent(exam)}/codes`, { format: asked, only: only.length > 0 ? { people: only } : undefined });
      saveFile(file, `${fileName(`${title} ${t("slips.file")}`)}.${asked}`);
    });
    setMade(isMade ? count : 0);
    setAsked(null);
  };
  const unknown = error instanceof RequestError ? error.problem?.unknown : null;
  return html`<p><a href=${`#/board/${exam}`} data-testid="back-to-board">← ${t("timeline.back")}</a></p>
    <h1>${t("slips.title")}</h1>
    ${title && html`<p class="soft">${title}</p>`}
    <div class="card stack reading">
      <p>${t("slips.about")}</p>
      <${Field} name="only" type="textarea" rows="4" label=${t("slips.only")} hint=${t("slips.only_hint", { count: everybody, shown: number(everybody) })} value=${names} onInput=${setNames} />
      <div class="row">
        <${Button} testid="slips-pdf" disabled=${everybody === 0} onClick=${() => setAsked("pdf")}>${t("slips.pdf")}<//>
        <${Button} kind="secondary" testid="slips-csv" disabled=${everybody === 0} onClick=${() => setAsked("csv")}>${t("slips.csv")}<//>
      </div>
      ${everybody === 0 && html`<p class="soft">${t("board.none")}</p>`}
      ${made > 0 && html`<${Banner} tone="good" testid="slips-made">${t("slips.made", { count: made, shown: number(made) })}<//>`}
      ${error && html`<${Banner} tone="bad" testid="slips-problem">${Array.isArray(unknown) ? t("slips.unknown", { names: unknown.slice(0, 10).join(", ") }) : wordsOf(error)}<//>`}
    </div>
    ${asked && html`<${Dialog} title=${t("slips.sure_title", { count, shown: number(count) })} testid="slips-dialog" onClose=${() => setAsked(null)} actions=${html`
        <${Button} kind="secondary" onClick=${() => setAsked(null)}>${t("board.act.cancel")}<//>
        <${Button} testid="slips-confirm" busy=${isBusy} onClick=${make}>${t(asked === "pdf" ? "slips.pdf" : "slips.csv")}<//>`}>
      <p>${t("slips.sure")}</p><//>`}`;
}
