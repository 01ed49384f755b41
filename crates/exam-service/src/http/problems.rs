//! Which kinds of failure there are: the name, status and meaning of each problem document's `type`.

use axum::http::StatusCode;

macro_rules! define_problems {
    ($($(#[$doc:meta])* $kind:ident = $status:ident, $name:literal, $title:literal, $meaning:literal;)*) => {
        /// A kind of failure. Programs tell failures apart by it, people read the `detail`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ProblemType {
            $(#[doc = $meaning] $kind,)*
        }

        impl ProblemType {
            /// Every kind there is.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The last part of the `type`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// The status that it is sent with.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$kind => StatusCode::$status,)* }
            }

            /// A few words, the same each time.
            pub fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)* }
            }

            /// When it happens and what to do.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$kind => $meaning,)* }
            }
        }
    };
}

define_problems! {
    InvalidRequest = BAD_REQUEST, "invalid-request", "The request could not be understood",
        "The body or the path is not what this address takes. The detail says what is wrong; sending it again does not help.";
    Unauthorized = UNAUTHORIZED, "unauthorized", "Sign in first",
        "There is no access token, or it is not valid any more. Renew it, or sign in.";
    WrongCredentials = UNAUTHORIZED, "wrong-credentials", "Wrong credentials",
        "Login or password is wrong; which of them is not said.";
    SessionOver = UNAUTHORIZED, "session-over", "The session has ended",
        "The refresh token is unknown, expired, revoked, or was used before. Sign in again.";
    Forbidden = FORBIDDEN, "forbidden", "Not for you",
        "The role of the account does not allow this.";
    NotForWebPages = FORBIDDEN, "not-for-web-pages", "Not for web pages",
        "The admin interface answers programs on its own machine only.";
    WrongNetwork = FORBIDDEN, "wrong-network", "Not from here",
        "The exam can be sat from certain computers only, and this is none of them. Ask the invigilator.";
    WrongBrowser = FORBIDDEN, "wrong-browser", "Not with this browser",
        "The exam can be sat with Safe Exam Browser and its configuration for this exam only. Open that configuration.";
    AccessCodeRequired = FORBIDDEN, "access-code-required", "The access code is missing",
        "The exam starts with the code that the invigilators tell the room: send it along when starting.";
    AccessCodeWrong = FORBIDDEN, "access-code-wrong", "Wrong access code",
        "It is not the code of this exam. Type it again; capital letters count.";
    NotFound = NOT_FOUND, "not-found", "Not found",
        "There is no such thing, or it is somebody else's; which of the two is not said.";
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed",
        "The address exists, but not with this method.";
    TooSlow = REQUEST_TIMEOUT, "too-slow", "The request came too slowly",
        "The body did not arrive in time. Send it again; nothing was done.";
    ExamNotOpen = CONFLICT, "exam-not-open", "The exam is not open",
        "The exam has not begun or is over; the detail says when it can be started.";
    AttemptOpen = CONFLICT, "attempt-open", "The attempt is still open",
        "There is no result before the attempt is handed in or its time is over.";
    AttemptPaused = CONFLICT, "attempt-paused", "The attempt is paused",
        "Its clock stands still, and it is handed in once it goes on. Answers are taken meanwhile.";
    AttemptClosed = CONFLICT, "attempt-closed", "The attempt is closed",
        "It was handed in or its time is over: answers are no longer taken. The members 'saved' and 'refused' say which were.";
    AttemptElsewhere = CONFLICT, "attempt-elsewhere", "The attempt goes on on another computer",
        "It was opened on another computer, which holds it now. What was answered here before is saved, as the members 'saved' and 'refused' say; what came later is set aside where staff can see it. To go on here, start the exam here again.";
    QuestionClosed = CONFLICT, "question-closed", "The question is closed",
        "The exam goes forward only, and a later question was answered. The members 'saved' and 'refused' say what became of each answer.";
    NoAttemptLeft = CONFLICT, "no-attempt-left", "There is no such attempt",
        "Attempts are made one after the other, and only as many as the exam allows.";
    KeyUsedBefore = CONFLICT, "key-used-before", "The Idempotency-Key was used for something else",
        "The same key came before with another request, which was done. Send a new key with a new request.";
    StaleAnswer = CONFLICT, "stale-answer", "A newer answer is stored",
        "At least one answer is older than what is stored. The members 'saved' and 'refused' say what became of each.";
    ShuttingDown = CONFLICT, "shutting-down", "The service is shutting down",
        "Admin interface only: the public port is not opened any more.";
    TooLarge = PAYLOAD_TOO_LARGE, "too-large", "The request is too large",
        "The body is longer than this address takes; the detail says how long it may be.";
    NotJson = UNSUPPORTED_MEDIA_TYPE, "not-json", "The request is not JSON",
        "Send the header Content-Type: application/json.";
    InvalidAnswer = UNPROCESSABLE_ENTITY, "invalid-answer", "An answer does not fit its question",
        "At least one answer cannot be an answer to its question. The members 'saved' and 'refused' say what became of each.";
    RateLimited = TOO_MANY_REQUESTS, "rate-limited", "Too many requests",
        "The account or the address sent more than it may. Retry-After says when the next one is taken.";
    LoginLocked = TOO_MANY_REQUESTS, "login-locked", "Too many failed logins",
        "There were so many wrong passwords for this login, known or not, that it has to wait. Retry-After says how long.";
    Internal = INTERNAL_SERVER_ERROR, "internal", "Internal error",
        "A fault of the server. It was logged.";
    Busy = SERVICE_UNAVAILABLE, "busy", "Too busy",
        "A queue of the server is full. Send the request again after Retry-After.";
    Unavailable = SERVICE_UNAVAILABLE, "unavailable", "Temporarily unavailable",
        "The database did not answer, or not in time. Send the request again: every request may be repeated.";
    Maintenance = SERVICE_UNAVAILABLE, "maintenance", "The exam server is under maintenance",
        "Planned; running attempts go on. The members 'since' and 'until' say how long.";
    NotSwitched = SERVICE_UNAVAILABLE, "not-switched", "Maintenance was not switched",
        "Admin interface only: the file that says so could not be written.";
    CannotListen = SERVICE_UNAVAILABLE, "cannot-listen", "The public port is not open",
        "Admin interface only: the port cannot be opened; the detail says why.";
}

impl ProblemType {
    /// The `type` member of its documents.
    pub fn uri(self) -> String {
        format!("/problems/{}", self.name())
    }
}
