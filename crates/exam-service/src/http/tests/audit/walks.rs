//! The walk through every route of staff, area by area.

use super::*;
use crate::http::tests::results::emergency::written_file;

pub(super) async fn walk_through_people(walk: &mut Walk<'_>) {
    let faculty = walk.faculty;
    let body = json!({ "login": "new", "display_name": "New", "role": "lecturer" });
    let made = walk.does("POST /api/v1/users", &[], body, "account_made");
    let new = id(&made.await["user"]);
    let csv = "login,display_name,role,email,student_number,password,courses\na1,A,student,,,,\na2,A,student,,,,\n";
    let file = ("text/csv", csv.as_bytes().to_vec());
    walk.sends("POST /api/v1/users/import", &[], file, "accounts_imported")
        .await;
    let change = json!({ "email": "new@example.org" });
    walk.does(
        "PATCH /api/v1/users/{id}",
        &[&new],
        change,
        "account_changed",
    )
    .await;
    let route = "POST /api/v1/users/{id}/password";
    walk.does(route, &[&new], json!({}), "password_set").await;
    faculty.service.sign_in("student-0002").await;
    let (two, state) = (
        user(faculty, "student-0002").await,
        &faculty.service.server.state,
    );
    let route = "DELETE /api/v1/users/{id}/sessions";
    walk.does(route, &[&two.to_string()], Value::Null, "sessions_ended")
        .await;
    let now = faculty.service.clock.now();
    assert!(
        state
            .store
            .begin_second_factor(two, "SECRET", now)
            .await
            .unwrap()
    );
    let route = "DELETE /api/v1/users/{id}/second-factor";
    walk.does(
        route,
        &[&two.to_string()],
        Value::Null,
        "second_factor_removed",
    )
    .await;
    let mail = Mail {
        to: "a@example.org".to_owned(),
        subject: "A".to_owned(),
        text: "A".to_owned(),
    };
    state.store.add_job(Work::Mail(mail), now).await.unwrap();
    let claim = state
        .store
        .claim_job(now, now + TimeDelta::minutes(5))
        .await
        .unwrap()
        .unwrap();
    let dead = TryOutcome::Dead {
        at: now,
        error: "No".to_owned(),
    };
    assert!(state.store.end_claim(&claim, dead).await.unwrap());
    let job = claim.id.to_string();
    walk.does(
        "POST /api/v1/jobs/{id}/retry",
        &[&job],
        Value::Null,
        "job_retried",
    )
    .await;
}

pub(super) async fn walk_through_maintenance(walk: &mut Walk<'_>) {
    let (on, off) = (
        "PUT /api/v1/system/maintenance",
        "DELETE /api/v1/system/maintenance",
    );
    let message = json!({ "message": "New tables." });
    walk.does(on, &[], message, "maintenance_on").await;
    let maintenance = &walk.faculty.service.server.state.maintenance;
    assert_eq!(maintenance.notice().unwrap().message, "New tables.");
    walk.does(off, &[], Value::Null, "maintenance_off").await;
    assert!(maintenance.notice().is_none());
}

pub(super) async fn walk_through_courses(walk: &mut Walk<'_>) {
    let name = json!({ "name": "Maths" });
    let made = walk.does("POST /api/v1/departments", &[], name, "department_made");
    let department = id(&made.await);
    let route = "PATCH /api/v1/departments/{id}";
    let name = json!({ "name": "Physics" });
    walk.does(route, &[&department], name, "department_renamed")
        .await;
    let new = json!({ "code": "PHY-1", "title": "Physics" });
    let course = id(&walk
        .does("POST /api/v1/courses", &[], new, "course_made")
        .await);
    let change = json!({ "title": "Physics 1" });
    walk.does(
        "PATCH /api/v1/courses/{id}",
        &[&course],
        change,
        "course_changed",
    )
    .await;
    let people = json!({ "people": ["student-0003"], "role": "student" });
    let route = "POST /api/v1/courses/{id}/enrolments";
    walk.does(route, &[&course], people, "people_enrolled")
        .await;
    let name = json!({ "name": "A" });
    let route = "POST /api/v1/courses/{id}/groups";
    let group = id(&walk.does(route, &[&course], name, "group_made").await);
    let people = json!({ "people": ["student-0003"] });
    let route = "PUT /api/v1/courses/{id}/groups/{group}/members";
    walk.does(route, &[&course, &group], people, "group_members_set")
        .await;
    let route = "DELETE /api/v1/courses/{id}/groups/{group}";
    walk.does(route, &[&course, &group], Value::Null, "group_removed")
        .await;
    let three = user(walk.faculty, "student-0003").await.to_string();
    let route = "DELETE /api/v1/courses/{id}/enrolments/{user}";
    walk.does(route, &[&course, &three], Value::Null, "enrolment_ended")
        .await;
}

