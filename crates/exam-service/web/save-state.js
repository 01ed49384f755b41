// The line that tells the truth about saving. It never says "saved" while anything is not acknowledged.

const clockTime = (date) => date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** The state's name and its words, for an outbox. */
export function describe(outbox) {
  const last = outbox.lastSavedAt ? `, last saved ${clockTime(outbox.lastSavedAt)}` : "";
  const waiting = outbox.unsaved().length;
  const answers = waiting === 1 ? "1 answer" : `${waiting} answers`;
  if (waiting > 0 && outbox.isOffline) {
    return { state: "offline", text: `Offline: ${answers} kept on this computer${last}. Trying again.` };
  }
  if (waiting > 0 && outbox.isSending) return { state: "saving", text: `Saving ${answers}…` };
  if (waiting > 0) return { state: "unsaved", text: `${answers} not saved yet${last}` };
  if (outbox.lastSavedAt) return { state: "saved", text: `Saved at ${clockTime(outbox.lastSavedAt)}` };
  return { state: "idle", text: "Everything is saved" };
}
