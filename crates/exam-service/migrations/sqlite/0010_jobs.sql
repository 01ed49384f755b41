-- Work for later, done by whichever worker comes first; mail waits here as well, written by the transaction that it tells
-- of. What is done is removed.
CREATE TABLE jobs (
    id          TEXT NOT NULL PRIMARY KEY,
    -- What is to be done, for instance 'mail'.
    kind        TEXT NOT NULL,
    -- JSON, as jobs/ writes it.
    payload     TEXT NOT NULL,
    -- Not before.
    due_at      INTEGER NOT NULL,
    -- How often it was begun.
    tries       INTEGER NOT NULL DEFAULT 0,
    -- Until when a worker has it; later it is taken for lost with its worker. Null: nobody has it.
    leased_until INTEGER,
    -- Which claim it is; a worker that lost its lease changes nothing any more.
    lease       TEXT,
    -- Why it failed the last time.
    last_error  TEXT,
    -- Since when nobody tries any more: a dead letter.
    dead_at     INTEGER,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX jobs_due ON jobs (due_at) WHERE dead_at IS NULL;

-- What people are told when they look.
CREATE TABLE notifications (
    id         TEXT NOT NULL PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id),
    -- What happened, for instance 'results_released'.
    kind       TEXT NOT NULL,
    -- In which exam.
    exam_id    TEXT NOT NULL REFERENCES exams (id),
    -- Its title at that time.
    title      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    read_at    INTEGER
) STRICT;

CREATE INDEX notifications_user ON notifications (user_id, id);

-- Links by which somebody who forgot a password may set a new one.
CREATE TABLE password_resets (
    -- SHA-256 of the token; the token itself is only in the mail.
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id),
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;

CREATE INDEX password_resets_user ON password_resets (user_id);
