/**
 * Adds the style sheet of an area, once: `sheet(new URL("./people.css", import.meta.url))`.
 * @param {URL} address
 */
export function sheet({ href }) {
  if ([...document.styleSheets].some((one) => one.href === href) || document.querySelector(`link[href="${href}"]`)) return;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = href;
  document.head.append(link);
}
