//! Financial addresses: where a person's money goes, and when it may go there.
//!
//! `unverified -> name_matched -> active`; `closed`. Until a bank answers name inquiries
//! over a channel, an address becomes active by comparison with the bank's list of
//! holders: same bank and number, open, and the holder's name equal to the person's (or
//! the proxy's) with case, accents and spacing taken off. An address whose lost zeros were
//! restored and that no holder confirms stays unverified.

use super::name::holder_agrees;
use super::sql::{self, AddressRow, HolderRow};
use crate::error::Fault;
use crate::store::keys::{KeyRing, Purpose};
use crate::store::{Ctx, INSTALLATION, Tx};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A place that a list names for a person's money.
#[derive(Clone, Debug)]
pub struct NewAddress {
    pub person_id: i64,
    pub bin: String,
    pub account_number: String,
    /// True when lost leading zeros were put back.
    pub restored: bool,
    /// The person's own name, or the proxy's.
    pub holder_name: String,
    /// Number of the proxy, where the holder is not the person.
    pub proxy_number: Option<String>,
    pub is_proxy: bool,
}

/// An address as payments need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRef {
    pub id: i64,
    pub active: bool,
}

/// What a comparison with the bank's list says. An address from which a payment came back
/// is believed again only by a list that the bank made later: `returned_at` is when we
/// learned of the return, and the list's own date counts, never when it was loaded.
pub fn decide_state(
    holder: Option<&HolderRow>,
    expected_name: &str,
    returned_at: Option<i64>,
) -> (&'static str, &'static str) {
    match holder {
        None => ("unverified", "no_holder"),
        Some(h) if returned_at.is_some_and(|at| h.as_of <= at) => ("unverified", "returned"),
        Some(h) if h.status == "closed" => ("closed", "holder_closed"),
        Some(h) if h.status == "contradicted" => ("unverified", "holder_contradicted"),
        Some(h) if holder_agrees(expected_name, &h.name) => ("active", "holder_agrees"),
        Some(_) => ("unverified", "holder_differs"),
    }
}

/// What counts of an account of which two lists of one date speak. None where the known word
/// stands: the same word, or a worse one than the new. Whichever came first, the answer is
/// the same, and it never pays more than one of them would: `closed` beats `open`, and of
/// two owners nobody is believed until a later list.
pub fn decide_same_date(known: &HolderRow, name: &str, status: &str) -> Option<HolderRow> {
    let now = |name: &str, status: &str| HolderRow {
        name: name.to_owned(),
        status: status.to_owned(),
        as_of: known.as_of,
    };
    match (known.status.as_str(), status) {
        ("closed", _) => None,
        (_, "closed") => Some(now(name, "closed")),
        ("contradicted", _) => None,
        _ if holder_agrees(&known.name, name) => None,
        _ => Some(now(&known.name, "contradicted")),
    }
}

/// True where two words about one account, of one date, cannot both be right.
fn contradict(known: &HolderRow, holder: &Holder) -> bool {
    known.status != holder.status || !holder_agrees(&known.name, &holder.holder_name)
}

/// The comparison of a known address; none where nothing changes.
fn compared(row: &AddressRow, holder: Option<&HolderRow>) -> Option<(&'static str, &'static str)> {
    let returned_at = row.reason.starts_with("returned").then_some(row.state_at);
    let (state, reason) = decide_state(holder, &row.holder_name, returned_at);
    if reason == "returned" || (returned_at.is_some() && state != "active") {
        return None;
    }
    ((row.state.as_str(), row.reason.as_str()) != (state, reason)).then_some((state, reason))
}

