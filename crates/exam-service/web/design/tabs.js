import { html, useRef } from "../view.js";

/**
 * Several views in one place, of which one is shown; arrow keys move between them.
 * @param {object} props
 * @param {string} props.label what they are views of
 * @param {readonly { name: string, label: string }[]} props.tabs
 * @param {string} props.selected
 * @param {(name: string) => void} props.onSelect
 * @param {import("../view.js").ComponentChildren} [props.children] the view of the selected one
 */
export function Tabs({ label, tabs, selected, onSelect, children }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const move = (/** @type {KeyboardEvent} */ event) => {
    const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const back = forward === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
    const at = tabs.findIndex((tab) => tab.name === selected);
    const to = event.key === forward ? at + 1 : event.key === back ? at - 1 : event.key === "Home" ? 0 : event.key === "End" ? tabs.length - 1 : null;
    if (to === null) return;
    event.preventDefault();
    const next = tabs[(to + tabs.length) % tabs.length];
    onSelect(next.name);
    /** @type {HTMLElement | null | undefined} */ (list.current?.querySelector(`#tab-${next.name}`))?.focus();
  };
  return html`<div>
    <div class="tabs" role="tablist" aria-label=${label} ref=${list} onKeyDown=${move}>
      ${tabs.map((tab) => html`<button type="button" role="tab" id=${`tab-${tab.name}`} data-testid=${`tab-${tab.name}`} aria-selected=${tab.name === selected ? "true" : "false"}
        aria-controls="tab-panel" tabindex=${tab.name === selected ? 0 : -1} onClick=${() => onSelect(tab.name)}>${tab.label}</button>`)}
    </div>
    <div id="tab-panel" role="tabpanel" aria-labelledby=${`tab-${selected}`}>${children}</div>
  </div>`;
}
