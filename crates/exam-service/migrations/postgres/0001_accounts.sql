-- Who may sign in. Times are Unix milliseconds (UTC) in every table. Texts are compared byte by byte, as in every
-- database that this service runs on.
CREATE TABLE users (
    id             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    login          TEXT COLLATE "C" NOT NULL UNIQUE,
    display_name   TEXT COLLATE "C" NOT NULL,
    role           TEXT COLLATE "C" NOT NULL CHECK (role IN ('student', 'lecturer', 'invigilator', 'administrator')),
    password_hash  TEXT COLLATE "C" NOT NULL,
    -- Where mail goes; several people may share one.
    email          TEXT COLLATE "C",
    -- May be signed in with instead of the login.
    student_number TEXT COLLATE "C" UNIQUE,
    -- Since when nobody may sign in with it; what it has done stays.
    disabled_at    BIGINT,
    -- Made by seed-demo, which may therefore set its password again.
    is_demo        BIGINT NOT NULL DEFAULT 0,
    created_at     BIGINT NOT NULL,
    -- Login, name and number as they are searched: folded, a line each. Null: found by no search.
    search_text    TEXT COLLATE "C"
);

-- One family per sign-in: a stolen token that is used twice ends the whole family.
CREATE TABLE refresh_families (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    -- When a token of it was last given out.
    last_used_at BIGINT,
    -- From where and with which browser it was opened, for its owner to tell their sessions apart.
    address    TEXT COLLATE "C",
    browser    TEXT COLLATE "C",
    -- Opened with the code of this exam: good for it and for nothing else.
    exam_id    TEXT COLLATE "C"
);

-- Taking an account away asks whether a session still belongs to it.
CREATE INDEX refresh_families_user ON refresh_families (user_id);
-- Each process looks for what was ended elsewhere.
CREATE INDEX refresh_families_revoked ON refresh_families (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE refresh_tokens (
    -- SHA-256 of the token; the token itself is never stored.
    token_hash    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    family_id     TEXT COLLATE "C" NOT NULL REFERENCES refresh_families (id) ON DELETE CASCADE,
    expires_at    BIGINT NOT NULL,
    used_at       BIGINT,
    -- Which token this one was given out for: a client that never got the successor may ask again, a thief may not.
    -- Null for the first token of a family.
    replaces      TEXT COLLATE "C",
    -- When the token before it was exchanged once more, because this one seemed not to have arrived.
    superseded_at BIGINT
);

CREATE INDEX refresh_tokens_family ON refresh_tokens (family_id);

-- The readiness probe commits here: a full or read-only disk is noticed before an answer meets it.
CREATE TABLE heartbeat (
    id      BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    beat_at BIGINT NOT NULL
);

INSERT INTO heartbeat (id, beat_at) VALUES (1, 0);
