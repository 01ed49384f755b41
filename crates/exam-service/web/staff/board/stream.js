// Server-sent events, read by hand: the browser's own reader of them sends no token along.

/**
 * Hands on each event of a stream until it ends; what only keeps it open is told as an event without data.
 * @param {ReadableStream<Uint8Array>} stream
 * @param {(name: string, data: string) => void} onEvent
 */
export async function readEvents(stream, onEvent) {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += decoder.decode(value, { stream: true });
    const end = rest.lastIndexOf("\n\n");
    if (end < 0) continue;
    const whole = rest.slice(0, end);
    rest = rest.slice(end + 2);
    for (const block of whole.split("\n\n")) {
      const { name, data } = parse(block);
      onEvent(name, data);
    }
  }
}

/** @param {string} block the lines of one event */
function parse(block) {
  let name = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
  }
  return { name, data: data.join("\n") };
}
