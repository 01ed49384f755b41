// Taking the exam: one question at a time, everything saved as it changes.

import { RequestError, call } from "../../api.js";
import { Loading, Failed } from "../../design/states.js";
import { go } from "../../router.js";
import * as session from "../../session.js";
import { html, useEffect, useState } from "../../view.js";
import { deviceId } from "../device.js";
import { ExamBar } from "./bar.js";
import { Leaving } from "./leaving.js";
import { NoticeList, Obstacle } from "./obstacles.js";
import { find, handOver } from "./opening.js";
import { Palette } from "./palette.js";
import { load } from "./preparing.js";
import { QuestionCard } from "./question-card.js";
import { Review } from "./review.js";
import { Sitting } from "./sitting.js";

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
      if (isGone) return;
      setSitting(made);
      // What its questions show is loaded once the first is there; before a start it was waited for.
      if (isFresh) load(attempt).catch(() => {});
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
    handOver(await call("POST /api/v1/exams/{id}/attempts", { path: { id: sitting.attempt.exam_id }, body: { device_id: deviceId() } }));
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
