//! `GET /api/v1/courses/{id}/trends`: how a course and its groups did from exam to exam.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::error::ApiError;
use super::super::extract::Id;
use super::super::session::Session;
use super::super::state::AppState;
use super::pages::Pages;
use super::statistics::{Spread, spread};
use super::{exam_of, grader};
use crate::exam::UserId;
use crate::exam::statistics::{GroupTrend, Sat, percent_of, trends as trends_of};
use crate::store::results::ExamToGrade;

/// The newest exams of a course that are looked at.
const MOST_EXAMS: i64 = 12;
/// No more exams are looked at once there are so many attempts: a reply has to come within seconds.
const MOST_ATTEMPTS: i64 = 20_000;

#[derive(Serialize, ToSchema)]
pub(super) struct TrendsReply {
    /// How many exams were looked at: the newest 12, fewer where they have more than 20,000 attempts; practice is left out.
    exams: usize,
    /// The course as a whole under its code, then each of its groups.
    groups: Vec<TrendBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Trend)]
struct TrendBody {
    group: String,
    /// Of the straight line through the means of its exams; `null` with fewer than two.
    slope_percent_per_year: Option<f64>,
    exams: Vec<ExamTrend>,
}

#[derive(Serialize, ToSchema)]
struct ExamTrend {
    exam_at: DateTime<Utc>,
    /// Of the group's scores, in percent.
    percents: Spread,
}

/// How a course did from exam to exam
#[utoipa::path(
    get, path = "/api/v1/courses/{id}/trends", operation_id = "course_trends", tag = "Results",
    params(("id" = Uuid, Path, description = "Which course")),
    responses(
        (status = 200, description = "Of attempts that are handed in and graded", body = TrendsReply),
    )
)]
pub(super) async fn trends(
    State(state): State<AppState>,
    session: Session,
    Id(course): Id<Uuid>,
) -> Result<Json<TrendsReply>, ApiError> {
    let course = course.to_string();
    let found = state
        .store
        .course_exams(&course, grader(session), MOST_EXAMS)
        .await?;
    let found = found.ok_or_else(|| ApiError::not_found("course"))?;
    let mut groups: BTreeMap<UserId, Vec<&str>> = BTreeMap::new();
    for (group, member) in &found.members {
        groups.entry(*member).or_default().push(group);
    }
    let (mut sat, mut attempts, mut exams) = (Vec::new(), 0, 0);
    for (exam, count) in &found.exams {
        let exam = exam_of(&state, session, *exam).await?;
        if exam.rules.is_practice {
            continue;
        }
        attempts += count;
        if attempts > MOST_ATTEMPTS && exams > 0 {
            break;
        }
        exams += 1;
        for (student, exam_at, percent) in percents(&state, &exam).await? {
            let mut add = |group: String| {
                sat.push(Sat {
                    group,
                    exam_at,
                    percent,
                });
            };
            add(found.code.clone());
            for group in groups.get(&student).into_iter().flatten() {
                // Apart from a course of the same name.
                add(format!("{}: {group}", found.code));
            }
        }
    }
    Ok(Json(TrendsReply {
        exams,
        groups: trends_of(&sat).into_iter().map(trend).collect(),
    }))
}

/// Who earned how much of an exam.
async fn percents(
    state: &AppState,
    exam: &ExamToGrade,
) -> Result<Vec<(UserId, DateTime<Utc>, f64)>, ApiError> {
    let now = state.clock.now();
    let mut percents = Vec::new();
    let mut pages = Pages::after(state, exam, None);
    loop {
        let page = pages.next().await?;
        if page.is_empty() {
            return Ok(percents);
        }
        let closed = page.iter().filter(|attempt| attempt.is_closed(now));
        percents.extend(closed.filter_map(|attempt| {
            let percent = percent_of(&attempt.score(&exam.paper))?;
            Some((attempt.attempt.owner, exam.starts_at, percent))
        }));
    }
}

fn trend(trend: GroupTrend) -> TrendBody {
    TrendBody {
        group: trend.group,
        slope_percent_per_year: trend.slope_percent_per_year,
        exams: trend
            .exams
            .into_iter()
            .map(|(exam_at, description)| ExamTrend {
                exam_at,
                percents: spread(description),
            })
            .collect(),
    }
}
