-- Who may sign in. Times are Unix milliseconds (UTC) in every table. Texts are compared byte by byte, as in every
-- database that this service runs on.
CREATE TABLE IF NOT EXISTS users (
    id             VARCHAR(36) NOT NULL PRIMARY KEY,
    login          VARCHAR(190) NOT NULL UNIQUE,
    display_name   TEXT NOT NULL,
    role           VARCHAR(20) NOT NULL CHECK (role IN ('student', 'lecturer', 'invigilator', 'administrator')),
    password_hash  TEXT NOT NULL,
    -- Where mail goes; several people may share one.
    email          TEXT,
    -- May be signed in with instead of the login.
    student_number VARCHAR(190) UNIQUE,
    -- Since when nobody may sign in with it; what it has done stays.
    disabled_at    BIGINT,
    -- Made by seed-demo, which may therefore set its password again.
    is_demo        BIGINT NOT NULL DEFAULT 0,
    created_at     BIGINT NOT NULL,
    -- Login, name and number as they are searched: folded, a line each. Null: found by no search.
    search_text    TEXT
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- One family per sign-in: a stolen token that is used twice ends the whole family.
CREATE TABLE IF NOT EXISTS refresh_families (
    id         VARCHAR(36) NOT NULL PRIMARY KEY,
    user_id    VARCHAR(36) NOT NULL,
    created_at BIGINT      NOT NULL,
    revoked_at BIGINT,
    -- When a token of it was last given out.
    last_used_at BIGINT,
    -- From where and with which browser it was opened, for its owner to tell their sessions apart.
    address    VARCHAR(64),
    browser    TEXT,
    -- Opened with the code of this exam: good for it and for nothing else.
    exam_id    VARCHAR(36),
    -- Taking an account away asks whether a session still belongs to it.
    INDEX refresh_families_user (user_id),
    -- Each process looks for what was ended elsewhere.
    INDEX refresh_families_revoked (revoked_at),
    FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS refresh_tokens (
    -- SHA-256 of the token; the token itself is never stored.
    token_hash    VARCHAR(64) NOT NULL PRIMARY KEY,
    family_id     VARCHAR(36) NOT NULL,
    expires_at    BIGINT      NOT NULL,
    used_at       BIGINT,
    -- Which token this one was given out for: a client that never got the successor may ask again, a thief may not.
    -- Null for the first token of a family.
    replaces      VARCHAR(64),
    -- When the token before it was exchanged once more, because this one seemed not to have arrived.
    superseded_at BIGINT,
    INDEX refresh_tokens_family (family_id),
    FOREIGN KEY (family_id) REFERENCES refresh_families (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The readiness probe commits here: a full or read-only disk is noticed before an answer meets it.
CREATE TABLE IF NOT EXISTS heartbeat (
    id      BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    beat_at BIGINT NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT IGNORE INTO heartbeat (id, beat_at) VALUES (1, 0);
