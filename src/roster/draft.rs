//! A line as far as it can be read without the register, and what was found on the way.
//!
//! Readers add repairs, warnings and problems with the cell they are about; nothing that
//! cannot be read stops the reading of the rest of the line, so that all its faults are
//! named at once.

use super::amount::{AmountProblem, read_amount, read_coefficient};
use super::bank_name::{AccountProblem, Bank, read_account};
use super::cell::{Cell, Place};
use super::check::CheckSettings;
use super::finding::{Finding, FindingCode, Repair, RepairCode, Warning};
use super::header::{Column, Layout};
use super::line::{Category, CheckedLine, LineReport};
use super::register::RegisterRecord;
use crate::identity::card_qr::read_sex;
use crate::identity::{
    BirthDate, BirthProblem, IdentityNumber, NumberProblem, PersonalNumber, Sex, commune_of,
    names_agree,
};
use crate::programme::catalogue::{Period, Rate, RateKind, amount_of};
use ansinh_settlement::Dong;

/// A line before the register is asked.
pub(super) struct Draft<'a> {
    pub line: CheckedLine,
    cells: Vec<Cell<'a>>,
    layout: &'a Layout,
    period: Period,
    number: Result<IdentityNumber, NumberProblem>,
    rate: Option<&'static Rate>,
    repairs: Vec<Repair>,
    warnings: Vec<Warning>,
}

impl<'a> Draft<'a> {
    /// A line of which nothing is read yet.
    pub fn new(
        line: CheckedLine,
        cells: Vec<Cell<'a>>,
        layout: &'a Layout,
        period: Period,
    ) -> Draft<'a> {
        Draft {
            line,
            cells,
            layout,
            period,
            number: Err(NumberProblem::Empty),
            rate: None,
            repairs: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// True when name and birth date are the record's.
    pub fn agrees(&self, record: &RegisterRecord) -> bool {
        let birth = read_birth(self.birth_cell().1, Some(&record.identity_number));
        names_agree(&self.name(), &record.full_name)
            && birth.is_ok_and(|birth| birth.agrees_with(&record.birth_date))
    }

    /// What the line has in a column.
    pub fn cell(&self, what: Column) -> Cell<'a> {
        let at = self.layout.find(what);
        at.and_then(|at| self.cells.get(at))
            .copied()
            .unwrap_or_default()
    }

