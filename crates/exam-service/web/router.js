// Which view the address asks for: what stands after `#`.

/**
 * @typedef {object} Route
 * @property {string} path for instance `/exams/:id`; what begins with a colon is handed to the view
 * @property {(parameters: any) => unknown} view a component; its properties are the parameters of the path
 */

/** The path after `#`, with a slash before it. */
export const path = () => `/${location.hash.replace(/^#\/?/, "").split("?")[0]}`;

/** The values of `?name=value` after it. */
export const query = () => new URLSearchParams(location.hash.split("?")[1] ?? "");

/**
 * Shows another view; `replace` leaves no way back to this one.
 * @param {string} to
 */
export function go(to, { replace = false } = {}) {
  if (replace) location.replace(`#${to}`);
  else location.hash = to;
}

/**
 * The first route that fits, with its parameters.
 * @param {readonly Route[]} routes
 * @param {string} path
 */
export function match(routes, path) {
  const asked = path.split("/");
  for (const route of routes) {
    const parts = route.path.split("/");
    const fits = parts.length === asked.length && parts.every((part, index) => part.startsWith(":") || part === asked[index]);
    if (!fits) continue;
    /** @type {Record<string, string>} */
    const parameters = {};
    parts.forEach((part, index) => {
      if (part.startsWith(":")) parameters[part.slice(1)] = decode(asked[index]);
    });
    return { route, parameters };
  }
  return null;
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
