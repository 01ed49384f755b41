-- Who teaches, watches and learns what. Times are Unix milliseconds (UTC).
CREATE TABLE departments (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE courses (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- What people call it, for instance 'MATH-101'.
    code          TEXT COLLATE "C" NOT NULL UNIQUE,
    title         TEXT COLLATE "C" NOT NULL,
    department_id TEXT COLLATE "C" REFERENCES departments (id),
    created_at    BIGINT NOT NULL,
    -- Since when it is only looked at.
    archived_at   BIGINT
);

CREATE INDEX courses_department ON courses (department_id);

-- A person's part in a course; nobody has two.
CREATE TABLE enrolments (
    course_id TEXT COLLATE "C" NOT NULL REFERENCES courses (id),
    user_id   TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    role      TEXT COLLATE "C" NOT NULL CHECK (role IN ('student', 'lecturer', 'invigilator')),
    PRIMARY KEY (course_id, user_id)
);

CREATE INDEX enrolments_user ON enrolments (user_id);

-- Students of a course who are treated alike, for instance those of one seminar.
CREATE TABLE course_groups (
    id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    course_id TEXT COLLATE "C" NOT NULL REFERENCES courses (id),
    name      TEXT COLLATE "C" NOT NULL,
    UNIQUE (course_id, name)
);

CREATE TABLE group_members (
    group_id TEXT COLLATE "C" NOT NULL REFERENCES course_groups (id),
    user_id  TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    PRIMARY KEY (group_id, user_id)
);

CREATE INDEX group_members_user ON group_members (user_id);
