import { RequestError, call } from "../../api.js";
import { Button } from "../../design/button.js";
import { Field } from "../../design/field.js";
import { Banner, toast } from "../../design/messages.js";
import { Empty } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { t } from "../../language.js";
import { html, useState } from "../../view.js";
import { FormDialog } from "../work.js";
import { isAdministrator } from "./area.js";
import { PARTS, RoleField, roleName } from "./roles.js";

/** @typedef {import("exam-api").Schemas["Course"]} Course */
/** @typedef {import("exam-api").Schemas["Enrolment"]} Enrolment */
/** @typedef {import("exam-api").Schemas["Part"]} Part */

/**
 * Whether somebody is meant by what is typed.
 * @param {Enrolment} person
 * @param {string} search
 */
export const isMeant = ({ display_name, login, student_number }, search) =>
  `${display_name} ${login} ${student_number ?? ""}`.toLocaleLowerCase().includes(search.trim().toLocaleLowerCase());

/**
 * Who is in a course.
 * @param {{ course: Course, people: readonly Enrolment[], reload: () => Promise<void> }} props
 */
export function Members({ course, people, reload }) {
  const [search, setSearch] = useState("");
  const [role, setRole] = useState("");
  const [isEnrolling, setEnrolling] = useState(false);
  const [leaving, setLeaving] = useState(/** @type {Enrolment | null} */ (null));
  const [left, setLeft] = useState(/** @type {Enrolment | null} */ (null));
  const path = { id: course.id };
  const enrol = async (/** @type {string[]} */ names, /** @type {Part} */ part) => {
    const { count } = await call("POST /api/v1/courses/{id}/enrolments", { path, body: { people: names, role: part } });
    await reload();
    toast(t("members.enrolled", { count }));
  };
  const remove = async (/** @type {Enrolment} */ person) => {
    await call("DELETE /api/v1/courses/{id}/enrolments/{user}", { path: { ...path, user: person.user_id } });
    await reload();
    setLeft(person);
  };
  const undo = async () => {
    if (!left) return;
    await enrol([left.login], left.role).then(() => setLeft(null), (error) => toast(String(error.message), "bad"));
  };
  const shown = people.filter((person) => (role === "" || person.role === role) && isMeant(person, search));
  /** @type {import("../../design/table.js").Column<Enrolment>[]} */
  const columns = [
    { name: "name", label: t("account.name"), by: ({ display_name }) => display_name,
      show: ({ user_id, display_name }) => (isAdministrator() ? html`<a href=${`#/people/accounts/${user_id}`}>${display_name}</a>` : display_name) },
    { name: "login", label: t("account.login"), show: ({ login }) => login, by: ({ login }) => login },
    { name: "number", label: t("account.number"), show: ({ student_number }) => student_number ?? "–", by: ({ student_number }) => student_number ?? null },
    { name: "role", label: t("members.part"), show: (person) => roleName(person.role), by: (person) => roleName(person.role) },
  ];
  if (isAdministrator()) columns.push({ name: "remove", label: t("members.remove"), isAction: true, show: (person) => html`<${Button} kind="quiet" small testid="member-remove"
    aria-label=${t("members.remove_one", { name: person.display_name })} onClick=${() => setLeaving(person)}>${t("members.remove")}<//>` });
  return html`
    <div class="tools">
      <${Field} name="search" type="search" label=${t("people.search")} value=${search} onInput=${setSearch} autocomplete="off" />
      <${RoleField} name="part" label=${t("members.part")} roles=${PARTS} any=${t("members.any_part")} value=${role} onInput=${setRole} />
      <span class="soft small" data-testid="members-count">${t("members.count", { count: shown.length })}</span>
      <span class="grow"></span>
      ${isAdministrator() && html`<${Button} testid="enrol" onClick=${() => setEnrolling(true)}>${t("members.enrol")}<//>`}
    </div>
    <div class="stack">
      ${left && html`<${Banner} tone="good" testid="members-left" onClose=${() => setLeft(null)}><p>${t("members.removed", { name: left.display_name })}
        <${Button} kind="quiet" small testid="members-undo" onClick=${undo}>${t("undo")}<//></p><//>`}
      ${shown.length === 0 ? html`<${Empty} title=${t(people.length === 0 ? "members.none" : "members.none_found")} />`
        : html`<${Table} testid="members" caption=${t("course.members")} columns=${columns} rows=${shown} keyOf=${(/** @type {Enrolment} */ { user_id }) => user_id} sorted=${{ name: "name" }} />`}
    </div>
    ${isEnrolling && html`<${Enrol} course=${course} enrol=${enrol} onClose=${() => setEnrolling(false)} />`}
    ${leaving && html`<${FormDialog} title=${t("members.remove_title", { name: leaving.display_name })} action=${t("members.remove")} kind="danger" testid="ask-remove"
      run=${() => remove(leaving)} onClose=${() => setLeaving(null)}><p>${t("members.remove_text")}</p><//>`}`;
}

/** @param {{ course: Course, enrol: (names: string[], part: Part) => Promise<void>, onClose: () => void }} props */
function Enrol({ course, enrol, onClose }) {
  const [text, setText] = useState("");
  const [part, setPart] = useState("student");
  const [unknown, setUnknown] = useState(/** @type {string[]} */ ([]));
  const names = [...new Set(text.split(/[\n,;\t]+/).map((name) => name.trim()).filter(Boolean))];
  const run = async () => {
    setUnknown([]);
    try {
      await enrol(names, /** @type {Part} */ (part));
      return true;
    } catch (error) {
      if (!(error instanceof RequestError) || !Array.isArray(error.problem?.unknown)) throw error;
      setUnknown(error.problem.unknown);
      return false;
    }
  };
  return html`<${FormDialog} title=${t("members.enrol_title", { name: course.code })} action=${t("members.enrol_count", { count: names.length })} testid="enrol-form" run=${run} onClose=${onClose}>
    <${Field} name="enrol-people" type="textarea" label=${t("members.people")} hint=${t("members.people_hint")} value=${text} onInput=${setText} required autofocus spellcheck=${false} />
    <${RoleField} name="enrol-part" label=${t("members.part")} roles=${PARTS} value=${part} onInput=${setPart} />
    ${unknown.length > 0 && html`<${Banner} tone="bad"><p>${t("members.unknown", { count: unknown.length })}</p><p><code data-testid="enrol-unknown">${unknown.join(", ")}</code></p>
      <${Button} kind="secondary" small testid="enrol-without" onClick=${() => {
        setText(names.filter((name) => !unknown.includes(name)).join("\n"));
        setUnknown([]);
      }}>${t("members.without_unknown")}<//><//>`}
  <//>`;
}
