//! Notices: what a provider or bank tells of money that came in, before any statement.
//!
//! | a notice | what happens |
//! |---|---|
//! | new, of the provider that posts | booked; or joined to the line that came before it: `after_line` |
//! | new, of another provider of the account | kept and compared: `compared`, `compared_missing` |
//! | known, with the same content | the recorded answer, with `again` |
//! | known, with other content | kept as `conflict`, never booked |
//! | of an account that is not the source's, or at which no biller collects | kept as `unknown_account` |
//! | rightly signed, and not to be read | kept as `unreadable` |
//!
//! Idempotent by provider, the provider's id and our account. The raw body is kept sealed.
//! Only one provider of an account posts (a unique index), so two that tell of the same
//! money never book it twice.

use super::credit_in::{self, Booked, Incoming, Source};
use super::sql::cash::{self, BillerCash, CollectionRow};
use super::sql::notice::{self as sql, NoticeRow};
use crate::clock::Instant;
use crate::error::{Failure, Fault};
use crate::payment::sql::BankAccountRow;
use crate::store::keys::{KeyRing, Purpose, hex};
use crate::store::{Ctx, Tx};
use ansinh_settlement::Day;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

pub use sql::sources;

/// A notice that was verified and read.
#[derive(Clone, Debug)]
pub struct Told {
    pub book_id: i64,
    /// None where the account is not ours.
    pub bank_account_id: Option<i64>,
    pub provider: String,
    pub provider_ref: String,
    /// Its word posts.
    pub posts: bool,
    pub amount: i64,
    /// UTC microseconds.
    pub at: i64,
    pub content: String,
    pub virtual_account: Option<String>,
    pub bank_ref: String,
    pub counter: i64,
    /// `BIN|number` of the payer.
    pub counter_text: Option<String>,
    /// The raw body.
    pub body: Vec<u8>,
    /// The outcome of a notice that is kept and never booked; none for all others.
    pub kept: Option<&'static str>,
    /// Who works the breaks that come of it; none: who acts.
    pub owner: Option<String>,
}

/// Outcomes of notices that were kept and not booked, for want of an account or of sense.
pub const UNKNOWN_ACCOUNT: &str = "unknown_account";
pub const UNREADABLE: &str = "unreadable";

/// The answer to a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeReply {
    pub notice: String,
    pub outcome: String,
    pub collection: Option<String>,
    pub rule: Option<String>,
    pub amount: i64,
    pub on_bills: i64,
    pub in_credit: i64,
    pub in_suspense: i64,
    #[serde(default)]
    pub again: bool,
}

/// What was done with a notice, for whoever lists breaks.
#[derive(Clone, Debug)]
pub struct Taken {
    pub reply: NoticeReply,
    pub bank_account_id: Option<i64>,
    pub collection_id: Option<i64>,
    pub booked: Option<Booked>,
    /// Amount that stands under the same id, for a conflict.
    pub known_amount: Option<i64>,
}

/// What makes two tellings the same.
fn digest(t: &Told) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(t.amount.to_le_bytes());
    hash.update(t.at.to_le_bytes());
    let none = String::new();
    for text in [
        &t.content,
        t.virtual_account.as_ref().unwrap_or(&none),
        &t.bank_ref,
    ] {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.finalize().to_vec()
}

/// The day a payment belongs to: that of its time, but none to come, and none so long ago
/// that no statement to come could confirm it (a clock that is wrong).
fn day_of(at: i64, now: Instant) -> Day {
    let said = Instant(at).day();
    let today = now.day();
    if said > today || said < today.plus_days(-APART_AFTER) {
        return today;
    }
    said
}

