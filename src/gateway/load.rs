//! Loading the population register as CSV (`docs/formats/register.md`), whole or not at
//! all, and asking it as it was loaded last.

use super::list_date::{date_of, not_yet_to_come};
use super::payment_file::digest_of;
use crate::access::{self, Role};
use crate::clock::Instant;
use crate::error::{Failure, Fault, Reject};
use crate::identity::people::{self, SaidAlive};
use crate::identity::sql::{self as identity_sql, RegisterLoad, RegisterRow};
use crate::roster::{CsvRegister, LifeStatus, ListReject, RegisterRecord};
use crate::store::keys::{KeyRing, Purpose, hex};
use crate::store::{Command, Ctx, INSTALLATION, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
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
    /// As of when its records are.
    pub as_of: Instant,
    /// Where the date stood, for messages: `line 1, as_of` or `--as-of`.
    pub dated_by: &'static str,
    /// Number of people's records; the same record twice counts once.
    pub records: i64,
    pub keys: KeyRing,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoadReply {
    /// The register's date, `2026-06-05T10:00:00+07:00`.
    #[serde(default)]
    pub as_of: String,
    pub records: i64,
    /// Records of which a newer register spoke before; that word counts.
    #[serde(default)]
    pub not_newer: i64,
    /// People of ours whom the register now reports dead.
    pub deceased: i64,
    /// People of ours who are held as dead and whom the register says to be alive. No load
    /// brings them back: each waits for an approver.
    pub alive_again: i64,
    /// Who they are, the first thousand.
    #[serde(default)]
    pub to_decide: Vec<SaidAlive>,
    #[serde(default)]
    pub again: bool,
}

impl LoadRegister {
    /// Reads the file through once: a line that cannot be read, or two that say different
    /// things of one number, refuse the whole of it. `as_of` is for a file without a date of
    /// its own; a file with another date than that is refused.
    pub fn open(path: &Path, as_of: Option<&str>, keys: &KeyRing) -> Result<LoadRegister, Failure> {
        let load = LoadRegister::open_as_of(path, Instant(0), keys)?;
        let mut first = String::new();
        std::fs::File::open(path)
            .and_then(|file| BufReader::new(file).read_line(&mut first))
            .map_err(|e| Reject::FileUnreadable {
                path: path.display().to_string(),
                why: crate::words::why_unread(&e),
            })?;
        let (as_of, dated_by) = date_of(path, first.trim_start_matches('\u{feff}'), as_of)?;
        Ok(LoadRegister {
            as_of,
            dated_by,
            ..load
        })
    }

    /// The same with a date that the caller knows, whatever the file says.
    pub fn open_as_of(
        path: &Path,
        as_of: Instant,
        keys: &KeyRing,
    ) -> Result<LoadRegister, Failure> {
        let register = CsvRegister::open(path).map_err(|e| list_refused(&e))?;
        if register.is_empty() {
            return Err(Reject::FileUnreadable {
                path: path.display().to_string(),
                why: "no_record".into(),
            }
            .into());
        }
        Ok(LoadRegister {
            path: path.to_owned(),
            digest: digest_of(path)?,
            as_of,
            dated_by: "as_of",
            records: i64::try_from(register.len()).unwrap_or(i64::MAX),
            keys: keys.clone(),
        })
    }
}

/// Records a round: they go in by the order of their key, and a long round touches each page
/// of the table once where many short ones would touch it again and again.
const CHUNK: usize = 50_000;

impl Command for LoadRegister {
    const NAME: &'static str = "registry.load";
    type Reply = LoadReply;

    fn books(&self) -> Vec<i64> {
        vec![INSTALLATION]
    }

    fn input(&self) -> Value {
        json!({"sha256": hex(&self.digest), "as_of": self.as_of.0})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<LoadReply, Failure> {
        access::require_anywhere(tx, ctx, &[Role::LabourMaker, Role::Admin]).await?;
        not_yet_to_come(self.as_of, self.dated_by, "register", ctx)?;
        let id = tx.reserve_ids(INSTALLATION, 1)?;
        let known = identity_sql::last_load(tx).await?;
        if let Some(load) = known
            && load.digest == self.digest
            && load.as_of == self.as_of.0
        {
            let (alive_again, to_decide) = people::said_alive(tx, &self.keys).await?;
            return Ok(LoadReply {
                as_of: self.as_of.local_text(),
                records: load.records,
                not_newer: 0,
                deceased: 0,
                alive_again,
                to_decide,
                again: true,
            });
        }
        let mut reader = csv::ReaderBuilder::new()
            .comment(Some(b'#'))
            .from_path(&self.path)
            .map_err(|e| unreadable(&self.path, &e))?;
        let mut rows = Vec::with_capacity(CHUNK);
        for row in reader.deserialize::<RegisterCsv>() {
            rows.push(self.row(&row.map_err(|e| unreadable(&self.path, &e))?)?);
            if rows.len() == CHUNK {
                put_sorted(tx, &mut rows, self.as_of.0, id).await?;
            }
        }
        put_sorted(tx, &mut rows, self.as_of.0, id).await?;
        let load = RegisterLoad {
            id,
            digest: self.digest,
            records: self.records,
            as_of: self.as_of.0,
        };
        identity_sql::insert_load(tx, &load, ctx.now.0).await?;
        let not_newer = self.records - identity_sql::count_of_load(tx, id).await?;
        let source = format!("register load {id}");
        let deceased = people::follow_deaths(tx, ctx, &source).await?;
        let (alive_again, to_decide) = people::said_alive(tx, &self.keys).await?;
        Ok(LoadReply {
            as_of: self.as_of.local_text(),
            records: self.records,
            not_newer,
            deceased,
            alive_again,
            to_decide,
            again: false,
        })
    }
}

/// Keeps the records of a round and empties it.
async fn put_sorted(
    tx: &mut Tx,
    rows: &mut Vec<RegisterRow>,
    as_of: i64,
    load: i64,
) -> Result<(), Fault> {
    // A number that stands twice stands with the same words: others were refused.
    rows.sort_by(|a, b| a.hash.cmp(&b.hash));
    rows.dedup_by(|a, b| a.hash == b.hash);
    for chunk in rows.chunks(5_000) {
        identity_sql::put_register(tx, chunk, as_of, load).await?;
    }
    rows.clear();
    Ok(())
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

pub(super) fn unreadable(path: &Path, e: &csv::Error) -> Reject {
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
    /// The load that is in force.
    pub load: i64,
}

impl LoadedRegister {
    /// The register in force; rejects `register_empty` before any was loaded, since every
    /// answer of an empty register would be "not found".
    pub async fn open(db: &crate::store::Db, keys: &KeyRing) -> Result<LoadedRegister, Failure> {
        let mut tx = db.begin_read().await?;
        let last = identity_sql::last_load(&mut tx).await?;
        tx.rollback().await?;
        let last = last.filter(|load| load.records > 0);
        Ok(LoadedRegister {
            db: db.clone(),
            keys: keys.clone(),
            load: last.ok_or(Reject::RegisterEmpty {})?.id,
        })
    }

    async fn ask(&self, numbers: &[String]) -> Result<Vec<RegisterRecord>, Failure> {
        let mut tx = self.db.begin_read().await?;
        let hashes: Vec<Vec<u8>> = numbers
            .iter()
            .map(|n| self.keys.short_hash(Purpose::Identity, n))
            .collect();
        let rows = identity_sql::register_by_hash(&mut tx, &hashes).await?;
        tx.rollback().await?;
        let mut by_hash: HashMap<&[u8], Vec<&RegisterRow>> = HashMap::with_capacity(rows.len());
        for row in &rows {
            by_hash.entry(&row.hash).or_default().push(row);
            if let Some(old) = row.old_hash.as_ref().filter(|old| **old != row.hash) {
                by_hash.entry(old).or_default().push(row);
            }
        }
        let mut out = Vec::with_capacity(rows.len());
        for (number, hash) in numbers.iter().zip(&hashes) {
            for row in by_hash.get(hash.as_slice()).into_iter().flatten() {
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
