//! `GET /api/v1/load/target`: what a load generator has to know before it sends load here.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::ApiError;
use crate::http::problems::ProblemType;
use crate::http::session::Session;
use crate::http::state::AppState;
use crate::version;

#[derive(Serialize, ToSchema)]
pub(in crate::http) struct LoadTargetReply {
    /// The load run that this account was made for.
    run: String,
    /// `production`, `staging`, `development` or `demo`.
    environment: &'static str,
    version: &'static str,
    /// Exams of people that somebody sits, or whose window is open for candidates. With one of them no load is to be sent.
    open_exams: i64,
}

/// What load would meet here
///
/// For accounts of a load run (`exam-service load seed`): whether this is production, and whether exams are open.
#[utoipa::path(
    get, path = "/api/v1/load/target", tag = "Operation", operation_id = "load_target",
    responses((status = 200, description = "How it is now", body = LoadTargetReply))
)]
pub(in crate::http) async fn show(
    State(state): State<AppState>,
    session: Session,
) -> Result<Json<LoadTargetReply>, ApiError> {
    let (store, now) = (&state.store, state.clock.now());
    if store.account(session.user).await?.is_none() {
        return Err(ApiError::unauthorized("This account no longer exists."));
    }
    let target = store.load_target(session.user, now).await?;
    let target = target.ok_or_else(|| {
        ApiError::new(
            ProblemType::Forbidden,
            "This account was not made for a load run. Make some that are: exam-service load seed.",
        )
    })?;
    Ok(Json(LoadTargetReply {
        run: target.run.to_string(),
        environment: state.instance.environment,
        version: version::VERSION,
        open_exams: target.open_exams,
    }))
}
