//! Departments, courses, who is in them, and groups of their students.

use chrono::{DateTime, Utc};

use super::sql::retrying;
use super::{DatabaseStore, Page, Pending, PeopleRefusal, Replaced, Role, Staff};
use crate::exam::{CourseId, DepartmentId, GroupId, UserId};

/// A department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Department {
    /// Its id.
    pub id: DepartmentId,
    /// Its name, which no other has.
    pub name: String,
}

/// A course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// Its id.
    pub id: CourseId,
    /// What people call it; no other has it.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Whose it is.
    pub department: Option<DepartmentId>,
    /// Since when it is only looked at.
    pub archived_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// How many students are in it.
    pub student_count: i64,
}

/// What is changed of a course; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct CourseChange {
    /// What people call it.
    pub code: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Whose it is, or nobody's.
    pub department: Replaced<DepartmentId>,
    /// Whether it is only looked at.
    pub is_archived: Option<bool>,
}

/// Somebody in a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Who.
    pub user: UserId,
    /// What they sign in with.
    pub login: String,
    /// What is shown.
    pub display_name: String,
    /// Their student number.
    pub student_number: Option<String>,
    /// Their part in the course.
    pub role: Role,
}

/// Students of a course who are treated alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name, which no other group of the course has.
    pub name: String,
    /// How many are in it.
    pub member_count: i64,
}

type Outcome<T> = Result<T, PeopleRefusal>;

/// What the service asks of its database about courses. Every list is one query.
pub trait CourseStore {
    /// Departments.
    fn departments<'a>(&'a self, page: &'a Page) -> Pending<'a, Vec<Department>>;

    /// Makes a department.
    fn add_department<'a>(&'a self, staff: Staff, new: &'a Department) -> Pending<'a, Outcome<()>>;

    /// Gives a department another name.
    fn rename_department<'a>(
        &'a self,
        staff: Staff,
        changed: &'a Department,
    ) -> Pending<'a, Outcome<()>>;

    /// The courses that `viewer` sees, of one department if it is named.
    fn courses<'a>(
        &'a self,
        viewer: Staff,
        department: Option<DepartmentId>,
        page: &'a Page,
    ) -> Pending<'a, Vec<Course>>;

    /// A course, if `viewer` sees it.
    fn course(&self, viewer: Staff, id: CourseId) -> Pending<'_, Option<Course>>;

    /// Makes a course.
    fn add_course<'a>(&'a self, staff: Staff, new: &'a Course) -> Pending<'a, Outcome<()>>;

    /// Changes a course; making the same change again changes nothing.
    fn change_course<'a>(
        &'a self,
        staff: Staff,
        id: CourseId,
        change: &'a CourseChange,
    ) -> Pending<'a, Outcome<()>>;

    /// Who is in a course, in the order of their ids, all or those with one part in it.
    fn enrolments<'a>(
        &'a self,
        course: CourseId,
        role: Option<Role>,
        page: &'a Page,
    ) -> Pending<'a, Vec<Enrolment>>;

    /// Gives all of these, by login or student number, this part in the course, or none of them. Whoever is in it
    /// already has this part then. How many there were.
    fn enrol<'a>(
        &'a self,
        staff: Staff,
        course: CourseId,
        people: &'a [String],
        role: Role,
    ) -> Pending<'a, Outcome<usize>>;

    /// Takes somebody out of a course and of its groups; whoever is not in it is no error.
    fn end_enrolment(&self, staff: Staff, course: CourseId, user: UserId) -> Pending<'_, ()>;

    /// The groups of a course.
    fn groups<'a>(&'a self, course: CourseId, page: &'a Page) -> Pending<'a, Vec<Group>>;

    /// Makes a group.
    fn add_group<'a>(
        &'a self,
        staff: Staff,
        course: CourseId,
        id: GroupId,
        name: &'a str,
    ) -> Pending<'a, Outcome<()>>;

    /// Takes a group away; its members stay in the course. `false` when the course has none with this id.
    fn remove_group(&self, staff: Staff, course: CourseId, id: GroupId) -> Pending<'_, bool>;

    /// Who is in a group; `None` when the course has none with this id.
    fn members<'a>(
        &'a self,
        course: CourseId,
        id: GroupId,
        page: &'a Page,
    ) -> Pending<'a, Option<Vec<Enrolment>>>;

    /// Makes exactly these, by login or student number, the members; all of them are in the course.
    fn set_members<'a>(
        &'a self,
        staff: Staff,
        course: CourseId,
        id: GroupId,
        people: &'a [String],
    ) -> Pending<'a, Outcome<usize>>;
}

