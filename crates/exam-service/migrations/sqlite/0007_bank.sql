-- The bank of questions that each course has. Times are Unix milliseconds (UTC).
CREATE TABLE question_categories (
    id        TEXT NOT NULL PRIMARY KEY,
    course_id TEXT NOT NULL REFERENCES courses (id),
    -- The names from the root, 'Algebra/Linear equations': the part before the last stroke is the category around it.
    path      TEXT NOT NULL,
    UNIQUE (course_id, path)
) STRICT;

-- A question as it is now; what it says is in its newest version.
CREATE TABLE questions (
    id          TEXT NOT NULL PRIMARY KEY,
    course_id   TEXT NOT NULL REFERENCES courses (id),
    category_id TEXT REFERENCES question_categories (id),
    version     INTEGER NOT NULL CHECK (version >= 1),
    kind        TEXT NOT NULL,
    difficulty  INTEGER,
    -- What a search looks through, in lower case.
    search_text TEXT NOT NULL,
    -- Since when no new exam asks it.
    archived_at INTEGER
) STRICT;

CREATE INDEX questions_course ON questions (course_id, id);

CREATE INDEX questions_category ON questions (category_id);

-- Everything that a question ever said; nothing here changes.
CREATE TABLE question_versions (
    question_id TEXT NOT NULL REFERENCES questions (id),
    version     INTEGER NOT NULL,
    -- JSON, as exam/question writes it.
    document    TEXT NOT NULL,
    changed_by  TEXT NOT NULL REFERENCES users (id),
    changed_at  INTEGER NOT NULL,
    PRIMARY KEY (question_id, version)
) STRICT;

-- The tags of the newest version of each question.
CREATE TABLE question_tags (
    question_id TEXT NOT NULL REFERENCES questions (id),
    tag         TEXT NOT NULL,
    PRIMARY KEY (question_id, tag)
) STRICT, WITHOUT ROWID;

CREATE INDEX question_tags_tag ON question_tags (tag);

-- Images and sounds that questions show, each once: in the database, so that every backup of it has them.
CREATE TABLE media (
    -- SHA-256 of the content, in hexadecimal.
    hash         TEXT NOT NULL PRIMARY KEY,
    -- By what is in it, never by what somebody says it is.
    content_type TEXT NOT NULL,
    content      BLOB NOT NULL,
    created_by   TEXT NOT NULL REFERENCES users (id),
    created_at   INTEGER NOT NULL
) STRICT;
