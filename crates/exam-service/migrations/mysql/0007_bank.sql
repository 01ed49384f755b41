-- The bank of questions that each course has. Times are Unix milliseconds (UTC).
CREATE TABLE IF NOT EXISTS question_categories (
    id        VARCHAR(36) NOT NULL PRIMARY KEY,
    course_id VARCHAR(36) NOT NULL,
    -- The names from the root, 'Algebra/Linear equations': the part before the last stroke is the category around it.
    path      VARCHAR(500) NOT NULL,
    UNIQUE (course_id, path),
    FOREIGN KEY (course_id) REFERENCES courses (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A question as it is now; what it says is in its newest version.
CREATE TABLE IF NOT EXISTS questions (
    id          VARCHAR(36) NOT NULL PRIMARY KEY,
    course_id   VARCHAR(36) NOT NULL,
    category_id VARCHAR(36),
    version     BIGINT NOT NULL CHECK (version >= 1),
    kind        VARCHAR(20) NOT NULL,
    difficulty  BIGINT,
    -- What a search looks through, in lower case.
    search_text LONGTEXT NOT NULL,
    -- Since when no new exam asks it.
    archived_at BIGINT,
    INDEX questions_course (course_id, id),
    INDEX questions_category (category_id),
    FOREIGN KEY (course_id) REFERENCES courses (id),
    FOREIGN KEY (category_id) REFERENCES question_categories (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Everything that a question ever said; nothing here changes.
CREATE TABLE IF NOT EXISTS question_versions (
    question_id VARCHAR(36) NOT NULL,
    version     BIGINT NOT NULL,
    -- JSON, as exam/question writes it.
    document    LONGTEXT NOT NULL,
    changed_by  VARCHAR(36) NOT NULL,
    changed_at  BIGINT NOT NULL,
    PRIMARY KEY (question_id, version),
    FOREIGN KEY (question_id) REFERENCES questions (id),
    FOREIGN KEY (changed_by) REFERENCES users (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The tags of the newest version of each question.
CREATE TABLE IF NOT EXISTS question_tags (
    question_id VARCHAR(36) NOT NULL,
    tag         VARCHAR(60) NOT NULL,
    PRIMARY KEY (question_id, tag),
    INDEX question_tags_tag (tag),
    FOREIGN KEY (question_id) REFERENCES questions (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Images and sounds that questions show, each once: in the database, so that every backup of it has them.
CREATE TABLE IF NOT EXISTS media (
    -- SHA-256 of the content, in hexadecimal.
    hash         VARCHAR(64) NOT NULL PRIMARY KEY,
    -- By what is in it, never by what somebody says it is.
    content_type VARCHAR(60) NOT NULL,
    content      LONGBLOB NOT NULL,
    created_by   VARCHAR(36) NOT NULL,
    created_at   BIGINT NOT NULL,
    FOREIGN KEY (created_by) REFERENCES users (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
