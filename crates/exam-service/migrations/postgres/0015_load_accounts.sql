-- The load run that an account was made for; null: it is a person's. Whoever counts or lists people leaves the others out.
ALTER TABLE users ADD COLUMN load_run TEXT COLLATE "C";

CREATE INDEX users_load_run ON users (load_run) WHERE load_run IS NOT NULL;
-- By these an account that goes is known to have graded, written and uploaded nothing, thousands of times for each load
-- run; InnoDB makes its own.
CREATE INDEX hand_grades_grader ON hand_grades (graded_by);
CREATE INDEX question_versions_author ON question_versions (changed_by);
CREATE INDEX media_author ON media (created_by);