pub(super) async fn walk_through_the_bank(walk: &mut Walk<'_>) -> String {
    let course = walk.faculty.course.clone();
    let route = "POST /api/v1/courses/{id}/question-categories";
    let path = json!({ "path": "A" });
    let category = id(&walk.does(route, &[&course], path, "category_made").await);
    let (path, route) = (
        json!({ "path": "B" }),
        "PUT /api/v1/question-categories/{id}",
    );
    walk.does(route, &[&category], path, "category_moved").await;
    let route = "DELETE /api/v1/question-categories/{id}";
    walk.does(route, &[&category], Value::Null, "category_removed")
        .await;
    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 32]].concat();
    let file = ("application/octet-stream", png);
    walk.sends(
        "POST /api/v1/courses/{id}/media",
        &[&course],
        file,
        "media_added",
    )
    .await;
    let csv = b"type,text,points,correct\ntrue_false,Is it so?,1,true\n".to_vec();
    let route = "POST /api/v1/courses/{id}/questions/import?format=csv";
    let file = ("application/octet-stream", csv);
    walk.sends(route, &[&course], file, "questions_added").await;
    let new = json!({ "question": {
        "text": "Is 2 prime?", "points": "2", "kind": { "type": "true_false", "correct": true }
    } });
    let route = "POST /api/v1/courses/{id}/questions";
    let question = id(&walk.does(route, &[&course], new, "questions_added").await);
    let kept = walk
        .faculty
        .get(&format!("/api/v1/questions/{question}"))
        .await;
    let mut changed = kept.body["question"].clone();
    changed["text"] = json!("Is 3 prime?");
    let change = json!({ "version": 1, "question": changed });
    walk.does(
        "PUT /api/v1/questions/{id}",
        &[&question],
        change,
        "question_changed",
    )
    .await;
    for (archived, deed) in [(true, "question_archived"), (false, "question_taken_back")] {
        let body = json!({ "archived": archived });
        walk.does(
            "PUT /api/v1/questions/{id}/archived",
            &[&question],
            body,
            deed,
        )
        .await;
    }
    question
}

pub(super) async fn walk_through_an_exam(walk: &mut Walk<'_>, question: &str) {
    let (faculty, now) = (walk.faculty, walk.faculty.service.clock.now());
    let (starts_at, ends_at) = (now - TimeDelta::hours(1), now + TimeDelta::hours(3));
    let new = json!({
        "code": "exam-1", "title": "Exam", "duration_seconds": 3600, "starts_at": starts_at, "ends_at": ends_at,
        "draft": { "sections": [{ "title": "A", "items": [{ "type": "fixed", "question": question }] }] }
    });
    let route = "POST /api/v1/courses/{id}/exams";
    let made = walk.does(route, &[&faculty.course], new, "exam_made").await;
    let exam = id(&made);
    let change =
        json!({ "revision": 1, "title": "Exam 1", "rules": { "access_code": ACCESS_CODE } });
    walk.does("PATCH /api/v1/exams/{id}", &[&exam], change, "exam_changed")
        .await;
    walk_through_candidates(walk, &exam).await;
    let state = "POST /api/v1/exams/{id}/state";
    let review = json!({ "state": "review" });
    let reviewed = walk
        .does(state, &[&exam], review, "exam_state_changed")
        .await;
    let author = std::mem::replace(&mut walk.token, faculty.lecturer.clone());
    let seen = json!({ "revision": reviewed["revision"] });
    walk.does(
        "POST /api/v1/exams/{id}/approval",
        &[&exam],
        seen,
        "exam_approved",
    )
    .await;
    walk.token = author;
    let published = json!({ "state": "published" });
    walk.does(state, &[&exam], published, "exam_state_changed")
        .await;
    let copy = json!({ "code": "exam-2", "starts_at": starts_at, "ends_at": ends_at });
    walk.does(
        "POST /api/v1/exams/{id}/clone",
        &[&exam],
        copy,
        "exam_cloned",
    )
    .await;
    let route = "POST /api/v1/exams/{id}/codes";
    walk.does(route, &[&exam], json!({}), "exam_codes_made")
        .await;
}

