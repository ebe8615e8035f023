//! What a slice of transfers does to the balances: pure, guards in order.
//!
//! The groups are folded one after another. A group is decided whole: at its first culprit
//! everything that the group did is taken back, the culprit gets its reject and the others
//! of the group `linked_failed`.

use crate::error::Reject;
use ansinh_settlement::Dong;
use std::collections::HashMap;

/// A transfer that somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewTransfer {
    /// The caller's name for it, unique in the book for ever.
    pub client_id: i64,
    pub debit_id: i64,
    pub credit_id: i64,
    /// đồng, above zero and at most 10^15.
    pub amount: i64,
    pub code: super::Code,
    /// Id of what caused it.
    pub cause_id: i64,
    /// The transfer that this one undoes.
    pub reverses_seq: Option<i64>,
}

impl NewTransfer {
    pub fn new(
        client_id: i64,
        debit_id: i64,
        credit_id: i64,
        amount: Dong,
        code: super::Code,
        cause_id: i64,
    ) -> Self {
        NewTransfer {
            client_id,
            debit_id,
            credit_id,
            amount: amount.get(),
            code,
            cause_id,
            reverses_seq: None,
        }
    }
}

/// The answer to a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posted {
    pub seq: i64,
    /// True when it had been posted before with the same content: nothing was done again.
    pub again: bool,
}

/// An account as the decision needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountState {
    pub name: String,
    /// 1, -1 or 0: see the migration, table `balance`.
    pub guard: i64,
    pub debits: i64,
    pub credits: i64,
}

/// What is known before the decision.
#[derive(Debug, Default)]
pub struct Known {
    pub accounts: HashMap<i64, AccountState>,
    /// Client ids that were posted before: the content and its seq.
    pub earlier: HashMap<i64, (NewTransfer, i64)>,
    pub last_seq: i64,
}

/// The results in order, and the transfers to record with their seq.
pub struct Decision {
    pub results: Vec<Result<Posted, Reject>>,
    pub record: Vec<(i64, NewTransfer)>,
}

/// Decides the groups in order; `known` afterwards holds the balances after them.
pub fn decide(known: &mut Known, groups: &[&[NewTransfer]]) -> Decision {
    let mut results = Vec::new();
    let mut record: Vec<(i64, NewTransfer)> = Vec::new();
    for group in groups {
        let kept = record.len();
        let seq_before = known.last_seq;
        let mut answers = Vec::with_capacity(group.len());
        let mut culprit = None;
        for (index, transfer) in group.iter().enumerate() {
            match decide_one(known, transfer) {
                Ok(posted) => {
                    if !posted.again {
                        record.push((posted.seq, *transfer));
                    }
                    answers.push(posted);
                }
                Err(reject) => {
                    culprit = Some((index, reject));
                    break;
                }
            }
        }
        match culprit {
            None => results.extend(answers.into_iter().map(Ok)),
            Some((index, reject)) => {
                for (_, undone) in record.drain(kept..).rev() {
                    known.earlier.remove(&undone.client_id);
                    shift(known, &undone, -1);
                }
                known.last_seq = seq_before;
                for i in 0..group.len() {
                    results.push(Err(if i == index {
                        reject.clone()
                    } else {
                        Reject::LinkedFailed { index }
                    }));
                }
            }
        }
    }
    Decision { results, record }
}

