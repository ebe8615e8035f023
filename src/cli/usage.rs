//! Words of the command line that are wrong: said in our words, as a reject with exit
//! code 2, before anything is opened.

use super::args::{
    BatchAct, BudgetAct, Cli, Cmd, CycleAct, DayAct, LedgerAct, QrAct, ReportAct, RosterAct,
};
use crate::clock::Instant;
use crate::error::{Lang, Reject};
use crate::programme::Period;
use ansinh_settlement::Day;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::ffi::OsString;

/// The language and form that the words ask for, known before they are parsed.
pub fn asked(words: &[OsString], variable: Option<String>) -> (Lang, bool) {
    let mut lang = variable;
    let mut json = false;
    let mut words = words.iter().map(|w| w.to_string_lossy().into_owned());
    while let Some(word) = words.next() {
        if word == "--json" {
            json = true;
        } else if let Some(value) = word.strip_prefix("--lang=") {
            lang = Some(value.to_owned());
        } else if word == "--lang" {
            lang = words.next();
        }
    }
    let lang = match lang.as_deref() {
        Some("en") => Lang::En,
        _ => Lang::Vi,
    };
    (lang, json)
}

/// What clap found wrong, as a reject.
pub fn reject_of(error: &clap::Error) -> Reject {
    let text = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(s)) => s.clone(),
        Some(ContextValue::Strings(list)) => list.join(", "),
        _ => String::new(),
    };
    let argument = text(ContextKind::InvalidArg);
    let value = text(ContextKind::InvalidValue);
    let valid = text(ContextKind::ValidValue);
    let both = match (argument.is_empty(), value.is_empty()) {
        (false, false) => format!("{argument} = \"{value}\""),
        (false, true) => argument.clone(),
        _ => value.clone(),
    };
    let (problem, word, expected) = match error.kind() {
        ErrorKind::UnknownArgument => (
            "unknown_argument",
            argument,
            text(ContextKind::SuggestedArg),
        ),
        ErrorKind::InvalidSubcommand => (
            "unknown_command",
            text(ContextKind::InvalidSubcommand),
            text(ContextKind::SuggestedSubcommand),
        ),
        ErrorKind::MissingRequiredArgument => ("missing_argument", argument, String::new()),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => (
            "missing_command",
            String::new(),
            text(ContextKind::ValidSubcommand),
        ),
        ErrorKind::InvalidValue if value.is_empty() => ("missing_value", argument, valid),
        ErrorKind::InvalidValue => ("bad_value", both, valid),
        ErrorKind::ValueValidation => {
            let why =
                std::error::Error::source(error).map_or_else(String::new, ToString::to_string);
            let number = why.contains("digit") || why.contains("integer") || why.contains("number");
            let expected = if number { "a whole number" } else { "" };
            ("bad_value", both, expected.to_owned())
        }
        ErrorKind::ArgumentConflict => ("twice", argument, String::new()),
        ErrorKind::NoEquals | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            ("missing_value", argument, valid)
        }
        _ => ("other", both, String::new()),
    };
    Reject::Usage {
        problem: problem.into(),
        word,
        expected,
    }
}

