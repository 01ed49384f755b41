// Where every page begins: what the browser prefers, who is signed in, and the pages of their role, which are loaded
// when they are needed.

import { RequestError } from "./api.js";
import { ResetPassword } from "./account/reset.js";
import { SignInPage } from "./account/sign-in.js";
import { Failed, Loading } from "./design/states.js";
import { Toasts } from "./design/messages.js";
import { onSpoken, speak, t } from "./language.js";
import { inPeace, keepPages } from "./offline.js";
import { apply as applyPreferences } from "./preferences.js";
import { go, match, onMove, path } from "./router.js";
import * as session from "./session.js";
import { html, render, useEffect, useState } from "./view.js";

/**
 * @typedef {object} Area the pages of a role
 * @property {readonly import("./router.js").Route[]} routes
 * @property {string} start where one begins
 * @property {(props: { path: string, children: unknown }) => unknown} Frame what is around each of them
 */

/** @type {Promise<Area> | null} */
let students = null;

/** @type {{ student: () => Promise<Area>, staff: () => Promise<Area> }} */
const AREAS = {
  student: () => {
    hurry();
    students ??= import("./student/routes.js").then(({ area }) => area());
    // What failed is tried again.
    students.catch(() => { students = null; });
    return students;
  },
  staff: () => import("./staff/routes.js").then(({ area }) => area()),
};

/**
 * Loads at once what the pages of students need: by itself the browser finds the next files only in those before. Mostly
 * early.js has done it.
 */
function hurry() {
  const files = /** @type {HTMLTemplateElement | null} */ (document.getElementById("student-files"));
  if (files) document.head.append(files.content);
}

/** Names the window after what is shown: its heading, without what stands in marks beside that. */
function useTitle() {
  useEffect(() => {
    const name = () => {
      const parts = [...document.querySelector("h1")?.childNodes ?? []];
      const heading = parts.map((part) => (part instanceof Text ? part.data : "")).join("").trim();
      const title = heading && heading !== t("title") ? `${heading} · ${t("title")}` : t("title");
      if (document.title !== title) document.title = title;
    };
    name();
    const watch = new MutationObserver(name);
    watch.observe(root, { childList: true, characterData: true, subtree: true });
    return () => watch.disconnect();
  }, []);
}

/** Draws again when the address, the session or the language changes. */
function useWorld() {
  const [, draw] = useState(0);
  useEffect(() => {
    const listener = () => draw((count) => count + 1);
    const ends = [onMove(listener), session.onChange(listener), onSpoken(listener)];
    return () => { for (const end of ends) end(); };
  }, []);
}

function App() {
  useWorld();
  useTitle();
  const reset = /^#\/?reset=(.+)$/.exec(location.hash)?.[1];
  if (reset) return html`<${ResetPassword} token=${reset} />`;
  const user = session.current()?.user;
  if (!user) return html`<${SignInPage} />`;
  return html`<${Role} key=${user.id} name=${user.role === "student" ? "student" : "staff"} />`;
}

/** @param {{ name: "student" | "staff" }} props */
function Role({ name }) {
  const [area, setArea] = useState(/** @type {Area | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const load = () => {
    setError(null);
    AREAS[name]().then(setArea, () => setError(new RequestError(0, null)));
  };
  useEffect(load, []);
  if (error) return html`<main class="page"><${Failed} error=${error} onRetry=${load} /></main>`;
  if (!area) return html`<main class="page"><${Loading} /></main>`;
  return html`<${Place} area=${area} />`;
}

/** @param {{ area: Area }} props */
function Place({ area }) {
  const found = match(area.routes, path());
  useEffect(() => {
    if (!found) go(area.start, { replace: true });
  });
  // What is read aloud and what the keyboard does next begins at the new page.
  useEffect(() => {
    scrollTo(0, 0);
    document.querySelector("main")?.focus({ preventScroll: true });
  }, [path()]);
  return html`<${area.Frame} path=${path()}>
    ${found && html`<${found.route.view} key=${path()} ...${found.parameters} />`}
  <//>`;
}

applyPreferences();
// Beside the language; whoever shows it is told of a failure.
if (session.current()?.user.role === "student") AREAS.student().catch(() => {});
await speak("shell").catch(() => {});
const root = /** @type {HTMLElement} */ (document.getElementById("app"));
// What was there before the first script.
root.textContent = "";
render(html`<${App} /><${Toasts} />`, root);
inPeace(keepPages);
