//! Finds the lines of a statement that repeat an entry id, exactly and in bounded memory.
//!
//! A set of all ids of ten million lines would not fit. One scan keeps a 64-bit hash of each
//! id, at most sixteen million at a time; equal hashes are suspects, and another scan looks
//! at the ids and the content of suspects only, at most 450,000 at a time. A chance
//! collision costs time and is never taken for a repeat.

use crate::error::{Place, ReadError, ReadErrorKind};
use crate::reader::StatementReader;
use crate::{Direction, RawLine};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::BuildHasher;
use std::io::{BufRead, Seek, SeekFrom};

/// Hashes that are held at a time: 128 MB.
const HASHES_MAX: u32 = 16_000_000;
/// Suspects whose content is held at a time: some 60 MB, just what a table of 2^19 takes.
const SUSPECTS_MAX: usize = 450_000;

/// What repeated lines come to; the first line of an entry id is none of them.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    /// Ascending.
    pub lines: Vec<u32>,
    pub debit_total: u128,
    pub credit_total: u128,
}

/// Finds all repeats; an error when one says anything else than the first of its id did.
pub(crate) fn find_repeats<R: BufRead + Seek>(
    input: &mut R,
    start: u64,
    lines: u32,
) -> Result<Repeats, ReadError> {
    find_repeats_within(input, start, lines, HASHES_MAX, SUSPECTS_MAX)
}

fn find_repeats_within<R: BufRead + Seek>(
    input: &mut R,
    start: u64,
    lines: u32,
    hashes_max: u32,
    suspects_max: usize,
) -> Result<Repeats, ReadError> {
    let hasher = RandomState::new();
    let parts = u64::from(lines.div_ceil(hashes_max).max(1));
    let mut repeats = Repeats::default();
    for part in 0..parts {
        let room = usize::try_from(lines.min(hashes_max)).unwrap_or_default();
        let mut hashes = Vec::with_capacity(room);
        scan(input, start, |line| {
            let hash = hasher.hash_one(line.entry_ref);
            if hash % parts == part {
                hashes.push(hash);
            }
            Ok(())
        })?;
        for suspects in suspects_of(hashes).chunks(suspects_max) {
            look_at(input, start, &hasher, suspects, &mut repeats)?;
        }
    }
    repeats.lines.sort_unstable();
    Ok(repeats)
}

/// The hashes that occur more than once, ascending; in the memory of `hashes`, then less.
fn suspects_of(mut hashes: Vec<u64>) -> Vec<u64> {
    hashes.sort_unstable();
    let mut kept = 0;
    for at in 1..hashes.len() {
        let hash = hashes[at];
        let is_new = kept == 0 || hashes[kept - 1] != hash;
        if hash == hashes[at - 1] && is_new {
            hashes[kept] = hash;
            kept += 1;
        }
    }
    hashes.truncate(kept);
    hashes.shrink_to_fit();
    hashes
}

fn look_at<R: BufRead + Seek>(
    input: &mut R,
    start: u64,
    hasher: &RandomState,
    suspects: &[u64],
    repeats: &mut Repeats,
) -> Result<(), ReadError> {
    let mut firsts: HashMap<Box<str>, (u32, [u8; 32])> = HashMap::with_capacity(suspects.len());
    let (Some(&lowest), Some(&highest)) = (suspects.first(), suspects.last()) else {
        return Ok(());
    };
    scan(input, start, |line| {
        let hash = hasher.hash_one(line.entry_ref);
        if hash < lowest || hash > highest || suspects.binary_search(&hash).is_err() {
            return Ok(());
        }
        let content = content_of(line);
        match firsts.entry(line.entry_ref.into()) {
            Entry::Vacant(place) => {
                place.insert((line.line, content));
            }
            Entry::Occupied(first) if first.get().1 == content => {
                repeats.lines.push(line.line);
                let amount = u128::from(line.amount.get().unsigned_abs());
                match line.direction {
                    Direction::Debit => repeats.debit_total += amount,
                    Direction::Credit => repeats.credit_total += amount,
                }
            }
            Entry::Occupied(first) => return Err(first.get().0),
        }
        Ok(())
    })
}

