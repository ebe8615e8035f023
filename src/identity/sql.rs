//! Statements on `person`, `person_number`, `evidence`, `address`, `holder`, `register_load`
//! and `register_record`.

use crate::args;
use crate::error::Fault;
use crate::store::{Column, Row, Tx, number_list};
use std::collections::HashMap;

/// A person as stored.
#[derive(Clone, Debug)]
pub struct PersonRow {
    pub id: i64,
    pub full_name: String,
    pub birth: String,
    pub sex: String,
    pub commune: String,
    pub address: String,
    pub level: String,
    pub deceased_on: Option<i64>,
}

/// Persons by the hash of a current number.
pub async fn persons_by_hash(
    tx: &mut Tx,
    hashes: &[Vec<u8>],
) -> Result<HashMap<Vec<u8>, PersonRow>, Fault> {
    let mut out = HashMap::with_capacity(hashes.len());
    // In the order of the index, so that each of its pages is read once.
    let mut sorted = hashes.to_vec();
    sorted.sort_unstable();
    for chunk in sorted.chunks(500) {
        let sql = format!(
            "select n.hash, p.id, p.full_name, p.birth, p.sex, p.commune, p.address, p.level, p.deceased_on \
             from person_number n join person p on p.id = n.person_id where n.valid_to is null and n.hash in ({})",
            tx.bytes_list(chunk)
        );
        tx.for_each(&sql, args![], |r| {
            out.insert(r.bytes(0)?, person_row(&r, 1)?);
            Ok(())
        })
        .await?;
    }
    Ok(out)
}

fn person_row(r: &Row, at: usize) -> Result<PersonRow, Fault> {
    Ok(PersonRow {
        id: r.int(at)?,
        full_name: r.text(at + 1)?,
        birth: r.text(at + 2)?,
        sex: r.text(at + 3)?,
        commune: r.text(at + 4)?,
        address: r.text(at + 5)?,
        level: r.text(at + 6)?,
        deceased_on: r.opt_int(at + 7)?,
    })
}

pub async fn insert_persons(tx: &mut Tx, persons: &[PersonRow], at: i64) -> Result<(), Fault> {
    write_persons(tx, persons, at, "").await
}

async fn write_persons(
    tx: &mut Tx,
    persons: &[PersonRow],
    at: i64,
    tail: &str,
) -> Result<(), Fault> {
    let texts = |f: fn(&PersonRow) -> &String| {
        Column::Texts(persons.iter().map(|p| f(p).clone()).collect())
    };
    tx.insert_rows(
        "person(id, full_name, birth, sex, commune, address, level, deceased_on, created_at)",
        &[
            Column::Ints(persons.iter().map(|p| p.id).collect()),
            texts(|p| &p.full_name),
            texts(|p| &p.birth),
            texts(|p| &p.sex),
            texts(|p| &p.commune),
            texts(|p| &p.address),
            texts(|p| &p.level),
            Column::OptInts(persons.iter().map(|p| p.deceased_on).collect()),
            Column::Ints(vec![at; persons.len()]),
        ],
        tail,
    )
    .await?;
    Ok(())
}

/// Brings known persons up to what the rows say.
pub async fn update_persons(tx: &mut Tx, persons: &[PersonRow]) -> Result<(), Fault> {
    write_persons(
        tx,
        persons,
        0,
        "on conflict (id) do update set full_name = excluded.full_name, birth = excluded.birth, sex = excluded.sex, \
         commune = excluded.commune, address = excluded.address, level = excluded.level, deceased_on = excluded.deceased_on",
    )
    .await
}

/// A number of a person: its hash, kind, owner, sealed text.
pub struct NumberRow {
    pub hash: Vec<u8>,
    pub kind: &'static str,
    pub person_id: i64,
    pub sealed: Vec<u8>,
}

pub async fn insert_numbers(tx: &mut Tx, numbers: Vec<NumberRow>, from: i64) -> Result<(), Fault> {
    let n = numbers.len();
    let (mut hashes, mut kinds, mut persons, mut sealed) = (vec![], vec![], vec![], vec![]);
    for row in numbers {
        hashes.push(row.hash);
        kinds.push(row.kind.to_owned());
        persons.push(row.person_id);
        sealed.push(row.sealed);
    }
    tx.insert_rows(
        "person_number(hash, kind, person_id, sealed, valid_from)",
        &[
            Column::Blobs(hashes),
            Column::Texts(kinds),
            Column::Ints(persons),
            Column::Blobs(sealed),
            Column::Ints(vec![from; n]),
        ],
        "on conflict do nothing",
    )
    .await?;
    Ok(())
}

