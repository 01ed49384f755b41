//! What is said to each database: one text where they agree, their own words where they do not.

use std::borrow::Cow;
use std::sync::OnceLock;

use sqlx::mysql::MySqlArguments;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{MySql, Postgres, Sqlite};

use super::Argument;

/// A statement. Its values are `$1`, `$2`, ... in every text; MySQL, which only counts question marks, gets them
/// renumbered at the first use.
#[derive(Debug)]
pub(in crate::store) struct Sql {
    sqlite: &'static str,
    mysql: &'static str,
    postgres: &'static str,
    positional: OnceLock<Positional>,
}

/// A statement in the form that only knows question marks.
#[derive(Debug, PartialEq, Eq)]
struct Positional {
    text: String,
    /// Which value each question mark stands for, counted from 0.
    order: Vec<usize>,
}

impl Sql {
    /// The three agree.
    pub(in crate::store) const fn same(text: &'static str) -> Self {
        Self::each(text, text, text)
    }

    /// Each in its own words.
    pub(in crate::store) const fn each(
        sqlite: &'static str,
        mysql: &'static str,
        postgres: &'static str,
    ) -> Self {
        Self {
            sqlite,
            mysql,
            postgres,
            positional: OnceLock::new(),
        }
    }

    pub(super) fn for_sqlite(
        &'static self,
        arguments: &[Argument<'_>],
    ) -> Query<'static, Sqlite, SqliteArguments> {
        let mut query = sqlx::query(self.sqlite);
        for argument in arguments {
            query = match argument {
                Argument::Integer(value) => query.bind(*value),
                Argument::Text(value) => query.bind(value.as_deref().map(str::to_owned)),
                Argument::Bytes(value) => query.bind(value.to_vec()),
            };
        }
        query
    }

    pub(super) fn for_postgres(
        &'static self,
        arguments: &[Argument<'_>],
    ) -> Query<'static, Postgres, PgArguments> {
        let mut query = sqlx::query(self.postgres);
        for argument in arguments {
            query = match argument {
                Argument::Integer(value) => query.bind(*value),
                Argument::Text(value) => query.bind(value.as_deref().map(without_null)),
                Argument::Bytes(value) => query.bind(*value),
            };
        }
        query
    }

    pub(super) fn for_mysql(
        &'static self,
        arguments: &[Argument<'_>],
    ) -> Query<'static, MySql, MySqlArguments> {
        let form = self.positional.get_or_init(|| positional(self.mysql));
        let mut query = sqlx::query(form.text.as_str());
        for argument in form.order.iter().filter_map(|at| arguments.get(*at)) {
            query = match argument {
                Argument::Integer(value) => query.bind(*value),
                Argument::Text(value) => query.bind(value.as_deref()),
                Argument::Bytes(value) => query.bind(*value),
            };
        }
        query
    }
}

/// The text as PostgreSQL takes it: a null character, which it refuses, becomes the sign for what cannot be shown. So a
/// login with one is found nowhere, as elsewhere, instead of being an error.
fn without_null(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Puts a question mark for each `$n`; other dollar signs (of JSON paths) stay.
fn positional(numbered: &str) -> Positional {
    let (mut text, mut order) = (String::with_capacity(numbered.len()), Vec::new());
    let mut pieces = numbered.split('$');
    text.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let end = piece.find(|c: char| !c.is_ascii_digit());
        let (number, rest) = piece.split_at(end.unwrap_or(piece.len()));
        if number.is_empty() {
            text.push('$');
            text.push_str(rest);
            continue;
        }
        order.push(
            number
                .parse::<usize>()
                .unwrap_or_default()
                .saturating_sub(1),
        );
        text.push('?');
        text.push_str(rest);
    }
    Positional { text, order }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_named_twice_is_given_twice() {
        for (numbered, text, order) in [
            ("SELECT 1", "SELECT 1", &[][..]),
            ("a = $1", "a = ?", &[0]),
            (
                "JSON_TABLE($1, '$[*]') = $2",
                "JSON_TABLE(?, '$[*]') = ?",
                &[0, 1],
            ),
            (
                "a = $2 AND (b = $1 OR c = $2) AND d < $10",
                "a = ? AND (b = ? OR c = ?) AND d < ?",
                &[1, 0, 1, 9],
            ),
        ] {
            let expected = Positional {
                text: text.to_owned(),
                order: order.to_vec(),
            };
            assert_eq!(positional(numbered), expected);
        }
    }
}
