-- What staff sign in with besides their password. Times are Unix milliseconds (UTC).
CREATE TABLE second_factors (
    user_id      TEXT COLLATE "C"    NOT NULL PRIMARY KEY REFERENCES users (id),
    -- Sealed with a key of the service: see accounts/sealing.rs. The app of its owner has the same.
    secret       TEXT COLLATE "C"    NOT NULL,
    created_at   BIGINT NOT NULL,
    -- Since when it is asked for: its owner has shown that the app has it.
    confirmed_at BIGINT,
    -- The step of the last code that was taken: none of it or before it is taken again.
    last_step    BIGINT
);

-- Each is good once, for whoever has lost the app.
CREATE TABLE recovery_codes (
    user_id   TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    -- SHA-256; the code itself is never stored.
    code_hash TEXT COLLATE "C" NOT NULL,
    used_at   BIGINT,
    PRIMARY KEY (user_id, code_hash)
);

-- What is on the slips of an exam: one code for each candidate, good for this exam and in its window.
CREATE TABLE exam_codes (
    exam_id    TEXT COLLATE "C"    NOT NULL REFERENCES exams (id),
    user_id    TEXT COLLATE "C"    NOT NULL REFERENCES users (id),
    -- HMAC-SHA-256 under a key that is not in the database.
    code_hash  TEXT COLLATE "C"    NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (exam_id, user_id)
);

CREATE INDEX exam_codes_user ON exam_codes (user_id);
