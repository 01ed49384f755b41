CREATE TABLE attempts (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    exam_id      TEXT COLLATE "C" NOT NULL REFERENCES exams (id),
    user_id      TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    -- Which of the student's attempts at this exam it is, from 1.
    number       BIGINT NOT NULL CHECK (number >= 1),
    started_at   BIGINT NOT NULL,
    -- While it is paused: as it was when the pause began. Follows from `grants` and what was granted before.
    deadline_at  BIGINT NOT NULL,
    submitted_at BIGINT,
    -- Since when its clock stands still: an invigilator wants it, or its student is on a break.
    paused_at    BIGINT,
    -- While its student is on a break: until when the clock stands still.
    break_ends_at BIGINT,
    -- Whether the page has to hide what it shows.
    is_blanked   BIGINT NOT NULL DEFAULT 0 CHECK (is_blanked IN (0, 1)),
    -- Credits and pauses: JSON, as exam/timing writes it.
    grants       TEXT COLLATE "C",
    -- The computer that it is sat on, by the name that its page gives it; null: none was named.
    device_id    TEXT COLLATE "C",
    held_since   BIGINT,
    -- The furthest place in the layout that was answered, from 0; kept only where one cannot go back.
    furthest     BIGINT,
    -- Counts what staff changed about it; the page confirms what it has shown.
    revision      BIGINT NOT NULL DEFAULT 0,
    seen_revision BIGINT NOT NULL DEFAULT 0,
    -- When the page was last heard of, its saves not counted.
    last_seen_at  BIGINT,
    -- JSON: the questions and options in the order this student sees them.
    layout       TEXT COLLATE "C" NOT NULL,
    UNIQUE (exam_id, user_id, number)
    -- A heartbeat finds room beside the older row, and no index has to change.
) WITH (fillfactor = 80);

CREATE INDEX attempts_user ON attempts (user_id);
CREATE INDEX attempts_open ON attempts (deadline_at) WHERE submitted_at IS NULL;
CREATE INDEX attempts_on_break ON attempts (break_ends_at) WHERE break_ends_at IS NOT NULL;

-- The newest save of each question. Written by the group-commit writer, and where staff
-- accept an emergency file.
CREATE TABLE answers (
    attempt_id  TEXT COLLATE "C" NOT NULL REFERENCES attempts (id),
    -- A question of the exam's paper.
    question_id TEXT COLLATE "C" NOT NULL,
    sequence    BIGINT NOT NULL CHECK (sequence >= 1),
    -- JSON in canonical form; 'null' is an answer taken back.
    response    TEXT COLLATE "C" NOT NULL,
    flagged     BIGINT NOT NULL CHECK (flagged IN (0, 1)),
    saved_at    BIGINT NOT NULL,
    PRIMARY KEY (attempt_id, question_id)
    -- A newer save finds room beside the older one, and no index has to change.
) WITH (fillfactor = 70);

-- Every save that was taken, as evidence; and those that a computer sent after another one had taken over its attempt,
-- which do not count. Written in one transaction with the answers, and never changed. In the order of time, so that a
-- batch writes to a few pages instead of one for each attempt; whoever looks for those of one attempt asks for each
-- second that it lasted.
CREATE TABLE answer_history (
    -- saved_at in whole seconds.
    saved_second BIGINT NOT NULL,
    attempt_id   TEXT COLLATE "C" NOT NULL,
    question_id  TEXT COLLATE "C" NOT NULL,
    sequence     BIGINT NOT NULL,
    is_set_aside BIGINT NOT NULL CHECK (is_set_aside IN (0, 1)),
    response     TEXT COLLATE "C" NOT NULL,
    flagged      BIGINT NOT NULL,
    saved_at     BIGINT NOT NULL,
    -- The line of the log of staff actions by which it came, out of an emergency file; null: its page saved it.
    audit_number BIGINT,
    PRIMARY KEY (saved_second, attempt_id, question_id, sequence, is_set_aside)
);
