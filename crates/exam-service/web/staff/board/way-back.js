import { useRef } from "../../view.js";

/**
 * Where the focus goes once what a button has opened is closed: back to the button, or to the heading where that is gone.
 * The heading takes `ref=${heading}` and `tabindex="-1"`.
 */
export function useWayBack() {
  const opener = useRef(/** @type {Element | null} */ (null));
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  return {
    heading,
    /** Notes where somebody is. */
    leave: () => { opener.current = document.activeElement; },
    /** @param {{ isGone?: boolean }} [opened] whether the button goes with what was closed */
    goBack: ({ isGone = false } = {}) => {
      const { current } = opener;
      const isThere = !isGone && current instanceof HTMLElement && current !== document.body && current.isConnected;
      (isThere ? current : heading.current)?.focus();
    },
  };
}
