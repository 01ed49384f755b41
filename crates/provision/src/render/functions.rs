//! Functions for templates and conditions.

use std::cmp::Ordering;

use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

use super::AS_JSON;

/// The engine with our functions; made once, for it costs more than most texts.
pub(super) fn engine() -> Tera {
    let mut tera = Tera::default();
    tera.register_function("version_at_least", |args: Kwargs, _: &State<'_>| {
        version_at_least(&args)
    });
    tera.register_function("upstream", |args: Kwargs, _: &State<'_>| upstream(&args));
    tera.register_filter(AS_JSON, |value: &Value, _: Kwargs, _: &State<'_>| {
        if value.is_undefined() {
            return Err(Error::message("a field is not defined"));
        }
        serde_json::to_string(value).map_err(|error| Error::message(error.to_string()))
    });
    tera
}

fn version_at_least(args: &Kwargs) -> TeraResult<bool> {
    let version = args.must_get::<String>("version")?;
    let wanted = args.must_get::<String>("wanted")?;
    Ok(is_at_least(&version, &wanted))
}

fn upstream(args: &Kwargs) -> TeraResult<String> {
    let version = args.must_get::<String>("version")?;
    Ok(parts(&version).1.to_owned())
}

/// Whether `version` is `wanted` or newer, in the order of Debian Policy 5.6.12. Epoch and
/// revision count only where `wanted` has one. No version at all is older than any.
pub(crate) fn is_at_least(version: &str, wanted: &str) -> bool {
    if version.is_empty() {
        return false;
    }
    let (has_epoch, has_revision) = (wanted.contains(':'), wanted.contains('-'));
    let (version, wanted) = (parts(version), parts(wanted));
    let compare_if = |counts, left, right| {
        if counts {
            compare(left, right)
        } else {
            Ordering::Equal
        }
    };
    let epochs = compare_if(has_epoch, version.0, wanted.0);
    let revisions = || compare_if(has_revision, version.2, wanted.2);
    let order = epochs.then_with(|| compare(version.1, wanted.1));
    order.then_with(revisions) != Ordering::Less
}

/// Epoch, upstream version and revision.
fn parts(version: &str) -> (&str, &str, &str) {
    let (epoch, rest) = version.split_once(':').unwrap_or(("0", version));
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, "0"));
    (epoch, upstream, revision)
}

/// Compares alternately what is no digit, by letter, and what is, by number.
fn compare(mut left: &str, mut right: &str) -> Ordering {
    loop {
        let (letters_left, rest_left) = split(left, |c| !c.is_ascii_digit());
        let (letters_right, rest_right) = split(right, |c| !c.is_ascii_digit());
        let (digits_left, rest_left) = split(rest_left, |c| c.is_ascii_digit());
        let (digits_right, rest_right) = split(rest_right, |c| c.is_ascii_digit());
        let order = weights(letters_left)
            .cmp(&weights(letters_right))
            .then_with(|| by_number(digits_left, digits_right));
        if order != Ordering::Equal || (rest_left.is_empty() && rest_right.is_empty()) {
            return order;
        }
        (left, right) = (rest_left, rest_right);
    }
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

/// `~` sorts before the end, the end before letters, letters before the rest.
fn weights(letters: &str) -> Vec<u32> {
    let weight = |c: char| match c {
        '~' => 0,
        c if c.is_ascii_alphabetic() => u32::from(c) + 2,
        c => u32::from(c) + 256,
    };
    letters.chars().map(weight).chain([1]).collect()
}

/// Of any length: more digits, leading zeros aside, are more.
fn by_number(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_debian_orders_them() {
        let rising = [
            "1.0~rc1", "1.0", "1.0a", "1.0+b", "1.0.1", "1.9", "1.10", "1.10.0", "2", "2.007a",
            "2.8",
        ];
        for (index, version) in rising.iter().enumerate() {
            for older in &rising[..=index] {
                assert!(is_at_least(version, older), "{version} >= {older}");
            }
            for newer in &rising[index + 1..] {
                assert!(!is_at_least(version, newer), "{version} < {newer}");
            }
        }
    }

    #[test]
    fn epoch_and_revision_count_only_where_they_are_asked_for() {
        assert!(is_at_least("1:10.11.6-0+deb12u1", "10.11"));
        assert!(!is_at_least("1:10.11.6-0+deb12u1", "2:1.0"));
        assert!(is_at_least("1.22.1-9", "1.22.1"));
        assert!(!is_at_least("1.22.1-9", "1.22.1-10"));
        assert!(!is_at_least("", "0"));
    }

    #[test]
    fn templates_can_ask() {
        let mut context = tera::Context::new();
        context.insert("v", "1:8.4.3-1~deb12");
        let text = "{{ upstream(version=v) }} {{ version_at_least(version=v, wanted=\"8.0\") }}";
        let rendered = engine().render_str(text, &context, false).unwrap();
        assert_eq!(rendered, "8.4.3 true");
    }
}
