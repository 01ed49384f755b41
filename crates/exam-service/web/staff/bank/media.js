import { call } from "../../api.js";
import { t } from "../../language.js";
import { html, useRef } from "../../view.js";
import { Button } from "../../design/button.js";
import { useAction } from "../work.js";

/** How an image or a sound is written in a text. @param {string} format @param {string} url @param {string} name @param {boolean} isSound */
function markup(format, url, name, isSound) {
  const words = name.replace(/\.[^.]*$/, "").replace(/[<>"[\]&]/g, " ");
  if (isSound) return `<audio src="${url}"></audio>`;
  return format === "html" ? `<img src="${url}" alt="${words}">` : `![${words}](${url})`;
}

/**
 * Uploads a file for a course, and says how it is written in a text.
 * @param {{ course: string, format: string, onInsert: (text: string) => void }} props
 */
export function MediaButton({ course, format, onInsert }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [isBusy, run] = useAction();
  const upload = () => run(async () => {
    const file = input.current?.files?.[0];
    if (!file) return;
    const { url, content_type } = await call("POST /api/v1/courses/{id}/media", { path: { id: course }, body: new Blob([file]) });
    onInsert(markup(format, url, file.name, content_type.startsWith("audio/")));
    if (input.current) input.current.value = "";
  });
  return html`<input type="file" class="out-of-sight" tabindex="-1" aria-hidden="true" ref=${input} data-testid="media-file" accept="image/png,image/jpeg,image/gif,image/webp,image/avif,audio/*" onChange=${upload} />
    <${Button} small kind="secondary" testid="media" busy=${isBusy} disabled=${format === "plain"} title=${format === "plain" ? t("bank.media_plain") : null} onClick=${() => input.current?.click()}>${t("bank.media")}<//>`;
}
