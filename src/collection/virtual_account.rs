//! Numbers of a debtor's own that the bank leads to the biller's account.
//!
//! The bank gives them out; the school loads the list. A payment to such a number is its
//! debtor's, whatever its content says, unless it names a bill; a slip and its QR ask for
//! payment to it. A number is one debtor's in the whole installation.

use super::code_file;
use super::sql::people;
use crate::access::{self, Role};
use crate::error::{Failure, Reject};
use crate::ledger::Book;
use crate::store::{Command, Ctx, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// A debtor's number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnNumber {
    pub code: String,
    /// 6 to 19 capitals and digits; empty takes the number away.
    pub number: String,
    /// Where it stands: `B7`.
    pub cell: String,
}

/// The lengths of such numbers: a VietQR carries 19 characters of an account, and what is
/// shorter than 6 could stand in any content by chance.
const LENGTHS: std::ops::RangeInclusive<usize> = 6..=19;

/// Reads `code,virtual_account`; refuses what no account number can be, and one twice.
pub fn read_numbers(path: &Path) -> Result<Vec<OwnNumber>, Failure> {
    let (mut out, mut seen) = (Vec::new(), HashSet::new());
    for row in code_file::read(path, "virtual_account")? {
        let cell = format!("B{}", row.line);
        let number = row.value.to_uppercase();
        let formed = number
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        let fits = number.is_empty() || (formed && LENGTHS.contains(&number.len()));
        if !fits {
            let expected = "6-19 letters or digits, as text";
            return Err(code_file::bad(path, &cell, &row.value, expected).into());
        }
        if !number.is_empty() && !seen.insert(number.clone()) {
            return Err(code_file::bad(path, &cell, &number, "each number once").into());
        }
        out.push(OwnNumber {
            code: row.code,
            number,
            cell,
        });
    }
    Ok(out)
}

/// The numbers that may stand in a content, where the bank does not tell them apart.
pub fn in_content(content: &str) -> Vec<String> {
    content
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| LENGTHS.contains(&word.len()))
        .map(str::to_ascii_uppercase)
        .collect()
}

/// `school accounts FILE`.
pub struct LoadNumbers {
    pub book: Book,
    pub numbers: Vec<OwnNumber>,
    pub digest: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumbersReply {
    pub listed: i64,
    pub changed: i64,
}

impl Command for LoadNumbers {
    const NAME: &'static str = "school.accounts";
    type Reply = NumbersReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "sha256": self.digest})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<NumbersReply, Failure> {
        let book = self.book.id;
        access::require(tx, ctx, book, &self.book.code, &[Role::SchoolCashier]).await?;
        let known: HashMap<String, (i64, Option<String>)> = people::debtors(tx, book)
            .await?
            .into_iter()
            .map(|d| (d.code, (d.id, d.virtual_account)))
            .collect();
        let bad = |cell: &str, found: &str, expected: &str| Reject::BadInput {
            what: "school accounts".into(),
            place: cell.into(),
            found: found.into(),
            expected: expected.into(),
        };
        let mut changes = Vec::new();
        for n in &self.numbers {
            let Some((id, was)) = known.get(&n.code) else {
                let cell = n.cell.replace('B', "A");
                return Err(bad(&cell, &n.code, "code of a pupil").into());
            };
            let number = (!n.number.is_empty()).then(|| n.number.clone());
            if *was != number {
                changes.push((*id, number, &n.cell));
            }
        }
        // Numbers may change hands within one list: first all are free, then each is given.
        for (id, ..) in &changes {
            people::set_virtual_account(tx, book, *id, None).await?;
        }
        for (id, number, cell) in &changes {
            let Some(number) = number else { continue };
            if people::virtual_account_taken(tx, number).await? {
                return Err(bad(cell, number, "a number that nobody else has").into());
            }
            people::set_virtual_account(tx, book, *id, Some(number.clone())).await?;
        }
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        Ok(NumbersReply {
            listed: count(self.numbers.len()),
            changed: count(changes.len()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a number that is found within a longer one, or lost beside signs.
    #[test]
    fn numbers_stand_alone_in_a_content() {
        assert_eq!(
            in_content("MBVCB.123-962hp0001,nop tien 12345 12345678901234567890"),
            ["962HP0001"]
        );
    }
}
