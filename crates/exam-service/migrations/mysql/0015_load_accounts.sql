-- The load run that an account was made for; null: it is a person's. Whoever counts or lists people leaves the others out.
ALTER TABLE users ADD COLUMN load_run VARCHAR(40), ADD INDEX users_load_run (load_run);
