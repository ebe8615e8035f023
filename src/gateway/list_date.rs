//! The date of what others hand in as a whole: a bank's list of account holders, the
//! population register. The first line says as of when its records are
//! (`docs/formats/holders.md`, `register.md`); neither the order of the lines nor the moment
//! of loading says how new a word is.

use crate::clock::Instant;
use crate::error::Reject;
use crate::store::Ctx;
use std::io::BufRead as _;
use std::path::Path;

/// What a list's first line begins with, blanks off.
const AS_OF: &str = "# as_of";

/// The date in the first line, or the one that was given.
pub(super) fn date_of(
    path: &Path,
    text: &str,
    given: Option<&str>,
) -> Result<(Instant, &'static str), Reject> {
    const FORM: &str = "2026-06-05T10:00:00+07:00";
    let first = text.lines().next().unwrap_or_default();
    // A spreadsheet program fills the line up with commas and may quote it.
    let first = first.trim().trim_end_matches(',').trim_matches('"').trim();
    let own = first
        .get(..AS_OF.len())
        .filter(|head| head.eq_ignore_ascii_case(AS_OF))
        .and_then(|_| first.get(AS_OF.len()..))
        .map(|rest| rest.trim_matches(|c: char| c.is_whitespace() || c == '=' || c == ':'));
    let read =
        |text: &str, place: &str| Instant::parse(text).ok_or_else(|| bad(path, place, text, FORM));
    match (own, given) {
        (Some(own), None) => Ok((read(own, "line 1, as_of")?, "line 1, as_of")),
        (None, Some(given)) => Ok((read(given, "--as-of")?, "--as-of")),
        (None, None) => Err(Reject::ListDateMissing {
            path: path.display().to_string(),
        }),
        (Some(own), Some(given)) => {
            let at = read(own, "line 1, as_of")?;
            if read(given, "--as-of")? == at {
                return Ok((at, "line 1, as_of"));
            }
            Err(bad(path, "--as-of", given, own))
        }
    }
}

/// As of when a file says that it was made, UTC microseconds; 0, the oldest word, where it
/// says nothing that can be read.
pub fn said_by(path: &Path) -> i64 {
    let mut first = String::new();
    let read = std::fs::File::open(path)
        .and_then(|file| std::io::BufReader::new(file).read_line(&mut first));
    match read {
        Ok(_) => date_of(path, first.trim_start_matches('\u{feff}'), None).map_or(0, |d| d.0.0),
        Err(_) => 0,
    }
}

/// Refuses a date that is yet to come: it would outlast every other word until then.
pub(super) fn not_yet_to_come(
    as_of: Instant,
    dated_by: &str,
    what: &str,
    ctx: &Ctx,
) -> Result<(), Reject> {
    if as_of <= ctx.now {
        return Ok(());
    }
    Err(Reject::BadInput {
        what: what.into(),
        place: dated_by.into(),
        found: as_of.local_text(),
        expected: format!("<= {}", ctx.now.local_text()),
    })
}

pub(super) fn bad(path: &Path, place: &str, found: &str, expected: &str) -> Reject {
    Reject::BadInput {
        what: path.display().to_string(),
        place: place.to_owned(),
        found: found.to_owned(),
        expected: expected.to_owned(),
    }
}
