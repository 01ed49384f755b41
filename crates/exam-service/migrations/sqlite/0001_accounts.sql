-- Who may sign in. Times are Unix milliseconds (UTC) in every table.
CREATE TABLE users (
    id             TEXT NOT NULL PRIMARY KEY,
    login          TEXT NOT NULL UNIQUE,
    display_name   TEXT NOT NULL,
    role           TEXT NOT NULL CHECK (role IN ('student', 'lecturer', 'invigilator', 'administrator')),
    password_hash  TEXT NOT NULL,
    -- Where mail goes; several people may share one.
    email          TEXT,
    -- May be signed in with instead of the login.
    student_number TEXT UNIQUE,
    -- Since when nobody may sign in with it; what it has done stays.
    disabled_at    INTEGER,
    -- Made by seed-demo, which may therefore set its password again.
    is_demo        INTEGER NOT NULL DEFAULT 0,
    created_at     INTEGER NOT NULL,
    -- Login, name and number as they are searched: folded, a line each. Null: found by no search.
    search_text    TEXT
) STRICT;

-- One family per sign-in: a stolen token that is used twice ends the whole family.
CREATE TABLE refresh_families (
    id         TEXT    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    -- When a token of it was last given out.
    last_used_at INTEGER,
    -- From where and with which browser it was opened, for its owner to tell their sessions apart.
    address    TEXT,
    browser    TEXT,
    -- Opened with the code of this exam: good for it and for nothing else.
    exam_id    TEXT
) STRICT;

-- Taking an account away asks whether a session still belongs to it.
CREATE INDEX refresh_families_user ON refresh_families (user_id);
-- Each process looks for what was ended elsewhere.
CREATE INDEX refresh_families_revoked ON refresh_families (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE refresh_tokens (
    -- SHA-256 of the token; the token itself is never stored.
    token_hash    TEXT    NOT NULL PRIMARY KEY,
    family_id     TEXT    NOT NULL REFERENCES refresh_families (id) ON DELETE CASCADE,
    expires_at    INTEGER NOT NULL,
    used_at       INTEGER,
    -- Which token this one was given out for: a client that never got the successor may ask again, a thief may not.
    -- Null for the first token of a family.
    replaces      TEXT,
    -- When the token before it was exchanged once more, because this one seemed not to have arrived.
    superseded_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX refresh_tokens_family ON refresh_tokens (family_id);

-- The readiness probe commits here: a full or read-only disk is noticed before an answer meets it.
CREATE TABLE heartbeat (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    beat_at INTEGER NOT NULL
) STRICT;

INSERT INTO heartbeat (id, beat_at) VALUES (1, 0);
