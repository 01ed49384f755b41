-- The exam of the synthetic student who tries a release before students meet it (`control smoke`). It stays, so that a
-- test never has to take a paper out from under a growing table of answers; the student and the attempt are made for
-- each test and are gone after it. Its window is always open: there is nothing to keep up to date, and no version, not
-- even one that knows nothing of it, takes it for an exam that is still to come.
INSERT INTO exams (id, code, title, starts_at, ends_at, duration_seconds, question_count, rules)
VALUES ('00000000-0000-7000-8000-00000000ca01', 'exam-service:canary', 'Release test', 0, 253402300799000, 60, 2, '{}');

INSERT INTO papers (exam_id, version, document)
VALUES ('00000000-0000-7000-8000-00000000ca01', 1, '{"title":"Release test","duration_seconds":60,"questions":[{"id":"00000000-0000-7000-8000-00000000ca02","text":"This question is asked by a machine.","points":"1","kind":{"type":"true_false","correct":true}},{"id":"00000000-0000-7000-8000-00000000ca03","text":"Which of these is saved?","points":"1","kind":{"type":"multiple_choice","options":[{"id":"00000000-0000-7000-8000-00000000ca04","text":"The first."},{"id":"00000000-0000-7000-8000-00000000ca05","text":"The second."}],"correct":"00000000-0000-7000-8000-00000000ca04"}}],"sections":[{"items":[{"type":"fixed","question":"00000000-0000-7000-8000-00000000ca02"},{"type":"fixed","question":"00000000-0000-7000-8000-00000000ca03"}]}]}');
