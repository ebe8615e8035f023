//! The source files of the repository, read so that code, comments and string literals
//! are told apart: a rule's own name in a comment or in a message breaks no rule.

use std::path::{Path, PathBuf};

pub struct Source {
    /// From the top of the repository.
    pub path: String,
    pub text: String,
    /// Text with comments and the inside of literals blanked.
    pub code: String,
    /// String literals with their line.
    pub literals: Vec<(usize, String)>,
}

pub fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn walk(folder: &Path, ending: &str, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            walk(&path, ending, out);
        } else if path.to_string_lossy().ends_with(ending) {
            out.push(path);
        }
    }
}

pub fn sources(folders: &[&str]) -> Vec<Source> {
    let mut paths = Vec::new();
    for folder in folders {
        walk(&top().join(folder), ".rs", &mut paths);
    }
    assert!(!paths.is_empty(), "no source in {folders:?}");
    paths
        .into_iter()
        .map(|p| {
            let text = std::fs::read_to_string(&p).unwrap();
            let (code, literals) = read(&text);
            let path = p
                .strip_prefix(top())
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            Source {
                path,
                text,
                code,
                literals,
            }
        })
        .collect()
}

pub const ALL: &[&str] = &[
    "src",
    "settlement",
    "simulator",
    "tests",
    "examples",
    "benches",
];

/// Splits Rust source into code (comments and literals blanked, lines kept) and literals.
pub fn read(text: &str) -> (String, Vec<(usize, String)>) {
    let chars: Vec<char> = text.chars().collect();
    let (mut code, mut literals) = (String::new(), Vec::new());
    let (mut i, mut line) = (0, 1);
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    while i < chars.len() {
        let start = i;
        let mut literal: Option<String> = None;
        if at(i) == '/' && at(i + 1) == '/' {
            while i < chars.len() && at(i) != '\n' {
                i += 1;
            }
        } else if at(i) == '/' && at(i + 1) == '*' {
            while i < chars.len() && !(at(i) == '*' && at(i + 1) == '/') {
                i += 1;
            }
            i += 2;
        } else if at(i) == 'r'
            && matches!(at(i + 1), '"' | '#')
            && raw_hashes(&chars, i + 1).is_some()
        {
            let hashes = raw_hashes(&chars, i + 1).unwrap();
            let from = i + 2 + hashes;
            i = from;
            while i < chars.len() && !(at(i) == '"' && (1..=hashes).all(|k| at(i + k) == '#')) {
                i += 1;
            }
            literal = Some(chars[from..i.min(chars.len())].iter().collect());
            i += 1 + hashes;
        } else if at(i) == '"' {
            i += 1;
            while i < chars.len() && at(i) != '"' {
                i += if at(i) == '\\' { 2 } else { 1 };
            }
            literal = Some(chars[start + 1..i.min(chars.len())].iter().collect());
            i += 1;
        } else if at(i) == '\'' && (at(i + 2) == '\'' || at(i + 1) == '\\') {
            i += if at(i + 1) == '\\' { 3 } else { 2 };
            while i < chars.len() && at(i - 1) != '\'' && at(i) != '\'' {
                i += 1;
            }
            i += 1;
        } else {
            code.push(at(i));
            line += usize::from(at(i) == '\n');
            i += 1;
            continue;
        }
        if let Some(literal) = literal {
            literals.push((line, literal));
        }
        let lines = chars[start..i.min(chars.len())]
            .iter()
            .filter(|c| **c == '\n')
            .count();
        code.push_str(&"\n".repeat(lines));
        code.push(' ');
        line += lines;
    }
    (code, literals)
}

/// The number of `#` of a raw string that starts at `i`; none where it is no raw string.
fn raw_hashes(chars: &[char], i: usize) -> Option<usize> {
    let hashes = chars[i..].iter().take_while(|c| **c == '#').count();
    (chars.get(i + hashes) == Some(&'"')).then_some(hashes)
}

/// The lower-case words of a text, `_` counted as a letter.
pub fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|w| !w.is_empty())
        .collect()
}

pub fn room(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("src/")?;
    Some(rest.split('/').next()?.trim_end_matches(".rs"))
}

pub fn report(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}
