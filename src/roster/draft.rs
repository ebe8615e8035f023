//! A line as far as it can be read without the register: numbers, amounts, bank, policy.

use super::amount::{AmountProblem, read_amount, read_coefficient};
use super::bank_name::{AccountProblem, Bank, BankProblem, read_account, read_bank};
use super::cell::{Cell, Place};
use super::check::{CheckSettings, repair_of};
use super::finding::{Finding, FindingCode, Repair, RepairCode, Warning};
use super::header::{Column, Layout};
use super::line::{Category, CheckedLine, LineReport};
use super::read::RosterFile;
use crate::identity::card_qr::read_sex;
use crate::identity::{
    BirthDate, BirthProblem, IdentityNumber, NumberProblem, PersonalNumber, Sex,
};
use crate::programme::catalogue::{
    Cadence, Category as Policy, Period, Rate, RateKind, amount_of, category_named, rate_on,
};
use ansinh_settlement::Dong;
use rust_decimal::Decimal;
use std::collections::HashMap;

/// Reads the lines of a list in their order; remembers policies and banks by their text.
pub(super) struct Reader<'a> {
    list: &'a RosterFile,
    settings: &'a CheckSettings,
    stt: u32,
    policies: HashMap<&'a str, Option<&'static Policy>>,
    banks: HashMap<&'a str, Result<&'static Bank, BankProblem>>,
}

/// A line before the register is asked.
pub(super) struct Draft<'a> {
    pub line: CheckedLine,
    cells: Vec<Cell<'a>>,
    layout: &'a Layout,
    period: Period,
    number: Result<IdentityNumber, NumberProblem>,
    repairs: Vec<Repair>,
    warnings: Vec<Warning>,
}

impl<'a> Reader<'a> {
    pub fn new(list: &'a RosterFile, settings: &'a CheckSettings) -> Reader<'a> {
        Reader {
            list,
            settings,
            stt: 0,
            policies: HashMap::new(),
            banks: HashMap::new(),
        }
    }

    /// Reads the line at an index of the list.
    pub fn draft(&mut self, at: usize) -> Draft<'a> {
        static NO_LAYOUT: Layout = Layout::none();
        let raw = &self.list.lines[at];
        let layout = self
            .list
            .sheet_of(raw)
            .map_or(&NO_LAYOUT, |sheet| &sheet.layout);
        let place = Place {
            sheet: raw.sheet,
            row: raw.row,
            column: 0,
        };
        let mut draft = Draft {
            line: empty_line(at, place),
            cells: raw.cells.cells().collect(),
            layout,
            period: self.settings.period,
            number: Err(NumberProblem::Empty),
            repairs: Vec::new(),
            warnings: Vec::new(),
        };
        let stt = draft
            .text(Column::Stt)
            .trim_end_matches(['.', ')'])
            .parse()
            .ok();
        self.stt = stt.unwrap_or(self.stt.saturating_add(1));
        draft.line.stt = self.stt;
        draft.read_number();
        draft.read_sex();
        self.read_policy(&mut draft);
        draft.compare_amount();
        self.read_account(&mut draft);
        draft.read_proxy();
        draft
    }

    fn read_policy(&mut self, draft: &mut Draft<'a>) {
        let text = draft.text(Column::Policy);
        if text.is_empty() {
            return draft.problem(FindingCode::PolicyMissing, Column::Policy, "", "");
        }
        let known = *self
            .policies
            .entry(text)
            .or_insert_with(|| category_named(text));
        let Some(policy) = known else {
            return draft.problem(FindingCode::PolicyUnknown, Column::Policy, text, "");
        };
        draft.line.policy = Some(policy);
        if policy.cadence == Cadence::OneOff && !self.settings.take_one_off {
            return draft.problem(FindingCode::PolicyOneOff, Column::Policy, text, "");
        }
        let period = self.settings.period;
        match rate_on(&policy.code, period, self.settings.known_on) {
            Some(rate) => self.compute_amount(draft, policy, rate),
            None => draft.problem(
                FindingCode::PolicyNotInForce,
                Column::Policy,
                text,
                &period.to_string(),
            ),
        }
    }

    fn compute_amount(&self, draft: &mut Draft<'a>, policy: &Policy, rate: &Rate) {
        let amount = match &rate.kind {
            RateKind::Fixed {
                amount, supplement, ..
            } => amount.or(*supplement),
            RateKind::Multiple { coefficient } => {
                draft.line.coefficient = Some(*coefficient);
                amount_of(self.settings.standard, *coefficient, policy.rounding()).ok()
            }
        };
        draft.line.amount = amount;
        if amount.is_none() {
            let coefficient = draft.line.coefficient.unwrap_or_default().to_string();
            draft.problem(
                FindingCode::AmountOutOfRange,
                Column::Policy,
                "",
                &coefficient,
            );
        }
    }

    fn read_account(&mut self, draft: &mut Draft<'a>) {
        let (account, bank) = (draft.cell(Column::Account), draft.text(Column::Bank));
        let typed = account.text();
        match (typed.is_empty(), bank.is_empty()) {
            (true, true) => return draft.warn(FindingCode::NoAccount, Column::Account, "", ""),
            (true, false) => draft.problem(FindingCode::AccountMissing, Column::Account, bank, ""),
            (false, true) => draft.problem(FindingCode::BankMissing, Column::Bank, typed, ""),
            (false, false) => {}
        }
        let known = self
            .banks
            .entry(bank)
            .or_insert_with(|| read_bank(bank))
            .clone();
        match &known {
            Ok(bank) => draft.line.bank_bin = Some(bank.bin.as_str()),
            Err(BankProblem::Empty) => {}
            Err(BankProblem::Unknown) => {
                draft.problem(FindingCode::BankUnknown, Column::Bank, bank, "")
            }
            Err(BankProblem::Several(banks)) => {
                draft.problem(
                    FindingCode::BankSeveral,
                    Column::Bank,
                    bank,
                    &banks.join(", "),
                );
            }
        }
        draft.take_account(account, known.ok());
    }
}

impl<'a> Draft<'a> {
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
        let repair = repair_of(&self.line, code, self.place(what), was, became);
        self.repairs.push(repair);
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

    fn read_number(&mut self) {
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

    fn read_sex(&mut self) {
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

    fn compare_amount(&mut self) {
        let text = self.text(Column::Amount);
        match read_amount(text) {
            Ok(typed) => self.line.typed_amount = Some(typed),
            Err(AmountProblem::Empty) => {}
            Err(problem) => self.problem(FindingCode::Amount(problem), Column::Amount, text, ""),
        }
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

    fn take_account(&mut self, cell: Cell<'a>, bank: Option<&Bank>) {
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

    fn read_proxy(&mut self) {
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

fn empty_line(at: usize, place: Place) -> CheckedLine {
    CheckedLine {
        stt: 0,
        category: Category::Pending,
        identity_number: None,
        amount: None,
        account_number: None,
        bank_bin: None,
        proxy: None,
        line: at,
        place,
        list_number: None,
        list_birth: None,
        list_sex: None,
        policy: None,
        coefficient: None::<Decimal>,
        typed_amount: None,
        account_restored: false,
        proxy_name: None,
        register: None,
        refusal: None,
        problems: Vec::new(),
    }
}