/// Takes notices of one book, in order; answers in the same order. The book's head must be
/// locked.
pub async fn take(
    tx: &mut Tx,
    ctx: &Ctx,
    keys: &KeyRing,
    biller: Option<&BillerCash>,
    book: i64,
    told: &[Told],
) -> Result<Vec<Taken>, Failure> {
    let mut out: Vec<Option<Taken>> = vec![None; told.len()];
    let digests: Vec<Vec<u8>> = told.iter().map(digest).collect();
    let mut fresh: Vec<Fresh> = Vec::new();
    let mut repeats: Vec<(usize, usize)> = Vec::new();
    let known = load_known(tx, book, told, &digests).await?;
    let mut here: HashMap<(Option<i64>, &str, String), usize> = HashMap::new();
    for (n, t) in told.iter().enumerate() {
        let mut name = t.provider_ref.clone();
        let mut conflict = None;
        loop {
            let key = (t.bank_account_id, t.provider.as_str(), name.clone());
            if let Some(first) = here.get(&key) {
                let first = *first;
                if digests[fresh[first].index] == digests[n] {
                    repeats.push((n, first));
                    break;
                }
                conflict = Some(told[fresh[first].index].amount);
            } else if let Some((was, detail)) = known.get(&key) {
                let reply: NoticeReply = serde_json::from_str(detail)
                    .map_err(|e| Fault::Corrupt(format!("notice {name}: {e}")))?;
                if *was == digests[n] {
                    out[n] = Some(recorded(reply, t));
                    break;
                }
                conflict = Some(reply.amount);
            } else {
                here.insert(key, fresh.len());
                fresh.push(Fresh {
                    index: n,
                    name,
                    conflict,
                });
                break;
            }
            name = conflict_ref(t, &digests[n]);
        }
    }
    let first_id = tx.reserve_ids(book, i64::try_from(fresh.len()).unwrap_or(i64::MAX))?;
    let mut taken = book_fresh(tx, ctx, keys, biller, told, &fresh, first_id).await?;
    let mut rows = Vec::with_capacity(fresh.len());
    for ((f, t), id) in fresh.iter().zip(&mut taken).zip(first_id..) {
        let source = &told[f.index];
        t.reply.notice = id.to_string();
        rows.push(NoticeRow {
            id,
            provider: source.provider.clone(),
            provider_ref: f.name.clone(),
            bank_account_id: source.bank_account_id,
            digest: digests[f.index].clone(),
            body_sealed: keys.seal(Purpose::File, &source.body)?,
            amount: source.amount,
            at: source.at,
            outcome: t.reply.outcome.clone(),
            collection_id: t.collection_id,
            detail: serde_json::to_string(&t.reply).map_err(|e| Fault::Corrupt(e.to_string()))?,
        });
    }
    sql::insert_notices(tx, book, &rows, ctx.now.0).await?;
    for (n, first) in repeats {
        out[n] = Some(recorded(taken[first].reply.clone(), &told[n]));
    }
    for (f, t) in fresh.iter().zip(taken) {
        out[f.index] = Some(t);
    }
    out.into_iter()
        .map(|t| t.ok_or_else(|| Fault::Corrupt("a notice without an answer".into()).into()))
        .collect()
}

/// A notice that is not known yet, under the reference that it is kept with.
struct Fresh {
    index: usize,
    name: String,
    conflict: Option<i64>,
}

fn conflict_ref(t: &Told, digest: &[u8]) -> String {
    format!("{}#{}", t.provider_ref, hex(&digest[..8]))
}

fn recorded(mut reply: NoticeReply, t: &Told) -> Taken {
    reply.again = true;
    Taken {
        collection_id: None,
        bank_account_id: t.bank_account_id,
        booked: None,
        known_amount: None,
        reply,
    }
}

type KnownNotices<'a> = HashMap<(Option<i64>, &'a str, String), (Vec<u8>, String)>;

async fn load_known<'a>(
    tx: &mut Tx,
    book: i64,
    told: &'a [Told],
    digests: &[Vec<u8>],
) -> Result<KnownNotices<'a>, Fault> {
    let mut asked: HashMap<(Option<i64>, &str), Vec<String>> = HashMap::new();
    for (t, digest) in told.iter().zip(digests) {
        let list = asked.entry((t.bank_account_id, &t.provider)).or_default();
        list.push(t.provider_ref.clone());
        list.push(conflict_ref(t, digest));
    }
    let mut out = HashMap::new();
    for ((bank, provider), refs) in asked {
        for (name, digest, detail) in sql::known_notices(tx, book, bank, provider, &refs).await? {
            out.insert((bank, provider, name), (digest, detail));
        }
    }
    Ok(out)
}