/// A piece of identity evidence; never changed.
pub struct EvidenceRow {
    pub id: i64,
    pub person_id: i64,
    pub method: String,
    pub source_ref: String,
    pub at: i64,
    pub result: String,
    pub digest: Vec<u8>,
}

pub async fn insert_evidence(tx: &mut Tx, rows: &[EvidenceRow]) -> Result<(), Fault> {
    tx.insert_rows(
        "evidence(id, person_id, method, source_ref, at, result, digest)",
        &[
            Column::Ints(rows.iter().map(|e| e.id).collect()),
            Column::Ints(rows.iter().map(|e| e.person_id).collect()),
            Column::Texts(rows.iter().map(|e| e.method.clone()).collect()),
            Column::Texts(rows.iter().map(|e| e.source_ref.clone()).collect()),
            Column::Ints(rows.iter().map(|e| e.at).collect()),
            Column::Texts(rows.iter().map(|e| e.result.clone()).collect()),
            Column::Blobs(rows.iter().map(|e| e.digest.clone()).collect()),
        ],
        "",
    )
    .await?;
    Ok(())
}

/// A financial address as stored.
#[derive(Clone, Debug)]
pub struct AddressRow {
    pub id: i64,
    pub person_id: i64,
    /// `own` or `proxy`.
    pub holder: String,
    /// Sealed number of the proxy.
    pub holder_number: Option<Vec<u8>>,
    pub holder_name: String,
    pub bin: String,
    pub sealed: Vec<u8>,
    pub counter: i64,
    /// Bank, account number and holder's name as one number, `KeyRing::payee`; what makes
    /// it up never changes.
    pub payee: i64,
    pub restored: bool,
    pub state: String,
    pub reason: String,
    /// Since when it is so, UTC microseconds.
    pub state_at: i64,
}

impl AddressRow {
    /// The same address in another state.
    pub fn moved(&self, state: &str, reason: &str, at: i64) -> AddressRow {
        AddressRow {
            state: state.into(),
            reason: reason.into(),
            state_at: at,
            ..self.clone()
        }
    }
}

const ADDRESS: &str = "select id, person_id, holder, holder_number, holder_name, bin, sealed, counter, payee, restored, state, reason, state_at from address";

fn address_row(r: &Row) -> Result<AddressRow, Fault> {
    Ok(AddressRow {
        id: r.int(0)?,
        person_id: r.int(1)?,
        holder: r.text(2)?,
        holder_number: r.opt_bytes(3)?,
        holder_name: r.text(4)?,
        bin: r.text(5)?,
        sealed: r.bytes(6)?,
        counter: r.int(7)?,
        payee: r.int(8)?,
        restored: r.flag(9)?,
        state: r.text(10)?,
        reason: r.text(11)?,
        state_at: r.int(12)?,
    })
}

pub async fn addresses_of(
    tx: &mut Tx,
    persons: &[i64],
) -> Result<HashMap<(i64, i64), AddressRow>, Fault> {
    let mut out = HashMap::new();
    for chunk in persons.chunks(500) {
        let sql = format!("{ADDRESS} where person_id in ({})", number_list(chunk));
        tx.for_each(&sql, args![], |r| {
            let row = address_row(&r)?;
            out.insert((row.person_id, row.counter), row);
            Ok(())
        })
        .await?;
    }
    Ok(out)
}

/// Addresses that wait for a comparison with the holders, after `id`, at most `limit`.
pub async fn addresses_not_active(
    tx: &mut Tx,
    after: i64,
    limit: i64,
) -> Result<Vec<AddressRow>, Fault> {
    let sql = format!(
        "{ADDRESS} where state <> 'active' and id > $1 and person_id > 0 order by id limit $2"
    );
    tx.all(&sql, args![after, limit])
        .await?
        .iter()
        .map(address_row)
        .collect()
}

