-- The papers of candidates who have not started, laid out before the exam begins: a start only puts one into effect. None
-- of it is an attempt: nothing that shows or counts attempts looks here. It goes with its candidate.
CREATE TABLE prepared_attempts (
    exam_id     TEXT    NOT NULL,
    user_id     TEXT    NOT NULL,
    -- JSON: the questions and options in the order this student will see them.
    layout      TEXT    NOT NULL,
    prepared_at INTEGER NOT NULL,
    PRIMARY KEY (exam_id, user_id),
    FOREIGN KEY (exam_id, user_id) REFERENCES candidates (exam_id, user_id) ON DELETE CASCADE
) STRICT;