async fn book_fresh(
    tx: &mut Tx,
    ctx: &Ctx,
    keys: &KeyRing,
    biller: Option<&BillerCash>,
    told: &[Told],
    fresh: &[Fresh],
    first_id: i64,
) -> Result<Vec<Taken>, Failure> {
    let mut out: Vec<Taken> = fresh.iter().map(|f| plain(&told[f.index], f)).collect();
    let Some(biller) = biller else {
        for (t, f) in out.iter_mut().zip(fresh) {
            t.reply.outcome = told[f.index].kept.unwrap_or(UNKNOWN_ACCOUNT).into();
        }
        return Ok(out);
    };
    let mut banks: Vec<i64> = fresh
        .iter()
        .filter_map(|f| told[f.index].bank_account_id)
        .collect();
    banks.sort_unstable();
    banks.dedup();
    for bank_id in banks {
        if !cash::collects(tx, biller.book_id, bank_id).await? {
            continue;
        }
        let bank = crate::payment::sql::bank_account_by_id(tx, biller.book_id, bank_id).await?;
        let mine: Vec<usize> = (0..fresh.len())
            .filter(|n| {
                told[fresh[*n].index].bank_account_id == Some(bank_id)
                    && fresh[*n].conflict.is_none()
                    && told[fresh[*n].index].kept.is_none()
            })
            .collect();
        let mut booked_before = BookedBefore::load(tx, &bank, told, fresh, &mine).await?;
        let mut twins = Vec::new();
        let mut waiting = Waiting::load(tx, &bank, told, fresh, &mine).await?;
        let mut incoming = Vec::new();
        let mut places = Vec::new();
        for n in mine {
            let t = &told[fresh[n].index];
            let pair = waiting.take(t, ctx.now, !t.posts);
            let reply = &mut out[n];
            match (t.posts, pair) {
                (true, Some(line)) => {
                    let notice = first_id + i64::try_from(n).unwrap_or(0);
                    cash::set_notice(tx, biller.book_id, line.id, notice).await?;
                    reply.reply.outcome = "after_line".into();
                    reply.reply.collection = Some(line.id.to_string());
                    reply.reply.rule = Some(line.rule.clone());
                    reply.collection_id = Some(line.id);
                }
                (false, pair) => {
                    reply.reply.outcome = match pair {
                        Some(_) => "compared",
                        None => "compared_missing",
                    }
                    .into();
                    reply.collection_id = pair.map(|p| p.id);
                }
                (true, None) if let Some(same) = booked_before.find(t, ctx.now) => {
                    // The bank's reference is one booking's: told under two ids, booked once.
                    reply.reply.outcome = "compared".into();
                    match same {
                        Before::Here(place) => twins.push((n, place)),
                        Before::Known(id) => reply.collection_id = Some(id),
                    }
                }
                (true, None) => {
                    booked_before.add(t, n);
                    incoming.push(coming(
                        keys,
                        t,
                        ctx.now,
                        first_id + i64::try_from(n).unwrap_or(0),
                    )?);
                    places.push(n);
                }
            }
        }
        let booked = credit_in::book_credits(tx, ctx, biller, &bank, &incoming).await?;
        for (n, b) in places.into_iter().zip(booked) {
            let taken = &mut out[n];
            taken.reply.outcome = "booked".into();
            taken.reply.collection = Some(b.collection_id.to_string());
            taken.reply.rule = Some(b.rule.name().into());
            taken.reply.on_bills = b.on_bills;
            taken.reply.in_credit = b.in_credit;
            taken.reply.in_suspense = b.in_suspense;
            taken.collection_id = Some(b.collection_id);
            taken.booked = Some(b);
        }
        for (n, place) in twins {
            out[n].collection_id = out[place].collection_id;
        }
    }
    Ok(out)
}

fn plain(t: &Told, f: &Fresh) -> Taken {
    let outcome = match f.conflict {
        Some(_) => "conflict",
        None => t.kept.unwrap_or(UNKNOWN_ACCOUNT),
    };
    Taken {
        reply: NoticeReply {
            notice: String::new(),
            outcome: outcome.into(),
            collection: None,
            rule: None,
            amount: t.amount,
            on_bills: 0,
            in_credit: 0,
            in_suspense: 0,
            again: false,
        },
        bank_account_id: t.bank_account_id,
        collection_id: None,
        booked: None,
        known_amount: f.conflict,
    }
}

fn coming(keys: &KeyRing, t: &Told, now: Instant, notice: i64) -> Result<Incoming, Fault> {
    Ok(Incoming {
        amount: t.amount,
        day: day_of(t.at, now),
        at: t.at,
        content: t.content.clone(),
        virtual_account: t.virtual_account.clone(),
        bank_ref: t.bank_ref.clone(),
        counter: t.counter,
        counter_sealed: t
            .counter_text
            .as_ref()
            .map(|text| keys.seal_text(Purpose::BankAccount, text))
            .transpose()?,
        source: Source::Notice(notice),
    })
}

/// Days that a notice and its line may lie apart.
const APART_BEFORE: i64 = 3;
const APART_AFTER: i64 = 12;

