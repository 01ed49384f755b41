// The line that tells the truth about saving. It never says "saved" while anything is not acknowledged.

import { t, timeOfDay } from "../../language.js";

/**
 * The state's name and its words, for an outbox.
 * @param {import("./outbox.js").Outbox} outbox
 * @returns {{ state: "offline" | "saving" | "unsaved" | "saved" | "idle", text: string }}
 */
export function describe(outbox) {
  const count = outbox.unsaved().length;
  const last = outbox.lastSavedAt ? t("save.last", { time: timeOfDay(outbox.lastSavedAt) }) : "";
  if (count > 0 && outbox.isOffline) {
    const where = outbox.isStorageBroken ? "save.offline_in_page" : "save.offline";
    return { state: "offline", text: `${t(where, { count })}${last}` };
  }
  if (outbox.isOffline) return { state: "offline", text: `${t("save.offline_saved")}${last}` };
  if (count > 0 && outbox.isSending) return { state: "saving", text: t("save.saving", { count }) };
  if (count > 0) return { state: "unsaved", text: `${t("save.unsaved", { count })}${last}` };
  if (outbox.lastSavedAt) return { state: "saved", text: t("save.saved", { time: timeOfDay(outbox.lastSavedAt) }) };
  return { state: "idle", text: t("save.everything") };
}
