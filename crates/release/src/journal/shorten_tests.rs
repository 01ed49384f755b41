use super::*;
use crate::journal::chain::tests::chained;
use crate::journal::chain::verify_chain;

#[test]
fn a_journal_is_cut_before_a_record_and_names_what_went() {
    let text = chained(
        &["x: upload good"],
        &["a: upload gate good", "b: upload good"],
    );
    for keep_bytes in 1..text.len() {
        let Some(cut) = plan_cut_keeping(text.as_bytes(), keep_bytes) else {
            assert!(keep_bytes < 500, "{keep_bytes}");
            continue;
        };
        let (old, kept) = text.split_at(cut.bytes);
        assert!(kept.starts_with('{') && old.ends_with('\n'));
        let chain = verify_chain("old", old.as_bytes());
        match chain.head {
            Some(head) => assert_eq!((head.sequence, head.hash), (cut.until, cut.head)),
            None => assert_eq!(
                (0, checksum_of_bytes(old.as_bytes())),
                (cut.until, cut.head)
            ),
        }
    }
    assert_eq!(plan_cut_keeping(text.as_bytes(), text.len() + 1), None);
    assert_eq!(plan_cut_keeping(b"", 0), None);
}

#[test]
fn a_journal_without_a_chain_is_left_as_it_is() {
    let text = crate::journal::tests::written(&["a: upload good", "b: upload good"]);
    assert_eq!(plan_cut_keeping(text.as_bytes(), 10), None);
}
