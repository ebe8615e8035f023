//! One person as the state and the bank know them, from (seed, index).
//!
//! Numbers never repeat within a seed: the last six digits of a personal number
//! and its province, the old number and the account are each a shuffle of a slot,
//! and every beneficiary and every proxy has a slot of its own.

use super::{PEOPLE_MAX, STREAM_PERSON, STREAM_PROXY};
use crate::days::Day;
use crate::names::{Sex, full_name};
use crate::rng::{Permutation, Rng, hash, to_usize};
use crate::text::decompose;

/// A group of Decree 20/2021, articles 5 and 6, with its coefficient in tenths and
/// the years of birth that belong to it throughout 2026, whichever day one counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    pub name: &'static str,
    /// 15 stands for 1.5.
    pub coefficient_tenths: i64,
    years: (u32, u32),
    share: u64,
}

/// The shares are those of an ordinary list.
const POLICIES: [Policy; 6] = [
    Policy {
        name: "Người khuyết tật nặng",
        coefficient_tenths: 15,
        years: (1968, 2008),
        share: 49,
    },
    Policy {
        name: "Người khuyết tật đặc biệt nặng",
        coefficient_tenths: 20,
        years: (1968, 2008),
        share: 37,
    },
    Policy {
        name: "Người cao tuổi khuyết tật đặc biệt nặng",
        coefficient_tenths: 25,
        years: (1932, 1964),
        share: 38,
    },
    Policy {
        name: "Người cao tuổi hộ nghèo không có người phụng dưỡng, từ đủ 60 đến dưới 80 tuổi",
        coefficient_tenths: 15,
        years: (1948, 1964),
        share: 46,
    },
    Policy {
        name: "Người cao tuổi hộ nghèo không có người phụng dưỡng, từ đủ 80 tuổi",
        coefficient_tenths: 20,
        years: (1927, 1944),
        share: 42,
    },
    Policy {
        name: "Trẻ em khuyết tật nặng",
        coefficient_tenths: 20,
        years: (2012, 2024),
        share: 33,
    },
];

impl Policy {
    /// đồng a month at a standard.
    #[must_use]
    pub const fn amount(&self, standard: i64) -> i64 {
        standard * self.coefficient_tenths / 10
    }

    fn pick(rng: &mut Rng, grown_up: bool) -> Self {
        let fitting = |p: &&Self| !grown_up || p.years.1 <= LAST_WITH_OLD_NUMBER;
        let all: u64 = POLICIES.iter().filter(fitting).map(|p| p.share).sum();
        let mut left = rng.below(all);
        for policy in POLICIES.iter().filter(fitting) {
            if left < policy.share {
                return *policy;
            }
            left -= policy.share;
        }
        POLICIES[0]
    }
}

/// Cards with nine digits were given from the age of 14; who was born later never had one.
const LAST_WITH_OLD_NUMBER: u32 = 2008;

/// A bank in the words of one clerk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BankBrand {
    pub written: &'static str,
    pub bin: &'static str,
}

const BANKS: [BankBrand; 8] = [
    BankBrand {
        written: "Agribank",
        bin: "970405",
    },
    BankBrand {
        written: "NHNo&PTNT Bình Lục",
        bin: "970405",
    },
    BankBrand {
        written: "Vietcombank",
        bin: "970436",
    },
    BankBrand {
        written: "VCB",
        bin: "970436",
    },
    BankBrand {
        written: "VietinBank",
        bin: "970415",
    },
    BankBrand {
        written: "Ngân hàng Công thương",
        bin: "970415",
    },
    BankBrand {
        written: "BIDV",
        bin: "970418",
    },
    BankBrand {
        written: "MB Bank",
        bin: "970422",
    },
];

/// A person of the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// 12 digits: province, sex and century, year, six more (Decree 137/2015, article 13).
    pub identity_number: String,
    /// 9 digits; those too young for an old card have none.
    pub old_identity_number: Option<String>,
    pub full_name: String,
    pub birth_date: Day,
    pub sex: Sex,
}

/// Who receives for a beneficiary, on an account of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    pub person: Person,
    /// Index among the communes.
    pub commune: usize,
}

/// What is true of a beneficiary from the start.
pub(super) struct Beneficiary {
    pub person: Person,
    pub policy: Policy,
    pub commune: usize,
    /// Hamlet.
    pub village: u32,
    pub bank: BankBrand,
    /// 13 digits.
    pub account: String,
    pub proxy: Option<Proxy>,
}

