//! Loading a bank's list of account holders as CSV (`docs/formats/holders.md`), whole or
//! not at all.
//!
//! The list's own date, `as_of`, says how new its word is: neither the order of its lines
//! nor the moment of loading does. The same records of the same date are the same list.

use super::list_date::{bad, date_of, not_yet_to_come};
use super::load::unreadable;
use crate::access::{self, Role};
use crate::clock::Instant;
use crate::error::{Failure, Reject};
use crate::identity::holders::{self, Contradiction, Holder};
use crate::ledger::{self, Book};
use crate::roster::import::open_due;
use crate::store::keys::{KeyRing, hex};
use crate::store::{self, Command, Ctx, INSTALLATION, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;

/// The columns, in this order.
const HEADER: [&str; 4] = ["bank_bin", "account_number", "holder_name", "status"];
/// A bank's list of account holders.
#[derive(Clone, Debug)]
pub struct HolderList {
    /// As of when the bank says so.
    pub as_of: Instant,
    /// Where the date stood, for messages: `line 1` or `--as-of`.
    pub dated_by: &'static str,
    /// Sorted by bank and account; each account once.
    pub holders: Vec<Holder>,
}

impl HolderList {
    /// A list from records; their order says nothing. Each account counts once.
    pub fn of(as_of: Instant, mut holders: Vec<Holder>) -> HolderList {
        holders.sort_by(|a, b| {
            let by_account = account_of(a).cmp(&account_of(b));
            by_account.then_with(|| order_of(a).cmp(&order_of(b)))
        });
        holders.dedup_by(|a, b| account_of(a) == account_of(b));
        HolderList {
            as_of,
            dated_by: "line 1",
            holders,
        }
    }

    /// Reads a file. `as_of` is for a file without a date of its own; a file with another
    /// date than that is refused.
    pub fn read(path: &Path, as_of: Option<&str>) -> Result<HolderList, Failure> {
        let bytes = std::fs::read(path).map_err(|e| Reject::FileUnreadable {
            path: path.display().to_string(),
            why: crate::words::why_unread(&e),
        })?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Reject::FileUnreadable {
            path: path.display().to_string(),
            why: "not_utf8".into(),
        })?;
        let text = text.trim_start_matches('\u{feff}');
        let mut rows = csv::ReaderBuilder::new()
            .comment(Some(b'#'))
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let header = rows.headers().map_err(|e| unreadable(path, &e))?;
        if header.iter().ne(HEADER) {
            let found: String = header.iter().collect::<Vec<_>>().join(",");
            let found: String = found.chars().take(200).collect();
            return Err(bad(path, "header", &found, &HEADER.join(",")).into());
        }
        let (as_of, dated_by) = date_of(path, text, as_of)?;
        let mut holders: Vec<(Holder, u64)> = Vec::new();
        let mut row = csv::StringRecord::new();
        while rows
            .read_record(&mut row)
            .map_err(|e| unreadable(path, &e))?
        {
            let line = row.position().map_or(0, csv::Position::line);
            holders.push((holder_of(path, &row, line)?, line));
        }
        if holders.is_empty() {
            return Err(Reject::FileUnreadable {
                path: path.display().to_string(),
                why: "no_holder".into(),
            }
            .into());
        }
        once_each(path, &mut holders)?;
        let holders = holders.into_iter().map(|(holder, _)| holder).collect();
        Ok(HolderList {
            dated_by,
            ..HolderList::of(as_of, holders)
        })
    }

    /// SHA-256 over the date and the sorted records.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(format!("{}\n", self.as_of.0));
        for h in &self.holders {
            let fields = [&h.bin, &h.account_number, &h.holder_name, &h.status];
            for field in fields {
                hash.update(field);
                hash.update([0x1f]);
            }
            hash.update("\n");
        }
        hash.finalize().into()
    }
}

fn order_of(h: &Holder) -> (&str, &str, &str, &str) {
    (&h.bin, &h.account_number, &h.holder_name, &h.status)
}

