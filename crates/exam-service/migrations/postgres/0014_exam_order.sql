-- Exams in the order in which they begin, a page at a time: by it they are found from any moment on.
CREATE INDEX exams_start ON exams (starts_at, id);