/// What may not differ under one entry id: everything but the note, which is for people.
fn content_of(line: &RawLine) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(line.booking_on.number().to_le_bytes());
    digest.update(line.value_on.number().to_le_bytes());
    digest.update([u8::from(line.direction == Direction::Debit)]);
    digest.update(line.amount.get().to_le_bytes());
    for text in [
        line.reference,
        line.counter_bin,
        line.counter_account,
        line.reason,
    ] {
        digest.update(text);
        digest.update([0]);
    }
    digest.finalize().into()
}

/// Calls `each` for every line; its error is the line of the entry that is contradicted.
fn scan<R: BufRead + Seek>(
    input: &mut R,
    start: u64,
    mut each: impl FnMut(&RawLine) -> Result<(), u32>,
) -> Result<(), ReadError> {
    let failed = |error| ReadError::io(&error, Place::default());
    input.seek(SeekFrom::Start(start)).map_err(failed)?;
    let mut reader = StatementReader::start(input)?;
    while let Some(line) = reader.next_raw()? {
        if let Err(first) = each(&line) {
            let found = line.entry_ref.to_owned();
            return Err(ReadError::new(
                ReadErrorKind::EntryConflict,
                reader.place(),
                found.as_bytes(),
                format!("what line {first} says under the same entry id"),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Day, Dong, NativeWriter, StatementHeader};
    use proptest::prelude::*;
    use std::io::Cursor;

    /// A file whose entries have these ids and, by them, these amounts.
    fn statement(ids: &[(u8, i64)]) -> Vec<u8> {
        let day = Day::new(2026, 6, 5).unwrap();
        let header = StatementHeader {
            bank_bin: "970405".to_owned(),
            account_number: "1".to_owned(),
            number: 1,
            day,
            role: crate::StatementRole::Record,
            currency: crate::Currency::VND,
            opening: Dong::ZERO,
            key_id: None,
        };
        let mut writer = NativeWriter::new(Vec::new(), &header, None).unwrap();
        for (id, amount) in ids {
            let line = RawLine {
                line: 0,
                entry_ref: &format!("E{id}"),
                booking_on: day,
                value_on: day,
                direction: match id % 2 {
                    0 => Direction::Debit,
                    _ => Direction::Credit,
                },
                amount: Dong::new(*amount).unwrap(),
                reference: "",
                counter_bin: "",
                counter_account: "",
                reason: "",
                note: "",
            };
            writer.line(&line).unwrap();
        }
        writer.finish().unwrap()
    }

    proptest! {
        /// Catches a repeat that is lost or counted twice where hashes or suspects do not fit
        /// in one scan, and a contradiction that falls between two of them.
        #[test]
        fn scans_in_parts_agree_with_a_simple_count(
            ids in proptest::collection::vec(0_u8..20, 0..40),
            odd_one in proptest::option::of(0_usize..40),
            hashes_max in 1_u32..50,
            suspects_max in 1_usize..5,
        ) {
            let mut entries: Vec<_> = ids.iter().map(|&id| (id, i64::from(id) + 1)).collect();
            if let Some(entry) = odd_one.and_then(|at| entries.get_mut(at)) {
                entry.1 += 100;
            }
            let mut wanted = Repeats::default();
            let mut conflict = false;
            for (at, (id, amount)) in entries.iter().enumerate() {
                let Some(first) = entries[..at].iter().find(|(other, _)| other == id) else {
                    continue;
                };
                conflict |= first.1 != *amount;
                wanted.lines.push(u32::try_from(at + 1).unwrap());
                match id % 2 {
                    0 => wanted.debit_total += u128::from(amount.unsigned_abs()),
                    _ => wanted.credit_total += u128::from(amount.unsigned_abs()),
                }
            }
            let lines = u32::try_from(entries.len()).unwrap();
            let mut input = Cursor::new(statement(&entries));
            match find_repeats_within(&mut input, 0, lines, hashes_max, suspects_max) {
                Ok(found) => {
                    prop_assert!(!conflict);
                    prop_assert_eq!(found.lines, wanted.lines);
                    prop_assert_eq!(found.debit_total, wanted.debit_total);
                    prop_assert_eq!(found.credit_total, wanted.credit_total);
                }
                Err(error) => {
                    prop_assert!(conflict);
                    prop_assert_eq!(error.kind, ReadErrorKind::EntryConflict);
                }
            }
        }
    }
}
