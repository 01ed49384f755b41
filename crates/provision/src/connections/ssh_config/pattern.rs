//! `*`, `?` and `!` in the names of hosts and files.

/// Whether a list of patterns fits: at least one does, and none with `!` before it.
pub(super) fn any_fits(patterns: &[String], name: &str) -> bool {
    let mut fits_one = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(refused) if fits(refused, name) => return false,
            Some(_) => {}
            None => fits_one |= fits(pattern, name),
        }
    }
    fits_one
}

/// Whether a whole name fits a pattern. Takes time in proportion to both lengths at worst.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    // Where the last star stands, and what it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&letter) if letter == '?' || letter == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    n = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|letter| *letter == '*')
}
