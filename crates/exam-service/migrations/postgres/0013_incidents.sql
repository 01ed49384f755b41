-- What invigilators wrote down while an exam was sat. A note is never changed: a later one corrects it. Times are Unix
-- milliseconds (UTC).
CREATE TABLE incidents (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    exam_id    TEXT COLLATE "C" NOT NULL REFERENCES exams (id),
    author_id  TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    written_at BIGINT NOT NULL,
    -- A word of exam/incident.rs.
    category   TEXT COLLATE "C" NOT NULL,
    -- About which candidate, and the latest attempt that they had then; null: about nobody in particular.
    user_id    TEXT COLLATE "C" REFERENCES users (id),
    attempt_id TEXT COLLATE "C" REFERENCES attempts (id),
    -- In which room; null: none is named.
    room       TEXT COLLATE "C",
    body       TEXT COLLATE "C" NOT NULL,
    -- The note that this one takes the place of; there is one such note at most.
    corrects_id TEXT COLLATE "C" UNIQUE REFERENCES incidents (id)
);

CREATE INDEX incidents_exam ON incidents (exam_id, id);
-- By these an account or an attempt that goes is known to be named nowhere; InnoDB makes its own.
CREATE INDEX incidents_author ON incidents (author_id);
CREATE INDEX incidents_user ON incidents (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX incidents_attempt ON incidents (attempt_id) WHERE attempt_id IS NOT NULL;