/// What the clerk's slip needs of the person: a name with a tone to move, a name that
/// comes apart, an old card.
#[derive(Clone, Copy, Default)]
pub(super) struct Needs {
    pub two_ways_name: bool,
    pub accents: bool,
    pub old_number: bool,
}

pub(super) fn beneficiary(seed: u64, index: u64, communes: usize, needs: Needs) -> Beneficiary {
    let mut rng = Rng::new(hash(seed, STREAM_PERSON, index));
    let policy = Policy::pick(&mut rng, needs.old_number);
    let person = person(seed, &mut rng, index, policy.years, needs);
    let commune = to_usize(rng.below(communes as u64));
    let village = rng.between(1, 9);
    let bank = rng.pick(&BANKS);
    let first = if rng.chance(220) {
        0
    } else {
        rng.between(0, 9)
    };
    let rest = Permutation::new(hash(seed, 20, 0), 1_000_000_000_000).at(index);
    let proxy = rng.chance(41).then(|| {
        let mut rng = Rng::new(hash(seed, STREAM_PROXY, index));
        Proxy {
            person: self::person(
                seed,
                &mut rng,
                PEOPLE_MAX + index,
                (1966, 2001),
                Needs::default(),
            ),
            commune: to_usize(rng.below(communes as u64)),
        }
    });
    Beneficiary {
        person,
        policy,
        commune,
        village,
        bank,
        account: format!("{first}{rest:012}"),
        proxy,
    }
}

fn person(seed: u64, rng: &mut Rng, slot: u64, years: (u32, u32), needs: Needs) -> Person {
    let sex = if rng.chance(500) {
        Sex::Male
    } else {
        Sex::Female
    };
    let year = rng.between(years.0, years.1);
    let birth_date = year * 10_000 + rng.between(1, 12) * 100 + rng.between(1, 28);
    let old = Permutation::new(hash(seed, 21, 0), 10_000_000).at(slot);
    let mut name = full_name(rng, sex, needs.two_ways_name);
    while needs.accents && decompose(&name) == name {
        name = full_name(rng, sex, needs.two_ways_name);
    }
    Person {
        identity_number: identity_number(seed, slot, sex, year),
        old_identity_number: (year <= LAST_WITH_OLD_NUMBER).then(|| format!("16{old:07}")),
        full_name: name,
        birth_date,
        sex,
    }
}

/// A block of a million slots uses each six-digit tail once; the next block gives
/// the same tail another province.
fn identity_number(seed: u64, slot: u64, sex: Sex, year: u32) -> String {
    const PROVINCES: [&str; 4] = ["035", "001", "036", "037"];
    let (block, within) = (slot / 1_000_000, slot % 1_000_000);
    let tail = Permutation::new(hash(seed, 22, 0), 1_000_000).at(within);
    let first = match hash(seed, 23, tail) % 100 {
        0..60 => 0,
        60..84 => 1,
        _ => 2,
    };
    let province = PROVINCES[to_usize((first + block) % 4)];
    let century = (year / 100 - 19) * 2 + u32::from(sex == Sex::Female);
    format!("{province}{century}{:02}{tail:06}", year % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn is_of_year(number: &str, birth_date: Day, sex: Sex) -> bool {
        let century = (birth_date / 1_000_000 - 19) * 2 + u32::from(sex == Sex::Female);
        number.get(3..6) == Some(&format!("{century}{:02}", birth_date / 10_000 % 100))
    }

    /// Catches a number, old number or account given to two people.
    #[test]
    fn no_number_is_given_twice() {
        let mut numbers = HashSet::new();
        let mut accounts = HashSet::new();
        for index in 0..20_000 {
            let one = beneficiary(5, index, 16, Needs::default());
            let proxy = one.proxy.map(|p| p.person);
            for person in [Some(one.person), proxy].into_iter().flatten() {
                assert!(is_of_year(
                    &person.identity_number,
                    person.birth_date,
                    person.sex
                ));
                assert!(numbers.insert(person.identity_number));
                if let Some(old) = person.old_identity_number {
                    assert_eq!(old.len(), 9);
                    assert!(numbers.insert(old));
                }
            }
            assert_eq!(one.account.len(), 13);
            assert!(accounts.insert(one.account));
        }
    }
}
