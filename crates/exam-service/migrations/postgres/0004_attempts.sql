CREATE TABLE attempts (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    exam_id      TEXT COLLATE "C" NOT NULL REFERENCES exams (id),
    user_id      TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    started_at   BIGINT NOT NULL,
    deadline_at  BIGINT NOT NULL,
    submitted_at BIGINT,
    -- JSON: the questions and options in the order this student sees them.
    layout       TEXT COLLATE "C" NOT NULL,
    UNIQUE (exam_id, user_id)
);

CREATE INDEX attempts_user ON attempts (user_id);
CREATE INDEX attempts_open ON attempts (deadline_at) WHERE submitted_at IS NULL;

-- The newest save of each question. Written only by the group-commit writer.
CREATE TABLE answers (
    attempt_id  TEXT COLLATE "C" NOT NULL REFERENCES attempts (id),
    -- A question of the exam's paper.
    question_id TEXT COLLATE "C" NOT NULL,
    sequence    BIGINT NOT NULL CHECK (sequence >= 1),
    -- JSON in canonical form; 'null' is an answer taken back.
    response    TEXT COLLATE "C" NOT NULL,
    flagged     BIGINT NOT NULL CHECK (flagged IN (0, 1)),
    saved_at    BIGINT NOT NULL,
    PRIMARY KEY (attempt_id, question_id)
    -- A newer save finds room beside the older one, and no index has to change.
) WITH (fillfactor = 70);
