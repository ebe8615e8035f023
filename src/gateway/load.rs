//! Loading what others give as a whole: the population register and a bank's list of
//! account holders, each as CSV (`docs/formats/register.md`), whole or not at all.

use super::payment_file::digest_of;
use crate::access::{self, Role};
use crate::error::{Failure, Fault, Reject};
use crate::identity::holders::{self, Holder};
use crate::identity::people;
use crate::identity::sql::{self as identity_sql, RegisterRow};
use crate::ledger::{self, Book};
use crate::roster::import::open_due;
use crate::roster::{CsvRegister, LifeStatus, ListReject, RegisterRecord};
use crate::store::keys::{KeyRing, Purpose, hex};
use crate::store::{self, Command, Ctx, INSTALLATION, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What a list reader refuses, as a reject.
pub fn list_refused(reject: &ListReject) -> Reject {
    let place = match (&reject.sheet, &reject.cell) {
        (Some(sheet), Some(cell)) => format!("{sheet}!{cell}"),
        (Some(place), None) | (None, Some(place)) => place.clone(),
        (None, None) => "file".into(),
    };
    Reject::ListRefused {
        code: reject.code.code().to_owned(),
        place,
        found: reject.found.clone(),
        expected: reject.expected.clone(),
    }
}

/// `registry load FILE`.
pub struct LoadRegister {
    pub path: PathBuf,
    pub digest: [u8; 32],
    pub keys: KeyRing,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoadReply {
    pub records: i64,
    /// People of ours whom the register now reports dead, or alive again.
    pub deceased: i64,
    pub alive_again: i64,
    #[serde(default)]
    pub again: bool,
}

impl LoadRegister {
    /// Reads the file through once: a line that cannot be read refuses the whole of it.
    pub fn open(path: &Path, keys: &KeyRing) -> Result<LoadRegister, Failure> {
        CsvRegister::open(path).map_err(|e| list_refused(&e))?;
        Ok(LoadRegister {
            path: path.to_owned(),
            digest: digest_of(path)?,
            keys: keys.clone(),
        })
    }
}

/// Records a round.
const CHUNK: usize = 5_000;

impl Command for LoadRegister {
    const NAME: &'static str = "registry.load";
    type Reply = LoadReply;

    fn books(&self) -> Vec<i64> {
        vec![INSTALLATION]
    }

    fn input(&self) -> Value {
        json!({"sha256": hex(&self.digest)})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<LoadReply, Failure> {
        access::require_anywhere(tx, ctx, &[Role::LabourMaker, Role::Admin]).await?;
        let id = tx.reserve_ids(INSTALLATION, 1)?;
        let known = identity_sql::last_load(tx).await?;
        if let Some((digest, records)) = known
            && digest == self.digest
        {
            return Ok(LoadReply {
                records,
                deceased: 0,
                alive_again: 0,
                again: true,
            });
        }
        let mut records = 0i64;
        let mut reader =
            csv::Reader::from_path(&self.path).map_err(|e| unreadable(&self.path, &e))?;
        let mut rows = Vec::with_capacity(CHUNK);
        for row in reader.deserialize::<RegisterCsv>() {
            rows.push(self.row(&row.map_err(|e| unreadable(&self.path, &e))?)?);
            records += 1;
            if rows.len() == CHUNK {
                identity_sql::put_register(tx, &rows, id).await?;
                rows.clear();
            }
        }
        if records == 0 {
            return Err(Reject::FileUnreadable {
                path: self.path.display().to_string(),
                why: "no_record".into(),
            }
            .into());
        }
        identity_sql::put_register(tx, &rows, id).await?;
        identity_sql::insert_load(tx, id, &self.digest, records, ctx.now.0).await?;
        let source = format!("register load {id}");
        let (deceased, alive_again) = people::follow_register(tx, ctx, &source).await?;
        Ok(LoadReply {
            records,
            deceased,
            alive_again,
            again: false,
        })
    }
}

#[derive(Deserialize)]
struct RegisterCsv {
    identity_number: String,
    old_identity_number: Option<String>,
    full_name: String,
    birth_date: String,
    sex: String,
    permanent_address: String,
    status: String,
    deceased_on: Option<i64>,
}

impl LoadRegister {
    fn row(&self, r: &RegisterCsv) -> Result<RegisterRow, Fault> {
        Ok(RegisterRow {
            hash: self.keys.short_hash(Purpose::Identity, &r.identity_number),
            old_hash: r
                .old_identity_number
                .as_deref()
                .filter(|n| !n.is_empty())
                .map(|n| self.keys.short_hash(Purpose::Identity, n)),
            sealed: self.keys.seal_text(
                Purpose::Identity,
                &format!(
                    "{}|{}",
                    r.identity_number,
                    r.old_identity_number.as_deref().unwrap_or_default()
                ),
            )?,
            full_name: r.full_name.clone(),
            birth: r.birth_date.clone(),
            sex: r.sex.clone(),
            address: r.permanent_address.clone(),
            status: r.status.clone(),
            deceased_on: r.deceased_on,
        })
    }
}

fn unreadable(path: &Path, e: &csv::Error) -> Reject {
    Reject::FileUnreadable {
        path: path.display().to_string(),
        why: match e.kind() {
            csv::ErrorKind::Io(e) => crate::words::why_unread(e),
            csv::ErrorKind::Utf8 { .. } => "not_utf8".into(),
            csv::ErrorKind::Deserialize { .. } => "wrong_columns".into(),
            _ => "broken_csv".into(),
        },
    }
}

/// The register as last loaded, asked like any other.
pub struct LoadedRegister {
    db: crate::store::Db,
    keys: KeyRing,
}

impl LoadedRegister {
    pub fn new(db: &crate::store::Db, keys: &KeyRing) -> LoadedRegister {
        LoadedRegister {
            db: db.clone(),
            keys: keys.clone(),
        }
    }

    async fn ask(&self, numbers: &[String]) -> Result<Vec<RegisterRecord>, Failure> {
        let mut tx = self.db.begin_read().await?;
        let hashes: Vec<Vec<u8>> = numbers
            .iter()
            .map(|n| self.keys.short_hash(Purpose::Identity, n))
            .collect();
        let rows = identity_sql::register_by_hash(&mut tx, &hashes).await?;
        tx.rollback().await?;
        let mut out = Vec::with_capacity(rows.len());
        for (number, hash) in numbers.iter().zip(&hashes) {
            let ours = rows
                .iter()
                .filter(|r| r.hash == *hash || r.old_hash.as_ref() == Some(hash));
            for row in ours {
                out.push(self.record(number, row)?);
            }
        }
        Ok(out)
    }

    fn record(&self, asked: &str, row: &RegisterRow) -> Result<RegisterRecord, Fault> {
        let corrupt = |what: &str| Fault::Corrupt(format!("register record: {what}"));
        let numbers = self.keys.open_text(Purpose::Identity, &row.sealed)?;
        let (number, old) = numbers.split_once('|').ok_or_else(|| corrupt("numbers"))?;
        let text = json!({
            "number": asked, "identity_number": number, "old_identity_number": (!old.is_empty()).then_some(old),
            "full_name": row.full_name, "birth_date": row.birth, "sex": row.sex,
            "permanent_address": row.address, "status": row.status,
            "deceased_on": row.deceased_on.map(|d| d.to_string()),
        });
        let record: RegisterRecord =
            serde_json::from_value(text).map_err(|e| corrupt(&e.to_string()))?;
        debug_assert!(matches!(
            record.status,
            LifeStatus::Alive | LifeStatus::Deceased
        ));
        Ok(record)
    }
}

impl crate::roster::RegisterLookup for LoadedRegister {
    fn lookup(
        &self,
        numbers: &[String],
    ) -> Result<Vec<RegisterRecord>, crate::roster::RegisterFault> {
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(self.ask(numbers))
        })
        .map_err(|e| crate::roster::RegisterFault {
            detail: e.to_string(),
        })
    }
}

/// `holders load FILE`: a bank's list of account holders.
pub struct LoadHolders {
    pub books: Vec<Book>,
    pub holders: Vec<Holder>,
    pub digest: [u8; 32],
    pub keys: KeyRing,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HoldersReply {
    pub holders: i64,
    pub addresses_activated: i64,
    pub addresses_stopped: i64,
    pub accounts_opened: i64,
}

#[derive(Deserialize)]
struct HolderCsv {
    bank_bin: String,
    account_number: String,
    holder_name: String,
    status: String,
}

impl LoadHolders {
    pub fn open(path: &Path, keys: &KeyRing, books: Vec<Book>) -> Result<LoadHolders, Failure> {
        let mut reader = csv::Reader::from_path(path).map_err(|e| unreadable(path, &e))?;
        let mut holders = Vec::new();
        for (i, row) in reader.deserialize::<HolderCsv>().enumerate() {
            let row = row.map_err(|e| unreadable(path, &e))?;
            if !matches!(row.status.as_str(), "open" | "closed") {
                return Err(Reject::BadInput {
                    what: path.display().to_string(),
                    place: format!("line {}, status", i + 2),
                    found: row.status,
                    expected: "open / closed".into(),
                }
                .into());
            }
            holders.push(Holder {
                bin: row.bank_bin,
                account_number: row.account_number,
                holder_name: row.holder_name,
                status: row.status,
            });
        }
        if holders.is_empty() {
            return Err(Reject::FileUnreadable {
                path: path.display().to_string(),
                why: "no_holder".into(),
            }
            .into());
        }
        Ok(LoadHolders {
            books,
            holders,
            digest: digest_of(path)?,
            keys: keys.clone(),
        })
    }
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
        json!({"sha256": hex(&self.digest), "holders": self.holders.len()})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<HoldersReply, Failure> {
        access::require_anywhere(
            tx,
            ctx,
            &[Role::LabourMaker, Role::BankOfficer, Role::Admin],
        )
        .await?;
        // The same list handed in again is no new word of the bank.
        let name = format!("holders_list/{}", hex(&self.digest));
        let listed_at = match store::sql::find_setting(tx, &name).await? {
            Some(at) => at.parse().map_err(|_| Fault::Corrupt(name))?,
            None => {
                store::sql::put_setting(tx, &name, &ctx.now.0.to_string()).await?;
                ctx.now.0
            }
        };
        let (activated, stopped) =
            holders::load_holders(tx, &self.keys, ctx, &self.holders, listed_at).await?;
        let mut opened = 0;
        for book in ledger::all_books(tx).await? {
            if self.books.iter().any(|b| b.id == book.id) {
                opened += open_due(tx, ctx, &book).await?;
            }
        }
        Ok(HoldersReply {
            holders: i64::try_from(self.holders.len()).unwrap_or(i64::MAX),
            addresses_activated: activated,
            addresses_stopped: stopped,
            accounts_opened: opened,
        })
    }
}
