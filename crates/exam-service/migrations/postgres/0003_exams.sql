-- Exams, from the first draft to the last result. What is asked never changes once an exam is published; its window may
-- be moved.
CREATE TABLE exams (
    id               TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- A stable name for tools ('demo'); not shown to students.
    code             TEXT COLLATE "C" NOT NULL UNIQUE,
    title            TEXT COLLATE "C" NOT NULL,
    starts_at        BIGINT NOT NULL,
    ends_at          BIGINT NOT NULL CHECK (ends_at > starts_at),
    duration_seconds BIGINT NOT NULL CHECK (duration_seconds > 0),
    -- Of its paper, so that a list of exams reads no papers.
    question_count   BIGINT NOT NULL CHECK (question_count >= 0),
    -- Whose it is; null: only administrators change it.
    course_id        TEXT COLLATE "C" REFERENCES courses (id),
    state            TEXT COLLATE "C" NOT NULL DEFAULT 'published' CHECK (state IN ('draft', 'review', 'published', 'closed')),
    -- JSON, as exam/rules.rs writes it: who may start when, from where and how often, and what is shown afterwards.
    rules            TEXT COLLATE "C" NOT NULL,
    -- JSON, as exam/draft.rs writes it: what is worked on until it is published; null where a paper came without one.
    draft            TEXT COLLATE "C",
    -- Counted up by each change, so that nobody overwrites what they have not seen.
    revision         BIGINT NOT NULL DEFAULT 1,
    author_id        TEXT COLLATE "C" REFERENCES users (id),
    -- Who else has looked at what was published, and found it good.
    reviewer_id      TEXT COLLATE "C" REFERENCES users (id),
    reviewed_at      BIGINT,
    publisher_id     TEXT COLLATE "C" REFERENCES users (id),
    published_at     BIGINT
);

CREATE INDEX exams_course ON exams (course_id);

-- What an exam asks, as it was published: one document, read and cached as a whole.
CREATE TABLE papers (
    exam_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES exams (id),
    -- Counted from 1.
    version  BIGINT NOT NULL CHECK (version >= 1),
    -- JSON, as exam/paper.rs writes it.
    document TEXT COLLATE "C" NOT NULL
);

-- Who may sit which exam.
CREATE TABLE candidates (
    exam_id TEXT COLLATE "C" NOT NULL REFERENCES exams (id),
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    -- JSON, as exam/timing writes it: what this student was granted before; null: nothing.
    accommodation TEXT COLLATE "C",
    -- Where they sit, for instance 'H1-042'; nobody else does.
    seat TEXT COLLATE "C",
    PRIMARY KEY (exam_id, user_id),
    UNIQUE (exam_id, seat)
);

CREATE INDEX candidates_user ON candidates (user_id);
