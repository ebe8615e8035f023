//! The first pass over a statement: may it be used at all?
//!
//! The checks 1 to 4 of `docs/formats/settlement.md`, for every format alike: form,
//! signature, counts and totals, balance, and entry ids. The readers check what they can
//! see; here is what needs a key or the whole file.

use crate::error::{Place, ReadError, ReadErrorKind};
use crate::reader::StatementReader;
use crate::repeats::{Repeats, find_repeats};
use crate::signature::{Keys, detached_key_id, unknown_key};
use crate::sums::dong;
use crate::{Dong, StatementSummary};
use std::io::{BufRead, Seek, SeekFrom};

/// Checks a whole statement, from where `input` stands to its end.
///
/// `keys` gives the key of a key id. `detached` is the text of `FILE.sig`, if there is one.
/// With `unsigned_allowed` a file with neither MAC nor detached signature passes, and the
/// summary says so; one with a wrong signature never does. Memory is bounded: at most
/// 200 MB whatever the file, next to nothing where entry ids ascend.
pub fn verify_statement<R: BufRead + Seek>(
    mut input: R,
    keys: Keys,
    unsigned_allowed: bool,
    detached: Option<&str>,
) -> Result<StatementSummary, ReadError> {
    let failed = |error| ReadError::io(&error, Place::default());
    let start = input.stream_position().map_err(failed)?;
    let detached_key = match detached {
        Some(signature) => Some(detached_key_id(&mut input, signature, keys)?),
        None => None,
    };
    input.seek(SeekFrom::Start(start)).map_err(failed)?;
    let mut reader = StatementReader::start(&mut input)?;
    match &reader.header().key_id {
        Some(key_id) => {
            let place = Place {
                line: 1,
                column: 69,
            };
            let key = keys(key_id).ok_or_else(|| unknown_key(key_id, place))?;
            reader.check_mac(&key);
        }
        None if detached_key.is_none() && !unsigned_allowed => {
            return Err(ReadError::new(
                ReadErrorKind::UnsignedRefused,
                Place::default(),
                b"",
                "a key id in the header or a detached signature",
            ));
        }
        None => {}
    }

    let ascending = read_to_end(&mut reader)?;
    let mut header = reader.header().clone();
    header.key_id = header.key_id.or(detached_key);
    let format = reader.format();
    let end = reader.place();
    let Some(totals) = reader.totals().copied() else {
        return Err(ReadError::new(
            ReadErrorKind::MissingTrailer,
            end,
            b"",
            "an end",
        ));
    };
    let repeats = if ascending {
        Repeats::default()
    } else {
        find_repeats(&mut input, start, totals.lines)?
    };
    let distinct_debit_total = less(totals.debit_total, repeats.debit_total);
    let distinct_credit_total = less(totals.credit_total, repeats.credit_total);
    let closing = i128::from(header.opening.get()) + i128::from(distinct_credit_total.get())
        - i128::from(distinct_debit_total.get());
    if closing != i128::from(totals.closing.get()) {
        return Err(ReadError::new(
            ReadErrorKind::BalanceDiffers,
            end,
            totals.closing.get().to_string().as_bytes(),
            format!("{closing}, which is opening + credits - debits, each entry id once"),
        ));
    }
    Ok(StatementSummary {
        signed: header.key_id.is_some(),
        header,
        totals,
        distinct_debit_total,
        distinct_credit_total,
        repeated: repeats.lines,
        format,
        nth: 0,
        warnings: Vec::new(),
    })
}

/// Reads all lines; true when each entry id is above the one before, so none is repeated.
fn read_to_end<R: BufRead>(reader: &mut StatementReader<R>) -> Result<bool, ReadError> {
    let mut ascending = true;
    let mut last = String::new();
    while let Some(line) = reader.next_raw()? {
        if ascending {
            ascending = line.entry_ref > last.as_str();
            last.clear();
            last.push_str(line.entry_ref);
        }
    }
    Ok(ascending)
}

fn less(total: Dong, repeated: u128) -> Dong {
    let total = u128::from(total.get().unsigned_abs());
    dong(total.saturating_sub(repeated)).unwrap_or_default()
}