/// Addresses of any state after `id`, at most `limit`.
pub async fn addresses_after(
    tx: &mut Tx,
    after: i64,
    limit: i64,
) -> Result<Vec<AddressRow>, Fault> {
    let sql = format!("{ADDRESS} where id > $1 order by id limit $2");
    tx.all(&sql, args![after, limit])
        .await?
        .iter()
        .map(address_row)
        .collect()
}

/// Active addresses after `id`, at most `limit`.
pub async fn addresses_active(
    tx: &mut Tx,
    after: i64,
    limit: i64,
) -> Result<Vec<AddressRow>, Fault> {
    let sql = format!(
        "{ADDRESS} where state = 'active' and id > $1 and person_id > 0 order by id limit $2"
    );
    tx.all(&sql, args![after, limit])
        .await?
        .iter()
        .map(address_row)
        .collect()
}

pub async fn insert_addresses(tx: &mut Tx, rows: &[AddressRow], at: i64) -> Result<(), Fault> {
    write_addresses(tx, rows, at, "").await
}

async fn write_addresses(
    tx: &mut Tx,
    rows: &[AddressRow],
    at: i64,
    tail: &str,
) -> Result<(), Fault> {
    tx.insert_rows(
        "address(id, person_id, holder, holder_number, holder_name, bin, sealed, counter, payee, restored, state, reason, state_at, created_at)",
        &[
            Column::Ints(rows.iter().map(|a| a.id).collect()),
            Column::Ints(rows.iter().map(|a| a.person_id).collect()),
            Column::Texts(rows.iter().map(|a| a.holder.clone()).collect()),
            Column::OptBlobs(rows.iter().map(|a| a.holder_number.clone()).collect()),
            Column::Texts(rows.iter().map(|a| a.holder_name.clone()).collect()),
            Column::Texts(rows.iter().map(|a| a.bin.clone()).collect()),
            Column::Blobs(rows.iter().map(|a| a.sealed.clone()).collect()),
            Column::Ints(rows.iter().map(|a| a.counter).collect()),
            Column::Ints(rows.iter().map(|a| a.payee).collect()),
            Column::Ints(rows.iter().map(|a| i64::from(a.restored)).collect()),
            Column::Texts(rows.iter().map(|a| a.state.clone()).collect()),
            Column::Texts(rows.iter().map(|a| a.reason.clone()).collect()),
            Column::Ints(rows.iter().map(|a| a.state_at).collect()),
            Column::Ints(vec![at; rows.len()]),
        ],
        tail,
    )
    .await?;
    Ok(())
}

pub async fn set_address_state(
    tx: &mut Tx,
    id: i64,
    state: &str,
    reason: &str,
    at: i64,
) -> Result<(), Fault> {
    tx.execute(
        "update address set state = $2, reason = $3, state_at = $4 where id = $1",
        args![id, state, reason, at],
    )
    .await?;
    Ok(())
}

/// Writes state, reason and time of known addresses, as the rows say.
pub async fn put_address_states(tx: &mut Tx, rows: &[AddressRow]) -> Result<(), Fault> {
    write_addresses(
        tx,
        rows,
        0,
        "on conflict (id) do update set state = excluded.state, reason = excluded.reason, state_at = excluded.state_at",
    )
    .await
}

/// A holder of a bank account, as the bank listed it last.
#[derive(Clone, Debug)]
pub struct HolderRow {
    pub name: String,
    /// `open`, `closed`, or `contradicted`: lists of one date name different owners.
    pub status: String,
    /// As of when the bank said so, UTC microseconds.
    pub as_of: i64,
}

pub async fn put_holders(
    tx: &mut Tx,
    rows: &[(i64, String, String)],
    as_of: i64,
) -> Result<(), Fault> {
    tx.insert_rows(
        "holder(counter, holder_name, status, as_of)",
        &[
            Column::Ints(rows.iter().map(|r| r.0).collect()),
            Column::Texts(rows.iter().map(|r| r.1.clone()).collect()),
            Column::Texts(rows.iter().map(|r| r.2.clone()).collect()),
            Column::Ints(vec![as_of; rows.len()]),
        ],
        "on conflict (counter) do update set holder_name = excluded.holder_name, status = excluded.status, \
         as_of = excluded.as_of where excluded.as_of >= holder.as_of",
    )
    .await?;
    Ok(())
}

