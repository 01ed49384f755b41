//! May this server be put under load? It is asked, as one of the students, before anything else.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::student::{ClientFactory, Credentials, Target, wire::LoginResponse};

const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);

/// What a person who starts a run has said about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permission {
    /// The name of the production host that is meant.
    pub production: Option<String>,
    /// A run of a few students while real exams are open, as a release is tried.
    pub beside_exams: bool,
}

/// Most users of a run beside real exams.
const BESIDE_EXAMS_LIMIT: u32 = 20;

/// What the server says of itself to a load account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TargetFacts {
    /// The run that the accounts were made for.
    pub run: String,
    /// `production`, `staging`, `demo` or `development`.
    pub environment: String,
    pub version: String,
    /// Real exams that somebody sits or may sit now.
    pub open_exams: u32,
}

/// What became of the question.
#[derive(Debug)]
pub(super) enum Asked {
    Facts(TargetFacts),
    /// With the reason why nobody may go on.
    Refused(String),
    /// Nobody listens, or the students cannot sign in: that is for the verdict of the run.
    Nobody,
}

/// Asks the server what it is.
///
/// # Errors
/// A sentence saying why nothing is known.
pub(super) async fn ask(
    target: &Target,
    clients: &ClientFactory,
    credentials: &Credentials,
) -> Result<Asked, String> {
    let mut problem = String::new();
    for tries in 0..TRIES {
        if tries > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        match ask_once(target, clients, credentials).await {
            Err(reason) => problem = reason,
            Ok(asked) => return Ok(asked),
        }
    }
    Err(format!(
        "the target does not say whether it may be put under load: {problem}"
    ))
}

/// An error is what may be better a moment later.
async fn ask_once(
    target: &Target,
    clients: &ClientFactory,
    credentials: &Credentials,
) -> Result<Asked, String> {
    let client = clients.build()?;
    let body = json!({
        "login": credentials.logins.first(),
        "password": credentials.password.expose(),
    });
    let login = client
        .post(format!("{}/api/v1/auth/login", target.url))
        .json(&body)
        .send()
        .await;
    let login = match login {
        Err(error) if error.is_connect() => return Ok(Asked::Nobody),
        Err(error) => return Err(error.without_url().to_string()),
        Ok(reply) if reply.status().is_client_error() && reply.status().as_u16() != 429 => {
            return Ok(Asked::Nobody);
        }
        Ok(reply) if !reply.status().is_success() => {
            return Err(format!("POST login was answered with {}", reply.status()));
        }
        Ok(reply) => reply,
    };
    let Ok(session) = login.json::<LoginResponse>().await else {
        return Ok(Asked::Nobody);
    };
    let question = client
        .get(format!("{}/api/v1/load/target", target.url))
        .bearer_auth(session.access_token);
    let reply = question
        .send()
        .await
        .map_err(|error| error.without_url().to_string())?;
    match reply.status().as_u16() {
        200 => {
            let facts = reply.json().await;
            facts.map(Asked::Facts).map_err(|error| error.without_url().to_string())
        }
        403 => Ok(Asked::Refused(
            "the students given are no load accounts: a load never runs with accounts of real people. Make some with: \
             exam-service load seed --run NAME --students COUNT"
                .to_owned(),
        )),
        404 => Ok(Asked::Refused(
            "this release of the server does not know load accounts: deploy a newer one".to_owned(),
        )),
        status => Err(format!("it answered with {status}")),
    }
}

/// Whether what the server says goes together with what the person said.
///
/// # Errors
/// A sentence with what is in the way and what to say if it is meant.
pub(super) fn permit(
    facts: &TargetFacts,
    permission: &Permission,
    target: &Target,
    users: u32,
) -> Result<(), String> {
    let host = target.host();
    if facts.environment == "production" && host.is_some() && permission.production != host {
        let host = host.unwrap_or_default();
        return Err(format!(
            "{host} is in production: if it is meant, name it with --production {host}"
        ));
    }
    if facts.open_exams == 0 {
        return Ok(());
    }
    let exams = match facts.open_exams {
        1 => "a real exam is".to_owned(),
        count => format!("{count} real exams are"),
    };
    if !permission.beside_exams {
        return Err(format!(
            "{exams} open on this server: wait until it is over. A try of at most {BESIDE_EXAMS_LIMIT} students is allowed with --beside-exams"
        ));
    }
    if users > BESIDE_EXAMS_LIMIT {
        return Err(format!(
            "{exams} open on this server: {users} students are too many beside it, {BESIDE_EXAMS_LIMIT} are allowed"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(environment: &str, open_exams: u32) -> TargetFacts {
        TargetFacts {
            run: "r".into(),
            environment: environment.into(),
            version: "1.0.0".into(),
            open_exams,
        }
    }

    #[test]
    fn each_danger_needs_its_word() {
        let target = Target::parse("https://exam.example").unwrap();
        let named = |host: &str| Permission {
            production: Some(host.to_owned()),
            beside_exams: false,
        };
        let beside = Permission {
            production: Some("exam.example".to_owned()),
            beside_exams: true,
        };
        let permit = |facts: &TargetFacts, permission: &Permission, users| {
            permit(facts, permission, &target, users)
        };
        let nothing = Permission::default();
        assert_eq!(permit(&facts("staging", 0), &nothing, 5000), Ok(()));
        let refused = permit(&facts("production", 0), &nothing, 10).unwrap_err();
        assert!(refused.contains("--production exam.example"), "{refused}");
        assert!(permit(&facts("production", 0), &named("other.example"), 10).is_err());
        assert_eq!(
            permit(&facts("production", 0), &named("exam.example"), 5000),
            Ok(())
        );
        let refused = permit(&facts("staging", 1), &nothing, 10).unwrap_err();
        assert!(refused.contains("a real exam is open"), "{refused}");
        assert_eq!(permit(&facts("production", 2), &beside, 20), Ok(()));
        let refused = permit(&facts("production", 2), &beside, 21).unwrap_err();
        assert!(
            refused.contains("2 real exams are open") && refused.contains("21"),
            "{refused}"
        );
    }
}
