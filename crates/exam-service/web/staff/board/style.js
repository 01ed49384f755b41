// The sheet of these pages, loaded with the first of them.

import { useEffect } from "../../view.js";

export function useStyle() {
  useEffect(() => {
    if (document.querySelector("link[data-board]")) return;
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.dataset.board = "";
    sheet.href = new URL("./board.css", import.meta.url).href;
    document.head.append(sheet);
  }, []);
}
