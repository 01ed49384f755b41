//! The route table against its description, and every route against every role.

use super::*;
use crate::access;
use crate::exam::UserId;
use crate::http::routes::{Access, Route};
use crate::store::Role;

const ROLES: [Role; 4] = [
    Role::Student,
    Role::Lecturer,
    Role::Invigilator,
    Role::Administrator,
];

/// The path of a route with something in place of its parameters.
fn concrete(route: &Route) -> String {
    let nothing = "01930ff0-0000-7000-8000-000000000000";
    let parts = route
        .path
        .split('/')
        .map(|part| if part.starts_with('{') { nothing } else { part });
    parts.collect::<Vec<_>>().join("/")
}

async fn ask(service: &Service, route: &Route, token: Option<&str>) -> Reply {
    let path = concrete(route);
    service
        .send(route.method.as_str(), &path, token, Some(json!({})))
        .await
}

#[tokio::test]
async fn every_route_is_described_and_every_described_route_exists() {
    let service = service().await;
    let table = described_routes(service.server.state.clone());
    let document = service
        .send("GET", "/api/v1/openapi.json", None, None)
        .await
        .body;
    assert_eq!(document["openapi"], "3.1.0");
    let (mut described, mut names) = (Vec::new(), Vec::new());
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            described.push(format!("{} {path}", method.to_uppercase()));
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                responses.keys().any(|status| status.starts_with('2')),
                "{path}"
            );
            assert!(operation["summary"].is_string(), "{method} {path}");
            names.push(text(&operation["operationId"]));
        }
    }
    let mut routes: Vec<String> = Vec::new();
    for route in table.routes() {
        routes.push(format!("{} {}", route.method, route.path));
        let reply = ask(&service, route, None).await;
        assert_ne!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{route:?}");
        // An unknown address is a 404 whatever the method is.
        let other_method = service.send("TRACE", &concrete(route), None, None).await;
        assert_eq!(
            other_method.status,
            StatusCode::METHOD_NOT_ALLOWED,
            "{route:?}"
        );
    }
    described.sort();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), described.len(), "{names:?}");
    routes.sort();
    assert!(!routes.is_empty());
    assert_eq!(described, routes);
    service.stop().await;
}

#[tokio::test]
async fn every_route_asks_for_the_role_that_it_needs() {
    let service = service().await;
    let state = &service.server.state;
    for route in described_routes(state.clone()).routes() {
        let Access::May(action) = route.terms.access else {
            continue;
        };
        let reply = ask(&service, route, None).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{route:?}");
        for role in ROLES {
            let token = service.token(UserId::generate(), role);
            let reply = ask(&service, route, Some(&token)).await;
            let is_refused = reply.status == StatusCode::FORBIDDEN;
            assert_eq!(
                is_refused,
                !access::allows(role, action),
                "{role:?} {route:?}: {}",
                reply.status
            );
        }
    }
    service.stop().await;
}

#[tokio::test]
async fn only_these_routes_are_for_everybody() {
    let service = service().await;
    let table = described_routes(service.server.state.clone());
    let open = table
        .routes()
        .iter()
        .filter(|route| route.terms.access == Access::Everybody)
        .map(|route| format!("{} {}", route.method, route.path));
    let expected = [
        "POST /api/v1/auth/login",
        "POST /api/v1/auth/refresh",
        "POST /api/v1/auth/logout",
        "POST /api/v1/auth/password/forgot",
        "POST /api/v1/auth/password/reset",
        "GET /health/liveness",
        "GET /health/readiness",
        "GET /metrics",
        "GET /api/v1/openapi.json",
        "POST /api/v1/auth/code",
    ];
    assert_eq!(open.collect::<Vec<_>>(), expected);
    service.stop().await;
}

#[tokio::test]
async fn the_type_of_a_problem_leads_to_what_it_means() {
    let service = service().await;
    let refused = service.send("GET", "/api/v1/me", None, None).await;
    let page = service
        .send("GET", &text(&refused.body["type"]), None, None)
        .await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert_eq!(page.headers["location"], "/api/v1/docs#unauthorized");
    let page = service.send("GET", "/api/v1/docs", None, None).await;
    assert_eq!(page.status, StatusCode::OK);
    let unknown = service.send("GET", "/problems/none", None, None).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    service.stop().await;
}

/// What a program is told to expect of this request.
pub(super) fn documented(document: &Value, method: &str, path: &str, status: StatusCode) -> bool {
    let fits = |described: &str| {
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        let (mut ours, mut theirs) = (path.split('/'), described.split('/'));
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                (Some(ours), Some(theirs)) if ours == theirs || theirs.starts_with('{') => {}
                _ => return false,
            }
        }
    };
    let operations = document["paths"].as_object().unwrap();
    let operation = operations
        .iter()
        .filter(|(described, _)| fits(described))
        .find_map(|(_, methods)| methods.get(method.to_lowercase()));
    // What is not described is no part of the interface: pages, unknown addresses, other methods.
    operation.is_none_or(|operation| operation["responses"].get(status.as_str()).is_some())
}
