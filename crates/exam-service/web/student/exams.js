import { call } from "../api.js";
import { show, useLoaded, Empty } from "../design/states.js";
import { t } from "../language.js";
import { html } from "../view.js";

/** The exams of the student. */
export function Exams() {
  const exams = useLoaded(() => call("GET /api/v1/my/exams"), []);
  return html`<h1>${t("exams.title")}</h1>${show(exams, ({ exams }) => exams.length === 0 ? html`<${Empty} title=${t("exams.none")} />` : exams.map((exam) => html`<p>${exam.title}</p>`))}`;
}
