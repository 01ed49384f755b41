//! Accounts as those who run the service see them: made, found, changed, imported; and the sessions of each.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};

use super::sql::retrying;
use super::{DatabaseStore, Pending, Role};
use crate::accounts::fields::Field;
use crate::exam::{SessionId, UserId};

/// An account to be made, with the courses to be in.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// Its id.
    pub id: UserId,
    /// What is typed to sign in; unique.
    pub login: String,
    /// What is shown.
    pub display_name: String,
    /// What it may do.
    pub role: Role,
    /// The password as it is stored.
    pub password_hash: String,
    /// Where mail goes.
    pub email: Option<String>,
    /// May be signed in with instead of the login; unique.
    pub student_number: Option<String>,
    /// Codes of the courses to be in, with the part that follows from the role.
    pub courses: Vec<String>,
}

/// Why one of many accounts was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Another account has this login or student number.
    Taken(Field),
    /// There is no course with this code, or it is archived.
    UnknownCourse(String),
}

/// An account as those who run the service see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Its id.
    pub id: UserId,
    /// What is typed to sign in.
    pub login: String,
    /// What is shown.
    pub display_name: String,
    /// What it may do.
    pub role: Role,
    /// Where mail goes.
    pub email: Option<String>,
    /// May be signed in with instead of the login.
    pub student_number: Option<String>,
    /// Since when nobody can sign in with it.
    pub disabled_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Whether its password has to be changed at the next sign-in.
    pub has_initial_password: bool,
    /// Whether codes of an authenticator app are asked for.
    pub has_second_factor: bool,
}

/// Which accounts are listed.
#[derive(Debug, Clone, Default)]
pub struct PersonFilter {
    /// Somewhere in login, name or student number, whatever the case and the accents; empty: all.
    pub search: String,
    /// With this role.
    pub role: Option<Role>,
    /// Made after this one.
    pub after: Option<UserId>,
    /// At most so many.
    pub limit: usize,
}

/// A field that may be empty, in a change: whoever leaves it out keeps what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Replaced<T> {
    /// It stays.
    #[default]
    Kept,
    /// By this, or by nothing.
    By(Option<T>),
}

impl<T> Replaced<T> {
    /// What is there afterwards.
    pub fn over(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Kept => current,
            Self::By(new) => new,
        }
    }
}

impl Replaced<String> {
    /// With a borrowed text.
    pub fn as_deref(&self) -> Replaced<&str> {
        match self {
            Self::Kept => Replaced::Kept,
            Self::By(new) => Replaced::By(new.as_deref()),
        }
    }
}

/// Null takes away; a member that is left out is never read.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Replaced<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::By)
    }
}

/// What is changed of an account; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct PersonChange {
    /// What is shown.
    pub display_name: Option<String>,
    /// What it may do.
    pub role: Option<Role>,
    /// Where mail goes, or nothing.
    pub email: Replaced<String>,
    /// The student number, or none.
    pub student_number: Replaced<String>,
    /// Whether nobody may sign in with it. Disabling ends its sessions.
    pub is_disabled: Option<bool>,
}

/// Why a change of people or courses was not made. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such thing for whoever asks.
    NotFound(&'static str),
    /// Another one has this name; which field it is.
    Taken(&'static str),
    /// Without this account nobody could run the service.
    LastAdministrator,
    /// These are logins or student numbers of nobody.
    UnknownPeople(Vec<String>),
}

/// A session of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionListing {
    /// Which session.
    pub id: SessionId,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it was last renewed.
    pub last_used_at: Option<DateTime<Utc>>,
    /// From where it was opened.
    pub address: Option<String>,
    /// What the browser called itself.
    pub browser: Option<String>,
}

/// What the service asks of its database about accounts. No verb sees synthetic students.
pub trait PeopleStore {
    /// Makes all of these accounts and enrols them, or none: what stands against it, by the place in `people`. With
    /// `is_dry_run` nothing is made in any case. Nothing in the result: done, or it could be.
    fn add_people<'a>(
        &'a self,
        people: &'a [NewPerson],
        now: DateTime<Utc>,
        is_dry_run: bool,
    ) -> Pending<'a, Vec<(usize, Finding)>>;

    /// Accounts in the order in which they were made; one query.
    fn people<'a>(&'a self, filter: &'a PersonFilter) -> Pending<'a, Vec<Person>>;

    /// One account.
    fn person(&self, id: UserId) -> Pending<'_, Option<Person>>;

    /// Changes an account; making the same change again changes nothing.
    fn change_person<'a>(
        &'a self,
        id: UserId,
        change: &'a PersonChange,
        now: DateTime<Utc>,
    ) -> Pending<'a, Result<Person, Refusal>>;

    /// Sets the stored password and ends every session but `kept`; `false` when there is no such account.
    fn set_password<'a>(
        &'a self,
        id: UserId,
        stored: &'a str,
        kept: Option<SessionId>,
        now: DateTime<Utc>,
    ) -> Pending<'a, bool>;

    /// The sessions of an account that can still be renewed, the newest first, a hundred at most; one query.
    fn sessions_of(&self, user: UserId, now: DateTime<Utc>) -> Pending<'_, Vec<SessionListing>>;

    /// The sessions that were ended after `since`, the first first, each with its moment; at most `limit`, one query.
    fn sessions_ended_since(
        &self,
        since: DateTime<Utc>,
        limit: usize,
    ) -> Pending<'_, Vec<(SessionId, DateTime<Utc>)>>;

    /// Ends a session of `user`, or all of them; how many there were, over or not.
    fn end_sessions(
        &self,
        user: UserId,
        only: Option<SessionId>,
        now: DateTime<Utc>,
    ) -> Pending<'_, u64>;
}

impl PeopleStore for DatabaseStore {
    fn add_people<'a>(
        &'a self,
        people: &'a [NewPerson],
        now: DateTime<Utc>,
        is_dry_run: bool,
    ) -> Pending<'a, Vec<(usize, Finding)>> {
        Box::pin(retrying(move || self.write_people(people, now, is_dry_run)))
    }

    fn people<'a>(&'a self, filter: &'a PersonFilter) -> Pending<'a, Vec<Person>> {
        Box::pin(self.read_people(filter))
    }

    fn person(&self, id: UserId) -> Pending<'_, Option<Person>> {
        Box::pin(self.read_person(id))
    }

    fn change_person<'a>(
        &'a self,
        id: UserId,
        change: &'a PersonChange,
        now: DateTime<Utc>,
    ) -> Pending<'a, Result<Person, Refusal>> {
        Box::pin(retrying(move || self.write_person_change(id, change, now)))
    }

    fn set_password<'a>(
        &'a self,
        id: UserId,
        stored: &'a str,
        kept: Option<SessionId>,
        now: DateTime<Utc>,
    ) -> Pending<'a, bool> {
        Box::pin(retrying(move || self.write_password(id, stored, kept, now)))
    }

    fn sessions_of(&self, user: UserId, now: DateTime<Utc>) -> Pending<'_, Vec<SessionListing>> {
        Box::pin(self.read_sessions(user, now))
    }

    fn sessions_ended_since(
        &self,
        since: DateTime<Utc>,
        limit: usize,
    ) -> Pending<'_, Vec<(SessionId, DateTime<Utc>)>> {
        Box::pin(self.read_ended_sessions(since, limit))
    }

    fn end_sessions(
        &self,
        user: UserId,
        only: Option<SessionId>,
        now: DateTime<Utc>,
    ) -> Pending<'_, u64> {
        Box::pin(retrying(move || self.write_sessions_end(user, only, now)))
    }
}
