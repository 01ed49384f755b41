import { Places } from "../../design/places.js";
import { t } from "../../language.js";
import { path } from "../../router.js";
import { html } from "../../view.js";
import "../people/area.js";
import { sheet } from "../sheet.js";

sheet(new URL("./system.css", import.meta.url));

/**
 * What is around the pages about the service itself.
 * @param {{ children?: unknown }} props
 */
export function SystemArea({ children }) {
  const places = [
    { path: "/system", label: t("system.state") },
    { path: "/system/jobs", label: t("system.jobs") },
    { path: "/system/audit", label: t("system.audit") },
    { path: "/system/settings", label: t("system.settings") },
  ];
  return html`<h1>${t("system.title")}</h1><${Places} label=${t("system.title")} places=${places} here=${path()} />${children}`;
}
