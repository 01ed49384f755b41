-- The papers of candidates who have not started, laid out before the exam begins: a start only puts one into effect. None
-- of it is an attempt: nothing that shows or counts attempts looks here. It goes with its candidate.
CREATE TABLE IF NOT EXISTS prepared_attempts (
    exam_id     VARCHAR(36) NOT NULL,
    user_id     VARCHAR(36) NOT NULL,
    -- JSON: the questions and options in the order this student will see them.
    layout      MEDIUMTEXT  NOT NULL,
    prepared_at BIGINT      NOT NULL,
    PRIMARY KEY (exam_id, user_id),
    FOREIGN KEY (exam_id, user_id) REFERENCES candidates (exam_id, user_id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
