-- What staff decided on results. Nothing here is ever changed or removed: what counts is the newest.
-- Each decision of a person on an answer; of one answer the highest version counts.
CREATE TABLE IF NOT EXISTS hand_grades (
    attempt_id  VARCHAR(36) NOT NULL,
    -- A question of the exam's paper.
    question_id VARCHAR(36) NOT NULL,
    -- Counted from 1.
    version     BIGINT NOT NULL CHECK (version >= 1),
    -- JSON, as exam/grading/by_hand.rs writes it.
    grade       MEDIUMTEXT NOT NULL,
    graded_by   VARCHAR(36) NOT NULL,
    graded_at   BIGINT NOT NULL,
    PRIMARY KEY (attempt_id, question_id, version),
    FOREIGN KEY (attempt_id) REFERENCES attempts (id),
    FOREIGN KEY (graded_by) REFERENCES users (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Keys that were put right after the exam, beside the paper, which stays as it was asked. The highest version of a
-- question counts.
CREATE TABLE IF NOT EXISTS key_corrections (
    exam_id      VARCHAR(36) NOT NULL,
    -- Counted from 1 over all questions of the exam.
    version      BIGINT NOT NULL CHECK (version >= 1),
    -- JSON: the whole question, with its new key.
    question     MEDIUMTEXT NOT NULL,
    -- For a question that was found broken: 'full_points' or 'left_out'; null: it counts.
    voiding      VARCHAR(20) CHECK (voiding IN ('full_points', 'left_out')),
    -- Why, for whoever asks later.
    reason       MEDIUMTEXT NOT NULL,
    corrected_by VARCHAR(36) NOT NULL,
    corrected_at BIGINT NOT NULL,
    PRIMARY KEY (exam_id, version),
    FOREIGN KEY (exam_id) REFERENCES exams (id),
    FOREIGN KEY (corrected_by) REFERENCES users (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Exams whose results students may see, where the exam's rules make them wait for it.
CREATE TABLE IF NOT EXISTS result_releases (
    exam_id     VARCHAR(36) NOT NULL PRIMARY KEY,
    released_by VARCHAR(36) NOT NULL,
    released_at BIGINT NOT NULL,
    -- Answers that still waited for a grade.
    waiting     BIGINT NOT NULL CHECK (waiting >= 0),
    FOREIGN KEY (exam_id) REFERENCES exams (id),
    FOREIGN KEY (released_by) REFERENCES users (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