/// Takes over addresses, compares each with the holders, returns them in order. The
/// installation's head must be locked.
pub async fn take_over(
    tx: &mut Tx,
    keys: &KeyRing,
    ctx: &Ctx,
    addresses: &[NewAddress],
) -> Result<Vec<AddressRef>, Fault> {
    let persons: Vec<i64> = addresses.iter().map(|a| a.person_id).collect();
    let known = sql::addresses_of(tx, &persons).await?;
    let counters: Vec<i64> = addresses
        .iter()
        .map(|a| keys.fingerprint(&a.bin, &a.account_number))
        .collect();
    let holders = sql::holders(tx, &counters).await?;
    let mut out = Vec::with_capacity(addresses.len());
    let mut made: Vec<AddressRow> = Vec::new();
    let mut moved: Vec<AddressRow> = Vec::new();
    let mut fresh: HashMap<(i64, i64), AddressRef> = HashMap::new();
    for (a, counter) in addresses.iter().zip(&counters) {
        let holder = holders.get(counter);
        if let Some(row) = known.get(&(a.person_id, *counter)) {
            let mut state = row.state.as_str();
            if let Some((now, reason)) = compared(row, holder) {
                moved.push(row.moved(now, reason, ctx.now.0));
                state = now;
            }
            out.push(AddressRef {
                id: row.id,
                active: state == "active",
            });
            continue;
        }
        let (state, reason) = decide_state(holder, &a.holder_name, None);
        if let Some(address) = fresh.get(&(a.person_id, *counter)) {
            out.push(*address);
            continue;
        }
        let id = tx.reserve_ids(INSTALLATION, 1)?;
        let address = AddressRef {
            id,
            active: state == "active",
        };
        fresh.insert((a.person_id, *counter), address);
        out.push(address);
        made.push(AddressRow {
            id,
            person_id: a.person_id,
            holder: if a.is_proxy { "proxy" } else { "own" }.into(),
            holder_number: a
                .proxy_number
                .as_deref()
                .map(|n| keys.seal_text(Purpose::Identity, n))
                .transpose()?,
            holder_name: a.holder_name.clone(),
            bin: a.bin.clone(),
            sealed: keys.seal_text(Purpose::BankAccount, &a.account_number)?,
            counter: *counter,
            payee: keys.payee(&a.bin, &a.account_number, &a.holder_name),
            restored: a.restored,
            state: state.into(),
            reason: reason.into(),
            state_at: ctx.now.0,
        });
    }
    // The same address twice in a list moves once.
    moved.sort_unstable_by_key(|a| a.id);
    moved.dedup_by_key(|a| a.id);
    sql::put_address_states(tx, &moved).await?;
    sql::insert_addresses(tx, &made, ctx.now.0).await?;
    Ok(out)
}

/// True while money may go to the address.
pub async fn is_active(tx: &mut Tx, address: i64) -> Result<bool, Fault> {
    sql::address_is_active(tx, address).await
}

/// A line of a bank's list of holders.
#[derive(Clone, Debug)]
pub struct Holder {
    pub bin: String,
    pub account_number: String,
    pub holder_name: String,
    /// `open` or `closed`.
    pub status: String,
}

/// What a list of holders changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Addresses that became active, and that ceased to be active.
    pub activated: i64,
    pub stopped: i64,
    /// Addresses from which a payment came back and that no later list names yet.
    pub held: i64,
    /// Accounts of the list of which a newer list spoke before; that one counts.
    pub not_newer: i64,
    /// Accounts of which another list of the same date says otherwise; the worse word counts.
    pub contradictions: i64,
    /// Which, the first thousand.
    pub contradicted: Vec<Contradiction>,
}

/// Two lists of one date that do not agree about an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contradiction {
    pub bank_bin: String,
    /// Masked, `***890`.
    pub account_number: String,
    /// What was known: owner, and `open`, `closed` or `contradicted`.
    pub known_name: String,
    pub known_status: String,
    /// What this list says.
    pub listed_name: String,
    pub listed_status: String,
}

/// Keeps the holders and compares every address with them again; `as_of` is the date of
/// the list, UTC microseconds. Each account may stand in `holders` once.
pub async fn load_holders(
    tx: &mut Tx,
    keys: &KeyRing,
    ctx: &Ctx,
    holders: &[Holder],
    as_of: i64,
) -> Result<Compared, Fault> {
    let kept = keep_holders(tx, keys, holders, as_of).await?;
    let compared = compare_all(tx, ctx.now.0).await?;
    Ok(Compared {
        not_newer: kept.not_newer,
        contradictions: kept.contradictions,
        contradicted: kept.contradicted,
        ..compared
    })
}

