-- What staff do to those who sit an exam, what their pages report, and the log of it. Times are Unix milliseconds (UTC).

-- What a page reports beside answers, and what the service noticed itself. A report that comes twice is kept once.
CREATE TABLE IF NOT EXISTS attempt_events (
    attempt_id   VARCHAR(36) NOT NULL,
    -- Chosen by who reports it.
    id           VARCHAR(36) NOT NULL,
    -- A word of exam/events.rs.
    kind         VARCHAR(40) NOT NULL,
    is_violation BIGINT NOT NULL CHECK (is_violation IN (0, 1)),
    -- When it happened, by the page's count of the server's clock.
    occurred_at  BIGINT NOT NULL,
    received_at  BIGINT NOT NULL,
    PRIMARY KEY (attempt_id, id),
    FOREIGN KEY (attempt_id) REFERENCES attempts (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What staff did: each line holds the hash of the line before it, so that none can be changed, taken out or put in
-- between without every later one telling.
CREATE TABLE IF NOT EXISTS audit_log (
    -- From 1, without gaps.
    number        BIGINT NOT NULL PRIMARY KEY,
    happened_at   BIGINT NOT NULL,
    -- Null: the service itself.
    actor_id      VARCHAR(36),
    -- A word of exam/audit/deed.rs.
    action        VARCHAR(40) NOT NULL,
    -- To what it was done: what kind of thing, and which; null: to many.
    subject_kind  VARCHAR(20) NOT NULL,
    subject_id    VARCHAR(64),
    exam_id       VARCHAR(36),
    course_id     VARCHAR(36),
    -- JSON: how much, and what it was before.
    detail        MEDIUMTEXT NOT NULL,
    -- SHA-256, in hexadecimal: see exam/audit/mod.rs.
    previous_hash VARCHAR(64) NOT NULL,
    hash          VARCHAR(64) NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The end of the log. Who adds a line locks it, so that lines are added one after the other.
CREATE TABLE IF NOT EXISTS audit_head (
    id     BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL,
    hash   VARCHAR(64) NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT IGNORE INTO audit_head (id, number, hash) VALUES (1, 0, '');

-- Which attempts a line of the log is about.
CREATE TABLE IF NOT EXISTS audit_attempts (
    attempt_id VARCHAR(36) NOT NULL,
    number     BIGINT NOT NULL,
    PRIMARY KEY (attempt_id, number),
    FOREIGN KEY (attempt_id) REFERENCES attempts (id),
    FOREIGN KEY (number) REFERENCES audit_log (number)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What was answered to a request that must not act twice.
CREATE TABLE IF NOT EXISTS idempotent_replies (
    actor_id      VARCHAR(36) NOT NULL,
    request_key   VARCHAR(190) NOT NULL,
    -- SHA-256 of what was asked for: the same key with something else is a mistake.
    request_hash  VARCHAR(64) NOT NULL,
    reply         MEDIUMTEXT,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (actor_id, request_key),
    FOREIGN KEY (actor_id) REFERENCES users (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What invigilators said.
CREATE TABLE IF NOT EXISTS exam_messages (
    id        VARCHAR(36) NOT NULL PRIMARY KEY,
    exam_id   VARCHAR(36) NOT NULL,
    -- To everybody, those who start later included; else to those in message_attempts.
    is_to_all BIGINT NOT NULL CHECK (is_to_all IN (0, 1)),
    body      MEDIUMTEXT NOT NULL,
    sent_at   BIGINT NOT NULL,
    INDEX exam_messages_exam (exam_id, sent_at),
    FOREIGN KEY (exam_id) REFERENCES exams (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS message_attempts (
    attempt_id VARCHAR(36) NOT NULL,
    message_id VARCHAR(36) NOT NULL,
    PRIMARY KEY (attempt_id, message_id),
    FOREIGN KEY (attempt_id) REFERENCES attempts (id),
    FOREIGN KEY (message_id) REFERENCES exam_messages (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- When students were last served: what lies between this and now, nobody could answer in.
CREATE TABLE IF NOT EXISTS serving (
    id      BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    beat_at BIGINT NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT IGNORE INTO serving (id, beat_at) VALUES (1, 0);