pub async fn holders(tx: &mut Tx, counters: &[i64]) -> Result<HashMap<i64, HolderRow>, Fault> {
    let mut out = HashMap::with_capacity(counters.len());
    let mut sorted = counters.to_vec();
    sorted.sort_unstable();
    for chunk in sorted.chunks(500) {
        let sql = format!(
            "select counter, holder_name, status, as_of from holder where counter in ({})",
            number_list(chunk)
        );
        tx.for_each(&sql, args![], |r| {
            let row = HolderRow {
                name: r.text(1)?,
                status: r.text(2)?,
                as_of: r.int(3)?,
            };
            out.insert(r.int(0)?, row);
            Ok(())
        })
        .await?;
    }
    Ok(out)
}

/// A record of the population register as last loaded.
#[derive(Clone, Debug)]
pub struct RegisterRow {
    pub hash: Vec<u8>,
    pub old_hash: Option<Vec<u8>>,
    pub sealed: Vec<u8>,
    pub full_name: String,
    pub birth: String,
    pub sex: String,
    pub address: String,
    pub status: String,
    pub deceased_on: Option<i64>,
}

/// A load of the population register.
pub struct RegisterLoad {
    pub id: i64,
    pub digest: [u8; 32],
    pub records: i64,
    /// As of when its records are, UTC microseconds.
    pub as_of: i64,
}

/// The last load.
pub async fn last_load(tx: &mut Tx) -> Result<Option<RegisterLoad>, Fault> {
    let row = tx
        .find(
            "select id, digest, rows, as_of from register_load order by id desc limit 1",
            args![],
        )
        .await?;
    row.map(|r| {
        Ok(RegisterLoad {
            id: r.int(0)?,
            digest: r.digest(1)?,
            records: r.int(2)?,
            as_of: r.int(3)?,
        })
    })
    .transpose()
}

/// Records by the hash of a number, personal or old.
pub async fn register_by_hash(tx: &mut Tx, hashes: &[Vec<u8>]) -> Result<Vec<RegisterRow>, Fault> {
    let mut out = Vec::with_capacity(hashes.len());
    for chunk in hashes.chunks(500) {
        let list = tx.bytes_list(chunk);
        let columns = "hash, old_hash, sealed, full_name, birth, sex, address, status, deceased_on";
        let sql = format!(
            "select {columns} from register_record where hash in ({list}) \
             union select {columns} from register_record where old_hash in ({list})"
        );
        tx.for_each(&sql, args![], |r| {
            out.push(RegisterRow {
                hash: r.bytes(0)?,
                old_hash: r.opt_bytes(1)?,
                sealed: r.bytes(2)?,
                full_name: r.text(3)?,
                birth: r.text(4)?,
                sex: r.text(5)?,
                address: r.text(6)?,
                status: r.text(7)?,
                deceased_on: r.opt_int(8)?,
            });
            Ok(())
        })
        .await?;
    }
    Ok(out)
}

pub async fn insert_load(tx: &mut Tx, load: &RegisterLoad, at: i64) -> Result<(), Fault> {
    tx.execute(
        "insert into register_load(id, digest, rows, as_of, loaded_at) values ($1, $2, $3, $4, $5)",
        args![load.id, load.digest, load.records, load.as_of, at],
    )
    .await?;
    Ok(())
}

/// Keeps records as of a date. What a newer register said of a number stays; of two words of
/// one date a death stays.
pub async fn put_register(
    tx: &mut Tx,
    rows: &[RegisterRow],
    as_of: i64,
    load_id: i64,
) -> Result<(), Fault> {
    tx.insert_rows(
        "register_record(hash, old_hash, sealed, full_name, birth, sex, address, status, deceased_on, as_of, load_id)",
        &[
            Column::Blobs(rows.iter().map(|r| r.hash.clone()).collect()),
            Column::OptBlobs(rows.iter().map(|r| r.old_hash.clone()).collect()),
            Column::Blobs(rows.iter().map(|r| r.sealed.clone()).collect()),
            Column::Texts(rows.iter().map(|r| r.full_name.clone()).collect()),
            Column::Texts(rows.iter().map(|r| r.birth.clone()).collect()),
            Column::Texts(rows.iter().map(|r| r.sex.clone()).collect()),
            Column::Texts(rows.iter().map(|r| r.address.clone()).collect()),
            Column::Texts(rows.iter().map(|r| r.status.clone()).collect()),
            Column::OptInts(rows.iter().map(|r| r.deceased_on).collect()),
            Column::Ints(vec![as_of; rows.len()]),
            Column::Ints(vec![load_id; rows.len()]),
        ],
        "on conflict (hash) do update set old_hash = excluded.old_hash, sealed = excluded.sealed, \
         full_name = excluded.full_name, birth = excluded.birth, sex = excluded.sex, address = excluded.address, \
         status = excluded.status, deceased_on = excluded.deceased_on, as_of = excluded.as_of, load_id = excluded.load_id \
         where excluded.as_of > register_record.as_of or (excluded.as_of = register_record.as_of \
         and (excluded.status = 'deceased' or register_record.status = 'alive'))",
    )
    .await?;
    Ok(())
}

