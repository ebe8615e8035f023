//! The answer key: what a right reading of the list finds in each line, and the sum
//! that may be paid. Of a person typed twice the first line counts.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::{RosterError, month_of};
use crate::people::{Entry, Kind, Population};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedLine {
    pub stt: u32,
    pub category: String,
    pub kind: Kind,
    /// đồng
    pub amount: i64,
    /// Of a matched line, the right number.
    pub identity_number: Option<String>,
    pub account_number: String,
    pub bank_bin: String,
    /// The proxy's number.
    pub proxy: Option<String>,
}

impl ExpectedLine {
    pub(super) fn of(entry: &Entry, stt: u32, again: bool, standard: i64) -> Self {
        let category = if again {
            "DUPLICATE"
        } else {
            entry.kind.category()
        };
        Self {
            stt,
            category: category.to_owned(),
            kind: entry.kind,
            amount: entry.policy.amount(standard),
            identity_number: (category == "MATCHED").then(|| entry.person.identity_number.clone()),
            account_number: entry.account.clone(),
            bank_bin: entry.bank.bin.to_owned(),
            proxy: entry
                .proxy
                .as_ref()
                .map(|p| p.person.identity_number.clone()),
        }
    }
}

impl Population {
    /// The answer key to the list at this standard (đồng) as JSON.
    ///
    /// # Errors
    /// When the month is none, or the output takes no more.
    pub fn expected_json<W: Write>(
        &self,
        mut out: W,
        month: &str,
        standard: i64,
    ) -> Result<(), RosterError> {
        let month = month_of(month)?;
        let mut rows = 0;
        let mut payable = 0;
        // in the order in which the list shows them
        let mut categories: Vec<(String, u32)> = Vec::new();
        for line in self.roster_lines(standard) {
            rows += 1;
            let line = line.expected;
            if line.category == "MATCHED" {
                payable += line.amount;
            }
            match categories
                .iter_mut()
                .find(|(name, _)| *name == line.category)
            {
                Some((_, count)) => *count += 1,
                None => categories.push((line.category, 1)),
            }
        }
        writeln!(
            out,
            "{{\n\"month\": \"{month}\",\n\"rows\": {rows},\n\"by_category\": {{"
        )?;
        for (place, (name, count)) in categories.iter().enumerate() {
            let comma = if place + 1 < categories.len() {
                ","
            } else {
                ""
            };
            writeln!(out, "\"{name}\": {count}{comma}")?;
        }
        write!(out, "}},\n\"payable_total\": {payable},\n\"lines\": [")?;
        for (place, line) in self.roster_lines(standard).enumerate() {
            out.write_all(if place == 0 { b"\n" } else { b",\n" })?;
            write_line(&mut out, &line.expected)?;
        }
        out.write_all(b"\n]\n}")?;
        out.flush()?;
        Ok(())
    }
}

/// One field a line without indentation, as the key is kept.
fn write_line<W: Write>(out: &mut W, line: &ExpectedLine) -> io::Result<()> {
    let format = serde_json::ser::PrettyFormatter::with_indent(b"");
    let mut json = serde_json::Serializer::with_formatter(&mut *out, format);
    line.serialize(&mut json).map_err(io::Error::other)
}
