//! What is still owed of an entitlement, and how much of that may be sent now.
//!
//! An entitlement may go out in parts, and its parts may come back in any order: settled
//! short, returned, rejected, settled after all. So nothing is concluded from one
//! instruction: all of an entitlement's instructions are counted together.
//!
//! | word | meaning |
//! |---|---|
//! | delivered | settled, less what came back |
//! | in clearing | sent, and neither settled nor rejected |
//! | stands | granted or come back, and not sent: on the beneficiary's account |
//! | reserved | lines that are planned and not sent |
//!
//! `owed = amount - delivered - in clearing - reserved`; what may be sent now is that much
//! of it as stands on the account and no line reserves. This is invariant 3 of the design
//! as a rule for the next line: settled - returned + under way never exceeds the amount.

use super::BatchState;
use super::sql;
use crate::error::Fault;
use crate::store::Tx;
use std::collections::BTreeMap;

/// One instruction of an entitlement, as the rows tell. Amounts in đồng.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub id: i64,
    pub amount: i64,
    /// False for a line of a follow-up, which grants nothing.
    pub grants: bool,
    pub batch: BatchState,
    pub ended: bool,
    pub withdrawn: bool,
    /// What a match settled of it, however often.
    pub settled: i64,
    /// Of that, what settled after the bank's word that it was rejected.
    pub settled_after_all: i64,
    pub rejected: i64,
    pub returned: i64,
}

impl Part {
    fn sent(&self) -> bool {
        !self.withdrawn && matches!(self.batch, BatchState::Sent | BatchState::Completed)
    }

    fn granted(&self) -> bool {
        self.grants && (self.sent() || (!self.withdrawn && self.batch == BatchState::Released))
    }

    /// Under way, or planned to be: no statement has said anything of it.
    pub fn is_open(&self) -> bool {
        !self.ended && self.settled == 0
    }

    /// A line of a follow-up that is not sent yet.
    pub fn is_planned_again(&self) -> bool {
        !self.grants && !self.ended && !self.sent()
    }

    /// What was rejected of it and did not settle after all.
    pub fn rejected_open(&self) -> i64 {
        self.rejected - self.settled_after_all
    }
}

/// Where the money of one entitlement is. Amounts in đồng.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    pub delivered: i64,
    pub in_clearing: i64,
    pub stands: i64,
    pub reserved: i64,
    /// Of the reserved, what stands on the account already; the rest is still to be granted.
    reserved_standing: i64,
}

impl Position {
    pub fn of(parts: &[Part]) -> Position {
        let mut p = Position::default();
        for part in parts {
            p.delivered += part.settled - part.returned;
            p.stands += part.rejected + part.returned - part.settled_after_all;
            if part.granted() {
                p.stands += part.amount;
            }
            if part.sent() {
                p.stands -= part.amount;
                let from_clearing = part.settled - part.settled_after_all;
                p.in_clearing += part.amount - from_clearing - part.rejected;
            } else if !part.ended {
                p.reserved += part.amount;
                if part.granted() || !part.grants {
                    p.reserved_standing += part.amount;
                }
            }
        }
        p
    }

    /// What nobody has sent or planned of an entitlement of `amount`; below 0 where more
    /// would reach the payee than is due.
    pub fn owed(&self, amount: i64) -> i64 {
        amount - self.delivered - self.in_clearing - self.reserved
    }

    /// What a new line may take up; below 0 where lines are planned of money that is gone.
    pub fn sendable(&self, amount: i64) -> i64 {
        self.owed(amount).min(self.stands - self.reserved_standing)
    }
}

/// An entitlement with all its instructions.
#[derive(Clone, Debug, Default)]
pub struct Owed {
    /// đồng.
    pub amount: i64,
    pub parts: Vec<Part>,
}

impl Owed {
    pub fn position(&self) -> Position {
        Position::of(&self.parts)
    }

    pub fn sendable(&self) -> i64 {
        self.position().sendable(self.amount)
    }
}

/// The entitlements `ids` with their instructions.
pub async fn load(tx: &mut Tx, book: i64, ids: &[i64]) -> Result<BTreeMap<i64, Owed>, Fault> {
    let mut out: BTreeMap<i64, Owed> = BTreeMap::new();
    sql::each_part(tx, book, ids, |entitlement, amount, part| {
        let owed = out.entry(entitlement).or_default();
        owed.amount = amount;
        owed.parts.push(part);
    })
    .await?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(amount: i64, batch: BatchState) -> Part {
        Part {
            id: 1,
            amount,
            grants: true,
            batch,
            ended: false,
            withdrawn: false,
            settled: 0,
            settled_after_all: 0,
            rejected: 0,
            returned: 0,
        }
    }

    /// Catches a part that is sent twice, or that nothing can send any more.
    #[test]
    fn what_is_owed_follows_from_all_parts() {
        use BatchState::{Approved, Draft, Released, Sent};
        let sent = part(100, Sent);
        let short = Part {
            settled: 60,
            ..sent
        };
        let ended = |p: Part| Part { ended: true, ..p };
        let again = |amount, batch| Part {
            grants: false,
            ..part(amount, batch)
        };
        let rest_rejected = ended(Part {
            rejected: 40,
            ..short
        });
        for (what, parts, sendable) in [
            ("planned", vec![part(100, Draft)], 0),
            ("granted", vec![part(100, Released)], 0),
            ("under way", vec![sent], 0),
            ("short, the rest in clearing", vec![short], 0),
            ("the rest rejected", vec![rest_rejected], 40),
            (
                "and sent again",
                vec![rest_rejected, again(40, Approved)],
                0,
            ),
            (
                "then the first part came back",
                vec![
                    Part {
                        returned: 60,
                        ..rest_rejected
                    },
                    ended(Part {
                        settled: 40,
                        ..again(40, Sent)
                    }),
                ],
                60,
            ),
            (
                "both came back",
                vec![
                    Part {
                        returned: 60,
                        ..rest_rejected
                    },
                    ended(Part {
                        settled: 40,
                        returned: 40,
                        ..again(40, Sent)
                    }),
                ],
                100,
            ),
            (
                "returned in part, the rest in clearing",
                vec![ended(Part {
                    returned: 60,
                    ..short
                })],
                60,
            ),
            (
                "rejected, and settled after all",
                vec![ended(Part {
                    rejected: 100,
                    settled: 100,
                    settled_after_all: 100,
                    ..sent
                })],
                0,
            ),
            (
                "rejected, planned again, and settled after all",
                vec![
                    ended(Part {
                        rejected: 100,
                        settled: 100,
                        settled_after_all: 100,
                        ..sent
                    }),
                    again(100, Draft),
                ],
                -100,
            ),
            (
                "withdrawn",
                vec![ended(Part {
                    withdrawn: true,
                    ..part(100, Sent)
                })],
                0,
            ),
            (
                "the batch rejected",
                vec![ended(part(100, BatchState::Rejected))],
                0,
            ),
        ] {
            assert_eq!(Position::of(&parts).sendable(100), sendable, "{what}");
        }
    }
}
