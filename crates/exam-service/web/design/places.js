import { html } from "../view.js";

/**
 * The pages of an area, as links under its title.
 * @param {object} props
 * @param {string} props.label
 * @param {readonly { path: string, label: string }[]} props.places
 * @param {string} props.here the path of the one that is shown
 */
export const Places = ({ label, places, here }) => html`<nav class="tabs" aria-label=${label}>
  ${places.map((place) => html`<a href=${`#${place.path}`} aria-current=${place.path === here ? "page" : null}>${place.label}</a>`)}
</nav>`;
