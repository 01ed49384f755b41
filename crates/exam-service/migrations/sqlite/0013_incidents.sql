-- What invigilators wrote down while an exam was sat. A note is never changed: a later one corrects it. Times are Unix
-- milliseconds (UTC).
CREATE TABLE incidents (
    id         TEXT    NOT NULL PRIMARY KEY,
    exam_id    TEXT    NOT NULL REFERENCES exams (id),
    author_id  TEXT    NOT NULL REFERENCES users (id),
    written_at INTEGER NOT NULL,
    -- A word of exam/incident.rs.
    category   TEXT    NOT NULL,
    -- About which candidate, and the latest attempt that they had then; null: about nobody in particular.
    user_id    TEXT REFERENCES users (id),
    attempt_id TEXT REFERENCES attempts (id),
    -- In which room; null: none is named.
    room       TEXT,
    body       TEXT    NOT NULL,
    -- The note that this one takes the place of; there is one such note at most.
    corrects_id TEXT UNIQUE REFERENCES incidents (id)
) STRICT;

CREATE INDEX incidents_exam ON incidents (exam_id, id);
-- By these an account or an attempt that goes is known to be named nowhere; InnoDB makes its own.
CREATE INDEX incidents_author ON incidents (author_id);
CREATE INDEX incidents_user ON incidents (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX incidents_attempt ON incidents (attempt_id) WHERE attempt_id IS NOT NULL;
