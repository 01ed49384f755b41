//! People and what they belong to: accounts, sessions, passwords, second factors, courses.

mod courses;
mod departments;
mod enrolments;
mod exam_codes;
mod groups;
mod import;
pub(super) mod passwords;
mod request;
pub(super) mod second_factor;
mod sessions;
mod upload;
mod users;

use utoipa_axum::routes;

use super::rates::Rate;
use super::routes::{RouteTable, Terms};
use crate::access::Action;
use crate::transfer::people::MAX_FILE_BYTES;

/// How long a list of people may be, in bytes: two thousand names.
const NAMES_LIMIT: usize = 300 * 1024;

/// Adds the routes of this folder.
pub(super) fn with_routes(table: RouteTable) -> RouteTable {
    let own = Terms::may(Action::ChangeOwnAccount);
    let look = Terms::may(Action::ManagePeople);
    let manage = look.counted(Rate::Write);
    let table = table
        .with(look, routes!(users::list_users))
        .with(manage, routes!(users::create_user))
        .with(
            manage.body_limit(MAX_FILE_BYTES),
            routes!(import::import_users),
        )
        .with(look, routes!(users::show_user))
        .with(manage, routes!(users::change_user))
        .with(manage, routes!(passwords::set_user_password))
        .with(
            own.counted(Rate::Write),
            routes!(passwords::change_my_password),
        )
        .with(own, routes!(sessions::my_sessions))
        .with(own.counted(Rate::Write), routes!(sessions::end_my_session))
        .with(look, routes!(sessions::user_sessions))
        .with(manage, routes!(sessions::end_user_sessions))
        .with(
            own.counted(Rate::Write),
            routes!(second_factor::set_up_second_factor),
        )
        .with(
            own.counted(Rate::Write),
            routes!(second_factor::confirm_second_factor),
        )
        .with(
            own.counted(Rate::Write),
            routes!(second_factor::remove_my_second_factor),
        )
        .with(manage, routes!(second_factor::remove_user_second_factor));
    let table = table
        .with(
            Terms::may(Action::Invigilate)
                .counted(Rate::Write)
                .body_limit(NAMES_LIMIT),
            routes!(exam_codes::make_exam_codes),
        )
        .with(
            Terms::everybody().counted(Rate::Login),
            routes!(exam_codes::login_with_code),
        );
    with_courses(table)
}

fn with_courses(table: RouteTable) -> RouteTable {
    let see = Terms::may(Action::SeeCourses);
    let group = see.counted(Rate::Write);
    let manage = Terms::may(Action::ManagePeople).counted(Rate::Write);
    table
        .with(see, routes!(departments::list_departments))
        .with(manage, routes!(departments::create_department))
        .with(manage, routes!(departments::rename_department))
        .with(see, routes!(courses::list_courses))
        .with(manage, routes!(courses::create_course))
        .with(see, routes!(courses::show_course))
        .with(manage, routes!(courses::change_course))
        .with(see, routes!(enrolments::list_enrolments))
        .with(
            manage.body_limit(NAMES_LIMIT),
            routes!(enrolments::enrol_people),
        )
        .with(manage, routes!(enrolments::end_enrolment))
        .with(see, routes!(groups::list_groups))
        .with(group, routes!(groups::create_group))
        .with(group, routes!(groups::remove_group))
        .with(see, routes!(groups::list_members))
        .with(group.body_limit(NAMES_LIMIT), routes!(groups::set_members))
}
