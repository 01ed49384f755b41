use super::*;

#[test]
fn an_answer_is_taken_apart_byte_by_byte_and_a_cut_one_is_none() {
    let answer = b"journal-until-3.jsonl 5\n{\n}\n\njournal.jsonl 0\n\nend of journal\n";
    let files = parse_files(answer).unwrap();
    assert_eq!(files["journal-until-3.jsonl"], b"{\n}\n\n");
    assert_eq!(files["journal.jsonl"], b"");
    for cut in 0..answer.len() {
        assert_eq!(parse_files(&answer[..cut]), None, "{cut}");
    }
    assert_eq!(parse_files(END).unwrap().len(), 0);
}
