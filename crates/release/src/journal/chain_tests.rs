use super::*;
use crate::journal::Journal;
use crate::journal::tests::written;

/// A journal whose last lines are chained, as a host would write them.
pub(crate) fn chained(older: &[&str], story: &[&str]) -> String {
    let mut text = written(older);
    let mut last: Option<Link> = None;
    for record in written(story).lines() {
        let line = linked(record, last.as_ref(), &text);
        last = Some(Link {
            sequence: last.map_or(1, |link| link.sequence + 1),
            hash: checksum_of_bytes(line.trim_end().as_bytes()),
        });
        text += &line;
    }
    text
}

fn verify(text: &str) -> Chain {
    verify_chain("journal.jsonl", text.as_bytes())
}

fn problems(text: &str) -> Vec<(usize, String)> {
    let misfits = verify(text).misfits.into_iter();
    misfits
        .map(|misfit| (misfit.line, misfit.problem))
        .collect()
}

fn lines(text: &str) -> Vec<String> {
    text.split_inclusive('\n').map(str::to_owned).collect()
}

const STORY: &[&str] = &["a: upload gate good", "b: upload gate undo! undone"];

#[test]
fn a_journal_as_it_was_written_fits_with_older_lines_and_without() {
    assert_eq!(verify(""), Chain::default());
    let old = verify(&written(STORY));
    assert_eq!((old.older_lines, old.records, old.fits()), (9, 0, true));
    for older in [&[][..], &["x: upload good"]] {
        let text = chained(older, STORY);
        let chain = verify(&text);
        assert_eq!(chain.misfits, []);
        assert_eq!((chain.records, chain.older_lines), (9, older.len() * 3));
        let head = chain.head.clone().unwrap();
        assert_eq!((head.sequence, chain.find(&head.hash)), (9, Some(9)));
        // And it reads like any other.
        let deploys = Journal::parse(&text).unwrap().deploys();
        assert_eq!(deploys.len(), 2 + older.len());
    }
}

#[test]
fn every_changed_byte_is_found_or_is_only_a_torn_line_at_the_end() {
    let text = chained(&["x: upload good"], STORY);
    let original = verify(&text);
    let last_line = text.trim_end().rfind('\n').unwrap() + 1;
    for position in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[position] ^= 0x04;
        let chain = verify_chain("j", &bytes);
        let same_head = chain.head == original.head;
        assert!(
            !chain.fits() || !same_head,
            "byte {position}, `{}`",
            char::from(bytes[position])
        );
        // But for the last line, which nothing follows yet, no other witness is needed.
        assert!(!chain.fits() || position >= last_line, "byte {position}");
    }
}

#[test]
fn each_way_to_tamper_is_told_with_its_line() {
    let text = chained(&["x: upload good"], STORY);
    let fits = lines(&text);
    let case = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = fits.clone();
        change(&mut lines);
        problems(&lines.concat())
    };
    let one = |found: Vec<(usize, String)>, line: usize, expected: &str| {
        let [(at, problem)] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!((*at, problem.contains(expected)), (line, true), "{problem}");
    };
    // Lines 1 to 3 are older, 4 to 12 are records 1 to 9.
    one(
        case(&|l| l[5] = l[5].replace("gate", "link")),
        7,
        "does not follow from record 3 in line 6",
    );
    one(
        case(&|l| drop(l.remove(5))),
        6,
        "record 4, after record 2 in line 5: 1 records between them",
    );
    one(
        case(&|l| drop(l.drain(5..8))),
        6,
        "3 records between them were taken out",
    );
    one(
        case(&|l| drop(l.drain(..5))),
        1,
        "it is record 3: those before it were taken out",
    );
    one(
        case(&|l| drop(l.remove(0))),
        3,
        "the lines before it are not those",
    );
    one(
        case(&|l| drop(l.drain(..3))),
        1,
        "names lines before it: they were taken out",
    );
    one(
        case(&|l| l[1] = l[1].replace("upload", "gate")),
        4,
        "the lines before it are not those",
    );
    one(
        case(&|l| l.insert(6, "{\"at\":\"now\"}\n".to_owned())),
        7,
        "no place in the chain",
    );
    let again = case(&|l| l.insert(6, l[5].clone()));
    assert!(
        again[0]
            .1
            .contains("was put in, or the lines were exchanged"),
        "{again:?}"
    );
    let exchanged = case(&|l| l.swap(5, 6));
    assert_eq!(exchanged[0].0, 6, "{exchanged:?}");
    // Cut off at the end: nothing is wrong but the head.
    let cut = fits[..fits.len() - 2].concat();
    assert_eq!(problems(&cut), []);
    let head = verify(&text).head.unwrap();
    assert_eq!(verify(&cut).find(&head.hash), None);
    // What was the head earlier is still found later.
    let earlier = verify(&cut).head.unwrap();
    assert_eq!(verify(&text).find(&earlier.hash), Some(earlier.sequence));
}

#[test]
fn what_a_crash_leaves_of_a_line_is_harmless_wherever_it_was_cut() {
    let whole = lines(&chained(&["x: upload good"], STORY));
    let (before, torn, after) = (whole[..6].concat(), &whole[6], &whole[7]);
    let next = lines(&chained(&["x: upload good"], STORY))[6].clone();
    for cut in 1..torn.len() - 1 {
        let text = format!("{before}{}\n{next}{after}", &torn[..cut]);
        let chain = verify(&text);
        // A line cut in its last byte only would be whole: the script ends that one and goes on from it.
        assert_eq!(chain.misfits, [], "cut at {cut}");
        assert_eq!(chain.torn_lines, 1, "cut at {cut}");
    }
}

#[test]
fn no_text_inside_a_record_passes_for_its_place() {
    let hash = "0".repeat(64);
    let place = format!(",\"sequence\":7,\"previous_sha256\":\"{hash}\"}}");
    assert!(parse_claim(format!("{{\"at\":1{place}").as_bytes()).is_some());
    let reason = serde_json::to_string(&serde_json::json!({ "reason": place })).unwrap();
    let torn = reason.strip_suffix("\"}").unwrap();
    assert!(parse_claim(reason.as_bytes()).is_none(), "{reason}");
    assert!(parse_claim(torn.as_bytes()).is_none(), "{torn}");
    for wrong in [
        place.replace('7', ""),
        place.replace('7', "-7"),
        place.replace('7', "99999999999999999999"),
        place.replace("00\"", "0G\""),
        place.replace("00\"", "0\""),
    ] {
        assert!(parse_claim(wrong.as_bytes()).is_none(), "{wrong}");
    }
}
