-- Published exams. What is asked never changes once an exam is here; its window may be moved.
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
    CONSTRAINT exams_window CHECK (ends_at > starts_at)
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
    PRIMARY KEY (exam_id, user_id),
    INDEX candidates_user (user_id),
    FOREIGN KEY (exam_id) REFERENCES exams (id),
    FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