/// Records that a load put in or confirmed.
pub async fn count_of_load(tx: &mut Tx, load_id: i64) -> Result<i64, Fault> {
    let sql = "select count(*) from register_record where load_id = $1";
    tx.one(sql, args![load_id]).await?.int(0)
}

/// People of ours whom the register reports dead and who are not held as dead yet; and the
/// day.
pub async fn newly_dead(tx: &mut Tx) -> Result<Vec<(i64, Option<i64>)>, Fault> {
    let rows = tx
        .all(
            "select p.id, r.deceased_on from register_record r \
             join person_number n on n.hash = r.hash and n.valid_to is null join person p on p.id = n.person_id \
             where r.status = 'deceased' and p.level <> 'deceased' order by p.id",
            args![],
        )
        .await?;
    rows.iter()
        .map(|r| Ok((r.int(0)?, r.opt_int(1)?)))
        .collect()
}

/// People who are held as dead and whom the register says to be alive: how many, and the
/// first `limit`, each with the sealed number.
pub async fn said_alive(
    tx: &mut Tx,
    limit: i64,
) -> Result<(i64, Vec<(PersonRow, Vec<u8>)>), Fault> {
    const FROM: &str = "from person p join person_number n on n.person_id = p.id and n.valid_to is null \
         join register_record r on r.hash = n.hash where p.level = 'deceased' and r.status = 'alive'";
    let count = tx.one(&format!("select count(*) {FROM}"), args![]).await?;
    let sql = format!(
        "select p.id, p.full_name, p.birth, p.sex, p.commune, p.address, p.level, p.deceased_on, n.sealed \
         {FROM} order by p.id limit $1"
    );
    let rows = tx.all(&sql, args![limit]).await?;
    let people = rows
        .iter()
        .map(|r| Ok((person_row(r, 0)?, r.bytes(8)?)))
        .collect::<Result<_, Fault>>()?;
    Ok((count.int(0)?, people))
}

/// Days on which the loaded register says people died, by the hash of the number; 0 where
/// it names no day.
pub async fn dead_in_register(
    tx: &mut Tx,
    hashes: &[Vec<u8>],
) -> Result<HashMap<Vec<u8>, i64>, Fault> {
    let mut out = HashMap::new();
    let mut sorted = hashes.to_vec();
    sorted.sort_unstable();
    for chunk in sorted.chunks(500) {
        let sql = format!(
            "select hash, coalesce(deceased_on, 0) from register_record where status = 'deceased' and hash in ({})",
            tx.bytes_list(chunk)
        );
        tx.for_each(&sql, args![], |r| {
            out.insert(r.bytes(0)?, r.int(1)?);
            Ok(())
        })
        .await?;
    }
    Ok(out)
}

pub async fn set_level(
    tx: &mut Tx,
    person: i64,
    level: &str,
    deceased_on: Option<i64>,
) -> Result<(), Fault> {
    tx.execute(
        "update person set level = $2, deceased_on = $3 where id = $1",
        args![person, level, deceased_on],
    )
    .await?;
    Ok(())
}

pub async fn person_of_address(tx: &mut Tx, address: i64) -> Result<Option<i64>, Fault> {
    let row = tx
        .find(
            "select person_id from address where id = $1",
            args![address],
        )
        .await?;
    row.map(|r| r.int(0)).transpose()
}

pub async fn address_is_active(tx: &mut Tx, address: i64) -> Result<bool, Fault> {
    let row = tx
        .find(
            "select id from address where id = $1 and state = 'active'",
            args![address],
        )
        .await?;
    Ok(row.is_some())
}
