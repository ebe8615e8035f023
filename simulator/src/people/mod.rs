//! The people of a former district: who they are in the register, what they are
//! entitled to, where their money goes, and how the commune's clerk types them.
//!
//! A [`Population`] holds no person. Person i is worked out from the seed whenever
//! it is asked for, so a million of them cost nothing to keep and stream in bounded
//! memory. A later month is the same population with one more change laid over it
//! ([`Population::next_month`]). All of it is synthetic.

mod change;
mod entry;
mod files;
mod person;

pub use entry::{Cell, Entry, Kind};
pub use files::{Holder, HolderFault, HolderFaultKind, Record};
pub use person::{BankBrand, Person, Policy, Proxy};

use crate::days::Month;
use crate::rng::{Permutation, hash};
use change::Change;

/// The fifteen communes and the town of the former district of Bình Lục.
pub const COMMUNES: [&str; 16] = [
    "Thị trấn Bình Mỹ",
    "Xã An Đổ",
    "Xã An Lão",
    "Xã An Ninh",
    "Xã Bình Nghĩa",
    "Xã Bối Cầu",
    "Xã Bồ Đề",
    "Xã Đồn Xá",
    "Xã Đồng Du",
    "Xã Hưng Công",
    "Xã La Sơn",
    "Xã Ngọc Lũ",
    "Xã Tiêu Động",
    "Xã Tràng An",
    "Xã Trung Lương",
    "Xã Vũ Bản",
];

/// The most people that one population can hold over all its months: personal
/// numbers and accounts are unique up to here.
pub const PEOPLE_MAX: u64 = 2_000_000;

/// The month that a population starts in unless told otherwise.
const FIRST_MONTH: (u32, u32) = (2026, 6);

/// Where populations come from.
#[derive(Clone, Copy, Debug)]
pub struct World;

impl World {
    /// `n` people on the lists of June 2026, over the communes given ([`COMMUNES`],
    /// or fewer). A list of them has about 2 % more lines, for those typed twice.
    ///
    /// # Panics
    /// With no commune, or more than [`PEOPLE_MAX`] people.
    #[must_use]
    pub fn people(seed: u64, n: usize, communes: &[&str]) -> Population {
        let month = Month::new(FIRST_MONTH.0, FIRST_MONTH.1).expect("a month of the calendar");
        Self::people_in(month, seed, n, communes)
    }

    /// The same in another month.
    ///
    /// # Panics
    /// With no commune, or more than [`PEOPLE_MAX`] people.
    #[must_use]
    pub fn people_in(month: Month, seed: u64, n: usize, communes: &[&str]) -> Population {
        let first = Cohort {
            start: 0,
            size: n as u64,
            change: 0,
        };
        assert!(!communes.is_empty(), "a population needs a commune");
        assert!(first.size <= PEOPLE_MAX, "more people than numbers");
        Population {
            seed,
            month,
            communes: communes.iter().map(|c| (*c).to_owned()).collect(),
            cohorts: vec![first],
            changes: Vec::new(),
            holder_rates: HolderRates::default(),
        }
    }
}

/// People who came onto the lists together: at the start, or in one later month.
#[derive(Clone, Debug)]
struct Cohort {
    start: u64,
    size: u64,
    /// How many changes had been laid over the population when they came.
    change: usize,
}

impl Cohort {
    fn shuffle(&self, seed: u64) -> Permutation {
        Permutation::new(hash(seed, STREAM_KIND, self.start), self.size)
    }
}

/// Per mille of account holders for whom the bank's list does not say what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HolderRates {
    pub missing: u64,
    pub closed: u64,
    pub other_name: u64,
}

impl HolderRates {
    pub const NONE: Self = Self {
        missing: 0,
        closed: 0,
        other_name: 0,
    };
}

impl Default for HolderRates {
    fn default() -> Self {
        Self {
            missing: 12,
            closed: 12,
            other_name: 16,
        }
    }
}

const STREAM_KIND: u64 = 1;
const STREAM_PERSON: u64 = 2;
const STREAM_PROXY: u64 = 3;
const STREAM_CLERK: u64 = 4;
const STREAM_HOLDER: u64 = 5;
const STREAM_ORDER: u64 = 6;

/// The people of one month.
#[derive(Clone, Debug)]
pub struct Population {
    seed: u64,
    month: Month,
    communes: Vec<String>,
    cohorts: Vec<Cohort>,
    changes: Vec<Change>,
    holder_rates: HolderRates,
}

impl Population {
    #[must_use]
    pub const fn month(&self) -> Month {
        self.month
    }

    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The same people, with other rates of faults on the bank's list of holders.
    #[must_use]
    pub const fn with_holder_rates(mut self, rates: HolderRates) -> Self {
        self.holder_rates = rates;
        self
    }

    /// Everybody who was ever listed, those who died or left included.
    #[must_use]
    pub fn ever_listed(&self) -> u64 {
        self.cohorts.iter().map(|c| c.size).sum()
    }

    /// Those on this month's lists, in the order of the list.
    pub fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        self.everybody().filter(|entry| entry.listed)
    }

    /// Everybody who was ever listed, as this month finds them.
    fn everybody(&self) -> impl Iterator<Item = Entry> + '_ {
        let seed = self.seed;
        self.cohorts.iter().flat_map(move |cohort| {
            let shuffle = cohort.shuffle(seed);
            (cohort.start..cohort.start + cohort.size)
                .map(move |index| self.entry(cohort, &shuffle, index))
        })
    }

    /// One of those ever listed, by index.
    fn entry_at(&self, index: u64) -> Option<Entry> {
        let cohort = self
            .cohorts
            .iter()
            .find(|c| (c.start..c.start + c.size).contains(&index))?;
        Some(self.entry(cohort, &cohort.shuffle(self.seed), index))
    }
}
