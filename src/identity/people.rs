//! People in the database: taken over from a checked list, with evidence, never twice.
//!
//! A person is found by the keyed hash of a current number. Evidence rows are immutable;
//! the identity level follows from them (`registry_matched` after a full match with the
//! register, `deceased` when the register says so). No file brings a dead person back: whom a
//! newer register says to be alive is listed, and an approver decides.

use super::sql::{self, EvidenceRow, NumberRow, PersonRow};
use crate::error::{Failure, Fault, Reject};
use crate::store::keys::{KeyRing, Purpose};
use crate::store::{Ctx, INSTALLATION, Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

/// Somebody whom the register confirmed: what the register says, and on which request.
#[derive(Clone, Debug)]
pub struct ConfirmedPerson {
    /// 12 digits.
    pub number: String,
    pub old_number: Option<String>,
    pub full_name: String,
    /// `yyyyMMdd`, or `yyyy` where the register holds only the year.
    pub birth: String,
    /// `M` or `F`.
    pub sex: String,
    pub commune: String,
    pub address: String,
    /// The register's request or load that confirmed it.
    pub source_ref: String,
    /// As of when the register said so, UTC microseconds.
    pub as_of: i64,
}

/// Takes over confirmed people: new ones are made, known ones brought up to date, each
/// with a piece of evidence. The installation's head must be locked. Person ids in order.
pub async fn take_over(
    tx: &mut Tx,
    keys: &KeyRing,
    ctx: &Ctx,
    people: &[ConfirmedPerson],
) -> Result<Vec<i64>, Fault> {
    let hashes: Vec<Vec<u8>> = people
        .iter()
        .map(|p| keys.short_hash(Purpose::Identity, &p.number))
        .collect();
    let known = sql::persons_by_hash(tx, &hashes).await?;
    // A list may have been checked with an older register than the loaded one.
    let dead = sql::dead_in_register(tx, &hashes).await?;
    let spoken = sql::register_as_of(tx, &hashes).await?;
    let mut ids = Vec::with_capacity(people.len());
    let (mut made, mut numbers): (Vec<PersonRow>, Vec<NumberRow>) = (Vec::new(), Vec::new());
    let mut fresh: HashMap<Vec<u8>, i64> = HashMap::new();
    let mut updated: BTreeMap<i64, PersonRow> = BTreeMap::new();
    for (person, hash) in people.iter().zip(&hashes) {
        if let Some(row) = known.get(hash) {
            // What a newer register says of the person stands.
            let older = spoken.get(hash).is_some_and(|at| *at > person.as_of);
            let now = match older {
                true => held_dead(row.clone(), dead.get(hash)),
                false => brought_up_to_date(row, person, dead.get(hash)),
            };
            if changed(row, &now) {
                updated.insert(row.id, now);
            }
            ids.push(row.id);
            continue;
        }
        if let Some(id) = fresh.get(hash) {
            ids.push(*id);
            continue;
        }
        let id = tx.reserve_ids(INSTALLATION, 1)?;
        fresh.insert(hash.clone(), id);
        ids.push(id);
        made.push(held_dead(new_row(id, person), dead.get(hash)));
        let sealed = keys.seal_text(Purpose::Identity, &person.number)?;
        numbers.push(NumberRow {
            hash: hash.clone(),
            kind: "personal",
            person_id: id,
            sealed,
        });
        if let Some(old) = &person.old_number {
            let hash = keys.short_hash(Purpose::Identity, old);
            numbers.push(NumberRow {
                hash,
                kind: "old",
                person_id: id,
                sealed: keys.seal_text(Purpose::Identity, old)?,
            });
        }
    }
    let updated: Vec<PersonRow> = updated.into_values().collect();
    sql::update_persons(tx, &updated).await?;
    sql::insert_persons(tx, &made, ctx.now.0).await?;
    sql::insert_numbers(tx, numbers, ctx.now.day().number()).await?;
    let first = tx.reserve_ids(
        INSTALLATION,
        i64::try_from(people.len()).unwrap_or(i64::MAX),
    )?;
    let evidence: Vec<EvidenceRow> = (first..)
        .zip(&ids)
        .zip(people)
        .map(|((id, person), p)| evidence_of(id, *person, p, ctx))
        .collect();
    sql::insert_evidence(tx, &evidence).await?;
    Ok(ids)
}

fn new_row(id: i64, p: &ConfirmedPerson) -> PersonRow {
    PersonRow {
        id,
        full_name: p.full_name.clone(),
        birth: p.birth.clone(),
        sex: p.sex.clone(),
        commune: p.commune.clone(),
        address: p.address.clone(),
        level: "registry_matched".into(),
        deceased_on: None,
    }
}

/// A known person in the words of the register; who is held as dead stays so.
fn brought_up_to_date(row: &PersonRow, p: &ConfirmedPerson, dead: Option<&i64>) -> PersonRow {
    let fresh = new_row(row.id, p);
    match row.level.as_str() {
        "deceased" => PersonRow {
            level: row.level.clone(),
            deceased_on: row.deceased_on,
            ..fresh
        },
        "presence_verified" => held_dead(
            PersonRow {
                level: row.level.clone(),
                ..fresh
            },
            dead,
        ),
        _ => held_dead(fresh, dead),
    }
}

/// The same person, dead where the loaded register says so (0: it names no day).
fn held_dead(row: PersonRow, dead: Option<&i64>) -> PersonRow {
    match dead {
        None => row,
        Some(on) => PersonRow {
            level: "deceased".into(),
            deceased_on: (*on != 0).then_some(*on),
            ..row
        },
    }
}

fn changed(a: &PersonRow, b: &PersonRow) -> bool {
    (
        &a.full_name,
        &a.birth,
        &a.sex,
        &a.commune,
        &a.address,
        &a.level,
        a.deceased_on,
    ) != (
        &b.full_name,
        &b.birth,
        &b.sex,
        &b.commune,
        &b.address,
        &b.level,
        b.deceased_on,
    )
}

fn evidence_of(id: i64, person_id: i64, p: &ConfirmedPerson, ctx: &Ctx) -> EvidenceRow {
    let result = json!({"number": "agrees", "name": "agrees", "birth": "agrees", "sex": "agrees", "status": "alive"});
    evidence(
        id,
        person_id,
        "population_register",
        &p.source_ref,
        ctx,
        result.to_string(),
    )
}

fn evidence(
    id: i64,
    person_id: i64,
    method: &str,
    source_ref: &str,
    ctx: &Ctx,
    result: String,
) -> EvidenceRow {
    let mut hash = Sha256::new();
    for n in [id, person_id, ctx.now.0] {
        hash.update(n.to_le_bytes());
    }
    for text in [method, source_ref, &result] {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    EvidenceRow {
        id,
        person_id,
        method: method.into(),
        source_ref: source_ref.into(),
        at: ctx.now.0,
        result,
        digest: hash.finalize().to_vec(),
    }
}

/// Marks those dead whom the register reports dead, with the day. Returns how many.
pub async fn follow_deaths(tx: &mut Tx, ctx: &Ctx, source_ref: &str) -> Result<i64, Fault> {
    let dead = sql::newly_dead(tx).await?;
    let count = i64::try_from(dead.len()).unwrap_or(i64::MAX);
    let first = tx.reserve_ids(INSTALLATION, count)?;
    let mut rows = Vec::with_capacity(dead.len());
    for (id, (person, on)) in (first..).zip(&dead) {
        sql::set_level(tx, *person, "deceased", *on).await?;
        let result = json!({"status": "deceased", "deceased_on": on}).to_string();
        let method = "population_register";
        rows.push(evidence(id, *person, method, source_ref, ctx, result));
    }
    sql::insert_evidence(tx, &rows).await?;
    Ok(count)
}

/// Somebody who is held as dead and whom the register now says to be alive: an approver
/// decides, never a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SaidAlive {
    pub person_id: String,
    /// Masked, `***361`.
    pub number: String,
    pub full_name: String,
    /// `yyyyMMdd` or `yyyy`.
    pub birth: String,
    pub commune: String,
    /// `yyyymmdd`, as it was reported.
    pub deceased_on: Option<i64>,
}

/// How many of them there are, and the first thousand.
pub async fn said_alive(tx: &mut Tx, keys: &KeyRing) -> Result<(i64, Vec<SaidAlive>), Fault> {
    let (count, rows) = sql::said_alive(tx, 1_000).await?;
    let mut people = Vec::with_capacity(rows.len());
    for (row, sealed) in rows {
        let number = keys.open_text(Purpose::Identity, &sealed)?;
        people.push(SaidAlive {
            person_id: row.id.to_string(),
            number: crate::words::mask_digits(&number),
            full_name: row.full_name,
            birth: row.birth,
            commune: row.commune,
            deceased_on: row.deceased_on,
        });
    }
    Ok((count, people))
}

/// An approver's word that a reported death was a mistake. Rejects `death_stands` while the
/// register as loaded says dead or does not name the person: the register is mended first.
pub async fn mend_death(
    tx: &mut Tx,
    ctx: &Ctx,
    person: &PersonRow,
    hash: &[u8],
    reason: &str,
) -> Result<(), Failure> {
    let record = sql::register_by_hash(tx, &[hash.to_vec()]).await?;
    let alive = record.iter().any(|r| r.hash == hash && r.status == "alive");
    if !alive {
        return Err(Reject::DeathStands {
            person: person.full_name.clone(),
        }
        .into());
    }
    sql::set_level(tx, person.id, "registry_matched", None).await?;
    let id = tx.reserve_ids(INSTALLATION, 1)?;
    let result = json!({"status": "alive", "was": "deceased", "deceased_on": person.deceased_on,
                        "decided_by": ctx.actor, "reason": reason});
    let row = evidence(
        id,
        person.id,
        "decision",
        &ctx.actor,
        ctx,
        result.to_string(),
    );
    sql::insert_evidence(tx, &[row]).await?;
    Ok(())
}