fn holder_of(path: &Path, row: &csv::StringRecord, line: u64) -> Result<Holder, Reject> {
    let field = |at: usize| row.get(at).unwrap_or_default();
    let wrong = |at: usize, expected: &str| {
        let place = format!("line {line}, {}", HEADER[at]);
        // An account number is not shown.
        let found = if at == 1 { "***" } else { field(at) };
        Err(bad(path, &place, found, expected))
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if field(0).len() != 6 || !digits(field(0)) {
        return wrong(0, "6 digits");
    }
    let account = field(1);
    let length = (1..=19).contains(&account.len());
    if !length || !account.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return wrong(1, "1-19 letters or digits, as text");
    }
    if field(2).is_empty() {
        return wrong(2, "a name");
    }
    if !matches!(field(3), "open" | "closed") {
        return wrong(3, "open / closed");
    }
    Ok(Holder {
        bin: field(0).to_owned(),
        account_number: account.to_owned(),
        holder_name: field(2).to_owned(),
        status: field(3).to_owned(),
    })
}

/// Refuses an account that stands twice with different words; the same words twice are one.
fn once_each(path: &Path, holders: &mut [(Holder, u64)]) -> Result<(), Reject> {
    holders.sort_by(|(a, x), (b, y)| account_of(a).cmp(&account_of(b)).then(x.cmp(y)));
    for pair in holders.windows(2) {
        let [(a, first), (b, second)] = pair else {
            continue;
        };
        if account_of(a) == account_of(b) && order_of(a) != order_of(b) {
            return Err(bad(
                path,
                &format!("line {second}, account_number"),
                &format!("{} {}", b.holder_name, b.status),
                &format!("{} {} (line {first})", a.holder_name, a.status),
            ));
        }
    }
    Ok(())
}

/// Zeros in front do not tell two accounts apart.
fn account_of(h: &Holder) -> (&str, &str) {
    (&h.bin, h.account_number.trim_start_matches('0'))
}

/// `holders load FILE`.
pub struct LoadHolders {
    pub books: Vec<Book>,
    pub list: HolderList,
    pub keys: KeyRing,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HoldersReply {
    /// The list's date, `2026-06-05T10:00:00+07:00`.
    pub as_of: String,
    pub holders: i64,
    /// Accounts of which a newer list spoke before.
    pub not_newer: i64,
    pub addresses_activated: i64,
    pub addresses_stopped: i64,
    /// Addresses from which a payment came back and that wait for a later list.
    pub addresses_held: i64,
    pub accounts_opened: i64,
    /// Accounts of which another list of the same date says otherwise; the worse word counts.
    #[serde(default)]
    pub contradictions: i64,
    /// Which, the first thousand.
    #[serde(default)]
    pub contradicted: Vec<Contradiction>,
    /// The same list was loaded before.
    #[serde(default)]
    pub again: bool,
}

impl Command for LoadHolders {
    const NAME: &'static str = "holders.load";
    type Reply = HoldersReply;

    fn books(&self) -> Vec<i64> {
        std::iter::once(INSTALLATION)
            .chain(self.books.iter().map(|b| b.id))
            .collect()
    }

