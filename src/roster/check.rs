//! Checks a list against the population register, line by line.
//!
//! Numbers are asked in chunks of at most 1,000; what the register does not answer, or
//! answers with another person's record, is SERVICE_ERROR and never NOT_FOUND. The guards
//! of a line stand in [`decide`] in their order: number, answer, name, birth date, death,
//! sex, commune, earlier line. Of a person typed twice (also once by the old and once by
//! the personal number) the first MATCHED line counts. Amounts are computed from the
//! catalogue; what the list typed is only compared.

use super::draft::{Draft, Reader};
use super::finding::{Finding, FindingCode, Repair, RepairCode, Warning};
use super::header::Column;
use super::line::{Category, CheckResult, CheckedLine, LineReport, Totals};
use super::read::RosterFile;
use super::register::{NUMBERS_MAX, RegisterFault, RegisterLookup, RegisterRecord, key_of};
use crate::identity::{BirthDate, IdentityNumber, PersonalNumber, Sex, commune_of, names_agree};
use crate::programme::catalogue::Period;
use ansinh_settlement::{Day, Dong};
use std::collections::HashMap;

/// What a list is checked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckSettings {
    pub period: Period,
    /// The standard that coefficients multiply, in đồng.
    pub standard: Dong,
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
            known_on,
            refuse_other_commune: true,
            take_one_off: false,
        }
    }
}

