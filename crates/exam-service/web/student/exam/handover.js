// One tab at a time: the newest that opens an attempt has it, and the others stop. What they had not sent is in the
// storage that all tabs of this browser share.

/** How long others get to write down what they have, in milliseconds. */
const PATIENCE_MS = 300;

/**
 * Takes the attempt over from other tabs; resolves when they have let go, or do not answer.
 * @param {string} attemptId
 * @param {object} owner
 * @param {() => Promise<void>} owner.letGo is asked to stop when a newer tab comes
 * @param {() => void} owner.onLate is told of a tab that has let go when nobody waited for that any more
 * @returns {Promise<() => void>} ends the listening
 */
export async function takeAttempt(attemptId, { letGo, onLate }) {
  const channel = new BroadcastChannel(`exam-attempt-${attemptId}`);
  let heard = onLate;
  const answered = new Promise((resolve) => { heard = () => resolve(undefined); });
  channel.onmessage = async ({ data }) => {
    if (data === "released") heard();
    if (data !== "mine") return;
    await letGo();
    channel.postMessage("released");
    channel.close();
  };
  channel.postMessage("mine");
  await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  heard = onLate;
  return () => channel.close();
}
