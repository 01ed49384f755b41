CREATE TABLE attempts (
    id           TEXT    NOT NULL PRIMARY KEY,
    exam_id      TEXT    NOT NULL REFERENCES exams (id),
    user_id      TEXT    NOT NULL REFERENCES users (id),
    started_at   INTEGER NOT NULL,
    deadline_at  INTEGER NOT NULL,
    submitted_at INTEGER,
    -- JSON: the questions and options in the order this student sees them.
    layout       TEXT    NOT NULL,
    UNIQUE (exam_id, user_id)
) STRICT;

CREATE INDEX attempts_user ON attempts (user_id);
CREATE INDEX attempts_open ON attempts (deadline_at) WHERE submitted_at IS NULL;

-- The newest save of each question. Written only by the group-commit writer.
CREATE TABLE answers (
    attempt_id  TEXT    NOT NULL REFERENCES attempts (id),
    -- A question of the exam's paper.
    question_id TEXT    NOT NULL,
    sequence    INTEGER NOT NULL CHECK (sequence >= 1),
    -- JSON in canonical form; 'null' is an answer taken back.
    response    TEXT    NOT NULL,
    flagged     INTEGER NOT NULL CHECK (flagged IN (0, 1)),
    saved_at    INTEGER NOT NULL,
    PRIMARY KEY (attempt_id, question_id)
) STRICT, WITHOUT ROWID;
