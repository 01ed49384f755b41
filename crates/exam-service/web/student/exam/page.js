// Taking the exam: one question at a time, everything saved as it changes.

import { RequestError, call } from "../../api.js";
import { Loading, Failed } from "../../design/states.js";
import { go } from "../../router.js";
import * as session from "../../session.js";
import { html, useEffect, useState } from "../../view.js";
import { deviceId } from "../device.js";
import { keptAttempt } from "../kept.js";
import { ExamBar } from "./bar.js";
import { Leaving } from "./leaving.js";
import { NoticeList, Obstacle } from "./obstacles.js";
import { Palette } from "./palette.js";
import { load } from "./preparing.js";
import { QuestionCard } from "./question-card.js";
import { Review } from "./review.js";
import { Sitting, keepForReload } from "./sitting.js";

/** How long the server may take before what this computer kept is shown, in milliseconds. */
const PATIENCE_MS = 3000;

/** @param {{ id: string }} props */
export function ExamPage({ id }) {
  const [sitting, setSitting] = useState(/** @type {Sitting | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [, draw] = useState(0);
  const [opened, setOpened] = useState(0);
  useEffect(() => {
    /** @type {Sitting | null} */
    let made = null;
    let isGone = false;
    const onChange = () => { if (!isGone) draw((count) => count + 1); };
    const onSubmitted = () => go(`/attempts/${id}/receipt`, { replace: true });
    find(id).then(async ({ attempt, isFresh }) => {
      if (isGone) return;
      if (attempt.state === "submitted") return onSubmitted();
      made = new Sitting(attempt, { onChange, onSubmitted, isFresh });
      await made.open();
      if (!isGone) setSitting(made);
    }).catch((problem) => {
      if (problem instanceof RequestError && problem.status === 401) session.forget();
      else if (!isGone) setError(problem);
    });
    return () => {
      isGone = true;
      made?.leave();
    };
  }, [id, opened]);
  const again = () => {
    setError(null);
    setSitting(null);
    setOpened((count) => count + 1);
  };
  if (error) return html`<main class="page" id="main"><${Failed} error=${error} onRetry=${again} /></main>`;
  if (!sitting) return html`<main class="page" id="main"><${Loading} /></main>`;
  return html`<${Exam} sitting=${sitting} onAgain=${again} />`;
}

/** @param {{ sitting: Sitting, onAgain: () => void }} props */
function Exam({ sitting, onAgain }) {
  const [isReviewing, setReviewing] = useState(false);
  const takeBack = async () => {
    await call("POST /api/v1/exams/{id}/attempts", { path: { id: sitting.attempt.exam_id }, body: { device_id: deviceId() } });
    onAgain();
  };
  const isShown = (sitting.standing === "open" || sitting.standing === "leaving" || sitting.standing === "signed-out") && !sitting.isBlanked && sitting.breakEndsAt === null;
  return html`<${ExamBar} sitting=${sitting} />
    <main class="page exam" id="main" tabindex="-1" data-testid="exam" data-revision=${sitting.notices.seen ?? ""}>
      <p class="out-of-sight" role="alert" data-testid="announced">${sitting.notices.announcement()}</p>
      <${NoticeList} notices=${sitting.notices} onClose=${(/** @type {string} */ id) => { sitting.notices.close(id); sitting.onChange(); }} />
      <${Obstacle} sitting=${sitting} onTakeBack=${takeBack} onReload=${onAgain} />
      ${isShown && html`<div class="desk"><${Palette} sitting=${sitting} /><${QuestionCard} sitting=${sitting} onReview=${() => setReviewing(true)} /></div>`}
      ${isShown && isReviewing && html`<${Review} sitting=${sitting} onClose=${() => setReviewing(false)} />`}
      <${Leaving} sitting=${sitting} />
    </main>`;
}

/**
 * The attempt as the server has it, or, when it does not answer, as this computer kept it.
 * @param {string} id
 */
async function find(id) {
  const asking = call("GET /api/v1/attempts/{id}", { path: { id } });
  // It may fail before anybody waits for it.
  asking.catch(() => {});
  const kept = await keptAttempt(id);
  const isOurs = kept !== undefined && kept.user === session.current()?.user.id;
  try {
    const attempt = await (isOurs ? Promise.race([asking, late()]) : asking);
    await keepForReload(attempt);
    // What its questions show is loaded meanwhile; before a start it was waited for.
    load(attempt).catch(() => {});
    return { attempt, isFresh: true };
  } catch (error) {
    const isAway = error instanceof RequestError && error.isTemporary;
    if (!isOurs || !isAway) throw error;
    return { attempt: kept.attempt, isFresh: false };
  }
}

/** @returns {Promise<never>} */
const late = () => new Promise((_, reject) => setTimeout(() => reject(new RequestError(0, null)), PATIENCE_MS));