/// What the register says of one number.
enum Answer<'a> {
    Person(&'a RegisterRecord),
    Nobody,
    Fault,
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
pub fn check_each(
    list: &RosterFile,
    register: &dyn RegisterLookup,
    settings: &CheckSettings,
    each: &mut dyn FnMut(LineReport),
) -> Totals {
    let mut reader = Reader::new(list, settings);
    let mut seen = HashMap::new();
    let mut totals = Totals::default();
    let mut chunk: Vec<Draft<'_>> = Vec::new();
    let mut numbers: HashMap<u64, String> = HashMap::new();
    for at in 0..list.lines.len() {
        let draft = reader.draft(at);
        let asked = draft.numbers();
        let new = asked
            .iter()
            .filter(|n| !numbers.contains_key(&key_of(n.as_str())))
            .count();
        if numbers.len() + new > NUMBERS_MAX {
            decide_chunk(
                &mut chunk,
                &mut numbers,
                register,
                settings,
                &mut seen,
                &mut totals,
                each,
            );
        }
        for number in &asked {
            numbers.insert(key_of(number.as_str()), number.as_str().to_owned());
        }
        chunk.push(draft);
        if chunk.len() >= NUMBERS_MAX {
            decide_chunk(
                &mut chunk,
                &mut numbers,
                register,
                settings,
                &mut seen,
                &mut totals,
                each,
            );
        }
    }
    decide_chunk(
        &mut chunk,
        &mut numbers,
        register,
        settings,
        &mut seen,
        &mut totals,
        each,
    );
    totals
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
                place: super::cell::Place {
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

/// Asks the register once and decides the lines of the chunk.
fn decide_chunk(
    chunk: &mut Vec<Draft<'_>>,
    numbers: &mut HashMap<u64, String>,
    register: &dyn RegisterLookup,
    settings: &CheckSettings,
    seen: &mut HashMap<PersonalNumber, u32>,
    totals: &mut Totals,
    each: &mut dyn FnMut(LineReport),
) {
    let mut asked: Vec<String> = numbers.drain().map(|(_, number)| number).collect();
    asked.sort_unstable();
    let answer = if asked.is_empty() {
        Ok(Vec::new())
    } else {
        register.lookup(&asked)
    };
    let answers = answer.as_deref().map(by_number);
    for draft in chunk.drain(..) {
        let report = decide(draft, &answers, settings, seen);
        totals.add(&report.line);
        each(report);
    }
}

/// Records by the number they answer; `None` where a number has several, or a record is of
/// another person than it says: such an answer is broken.
fn by_number(records: &[RegisterRecord]) -> HashMap<u64, Option<&RegisterRecord>> {
    let mut answers = HashMap::with_capacity(records.len());
    for record in records {
        let sound = record.answers_its_number().then_some(record);
        answers
            .entry(key_of(record.number.as_str()))
            .and_modify(|known| *known = None)
            .or_insert(sound);
    }
    answers
}

type Answers<'a> = Result<HashMap<u64, Option<&'a RegisterRecord>>, &'a RegisterFault>;

fn answer_of<'a>(answers: &Answers<'a>, number: &IdentityNumber) -> Answer<'a> {
    match answers {
        Err(_) => Answer::Fault,
        Ok(answers) => match answers.get(&key_of(number.as_str())) {
            None => Answer::Nobody,
            Some(None) => Answer::Fault,
            Some(Some(record)) => Answer::Person(record),
        },
    }
}

/// The guards of one line, in order.
fn decide(
    mut draft: Draft<'_>,
    answers: &Answers<'_>,
    settings: &CheckSettings,
    seen: &mut HashMap<PersonalNumber, u32>,
) -> LineReport {
    let (category, refusal) = match identify(&mut draft, answers, settings) {
        Err((category, finding)) => (category, Some(finding)),
        Ok(number) => match seen.get(&number) {
            Some(stt) => {
                let text = draft.text(Column::Identity);
                let finding = draft.finding(
                    FindingCode::ListedTwice,
                    Column::Identity,
                    text,
                    &format!("STT {stt}"),
                );
                (Category::Duplicate, Some(finding))
            }
            None => {
                seen.insert(number, draft.line.stt);
                draft.line.identity_number = Some(number);
                (Category::Matched, None)
            }
        },
    };
    check_proxy(&mut draft, answers);
    draft.line.category = category;
    draft.line.refusal = refusal.map(Box::new);
    draft.into_report()
}

type Refused = (Category, Finding);

/// Who the line is, as the register confirms it.
fn identify(
    draft: &mut Draft<'_>,
    answers: &Answers<'_>,
    settings: &CheckSettings,
) -> Result<PersonalNumber, Refused> {
    let number = draft.number()?;
    let typed = draft.text(Column::Identity);
    let record = match answer_of(answers, &number) {
        Answer::Person(record) => record,
        Answer::Fault => {
            let finding = draft.finding(FindingCode::RegisterSilent, Column::Identity, typed, "");
            return Err((Category::ServiceError, finding));
        }
        Answer::Nobody => {
            let finding = draft.finding(
                FindingCode::NotInRegister,
                Column::Identity,
                number.as_str(),
                "",
            );
            return Err((Category::NotFound, finding));
        }
    };
    draft.line.register = Some(Box::new(record.clone()));
    if let IdentityNumber::Old(_) = number {
        let became = record.identity_number;
        draft.repair(
            RepairCode::OldNumber,
            Column::Identity,
            number.as_str(),
            became.as_str(),
        );
    }
    same_name(draft, record)?;
    same_birth(draft, record)?;
    if record.status == super::register::LifeStatus::Deceased {
        let day = record
            .deceased_on
            .map_or("?".to_owned(), |day| day.to_string());
        let finding = draft.finding(FindingCode::Deceased, Column::Identity, typed, &day);
        return Err((Category::Deceased, finding));
    }
    same_sex(draft, record)?;
    same_commune(draft, record, settings)?;
    Ok(record.identity_number)
}

fn same_name(draft: &Draft<'_>, record: &RegisterRecord) -> Result<(), Refused> {
    let name = draft.name();
    let code = match name.is_empty() {
        true => FindingCode::NameMissing,
        false if names_agree(&name, &record.full_name) => return Ok(()),
        false => FindingCode::NameDiffers,
    };
    let finding = draft.finding(code, Column::FullName, &name, &record.full_name);
    Err((Category::MismatchName, finding))
}

fn same_birth(draft: &mut Draft<'_>, record: &RegisterRecord) -> Result<(), Refused> {
    let refuse = |draft: &Draft<'_>, code, text: &str, expected: &str| {
        Err((
            Category::MismatchDob,
            draft.finding(code, Column::Birth, text, expected),
        ))
    };
    let (column, cell) = draft.birth_cell();
    let text = cell.text();
    let birth = match super::draft::read_birth(cell, Some(&record.identity_number)) {
        Ok(birth) => birth,
        Err(crate::identity::BirthProblem::Empty) => {
            return refuse(draft, FindingCode::BirthMissing, "", "");
        }
        Err(_) => return refuse(draft, FindingCode::BirthUnreadable, text, ""),
    };
    draft.line.list_birth = Some(birth);
    if !birth.agrees_with(&record.birth_date) {
        let (found, expected) = (birth.to_string(), record.birth_date.to_string());
        return refuse(draft, FindingCode::BirthDiffers, &found, &expected);
    }
    if super::draft::year_was_completed(cell, birth) {
        draft.repair(RepairCode::Birth, column, text, &birth.to_string());
    }
    number_and_age(draft, record.birth_date, record.identity_number);
    Ok(())
}

