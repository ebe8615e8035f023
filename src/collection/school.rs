//! Taking over a checked list of pupils: debtors, their class, their payers.
//!
//! One Tx, whole or not at all; the same list again changes nothing. A pupil is found by
//! the keyed hash of the personal number, else by the school's code; numbers and phones
//! are stored sealed. A payer is found by number, else by phone and name, so one mother is
//! one payer of all her children. A pupil in another class than before changes class on
//! the day of the list; one who is missing stays (`leave` says that somebody went).

use super::biller;
use super::pupil_list::grade_of;
use super::pupil_list_check::{ListedPayer, ListedPupil};
use super::sql::people::{self, ClassRow, DebtorRow, PayerRow};
use crate::access::{self, Role};
use crate::error::{Failure, Fault, Reject};
use crate::identity::name_key;
use crate::ledger::{self, AccountKind, Book, PostingInfo};
use crate::store::keys::{KeyRing, Purpose};
use crate::store::{Command, Ctx, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

/// `school import`, after the check.
pub struct ImportPupils {
    pub book: Book,
    pub year: String,
    pub file_name: String,
    pub digest: String,
    pub pupils: Vec<ListedPupil>,
    pub keys: KeyRing,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPupilsReply {
    pub year: String,
    pub pupils: i64,
    pub new_pupils: i64,
    pub changed_pupils: i64,
    pub changed_class: i64,
    pub new_classes: i64,
    pub new_payers: i64,
    pub without_payer: i64,
}

impl Command for ImportPupils {
    const NAME: &'static str = "school.import";
    type Reply = ImportPupilsReply;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "year": self.year, "file": self.file_name, "sha256": self.digest,
               "pupils": self.pupils.len()})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<ImportPupilsReply, Failure> {
        access::require(
            tx,
            ctx,
            self.book.id,
            &self.book.code,
            &[Role::SchoolCashier],
        )
        .await?;
        biller::of(tx, &self.book).await?;
        let year = biller::year(tx, &self.book, &self.year).await?;
        let mut reply = ImportPupilsReply {
            year: self.year.clone(),
            pupils: count(self.pupils.len()),
            ..ImportPupilsReply::default()
        };
        let classes = self.classes(tx, year.id, &mut reply).await?;
        let ids = self.debtors(tx, ctx, &mut reply).await?;
        let on = ctx.now.day().max(year.starts_on).min(year.ends_on);
        let first_day = if ctx.now.day() < year.starts_on || reply.new_pupils == reply.pupils {
            year.starts_on
        } else {
            on
        };
        let members = people::open_members(tx, self.book.id, year.id).await?;
        let mut places = Vec::new();
        for (pupil, id) in self.pupils.iter().zip(&ids) {
            let class = classes.get(&pupil.class).copied().unwrap_or(0);
            match members.get(id) {
                Some((was, _)) if *was == class => {}
                Some((was, _)) => {
                    people::end_member(tx, self.book.id, *was, *id, on).await?;
                    people::insert_members(tx, self.book.id, &[(class, *id)], on).await?;
                    reply.changed_class += 1;
                }
                None => places.push((class, *id)),
            }
        }
        people::insert_members(tx, self.book.id, &places, first_day).await?;
        self.payers(tx, ctx, &ids, &mut reply).await?;
        tx.analyze(&["debtor", "class_member", "payer", "debtor_payer"])
            .await?;
        Ok(reply)
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

impl ImportPupils {
    /// Classes by code; those that the list names first are made where none were set up.
    async fn classes(
        &self,
        tx: &mut Tx,
        year: i64,
        reply: &mut ImportPupilsReply,
    ) -> Result<HashMap<String, i64>, Failure> {
        let mut known: HashMap<String, i64> = people::classes(tx, self.book.id, year)
            .await?
            .into_iter()
            .map(|c| (c.code, c.id))
            .collect();
        for pupil in &self.pupils {
            if known.contains_key(&pupil.class) {
                continue;
            }
            let grade = grade_of(&pupil.class).ok_or_else(|| Reject::NotFound {
                what: "class".into(),
                id: pupil.class.clone(),
            })?;
            let class = ClassRow {
                id: tx.reserve_ids(self.book.id, 1)?,
                code: pupil.class.clone(),
                name: format!("Lớp {}", pupil.class),
                grade,
            };
            people::insert_class(tx, self.book.id, year, &class).await?;
            known.insert(class.code, class.id);
            reply.new_classes += 1;
        }
        Ok(known)
    }

    /// Debtor ids in the order of the pupils.
    async fn debtors(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        reply: &mut ImportPupilsReply,
    ) -> Result<Vec<i64>, Failure> {
        let known = people::debtors(tx, self.book.id).await?;
        let by_number: HashMap<&[u8], &DebtorRow> = known
            .iter()
            .filter_map(|d| d.number_hash.as_deref().map(|h| (h, d)))
            .collect();
        let by_code: HashMap<&str, &DebtorRow> =
            known.iter().map(|d| (d.code.as_str(), d)).collect();
        let mut ids = Vec::with_capacity(self.pupils.len());
        let mut fresh = Vec::new();
        for pupil in &self.pupils {
            let hash = pupil
                .number
                .as_ref()
                .map(|n| self.keys.short_hash(Purpose::Identity, n));
            let found = hash
                .as_deref()
                .and_then(|h| by_number.get(h))
                .or_else(|| by_code.get(pupil.code.as_str()));
            match found {
                Some(was) => {
                    let now = self.brought_up_to_date(was, pupil, hash)?;
                    if now != **was {
                        people::update_debtor(tx, self.book.id, &now).await?;
                        reply.changed_pupils += 1;
                    }
                    ids.push(was.id);
                }
                None => {
                    ids.push(0);
                    fresh.push((ids.len() - 1, pupil, hash));
                }
            }
        }
        let taken: HashSet<&str> = by_code.keys().copied().collect();
        let first = open_debtors(tx, ctx, &self.book, "pupil", &self.keys, &fresh, &taken).await?;
        for (id, (at, ..)) in (first..).zip(&fresh) {
            ids[*at] = id;
        }
        reply.new_pupils = count(fresh.len());
        Ok(ids)
    }

    fn brought_up_to_date(
        &self,
        was: &DebtorRow,
        pupil: &ListedPupil,
        hash: Option<Vec<u8>>,
    ) -> Result<DebtorRow, Fault> {
        let mut now = DebtorRow {
            full_name: pupil.full_name.clone(),
            state: "active".into(),
            ..was.clone()
        };
        if !pupil.birth.is_empty() {
            now.birth.clone_from(&pupil.birth);
        }
        if let (Some(number), Some(hash)) = (&pupil.number, hash) {
            now.number_hash = Some(hash);
            now.number_sealed = Some(self.keys.seal_text(Purpose::Identity, number)?);
        }
        Ok(now)
    }

    async fn payers(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        ids: &[i64],
        reply: &mut ImportPupilsReply,
    ) -> Result<(), Failure> {
        let mut known: HashMap<Vec<u8>, i64> = HashMap::new();
        for p in people::payers(tx, self.book.id).await? {
            for key in payer_keys(
                p.number_hash.as_deref(),
                p.phone_hash.as_deref(),
                &p.full_name,
            ) {
                known.entry(key).or_insert(p.id);
            }
        }
        let linked: HashSet<(i64, i64, String)> = people::debtor_payers(tx, self.book.id)
            .await?
            .into_iter()
            .collect();
        let names: HashMap<(i64, String), i64> = self.linked_names(tx, &linked).await?;
        let (mut fresh, mut links): (Vec<PayerRow>, Vec<(i64, i64, String)>) =
            (Vec::new(), Vec::new());
        for (pupil, debtor) in self.pupils.iter().zip(ids) {
            reply.without_payer += i64::from(pupil.payers.is_empty());
            for payer in &pupil.payers {
                let row = self.payer_row(payer)?;
                let keys = payer_keys(
                    row.number_hash.as_deref(),
                    row.phone_hash.as_deref(),
                    &row.full_name,
                );
                let found = keys
                    .iter()
                    .find_map(|k| known.get(k))
                    .or_else(|| names.get(&(*debtor, name_key(&row.full_name))))
                    .copied();
                let id = match found {
                    Some(id) => id,
                    None => {
                        let id = tx.reserve_ids(self.book.id, 1)?;
                        fresh.push(PayerRow { id, ..row });
                        id
                    }
                };
                for key in keys {
                    known.entry(key).or_insert(id);
                }
                let link = (*debtor, id, payer.relation.clone());
                if !linked.contains(&link)
                    && !links
                        .iter()
                        .rev()
                        .take(8)
                        .any(|l| (l.0, l.1) == (link.0, link.1))
                {
                    links.push(link);
                }
            }
        }
        people::insert_payers(tx, self.book.id, &fresh, ctx.now.0).await?;
        people::put_debtor_payers(tx, self.book.id, &links).await?;
        reply.new_payers = count(fresh.len());
        Ok(())
    }

    /// Payers by debtor and name: those listed without number and phone are found again.
    async fn linked_names(
        &self,
        tx: &mut Tx,
        linked: &HashSet<(i64, i64, String)>,
    ) -> Result<HashMap<(i64, String), i64>, Fault> {
        let names: HashMap<i64, String> = people::payers(tx, self.book.id)
            .await?
            .into_iter()
            .map(|p| (p.id, name_key(&p.full_name)))
            .collect();
        Ok(linked
            .iter()
            .filter_map(|(debtor, payer, _)| Some(((*debtor, names.get(payer)?.clone()), *payer)))
            .collect())
    }

    fn payer_row(&self, p: &ListedPayer) -> Result<PayerRow, Fault> {
        let sealed = |purpose, text: &Option<String>| {
            text.as_ref()
                .map(|t| self.keys.seal_text(purpose, t))
                .transpose()
        };
        let hash = |purpose, text: &Option<String>| {
            text.as_ref().map(|t| self.keys.short_hash(purpose, t))
        };
        Ok(PayerRow {
            id: 0,
            full_name: p.full_name.clone(),
            number_hash: hash(Purpose::Identity, &p.number),
            number_sealed: sealed(Purpose::Identity, &p.number)?,
            phone_hash: hash(Purpose::Phone, &p.phone),
            phone_sealed: sealed(Purpose::Phone, &p.phone)?,
        })
    }
}

/// What tells a payer: the number, or phone and name together.
fn payer_keys(number: Option<&[u8]>, phone: Option<&[u8]>, name: &str) -> Vec<Vec<u8>> {
    let number = number.map(|n| [b"n", n].concat());
    let phone = phone.map(|p| [b"p", p, name_key(name).as_bytes()].concat());
    number.into_iter().chain(phone).collect()
}

/// Opens debtors with their `credit/<id>` accounts in bulk; ids are dense from the one
/// returned. Who has no code gets one of the house: `D` and the id.
pub async fn open_debtors(
    tx: &mut Tx,
    ctx: &Ctx,
    book: &Book,
    kind: &str,
    keys: &KeyRing,
    fresh: &[(usize, &ListedPupil, Option<Vec<u8>>)],
    taken: &HashSet<&str>,
) -> Result<i64, Failure> {
    if fresh.is_empty() {
        return Ok(0);
    }
    let first = tx.reserve_ids(book.id, count(fresh.len()))?;
    let info = PostingInfo::new("accounts_opened", ctx, ctx.now.day(), 0);
    let names: Vec<(String, AccountKind, bool)> = (first..)
        .zip(fresh)
        .map(|(id, _)| (format!("credit/{id}"), AccountKind::Liability, true))
        .collect();
    let account = ledger::open_accounts(tx, book.id, &info, &names).await?;
    let mut rows = Vec::with_capacity(fresh.len());
    for ((id, credit_id), (_, pupil, hash)) in (first..).zip(account..).zip(fresh) {
        let own = format!("D{id}");
        let code = match pupil.code.as_str() {
            "" if taken.contains(own.as_str()) => format!("{own}X"),
            "" => own,
            code => code.to_owned(),
        };
        rows.push(DebtorRow {
            id,
            kind: kind.into(),
            code,
            full_name: pupil.full_name.clone(),
            birth: pupil.birth.clone(),
            number_hash: hash.clone(),
            number_sealed: pupil
                .number
                .as_ref()
                .map(|n| keys.seal_text(Purpose::Identity, n))
                .transpose()?,
            virtual_account: None,
            credit_id,
            use_credit: true,
            state: "active".into(),
        });
    }
    people::insert_debtors(tx, book.id, &rows, ctx.now.0).await?;
    Ok(first)
}

/// `school set`: a debtor leaves, or the payer wants credit used, or not.
pub struct ChangeDebtor {
    pub book: Book,
    pub code: String,
    pub use_credit: Option<bool>,
    pub left: bool,
}

impl Command for ChangeDebtor {
    const NAME: &'static str = "school.set";
    type Reply = Value;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "debtor": self.code, "use_credit": self.use_credit, "left": self.left})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<Value, Failure> {
        access::require(
            tx,
            ctx,
            self.book.id,
            &self.book.code,
            &[Role::SchoolCashier],
        )
        .await?;
        let mut debtor = find_debtor(tx, &self.book, &self.code).await?;
        if let Some(on) = self.use_credit {
            debtor.use_credit = on;
        }
        if self.left {
            debtor.state = "left".into();
        }
        people::update_debtor(tx, self.book.id, &debtor).await?;
        Ok(json!({"debtor": debtor.code, "use_credit": debtor.use_credit, "state": debtor.state}))
    }
}

/// A debtor by code.
pub async fn find_debtor(tx: &mut Tx, book: &Book, code: &str) -> Result<DebtorRow, Failure> {
    Ok(people::find_debtor(tx, book.id, code)
        .await?
        .ok_or_else(|| Reject::NotFound {
            what: "debtor".into(),
            id: code.into(),
        })?)
}
