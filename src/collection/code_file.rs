//! A CSV of two columns, the first of which is a debtor's code: absent days, accounts.

use crate::error::{Failure, Reject};
use std::collections::HashSet;
use std::path::Path;

/// A row: the line of the file, the code in capitals, the second cell as typed, trimmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRow {
    pub line: u64,
    pub code: String,
    pub value: String,
}

/// A reject that names file and cell.
pub fn bad(path: &Path, place: &str, found: &str, expected: &str) -> Reject {
    Reject::BadInput {
        what: path.display().to_string(),
        place: place.into(),
        found: found.into(),
        expected: expected.into(),
    }
}

/// Reads a CSV with the header `code,<second>`; refuses another header and a code twice,
/// with the cell.
pub fn read(path: &Path, second: &str) -> Result<Vec<CodeRow>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| Reject::FileUnreadable {
        path: path.display().to_string(),
        why: crate::words::why_unread(&e),
    })?;
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let wanted = format!("code,{second}");
    let header = reader
        .headers()
        .map_err(|e| bad(path, "A1", &e.to_string(), &wanted))?
        .clone();
    let names: Vec<&str> = header.iter().map(str::trim).collect();
    if names.join(",") != wanted {
        return Err(bad(path, "A1", &names.join(","), &wanted).into());
    }
    let (mut out, mut seen) = (Vec::new(), HashSet::new());
    for record in reader.records() {
        let record = record.map_err(|e| bad(path, "file", &e.to_string(), "CSV in UTF-8"))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |at: usize| record.get(at).unwrap_or_default().trim();
        let code = cell(0).to_uppercase();
        if !seen.insert(code.clone()) {
            return Err(bad(path, &format!("A{line}"), &code, "each pupil once").into());
        }
        out.push(CodeRow {
            line,
            code,
            value: cell(1).to_owned(),
        });
    }
    Ok(out)
}
