-- Exams, from the first draft to the last result. What is asked never changes once an exam is published; its window may
-- be moved.
CREATE TABLE IF NOT EXISTS exams (
    id               VARCHAR(36)  NOT NULL PRIMARY KEY,
    -- A stable name for tools ('demo'); not shown to students.
    code             VARCHAR(190) NOT NULL UNIQUE,
    title            TEXT         NOT NULL,
    starts_at        BIGINT       NOT NULL,
    ends_at          BIGINT       NOT NULL,
    duration_seconds BIGINT       NOT NULL CHECK (duration_seconds > 0),
    -- Of its paper, so that a list of exams reads no papers.
    question_count   BIGINT       NOT NULL CHECK (question_count >= 0),
    -- Whose it is; null: only administrators change it.
    course_id        VARCHAR(36),
    state            VARCHAR(20) NOT NULL DEFAULT 'published' CHECK (state IN ('draft', 'review', 'published', 'closed')),
    -- JSON, as exam/rules.rs writes it: who may start when, from where and how often, and what is shown afterwards.
    rules            MEDIUMTEXT NOT NULL,
    -- JSON, as exam/draft.rs writes it: what is worked on until it is published; null where a paper came without one.
    draft            LONGTEXT,
    -- Counted up by each change, so that nobody overwrites what they have not seen.
    revision         BIGINT NOT NULL DEFAULT 1,
    author_id        VARCHAR(36),
    -- Who else has looked at what was published, and found it good.
    reviewer_id      VARCHAR(36),
    reviewed_at      BIGINT,
    publisher_id     VARCHAR(36),
    published_at     BIGINT,
    INDEX exams_course (course_id),
    CONSTRAINT exams_window CHECK (ends_at > starts_at),
    FOREIGN KEY (course_id) REFERENCES courses (id),
    FOREIGN KEY (author_id) REFERENCES users (id),
    FOREIGN KEY (reviewer_id) REFERENCES users (id),
    FOREIGN KEY (publisher_id) REFERENCES users (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What an exam asks, as it was published: one document, read and cached as a whole.
CREATE TABLE IF NOT EXISTS papers (
    exam_id  VARCHAR(36) NOT NULL PRIMARY KEY,
    -- Counted from 1.
    version  BIGINT      NOT NULL CHECK (version >= 1),
    -- JSON, as exam/paper.rs writes it.
    document LONGTEXT    NOT NULL,
    FOREIGN KEY (exam_id) REFERENCES exams (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who may sit which exam.
CREATE TABLE IF NOT EXISTS candidates (
    exam_id VARCHAR(36) NOT NULL,
    user_id VARCHAR(36) NOT NULL,
    -- JSON, as exam/timing writes it: what this student was granted before; null: nothing.
    accommodation TEXT,
    -- Where they sit, for instance 'H1-042'; nobody else does.
    seat VARCHAR(60),
    PRIMARY KEY (exam_id, user_id),
    UNIQUE (exam_id, seat),
    INDEX candidates_user (user_id),
    FOREIGN KEY (exam_id) REFERENCES exams (id),
    FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
