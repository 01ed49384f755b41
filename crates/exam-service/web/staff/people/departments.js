import { call } from "../../api.js";
import { Button } from "../../design/button.js";
import { Field } from "../../design/field.js";
import { toast } from "../../design/messages.js";
import { Empty, show, useLoaded } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { t } from "../../language.js";
import { html, useState } from "../../view.js";
import { all } from "../pages.js";
import { FormDialog } from "../work.js";
import { PeopleArea } from "./area.js";

/** @typedef {import("exam-api").Schemas["Department"]} Department */

/** The most that one request lists. */
const PAGE = 500;

/** Every department. */
export const loadDepartments = () => all(async (/** @type {string | undefined} */ after) => {
  const { departments, next } = await call("GET /api/v1/departments", { query: { limit: PAGE, after } });
  return { rows: departments, next };
});

/** @param {{ department: Department | null, reload: () => Promise<void>, onClose: () => void }} props */
function DepartmentForm({ department, reload, onClose }) {
  const [name, setName] = useState(department?.name ?? "");
  const run = async () => {
    const body = { name: name.trim() };
    if (department) await call("PATCH /api/v1/departments/{id}", { path: { id: department.id }, body });
    else await call("POST /api/v1/departments", { body });
    await reload();
    toast(t("saved"));
  };
  return html`<${FormDialog} title=${t(department ? "department.rename" : "department.new")} action=${t("save")} testid="department-form" run=${run} onClose=${onClose}>
    <${Field} name="department-name" label=${t("department.name")} value=${name} onInput=${setName} required autofocus autocomplete="off" />
  <//>`;
}

/** Departments are made and renamed; courses may belong to one. */
export function Departments() {
  const departments = useLoaded(loadDepartments, []);
  const [asked, setAsked] = useState(/** @type {{ department: Department | null } | null} */ (null));
  /** @type {import("../../design/table.js").Column<Department>[]} */
  const columns = [
    { name: "name", label: t("department.name"), show: ({ name }) => name, by: ({ name }) => name },
    { name: "rename", label: t("edit"), isAction: true, show: (department) => html`<${Button} kind="quiet" small onClick=${() => setAsked({ department })} aria-label=${t("department.rename_one", { name: department.name })}>${t("department.rename")}<//>` },
  ];
  return html`<${PeopleArea}>
    <div class="tools"><p class="soft grow">${t("department.hint")}</p><${Button} testid="department-new" onClick=${() => setAsked({ department: null })}>${t("department.new")}<//></div>
    ${show(departments, (rows) => (rows.length === 0 ? html`<${Empty} title=${t("department.none")} />`
      : html`<${Table} testid="departments" caption=${t("people.departments")} columns=${columns} rows=${rows} keyOf=${(/** @type {Department} */ { id }) => id} sorted=${{ name: "name" }} />`))}
    ${asked && html`<${DepartmentForm} department=${asked.department} reload=${departments.reload} onClose=${() => setAsked(null)} />`}
  <//>`;
}
