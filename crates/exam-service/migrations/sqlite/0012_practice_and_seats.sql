-- What belongs to the rules of sitting: answers checked in practice, and rooms with their seats. Times are Unix
-- milliseconds (UTC).

-- Which saves of an answer were checked in a practice exam: as many tries as there are rows.
CREATE TABLE practice_checks (
    attempt_id  TEXT    NOT NULL REFERENCES attempts (id),
    question_id TEXT    NOT NULL,
    -- The save that was checked.
    sequence    INTEGER NOT NULL,
    checked_at  INTEGER NOT NULL,
    PRIMARY KEY (attempt_id, question_id, sequence)
) STRICT, WITHOUT ROWID;

-- The rooms of an exam: where candidates may sit. Who sits where is kept with the candidates.
CREATE TABLE seat_plans (
    exam_id  TEXT    NOT NULL PRIMARY KEY REFERENCES exams (id),
    -- Counted up by each change, from 1.
    version  INTEGER NOT NULL CHECK (version >= 1),
    -- JSON, as exam/seating writes it.
    document TEXT    NOT NULL
) STRICT;