/// Who sits an exam, and where.
async fn walk_through_candidates(walk: &mut Walk<'_>, exam: &str) {
    let faculty = walk.faculty;
    let people = json!({ "people": ["student-0001", "student-0002"] });
    let route = "POST /api/v1/exams/{id}/candidates";
    walk.does(route, &[exam], people, "candidates_added").await;
    let (one, two) = (
        user(faculty, "student-0001").await,
        user(faculty, "student-0002").await,
    );
    let route = "DELETE /api/v1/exams/{id}/candidates/{user_id}";
    walk.does(
        route,
        &[exam, &two.to_string()],
        Value::Null,
        "candidate_removed",
    )
    .await;
    let route = "PUT /api/v1/exams/{id}/candidates/{user_id}/accommodation";
    let more = json!({ "extra_percent": 25 });
    walk.does(route, &[exam, &one.to_string()], more, "accommodation_set")
        .await;
    let seats = json!({ "seats": [{ "name": "student-0001", "seat": "H1-001" }] });
    walk.does("PUT /api/v1/exams/{id}/seats", &[exam], seats, "seats_set")
        .await;
    let rooms = json!([{ "name": "H2", "seats": { "named": ["1", "2", "3"] } }]);
    let rooms = json!({ "rooms": rooms, "seen_version": 0 });
    let route = "PUT /api/v1/exams/{id}/seat-plan";
    walk.does(route, &[exam], rooms, "seat_plan_set").await;
    let wish = json!({ "order": "name", "keep_seated": false, "apply": true });
    let route = "POST /api/v1/exams/{id}/seat-plan/assign";
    walk.does(route, &[exam], wish, "seats_set").await;
}

pub(super) async fn walk_through_a_sitting(walk: &mut Walk<'_>) {
    let sitting = walk.faculty.service.sit("student-0003").await;
    let (exam, attempt) = (text(&sitting.attempt["exam_id"]), id(&sitting.attempt));
    let message =
        json!({ "action": "message", "target": { "all": true }, "message": "Quiet, please" });
    let route = "POST /api/v1/exams/{id}/actions";
    walk.does(route, &[&exam], message, "message").await;
    let incident = json!({ "category": "health", "text": "Half of it was unwell" });
    let route = "POST /api/v1/exams/{id}/incidents";
    walk.does(route, &[&exam], incident, "incident_noted").await;
    let file = written_file(
        &sitting,
        &json!([{
        "question_id": sitting.question("true_false")["id"], "response": { "value": true }, "flagged": false,
        "sequence": 7, "answered_at": walk.faculty.service.clock.now() }]),
    );
    let file = json!({ "file": file, "reason": "no network" });
    let route = "POST /api/v1/exams/{id}/emergency-files";
    walk.does(route, &[&exam], file, "emergency_file").await;
    sitting.submit().await;
    let question = text(&sitting.question("true_false")["id"]);
    let grade = json!({ "seen_version": 0, "points": 0.5, "comment": "Half of it" });
    let route = "PUT /api/v1/attempts/{id}/grades/{question_id}";
    walk.does(route, &[&attempt, &question], grade, "grade_given")
        .await;
    let key = json!({
        "question_id": question, "kind": { "type": "true_false", "correct": false }, "reason": "It was wrong",
        "seen_version": 0, "apply": true
    });
    walk.does(
        "POST /api/v1/exams/{id}/regrade",
        &[&exam],
        key,
        "key_corrected",
    )
    .await;
    let release = json!({ "force": true });
    walk.does(
        "POST /api/v1/exams/{id}/release",
        &[&exam],
        release,
        "results_released",
    )
    .await;
}
