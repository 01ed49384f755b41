import { Button } from "../../design/button.js";
import { t } from "../../language.js";
import { html, useEffect, useState } from "../../view.js";
import { mayGo } from "./navigation.js";

/** From here on there is room beside the question; student.css has the same. */
const BESIDE = "(min-width: 60rem)";

function useRoomBeside() {
  const [isThere, setThere] = useState(() => matchMedia(BESIDE).matches);
  useEffect(() => {
    const room = matchMedia(BESIDE);
    const listener = () => setThere(room.matches);
    room.addEventListener("change", listener);
    return () => room.removeEventListener("change", listener);
  }, []);
  return isThere;
}

/**
 * Every question with its state, each a way to it. Where there is no room beside the question, it opens above it.
 * @param {{ sitting: import("./sitting.js").Sitting }} props
 */
export function Palette({ sitting }) {
  const isBeside = useRoomBeside();
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [sitting.index]);
  const { questions, sections } = sitting.attempt.paper;
  const titles = sections.map(({ title }) => title);
  const isTitled = titles.some(Boolean);
  const answered = questions.filter(({ id }) => sitting.answers.isAnswered(id)).length;
  const progress = t("palette.progress", { answered, all: questions.length });
  return html`<nav class="palette" aria-label=${t("palette.label")} data-testid="palette">
    ${isBeside ? html`<p class="small soft figures" data-testid="answered">${progress}</p>`
      : html`<${Button} kind="secondary" small class="button secondary small figures" testid="answered" aria-expanded=${isOpen ? "true" : "false"} aria-controls="places"
        onClick=${() => setOpen(!isOpen)}>${progress}<span aria-hidden="true">${isOpen ? "▴" : "▾"}</span><//>`}
    <div id="places" hidden=${!isBeside && !isOpen}>${sections.map((section, at) => html`${isTitled && html`<p class="small soft section">${section.title}</p>`}
      <ol>${questions.map((question, index) => question.section === at && html`<li key=${question.id}><${Place} sitting=${sitting} index=${index} /></li>`)}</ol>`)}</div>
  </nav>`;
}

/** @param {{ sitting: import("./sitting.js").Sitting, index: number }} props */
function Place({ sitting, index }) {
  const { id } = sitting.attempt.paper.questions[index];
  const isAnswered = sitting.answers.isAnswered(id);
  const { flagged } = sitting.answers.get(id);
  const isSeen = sitting.seen.has(id);
  const isHere = index === sitting.index;
  const isOpen = isHere || mayGo(sitting.attempt.paper, sitting.furthest, index);
  const state = isAnswered ? "answered" : isSeen ? "seen" : "unseen";
  const words = [t("palette.question", { number: index + 1 }), t(`palette.${state}`), flagged ? t("palette.flagged") : "", isOpen ? "" : t("palette.closed")];
  return html`<button type="button" class=${`place ${state} ${flagged ? "flagged" : ""}`} data-testid=${`go-to-${index + 1}`} data-state=${state} data-flagged=${flagged}
    disabled=${!isOpen} aria-current=${isHere ? "step" : null} aria-label=${words.filter(Boolean).join(", ")}
    onClick=${() => sitting.goTo(index)}>${index + 1}</button>`;
}
