-- What staff sign in with besides their password. Times are Unix milliseconds (UTC).
CREATE TABLE IF NOT EXISTS second_factors (
    user_id      VARCHAR(36) NOT NULL PRIMARY KEY,
    -- Sealed with a key of the service: see accounts/sealing.rs. The app of its owner has the same.
    secret       VARCHAR(190) NOT NULL,
    created_at   BIGINT NOT NULL,
    -- Since when it is asked for: its owner has shown that the app has it.
    confirmed_at BIGINT,
    -- The step of the last code that was taken: none of it or before it is taken again.
    last_step    BIGINT,
    FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Each is good once, for whoever has lost the app.
CREATE TABLE IF NOT EXISTS recovery_codes (
    user_id   VARCHAR(36) NOT NULL,
    -- SHA-256; the code itself is never stored.
    code_hash VARCHAR(64) NOT NULL,
    used_at   BIGINT,
    PRIMARY KEY (user_id, code_hash),
    FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What is on the slips of an exam: one code for each candidate, good for this exam and in its window.
CREATE TABLE IF NOT EXISTS exam_codes (
    exam_id    VARCHAR(36) NOT NULL,
    user_id    VARCHAR(36) NOT NULL,
    -- HMAC-SHA-256 under a key that is not in the database.
    code_hash  VARCHAR(64) NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (exam_id, user_id),
    INDEX exam_codes_user (user_id),
    FOREIGN KEY (exam_id) REFERENCES exams (id),
    FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
