//! People in the database: taken over from a checked list, with evidence, never twice.
//!
//! A person is found by the keyed hash of a current number. Evidence rows are immutable;
//! the identity level follows from them (`registry_matched` after a full match with the
//! register, `deceased` when the register says so, and back when that was a mistake).

use super::sql::{self, EvidenceRow, NumberRow, PersonRow};
use crate::error::Fault;
use crate::store::keys::{KeyRing, Purpose};
use crate::store::{Ctx, INSTALLATION, Tx};
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
    let mut ids = Vec::with_capacity(people.len());
    let (mut made, mut numbers): (Vec<PersonRow>, Vec<NumberRow>) = (Vec::new(), Vec::new());
    let mut fresh: HashMap<Vec<u8>, i64> = HashMap::new();
    let mut updated: BTreeMap<i64, PersonRow> = BTreeMap::new();
    for (person, hash) in people.iter().zip(&hashes) {
        if let Some(row) = known.get(hash) {
            let now = brought_up_to_date(row, person);
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
        made.push(new_row(id, person));
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

fn brought_up_to_date(row: &PersonRow, p: &ConfirmedPerson) -> PersonRow {
    let level = if row.level == "presence_verified" {
        row.level.clone()
    } else {
        "registry_matched".into()
    };
    PersonRow {
        level,
        ..new_row(row.id, p)
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

/// Brings people's levels into line with the register's statuses as last loaded: the dead
/// are marked with the day, those reported dead by mistake come back. Returns (dead, back).
pub async fn follow_register(
    tx: &mut Tx,
    ctx: &Ctx,
    source_ref: &str,
) -> Result<(i64, i64), Fault> {
    let changes = sql::people_whose_status_changed(tx).await?;
    let first = tx.reserve_ids(
        INSTALLATION,
        i64::try_from(changes.len()).unwrap_or(i64::MAX),
    )?;
    let (mut dead, mut back) = (0, 0);
    let mut rows = Vec::with_capacity(changes.len());
    for (id, (person, is_dead, on)) in (first..).zip(&changes) {
        let (level, status) = if *is_dead {
            ("deceased", "deceased")
        } else {
            ("registry_matched", "alive")
        };
        sql::set_level(tx, *person, level, if *is_dead { *on } else { None }).await?;
        let result = json!({"status": status, "deceased_on": on}).to_string();
        rows.push(evidence(
            id,
            *person,
            "population_register",
            source_ref,
            ctx,
            result,
        ));
        if *is_dead { dead += 1 } else { back += 1 }
    }
    sql::insert_evidence(tx, &rows).await?;
    Ok((dead, back))
}
