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
    WrongExamCode = UNAUTHORIZED, "wrong-exam-code", "Wrong exam code",
        "The student number or the code of the slip is wrong, or it is not the time of the exam; which of them is not said.";
    WrongPassword = UNAUTHORIZED, "wrong-password", "The current password is wrong",
        "What was asked for needs the password of the account once more, and it is another one. The session goes on.";
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
    PasswordChangeNeeded = FORBIDDEN, "password-change-needed", "The password has to be changed",
        "Somebody else knows this password. Sign in again and send a new one beside it.";
    SecondFactorNeeded = UNAUTHORIZED, "second-factor-needed", "A code of the authenticator app is needed",
        "Login and password are right, and the member 'otp' is missing or wrong: a code that the app shows, each good once, or a recovery code.";
    SecondFactorUnreadable = FORBIDDEN, "second-factor-unreadable", "The second factor has to be set up anew",
        "The secret of this server was changed since it was set up, so that codes of the app cannot be checked. Sign in with a recovery code, or have an administrator remove it; then set it up again.";
    Taken = CONFLICT, "taken", "Another one has this name",
        "A login, student number, code or name exists already; the detail says which.";
    LastAdministrator = CONFLICT, "last-administrator", "The last administrator",
        "Without this account nobody could run the service. Make another administrator first.";
    ExamNotOpen = CONFLICT, "exam-not-open", "The exam is not open",
        "The exam has not begun, is over or was closed. The reply says from when to when it can be started.";
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
    NotPractice = CONFLICT, "not-practice", "The exam is no practice",
        "Answers are checked at once in practice exams only. In one that counts there is a result after it.";
    NothingToCheck = CONFLICT, "nothing-to-check", "There is no answer to check",
        "What is checked is the answer that is saved. Save one, then have it checked.";
    NoBreakLeft = CONFLICT, "no-break-left", "There is no break left",
        "Breaks were not granted, or they are used up. An invigilator can pause the attempt.";
    KeyUsedBefore = CONFLICT, "key-used-before", "The Idempotency-Key was used for something else",
        "The same key came before with another request, which was done. Send a new key with a new request.";
    StaleAnswer = CONFLICT, "stale-answer", "A newer answer is stored",
        "At least one answer is older than what is stored. The members 'saved' and 'refused' say what became of each.";
    ResultsNotReleased = CONFLICT, "results-not-released", "The results are not released yet",
        "The exam's rules keep results back until its lecturer releases them.";
    GradesMissing = CONFLICT, "grades-missing", "Grades are missing",
        "Answers wait for a person, or attempts are still open: the members 'waiting' and 'open' say how many. Grade them, or release with 'force'.";
    ChangedMeanwhile = CONFLICT, "changed-meanwhile", "Somebody else changed it meanwhile",
        "The member 'version' is the one that is there now. Read it again, and decide again.";
    NoMail = CONFLICT, "no-mail", "This server sends no mail",
        "An administrator sets new passwords here.";
    ResetOver = CONFLICT, "reset-over", "The link is not good any more",
        "It was used, is older than 30 minutes, or never was one. Ask for a new one.";
    VersionConflict = CONFLICT, "version-conflict", "Somebody else has changed it",
        "It is not as it was when it was read. The member 'current' says which version it has now: read it again, then change it.";
    NotPossible = CONFLICT, "not-possible", "This cannot be done now",
        "A rule is against it; the detail says which, and what to do.";
    ShuttingDown = CONFLICT, "shutting-down", "The service is shutting down",
        "Admin interface only: the public port is not opened any more.";
    TooLarge = PAYLOAD_TOO_LARGE, "too-large", "The request is too large",
        "The body is longer than this address takes; the detail says how long it may be.";
    UnknownMedia = UNPROCESSABLE_ENTITY, "unknown-media", "The file is of no kind that is taken",
        "What a file is, is told by what is in it; the detail names the kinds.";
    NotJson = UNSUPPORTED_MEDIA_TYPE, "not-json", "The request is not JSON",
        "Send the header Content-Type: application/json.";
    UnsupportedFormat = UNSUPPORTED_MEDIA_TYPE, "unsupported-format", "This kind of file is not taken",
        "The header Content-Type names what is in the body; the detail says what is taken here.";
    PasswordRefused = UNPROCESSABLE_ENTITY, "password-refused", "The password is not taken",
        "It is too short, too long or easily guessed; the detail says which.";
    ImportRefused = UNPROCESSABLE_ENTITY, "import-refused", "The file was not imported",
        "At least one row is wrong, and nothing was changed. The member 'report' names each row and column and what to do.";
    UnknownPeople = UNPROCESSABLE_ENTITY, "unknown-people", "Nobody has these logins",
        "Nothing was changed. The member 'unknown' lists what is no login and no student number of anybody.";
    InvalidAnswer = UNPROCESSABLE_ENTITY, "invalid-answer", "An answer does not fit its question",
        "At least one answer cannot be an answer to its question. The members 'saved' and 'refused' say what became of each.";
    GradeRefused = UNPROCESSABLE_ENTITY, "grade-refused", "The grade does not fit the question",
        "The points are outside of what the question or its rubric gives; the detail says which.";
    KeyRefused = UNPROCESSABLE_ENTITY, "key-refused", "The key does not fit the question",
        "It would change what students were asked, or has a mistake; the detail says which.";
    InvalidInput = UNPROCESSABLE_ENTITY, "invalid-input", "The request says what cannot be",
        "It has the form that this address takes, but a value in it is too long, too far, or no such thing; the detail says which.";
    UnreadableFile = UNPROCESSABLE_ENTITY, "unreadable-file", "The file cannot be taken",
        "Nothing of it was stored. The detail or the member 'report' says what is wrong, and where.";
    HasErrors = UNPROCESSABLE_ENTITY, "has-errors", "The exam has errors",
        "It cannot be published like this. The member 'findings' says what is wrong, and what to do.";
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
        "The file that says so could not be written; the detail says which and why.";
    CannotListen = SERVICE_UNAVAILABLE, "cannot-listen", "The public port is not open",
        "Admin interface only: the port cannot be opened; the detail says why.";
}

impl ProblemType {
    /// The `type` member of its documents.
    pub fn uri(self) -> String {
        format!("/problems/{}", self.name())
    }
}
