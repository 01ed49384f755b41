// What the service told somebody, behind a bell in the bar.

import { call } from "../../api.js";
import { Button } from "../../design/button.js";
import { Dialog } from "../../design/dialog.js";
import { dateAndTime, t } from "../../language.js";
import * as session from "../../session.js";
import { html, useEffect, useState } from "../../view.js";
import { sheet } from "../sheet.js";

/** @typedef {import("exam-api").Schemas["Notification"]} Notification */

sheet(new URL("./account.css", import.meta.url));

const ASKED_EVERY_MS = 60000;
const SHOWN = 50;
/** What there are words for; another one is shown with the exam's name alone. */
const KNOWN = ["exam_published", "exam_moved", "results_released"];

/** There once there is something to tell. */
export function Bell() {
  const [news, setNews] = useState(/** @type {Notification[]} */ ([]));
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    // Without an answer the next one will do: this is told in passing.
    const ask = () => { if (!session.hasEnded()) call("GET /api/v1/me/notifications", { query: { limit: SHOWN } }).then(({ notifications }) => setNews(notifications), () => {}); };
    ask();
    const timer = setInterval(ask, ASKED_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const unread = news.filter(({ read_at }) => !read_at).length;
  const close = async () => {
    setOpen(false);
    if (unread === 0) return;
    const read_at = new Date().toISOString();
    await call("POST /api/v1/me/notifications/read", { body: { up_to: news[0].id } })
      .then(() => setNews((now) => now.map((one) => ({ ...one, read_at: one.read_at ?? read_at }))), () => {});
  };
  if (news.length === 0) return null;
  return html`<span class="bell"><${Button} kind="quiet" small testid="bell" aria-label=${t("news.unread", { count: unread })} onClick=${() => setOpen(true)}>
      <svg class="picture" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 2a2 2 0 0 0-2 2v.6A7 7 0 0 0 5 11v5l-2 2v1h18v-1l-2-2v-5a7 7 0 0 0-5-6.4V4a2 2 0 0 0-2-2zm-2.5 18a2.5 2.5 0 0 0 5 0z" /></svg>${unread > 0 && html`<span class="count" aria-hidden="true">${unread}</span>`}<//></span>
    ${isOpen && html`<${Dialog} title=${t("news.title")} testid="news" onClose=${close} actions=${html`<${Button} testid="news-close" onClick=${close}>${t("close")}<//>`}>
      <ul class="news">${news.map((one) => html`<li key=${one.id} class=${one.read_at ? "" : "unread"}><p>${says(one)}</p><p class="soft small">${dateAndTime(one.created_at)}</p></li>`)}</ul>
    <//>`}`;
}

/** @param {Notification} one */
const says = ({ kind, title }) => (KNOWN.includes(kind) ? t(/** @type {import("../../language.js").Key} */ (`news.${kind}`), { title }) : title);
