import { call } from "../../api.js";
import { Button } from "../../design/button.js";
import { Field } from "../../design/field.js";
import { Banner } from "../../design/messages.js";
import { useLoaded } from "../../design/states.js";
import { t } from "../../language.js";
import { html, useState } from "../../view.js";
import { useAction } from "../work.js";
import { download } from "../files.js";
import { FORMATS } from "./formats.js";
import { categoriesOf } from "./questions.js";

/** The questions of a course as a file; what the format cannot say is said before. @param {{ course: string }} props */
export function Export({ course }) {
  const categories = useLoaded(() => categoriesOf(course), [course]);
  const [format, setFormat] = useState("xlsx");
  const [category, setCategory] = useState("");
  const [tag, setTag] = useState("");
  const [isBusy, run] = useAction();
  const query = { format, category: category || undefined, tag: tag || undefined };
  const losses = useLoaded(async () => /** @type {import("./import.js").Report} */ (/** @type {unknown} */ (await call("GET /api/v1/courses/{id}/questions/export", { path: { id: course }, query: { ...query, report: true } }))), [course, format, category, tag]);
  const notes = losses.value?.notes ?? [];
  const save = () => run(() => {
    const asked = new URLSearchParams(Object.entries(query).flatMap(([name, value]) => (value ? [[name, value]] : [])));
    const ending = FORMATS.find(({ name }) => name === format)?.ending;
    return download(`/api/v1/courses/${course}/questions/export?${asked}`, `questions.${ending}`);
  });
  return html`<p><a href=${`#/bank/${course}`}>← ${t("bank.title")}</a></p><h1>${t("bank.export.title")}</h1>
    <div class="card stack">
      <div class="fields">
        <${Field} name="format" type="select" label=${t("bank.import.format")} value=${format} onInput=${setFormat}>${FORMATS.map(({ name, label }) => html`<option value=${name}>${label}</option>`)}<//>
        <${Field} name="category" type="select" label=${t("bank.category")} value=${category} onInput=${setCategory}><option value="">${t("bank.any")}</option>${(categories.value ?? []).map(({ id, path }) => html`<option value=${id}>${path}</option>`)}<//>
        <${Field} name="tag" label=${t("bank.tag")} value=${tag} maxlength="60" onInput=${setTag} />
      </div>
      ${notes.length > 0 && html`<${Banner} tone="warn" testid="losses"><details><summary>${t("bank.export.losses", { count: notes.length + (losses.value?.unlisted_notes ?? 0) })}</summary><ul>${notes.map(({ place, what }) => html`<li>${place ? `${place}: ` : ""}${what}</li>`)}</ul></details><//>`}
      <p><${Button} testid="download" busy=${isBusy} onClick=${save}>${t("bank.export.action")}<//></p>
    </div>`;
}
