//! What the outside world holds about the people: the register's records and the
//! bank's list of account holders, as CSV, and the truth about that list's faults.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::{Entry, Kind, Person, Population, STREAM_HOLDER, STREAM_ORDER};
use crate::names::{Sex, full_name};
use crate::rng::{Permutation, Rng, hash};
use crate::text::bank_name;

/// A record of the population register, in the register's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub identity_number: String,
    pub old_identity_number: Option<String>,
    pub full_name: String,
    /// `yyyyMMdd`, or `yyyy` where only the year is known.
    pub birth_date: String,
    /// `M` or `F`.
    pub sex: String,
    pub permanent_address: String,
    /// `alive` or `deceased`.
    pub status: String,
    pub deceased_on: Option<String>,
}

/// A line of the bank's list of account holders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub bank_bin: String,
    pub account_number: String,
    pub holder_name: String,
    /// `open` or `closed`.
    pub status: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolderFaultKind {
    Missing,
    Closed,
    OtherName,
}

/// Where the bank's list does not say what the commune's list expects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderFault {
    pub bank_bin: String,
    pub account_number: String,
    pub identity_number: String,
    pub fault: HolderFaultKind,
}

impl Population {
    /// The register: everybody ever listed but those whose number belongs to nobody,
    /// and the proxies; in an order of its own.
    pub fn records(&self) -> impl Iterator<Item = Record> + '_ {
        let slots = self.ever_listed() * 2;
        let order = Permutation::new(hash(self.seed, STREAM_ORDER, 0), slots);
        (0..slots).filter_map(move |place| self.record_at(order.at(place)))
    }

    /// The record of a slot: even slots are beneficiaries, odd ones their proxies.
    pub(crate) fn record_at(&self, slot: u64) -> Option<Record> {
        let entry = self.entry_at(slot / 2)?;
        if slot % 2 == 1 {
            let proxy = entry.proxy?;
            return Some(self.record(&proxy.person, proxy.commune, None));
        }
        if entry.kind == Kind::NotFound {
            return None;
        }
        Some(self.record(&entry.person, entry.commune, entry.deceased_on))
    }

    fn record(&self, person: &Person, commune: usize, deceased_on: Option<u32>) -> Record {
        let status = if deceased_on.is_some() {
            "deceased"
        } else {
            "alive"
        };
        Record {
            identity_number: person.identity_number.clone(),
            old_identity_number: person.old_identity_number.clone(),
            full_name: person.full_name.clone(),
            birth_date: person.birth_date.to_string(),
            sex: person.sex.code().to_owned(),
            permanent_address: format!("{}, Bình Lục, Hà Nam", self.communes[commune]),
            status: status.to_owned(),
            deceased_on: deceased_on.map(|day| day.to_string()),
        }
    }

    /// The register as CSV (docs/formats/register.md), as of 06:00 on the month's first day.
    ///
    /// # Errors
    /// When the output takes no more.
    pub fn population_csv<W: Write>(&self, out: W) -> io::Result<()> {
        self.population_csv_as_of(out, &format!("{}-01T06:00:00+07:00", self.month))
    }

    /// The same as of another instant, such as `2026-06-05T10:00:00+07:00`.
    ///
    /// # Errors
    /// When the output takes no more.
    pub fn population_csv_as_of<W: Write>(&self, mut out: W, as_of: &str) -> io::Result<()> {
        writeln!(out, "# as_of {as_of}")?;
        to_csv(out, self.records())
    }

    /// The bank's list of the accounts on this month's list; for proxies, theirs.
    pub fn holders(&self) -> impl Iterator<Item = Holder> + '_ {
        self.entries().filter_map(|entry| {
            let fault = self.holder_fault(&entry);
            let person = entry.proxy.as_ref().map_or(&entry.person, |p| &p.person);
            let name = match fault {
                Some(HolderFaultKind::Missing) => return None,
                Some(HolderFaultKind::OtherName) => self.stranger(&entry, &person.full_name),
                _ => person.full_name.clone(),
            };
            let closed = fault == Some(HolderFaultKind::Closed);
            Some(Holder {
                bank_bin: entry.bank.bin.to_owned(),
                account_number: entry.account,
                holder_name: bank_name(&name),
                status: if closed { "closed" } else { "open" }.to_owned(),
            })
        })
    }

    fn stranger(&self, entry: &Entry, not: &str) -> String {
        let mut rng = Rng::new(hash(self.seed, STREAM_HOLDER + 100, entry.index));
        loop {
            let name = full_name(&mut rng, Sex::Female, false);
            if bank_name(&name) != bank_name(not) {
                return name;
            }
        }
    }

    fn holder_fault(&self, entry: &Entry) -> Option<HolderFaultKind> {
        let rates = self.holder_rates;
        let roll = hash(self.seed, STREAM_HOLDER, entry.index) % 1000;
        if roll < rates.missing {
            Some(HolderFaultKind::Missing)
        } else if roll < rates.missing + rates.closed {
            Some(HolderFaultKind::Closed)
        } else if roll < rates.missing + rates.closed + rates.other_name {
            Some(HolderFaultKind::OtherName)
        } else {
            None
        }
    }

    /// The truth about the list of holders.
    pub fn holder_faults(&self) -> impl Iterator<Item = HolderFault> + '_ {
        self.entries().filter_map(|entry| {
            Some(HolderFault {
                fault: self.holder_fault(&entry)?,
                bank_bin: entry.bank.bin.to_owned(),
                account_number: entry.account,
                identity_number: entry.person.identity_number,
            })
        })
    }

    /// The list of holders as CSV (docs/formats/holders.md), as of 07:00 on the month's
    /// first day.
    ///
    /// # Errors
    /// When the output takes no more.
    pub fn holders_csv<W: Write>(&self, out: W) -> io::Result<()> {
        self.holders_csv_as_of(out, &format!("{}-01T07:00:00+07:00", self.month))
    }

    /// The same as of another instant, such as `2026-06-05T10:00:00+07:00`.
    ///
    /// # Errors
    /// When the output takes no more.
    pub fn holders_csv_as_of<W: Write>(&self, mut out: W, as_of: &str) -> io::Result<()> {
        writeln!(out, "# as_of {as_of}")?;
        to_csv(out, self.holders())
    }

    pub(crate) fn typed_address(&self, entry: &Entry) -> String {
        format!("Thôn {}, {}", entry.village, self.communes[entry.commune])
    }
}

fn to_csv<W: Write, T: Serialize>(out: W, lines: impl Iterator<Item = T>) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    for line in lines {
        csv.serialize(line).map_err(io::Error::other)?;
    }
    csv.flush()
}
