import { html, useEffect, useRef, useState } from "../view.js";

/** One may lie over another: each has a heading of its own. */
let made = 0;

/**
 * A dialog over the page; it is there while it is drawn. Escape asks `onClose`, and does nothing without it.
 * @param {object} props
 * @param {string} props.title
 * @param {string} [props.testid]
 * @param {() => void} [props.onClose]
 * @param {import("../view.js").ComponentChildren} [props.actions] its buttons
 * @param {import("../view.js").ComponentChildren} [props.children]
 */
export function Dialog({ title, testid, onClose, actions, children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [heading] = useState(() => `dialog-${made += 1}`);
  useEffect(() => {
    const shown = dialog.current;
    const before = document.activeElement;
    open(shown);
    return () => {
      if (shown?.open) close(shown);
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const cancel = (/** @type {Event} */ event) => {
    event.preventDefault();
    onClose?.();
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    // Chromium closes a dialog at the second Escape whatever `cancel` said.
    if (event.key === "Escape") cancel(event);
  };
  return html`<dialog class="dialog" ref=${dialog} aria-labelledby=${heading} data-testid=${testid} onCancel=${cancel} onKeyDown=${onKey}>
    <h2 id=${heading}>${title}</h2>
    ${children}
    ${actions && html`<div class="buttons">${actions}</div>`}
  </dialog>`;
}

/**
 * Firefox before 98 has no dialogs of its own: it is shown in the flow of the page, which is less, but works.
 * @param {HTMLDialogElement | null} dialog
 */
function open(dialog) {
  if (typeof dialog?.showModal === "function") dialog.showModal();
  else dialog?.setAttribute("open", "");
}

/** @param {HTMLDialogElement} dialog */
function close(dialog) {
  if (typeof dialog.close === "function") dialog.close();
  else dialog.removeAttribute("open");
}
