//! One line of a commune's list before it is typed: the person, and what the clerk
//! will do to the line ([`Kind`]).
//!
//! The kinds come in exact shares, those of an ordinary list of 240 people, and
//! a kind that needs a certain person (a name with two spellings, an old card) gets one.

use serde::{Deserialize, Serialize};

use super::change::{Standing, standing};
use super::person::{BankBrand, Beneficiary, Needs, Person, Policy, Proxy, beneficiary};
use super::{Cohort, Population, STREAM_CLERK};
use crate::days::Day;
use crate::names::other_given;
use crate::rng::{Permutation, Rng, hash};
use crate::text::{decompose, move_tone};

/// What is wrong with a line, or the harmless way in which it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Clean,
    /// The identity number was typed as a number.
    LeadingZero,
    /// Letters and accents are apart.
    Nfd,
    AmountText,
    MismatchDob,
    /// The old number of nine digits.
    OldId,
    MismatchName,
    DateText,
    YearOnly,
    /// The number belongs to nobody.
    NotFound,
    /// Stray blanks, and capitals.
    Spaces,
    Deceased,
    /// Typed twice.
    Duplicate,
    /// The tone stands on the other vowel.
    Tone,
    BadFormat,
    NoId,
}

/// Of 240 people.
const SHARES: [(Kind, u64); 16] = [
    (Kind::Clean, 113),
    (Kind::LeadingZero, 20),
    (Kind::Nfd, 14),
    (Kind::AmountText, 11),
    (Kind::MismatchDob, 11),
    (Kind::OldId, 10),
    (Kind::MismatchName, 9),
    (Kind::DateText, 8),
    (Kind::YearOnly, 8),
    (Kind::NotFound, 7),
    (Kind::Spaces, 6),
    (Kind::Deceased, 5),
    (Kind::Duplicate, 5),
    (Kind::Tone, 5),
    (Kind::BadFormat, 4),
    (Kind::NoId, 4),
];

impl Kind {
    /// What comparing the line with the register must find.
    #[must_use]
    pub const fn category(self) -> &'static str {
        match self {
            Self::MismatchDob => "MISMATCH_DOB",
            Self::MismatchName => "MISMATCH_NAME",
            Self::NotFound => "NOT_FOUND",
            Self::Deceased => "DECEASED",
            Self::BadFormat => "BAD_FORMAT",
            Self::NoId => "NO_ID",
            _ => "MATCHED",
        }
    }

    fn of(shuffle: &Permutation, place: u64, size: u64) -> Self {
        let at = shuffle.at(place);
        let mut below = 0;
        for (kind, share) in SHARES {
            below += share;
            // (at + 1/2) / size in 240ths, so that small lists round fairly
            if (2 * at + 1) * 120 < below * size {
                return kind;
            }
        }
        Self::Clean
    }
}

/// A cell as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    Empty,
    Text(String),
    Number(i64),
    Date(Day),
}

/// A person on a list, with what is true and what the clerk makes of it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Of those ever listed.
    pub index: u64,
    pub kind: Kind,
    pub person: Person,
    pub policy: Policy,
    /// Index among the communes.
    pub commune: usize,
    pub village: u32,
    pub bank: BankBrand,
    /// 13 digits.
    pub account: String,
    pub proxy: Option<Proxy>,
    pub deceased_on: Option<Day>,
    /// On this month's list; false for those who left it.
    pub listed: bool,
    clerk: u64,
}

impl Population {
    pub(super) fn entry(&self, cohort: &Cohort, shuffle: &Permutation, index: u64) -> Entry {
        let first = Kind::of(shuffle, index - cohort.start, cohort.size);
        let needs = Needs {
            two_ways_name: first == Kind::Tone,
            accents: first == Kind::Nfd,
            old_number: first == Kind::OldId,
        };
        let Beneficiary {
            person,
            policy,
            commune,
            village,
            bank,
            account,
            proxy,
        } = beneficiary(self.seed, index, self.communes.len(), needs);
        let Standing {
            kind,
            commune,
            deceased_on,
            listed,
        } = standing(self, cohort, index, first, commune);
        Entry {
            index,
            kind,
            person,
            policy,
            commune,
            village,
            bank,
            account,
            proxy,
            deceased_on,
            listed,
            clerk: hash(self.seed, STREAM_CLERK, index),
        }
    }
}

impl Entry {
    fn rng(&self, stream: u64) -> Rng {
        Rng::new(hash(self.clerk, stream, 0))
    }

