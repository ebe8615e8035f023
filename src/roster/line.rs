//! A line after the check, and the result of a whole list.

use super::cell::Place;
use super::finding::{Finding, Repair, Warning};
use super::register::RegisterRecord;
use crate::identity::{BirthDate, Commune, IdentityNumber, PersonalNumber, Sex, commune_of};
use crate::programme::catalogue::Category as Policy;
use ansinh_settlement::Dong;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a line stands to the population register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Category {
    /// Number, name and birth date agree, and nothing that both know differs.
    Matched,
    /// The number is no identity number.
    BadFormat,
    /// No number.
    NoId,
    MismatchName,
    MismatchDob,
    MismatchSex,
    /// Both name a commune, and the communes differ.
    MismatchAddress,
    /// The register has nobody with the number.
    NotFound,
    /// The same person stands in an earlier line that is MATCHED.
    Duplicate,
    Deceased,
    /// Not asked yet; the check itself never gives it.
    Pending,
    /// The register gave no answer, or none that can be trusted.
    ServiceError,
}

impl Category {
    /// As in JSON: `MISMATCH_NAME`.
    pub fn code(self) -> &'static str {
        match self {
            Category::Matched => "MATCHED",
            Category::BadFormat => "BAD_FORMAT",
            Category::NoId => "NO_ID",
            Category::MismatchName => "MISMATCH_NAME",
            Category::MismatchDob => "MISMATCH_DOB",
            Category::MismatchSex => "MISMATCH_SEX",
            Category::MismatchAddress => "MISMATCH_ADDRESS",
            Category::NotFound => "NOT_FOUND",
            Category::Duplicate => "DUPLICATE",
            Category::Deceased => "DECEASED",
            Category::Pending => "PENDING",
            Category::ServiceError => "SERVICE_ERROR",
        }
    }
}

/// A checked line. JSON has the first seven fields, in this order.
#[derive(Clone, Debug, Serialize)]
pub struct CheckedLine {
    /// The running number typed in the list, else one more than the line before.
    pub stt: u32,
    pub category: Category,
    /// Only of a MATCHED line: the register's personal number.
    pub identity_number: Option<PersonalNumber>,
    /// Standard × coefficient or the fixed amount, in đồng; `None` without a known policy.
    pub amount: Option<Dong>,
    pub account_number: Option<Box<str>>,
    pub bank_bin: Option<&'static str>,
    /// The number of the person who receives in the beneficiary's place.
    pub proxy: Option<IdentityNumber>,
    /// Index in the list's lines.
    #[serde(skip)]
    pub line: usize,
    /// The line's first cell.
    #[serde(skip)]
    pub place: Place,
    /// The number as it was read from the list.
    #[serde(skip)]
    pub list_number: Option<IdentityNumber>,
    #[serde(skip)]
    pub list_birth: Option<BirthDate>,
    #[serde(skip)]
    pub list_sex: Option<Sex>,
    #[serde(skip)]
    pub policy: Option<&'static Policy>,
    /// The category's coefficient; `None` for fixed amounts.
    #[serde(skip)]
    pub coefficient: Option<Decimal>,
    #[serde(skip)]
    pub typed_amount: Option<Dong>,
    /// Zeros in front of the account number were put back.
    #[serde(skip)]
    pub account_restored: bool,
    #[serde(skip)]
    pub proxy_name: Option<Box<str>>,
    /// The record of the number, also where it differs from the list.
    #[serde(skip)]
    pub register: Option<Box<RegisterRecord>>,
    /// Why the category is not MATCHED.
    #[serde(skip)]
    pub refusal: Option<Box<Finding>>,
    /// What stops the line although it is MATCHED.
    #[serde(skip)]
    pub problems: Vec<Finding>,
}

impl CheckedLine {
    /// True where nothing stops the line.
    pub fn is_accepted(&self) -> bool {
        self.category == Category::Matched && self.problems.is_empty()
    }

    /// Everything that stops the line.
    pub fn reasons(&self) -> impl Iterator<Item = &Finding> {
        self.refusal.as_deref().into_iter().chain(&self.problems)
    }

    /// The name as the register writes it.
    pub fn full_name(&self) -> Option<&str> {
        self.register.as_ref().map(|record| &*record.full_name)
    }

    /// The register's birth date.
    pub fn birth(&self) -> Option<BirthDate> {
        self.register.as_ref().map(|record| record.birth_date)
    }

    /// The register's sex.
    pub fn sex(&self) -> Option<Sex> {
        self.register.as_ref().map(|record| record.sex)
    }

    /// The commune of the register's permanent address.
    pub fn commune(&self) -> Option<Commune> {
        self.register
            .as_ref()
            .and_then(|record| commune_of(&record.permanent_address))
    }

    /// Our code of the policy category.
    pub fn policy_code(&self) -> Option<&'static str> {
        self.policy.map(|policy| policy.code.as_str())
    }
}

/// Counts and sums.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub lines: usize,
    pub by_category: BTreeMap<Category, usize>,
    /// Lines that nothing stops.
    pub accepted: usize,
    /// Sum of the amounts of MATCHED lines, in đồng.
    pub matched_amount: Dong,
    /// Sum of the amounts of accepted lines, in đồng.
    pub accepted_amount: Dong,
    /// Sum of the amounts as typed, of all lines that have one.
    pub typed_amount: Dong,
}

/// A checked list.
#[derive(Clone, Debug, Default)]
pub struct CheckResult {
    pub lines: Vec<CheckedLine>,
    pub repairs: Vec<Repair>,
    pub warnings: Vec<Warning>,
    pub totals: Totals,
}

/// What the check says about one line.
#[derive(Clone, Debug)]
pub struct LineReport {
    pub line: CheckedLine,
    pub repairs: Vec<Repair>,
    pub warnings: Vec<Warning>,
}

impl Totals {
    /// Counts a line. A sum beyond 10^18 stays where it was: no list comes near.
    pub fn add(&mut self, line: &CheckedLine) {
        let plus = |sum: &mut Dong, amount: Option<Dong>| {
            *sum = amount
                .and_then(|amount| sum.plus(amount).ok())
                .unwrap_or(*sum);
        };
        self.lines += 1;
        *self.by_category.entry(line.category).or_default() += 1;
        plus(&mut self.typed_amount, line.typed_amount);
        if line.category == Category::Matched {
            plus(&mut self.matched_amount, line.amount);
        }
        if line.is_accepted() {
            self.accepted += 1;
            plus(&mut self.accepted_amount, line.amount);
        }
    }
}
