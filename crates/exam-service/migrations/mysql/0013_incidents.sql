-- What invigilators wrote down while an exam was sat. A note is never changed: a later one corrects it. Times are Unix
-- milliseconds (UTC).
CREATE TABLE IF NOT EXISTS incidents (
    id         VARCHAR(36) NOT NULL PRIMARY KEY,
    exam_id    VARCHAR(36) NOT NULL,
    author_id  VARCHAR(36) NOT NULL,
    written_at BIGINT NOT NULL,
    -- A word of exam/incident.rs.
    category   VARCHAR(20) NOT NULL,
    -- About which candidate, and the latest attempt that they had then; null: about nobody in particular.
    user_id    VARCHAR(36),
    attempt_id VARCHAR(36),
    -- In which room; null: none is named.
    room       VARCHAR(100),
    body       TEXT NOT NULL,
    -- The note that this one takes the place of; there is one such note at most.
    corrects_id VARCHAR(36) UNIQUE,
    INDEX incidents_exam (exam_id, id),
    FOREIGN KEY (exam_id) REFERENCES exams (id),
    FOREIGN KEY (author_id) REFERENCES users (id),
    FOREIGN KEY (user_id) REFERENCES users (id),
    FOREIGN KEY (attempt_id) REFERENCES attempts (id),
    FOREIGN KEY (corrects_id) REFERENCES incidents (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
