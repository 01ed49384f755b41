-- What belongs to the rules of sitting: answers checked in practice, and rooms with their seats. Times are Unix
-- milliseconds (UTC).

-- Which saves of an answer were checked in a practice exam: as many tries as there are rows.
CREATE TABLE IF NOT EXISTS practice_checks (
    attempt_id  VARCHAR(36) NOT NULL,
    question_id VARCHAR(36) NOT NULL,
    -- The save that was checked.
    sequence    BIGINT NOT NULL,
    checked_at  BIGINT NOT NULL,
    PRIMARY KEY (attempt_id, question_id, sequence),
    FOREIGN KEY (attempt_id) REFERENCES attempts (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The rooms of an exam: where candidates may sit. Who sits where is kept with the candidates.
CREATE TABLE IF NOT EXISTS seat_plans (
    exam_id  VARCHAR(36) NOT NULL PRIMARY KEY,
    -- Counted up by each change, from 1.
    version  BIGINT NOT NULL CHECK (version >= 1),
    -- JSON, as exam/seating writes it.
    document MEDIUMTEXT NOT NULL,
    FOREIGN KEY (exam_id) REFERENCES exams (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
