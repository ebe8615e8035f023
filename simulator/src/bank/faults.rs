//! What the bank gets wrong, and how often. Which payment is hit follows from the
//! seed; how many are hit is exact, so a test can ask for three of a kind.

use serde::{Deserialize, Serialize};

use super::Payment;
use crate::rng::{Permutation, hash};
use crate::statement::AMOUNT_MAX;

/// How many of a number of things: a rate, a count, or both together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    pub per_mille: u32,
    pub exactly: u32,
}

impl Share {
    pub const NONE: Self = Self {
        per_mille: 0,
        exactly: 0,
    };

    #[must_use]
    pub const fn per_mille(per_mille: u32) -> Self {
        Self {
            per_mille,
            exactly: 0,
        }
    }

    #[must_use]
    pub const fn exactly(exactly: u32) -> Self {
        Self {
            per_mille: 0,
            exactly,
        }
    }

    #[must_use]
    pub fn of(self, all: u64) -> u64 {
        (all * u64::from(self.per_mille) + 500) / 1000 + u64::from(self.exactly)
    }
}

/// The faults of a bank. Those of payments count for each payment block of a file,
/// a payment has at most one; the last three count for each day on which payments
/// were booked, by rate of their number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// The payee's account is closed: a debit, and a credit back (AC04) the same day.
    pub closed: Share,
    /// The same, the credit back in the next statement.
    pub closed_later: Share,
    /// Booked in the next statement.
    pub late: Share,
    /// Booked twice, under two entry ids.
    pub doubled: Share,
    /// Booked once, the line stands twice in the file.
    pub redelivered: Share,
    /// Booked with less.
    pub short: Share,
    /// Booked with more.
    pub excess: Share,
    /// Paid to another account.
    pub misdirected: Share,
    /// Booked right, under a reference that lost its end on the way.
    pub cut_reference: Share,
    /// Never booked.
    pub dropped: Share,
    /// A debit that nobody asked for.
    pub foreign_debit: Share,
    /// The bank's charge.
    pub fee: Share,
    /// Money from somebody, for a reason of their own.
    pub foreign_credit: Share,
}

impl Faults {
    pub const NONE: Self = Self {
        closed: Share::NONE,
        closed_later: Share::NONE,
        late: Share::NONE,
        doubled: Share::NONE,
        redelivered: Share::NONE,
        short: Share::NONE,
        excess: Share::NONE,
        misdirected: Share::NONE,
        cut_reference: Share::NONE,
        dropped: Share::NONE,
        foreign_debit: Share::NONE,
        fee: Share::NONE,
        foreign_credit: Share::NONE,
    };

    /// The same share of every fault.
    #[must_use]
    pub const fn all(share: Share) -> Self {
        Self {
            closed: share,
            closed_later: share,
            late: share,
            doubled: share,
            redelivered: share,
            short: share,
            excess: share,
            misdirected: share,
            cut_reference: share,
            dropped: share,
            foreign_debit: share,
            fee: share,
            foreign_credit: share,
        }
    }

    /// The share of a fault by its name, as a command line gives it.
    pub fn by_name(&mut self, name: &str) -> Option<&mut Share> {
        Some(match name {
            "closed" => &mut self.closed,
            "closed_later" => &mut self.closed_later,
            "late" => &mut self.late,
            "doubled" => &mut self.doubled,
            "redelivered" => &mut self.redelivered,
            "short" => &mut self.short,
            "excess" => &mut self.excess,
            "misdirected" => &mut self.misdirected,
            "cut_reference" => &mut self.cut_reference,
            "dropped" => &mut self.dropped,
            "foreign_debit" => &mut self.foreign_debit,
            "fee" => &mut self.fee,
            "foreign_credit" => &mut self.foreign_credit,
            _ => return None,
        })
    }
}

/// What becomes of a payment, or why else a line stands in a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Taken, its day not yet closed.
    Queued,
    /// As instructed.
    Settled,
    Closed,
    ClosedLater,
    Late,
    Doubled,
    Redelivered,
    Short,
    Excess,
    Misdirected,
    CutReference,
    Dropped,
    ForeignDebit,
    Fee,
    ForeignCredit,
    /// Money announced to the bank with [`super::Bank::credit`].
    Credit,
}

/// The fates of the payments of one block.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    shuffle: Permutation,
    /// Places of the shuffle below each bound have the fate, in order.
    bounds: [(u64, Fate); 10],
    seed: u64,
}

impl Plan {
    pub fn new(faults: &Faults, seed: u64, payments: u64) -> Self {
        let mut bound = 0;
        let bounds = [
            (faults.closed, Fate::Closed),
            (faults.closed_later, Fate::ClosedLater),
            (faults.late, Fate::Late),
            (faults.doubled, Fate::Doubled),
            (faults.redelivered, Fate::Redelivered),
            (faults.short, Fate::Short),
            (faults.excess, Fate::Excess),
            (faults.misdirected, Fate::Misdirected),
            (faults.cut_reference, Fate::CutReference),
            (faults.dropped, Fate::Dropped),
        ]
        .map(|(share, fate)| {
            bound += share.of(payments);
            (bound, fate)
        });
        Self {
            shuffle: Permutation::new(hash(seed, 40, payments), payments),
            bounds,
            seed,
        }
    }

    pub fn fate(&self, index: u32, payment: &Payment) -> Fate {
        let [.., (last, _)] = self.bounds;
        if last == 0 {
            return Fate::Settled;
        }
        let place = self.shuffle.at(u64::from(index));
        let fate = self.bounds.iter().find(|(bound, _)| place < *bound);
        match fate.map_or(Fate::Settled, |(_, fate)| *fate) {
            // one đồng can't be short, the largest amount can't be exceeded
            Fate::Short if payment.amount < 2 => Fate::Excess,
            Fate::Excess if payment.amount == AMOUNT_MAX => Fate::Short,
            fate => fate,
        }
    }

    /// By how much a short or excess booking is wrong, at most `room`.
    pub fn difference(&self, index: u32, room: i64) -> i64 {
        let thousands = hash(self.seed, 41, u64::from(index)) % 50 + 1;
        i64::try_from(thousands).map_or(1, |t| t * 1000).min(room)
    }

    pub fn chance(&self, index: u32) -> u64 {
        hash(self.seed, 42, u64::from(index))
    }
}
