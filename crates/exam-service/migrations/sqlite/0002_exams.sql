-- Published exams. Questions and options of an exam never change once it is here.
CREATE TABLE exams (
    id               TEXT    NOT NULL PRIMARY KEY,
    -- A stable name for tools ('demo'); not shown to students.
    code             TEXT    NOT NULL UNIQUE,
    title            TEXT    NOT NULL,
    starts_at        INTEGER NOT NULL,
    ends_at          INTEGER NOT NULL CHECK (ends_at > starts_at),
    duration_seconds INTEGER NOT NULL CHECK (duration_seconds > 0)
) STRICT;

CREATE TABLE questions (
    id            TEXT    NOT NULL PRIMARY KEY,
    exam_id       TEXT    NOT NULL REFERENCES exams (id),
    position      INTEGER NOT NULL,
    type          TEXT    NOT NULL CHECK (type IN ('multiple_choice', 'true_false')),
    text          TEXT    NOT NULL,
    points        INTEGER NOT NULL CHECK (points >= 0),
    -- The key of a true/false question; multiple choice keeps its key with the options.
    correct_value INTEGER CHECK ((type = 'true_false') = (correct_value IS NOT NULL)),
    UNIQUE (exam_id, position)
) STRICT;

CREATE TABLE question_options (
    id          TEXT    NOT NULL PRIMARY KEY,
    question_id TEXT    NOT NULL REFERENCES questions (id),
    position    INTEGER NOT NULL,
    text        TEXT    NOT NULL,
    is_correct  INTEGER NOT NULL CHECK (is_correct IN (0, 1)),
    UNIQUE (question_id, position)
) STRICT;

-- Who may sit which exam.
CREATE TABLE candidates (
    exam_id TEXT NOT NULL REFERENCES exams (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    PRIMARY KEY (exam_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX candidates_user ON candidates (user_id);
