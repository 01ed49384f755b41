//! What every database has to do, as one suite: each case gets a fresh database and asks it through the store's verbs.
//!
//! [`conformance_tests!`](crate::conformance_tests) makes a test of each case. `SQLite` runs them with the unit tests, the
//! servers where there are servers.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests, for a crate that has the servers"
)]

pub mod acting;
pub mod attempts;
pub mod audit;
pub mod bank;
pub mod breaks;
pub mod canaries;
pub mod courses;
pub mod emergency_files;
pub mod exam_office;
pub mod incidents;
pub mod jobs;
pub mod load_runs;
pub mod load_runs_purged;
pub mod migrating;
pub mod people;
pub mod preparation;
pub mod races;
pub mod results;
pub mod rooms;
pub mod secrets;
pub mod seeding;
pub mod sessions;
pub mod sitting;
pub mod watching;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::sql::{Argument, Sql};
use super::{
    AttemptRecord, DatabaseStore, DemoSeed, NewExam, Role, SaveOutcome, SaveRequest, Staff,
    StartOutcome, StartRequest, Store as _,
};
use crate::exam::paper::PaperHeader;
use crate::exam::question::{ChoiceOption, MultipleResponse, ResponseScoring, TrueFalse};
use crate::exam::{
    Answer, ExamId, Paper, Question, QuestionId, QuestionKind, RefusalReason, Response, Sequence,
    UserId,
};
use crate::settings::{Database, Environment};

