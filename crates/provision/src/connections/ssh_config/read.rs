//! From text to settings: lines, words, blocks and includes.

use std::path::{Path, PathBuf};

use super::pattern::fits;
use super::{Condition, Mistake, Setting, SshConfig, expand_home};

/// How deep files may include others; as in OpenSSH.
const DEPTH_LIMIT: usize = 16;

pub(super) fn read(
    config: &mut SshConfig,
    path: &Path,
    text: &str,
    outer: &[Condition],
    home: Option<&Path>,
    depth: usize,
) -> Result<(), Mistake> {
    let mut block = Condition::Always;
    for (index, line) in text.lines().enumerate() {
        let place = format!("{}:{}", path.display(), index + 1);
        let wrong = |message: &str| format!("{place}: {message}");
        let mut words = words(line).map_err(|message| wrong(&message))?.into_iter();
        let Some(keyword) = words.next() else {
            continue;
        };
        let arguments: Vec<String> = words.collect();
        if arguments.is_empty() {
            return Err(wrong(&format!("'{keyword}' needs a value")));
        }
        let mut conditions = outer.to_vec();
        match keyword.to_ascii_lowercase().as_str() {
            "host" => block = Condition::Host(arguments),
            "match" => {
                block = Condition::Always;
                if !(arguments.len() == 1 && arguments[0].eq_ignore_ascii_case("all")) {
                    let note = "this Match block was passed over: only `Match all` is supported";
                    config.notes.push(wrong(note));
                    block = Condition::Never;
                }
            }
            "include" => {
                conditions.push(block.clone());
                for file in arguments.iter().flat_map(|name| included(name, home)) {
                    if depth == DEPTH_LIMIT {
                        return Err(wrong("files include each other too deeply"));
                    }
                    // As in OpenSSH, one that cannot be read is as good as none.
                    let Ok(bytes) = std::fs::read(&file) else {
                        continue;
                    };
                    let text = String::from_utf8_lossy(&bytes);
                    read(config, &file, &text, &conditions, home, depth + 1)?;
                }
            }
            keyword => {
                conditions.push(block.clone());
                config.settings.push(Setting {
                    keyword: keyword.to_owned(),
                    arguments,
                    conditions,
                    place,
                });
            }
        }
    }
    Ok(())
}

/// The words of a line: `Keyword value`, `Keyword=value`, with quotes and comments.
fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words: Vec<String> = Vec::new();
    let mut letters = line.chars().peekable();
    loop {
        // One equals sign may stand between the keyword and its value.
        let mut equals_allowed = words.len() == 1;
        while let Some(&letter) = letters.peek() {
            if letter == '=' && equals_allowed {
                equals_allowed = false;
            } else if !letter.is_whitespace() {
                break;
            }
            letters.next();
        }
        match letters.peek() {
            None | Some('#') => return Ok(words),
            Some(_) => {}
        }
        let mut word = String::new();
        let mut quote: Option<char> = None;
        while let Some(&letter) = letters.peek() {
            let ends = letter.is_whitespace() || (letter == '=' && words.is_empty());
            if quote.is_none() && ends {
                break;
            }
            letters.next();
            match (letter, quote) {
                ('"' | '\'', None) => quote = Some(letter),
                (letter, Some(open)) if letter == open => quote = None,
                ('\\', _) if matches!(letters.peek(), Some('"' | '\'' | '\\')) => {
                    word.extend(letters.next());
                }
                (letter, _) => word.push(letter),
            }
        }
        if quote.is_some() {
            return Err("a quote is not closed".to_owned());
        }
        words.push(word);
    }
}

/// The files that an `Include` names, in order; relative ones are below `~/.ssh`.
fn included(name: &str, home: Option<&Path>) -> Vec<PathBuf> {
    let mut path = expand_home(Path::new(name), home);
    if path.is_relative() {
        let Some(home) = home else {
            return Vec::new();
        };
        path = home.join(".ssh").join(path);
    }
    let mut found = vec![PathBuf::new()];
    for part in path.components() {
        let part = part.as_os_str().to_string_lossy().into_owned();
        if !part.contains(['*', '?']) {
            for path in &mut found {
                path.push(&part);
            }
            continue;
        }
        found = found
            .iter()
            .flat_map(|folder| {
                let mut names: Vec<String> = std::fs::read_dir(folder)
                    .into_iter()
                    .flatten()
                    .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
                    .filter(|name| !name.starts_with('.') && fits(&part, name))
                    .collect();
                names.sort();
                names.into_iter().map(|name| folder.join(name))
            })
            .collect();
    }
    found
}
