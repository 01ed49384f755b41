-- What belongs to the rules of sitting: answers checked in practice, and rooms with their seats. Times are Unix
-- milliseconds (UTC).

-- Which saves of an answer were checked in a practice exam: as many tries as there are rows.
CREATE TABLE practice_checks (
    attempt_id  TEXT COLLATE "C" NOT NULL REFERENCES attempts (id),
    question_id TEXT COLLATE "C" NOT NULL,
    -- The save that was checked.
    sequence    BIGINT NOT NULL,
    checked_at  BIGINT NOT NULL,
    PRIMARY KEY (attempt_id, question_id, sequence)
);

-- The rooms of an exam: where candidates may sit. Who sits where is kept with the candidates.
CREATE TABLE seat_plans (
    exam_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES exams (id),
    -- Counted up by each change, from 1.
    version  BIGINT NOT NULL CHECK (version >= 1),
    -- JSON, as exam/seating writes it.
    document TEXT COLLATE "C" NOT NULL
);
