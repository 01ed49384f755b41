-- The load run that an exam was made for; null: it is an exam. Whatever is done at it belongs to that run and goes with it.
ALTER TABLE exams ADD COLUMN load_run VARCHAR(40), ADD INDEX exams_load_run (load_run);