/// True when a payment's day and a line's lie near enough to be one thing.
pub fn near(announced: Day, booked: Day) -> bool {
    booked >= announced.plus_days(-APART_BEFORE) && booked <= announced.plus_days(APART_AFTER)
}

/// Payments that a notice of a posting source told of, by the bank's own reference.
struct BookedBefore {
    known: Vec<CollectionRow>,
    /// Of this round: bank's reference, amount, content, and the place among the fresh.
    here: HashMap<(String, i64, String), usize>,
}

enum Before {
    Here(usize),
    Known(i64),
}

impl BookedBefore {
    async fn load(
        tx: &mut Tx,
        bank: &BankAccountRow,
        told: &[Told],
        fresh: &[Fresh],
        mine: &[usize],
    ) -> Result<BookedBefore, Fault> {
        let refs: Vec<String> = mine
            .iter()
            .map(|n| &told[fresh[*n].index])
            .filter(|t| t.posts && !t.bank_ref.is_empty())
            .map(|t| t.bank_ref.clone())
            .collect();
        Ok(BookedBefore {
            known: cash::announced_by_ref(tx, bank.book_id, bank.id, &refs).await?,
            here: HashMap::new(),
        })
    }

    fn key(t: &Told) -> (String, i64, String) {
        let content = credit_in::content_key(&t.content);
        (t.bank_ref.clone(), t.amount, content)
    }

    fn add(&mut self, t: &Told, place: usize) {
        if !t.bank_ref.is_empty() {
            self.here.insert(Self::key(t), place);
        }
    }

    fn find(&self, t: &Told, now: Instant) -> Option<Before> {
        if t.bank_ref.is_empty() {
            return None;
        }
        let key = Self::key(t);
        let day = day_of(t.at, now);
        let same = |c: &&CollectionRow| {
            (&c.bank_ref, c.amount, &c.content_key) == (&key.0, key.1, &key.2)
                && Day::from_number(c.day).is_ok_and(|d| near(day, d) || near(d, day))
        };
        match self.here.get(&key) {
            Some(place) => Some(Before::Here(*place)),
            None => self.known.iter().find(same).map(|c| Before::Known(c.id)),
        }
    }
}

/// Payments that wait for their other half.
struct Waiting {
    lines: Vec<CollectionRow>,
    /// Any payment of the account, to compare with.
    any: Vec<CollectionRow>,
}

impl Waiting {
    async fn load(
        tx: &mut Tx,
        bank: &BankAccountRow,
        told: &[Told],
        fresh: &[Fresh],
        mine: &[usize],
    ) -> Result<Waiting, Fault> {
        let mut keys = Vec::new();
        let mut refs = Vec::new();
        let mut compares = false;
        for n in mine {
            let t = &told[fresh[*n].index];
            keys.push(credit_in::content_key(&t.content));
            if !t.bank_ref.is_empty() {
                refs.push(t.bank_ref.clone());
            }
            compares |= !t.posts;
        }
        let (book, bank) = (bank.book_id, bank.id);
        let lines = cash::unpaired(tx, book, bank, false, &keys, &refs).await?;
        let mut any = Vec::new();
        if compares {
            any = cash::unpaired(tx, book, bank, true, &keys, &refs).await?;
            any.extend(lines.iter().cloned());
        }
        Ok(Waiting { lines, any })
    }

    /// The line's payment that a notice tells of: by the bank's reference, else the oldest
    /// by content; the amount is the same in any case.
    fn take(&mut self, t: &Told, now: Instant, compare: bool) -> Option<CollectionRow> {
        let from = if compare {
            &mut self.any
        } else {
            &mut self.lines
        };
        let key = credit_in::content_key(&t.content);
        let at = best(from, t.amount, &t.bank_ref, &key, |c| {
            Day::from_number(c.day).is_ok_and(|d| near(day_of(t.at, now), d))
        })?;
        Some(from.remove(at))
    }
}

/// The place of the payment of this amount with this bank reference, else of the oldest
/// with this content.
pub fn best(
    from: &[CollectionRow],
    amount: i64,
    bank_ref: &str,
    key: &str,
    fits: impl Fn(&CollectionRow) -> bool,
) -> Option<usize> {
    let same = |c: &CollectionRow| c.amount == amount && fits(c);
    from.iter()
        .position(|c| same(c) && !bank_ref.is_empty() && c.bank_ref == bank_ref)
        .or_else(|| from.iter().position(|c| same(c) && c.content_key == key))
}
