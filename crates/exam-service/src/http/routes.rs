//! The route table: every public route, with its description and with the terms on which it takes requests.
//!
//! There is no other way to add a public route, so that none is without a description or open by mistake.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware;
use axum::routing::MethodRouter;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use super::description;
use super::guard;
use super::rates::Rate;
use super::state::AppState;
use crate::access::Action;

/// What is taken where a route does not say how long its body may be, in bytes: nothing that a person types is longer.
const USUAL_BODY_LIMIT: usize = 4 * 1024;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Whoever can reach the port.
    Everybody,
    /// Who is signed in with a role that may do this.
    May(Action),
}

/// What a route asks of a request before its handler sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub(super) access: Access,
    /// By which limit requests are counted.
    pub(super) rate: Option<Rate>,
    /// In bytes.
    pub(super) body_limit: usize,
}

impl Terms {
    /// For everybody who can reach the port.
    pub(super) fn everybody() -> Self {
        Self {
            access: Access::Everybody,
            rate: None,
            body_limit: USUAL_BODY_LIMIT,
        }
    }

    /// For those who may do `action`.
    pub(super) fn may(action: Action) -> Self {
        Self {
            access: Access::May(action),
            ..Self::everybody()
        }
    }

    /// Counted by `rate`.
    pub(super) fn counted(self, rate: Rate) -> Self {
        Self {
            rate: Some(rate),
            ..self
        }
    }

    /// With bodies of at most so many bytes.
    pub(super) fn body_limit(self, bytes: usize) -> Self {
        Self {
            body_limit: bytes,
            ..self
        }
    }
}

/// A described route.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) method: Method,
    /// With its parameters in braces.
    pub(super) path: String,
    pub(super) terms: Terms,
}

/// The routes so far.
pub(super) struct RouteTable {
    state: AppState,
    router: OpenApiRouter<AppState>,
    routes: Vec<Route>,
}

impl RouteTable {
    pub(super) fn new(state: AppState) -> Self {
        Self {
            state,
            router: OpenApiRouter::new(),
            routes: Vec::new(),
        }
    }

    /// With described handlers of one path: `routes!(handler)`.
    #[must_use]
    pub(super) fn with(mut self, terms: Terms, described: UtoipaMethodRouter<AppState>) -> Self {
        let (schemas, paths, methods) = described;
        for (path, item) in &paths.paths {
            for (method, operation) in [
                (Method::GET, &item.get),
                (Method::PUT, &item.put),
                (Method::POST, &item.post),
                (Method::DELETE, &item.delete),
                (Method::PATCH, &item.patch),
            ] {
                if operation.is_some() {
                    let path = path.clone();
                    self.routes.push(Route {
                        method,
                        path,
                        terms,
                    });
                }
            }
        }
        let guard = middleware::from_fn_with_state((self.state.clone(), terms), guard::guard);
        let methods = methods
            .route_layer(DefaultBodyLimit::max(terms.body_limit))
            .route_layer(guard);
        self.router = self.router.routes((schemas, paths, methods));
        self
    }

    /// With a page for people or a file of one: for everybody, and no part of the interface for programs.
    #[must_use]
    pub(super) fn with_page(mut self, path: &str, methods: MethodRouter<AppState>) -> Self {
        self.router = self.router.route(path, methods);
        self
    }

    /// The description of the routes so far, as JSON.
    pub(super) fn describe(&self) -> serde_json::Value {
        description::describe(self.router.get_openapi(), &self.routes)
    }

    /// The described routes so far.
    #[cfg(test)]
    pub(super) fn routes(&self) -> &[Route] {
        &self.routes
    }

    pub(super) fn into_router(self) -> Router<AppState> {
        self.router.into()
    }
}