    /// Its text, blanks around it off.
    pub fn text(&self, what: Column) -> &'a str {
        self.cell(what).text()
    }

    /// The identity number, or why there is none.
    pub fn number(&self) -> Result<IdentityNumber, (Category, Finding)> {
        self.number.clone().map_err(|problem| {
            let text = self.text(self.number_column());
            let (category, code, proposal) = match problem {
                NumberProblem::Empty => (Category::NoId, FindingCode::NumberMissing, None),
                NumberProblem::Length { proposal, .. } | NumberProblem::NotDigits { proposal } => {
                    (Category::BadFormat, FindingCode::NumberBadForm, proposal)
                }
            };
            let proposal = proposal.unwrap_or_default();
            (
                category,
                self.finding(code, self.number_column(), text, &proposal),
            )
        })
    }

    /// The numbers to ask the register for.
    pub fn numbers(&self) -> Vec<IdentityNumber> {
        let own = self.number.as_ref().ok().copied();
        own.into_iter().chain(self.line.proxy).collect()
    }

    /// The name; of a list with two columns, both.
    pub fn name(&self) -> String {
        let (first, last) = (self.text(Column::FirstNames), self.text(Column::FullName));
        format!("{first} {last}").trim().to_owned()
    }

    /// The address; of a list with several columns, all.
    pub fn address(&self) -> String {
        let parts = self.layout.all(Column::Address);
        let texts = parts
            .filter_map(|at| self.cells.get(at))
            .map(|cell| cell.text());
        texts
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The birth date's cell: its column, or the year under `Nam` or `Nữ`.
    pub fn birth_cell(&self) -> (Column, Cell<'a>) {
        let columns = [Column::Birth, Column::BirthMale, Column::BirthFemale];
        let filled = columns.into_iter().map(|what| (what, self.cell(what)));
        let mut filled = filled.filter(|(_, cell)| !cell.is_blank());
        filled.next().unwrap_or((Column::Birth, Cell::Empty))
    }

    pub fn period(&self) -> Period {
        self.period
    }

    pub fn finding(&self, code: FindingCode, what: Column, found: &str, expected: &str) -> Finding {
        Finding {
            code,
            place: self.place(what),
            found: found.into(),
            expected: expected.into(),
        }
    }

    pub fn problem(&mut self, code: FindingCode, what: Column, found: &str, expected: &str) {
        let finding = self.finding(code, what, found, expected);
        self.line.problems.push(finding);
    }

    pub fn warn(&mut self, code: FindingCode, what: Column, found: &str, expected: &str) {
        let finding = self.finding(code, what, found, expected);
        self.warnings.push(Warning {
            line: Some(self.line.line),
            stt: self.line.stt,
            finding,
        });
    }

    pub fn repair(&mut self, code: RepairCode, what: Column, was: &str, became: &str) {
        self.repairs.push(Repair {
            line: self.line.line,
            stt: self.line.stt,
            code,
            place: self.place(what),
            was: was.into(),
            became: became.into(),
        });
    }

    pub fn into_report(self) -> LineReport {
        LineReport {
            line: self.line,
            repairs: self.repairs,
            warnings: self.warnings,
        }
    }

    fn place(&self, what: Column) -> Place {
        let fallback = match what {
            Column::Identity => self.layout.find(Column::OldIdentity),
            Column::Birth => self.layout.find(Column::BirthMale),
            Column::Sex => self.layout.find(Column::SexMale),
            _ => None,
        };
        let at = self.layout.find(what).or(fallback);
        Place {
            column: at.and_then(|at| u16::try_from(at).ok()).unwrap_or(0),
            ..self.line.place
        }
    }

    /// The column of the number: that of old ones where the other is blank.
    fn number_column(&self) -> Column {
        if self.cell(Column::Identity).is_blank() && !self.cell(Column::OldIdentity).is_blank() {
            Column::OldIdentity
        } else {
            Column::Identity
        }
    }

    pub fn read_number(&mut self) {
        let column = self.number_column();
        let cell = self.cell(column);
        self.number = IdentityNumber::read(cell.text(), cell.may_have_lost_zeros()).map(|read| {
            if read.mended {
                self.repair(
                    RepairCode::Number,
                    column,
                    cell.text(),
                    read.number.as_str(),
                );
            }
            read.number
        });
        self.line.list_number = self.number.as_ref().ok().copied();
    }

    pub fn read_sex(&mut self) {
        let filled = |what| !self.cell(what).is_blank();
        let text = self.text(Column::Sex);
        self.line.list_sex = if text.is_empty() {
            match (
                filled(Column::SexMale) || filled(Column::BirthMale),
                filled(Column::SexFemale) || filled(Column::BirthFemale),
            ) {
                (true, false) => Some(Sex::Male),
                (false, true) => Some(Sex::Female),
                _ => None,
            }
        } else {
            read_sex(text)
        };
        if self.line.list_sex.is_none() && !text.is_empty() {
            self.warn(FindingCode::SexUnreadable, Column::Sex, text, "Nam, Nữ");
        }
    }

    /// The rate that the line's category has in the period.
    pub fn take_rate(&mut self, rate: &'static Rate) {
        self.rate = Some(rate);
        if let RateKind::Multiple { coefficient } = &rate.kind {
            self.line.coefficient = Some(*coefficient);
        }
    }

    pub fn read_amount(&mut self) {
        let cell = self.cell(Column::Amount);
        let text = cell.text();
        match read_amount(text) {
            Ok(typed) => {
                let plain = typed.get().to_string();
                if plain != text {
                    self.repair(RepairCode::Amount, Column::Amount, text, &plain);
                }
                self.line.typed_amount = Some(typed);
            }
            Err(AmountProblem::Empty) => {}
            Err(problem) => self.problem(FindingCode::Amount(problem), Column::Amount, text, ""),
        }
    }

    /// Standard of the person's commune times coefficient, or the fixed amount; the commune
    /// is the register's, or the typed one where the register has not the person.
    pub fn compute_amount(&mut self, settings: &CheckSettings) {
        let (Some(rate), Some(policy)) = (self.rate, self.line.policy) else {
            return;
        };
        let commune = self.line.commune().or_else(|| commune_of(&self.address()));
        let commune = commune.map(|c| format!("{} {}", c.kind, c.name));
        let amount = match &rate.kind {
            RateKind::Fixed {
                amount, supplement, ..
            } => amount.or(*supplement),
            RateKind::Multiple { coefficient } => {
                let standard = settings.standard_of(commune.as_deref());
                amount_of(standard, *coefficient, policy.rounding()).ok()
            }
        };
        self.line.amount = amount;
        if amount.is_none() {
            let coefficient = self.line.coefficient.unwrap_or_default().to_string();
            self.problem(
                FindingCode::AmountOutOfRange,
                Column::Policy,
                "",
                &coefficient,
            );
        }
    }

    /// What was typed beside what the rule says; the rule counts.
    pub fn compare_amount(&mut self) {
        let text = self.text(Column::Amount);
        let differs = |typed: Dong| self.line.amount.filter(|amount| *amount != typed);
        if let Some(amount) = self.line.typed_amount.and_then(differs) {
            self.warn(
                FindingCode::AmountDiffers,
                Column::Amount,
                text,
                &amount.to_string(),
            );
        }
        let text = self.text(Column::Coefficient);
        let wanted = self.line.coefficient.map(|c| c.normalize());
        if let Some(wanted) =
            wanted.filter(|_| !text.is_empty() && read_coefficient(text) != wanted)
        {
            self.warn(
                FindingCode::CoefficientDiffers,
                Column::Coefficient,
                text,
                &wanted.to_string(),
            );
        }
    }

    pub fn take_account(&mut self, cell: Cell<'a>, bank: Option<&Bank>) {
        let typed = cell.text();
        match read_account(cell, bank) {
            Ok(account) => {
                if account.restored {
                    self.repair(RepairCode::Account, Column::Account, typed, &account.number);
                }
                let length = bank.map_or(0, |bank| bank.account_length);
                if account.number.len() < length {
                    self.warn(
                        FindingCode::AccountShort,
                        Column::Account,
                        typed,
                        &length.to_string(),
                    );
                }
                self.line.account_restored = account.restored;
                self.line.account_number = Some(account.number.into());
            }
            Err(AccountProblem::Empty) => {}
            Err(AccountProblem::BadForm) => {
                self.problem(FindingCode::AccountBadForm, Column::Account, typed, "")
            }
            Err(AccountProblem::DigitsLost) => {
                self.problem(FindingCode::AccountDigitsLost, Column::Account, typed, "")
            }
        }
    }

    pub fn read_proxy(&mut self) {
        let (name, cell) = (self.text(Column::ProxyName), self.cell(Column::ProxyNumber));
        self.line.proxy_name = (!name.is_empty()).then(|| name.into());
        match IdentityNumber::read(cell.text(), cell.may_have_lost_zeros()) {
            Ok(read) => {
                if read.mended {
                    self.repair(
                        RepairCode::ProxyNumber,
                        Column::ProxyNumber,
                        cell.text(),
                        read.number.as_str(),
                    );
                }
                self.line.proxy = Some(read.number);
            }
            Err(NumberProblem::Empty) if name.is_empty() => {}
            Err(NumberProblem::Empty) => self.problem(
                FindingCode::ProxyNumberMissing,
                Column::ProxyNumber,
                name,
                "",
            ),
            Err(NumberProblem::Length { proposal, .. } | NumberProblem::NotDigits { proposal }) => {
                let proposal = proposal.unwrap_or_default();
                self.problem(
                    FindingCode::ProxyNumberBadForm,
                    Column::ProxyNumber,
                    cell.text(),
                    &proposal,
                );
            }
        }
    }
}

/// Reads a birth date's cell.
pub(super) fn read_birth(
    cell: Cell<'_>,
    number: Option<&PersonalNumber>,
) -> Result<BirthDate, BirthProblem> {
    match cell {
        Cell::Date(text) => text
            .parse()
            .map_err(|_| BirthProblem::NotADate)
            .and_then(BirthDate::from_cell),
        cell => BirthDate::read(cell.text(), number),
    }
}

/// True where the cell does not show the year that was read: the century of a two-digit
/// year was taken from the number, or a year stood in a cell formatted as a date.
pub(super) fn year_was_completed(cell: Cell<'_>, birth: BirthDate) -> bool {
    let shown = cell.text();
    !shown.contains(&birth.year.to_string()) && !matches!(cell, Cell::Number(n) if n.len() == 5)
}
