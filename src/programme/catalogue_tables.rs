//! The catalogue's tables, read once from the files under `data/`.
//!
//! A row that cannot be read is a fault of the program, not of an input, so loading
//! asserts; the catalogue's tests count the rows.

use super::catalogue::{Cadence, Category, Programme, Rate, RateKind, Standard, Standards};
use crate::identity::{ascii_key, name_key};
use ansinh_settlement::{Day, Dong};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::sync::LazyLock;

pub(super) struct Tables {
    pub categories: Vec<Category>,
    pub standards: Standards,
    pub by_code: HashMap<String, usize>,
    /// By [`plain_key`] of code, name and aliases.
    pub by_name: HashMap<String, usize>,
    /// By [`plain_ascii`]; `None` where several categories fall together.
    pub by_ascii: HashMap<String, Option<usize>>,
}

pub(super) static TABLES: LazyLock<Tables> = LazyLock::new(load);

#[derive(Deserialize)]
struct MultipleRow {
    code: String,
    programme: Programme,
    name: String,
    coefficient: String,
    cadence: Cadence,
    age_from: Option<u16>,
    age_below: Option<u16>,
    legal_source: String,
    valid_from: Day,
    valid_to: Option<Day>,
    known_from: Day,
    aliases: String,
}

#[derive(Deserialize)]
struct FixedRow {
    code: String,
    name: String,
    monthly_vnd: Option<i64>,
    supplement_vnd: Option<i64>,
    supplement_per: Option<String>,
    legal_source: String,
    valid_from: Day,
    known_from: Day,
}

#[derive(Deserialize)]
struct StandardRow {
    programme: Programme,
    unit: Option<String>,
    amount: i64,
    legal_source: String,
    valid_from: Day,
    known_from: Day,
}

fn load() -> Tables {
    let multiples = rows(include_str!("data/categories.csv"))
        .into_iter()
        .map(multiple);
    let fixed = rows(include_str!("data/meritorious_fixed.csv"))
        .into_iter()
        .map(fixed);
    let categories: Vec<Category> = multiples.chain(fixed).collect();
    let standards = rows(include_str!("data/standards.csv"))
        .into_iter()
        .map(standard);
    let mut by_code = HashMap::new();
    let mut by_name = HashMap::new();
    let mut by_ascii: HashMap<String, Option<usize>> = HashMap::new();
    for (at, category) in categories.iter().enumerate() {
        let twice = by_code.insert(category.code.clone(), at);
        assert!(twice.is_none(), "category {} stands twice", category.code);
        let writings = [&category.code, &category.name];
        for writing in writings.into_iter().chain(&category.aliases) {
            let before = by_name.insert(plain_key(writing), at);
            assert!(
                before.is_none_or(|b| b == at),
                "{writing} names two categories"
            );
            by_ascii
                .entry(plain_ascii(writing))
                .and_modify(|known| *known = known.filter(|k| *k == at))
                .or_insert(Some(at));
        }
    }
    Tables {
        categories,
        standards: Standards::of(standards.collect()),
        by_code,
        by_name,
        by_ascii,
    }
}

/// The name's key with everything but letters and digits as one blank.
pub(super) fn plain_key(text: &str) -> String {
    words(&name_key(text))
}

/// The same without accents.
pub(super) fn plain_ascii(text: &str) -> String {
    words(&ascii_key(text))
}

fn words(key: &str) -> String {
    let kept = |c: char| c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c);
    let words: Vec<&str> = key.split(|c| !kept(c)).filter(|w| !w.is_empty()).collect();
    words.join(" ")
}

fn rows<T: DeserializeOwned>(text: &str) -> Vec<T> {
    let read: Result<Vec<T>, csv::Error> = csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect();
    read.expect("a table of the catalogue can be read")
}

fn dong(amount: i64) -> Dong {
    Dong::new(amount).expect("an amount of the catalogue is within bounds")
}

fn multiple(row: MultipleRow) -> Category {
    let coefficient: Decimal = row
        .coefficient
        .parse()
        .expect("a coefficient of the catalogue is a number");
    let aliases = row.aliases.split('|').filter(|a| !a.is_empty());
    Category {
        code: row.code,
        programme: row.programme,
        name: row.name,
        aliases: aliases.map(str::to_owned).collect(),
        cadence: row.cadence,
        age_from: row.age_from,
        age_below: row.age_below,
        rates: vec![Rate {
            kind: RateKind::Multiple { coefficient },
            source: row.legal_source,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            known_from: row.known_from,
        }],
    }
}

fn fixed(row: FixedRow) -> Category {
    Category {
        code: row.code,
        programme: Programme::Meritorious,
        name: row.name,
        aliases: Vec::new(),
        cadence: Cadence::Monthly,
        age_from: None,
        age_below: None,
        rates: vec![Rate {
            kind: RateKind::Fixed {
                amount: row.monthly_vnd.map(dong),
                supplement: row.supplement_vnd.map(dong),
                supplement_per: row.supplement_per,
            },
            source: row.legal_source,
            valid_from: row.valid_from,
            valid_to: None,
            known_from: row.known_from,
        }],
    }
}

fn standard(row: StandardRow) -> Standard {
    Standard {
        programme: row.programme,
        unit: row.unit,
        amount: dong(row.amount),
        source: row.legal_source,
        valid_from: row.valid_from,
        known_from: row.known_from,
    }
}
