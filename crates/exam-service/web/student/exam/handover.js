// One tab at a time: the newest that opens an attempt has it, and the others stop. What they had not sent is in the
// storage that all tabs of this browser share.

/** How long another tab has to say that it is there, in milliseconds: mostly there is none. */
const ANSWER_WITHIN_MS = 50;
/** How long it then gets to write down what it has, in milliseconds. */
const PATIENCE_MS = 300;

/**
 * Takes the attempt over from other tabs; resolves when they have let go, or do not answer.
 * @param {string} attemptId
 * @param {object} owner
 * @param {() => Promise<void>} owner.letGo is asked to stop when a newer tab comes
 * @param {() => Promise<void>} owner.onReleased is told of each tab that has let go, also when that was waited for no more
 * @returns {Promise<() => void>} ends the listening
 */
export async function takeAttempt(attemptId, { letGo, onReleased }) {
  const channel = new BroadcastChannel(`exam-attempt-${attemptId}`);
  await new Promise((resolve) => {
    let timer = setTimeout(resolve, ANSWER_WITHIN_MS);
    channel.onmessage = async ({ data }) => {
      if (data === "letting-go") {
        clearTimeout(timer);
        timer = setTimeout(resolve, PATIENCE_MS);
      }
      if (data === "released") {
        await onReleased();
        resolve(undefined);
      }
      if (data !== "mine") return;
      channel.postMessage("letting-go");
      await letGo();
      channel.postMessage("released");
      channel.close();
    };
    channel.postMessage("mine");
  });
  return () => channel.close();
}
