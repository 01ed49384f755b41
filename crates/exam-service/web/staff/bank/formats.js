/** What questions are exchanged in: the name the server knows, what people call it, and how its files end. */
export const FORMATS = [
  { name: "xlsx", label: "Excel (.xlsx)", ending: "xlsx" },
  { name: "csv", label: "CSV", ending: "csv" },
  { name: "gift", label: "GIFT", ending: "gift" },
  { name: "moodle-xml", label: "Moodle XML", ending: "xml" },
  { name: "qti-2.1", label: "QTI 2.1", ending: "zip" },
  { name: "qti-3.0", label: "QTI 3.0", ending: "zip" },
];

/** What a file probably is, by the end of its name. @param {string} name */
export function formatOf(name) {
  const ending = name.toLowerCase().split(".").pop();
  return FORMATS.find((format) => format.ending === ending || (ending === "txt" && format.name === "gift"))?.name;
}