    fn input(&self) -> Value {
        json!({"list": hex(&self.list.digest()), "holders": self.list.holders.len()})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<HoldersReply, Failure> {
        access::require_anywhere(
            tx,
            ctx,
            &[Role::LabourMaker, Role::BankOfficer, Role::Admin],
        )
        .await?;
        not_yet_to_come(self.list.as_of, self.list.dated_by, "holders", ctx)?;
        let name = format!("holders_list/{}", hex(&self.list.digest()));
        let again = store::sql::find_setting(tx, &name).await?.is_some();
        if !again {
            store::sql::put_setting(tx, &name, &ctx.now.0.to_string()).await?;
        }
        let compared =
            holders::load_holders(tx, &self.keys, ctx, &self.list.holders, self.list.as_of.0)
                .await?;
        let mut opened = 0;
        for book in ledger::all_books(tx).await? {
            if self.books.iter().any(|b| b.id == book.id) {
                opened += open_due(tx, ctx, &book).await?;
            }
        }
        Ok(HoldersReply {
            as_of: self.list.as_of.local_text(),
            holders: i64::try_from(self.list.holders.len()).unwrap_or(i64::MAX),
            not_newer: compared.not_newer,
            addresses_activated: compared.activated,
            addresses_stopped: compared.stopped,
            addresses_held: compared.held,
            accounts_opened: opened,
            contradictions: compared.contradictions,
            contradicted: compared.contradicted,
            again,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "bank_bin,account_number,holder_name,status\n";
    const ROWS: [&str; 3] = [
        "970436,0011,LE VAN LY,open\n",
        "970405,22,\"TRAN, THI MAI\",closed\n",
        "970436,33,NGO VAN SON,open\n",
    ];

    fn read(text: &str, as_of: Option<&str>) -> Result<HolderList, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("holders.csv");
        std::fs::write(&path, text).unwrap();
        HolderList::read(&path, as_of).map_err(|e| match e {
            Failure::Reject(r) => format!("{} {}", r.code(), r.data()["place"]),
            Failure::Fault(f) => panic!("{f}"),
        })
    }

    /// Catches an old list that passes for a new one because its lines stand otherwise, and
    /// a new one that passes for the old because they stand the same.
    #[test]
    fn records_and_date_make_the_list_not_its_bytes() {
        let day = "# as_of 2026-06-05T10:00:00+07:00\n";
        let list = read(&format!("{day}{HEAD}{}", ROWS.concat()), None).unwrap();
        let turned: String = ROWS.iter().rev().copied().collect();
        for same in [
            format!("{day}{HEAD}{turned}"),
            format!(
                "\u{feff}# as_of 2026-06-05T03:00:00Z,,,\r\n{HEAD}{turned}{}",
                ROWS[0]
            ),
            format!(
                "{day}# a note\n{HEAD}{}",
                ROWS.concat().replace(",open", " , open ")
            ),
        ] {
            let other = read(&same, None).unwrap();
            assert_eq!(other.digest(), list.digest(), "{same}");
            assert_eq!(other.holders.len(), 3);
        }
        let undated = format!("{HEAD}{turned}");
        let given = read(&undated, Some("2026-06-05T10:00")).unwrap();
        assert_eq!(given.digest(), list.digest());
        let later = read(&undated, Some("2026-06-06")).unwrap();
        assert_ne!(later.digest(), list.digest());
    }

    /// Catches a list that is taken without a date, with two, or with a line that is none.
    #[test]
    fn a_list_that_cannot_be_dated_or_read_is_refused() {
        let day = "# as_of 2026-06-05\n";
        let rows = ROWS.concat();
        for (text, as_of, want) in [
            (format!("{HEAD}{rows}"), None, "list_date_missing null"),
            (
                format!("# as_of soon\n{HEAD}{rows}"),
                None,
                "bad_input \"line 1, as_of\"",
            ),
            (
                format!("{HEAD}{rows}"),
                Some("5/6/2026"),
                "bad_input \"--as-of\"",
            ),
            (
                format!("{day}{HEAD}{rows}"),
                Some("2026-06-06"),
                "bad_input \"--as-of\"",
            ),
            (
                format!("{day}{HEAD}97043,1,A,open\n"),
                None,
                "bad_input \"line 3, bank_bin\"",
            ),
            (
                format!("{day}{HEAD}970436,1 1,A,open\n"),
                None,
                "bad_input \"line 3, account_number\"",
            ),
            (
                format!("{day}{HEAD}970436,1, ,open\n"),
                None,
                "bad_input \"line 3, holder_name\"",
            ),
            (
                format!("{day}{HEAD}970436,1,A,OPEN\n"),
                None,
                "bad_input \"line 3, status\"",
            ),
            (
                format!("{day}{HEAD}{rows}970436,011,LE VAN LI,open\n"),
                None,
                "bad_input \"line 6, account_number\"",
            ),
            (
                format!("{day}bin,account\n1,2\n"),
                None,
                "bad_input \"header\"",
            ),
            (format!("{day}{HEAD}"), None, "file_unreadable null"),
            (String::new(), None, "bad_input \"header\""),
        ] {
            assert_eq!(read(&text, as_of).unwrap_err(), want, "{text}");
        }
    }
}
