-- What staff do to those who sit an exam, what their pages report, and the log of it. Times are Unix milliseconds (UTC).

-- What a page reports beside answers, and what the service noticed itself. A report that comes twice is kept once.
CREATE TABLE attempt_events (
    attempt_id   TEXT COLLATE "C" NOT NULL REFERENCES attempts (id),
    -- Chosen by who reports it.
    id           TEXT COLLATE "C" NOT NULL,
    -- A word of exam/events.rs.
    kind         TEXT COLLATE "C" NOT NULL,
    is_violation BIGINT NOT NULL CHECK (is_violation IN (0, 1)),
    -- When it happened, by the page's count of the server's clock.
    occurred_at  BIGINT NOT NULL,
    received_at  BIGINT NOT NULL,
    PRIMARY KEY (attempt_id, id)
);

-- What staff did: each line holds the hash of the line before it, so that none can be changed, taken out or put in
-- between without every later one telling.
CREATE TABLE audit_log (
    -- From 1, without gaps.
    number        BIGINT NOT NULL PRIMARY KEY,
    happened_at   BIGINT NOT NULL,
    -- Null: the service itself.
    actor_id      TEXT COLLATE "C",
    -- A word of exam/audit/deed.rs.
    action        TEXT COLLATE "C" NOT NULL,
    -- To what it was done: what kind of thing, and which; null: to many.
    subject_kind  TEXT COLLATE "C" NOT NULL,
    subject_id    TEXT COLLATE "C",
    exam_id       TEXT COLLATE "C",
    course_id     TEXT COLLATE "C",
    -- JSON: how much, and what it was before.
    detail        TEXT COLLATE "C" NOT NULL,
    -- SHA-256, in hexadecimal: see exam/audit/mod.rs.
    previous_hash TEXT COLLATE "C" NOT NULL,
    hash          TEXT COLLATE "C" NOT NULL
);

-- The end of the log. Who adds a line locks it, so that lines are added one after the other.
CREATE TABLE audit_head (
    id     BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL,
    hash   TEXT COLLATE "C" NOT NULL
);

INSERT INTO audit_head (id, number, hash) VALUES (1, 0, '');

-- Which attempts a line of the log is about.
CREATE TABLE audit_attempts (
    attempt_id TEXT COLLATE "C" NOT NULL REFERENCES attempts (id),
    number     BIGINT NOT NULL REFERENCES audit_log (number),
    PRIMARY KEY (attempt_id, number)
);

-- What was answered to a request that must not act twice.
CREATE TABLE idempotent_replies (
    actor_id      TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    request_key   TEXT COLLATE "C" NOT NULL,
    -- SHA-256 of what was asked for: the same key with something else is a mistake.
    request_hash  TEXT COLLATE "C" NOT NULL,
    reply         TEXT COLLATE "C",
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (actor_id, request_key)
);

-- What invigilators said.
CREATE TABLE exam_messages (
    id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    exam_id   TEXT COLLATE "C" NOT NULL REFERENCES exams (id),
    -- To everybody, those who start later included; else to those in message_attempts.
    is_to_all BIGINT NOT NULL CHECK (is_to_all IN (0, 1)),
    body      TEXT COLLATE "C" NOT NULL,
    sent_at   BIGINT NOT NULL
);

CREATE INDEX exam_messages_exam ON exam_messages (exam_id, sent_at);

CREATE TABLE message_attempts (
    attempt_id TEXT COLLATE "C" NOT NULL REFERENCES attempts (id),
    message_id TEXT COLLATE "C" NOT NULL REFERENCES exam_messages (id),
    PRIMARY KEY (attempt_id, message_id)
);

-- When students were last served: what lies between this and now, nobody could answer in.
CREATE TABLE serving (
    id      BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    beat_at BIGINT NOT NULL
);

INSERT INTO serving (id, beat_at) VALUES (1, 0);
