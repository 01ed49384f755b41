-- The exam of the synthetic student who tries a release before students meet it (`control smoke`). It stays, so that a
-- test never has to take a paper out from under a growing table of answers; the student and the attempt are made for
-- each test and are gone after it. Its window is always open: there is nothing to keep up to date, and no version, not
-- even one that knows nothing of it, takes it for an exam that is still to come.
INSERT INTO exams (id, code, title, starts_at, ends_at, duration_seconds)
VALUES ('00000000-0000-7000-8000-00000000ca01', 'exam-service:canary', 'Release test', 0, 253402300799000, 60);

INSERT INTO questions (id, exam_id, position, type, text, points, correct_value)
VALUES ('00000000-0000-7000-8000-00000000ca02', '00000000-0000-7000-8000-00000000ca01', 0, 'true_false',
        'This question is asked by a machine.', 1, 1),
       ('00000000-0000-7000-8000-00000000ca03', '00000000-0000-7000-8000-00000000ca01', 1, 'multiple_choice',
        'Which of these is saved?', 1, NULL);

INSERT INTO question_options (id, question_id, position, text, is_correct)
VALUES ('00000000-0000-7000-8000-00000000ca04', '00000000-0000-7000-8000-00000000ca03', 0, 'The first.', 1),
       ('00000000-0000-7000-8000-00000000ca05', '00000000-0000-7000-8000-00000000ca03', 1, 'The second.', 0);

-- Taking an account away asks whether a session still belongs to it.
CREATE INDEX refresh_families_user ON refresh_families (user_id);