/// Checks every value whose form is known, so that a mistake of typing is told before
/// anything is opened, and always in the same way.
pub fn check(cli: &Cli) -> Result<(), Reject> {
    if let Some(text) = &cli.now {
        moment("clock", "--now", text)?;
    }
    match &cli.command {
        Cmd::Roster { act } => match act {
            RosterAct::Check(a) => period(&a.period),
            RosterAct::Import(a) => period(&a.period),
        },
        Cmd::Cycle { act } => match act {
            CycleAct::Prepare(a) if a.batch_lines < 1 => Err(bad(
                "cycle prepare",
                "--batch-lines",
                &a.batch_lines.to_string(),
                "1 or more",
            )),
            CycleAct::Prepare(a) => period(&a.period),
            CycleAct::Show(a) => period(&a.period),
        },
        Cmd::Report {
            act: ReportAct::Cycle(a),
        } => period(&a.period),
        Cmd::Budget {
            act: BudgetAct::Receive(a),
        } => match a.amount {
            1..=1_000_000_000_000_000 => Ok(()),
            amount => Err(Reject::AmountInvalid { amount }),
        },
        Cmd::Batch {
            act: BatchAct::Approve {
                digest: Some(text), ..
            },
        } => hex("batch approve", "--digest", text, 8, DIGEST),
        Cmd::Ledger {
            act: LedgerAct::Verify { head: Some(text) },
        } => hex("ledger verify", "--head", text, 64, HEAD),
        Cmd::Ledger {
            act: LedgerAct::Balance { at, day: on, .. },
        } => {
            if let Some(text) = at {
                moment("ledger balance", "--at", text)?;
            }
            on.as_deref().map_or(Ok(()), |text| {
                day("ledger balance", "--day", text).map(|_| ())
            })
        }
        Cmd::Day {
            act: DayAct::Close { day: text, .. },
        } => day("day close", "DAY", text).map(|_| ()),
        Cmd::Qr {
            act: QrAct::Encode(a),
        } if a.bin.len() != 6 || !a.bin.bytes().all(|b| b.is_ascii_digit()) => {
            Err(bad("qr encode", "--bin", &a.bin, "6 digits"))
        }
        Cmd::Demo(a) if a.beneficiaries == 0 => {
            Err(bad("demo", "--beneficiaries", "0", "1 or more"))
        }
        Cmd::Bench(a) if a.lines < 1 => {
            Err(bad("bench", "--lines", &a.lines.to_string(), "1 or more"))
        }
        _ => Ok(()),
    }
}

const WHEN: &str = "a moment such as 2026-06-05T09:30";
const DIGEST: &str = "8 to 64 hex digits";
const HEAD: &str = "64 hex digits";

/// A moment: `2026-06-05T09:30`, or the first of a day.
pub fn moment(what: &str, place: &str, text: &str) -> Result<Instant, Reject> {
    Instant::parse(text).ok_or_else(|| bad(what, place, text, WHEN))
}

/// A day as people write it: `2026-06-05` or `05/06/2026`.
pub fn day(what: &str, place: &str, text: &str) -> Result<Day, Reject> {
    let turned = match text.split('/').collect::<Vec<_>>().as_slice() {
        [d, m, y] => format!("{y}-{m:0>2}-{d:0>2}"),
        _ => text.to_owned(),
    };
    Day::parse(&turned)
        .map_err(|_| bad(what, place, text, "a day such as 2026-06-05 or 05/06/2026"))
}

fn period(text: &str) -> Result<(), Reject> {
    Period::parse(text)
        .map(|_| ())
        .map_err(|_| Reject::PeriodInvalid {
            period: text.to_owned(),
        })
}

fn hex(what: &str, place: &str, text: &str, least: usize, expected: &str) -> Result<(), Reject> {
    let fits = (least..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    fits.then_some(())
        .ok_or_else(|| bad(what, place, text, expected))
}

fn bad(what: &str, place: &str, found: &str, expected: &str) -> Reject {
    Reject::BadInput {
        what: what.into(),
        place: place.into(),
        found: found.into(),
        expected: expected.into(),
    }
}

/// True for a reject that says that the words of the command line are wrong: exit code 2.
pub fn is_usage(reject: &Reject) -> bool {
    match reject {
        Reject::Usage { .. } | Reject::PeriodInvalid { .. } | Reject::AmountInvalid { .. } => true,
        // An option (`--now`) or an argument (`DAY`).
        Reject::BadInput { place, .. } => {
            place.starts_with("--") || place.bytes().all(|b| b.is_ascii_uppercase())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a refusal that speaks another language or form than was asked for.
    #[test]
    fn language_and_form_are_known_before_the_words_are_right() {
        let asked_of = |words: &[&str], variable: Option<&str>| {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            asked(&words, variable.map(str::to_owned))
        };
        assert_eq!(asked_of(&["x", "--lang", "en"], None), (Lang::En, false));
        assert_eq!(
            asked_of(&["--json", "--lang=vi"], Some("en")),
            (Lang::Vi, true)
        );
        assert_eq!(asked_of(&[], Some("en")), (Lang::En, false));
    }

    /// Catches a day that a clerk writes and that is not taken, or one that is none.
    #[test]
    fn a_day_is_read_as_it_is_shown() {
        let read = |text| day("day close", "DAY", text).map(|d| d.to_string());
        assert_eq!(read("05/06/2026"), read("2026-06-05"));
        assert_eq!(read("5/6/2026").ok().as_deref(), Some("2026-06-05"));
        for wrong in ["", "31/02/2026", "2026-6", "x"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
