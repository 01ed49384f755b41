CREATE TABLE IF NOT EXISTS attempts (
    id           VARCHAR(36) NOT NULL PRIMARY KEY,
    exam_id      VARCHAR(36) NOT NULL,
    user_id      VARCHAR(36) NOT NULL,
    started_at   BIGINT      NOT NULL,
    deadline_at  BIGINT      NOT NULL,
    submitted_at BIGINT,
    -- JSON: the questions and options in the order this student sees them.
    layout       MEDIUMTEXT  NOT NULL,
    UNIQUE (exam_id, user_id),
    INDEX attempts_user (user_id),
    INDEX attempts_open (submitted_at, deadline_at),
    FOREIGN KEY (exam_id) REFERENCES exams (id),
    FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The newest save of each question. Written only by the group-commit writer.
CREATE TABLE IF NOT EXISTS answers (
    attempt_id  VARCHAR(36) NOT NULL,
    -- A question of the exam's paper.
    question_id VARCHAR(36) NOT NULL,
    -- The check is also what makes a batch fail as a whole when it meets a newer save: see store/mysql/answers.rs.
    sequence    BIGINT      NOT NULL CHECK (sequence >= 1),
    -- JSON in canonical form; 'null' is an answer taken back.
    response    MEDIUMTEXT  NOT NULL,
    flagged     BIGINT      NOT NULL CHECK (flagged IN (0, 1)),
    saved_at    BIGINT      NOT NULL,
    PRIMARY KEY (attempt_id, question_id),
    FOREIGN KEY (attempt_id) REFERENCES attempts (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
