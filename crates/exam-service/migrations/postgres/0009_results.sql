-- What staff decided on results. Nothing here is ever changed or removed: what counts is the newest.
-- Each decision of a person on an answer; of one answer the highest version counts.
CREATE TABLE hand_grades (
    attempt_id  TEXT COLLATE "C" NOT NULL REFERENCES attempts (id),
    -- A question of the exam's paper.
    question_id TEXT COLLATE "C" NOT NULL,
    -- Counted from 1.
    version     BIGINT NOT NULL CHECK (version >= 1),
    -- JSON, as exam/grading/by_hand.rs writes it.
    grade       TEXT COLLATE "C" NOT NULL,
    graded_by   TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    graded_at   BIGINT NOT NULL,
    PRIMARY KEY (attempt_id, question_id, version)
);

-- Keys that were put right after the exam, beside the paper, which stays as it was asked. The highest version of a
-- question counts.
CREATE TABLE key_corrections (
    exam_id      TEXT COLLATE "C" NOT NULL REFERENCES exams (id),
    -- Counted from 1 over all questions of the exam.
    version      BIGINT NOT NULL CHECK (version >= 1),
    -- JSON: the whole question, with its new key.
    question     TEXT COLLATE "C" NOT NULL,
    -- For a question that was found broken: 'full_points' or 'left_out'; null: it counts.
    voiding      TEXT COLLATE "C" CHECK (voiding IN ('full_points', 'left_out')),
    -- Why, for whoever asks later.
    reason       TEXT COLLATE "C" NOT NULL,
    corrected_by TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    corrected_at BIGINT NOT NULL,
    PRIMARY KEY (exam_id, version)
);

-- Exams whose results students may see, where the exam's rules make them wait for it.
CREATE TABLE result_releases (
    exam_id     TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES exams (id),
    released_by TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    released_at BIGINT NOT NULL,
    -- Answers that still waited for a grade.
    waiting     BIGINT NOT NULL CHECK (waiting >= 0)
);