/// Makes a test of each case; `$fresh` is called for each and gives the URL of an empty database, and something that is
/// kept until the case is over.
#[macro_export]
macro_rules! conformance_tests {
    ($fresh:expr) => {
        $crate::conformance_tests! { $fresh;
            attempts::one_batch_serves_many_students_and_keeps_the_highest_sequence,
            attempts::a_stale_save_in_a_later_batch_is_refused_with_what_is_stored,
            attempts::a_batch_that_supposed_too_much_is_decided_on_what_is_stored,
            attempts::an_answer_comes_back_as_it_was_saved,
            attempts::a_batch_may_be_as_large_as_the_writer_makes_it,
            attempts::somebody_elses_attempt_does_not_exist,
            attempts::nothing_is_accepted_after_submission_and_submitting_again_changes_nothing,
            attempts::an_overdue_attempt_is_handed_in_at_its_deadline_by_looking_at_it,
            attempts::looking_at_an_attempt_does_not_overtake_a_save_that_was_received_in_time,
            attempts::starting_again_resumes_the_same_attempt_with_the_same_order,
            attempts::an_exam_is_started_by_its_candidates_in_its_window_only,
            attempts::damaged_data_of_one_student_does_not_keep_others_from_saving,
            audit::the_log_of_actions_is_a_chain_that_tells_of_changes,
            audit::every_change_of_staff_is_a_line_and_what_changes_nothing_is_none,
            audit::processes_that_write_at_the_same_time_keep_the_chain_whole,
            audit::lines_are_found_by_exam_actor_deed_and_time,
            audit::people_and_things_of_the_log_have_their_names,
            bank::a_question_comes_back_as_it_was_kept_with_every_version,
            bank::a_search_finds_the_same_on_every_database,
            bank::thousands_of_questions_are_added_in_one_transaction_or_none,
            bank::two_who_change_a_question_at_the_same_time_never_overwrite_each_other,
            bank::an_image_comes_back_byte_by_byte_and_is_kept_once,
            breaks::a_break_stops_the_clock_as_far_as_it_was_granted,
            breaks::a_break_that_is_used_up_ends_for_the_clock_once,
            breaks::each_save_that_is_checked_in_practice_is_one_try,
            exam_office::an_exam_is_frozen_when_it_is_published_and_seen_by_students_from_then_on,
            exam_office::two_who_change_an_exam_at_the_same_time_never_overwrite_each_other,
            exam_office::candidates_are_added_by_name_course_or_group,
            exam_office::candidates_are_seated_and_cloned_without_their_seats,
            rooms::rooms_are_kept_by_version_and_their_seats_given_to_all_or_nobody,
            exam_office::exams_of_all_courses_are_found_by_whoever_may_see_them,
            canaries::synthetic_students_are_seen_by_nobody_and_leave_nothing,
            canaries::what_a_broken_off_test_left_goes_with_the_next_one,
            canaries::only_so_many_tests_run_at_the_same_time,
            canaries::the_calendar_names_the_next_exam_and_counts_those_that_run,
            incidents::notes_stay_as_they_were_written_and_are_corrected_by_others,
            incidents::a_time_credit_is_taken_back_from_those_who_got_it_once,
            jobs::two_workers_that_ask_at_the_same_time_get_different_jobs,
            jobs::a_job_whose_worker_is_gone_is_taken_by_another_when_its_lease_is_over,
            jobs::a_dead_letter_stays_until_somebody_has_it_tried_again,
            jobs::candidates_are_told_of_a_release_in_its_transaction,
            jobs::a_link_sets_a_password_once_in_its_time_and_ends_every_session,
            jobs::only_so_many_links_of_one_account_are_good_at_a_time,
            load_runs::a_load_run_is_made_once_and_never_over_a_person,
            load_runs::the_accounts_and_the_exam_of_a_load_run_are_in_no_list_and_in_no_count,
            load_runs::nobody_is_put_into_a_load_run_and_no_load_account_anywhere_else,
            load_runs::a_load_run_is_told_whether_real_exams_are_open,
            load_runs_purged::a_purge_takes_a_load_run_and_leaves_its_neighbours_row_by_row,
            load_runs_purged::a_purge_finds_thousands_of_saves_among_those_of_others,
            load_runs_purged::a_purge_leaves_nothing_of_students_who_go_on_saving,
            emergency_files::a_file_is_merged_by_sequence_after_the_attempt_was_handed_in,
            emergency_files::a_file_counts_for_its_attempt_only_and_not_behind_released_results,
            emergency_files::files_and_saves_at_the_same_time_leave_the_highest_sequence,
            preparation::attempts_are_prepared_once_for_each_candidate_who_has_none_and_seen_by_nobody,
            preparation::a_start_puts_into_effect_what_was_prepared_by_the_rules_of_that_moment,
            preparation::a_paper_that_cannot_be_laid_out_is_reported_and_nothing_is_kept,
            preparation::what_was_prepared_goes_with_its_candidate_and_with_a_closed_exam,
            preparation::attempts_that_are_prepared_while_they_are_started_are_one_attempt_each,
            courses::a_course_is_seen_by_those_who_run_it_and_by_administrators,
            courses::names_are_taken_once_and_departments_have_to_be_there,
            courses::people_are_enrolled_by_any_of_their_names_all_or_none,
            courses::a_group_has_members_of_its_course_and_loses_who_leaves_it,
            people::all_of_many_accounts_are_made_or_none,
            people::two_who_make_the_same_account_at_the_same_time_make_one,
            people::one_signs_in_by_login_before_number_unless_disabled,
            people::accounts_are_searched_folded_and_come_in_pages,
            people::what_is_not_changed_of_an_account_stays,
            people::of_two_administrators_who_go_at_the_same_time_one_stays,
            people::a_session_that_was_ended_is_neither_listed_nor_renewed,
            people::sessions_that_were_ended_are_known_by_when,
            people::a_new_password_ends_every_session_but_the_one_that_is_kept,
            secrets::a_code_of_an_app_is_taken_once_whoever_comes_first,
            secrets::a_second_factor_is_set_up_once_and_removed_with_its_recovery_codes,
            secrets::the_code_of_an_exam_is_for_one_candidate_in_the_window_of_the_exam,
            secrets::a_session_with_the_code_of_an_exam_ends_with_it,
            migrating::an_empty_database_is_migrated_once_and_says_so,
            migrating::processes_that_migrate_at_the_same_time_do_it_once,
            migrating::a_migration_that_failed_half_way_runs_once_its_cause_is_gone,
            migrating::a_probe_needs_the_tables_and_then_commits,
            races::two_stores_that_save_at_the_same_time_lose_and_regress_nothing,
            races::an_attempt_that_is_started_many_times_at_once_is_one_attempt,
            races::nothing_is_saved_to_an_attempt_once_it_is_handed_in_elsewhere,
            races::a_stolen_token_ends_the_session_whoever_comes_first,
            results::attempts_to_grade_come_in_pages_with_their_answers_and_newest_grades,
            results::an_exam_is_graded_by_who_teaches_its_course_and_by_administrators,
            results::every_grade_is_kept_and_one_that_has_not_seen_the_newest_is_refused,
            results::two_who_grade_one_answer_at_the_same_time_do_not_both_win,
            results::a_corrected_key_counts_for_grades_and_leaves_the_paper_alone,
            results::results_are_released_once,
            seeding::seeding_again_keeps_the_exam_and_adds_students,
            seeding::a_login_belongs_to_one_account_to_the_letter,
            sitting::the_rules_of_an_exam_decide_who_may_start,
            sitting::attempts_are_made_one_after_the_other_as_many_as_are_allowed,
            sitting::extra_time_granted_before_is_in_the_deadline,
            sitting::only_drawn_questions_are_answered_and_none_that_was_left_behind,
            sitting::the_newest_computer_holds_the_attempt_and_the_old_one_loses_nothing,
            sitting::every_save_stays_in_the_history,
            acting::a_pause_stops_the_clock_and_takes_answers_and_resuming_gives_it_back,
            acting::an_action_is_done_once_for_each_key,
            acting::actions_reach_whom_they_are_meant_for,
            rooms::a_room_of_the_seat_plan_is_that_room_alone,
            acting::staff_act_on_the_exams_of_their_courses_only,
            acting::messages_reach_those_they_are_for_and_are_confirmed,
            acting::actions_and_saves_at_the_same_time_lose_nothing,
            acting::what_pages_report_is_kept_once_and_bounded,
            watching::the_board_shows_who_is_in_and_how_far_they_are,
            watching::a_timeline_tells_what_happened_in_order_to_those_whose_exam_it_is,
            watching::what_is_over_is_handed_in_once_it_is_settled_by_as_many_processes_as_like,
            watching::time_in_which_nobody_was_served_is_given_back_once,
            watching::an_exam_may_keep_outages_and_a_night_is_none,
            sessions::a_token_whose_successor_was_used_works_for_thirty_seconds_and_then_ends_its_family,
            sessions::a_refresh_whose_reply_was_lost_can_be_repeated_at_any_age,
            sessions::a_successor_that_was_taken_for_lost_ends_its_family_when_it_is_used,
            sessions::an_expired_or_closed_session_is_not_renewed,
        }
    };
    ($fresh:expr; $($module:ident :: $name:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let (url, _kept) = ($fresh)();
                let ground = $crate::store::conformance::Ground::new(&url);
                $crate::store::conformance::$module::$name(ground).await;
            }
        )*
    };
}

