import { call } from "../../api.js";
import { Button } from "../../design/button.js";
import { Field } from "../../design/field.js";
import { toast } from "../../design/messages.js";
import { Empty, show, useLoaded } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { number, t } from "../../language.js";
import { html, useState } from "../../view.js";
import { FormDialog } from "../work.js";
import { categoriesOf } from "./questions.js";

/** @typedef {import("exam-api").Schemas["QuestionCategory"]} Category */
/** @typedef {{ what: "add" | "move" | "remove", category?: Category }} Asked */

/** What stays in a category when all that is below it is moved along. @param {readonly Category[]} all @param {Category} category */
const below = (all, { path }) => all.filter((other) => other.path.startsWith(`${path}/`)).length;

/** @param {readonly Category[]} all @param {(asked: Asked) => void} onAsk @returns {import("../../design/table.js").Column<Category>[]} */
const columns = (all, onAsk) => [
  { name: "path", label: t("bank.category"), by: ({ path }) => path, show: ({ path }) => {
    const names = path.split("/");
    return html`${names.length > 1 && html`<span class="soft">${names.slice(0, -1).join(" / ")} / </span>`}${names[names.length - 1]}`;
  } },
  { name: "count", label: t("plan.questions"), isNumeric: true, by: (one) => one.question_count, show: (one) => number(one.question_count) },
  { name: "actions", label: t("bank.actions"), isAction: true, show: (category) => html`<${Button} small kind="quiet" testid="move-category" aria-label=${t("category.move_what", { what: category.path })} onClick=${() => onAsk({ what: "move", category })}>${t("category.move")}<//>
      <${Button} small kind="quiet" testid="remove-category" aria-label=${t("category.remove_what", { what: category.path })} disabled=${category.question_count > 0 || below(all, category) > 0} title=${category.question_count > 0 || below(all, category) > 0 ? t("category.not_empty") : null}
        onClick=${() => onAsk({ what: "remove", category })}>${t("category.remove")}<//>` },
];

/** The categories of a bank: made, renamed, moved, and removed when nothing is in them. @param {{ course: string }} props */
export function Categories({ course }) {
  const loaded = useLoaded(() => categoriesOf(course), [course]);
  const [asked, setAsked] = useState(/** @type {Asked | null} */ (null));
  return html`<p><a href=${`#/bank/${course}`}>← ${t("bank.title")}</a></p>
    <div class="row apart"><h1>${t("category.title")}</h1><${Button} testid="add-category" onClick=${() => setAsked({ what: "add" })}>${t("category.add")}<//></div>
    <p class="soft">${t("category.about")}</p>
    ${show(loaded, (all) => html`${all.length === 0 ? html`<${Empty} title=${t("category.none")}><p>${t("category.none_hint")}</p><//>`
        : html`<${Table} testid="categories" caption=${t("category.title")} columns=${columns(all, setAsked)} rows=${all} keyOf=${(/** @type {Category} */ { id }) => id} sorted=${{ name: "path" }} />`}
      ${asked && html`<${Change} key=${`${asked.what} ${asked.category?.id}`} course=${course} all=${all} asked=${asked} onClose=${() => setAsked(null)} onDone=${loaded.reload} />`}`)}`;
}

/** @param {{ course: string, all: readonly Category[], asked: Asked, onClose: () => void, onDone: () => Promise<void> }} props */
function Change({ course, all, asked: { what, category }, onClose, onDone }) {
  const before = category?.path ?? "";
  const [path, setPath] = useState(before);
  const run = async () => {
    const id = category?.id ?? "";
    if (what === "add") await call("POST /api/v1/courses/{id}/question-categories", { path: { id: course }, body: { path } });
    else if (what === "move") await call("PUT /api/v1/question-categories/{id}", { path: { id }, body: { path } });
    else await call("DELETE /api/v1/question-categories/{id}", { path: { id } });
    toast(t(/** @type {import("../../language.js").Key} */ (`category.done.${what}`)));
    await onDone();
  };
  const title = what === "add" ? t("category.add") : t(what === "move" ? "category.move_what" : "category.remove_what", { what: before });
  const inside = category ? below(all, category) : 0;
  return html`<${FormDialog} title=${title} action=${t(what === "add" ? "category.add" : what === "move" ? "bank.save" : "category.remove")} kind=${what === "remove" ? "danger" : "primary"} testid="category" run=${run} onClose=${onClose}>
    ${what === "remove" ? html`<p>${t("category.remove_ask")}</p>`
      : html`<${Field} name="category-path" label=${t("category.path")} hint=${t("category.path_hint")} value=${path} maxlength="500" required onInput=${setPath} />
        ${what === "move" && inside > 0 && html`<p class="soft">${t("category.takes_along", { count: inside })}</p>`}`}<//>`;
}