    #[must_use]
    pub fn typed_name(&self) -> String {
        let name = &self.person.full_name;
        match self.kind {
            Kind::Nfd => decompose(name),
            Kind::Tone => move_tone(name).unwrap_or_else(|| name.clone()),
            Kind::Spaces => format!("  {} ", name.to_uppercase().replace(' ', "  ")),
            Kind::MismatchName => other_given(&mut self.rng(1), name, self.person.sex),
            _ => name.clone(),
        }
    }

    #[must_use]
    pub fn typed_birth(&self) -> Cell {
        let day = self.person.birth_date;
        let (year, month, of_month) = (day / 10_000, day / 100 % 100, day % 100);
        let mut rng = self.rng(2);
        match self.kind {
            Kind::YearOnly => Cell::Number(i64::from(year)),
            Kind::DateText => Cell::Text(match rng.below(4) {
                0 => format!("{of_month:02}/{month:02}/{year}"),
                1 => format!("{of_month}/{month}/{year}"),
                2 => format!("{of_month:02}-{month:02}-{year}"),
                _ => format!("{of_month:02}.{month:02}.{year}"),
            }),
            Kind::MismatchDob => Cell::Date(match rng.below(3) {
                0 if of_month <= 12 && of_month != month => year * 10_000 + of_month * 100 + month,
                1 => year * 10_000 + month * 100 + (of_month + 9) % 28 + 1,
                _ => (year - 1) * 10_000 + (month % 12 + 1) * 100 + of_month,
            }),
            _ => Cell::Date(day),
        }
    }

    #[must_use]
    pub fn typed_number(&self) -> Cell {
        let number = &self.person.identity_number;
        match self.kind {
            Kind::NoId => Cell::Empty,
            Kind::LeadingZero => Cell::Number(number.parse().unwrap_or_default()),
            Kind::OldId => Cell::Text(
                self.person
                    .old_identity_number
                    .clone()
                    .unwrap_or_else(|| number.clone()),
            ),
            Kind::BadFormat if self.rng(3).chance(500) => Cell::Text(format!("{number}7")),
            Kind::BadFormat => Cell::Text(format!("{}O", &number[..11])),
            _ => Cell::Text(number.clone()),
        }
    }

    #[must_use]
    pub fn typed_amount(&self, standard: i64) -> Cell {
        let amount = self.policy.amount(standard);
        if self.kind != Kind::AmountText {
            return Cell::Number(amount);
        }
        Cell::Text(match self.rng(4).below(4) {
            0 => grouped(amount, '.'),
            1 => format!("{}đ", grouped(amount, ',')),
            2 => format!("{} đ", grouped(amount, ',')),
            _ => format!("{} đồng", grouped(amount, '.')),
        })
    }

    /// `1.5` or `1,5`, as text.
    #[must_use]
    pub fn typed_coefficient(&self) -> String {
        let tenths = self.policy.coefficient_tenths;
        let point = if self.rng(5).chance(500) { '.' } else { ',' };
        format!("{}{point}{}", tenths / 10, tenths % 10)
    }

    /// One in nine of the accounts that begin with zeros was typed as a number.
    #[must_use]
    pub fn typed_account(&self) -> Cell {
        if self.account.starts_with('0') && self.rng(6).chance(111) {
            Cell::Number(self.account.parse().unwrap_or_default())
        } else {
            Cell::Text(self.account.clone())
        }
    }

    /// How many lines after the first a person typed twice is typed again.
    #[must_use]
    pub(crate) fn repeat_after(&self) -> usize {
        let mut rng = self.rng(7);
        if rng.chance(600) {
            0
        } else {
            crate::rng::to_usize(rng.below(40))
        }
    }
}

fn grouped(amount: i64, separator: char) -> String {
    let digits = amount.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches kinds that stray from the shares of an ordinary list.
    #[test]
    fn kinds_come_in_exact_shares() {
        let shuffle = Permutation::new(1, 240);
        for (kind, share) in SHARES {
            let found = (0..240).filter(|i| Kind::of(&shuffle, *i, 240) == kind);
            assert_eq!(found.count() as u64, share, "{kind:?}");
        }
        assert_eq!(SHARES.iter().map(|(_, share)| share).sum::<u64>(), 240);
    }

    /// Catches separators in the wrong places.
    #[test]
    fn amounts_are_grouped_in_threes() {
        assert_eq!(grouped(750_000, '.'), "750.000");
        assert_eq!(grouped(1_250_000, ','), "1,250,000");
        assert_eq!(grouped(500, ','), "500");
    }
}
