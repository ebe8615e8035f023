//! Taking over the accepted lines of a checked list: people, evidence, addresses,
//! social-security accounts, enrolments. One Tx, whole or not at all.
//!
//! A person stands once in a period. A line whose person an earlier list of the period
//! names is not accepted again: the same words change nothing (`already_listed`), another
//! category or address is a duplicate (`listed_otherwise`). Only where the first cannot be
//! paid, since no bank confirms its address, does the later line correct it.

use super::line::{Category, CheckedLine};
use super::sql::{self, ListImportRow};
use crate::access::{self, Role};
use crate::beneficiary;
use crate::error::{Failure, Fault, Reject};
use crate::identity::Sex;
use crate::identity::holders::{self, AddressRef, NewAddress};
use crate::identity::people::{self, ConfirmedPerson};
use crate::ledger::{self, AccountKind, Book, PostingInfo};
use crate::programme::sql::{self as programme_sql, EnrolmentRow, ProgrammeRow};
use crate::programme::{Period, period_number};
use crate::store::keys::KeyRing;
use crate::store::{Command, Ctx, INSTALLATION, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A line that is taken over, in what the database needs of it.
#[derive(Clone, Debug)]
pub struct ListedPerson {
    pub person: ConfirmedPerson,
    pub bin: String,
    pub account_number: String,
    pub restored: bool,
    pub proxy: Option<(String, Option<String>)>,
    pub category: String,
    pub coefficient: String,
    pub typed_amount: Option<i64>,
    pub stt: u32,
    /// Index in the list's lines.
    pub line: usize,
}

impl ListedPerson {
    /// From a line that nothing stops; none where something is missing after all. `as_of`
    /// is when the register that confirmed it spoke, UTC microseconds.
    pub fn of(line: &CheckedLine, source_ref: &str, as_of: i64) -> Option<ListedPerson> {
        if !line.is_accepted() {
            return None;
        }
        let record = line.register.as_ref()?;
        let proxy = line.proxy_name.as_ref().map(|name| {
            (
                name.to_string(),
                line.proxy.as_ref().map(|n| n.as_str().to_owned()),
            )
        });
        Some(ListedPerson {
            person: ConfirmedPerson {
                number: record.identity_number.as_str().to_owned(),
                old_number: record
                    .old_identity_number
                    .as_ref()
                    .map(|n| n.as_str().to_owned()),
                full_name: record.full_name.to_string(),
                birth: record.birth_date.to_string(),
                sex: if record.sex == Sex::Male { "M" } else { "F" }.to_owned(),
                commune: line
                    .commune()
                    .map(|c| format!("{} {}", c.kind, c.name))
                    .unwrap_or_default(),
                address: record.permanent_address.to_string(),
                source_ref: source_ref.to_owned(),
                as_of,
            },
            bin: line.bank_bin?.to_owned(),
            account_number: line.account_number.as_ref()?.to_string(),
            restored: line.account_restored,
            proxy,
            category: line.policy_code()?.to_owned(),
            coefficient: line.coefficient.map(|c| c.to_string()).unwrap_or_default(),
            typed_amount: line.typed_amount.map(ansinh_settlement::Dong::get),
            stt: line.stt,
            line: line.line,
        })
    }
}

/// `roster import`, after the check.
pub struct ImportList {
    pub book: Book,
    pub programme: String,
    pub period: Period,
    pub file_name: String,
    pub digest: [u8; 32],
    /// Which register the list was checked with: another one, or a newer load, makes the
    /// same list worth importing anew.
    pub register: String,
    pub people: Vec<ListedPerson>,
    pub lines: i64,
    pub by_category: BTreeMap<Category, usize>,
    pub keys: KeyRing,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ImportReply {
    pub list: String,
    pub period: String,
    pub lines: i64,
    /// Taken over. With `refused` and `already_listed` these are all lines.
    pub accepted: i64,
    /// By the check, or because another list of the period names the person otherwise.
    pub refused: i64,
    /// The person stands in a list of the period already, with the same words.
    #[serde(default)]
    pub already_listed: i64,
    pub by_category: BTreeMap<String, i64>,
    pub new_people: i64,
    pub accounts_opened: i64,
    /// Accepted, but without an active address: no account, no payment.
    pub address_not_active: i64,
    /// Lines (STT) whose person an earlier list of the period names otherwise.
    pub listed_otherwise: Vec<u32>,
    /// The same as indices in the list's lines.
    #[serde(default)]
    pub otherwise_lines: Vec<usize>,
    /// Lines (STT) that correct one of an earlier list which could not be paid.
    #[serde(default)]
    pub corrected: Vec<u32>,
    #[serde(default)]
    pub again: bool,
}

/// People a round.
const CHUNK: usize = 5_000;

impl Command for ImportList {
    const NAME: &'static str = "roster.import";
    type Reply = ImportReply;

    fn books(&self) -> Vec<i64> {
        vec![INSTALLATION, self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "programme": self.programme, "period": self.period.to_string(),
               "file": self.file_name, "sha256": crate::store::keys::hex(&self.digest), "lines": self.lines,
               "register": self.register})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<ImportReply, Failure> {
        access::require(tx, ctx, self.book.id, &self.book.code, &[Role::LabourMaker]).await?;
        let programme = programme_sql::find_programme(tx, &self.programme)
            .await?
            .ok_or_else(|| Reject::NotFound {
                what: "programme".into(),
                id: self.programme.clone(),
            })?;
        let period = period_number(self.period);
        if let Some(reply) = sql::find_reply(
            tx,
            self.book.id,
            programme.id,
            period,
            &self.digest,
            &self.register,
        )
        .await?
        {
            let mut reply: ImportReply =
                serde_json::from_str(&reply).map_err(|e| Fault::Corrupt(e.to_string()))?;
            reply.again = true;
            return Ok(reply);
        }
        let latest = sql::latest_period(tx, self.book.id, programme.id).await?;
        if period < latest {
            return Err(Reject::PeriodPast {
                period: self.period.to_string(),
                latest: crate::programme::period_text(latest),
            }
            .into());
        }
        let id = tx.reserve_ids(self.book.id, 1)?;
        let sound = i64::try_from(self.people.len()).unwrap_or(i64::MAX);
        let mut reply = ImportReply {
            list: id.to_string(),
            period: self.period.to_string(),
            lines: self.lines,
            accepted: sound,
            refused: self.lines - sound,
            by_category: self
                .by_category
                .iter()
                .map(|(c, n)| (c.code().to_owned(), i64::try_from(*n).unwrap_or(i64::MAX)))
                .collect(),
            ..ImportReply::default()
        };
        for chunk in self.people.chunks(CHUNK) {
            enrol(
                tx, ctx, &self.keys, &self.book, &programme, period, chunk, &mut reply,
            )
            .await?;
        }
        reply.count_listed();
        tx.analyze(&["person", "address", "social_account", "enrolment"])
            .await?;
        let row = ListImportRow {
            id,
            digest: self.digest,
            register: self.register.clone(),
            period,
            programme_id: programme.id,
            file_name: self.file_name.clone(),
            lines: self.lines,
            matched: reply.by_category.get("MATCHED").copied().unwrap_or(0),
            refused: reply.refused,
            reply: serde_json::to_string(&reply).map_err(|e| Fault::Corrupt(e.to_string()))?,
        };
        sql::insert(tx, self.book.id, &row, &ctx.actor, ctx.now.0).await?;
        Ok(reply)
    }
}

impl ImportReply {
    /// Takes those who stand in a list of the period already out of the accepted ones.
    fn count_listed(&mut self) {
        let otherwise = i64::try_from(self.listed_otherwise.len()).unwrap_or(i64::MAX);
        let listed = otherwise + self.already_listed;
        if listed == 0 {
            return;
        }
        self.accepted -= listed;
        self.refused += otherwise;
        let count = |category: Category| category.code().to_owned();
        *self
            .by_category
            .entry(count(Category::Matched))
            .or_default() -= listed;
        *self
            .by_category
            .entry(count(Category::Duplicate))
            .or_default() += listed;
        self.by_category.retain(|_, n| *n != 0);
    }

    fn otherwise(&mut self, p: &ListedPerson) {
        self.listed_otherwise.push(p.stt);
        self.otherwise_lines.push(p.line);
    }
}

/// Takes over a chunk of people: known ones are brought up to date, new ones made, each
/// with evidence and an address; an account for those with an active address.
#[allow(clippy::too_many_arguments)]
pub async fn enrol(
    tx: &mut Tx,
    ctx: &Ctx,
    keys: &KeyRing,
    book: &Book,
    programme: &ProgrammeRow,
    period: i64,
    people: &[ListedPerson],
    reply: &mut ImportReply,
) -> Result<(), Failure> {
    let confirmed: Vec<ConfirmedPerson> = people.iter().map(|p| p.person.clone()).collect();
    let ids = people::take_over(tx, keys, ctx, &confirmed).await?;
    let wanted: Vec<NewAddress> = people
        .iter()
        .zip(&ids)
        .map(|(p, id)| new_address(p, *id))
        .collect();
    let addresses = holders::take_over(tx, keys, ctx, &wanted).await?;
    let known = programme_sql::enrolments_of(tx, book.id, programme.id, &ids).await?;
    let mut kept: Vec<(usize, EnrolmentRow)> = Vec::with_capacity(people.len());
    let mut seen: HashSet<i64> = HashSet::with_capacity(people.len());
    for (i, p) in people.iter().enumerate() {
        if !seen.insert(ids[i]) {
            reply.otherwise(p);
            continue;
        }
        let row = row_of(p, ids[i], &addresses[i], period);
        match known.get(&ids[i]) {
            None => {
                reply.new_people += 1;
                kept.push((i, row));
            }
            Some(was) => {
                if was.listed_period == period {
                    let differs =
                        (was.address_id, &was.category) != (row.address_id, &row.category);
                    if !differs {
                        reply.already_listed += 1;
                    } else if was.account_id.is_some()
                        && holders::is_active(tx, was.address_id).await?
                    {
                        reply.otherwise(p);
                        continue;
                    } else {
                        reply.corrected.push(p.stt);
                    }
                }
                kept.push((
                    i,
                    EnrolmentRow {
                        id: was.id,
                        social_account_id: was.social_account_id,
                        account_id: was.account_id,
                        ..row
                    },
                ));
            }
        }
    }
    let active: HashSet<i64> = addresses
        .iter()
        .filter(|a| a.active)
        .map(|a| a.id)
        .collect();
    open_accounts(tx, ctx, book, programme, &active, &mut kept, reply).await?;
    let fresh = kept.iter().filter(|(_, row)| row.id == 0).count();
    let mut next = tx.reserve_ids(book.id, i64::try_from(fresh).unwrap_or(i64::MAX))?;
    let mut rows = Vec::with_capacity(kept.len());
    for (_, mut row) in kept {
        if row.id == 0 {
            row.id = next;
            next += 1;
        }
        if !active.contains(&row.address_id) {
            reply.address_not_active += 1;
        }
        rows.push(row);
    }
    programme_sql::put_enrolments(tx, book.id, programme.id, &rows, ctx.now.0).await?;
    Ok(())
}

fn new_address(p: &ListedPerson, person_id: i64) -> NewAddress {
    let (holder_name, proxy_number) = match &p.proxy {
        Some((name, number)) => (name.clone(), number.clone()),
        None => (p.person.full_name.clone(), None),
    };
    NewAddress {
        person_id,
        bin: p.bin.clone(),
        account_number: p.account_number.clone(),
        restored: p.restored,
        holder_name,
        proxy_number,
        is_proxy: p.proxy.is_some(),
    }
}

fn row_of(p: &ListedPerson, person_id: i64, address: &AddressRef, period: i64) -> EnrolmentRow {
    EnrolmentRow {
        id: 0,
        person_id,
        social_account_id: None,
        account_id: None,
        address_id: address.id,
        category: p.category.clone(),
        coefficient: p.coefficient.clone(),
        unit: p.person.commune.clone(),
        listed_period: period,
        typed_amount: p.typed_amount,
    }
}

/// Opens social-security and ledger accounts for those who have none and whose address is
/// active, in the order of the rows.
async fn open_accounts(
    tx: &mut Tx,
    ctx: &Ctx,
    book: &Book,
    programme: &ProgrammeRow,
    active: &HashSet<i64>,
    rows: &mut [(usize, EnrolmentRow)],
    reply: &mut ImportReply,
) -> Result<(), Failure> {
    let due: Vec<i64> = rows
        .iter()
        .filter(|(_, r)| r.account_id.is_none() && active.contains(&r.address_id))
        .map(|(_, r)| r.person_id)
        .collect();
    let opened = open_for_people(tx, ctx, book, programme, &due).await?;
    reply.accounts_opened += i64::try_from(opened.len()).unwrap_or(0);
    for (_, row) in rows.iter_mut() {
        if let Some((social, account)) = opened.get(&row.person_id) {
            row.social_account_id = Some(*social);
            row.account_id = Some(*account);
        }
    }
    Ok(())
}

/// (social-security account, ledger account) of each person, opened where missing.
async fn open_for_people(
    tx: &mut Tx,
    ctx: &Ctx,
    book: &Book,
    programme: &ProgrammeRow,
    persons: &[i64],
) -> Result<HashMap<i64, (i64, i64)>, Failure> {
    if persons.is_empty() {
        return Ok(HashMap::new());
    }
    let social = beneficiary::open_for(tx, book.id, ctx, persons).await?;
    let info = PostingInfo::new("accounts_opened", ctx, ctx.now.day(), 0);
    let names: Vec<(String, AccountKind, bool)> = persons
        .iter()
        .map(|p| {
            (
                format!("beneficiary/{p}/{}", programme.code),
                AccountKind::Liability,
                true,
            )
        })
        .collect();
    let first = ledger::open_accounts(tx, book.id, &info, &names).await?;
    Ok((first..)
        .zip(persons)
        .filter_map(|(account, person)| social.get(person).map(|s| (*person, (s.id, account))))
        .collect())
}

/// Opens accounts for enrolments whose address has become active since. Returns how many.
pub async fn open_due(tx: &mut Tx, ctx: &Ctx, book: &Book) -> Result<i64, Failure> {
    let mut after = 0;
    let mut opened = 0;
    loop {
        let due = programme_sql::enrolments_to_open(tx, book.id, after, 1_000).await?;
        let Some((last, ..)) = due.last() else {
            return Ok(opened);
        };
        after = *last;
        let mut by_programme: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for (_, person, programme) in &due {
            by_programme.entry(*programme).or_default().push(*person);
        }
        for (programme, persons) in by_programme {
            let programme = programme_sql::programme_by_id(tx, programme).await?;
            let accounts = open_for_people(tx, ctx, book, &programme, &persons).await?;
            let mut known =
                programme_sql::enrolments_of(tx, book.id, programme.id, &persons).await?;
            let mut changed = Vec::with_capacity(persons.len());
            for person in &persons {
                if let (Some((social, account)), Some(row)) =
                    (accounts.get(person), known.remove(person))
                {
                    changed.push(EnrolmentRow {
                        social_account_id: Some(*social),
                        account_id: Some(*account),
                        ..row
                    });
                }
            }
            programme_sql::put_enrolments(tx, book.id, programme.id, &changed, ctx.now.0).await?;
            opened += i64::try_from(changed.len()).unwrap_or(0);
        }
    }
}