/// Keeps what a bank's list says of its accounts; which of them a newer list had named
/// already, or one of the same date otherwise. The rows go in by the order of their key, or a big list would touch every page
/// of the table once for each of its chunks.
pub async fn keep_holders(
    tx: &mut Tx,
    keys: &KeyRing,
    holders: &[Holder],
    as_of: i64,
) -> Result<Compared, Fault> {
    let mut order: Vec<(i64, usize)> = holders
        .iter()
        .enumerate()
        .map(|(i, h)| (keys.fingerprint(&h.bin, &h.account_number), i))
        .collect();
    order.sort_unstable_by_key(|(counter, i)| (*counter, std::cmp::Reverse(*i)));
    order.dedup_by_key(|(counter, _)| *counter);
    let mut kept = Compared::default();
    for chunk in order.chunks(10_000) {
        let counters: Vec<i64> = chunk.iter().map(|(counter, _)| *counter).collect();
        let known = sql::holders(tx, &counters).await?;
        let mut rows: Vec<(i64, String, String)> = Vec::with_capacity(chunk.len());
        for (counter, i) in chunk {
            let h = &holders[*i];
            match known.get(counter) {
                Some(row) if row.as_of > as_of => kept.not_newer += 1,
                Some(row) if row.as_of == as_of => {
                    if contradict(row, h) {
                        kept.note(row, h);
                    }
                    if let Some(now) = decide_same_date(row, &h.holder_name, &h.status) {
                        rows.push((*counter, now.name, now.status));
                    }
                }
                _ => rows.push((*counter, h.holder_name.clone(), h.status.clone())),
            }
        }
        sql::put_holders(tx, &rows, as_of).await?;
    }
    Ok(kept)
}

/// Contradictions that an answer names.
const NAMED_MAX: usize = 1_000;

impl Compared {
    fn note(&mut self, known: &HolderRow, listed: &Holder) {
        self.contradictions += 1;
        if self.contradicted.len() < NAMED_MAX {
            self.contradicted.push(Contradiction {
                bank_bin: listed.bin.clone(),
                account_number: crate::words::mask_digits(&listed.account_number),
                known_name: known.name.clone(),
                known_status: known.status.clone(),
                listed_name: listed.holder_name.clone(),
                listed_status: listed.status.clone(),
            });
        }
    }
}

async fn compare_all(tx: &mut Tx, at: i64) -> Result<Compared, Fault> {
    let mut all = Compared::default();
    for active in [false, true] {
        let mut after = 0;
        loop {
            let rows = if active {
                sql::addresses_active(tx, after, 5_000).await?
            } else {
                sql::addresses_not_active(tx, after, 5_000).await?
            };
            let Some(last) = rows.last() else { break };
            after = last.id;
            let counters: Vec<i64> = rows.iter().map(|a| a.counter).collect();
            let holders = sql::holders(tx, &counters).await?;
            let mut moved = Vec::new();
            for row in &rows {
                let Some((state, reason)) = compared(row, holders.get(&row.counter)) else {
                    all.held += i64::from(row.reason.starts_with("returned"));
                    continue;
                };
                moved.push(row.moved(state, reason, at));
                match (active, state == "active") {
                    (false, true) => all.activated += 1,
                    (true, false) => all.stopped += 1,
                    _ => {}
                }
            }
            sql::put_address_states(tx, &moved).await?;
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a payment to somebody else's, a closed or an unknown account.
    #[test]
    fn an_address_is_active_only_when_the_bank_names_the_same_holder() {
        let row = |name: &str, status: &str| HolderRow {
            name: name.into(),
            status: status.into(),
            as_of: 10,
        };
        for (holder, returned_at, state) in [
            (Some(row("NGUYEN VAN A", "open")), None, "active"),
            (Some(row("NGUYỄN  VĂN A", "open")), None, "active"),
            (Some(row("NGUYEN VAN B", "open")), None, "unverified"),
            (Some(row("NGUYEN VAN A", "closed")), None, "closed"),
            (None, None, "unverified"),
            (Some(row("NGUYEN VAN A", "open")), Some(10), "unverified"),
            (Some(row("NGUYEN VAN A", "open")), Some(9), "active"),
        ] {
            assert_eq!(
                decide_state(holder.as_ref(), "Nguyễn Văn A", returned_at).0,
                state,
                "{holder:?}"
            );
        }
    }
}
