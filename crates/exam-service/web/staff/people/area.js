import { Places } from "../../design/places.js";
import { t } from "../../language.js";
import { path } from "../../router.js";
import * as session from "../../session.js";
import { html } from "../../view.js";
import { sheet } from "../sheet.js";

sheet(new URL("./people.css", import.meta.url));

/** Whether who is signed in may change accounts, courses and who is in them. */
export const isAdministrator = () => session.current()?.user.role === "administrator";

/**
 * What is around the pages about people.
 * @param {{ title?: string, children?: unknown }} props
 */
export function PeopleArea({ title, children }) {
  const places = [
    { path: "/people", label: t("people.accounts") },
    { path: "/people/import", label: t("people.import") },
    { path: "/people/courses", label: t("people.courses") },
    { path: "/people/departments", label: t("people.departments") },
  ];
  return html`<h1>${title ?? t("people.title")}</h1>
    ${isAdministrator() && html`<${Places} label=${t("people.title")} places=${places} here=${path()} />`}
    ${children}`;
}
