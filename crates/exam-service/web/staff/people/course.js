import { call } from "../../api.js";
import { Badge } from "../../design/badge.js";
import { Button } from "../../design/button.js";
import { toast } from "../../design/messages.js";
import { show, useLoaded } from "../../design/states.js";
import { Tabs } from "../../design/tabs.js";
import { t } from "../../language.js";
import { html, useState } from "../../view.js";
import { all } from "../pages.js";
import { FormDialog } from "../work.js";
import { isAdministrator } from "./area.js";
import { CourseForm } from "./course-form.js";
import { loadDepartments } from "./departments.js";
import { Groups } from "./groups.js";
import { Members } from "./members.js";

/** @typedef {import("exam-api").Schemas["Course"]} Course */

/** The most that one request lists. */
const PAGE = 500;

/** @param {string} id */
async function load(id) {
  const [course, departments, people] = await Promise.all([
    call("GET /api/v1/courses/{id}", { path: { id } }),
    loadDepartments(),
    all(async (/** @type {string | undefined} */ after) => {
      const reply = await call("GET /api/v1/courses/{id}/enrolments", { path: { id }, query: { limit: PAGE, after } });
      return { rows: reply.people, next: reply.next };
    }),
  ]);
  return { course, departments, people };
}

/**
 * One course: who is in it, and in which groups.
 * @param {{ id: string }} props
 */
export function CourseOfPeople({ id }) {
  const loaded = useLoaded(() => load(id), [id]);
  const [tab, setTab] = useState("members");
  const [asked, setAsked] = useState(/** @type {"edit" | "archive" | null} */ (null));
  const close = () => setAsked(null);
  const change = async (/** @type {import("exam-api").Schemas["CourseChangeRequest"]} */ body, /** @type {string} */ done) => {
    await call("PATCH /api/v1/courses/{id}", { path: { id }, body });
    await loaded.reload();
    toast(done);
  };
  const restore = () => change({ archived: false }, t("course.restored")).catch((error) => toast(String(error.message), "bad"));
  const tabs = [{ name: "members", label: t("course.members") }, { name: "groups", label: t("course.groups") }];
  return html`<p><a href=${isAdministrator() ? "#/people/courses" : "#/courses"}>${t("course.back")}</a></p>
    ${show(loaded, ({ course, departments, people }) => html`
      <div class="row apart headline"><h1><span class="soft">${course.code}</span> ${course.title}</h1>
        <div class="row">${course.archived_at && html`<${Badge}>${t("course.archived")}<//>`}
          ${isAdministrator() && html`<${Button} kind="secondary" small testid="course-edit" onClick=${() => setAsked("edit")}>${t("edit")}<//>
            ${course.archived_at ? html`<${Button} kind="secondary" small testid="course-restore" onClick=${restore}>${t("course.restore")}<//>`
              : html`<${Button} kind="secondary" small testid="course-archive" onClick=${() => setAsked("archive")}>${t("course.archive")}<//>`}`}</div></div>
      <${Tabs} label=${course.title} tabs=${tabs} selected=${tab} onSelect=${setTab}>
        ${tab === "members" ? html`<${Members} course=${course} people=${people} reload=${loaded.reload} />` : html`<${Groups} course=${course} people=${people} />`}
      <//>
      ${asked === "edit" && html`<${CourseForm} course=${course} departments=${departments} send=${(/** @type {any} */ fields) => change(fields, t("saved"))} onClose=${close} />`}
      ${asked === "archive" && html`<${FormDialog} title=${t("course.archive_title", { name: course.title })} action=${t("course.archive")} kind="danger" testid="ask-archive"
        run=${() => change({ archived: true }, t("course.archived_now"))} onClose=${close}><p>${t("course.archive_text")}</p><//>`}`)}`;
}
