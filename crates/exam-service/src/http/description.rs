//! The `OpenAPI` document: what the handlers say of themselves, and what the terms of their routes add to it.

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;

use super::problems::ProblemType;
use super::rates::Rate;
use super::routes::{Access, Route};
use crate::version;

const INTRODUCTION: &str = "Accounts, exams and attempts of an exam server. Every request may be repeated: a repeat has no further \
     effect. Failures are problem documents (RFC 9457), told apart by their `type`; after a 429 or 503 send the request \
     again when `Retry-After` is over. Documents may get more members at any time.";

/// A failure (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemSchema {
    /// Which kind of failure.
    #[serde(rename = "type")]
    kind: String,
    /// A few words, the same for each of its kind.
    title: String,
    /// The status it was sent with.
    status: u16,
    /// What happened and what to do, for the person who sees it.
    detail: String,
}

/// The whole document.
pub(super) fn describe(described: &OpenApi, routes: &[Route]) -> Value {
    let mut document = json!(described);
    document["info"] = json!({
        "title": "Exam service",
        "description": INTRODUCTION,
        "version": version::VERSION,
        "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
    });
    let components = &mut document["components"];
    components["schemas"]["Problem"] = problem_schema();
    components["securitySchemes"] = json!({
        "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "The access_token of a login. It is good for 15 minutes." },
    });
    document["x-problem-types"] = ProblemType::ALL
        .iter()
        .map(|problem| {
            json!({
                "name": problem.name(),
                "type": problem.uri(),
                "status": problem.status().as_u16(),
                "title": problem.title(),
                "meaning": problem.meaning(),
            })
        })
        .collect();
    for route in routes {
        let method = route.method.as_str().to_ascii_lowercase();
        if let Some(operation) = document["paths"][&route.path][&method].as_object_mut() {
            complete(operation, route);
        }
    }
    document
}

fn problem_schema() -> Value {
    let mut schema = json!(<ProblemSchema as utoipa::PartialSchema>::schema());
    let types: Vec<String> = ProblemType::ALL.iter().map(|kind| kind.uri()).collect();
    schema["properties"]["type"]["enum"] = json!(types);
    schema
}

/// Adds what follows from the terms of a route: its failures, its headers, who may use it.
fn complete(operation: &mut Map<String, Value>, route: &Route) {
    let takes_body = operation.contains_key("requestBody");
    let has_parameters = operation.contains_key("parameters");
    let mut failures = vec![
        ProblemType::Internal,
        ProblemType::Unavailable,
        ProblemType::Busy,
    ];
    failures.push(ProblemType::Maintenance);
    if let Access::May(action) = route.terms.access {
        operation.insert("security".to_owned(), json!([{ "bearer": [] }]));
        operation.insert("x-action".to_owned(), json!(format!("{action:?}")));
        failures.extend([ProblemType::Unauthorized, ProblemType::Forbidden]);
    }
    if has_parameters {
        failures.extend([ProblemType::InvalidRequest, ProblemType::NotFound]);
    }
    if takes_body {
        operation.insert(
            "x-body-limit-bytes".to_owned(),
            json!(route.terms.body_limit),
        );
        failures.extend([
            ProblemType::InvalidRequest,
            ProblemType::TooSlow,
            ProblemType::TooLarge,
            ProblemType::NotJson,
        ]);
    }
    if route.terms.rate.is_some() {
        failures.push(ProblemType::RateLimited);
    }
    let Some(responses) = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    for failure in failures {
        add_failure(responses, failure);
    }
    if let Some(rate) = route.terms.rate {
        add_rate_headers(responses, rate);
    }
    responses.sort_keys();
}

/// Adds a kind of failure to what is said of its status.
fn add_failure(responses: &mut Map<String, Value>, problem: ProblemType) {
    let response = responses
        .entry(problem.status().as_str())
        .or_insert_with(|| json!({ "description": "" }));
    response["content"]["application/problem+json"] =
        json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
    let said = response["description"].as_str().unwrap_or_default();
    let line = format!("`{}`: {}", problem.name(), problem.title());
    if !said.contains(&line) {
        let separator = if said.is_empty() { "" } else { "\n" };
        response["description"] = json!(format!("{said}{separator}{line}"));
    }
    if matches!(problem.status().as_u16(), 429 | 503) {
        add_header(
            response,
            "Retry-After",
            "After how many seconds to send the request again.",
        );
    }
}

fn add_rate_headers(responses: &mut Map<String, Value>, rate: Rate) {
    let limit = format!(
        "How many requests of the kind '{}' are taken in a minute.",
        rate.as_str()
    );
    for (status, response) in responses {
        if status.starts_with('2') || status == "429" {
            add_header(response, "X-RateLimit-Limit", &limit);
            add_header(
                response,
                "X-RateLimit-Remaining",
                "How many may be sent at once now.",
            );
            add_header(
                response,
                "X-RateLimit-Reset",
                "After how many seconds all of them may be sent at once again.",
            );
        }
    }
}

fn add_header(response: &mut Value, name: &str, description: &str) {
    response["headers"][name] = json!({
        "description": description,
        "schema": { "type": "integer", "minimum": 0 },
    });
}
