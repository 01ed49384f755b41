import { call } from "../../api.js";
import { Button } from "../../design/button.js";
import { show, useLoaded } from "../../design/states.js";
import { dateAndTime, t } from "../../language.js";
import { html, useState } from "../../view.js";
import { Preview } from "./preview.js";

/** @typedef {import("./document.js").QuestionDocument} QuestionDocument */

/**
 * What a question said before; any version can be taken up again as the next one.
 * @param {{ id: string, current: number, onTake: (question: QuestionDocument) => void }} props
 */
export function Versions({ id, current, onTake }) {
  const loaded = useLoaded(async () => (await call("GET /api/v1/questions/{id}/versions", { path: { id }, query: { limit: 100 } })).versions, [id, current]);
  const [chosen, setChosen] = useState(current);
  return show(loaded, (versions) => {
    const shown = versions.find(({ version }) => version === chosen) ?? versions[0];
    const question = /** @type {QuestionDocument} */ (/** @type {unknown} */ (shown.question));
    return html`<div class="beside">
      <ol class="versions" reversed>${versions.map(({ version, changed_at }) => html`<li key=${version}>
        <button type="button" class=${version === shown.version ? "chosen" : ""} aria-pressed=${version === shown.version ? "true" : "false"} onClick=${() => setChosen(version)}>
          <strong>${t("bank.version", { version })}</strong> <span class="soft small">${dateAndTime(changed_at)}</span></button></li>`)}</ol>
      <div class="stack"><${Preview} question=${question} />
        ${shown.version !== current && html`<p><${Button} kind="secondary" onClick=${() => onTake({ ...question, id })}>${t("bank.take_version")}<//> <span class="soft small">${t("bank.take_version_hint")}</span></p>`}</div>
    </div>`;
  });
}