/// Warnings that need the confirmed birth date.
fn number_and_age(draft: &mut Draft<'_>, birth: BirthDate, number: PersonalNumber) {
    if number.birth_year() != birth.year {
        let (found, expected) = (birth.year.to_string(), number.birth_year().to_string());
        draft.warn(
            FindingCode::NumberSaysOtherBirthYear,
            Column::Identity,
            &found,
            &expected,
        );
    }
    let period = draft.period();
    let age = birth.age_at_end_of(period.year(), period.month());
    if let Some(policy) = draft.line.policy.filter(|policy| !policy.fits_age(age)) {
        draft.warn(
            FindingCode::AgeOutside,
            Column::Policy,
            &age.to_string(),
            &policy.name,
        );
    }
}

fn same_sex(draft: &mut Draft<'_>, record: &RegisterRecord) -> Result<(), Refused> {
    match draft.line.list_sex {
        Some(sex) if sex != record.sex => {
            let word = |sex| match sex {
                Sex::Male => "Nam",
                Sex::Female => "Nữ",
            };
            let finding = draft.finding(
                FindingCode::SexDiffers,
                Column::Sex,
                word(sex),
                word(record.sex),
            );
            Err((Category::MismatchSex, finding))
        }
        _ => Ok(()),
    }
}

fn same_commune(
    draft: &mut Draft<'_>,
    record: &RegisterRecord,
    settings: &CheckSettings,
) -> Result<(), Refused> {
    let address = draft.address();
    let (Some(typed), Some(known)) = (commune_of(&address), commune_of(&record.permanent_address))
    else {
        return Ok(());
    };
    if typed.same_as(&known) {
        return Ok(());
    }
    if !settings.refuse_other_commune {
        draft.warn(
            FindingCode::CommuneDiffers,
            Column::Address,
            &address,
            &record.permanent_address,
        );
        return Ok(());
    }
    let finding = draft.finding(
        FindingCode::CommuneDiffers,
        Column::Address,
        &address,
        &record.permanent_address,
    );
    Err((Category::MismatchAddress, finding))
}

/// The one who receives in the beneficiary's place must be somebody, of that name, alive.
fn check_proxy(draft: &mut Draft<'_>, answers: &Answers<'_>) {
    let Some(number) = draft.line.proxy else {
        return;
    };
    let (column, shown) = (Column::ProxyNumber, number.as_str());
    match answer_of(answers, &number) {
        Answer::Fault => draft.problem(FindingCode::ProxyUnchecked, column, shown, ""),
        Answer::Nobody => draft.problem(FindingCode::ProxyNotInRegister, column, shown, ""),
        Answer::Person(record) => {
            let name = draft.line.proxy_name.clone().unwrap_or_default();
            if record.status == super::register::LifeStatus::Deceased {
                let day = record
                    .deceased_on
                    .map_or("?".to_owned(), |day| day.to_string());
                draft.problem(FindingCode::ProxyDeceased, column, shown, &day);
            } else if !name.is_empty() && !names_agree(&name, &record.full_name) {
                draft.problem(
                    FindingCode::ProxyNameDiffers,
                    Column::ProxyName,
                    &name,
                    &record.full_name,
                );
            }
            draft.line.proxy = Some(IdentityNumber::Personal(record.identity_number));
        }
    }
}

/// All repairs of a draft belong to its line.
pub(super) fn repair_of(
    line: &CheckedLine,
    code: RepairCode,
    place: super::cell::Place,
    was: &str,
    became: &str,
) -> Repair {
    Repair {
        line: line.line,
        stt: line.stt,
        code,
        place,
        was: was.into(),
        became: became.into(),
    }
}