/// An empty database.
pub struct Ground(Database);

impl Ground {
    /// The database with this URL.
    pub fn new(url: &str) -> Self {
        Self(Database::parse(url).unwrap())
    }

    /// A store on it, as a process has one.
    async fn open(&self) -> DatabaseStore {
        DatabaseStore::open(&self.0, Environment::Development)
            .await
            .unwrap()
    }
}

/// A database with one exam and two students, each with an attempt.
struct Fixture {
    ground: Ground,
    store: Arc<DatabaseStore>,
    students: Vec<UserId>,
    records: Vec<AttemptRecord>,
    exam: ExamId,
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

fn staff(user: UserId, role: Role) -> Staff {
    Staff {
        user,
        role,
        at: now(),
    }
}

/// An administrator of whom nothing else matters.
fn office() -> Staff {
    staff(UserId::generate(), Role::Administrator)
}

/// Two questions: one with three options, one that is true or false.
fn exam() -> NewExam {
    let options = vec![
        ChoiceOption::new("an \"option\""),
        ChoiceOption::new("опция ✓ 🎓"),
        ChoiceOption::new("option \\ '"),
    ];
    let correct = BTreeSet::from([options[0].id]);
    let header = PaperHeader {
        exam_id: ExamId::generate(),
        title: "Exam ✓".to_owned(),
        duration: TimeDelta::minutes(10),
    };
    let choice = QuestionKind::MultipleResponse(MultipleResponse {
        options,
        correct,
        scoring: ResponseScoring::AllOrNothing,
    });
    let statement = QuestionKind::TrueFalse(TrueFalse { correct: true });
    let questions = vec![
        Question::new("a question", 2.into(), choice),
        Question::new("a question", 1.into(), statement),
    ];
    NewExam {
        code: "test",
        paper: Paper::new(header, questions),
    }
}

fn seed(students: &[&str]) -> DemoSeed {
    DemoSeed {
        students: students.iter().map(|&login| login.to_owned()).collect(),
        admin: "admin",
        password_hash: "hash".to_owned(),
        now: now(),
        open_for: TimeDelta::days(1),
    }
}

async fn fixture(ground: Ground) -> Fixture {
    let store = Arc::new(ground.open().await);
    store.migrate(false).await.unwrap();
    let exam = store
        .seed_demo(&exam(), &seed(&["one", "two", "three"]))
        .await
        .unwrap();
    let mut fixture = Fixture {
        ground,
        store,
        students: Vec::new(),
        records: Vec::new(),
        exam,
    };
    for login in ["one", "two"] {
        let user = fixture.user(login).await;
        let StartOutcome::Started(record) = fixture.start(user).await else {
            panic!("{login} did not start")
        };
        fixture.students.push(user);
        fixture.records.push(record);
    }
    fixture
}

impl Fixture {
    fn question(&self, index: usize) -> QuestionId {
        self.records[0].paper.questions()[index].id
    }