impl CourseStore for DatabaseStore {
    fn departments<'a>(&'a self, page: &'a Page) -> Pending<'a, Vec<Department>> {
        Box::pin(self.read_departments(page))
    }

    fn add_department<'a>(&'a self, staff: Staff, new: &'a Department) -> Pending<'a, Outcome<()>> {
        Box::pin(retrying(move || self.write_department(staff, new)))
    }

    fn rename_department<'a>(
        &'a self,
        staff: Staff,
        changed: &'a Department,
    ) -> Pending<'a, Outcome<()>> {
        Box::pin(retrying(move || self.write_department_name(staff, changed)))
    }

    fn courses<'a>(
        &'a self,
        viewer: Staff,
        department: Option<DepartmentId>,
        page: &'a Page,
    ) -> Pending<'a, Vec<Course>> {
        Box::pin(self.read_courses(viewer, department, page))
    }

    fn course(&self, viewer: Staff, id: CourseId) -> Pending<'_, Option<Course>> {
        Box::pin(self.read_course(viewer, id))
    }

    fn add_course<'a>(&'a self, staff: Staff, new: &'a Course) -> Pending<'a, Outcome<()>> {
        Box::pin(retrying(move || self.write_course(staff, new)))
    }

    fn change_course<'a>(
        &'a self,
        staff: Staff,
        id: CourseId,
        change: &'a CourseChange,
    ) -> Pending<'a, Outcome<()>> {
        Box::pin(retrying(move || {
            self.write_course_change(staff, id, change)
        }))
    }

    fn enrolments<'a>(
        &'a self,
        course: CourseId,
        role: Option<Role>,
        page: &'a Page,
    ) -> Pending<'a, Vec<Enrolment>> {
        Box::pin(self.read_enrolments(course, role, page))
    }

    fn enrol<'a>(
        &'a self,
        staff: Staff,
        course: CourseId,
        people: &'a [String],
        role: Role,
    ) -> Pending<'a, Outcome<usize>> {
        Box::pin(retrying(move || {
            self.write_enrolments(staff, course, people, role)
        }))
    }

    fn end_enrolment(&self, staff: Staff, course: CourseId, user: UserId) -> Pending<'_, ()> {
        Box::pin(retrying(move || {
            self.write_enrolment_end(staff, course, user)
        }))
    }

    fn groups<'a>(&'a self, course: CourseId, page: &'a Page) -> Pending<'a, Vec<Group>> {
        Box::pin(self.read_groups(course, page))
    }

    fn add_group<'a>(
        &'a self,
        staff: Staff,
        course: CourseId,
        id: GroupId,
        name: &'a str,
    ) -> Pending<'a, Outcome<()>> {
        Box::pin(retrying(move || self.write_group(staff, course, id, name)))
    }

    fn remove_group(&self, staff: Staff, course: CourseId, id: GroupId) -> Pending<'_, bool> {
        Box::pin(retrying(move || {
            self.write_group_removal(staff, course, id)
        }))
    }

    fn members<'a>(
        &'a self,
        course: CourseId,
        id: GroupId,
        page: &'a Page,
    ) -> Pending<'a, Option<Vec<Enrolment>>> {
        Box::pin(self.read_members(course, id, page))
    }

    fn set_members<'a>(
        &'a self,
        staff: Staff,
        course: CourseId,
        id: GroupId,
        people: &'a [String],
    ) -> Pending<'a, Outcome<usize>> {
        Box::pin(retrying(move || {
            self.write_members(staff, course, id, people)
        }))
    }
}
