import { call } from "../../api.js";
import { Button } from "../../design/button.js";
import { Check, Field } from "../../design/field.js";
import { Banner, toast } from "../../design/messages.js";
import { Empty, show, useLoaded } from "../../design/states.js";
import { Table } from "../../design/table.js";
import { number, t } from "../../language.js";
import { html, useState } from "../../view.js";
import { all } from "../pages.js";
import { FormDialog } from "../work.js";
import { isMeant } from "./members.js";

/** @typedef {import("exam-api").Schemas["Course"]} Course */
/** @typedef {import("exam-api").Schemas["Enrolment"]} Enrolment */
/** @typedef {import("exam-api").Schemas["Group"]} Group */

/** The most that one request lists. */
const PAGE = 500;

/** @param {string} id of a course */
const loadGroups = (id) => all(async (/** @type {string | undefined} */ after) => {
  const { groups, next } = await call("GET /api/v1/courses/{id}/groups", { path: { id }, query: { limit: PAGE, after } });
  return { rows: groups, next };
});

/** @param {string} id of a course @param {string} group */
const loadMembers = (id, group) => all(async (/** @type {string | undefined} */ after) => {
  const { people, next } = await call("GET /api/v1/courses/{id}/groups/{group}/members", { path: { id, group }, query: { limit: PAGE, after } });
  return { rows: people, next };
});

/**
 * Groups of a course, for instance seminars; they can be named as those who may sit an exam.
 * @param {{ course: Course, people: readonly Enrolment[] }} props
 */
export function Groups({ course, people }) {
  const groups = useLoaded(() => loadGroups(course.id), [course.id]);
  const [editing, setEditing] = useState(/** @type {{ group: Group | null, members: readonly Enrolment[] } | null} */ (null));
  const [going, setGoing] = useState(/** @type {Group | null} */ (null));
  const [gone, setGone] = useState(/** @type {{ name: string, logins: string[] } | null} */ (null));
  const path = { id: course.id };
  const open = (/** @type {Group} */ group) => loadMembers(course.id, group.id).then((members) => setEditing({ group, members }), (error) => toast(String(error.message), "bad"));
  const make = async (/** @type {string} */ name, /** @type {string[]} */ logins) => {
    const { id: group } = await call("POST /api/v1/courses/{id}/groups", { path, body: { name } });
    await call("PUT /api/v1/courses/{id}/groups/{group}/members", { path: { ...path, group }, body: { people: logins } }).finally(groups.reload);
  };
  const save = async (/** @type {string} */ name, /** @type {string[]} */ logins) => {
    const group = editing?.group?.id;
    if (group) await call("PUT /api/v1/courses/{id}/groups/{group}/members", { path: { ...path, group }, body: { people: logins } }).finally(groups.reload);
    else await make(name, logins);
    toast(t("saved"));
  };
  const remove = async (/** @type {Group} */ group) => {
    const members = await loadMembers(course.id, group.id);
    await call("DELETE /api/v1/courses/{id}/groups/{group}", { path: { ...path, group: group.id } });
    await groups.reload();
    setGone({ name: group.name, logins: members.map(({ login }) => login) });
  };
  const undo = () => gone && make(gone.name, gone.logins).then(() => setGone(null), (error) => toast(String(error.message), "bad"));
  /** @type {import("../../design/table.js").Column<Group>[]} */
  const columns = [
    { name: "name", label: t("group.name"), show: ({ name }) => name, by: ({ name }) => name },
    { name: "count", label: t("course.members"), show: ({ member_count }) => number(member_count), by: ({ member_count }) => member_count, isNumeric: true },
    { name: "act", label: t("edit"), isAction: true, show: (group) => html`<${Button} kind="quiet" small testid="group-members" aria-label=${t("group.members_of", { name: group.name })} onClick=${() => open(group)}>${t("group.members")}<//>
      <${Button} kind="quiet" small testid="group-remove" aria-label=${t("group.remove_one", { name: group.name })} onClick=${() => setGoing(group)}>${t("group.remove")}<//>` },
  ];
  return html`
    <div class="tools"><p class="soft grow">${t("group.hint")}</p><${Button} testid="group-new" onClick=${() => setEditing({ group: null, members: [] })}>${t("group.new")}<//></div>
    <div class="stack">
      ${gone && html`<${Banner} tone="good" testid="group-gone" onClose=${() => setGone(null)}><p>${t("group.removed", { name: gone.name })}
        <${Button} kind="quiet" small testid="group-undo" onClick=${undo}>${t("undo")}<//></p><//>`}
      ${show(groups, (rows) => (rows.length === 0 ? html`<${Empty} title=${t("group.none")} />`
        : html`<${Table} testid="groups" caption=${t("course.groups")} columns=${columns} rows=${rows} keyOf=${(/** @type {Group} */ { id }) => id} sorted=${{ name: "name" }} />`))}
    </div>
    ${editing && html`<${GroupForm} group=${editing.group} members=${editing.members} people=${people} save=${save} onClose=${() => setEditing(null)} />`}
    ${going && html`<${FormDialog} title=${t("group.remove_title", { name: going.name })} action=${t("group.remove")} kind="danger" testid="ask-group"
      run=${() => remove(going)} onClose=${() => setGoing(null)}><p>${t("group.remove_text")}</p><//>`}`;
}

/**
 * @param {object} props
 * @param {Group | null} props.group null for a new one
 * @param {readonly Enrolment[]} props.members
 * @param {readonly Enrolment[]} props.people who is in the course
 * @param {(name: string, logins: string[]) => Promise<void>} props.save
 * @param {() => void} props.onClose
 */
function GroupForm({ group, members, people, save, onClose }) {
  const [name, setName] = useState(group?.name ?? "");
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState(new Set(members.map(({ login }) => login)));
  const turn = (/** @type {string} */ login, /** @type {boolean} */ isIn) => setChosen((now) => {
    const next = new Set(now);
    if (isIn) next.add(login);
    else next.delete(login);
    return next;
  });
  const [before] = useState(chosen);
  /** Who was in it comes first, then all by name. @param {Enrolment} person */
  const place = ({ login, display_name }) => `${before.has(login) ? 0 : 1} ${display_name}`;
  const shown = people.filter((person) => person.role === "student" && isMeant(person, search)).sort((one, other) => place(one).localeCompare(place(other)));
  return html`<${FormDialog} title=${group ? t("group.members_of", { name: group.name }) : t("group.new")} action=${t("save")} testid="group-form" run=${() => save(name.trim(), [...chosen])} onClose=${onClose}>
    ${!group && html`<${Field} name="group-name" label=${t("group.name")} value=${name} onInput=${setName} required autofocus autocomplete="off" />`}
    <${Field} name="group-search" type="search" label=${t("group.search")} value=${search} onInput=${setSearch} autocomplete="off" />
    <fieldset><legend class="label">${t("group.chosen", { count: chosen.size })}</legend>
      <div class="choices" tabindex="0" role="group" aria-label=${t("course.members")}>
        ${shown.map(({ login, display_name }) => html`<${Check} key=${login} name=${`in-${login}`} checked=${chosen.has(login)} onChange=${(/** @type {boolean} */ isIn) => turn(login, isIn)}>${display_name} <span class="soft small">${login}</span><//>`)}
        ${shown.length === 0 && html`<p class="soft">${t("members.none_found")}</p>`}
      </div></fieldset>
  <//>`;
}
