import { Field } from "../../design/field.js";
import { t } from "../../language.js";
import { html } from "../../view.js";

/** @typedef {import("exam-api").Schemas["Role"]} Role */

/** What an account may be. */
export const ROLES = /** @type {const} */ (["student", "lecturer", "invigilator", "administrator"]);
/** What somebody may be in a course. */
export const PARTS = /** @type {const} */ (["student", "lecturer", "invigilator"]);

/** @param {string} role */
export const roleName = (role) => t(/** @type {import("../../language.js").Key} */ (`role.${role}`));

/**
 * A choice of one of these roles; with `any` also of none.
 * @param {object} props
 * @param {string} props.name
 * @param {string} props.label
 * @param {string} [props.hint]
 * @param {readonly string[]} props.roles
 * @param {string} props.value
 * @param {(role: string) => void} props.onInput
 * @param {string} [props.any] what the choice of none is called
 */
export const RoleField = ({ roles, any, value, ...rest }) => html`<${Field} type="select" value=${value} ...${rest}>
  ${any && html`<option value="" selected=${value === ""}>${any}</option>`}
  ${roles.map((role) => html`<option value=${role} selected=${value === role}>${roleName(role)}</option>`)}
<//>`;
