import { go } from "../router.js";
import { Button } from "../design/button.js";
import { Empty, show, useLoaded } from "../design/states.js";
import { t } from "../language.js";
import * as session from "../session.js";
import { html, useEffect } from "../view.js";
import { allCourses } from "./courses.js";
import { typed } from "./input.js";

const KEY = "exam-course";

/** Courses that are not archived, by code. */
async function activeCourses() {
  const courses = await allCourses();
  return courses.filter((course) => !course.archived_at).sort((one, other) => one.code.localeCompare(other.code));
}

/** The course of before, on this computer. */
function lastCourse() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** @param {string} course */
function remember(course) {
  try {
    sessionStorage.setItem(KEY, course);
  } catch {
    // Then it is chosen again.
  }
}

/**
 * The course whose `area` is shown, to be changed; without `course` the last one is opened.
 * @param {{ area: string, course?: string }} props
 */
export function CourseChoice({ area, course }) {
  const courses = useLoaded(activeCourses, []);
  useEffect(() => {
    if (course) remember(course);
    else if (courses.value?.length) {
      const last = courses.value.find(({ id }) => id === lastCourse()) ?? courses.value[0];
      go(`/${area}/${last.id}`, { replace: true });
    }
  }, [course, courses.value]);
  return show(courses, (list) => list.length === 0
    ? html`<${Empty} title=${t("courses.none")}>${session.current()?.user.role === "administrator"
      ? html`<${Button} href="#/people/courses">${t("courses.none_make")}<//>` : html`<p>${t("courses.none_hint")}</p>`}<//>`
    : html`<label class="course-choice"><span class="soft">${t("course_choice.label")}</span>
        <select class="input" data-testid="course" value=${course} onChange=${typed((id) => go(`/${area}/${id}`))}>
          ${list.map(({ id, code, title }) => html`<option value=${id}>${code} · ${title}</option>`)}</select></label>`);
}
