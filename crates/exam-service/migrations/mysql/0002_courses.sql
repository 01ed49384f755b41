-- Who teaches, watches and learns what. Times are Unix milliseconds (UTC).
CREATE TABLE IF NOT EXISTS departments (
    id         VARCHAR(36) NOT NULL PRIMARY KEY,
    name       VARCHAR(190) NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS courses (
    id            VARCHAR(36) NOT NULL PRIMARY KEY,
    -- What people call it, for instance 'MATH-101'.
    code          VARCHAR(190) NOT NULL UNIQUE,
    title         TEXT NOT NULL,
    department_id VARCHAR(36),
    created_at    BIGINT NOT NULL,
    -- Since when it is only looked at.
    archived_at   BIGINT,
    INDEX courses_department (department_id),
    FOREIGN KEY (department_id) REFERENCES departments (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A person's part in a course; nobody has two.
CREATE TABLE IF NOT EXISTS enrolments (
    course_id VARCHAR(36) NOT NULL,
    user_id   VARCHAR(36) NOT NULL,
    role      VARCHAR(20) NOT NULL CHECK (role IN ('student', 'lecturer', 'invigilator')),
    PRIMARY KEY (course_id, user_id),
    INDEX enrolments_user (user_id),
    FOREIGN KEY (course_id) REFERENCES courses (id),
    FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Students of a course who are treated alike, for instance those of one seminar.
CREATE TABLE IF NOT EXISTS course_groups (
    id        VARCHAR(36) NOT NULL PRIMARY KEY,
    course_id VARCHAR(36) NOT NULL,
    name      VARCHAR(190) NOT NULL,
    UNIQUE (course_id, name),
    FOREIGN KEY (course_id) REFERENCES courses (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS group_members (
    group_id VARCHAR(36) NOT NULL,
    user_id  VARCHAR(36) NOT NULL,
    PRIMARY KEY (group_id, user_id),
    INDEX group_members_user (user_id),
    FOREIGN KEY (group_id) REFERENCES course_groups (id),
    FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
