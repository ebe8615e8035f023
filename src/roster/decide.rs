//! The guards of one line, in their order, once the register has answered.
//!
//! Number, answer, name, birth date, death, sex, commune, earlier line: the first that does
//! not hold gives the category. Of a person typed twice (also once by the old and once by
//! the personal number) the first MATCHED line counts. Old numbers were given out twice now
//! and then, so a number may have several records: the one that agrees in name and birth
//! date is the person; where two agree nobody is.

use super::check::CheckSettings;
use super::draft::{Draft, read_birth, year_was_completed};
use super::finding::{Finding, FindingCode, RepairCode};
use super::header::Column;
use super::line::{Category, LineReport};
use super::register::{LifeStatus, RegisterFault, RegisterRecord, key_of};
use crate::identity::{
    BirthDate, BirthProblem, IdentityNumber, PersonalNumber, Sex, commune_of, names_agree,
};
use std::collections::HashMap;

/// What the register says of one number.
enum Answer<'a> {
    Person(&'a RegisterRecord),
    Nobody,
    Fault,
}

/// The register's answer to a chunk, by number; `None` when there was a fault.
pub(super) struct Answers<'a>(Option<HashMap<u64, Vec<&'a RegisterRecord>>>);

impl<'a> Answers<'a> {
    pub fn of(answer: &'a Result<Vec<RegisterRecord>, RegisterFault>) -> Answers<'a> {
        Answers(answer.as_ref().ok().map(|records| {
            let mut by_number: HashMap<u64, Vec<&RegisterRecord>> =
                HashMap::with_capacity(records.len());
            for record in records {
                by_number
                    .entry(key_of(record.number.as_str()))
                    .or_default()
                    .push(record);
            }
            by_number
        }))
    }

    /// The record of a number: of several the only one that `agrees`, or the first where
    /// none does. A record of another number than it says it answers breaks the answer.
    fn get(&self, number: &IdentityNumber, agrees: &dyn Fn(&RegisterRecord) -> bool) -> Answer<'a> {
        let Some(by_number) = &self.0 else {
            return Answer::Fault;
        };
        let records = by_number
            .get(&key_of(number.as_str()))
            .map_or(&[][..], Vec::as_slice);
        if records.iter().any(|record| !record.answers_its_number()) {
            return Answer::Fault;
        }
        match records {
            [] => Answer::Nobody,
            [one] => Answer::Person(one),
            several => {
                let mut same = several.iter().filter(|record| agrees(record));
                match (same.next(), same.next()) {
                    (Some(_), Some(_)) => Answer::Fault,
                    (Some(one), None) => Answer::Person(one),
                    (None, _) => several
                        .iter()
                        .min_by_key(|record| record.identity_number)
                        .map_or(Answer::Nobody, |record| Answer::Person(record)),
                }
            }
        }
    }
}

/// The guards of one line, in order.
pub(super) fn decide(
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
    draft.compute_amount(settings);
    draft.compare_amount();
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
    let record = match answers.get(&number, &|record| draft.agrees(record)) {
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
    if record.status == LifeStatus::Deceased {
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
    let birth = match read_birth(cell, Some(&record.identity_number)) {
        Ok(birth) => birth,
        Err(BirthProblem::Empty) => {
            return refuse(draft, FindingCode::BirthMissing, "", "");
        }
        Err(_) => return refuse(draft, FindingCode::BirthUnreadable, text, ""),
    };
    draft.line.list_birth = Some(birth);
    if !birth.agrees_with(&record.birth_date) {
        let (found, expected) = (birth.to_string(), record.birth_date.to_string());
        return refuse(draft, FindingCode::BirthDiffers, &found, &expected);
    }
    if year_was_completed(cell, birth) {
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
    let name = draft.line.proxy_name.clone().unwrap_or_default();
    let answer = answers.get(&number, &|record| names_agree(&name, &record.full_name));
    match answer {
        Answer::Fault => draft.problem(FindingCode::ProxyUnchecked, column, shown, ""),
        Answer::Nobody => draft.problem(FindingCode::ProxyNotInRegister, column, shown, ""),
        Answer::Person(record) => {
            if record.status == LifeStatus::Deceased {
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
