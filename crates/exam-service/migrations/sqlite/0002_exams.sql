-- Published exams. What is asked never changes once an exam is here; its window may be moved.
CREATE TABLE exams (
    id               TEXT    NOT NULL PRIMARY KEY,
    -- A stable name for tools ('demo'); not shown to students.
    code             TEXT    NOT NULL UNIQUE,
    title            TEXT    NOT NULL,
    starts_at        INTEGER NOT NULL,
    ends_at          INTEGER NOT NULL CHECK (ends_at > starts_at),
    duration_seconds INTEGER NOT NULL CHECK (duration_seconds > 0),
    -- Of its paper, so that a list of exams reads no papers.
    question_count   INTEGER NOT NULL CHECK (question_count >= 0)
) STRICT;

-- What an exam asks, as it was published: one document, read and cached as a whole.
CREATE TABLE papers (
    exam_id  TEXT    NOT NULL PRIMARY KEY REFERENCES exams (id),
    -- Counted from 1.
    version  INTEGER NOT NULL CHECK (version >= 1),
    -- JSON, as exam/paper.rs writes it.
    document TEXT    NOT NULL
) STRICT;

-- Who may sit which exam.
CREATE TABLE candidates (
    exam_id TEXT NOT NULL REFERENCES exams (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    PRIMARY KEY (exam_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX candidates_user ON candidates (user_id);
