//! Reads the lines of a list one after the other, as far as that goes without the register.
//!
//! Rates are those of the catalogue for the period, as known on the day of the settings.
//! The amount is computed when the register has said in which commune the person lives.

use super::bank_name::{Bank, BankProblem, read_bank};
use super::cell::Place;
use super::check::CheckSettings;
use super::draft::Draft;
use super::finding::FindingCode;
use super::header::{Column, Layout};
use super::line::{Category, CheckedLine};
use super::read::RosterFile;
use crate::programme::catalogue::{Cadence, Category as Policy, category_named, rate_on};
use std::collections::HashMap;

/// Reads the lines of a list in their order; remembers policies and banks by their text.
pub(super) struct Reader<'a> {
    list: &'a RosterFile,
    settings: &'a CheckSettings,
    stt: u32,
    policies: HashMap<&'a str, Option<&'static Policy>>,
    banks: HashMap<&'a str, Result<&'static Bank, BankProblem>>,
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
        let cells = raw.cells.cells().collect();
        let mut draft = Draft::new(empty_line(at, place), cells, layout, self.settings.period);
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
        draft.read_amount();
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
            Some(rate) => draft.take_rate(rate),
            None => draft.problem(
                FindingCode::PolicyNotInForce,
                Column::Policy,
                text,
                &period.to_string(),
            ),
        }
    }

    fn read_account(&mut self, draft: &mut Draft<'a>) {
        let (account, bank) = (draft.cell(Column::Account), draft.text(Column::Bank));
        let typed = account.text();
        match (typed.is_empty(), bank.is_empty()) {
            (true, true) => return draft.problem(FindingCode::NoAccount, Column::Account, "", ""),
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
        coefficient: None,
        typed_amount: None,
        account_restored: false,
        proxy_name: None,
        register: None,
        refusal: None,
        problems: Vec::new(),
    }
}
