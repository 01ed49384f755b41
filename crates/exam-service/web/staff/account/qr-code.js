import { show, useLoaded } from "../../design/states.js";
import { html } from "../../view.js";

/** @returns {Promise<typeof import("uqr")>} */
const load = () => import(new URL("../../vendor/uqr-0.1.3/uqr.js", import.meta.url).href);

/** Modules of white around a code, as the standard asks for. */
const QUIET_ZONE = 4;

/**
 * A code for a camera.
 * @param {{ text: string, label: string }} props what it says, and what it is for who does not see it
 */
export function QrCode({ text, label }) {
  const library = useLoaded(load, []);
  return show(library, ({ encode }) => {
    const { size, data } = encode(text, { ecc: "M", border: QUIET_ZONE });
    const modules = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : "")));
    return html`<svg class="qr-code" viewBox=${`0 0 ${size} ${size}`} role="img" aria-label=${label} shape-rendering="crispEdges" data-testid="qr-code">
      <path d=${modules.join("")} /></svg>`;
  });
}
