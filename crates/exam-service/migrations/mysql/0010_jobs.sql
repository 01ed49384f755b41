-- Work for later, done by whichever worker comes first; mail waits here as well, written by the transaction that it tells
-- of. What is done is removed.
CREATE TABLE IF NOT EXISTS jobs (
    id          VARCHAR(36) NOT NULL PRIMARY KEY,
    -- What is to be done, for instance 'mail'.
    kind        VARCHAR(40) NOT NULL,
    -- JSON, as jobs/ writes it.
    payload     MEDIUMTEXT NOT NULL,
    -- Not before.
    due_at      BIGINT NOT NULL,
    -- How often it was begun.
    tries       BIGINT NOT NULL DEFAULT 0,
    -- Until when a worker has it; later it is taken for lost with its worker. Null: nobody has it.
    leased_until BIGINT,
    -- Which claim it is; a worker that lost its lease changes nothing any more.
    lease       VARCHAR(36),
    -- Why it failed the last time.
    last_error  MEDIUMTEXT,
    -- Since when nobody tries any more: a dead letter.
    dead_at     BIGINT,
    created_at  BIGINT NOT NULL,
    INDEX jobs_due (dead_at, due_at)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What people are told when they look.
CREATE TABLE IF NOT EXISTS notifications (
    id         VARCHAR(36) NOT NULL PRIMARY KEY,
    user_id    VARCHAR(36) NOT NULL,
    -- What happened, for instance 'results_released'.
    kind       VARCHAR(40) NOT NULL,
    -- In which exam.
    exam_id    VARCHAR(36) NOT NULL,
    -- Its title at that time.
    title      MEDIUMTEXT NOT NULL,
    created_at BIGINT NOT NULL,
    read_at    BIGINT,
    INDEX notifications_user (user_id, id),
    FOREIGN KEY (user_id) REFERENCES users (id),
    FOREIGN KEY (exam_id) REFERENCES exams (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Links by which somebody who forgot a password may set a new one.
CREATE TABLE IF NOT EXISTS password_resets (
    -- SHA-256 of the token; the token itself is only in the mail.
    token_hash VARCHAR(64) NOT NULL PRIMARY KEY,
    user_id    VARCHAR(36) NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT,
    INDEX password_resets_user (user_id),
    FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
