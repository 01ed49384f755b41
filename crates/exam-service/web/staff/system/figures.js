// The few of the service's metrics that say something without a history of them.

/** @typedef {{ name: string, value: number, unit?: string }} Figure */

const MEBIBYTE = 1024 * 1024;

/**
 * The values of a metric, one for each set of labels, from Prometheus' text form.
 * @param {string} text
 * @param {string} metric
 */
function values(text, metric) {
  return text.split("\n").flatMap((line) => {
    const parts = /^(\w+)(?:\{.*\})? (\S+)/.exec(line);
    return parts && parts[1] === metric ? [Number(parts[2])] : [];
  });
}

/**
 * What is worth showing of them; what the service does not have is left out.
 * @param {string} text what `/metrics` says
 * @returns {Figure[]}
 */
export function figures(text) {
  const sum = (/** @type {string} */ metric) => {
    const all = values(text, metric);
    return all.length === 0 ? null : all.reduce((total, value) => total + value, 0);
  };
  const memory = sum("process_resident_memory_bytes");
  /** @type {{ name: string, value: number | null, unit?: string }[]} */
  const found = [
    { name: "saves", value: sum("exam_saves_acknowledged_total") },
    { name: "refused", value: sum("exam_saves_refused_total") },
    { name: "failed", value: sum("exam_save_requests_failed_total") },
    { name: "in_flight", value: sum("exam_http_requests_in_flight") },
    { name: "memory", value: memory === null ? null : memory / MEBIBYTE, unit: "MiB" },
  ];
  return found.flatMap(({ name, value, unit }) => (value === null ? [] : [{ name, value, unit }]));
}
