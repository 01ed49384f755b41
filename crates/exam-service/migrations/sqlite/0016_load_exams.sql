-- The load run that an exam was made for; null: it is an exam. Whatever is done at it belongs to that run and goes with it.
ALTER TABLE exams ADD COLUMN load_run TEXT;

CREATE INDEX exams_load_run ON exams (load_run) WHERE load_run IS NOT NULL;
-- By these an account that goes is known to have made, looked at, published and corrected nothing; InnoDB makes its own.
CREATE INDEX exams_author ON exams (author_id) WHERE author_id IS NOT NULL;
CREATE INDEX exams_reviewer ON exams (reviewer_id) WHERE reviewer_id IS NOT NULL;
CREATE INDEX exams_publisher ON exams (publisher_id) WHERE publisher_id IS NOT NULL;
CREATE INDEX key_corrections_corrector ON key_corrections (corrected_by);
