import { t } from "../../language.js";
import { html, useEffect, useRef, useState } from "../../view.js";

/**
 * The seats of a room, front row first, drawn once somebody opens it: each can be taken out of use and back.
 * @param {object} props
 * @param {import("./rooms.js").Room} props.room
 * @param {readonly (readonly string[])[]} props.rows
 * @param {ReadonlyMap<string, string>} props.seated
 * @param {(outOfUse: string[]) => void} props.onChange
 */
export function SeatMap({ room, rows, seated, onChange }) {
  const [isOpen, setOpen] = useState(false);
  const map = useRef(/** @type {HTMLElement | null} */ (null));
  const columns = "grid" in room.seats ? room.seats.grid.columns : 0;
  useEffect(() => {
    // The policy of the page lets no style stand in markup.
    if (map.current) map.current.style.gridTemplateColumns = columns ? `repeat(${columns}, minmax(3.2rem, 1fr))` : "repeat(auto-fill, minmax(5rem, 1fr))";
  });
  const turn = (/** @type {string} */ seat) => onChange(room.out_of_use.includes(seat) ? room.out_of_use.filter((one) => one !== seat) : [...room.out_of_use, seat].sort());
  const seatOf = (/** @type {string} */ seat) => {
    const isOut = room.out_of_use.includes(seat);
    const who = seated.get(`${room.name}-${seat}`);
    const label = isOut ? t("seats.is_out", { seat }) : who ? `${seat}, ${who}` : seat;
    return html`<button type="button" key=${seat} class=${`seat ${isOut ? "out" : who ? "taken" : ""}`} aria-pressed=${isOut ? "true" : "false"} aria-label=${label} title=${label} onClick=${() => turn(seat)}>${seat}</button>`;
  };
  return html`<details open=${isOpen} onToggle=${(/** @type {{ currentTarget: HTMLDetailsElement }} */ event) => setOpen(event.currentTarget.open)}>
    <summary>${t("seats.map")}${room.out_of_use.length > 0 ? ` · ${t("seats.out_of_use", { count: room.out_of_use.length })}` : ""}</summary>
    ${isOpen && html`<p class="soft small">${t("seats.map_hint")}</p><div class="map-frame" tabindex="0" role="group" aria-label=${t("seats.map_of", { room: room.name })}><div class="seat-map" ref=${map}>${rows.map((row) => row.map(seatOf))}</div></div>`}</details>`;
}