fn decide_one(known: &mut Known, t: &NewTransfer) -> Result<Posted, Reject> {
    if let Some((was, seq)) = known.earlier.get(&t.client_id) {
        return if was == t {
            Ok(Posted {
                seq: *seq,
                again: true,
            })
        } else {
            Err(Reject::ClientIdReused {
                client_id: t.client_id.to_string(),
            })
        };
    }
    if t.amount <= 0 || t.amount > Dong::PAYMENT_LIMIT.get() {
        return Err(Reject::AmountInvalid { amount: t.amount });
    }
    let unknown = |id: i64| Reject::AccountUnknown {
        account: id.to_string(),
    };
    let debit = known
        .accounts
        .get(&t.debit_id)
        .ok_or_else(|| unknown(t.debit_id))?;
    let credit = known
        .accounts
        .get(&t.credit_id)
        .ok_or_else(|| unknown(t.credit_id))?;
    if t.debit_id == t.credit_id {
        return Err(Reject::SameAccount {
            account: debit.name.clone(),
        });
    }
    for (account, sum) in [(debit, debit.debits), (credit, credit.credits)] {
        if sum > Dong::LIMIT - t.amount {
            return Err(Reject::SumTooLarge {
                account: account.name.clone(),
            });
        }
    }
    for (account, debits, credits) in [
        (debit, debit.debits + t.amount, debit.credits),
        (credit, credit.debits, credit.credits + t.amount),
    ] {
        if account.guard * (credits - debits) < 0 {
            let available = (account.guard * (account.credits - account.debits)).max(0);
            return Err(Reject::Overdrawn {
                account: account.name.clone(),
                available: Dong::new(available).unwrap_or(Dong::ZERO),
                needed: Dong::new(t.amount).unwrap_or(Dong::ZERO),
            });
        }
    }
    // After this point it must succeed.
    shift(known, t, 1);
    known.last_seq += 1;
    known.earlier.insert(t.client_id, (*t, known.last_seq));
    Ok(Posted {
        seq: known.last_seq,
        again: false,
    })
}

fn shift(known: &mut Known, t: &NewTransfer, sign: i64) {
    if let Some(account) = known.accounts.get_mut(&t.debit_id) {
        account.debits += sign * t.amount;
    }
    if let Some(account) = known.accounts.get_mut(&t.credit_id) {
        account.credits += sign * t.amount;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Code;

    fn known() -> Known {
        let account = |name: &str, guard| AccountState {
            name: name.into(),
            guard,
            debits: 0,
            credits: 0,
        };
        Known {
            accounts: HashMap::from([
                (1, account("nostro/a", 0)),
                (2, account("fund/b", 1)),
                (3, account("beneficiary/c", 1)),
                (4, account("claim/d", -1)),
            ]),
            ..Known::default()
        }
    }

    fn t(client_id: i64, debit_id: i64, credit_id: i64, amount: i64) -> NewTransfer {
        NewTransfer {
            client_id,
            debit_id,
            credit_id,
            amount,
            code: Code::Other,
            cause_id: 0,
            reverses_seq: None,
        }
    }

    fn code(result: &Result<Posted, Reject>) -> &'static str {
        match result {
            Ok(p) if p.again => "again",
            Ok(_) => "posted",
            Err(r) => r.code(),
        }
    }

    /// Catches a guard that is missing, in the wrong order, or on the wrong side.
    #[test]
    fn guards_answer_in_order() {
        let cases: &[(&[NewTransfer], &[&str])] = &[
            (&[t(1, 1, 2, 100)], &["posted"]),
            (&[t(1, 1, 2, 100)], &["again"]),
            (&[t(1, 1, 2, 101)], &["client_id_reused"]),
            (&[t(2, 1, 2, 0)], &["amount_invalid"]),
            (&[t(2, 1, 2, -5)], &["amount_invalid"]),
            (&[t(2, 1, 2, 1_000_000_000_000_001)], &["amount_invalid"]),
            (&[t(2, 1, 9, 1)], &["account_unknown"]),
            (&[t(2, 2, 2, 1)], &["same_account"]),
            (&[t(2, 2, 3, 101)], &["overdrawn"]),
            (&[t(2, 1, 4, 1)], &["overdrawn"]),
            (
                &[t(2, 2, 3, 60), t(3, 2, 3, 60)],
                &["linked_failed", "overdrawn"],
            ),
            (&[t(2, 2, 3, 60), t(3, 3, 2, 60)], &["posted", "posted"]),
        ];
        let mut known = known();
        for (group, expected) in cases {
            let decision = decide(&mut known, &[group]);
            let got: Vec<_> = decision.results.iter().map(code).collect();
            assert_eq!(&got, expected, "{group:?}");
        }
        assert_eq!(known.last_seq, 3);
        assert_eq!(
            (known.accounts[&2].debits, known.accounts[&2].credits),
            (60, 160)
        );
    }
}
