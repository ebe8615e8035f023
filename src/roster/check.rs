//! Checks a list against the population register, line by line.
//!
//! Numbers are asked in chunks of at most 1,000; what the register does not answer, or
//! answers with another person's record, is SERVICE_ERROR and never NOT_FOUND. A line is
//! read without the register first (`draft`), then decided by it (`decide`). Memory beside
//! the list is one chunk and the numbers of the people matched so far.

use super::cell::Place;
use super::decide::{Answers, decide};
use super::draft::Draft;
use super::finding::{Finding, FindingCode, Warning};
use super::line::{CheckResult, LineReport, Totals};
use super::read::RosterFile;
use super::reader::Reader;
use super::register::{NUMBERS_MAX, RegisterLookup, key_of};
use crate::identity::PersonalNumber;
use crate::programme::catalogue::Period;
use crate::programme::rates::own_standard;
use ansinh_settlement::{Day, Dong};
use std::collections::HashMap;

/// What a list is checked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckSettings {
    pub period: Period,
    /// The country's standard that coefficients multiply, in đồng.
    pub standard: Dong,
    /// Units' own standards (`programme::rates::own_standards`); the higher one counts.
    pub own_standards: Vec<(String, Dong)>,
    /// The day on which rates are known as they are; see `programme::catalogue`.
    pub known_on: Day,
    /// Refuse people whose commune differs (else only a warning).
    pub refuse_other_commune: bool,
    /// Take categories that are paid once.
    pub take_one_off: bool,
}

impl CheckSettings {
    /// For a monthly list, with rates as known on `known_on`.
    pub fn new(period: Period, standard: Dong, known_on: Day) -> CheckSettings {
        CheckSettings {
            period,
            standard,
            own_standards: Vec::new(),
            known_on,
            refuse_other_commune: true,
            take_one_off: false,
        }
    }

    /// The standard for people of a commune, such as `Xã An Lão` (Decree 20/2021 article 4.3).
    pub fn standard_of(&self, commune: Option<&str>) -> Dong {
        let own = commune.and_then(|name| own_standard(&self.own_standards, name));
        own.map_or(self.standard, |own| own.max(self.standard))
    }
}

/// Checks a whole list.
pub fn check_list(
    list: &RosterFile,
    register: &dyn RegisterLookup,
    settings: &CheckSettings,
) -> CheckResult {
    let mut result = CheckResult {
        lines: Vec::with_capacity(list.lines.len()),
        warnings: list_warnings(list, settings),
        ..CheckResult::default()
    };
    result.totals = check_each(list, register, settings, &mut |report| {
        result.repairs.extend(report.repairs);
        result.warnings.extend(report.warnings);
        result.lines.push(report.line);
    });
    result
}

/// The same for lists that are too long to keep all lines: each line's report is given
/// away, in the order of the list.
pub fn check_each<'a>(
    list: &'a RosterFile,
    register: &'a dyn RegisterLookup,
    settings: &'a CheckSettings,
    each: &'a mut dyn FnMut(LineReport),
) -> Totals {
    let mut reader = Reader::new(list, settings);
    let mut chunk = Chunk {
        register,
        settings,
        drafts: Vec::new(),
        numbers: HashMap::new(),
        seen: HashMap::new(),
        totals: Totals::default(),
        each,
    };
    for at in 0..list.lines.len() {
        let draft = reader.draft(at);
        if !chunk.has_room_for(&draft) {
            chunk.decide();
        }
        chunk.add(draft);
    }
    chunk.decide();
    chunk.totals
}

/// Warnings about the list as a whole.
pub fn list_warnings(list: &RosterFile, settings: &CheckSettings) -> Vec<Warning> {
    let other = list.period.filter(|period| *period != settings.period);
    other
        .map(|period| Warning {
            line: None,
            stt: 0,
            finding: Finding {
                code: FindingCode::PeriodDiffers,
                place: Place {
                    sheet: 0,
                    row: 1,
                    column: 0,
                },
                found: period.to_string().into(),
                expected: settings.period.to_string().into(),
            },
        })
        .into_iter()
        .collect()
}

/// The lines that one look-up is asked for.
struct Chunk<'a> {
    register: &'a dyn RegisterLookup,
    settings: &'a CheckSettings,
    drafts: Vec<Draft<'a>>,
    numbers: HashMap<u64, String>,
    /// People who were matched, and the running number of their line.
    seen: HashMap<PersonalNumber, u32>,
    totals: Totals,
    each: &'a mut dyn FnMut(LineReport),
}

impl<'a> Chunk<'a> {
    fn has_room_for(&self, draft: &Draft<'a>) -> bool {
        let new = |key: &u64| !self.numbers.contains_key(key);
        let asked = draft.numbers().into_iter().map(|n| key_of(n.as_str()));
        self.numbers.len() + asked.filter(new).count() <= NUMBERS_MAX
            && self.drafts.len() < NUMBERS_MAX
    }

    fn add(&mut self, draft: Draft<'a>) {
        for number in draft.numbers() {
            let text = number.as_str();
            self.numbers
                .entry(key_of(text))
                .or_insert_with(|| text.to_owned());
        }
        self.drafts.push(draft);
    }

    /// Asks the register once and decides the lines.
    fn decide(&mut self) {
        let mut asked: Vec<String> = self.numbers.drain().map(|(_, number)| number).collect();
        asked.sort_unstable();
        let answer = match asked.is_empty() {
            true => Ok(Vec::new()),
            false => self.register.lookup(&asked),
        };
        let answers = Answers::of(&answer);
        for draft in self.drafts.drain(..) {
            let report = decide(draft, &answers, self.settings, &mut self.seen);
            self.totals.add(&report.line);
            (self.each)(report);
        }
    }
}
