-- What staff do to those who sit an exam, what their pages report, and the log of it. Times are Unix milliseconds (UTC).

-- What a page reports beside answers, and what the service noticed itself. A report that comes twice is kept once.
CREATE TABLE attempt_events (
    attempt_id   TEXT NOT NULL REFERENCES attempts (id),
    -- Chosen by who reports it.
    id           TEXT NOT NULL,
    -- A word of exam/events.rs.
    kind         TEXT NOT NULL,
    is_violation INTEGER NOT NULL CHECK (is_violation IN (0, 1)),
    -- When it happened, by the page's count of the server's clock.
    occurred_at  INTEGER NOT NULL,
    received_at  INTEGER NOT NULL,
    PRIMARY KEY (attempt_id, id)
) STRICT, WITHOUT ROWID;

-- What staff did: each line holds the hash of the line before it, so that none can be changed, taken out or put in
-- between without every later one telling.
CREATE TABLE audit_log (
    -- From 1, without gaps.
    number        INTEGER NOT NULL PRIMARY KEY,
    happened_at   INTEGER NOT NULL,
    -- Null: the service itself.
    actor_id      TEXT,
    -- A word of exam/audit/deed.rs.
    action        TEXT NOT NULL,
    -- To what it was done: what kind of thing, and which; null: to many.
    subject_kind  TEXT NOT NULL,
    subject_id    TEXT,
    exam_id       TEXT,
    course_id     TEXT,
    -- JSON: how much, and what it was before.
    detail        TEXT NOT NULL,
    -- SHA-256, in hexadecimal: see exam/audit/mod.rs.
    previous_hash TEXT NOT NULL,
    hash          TEXT NOT NULL
) STRICT;

-- The end of the log. Who adds a line locks it, so that lines are added one after the other.
CREATE TABLE audit_head (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL,
    hash   TEXT NOT NULL
) STRICT;

INSERT INTO audit_head (id, number, hash) VALUES (1, 0, '');

-- Which attempts a line of the log is about.
CREATE TABLE audit_attempts (
    attempt_id TEXT NOT NULL REFERENCES attempts (id),
    number     INTEGER NOT NULL REFERENCES audit_log (number),
    PRIMARY KEY (attempt_id, number)
) STRICT, WITHOUT ROWID;

-- What was answered to a request that must not act twice.
CREATE TABLE idempotent_replies (
    actor_id      TEXT NOT NULL REFERENCES users (id),
    request_key   TEXT NOT NULL,
    -- SHA-256 of what was asked for: the same key with something else is a mistake.
    request_hash  TEXT NOT NULL,
    reply         TEXT,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (actor_id, request_key)
) STRICT, WITHOUT ROWID;

-- What invigilators said.
CREATE TABLE exam_messages (
    id        TEXT NOT NULL PRIMARY KEY,
    exam_id   TEXT NOT NULL REFERENCES exams (id),
    -- To everybody, those who start later included; else to those in message_attempts.
    is_to_all INTEGER NOT NULL CHECK (is_to_all IN (0, 1)),
    body      TEXT NOT NULL,
    sent_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX exam_messages_exam ON exam_messages (exam_id, sent_at);

CREATE TABLE message_attempts (
    attempt_id TEXT NOT NULL REFERENCES attempts (id),
    message_id TEXT NOT NULL REFERENCES exam_messages (id),
    PRIMARY KEY (attempt_id, message_id)
) STRICT, WITHOUT ROWID;

-- When students were last served: what lies between this and now, nobody could answer in.
CREATE TABLE serving (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    beat_at INTEGER NOT NULL
) STRICT;

INSERT INTO serving (id, beat_at) VALUES (1, 0);
