-- Work for later, done by whichever worker comes first; mail waits here as well, written by the transaction that it tells
-- of. What is done is removed.
CREATE TABLE jobs (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- What is to be done, for instance 'mail'.
    kind        TEXT COLLATE "C" NOT NULL,
    -- JSON, as jobs/ writes it.
    payload     TEXT COLLATE "C" NOT NULL,
    -- Not before.
    due_at      BIGINT NOT NULL,
    -- How often it was begun.
    tries       BIGINT NOT NULL DEFAULT 0,
    -- Until when a worker has it; later it is taken for lost with its worker. Null: nobody has it.
    leased_until BIGINT,
    -- Which claim it is; a worker that lost its lease changes nothing any more.
    lease       TEXT COLLATE "C",
    -- Why it failed the last time.
    last_error  TEXT COLLATE "C",
    -- Since when nobody tries any more: a dead letter.
    dead_at     BIGINT,
    created_at  BIGINT NOT NULL
);

CREATE INDEX jobs_due ON jobs (due_at) WHERE dead_at IS NULL;

-- What people are told when they look.
CREATE TABLE notifications (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    -- What happened, for instance 'results_released'.
    kind       TEXT COLLATE "C" NOT NULL,
    -- In which exam.
    exam_id    TEXT COLLATE "C" NOT NULL REFERENCES exams (id),
    -- Its title at that time.
    title      TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    read_at    BIGINT
);

CREATE INDEX notifications_user ON notifications (user_id, id);

-- Links by which somebody who forgot a password may set a new one.
CREATE TABLE password_resets (
    -- SHA-256 of the token; the token itself is only in the mail.
    token_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);

CREATE INDEX password_resets_user ON password_resets (user_id);