    async fn user(&self, login: &str) -> UserId {
        let account = self.store.account_by_login(login).await.unwrap();
        account.unwrap().id
    }

    fn start_request(&self, user: UserId) -> StartRequest {
        StartRequest::new(self.exam, user, now(), [7; 16])
    }

    async fn start(&self, user: UserId) -> StartOutcome {
        let request = self.start_request(user);
        self.store.start_attempt(request).await.unwrap()
    }

    fn save(
        &self,
        student: usize,
        question: QuestionId,
        sequence: i64,
        response: Response,
    ) -> SaveRequest {
        SaveRequest::new(
            self.records[student].attempt.id,
            self.students[student],
            vec![Answer {
                question_id: question,
                response,
                sequence: Sequence::new(sequence).unwrap(),
                flagged: Some(false),
            }],
            now(),
        )
    }

    async fn stored(&self, student: usize) -> Vec<(QuestionId, i64, Response)> {
        let id = self.records[student].attempt.id;
        let record = self.store.attempt(id, self.students[student], now()).await;
        let answers = record.unwrap().unwrap().answers.into_iter();
        answers
            .map(|it| (it.question_id, it.sequence.get(), it.response))
            .collect()
    }
}

impl DatabaseStore {
    /// Does something that no verb does.
    pub(crate) async fn execute_raw(&self, sql: String) {
        let mut transaction = self.begin_write("prepare a test").await.unwrap();
        transaction.execute(leaked(sql), &[]).await.unwrap();
        transaction.commit().await.unwrap();
    }

    /// Rows of a table.
    async fn count_rows(&self, table: &str) -> i64 {
        let sql = leaked(format!("SELECT count(*) FROM {table}"));
        let none: &[Argument<'_>] = &[];
        let row = self.reading("count").one(sql, none).await.unwrap();
        row.integer(0).unwrap()
    }
}

/// Statements live as long as the program; those of a test are few.
fn leaked(sql: String) -> &'static Sql {
    Box::leak(Box::new(Sql::same(Box::leak(sql.into_boxed_str()))))
}

/// How many answers were taken, and why others were not.
fn decided(outcome: &SaveOutcome) -> (usize, Vec<RefusalReason>) {
    match outcome {
        SaveOutcome::NotFound | SaveOutcome::Damaged => panic!("{outcome:?}"),
        SaveOutcome::Decided { saved, refused, .. } => (
            saved.len(),
            refused.iter().map(|answer| answer.refusal.reason).collect(),
        ),
    }
}
