// Small helpers for the page: find, make, show.

const VIEWS = ["sign-in", "exams", "attempt", "result"];

export const byId = (id) => document.getElementById(id);

/** A new element with attributes and children; text stays text, never markup. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Shows one view and no message. */
export function show(view) {
  for (const name of VIEWS) byId(`view-${name}`).hidden = name !== view;
  notify("");
}

/** Shows a message above the view; an empty one takes it away. */
export function notify(text) {
  byId("notice").textContent = text;
  byId("notice").hidden = text === "";
}
