-- The bank of questions that each course has. Times are Unix milliseconds (UTC).
CREATE TABLE question_categories (
    id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    course_id TEXT COLLATE "C" NOT NULL REFERENCES courses (id),
    -- The names from the root, 'Algebra/Linear equations': the part before the last stroke is the category around it.
    path      TEXT COLLATE "C" NOT NULL,
    UNIQUE (course_id, path)
);

-- A question as it is now; what it says is in its newest version.
CREATE TABLE questions (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    course_id   TEXT COLLATE "C" NOT NULL REFERENCES courses (id),
    category_id TEXT COLLATE "C" REFERENCES question_categories (id),
    version     BIGINT NOT NULL CHECK (version >= 1),
    kind        TEXT COLLATE "C" NOT NULL,
    difficulty  BIGINT,
    -- What a search looks through, in lower case.
    search_text TEXT COLLATE "C" NOT NULL,
    -- Since when no new exam asks it.
    archived_at BIGINT
);

CREATE INDEX questions_course ON questions (course_id, id);

CREATE INDEX questions_category ON questions (category_id);

-- Everything that a question ever said; nothing here changes.
CREATE TABLE question_versions (
    question_id TEXT COLLATE "C" NOT NULL REFERENCES questions (id),
    version     BIGINT NOT NULL,
    -- JSON, as exam/question writes it.
    document    TEXT COLLATE "C" NOT NULL,
    changed_by  TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    changed_at  BIGINT NOT NULL,
    PRIMARY KEY (question_id, version)
);

-- The tags of the newest version of each question.
CREATE TABLE question_tags (
    question_id TEXT COLLATE "C" NOT NULL REFERENCES questions (id),
    tag         TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (question_id, tag)
);

CREATE INDEX question_tags_tag ON question_tags (tag);

-- Images and sounds that questions show, each once: in the database, so that every backup of it has them.
CREATE TABLE media (
    -- SHA-256 of the content, in hexadecimal.
    hash         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- By what is in it, never by what somebody says it is.
    content_type TEXT COLLATE "C" NOT NULL,
    content      BYTEA NOT NULL,
    created_by   TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    created_at   BIGINT NOT NULL
);
