// The page's few shared parts.

const VIEWS = ["sign-in-view", "exams-view", "exam-view", "result-view"];

export function byId(id) {
  return document.getElementById(id);
}

/** Shows one view and hides the others. */
export function view(id) {
  for (const each of VIEWS) byId(each).hidden = each !== id;
  byId("sign-out").hidden = id === "sign-in-view" || id === "exam-view";
  notice("");
}

/** A message that stays until the next one; empty takes it away. */
export function notice(text) {
  byId("notice").textContent = text;
  byId("notice").hidden = text === "";
}
