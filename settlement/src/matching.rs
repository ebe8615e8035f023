//! The expected payments of one book, and the judgement on each statement line against them.
//!
//! Invariants: a payment is consumed at most once; only an exact reference of this book
//! with the same account, booked no earlier than instructed, is ever consumed; nothing is
//! guessed. Memory is 16 bytes and one bit for each sequence between the first and the last
//! of a block: references are dense, so a block is an array and a look-up is one index.

mod block;

use crate::{Day, Dong, Reference};
use block::Block;
use std::fmt;

/// What the books expect the bank to have done under one reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// What was instructed, 1 to 10^15 đồng.
    pub amount: Dong,
    /// Keyed fingerprint of the payee's BIN and account number.
    pub counter: u64,
    /// The bank day of the instruction; no booking can be earlier.
    pub instructed_on: Day,
}

/// What a statement line is, in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No reference, none that can be read, or one of another book or kind.
    NoReference,
    /// A credit under a reference of ours: a return, or a claim made good.
    CreditWithReference,
    /// Ours in form, but not among the open ones: settled before, rejected, or never made.
    NotOpen,
    /// A second booking under a reference that an earlier line of this file has consumed.
    AlreadySettledHere,
    /// The money went to another account than instructed.
    AccountDiffers,
    /// Booked before the instruction was given.
    DayTooEarly,
    /// The right reference and account, another amount.
    AmountDiffers { expected: Dong },
    /// Reference, account and amount are as instructed.
    Matched,
}

/// Why a payment cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenPaymentsError {
    /// The sequence was added before.
    Duplicate,
    /// Not 1 to 10^15 đồng.
    Amount,
    /// More than 8,000 days from the first payment of its block.
    Day,
    /// Beyond the largest sequence of a reference.
    Sequence,
}

/// The open payments of one prefix and book.
#[derive(Debug)]
pub struct OpenPayments {
    prefix: u8,
    book: u32,
    /// Sorted by first sequence, never overlapping.
    blocks: Vec<Block>,
    /// The block that took the last payment.
    current: usize,
    len: usize,
    open: usize,
}

/// A longer gap between two sequences opens a new block: 64 empty places cost 1 KiB.
const GAP_MAX: u64 = 64;

impl OpenPayments {
    /// The counter side is not on the line: the account is then not compared.
    pub const COUNTER_UNKNOWN: u64 = 0;

    /// No payments yet; references of another `prefix` or `book` are none of ours.
    pub fn new(prefix: u8, book: u32) -> OpenPayments {
        OpenPayments {
            prefix,
            book,
            blocks: Vec::new(),
            current: 0,
            len: 0,
            open: 0,
        }
    }

    /// Starts a block of sequences from `first_sequence`, such as those of one batch.
    ///
    /// It need not be called: [`OpenPayments::push`] opens blocks where sequences jump.
    pub fn add_block(&mut self, first_sequence: u64) {
        let at = self.blocks.partition_point(|b| b.first < first_sequence);
        let inside = at > 0 && self.blocks[at - 1].end() > first_sequence;
        let same = self
            .blocks
            .get(at)
            .is_some_and(|b| b.first == first_sequence);
        if !inside && !same {
            self.blocks.insert(at, Block::new(first_sequence));
            self.current = at;
        }
    }

    /// Adds an open payment. Any order is right; ascending sequences are the fast one.
    ///
    /// An error for a sequence that is there already, and for an amount or a day that no
    /// payment can have; the payments are then as before.
    pub fn push(&mut self, sequence: u64, expected: &Expected) -> Result<(), OpenPaymentsError> {
        if sequence > Reference::SEQUENCE_MAX {
            return Err(OpenPaymentsError::Sequence);
        }
        if !expected.amount.is_payable() {
            return Err(OpenPaymentsError::Amount);
        }
        let at = self.block_for(sequence);
        let block = &mut self.blocks[at];
        if block.get(sequence).is_some() {
            return Err(OpenPaymentsError::Duplicate);
        }
        block.set(sequence, expected)?;
        self.current = at;
        self.len += 1;
        self.open += 1;
        Ok(())
    }

    /// Judges a debit; the sequence is given for every reference of this book.
    ///
    /// `Matched` and `AmountDiffers` consume the payment: money left under its reference.
    /// `counter` is the fingerprint of the line's counter side, made as that of
    /// [`Expected::counter`], or [`OpenPayments::COUNTER_UNKNOWN`].
    pub fn judge_debit(
        &mut self,
        reference: &str,
        amount: Dong,
        counter: u64,
        booking_on: Day,
    ) -> (Verdict, Option<u64>) {
        let Some(sequence) = self.sequence_of(reference) else {
            return (Verdict::NoReference, None);
        };
        (
            self.decide_debit(sequence, amount, counter, booking_on),
            Some(sequence),
        )
    }

    fn decide_debit(
        &mut self,
        sequence: u64,
        amount: Dong,
        counter: u64,
        booking_on: Day,
    ) -> Verdict {
        let Some(at) = self.find_block(sequence) else {
            return Verdict::NotOpen;
        };
        let block = &mut self.blocks[at];
        let Some(payment) = block.get(sequence) else {
            return Verdict::NotOpen;
        };
        if block.is_consumed(sequence) {
            return Verdict::AlreadySettledHere;
        }
        if counter != payment.counter && counter != OpenPayments::COUNTER_UNKNOWN {
            return Verdict::AccountDiffers;
        }
        if booking_on.days() < block.day_of(payment) {
            return Verdict::DayTooEarly;
        }
        block.consume(sequence);
        self.open -= 1;
        let expected = payment.amount();
        if expected == amount {
            Verdict::Matched
        } else {
            Verdict::AmountDiffers { expected }
        }
    }

    /// Judges a credit: it consumes nothing, and says whether it carries a reference of ours.
    pub fn judge_credit(&self, reference: &str) -> (Verdict, Option<u64>) {
        match self.sequence_of(reference) {
            None => (Verdict::NoReference, None),
            sequence => (Verdict::CreditWithReference, sequence),
        }
    }

    /// Marks a payment as settled by an earlier part of the same file, when a run is taken up
    /// again. False when it is not open.
    pub fn consume(&mut self, sequence: u64) -> bool {
        let Some(at) = self.find_block(sequence) else {
            return false;
        };
        let block = &mut self.blocks[at];
        if block.get(sequence).is_none() || block.is_consumed(sequence) {
            return false;
        }
        block.consume(sequence);
        self.open -= 1;
        true
    }

    /// What is expected under a sequence, consumed or not.
    pub fn find(&self, sequence: u64) -> Option<Expected> {
        let block = &self.blocks[self.find_block(sequence)?];
        let payment = block.get(sequence)?;
        Some(Expected {
            amount: payment.amount(),
            counter: payment.counter,
            instructed_on: Day::from_days(block.day_of(payment)).ok()?,
        })
    }

    /// The sequences that no line has consumed, ascending: what the bank has not reported.
    pub fn unconsumed(&self) -> impl Iterator<Item = u64> + '_ {
        self.blocks.iter().flat_map(|block| {
            (block.first..block.end()).filter(|&s| block.get(s).is_some() && !block.is_consumed(s))
        })
    }

    /// Payments that were added.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True when no payment was added.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Payments that no line has consumed.
    pub fn unconsumed_len(&self) -> usize {
        self.open
    }

    fn sequence_of(&self, reference: &str) -> Option<u64> {
        let reference = Reference::parse(reference).ok()?;
        (reference.prefix() == self.prefix && reference.book() == self.book)
            .then(|| reference.sequence())
    }

    fn find_block(&self, sequence: u64) -> Option<usize> {
        let at = self.blocks.partition_point(|b| b.first <= sequence);
        let at = at.checked_sub(1)?;
        (sequence < self.blocks[at].end()).then_some(at)
    }

    /// The block that holds the place of `sequence` or can grow to it; a new one otherwise.
    fn block_for(&mut self, sequence: u64) -> usize {
        let fits = |at: usize, blocks: &[Block]| {
            let block = &blocks[at];
            let room_end = blocks.get(at + 1).map_or(u64::MAX, |next| next.first);
            sequence >= block.first && sequence < block.end() + GAP_MAX && sequence < room_end
        };
        if self.current < self.blocks.len() && fits(self.current, &self.blocks) {
            return self.current;
        }
        let after = self.blocks.partition_point(|b| b.first <= sequence);
        if after > 0 && fits(after - 1, &self.blocks) {
            return after - 1;
        }
        self.blocks.insert(after, Block::new(sequence));
        after
    }
}

impl fmt::Display for OpenPaymentsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OpenPaymentsError::Duplicate => "the sequence is open already",
            OpenPaymentsError::Amount => "a payment is 1 to 10^15 dong",
            OpenPaymentsError::Day => "more than 8000 days from its neighbours",
            OpenPaymentsError::Sequence => "beyond the largest sequence",
        })
    }
}

impl std::error::Error for OpenPaymentsError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(number: i64) -> Day {
        Day::from_number(number).unwrap()
    }

    fn expected(amount: i64, counter: u64) -> Expected {
        Expected {
            amount: Dong::new(amount).unwrap(),
            counter,
            instructed_on: day(20_260_605),
        }
    }

    fn reference(sequence: u64) -> String {
        Reference::new(b'P', 7, sequence).unwrap().to_string()
    }

    fn one_open() -> OpenPayments {
        let mut open = OpenPayments::new(b'P', 7);
        open.add_block(100);
        open.push(100, &expected(750_000, 11)).unwrap();
        open.push(101, &expected(500_000, 12)).unwrap();
        open
    }

    /// Catches a verdict that is wrong, or that stands in the wrong order of precedence.
    #[test]
    fn judges_each_case() {
        let differs = Verdict::AmountDiffers {
            expected: Dong::new(750_000).unwrap(),
        };
        let ours = reference(100);
        let foreign = Reference::new(b'P', 8, 100).unwrap().to_string();
        let other_kind = Reference::new(b'R', 7, 100).unwrap().to_string();
        let lower = ours.to_lowercase();
        let sequence = Some(100);
        for (reference, amount, counter, on, verdict, found) in [
            (
                ours.as_str(),
                750_000,
                11,
                20_260_605,
                Verdict::Matched,
                sequence,
            ),
            (&ours, 750_000, 11, 20_260_606, Verdict::Matched, sequence),
            (&ours, 750_000, 0, 20_260_605, Verdict::Matched, sequence),
            (&ours, 749_999, 11, 20_260_605, differs, sequence),
            (
                &ours,
                750_000,
                12,
                20_260_605,
                Verdict::AccountDiffers,
                sequence,
            ),
            (&ours, 1, 12, 20_260_604, Verdict::AccountDiffers, sequence),
            (&ours, 1, 11, 20_260_604, Verdict::DayTooEarly, sequence),
            (
                &reference(99),
                750_000,
                11,
                20_260_605,
                Verdict::NotOpen,
                Some(99),
            ),
            (
                &reference(102),
                750_000,
                11,
                20_260_605,
                Verdict::NotOpen,
                Some(102),
            ),
            (
                &foreign,
                750_000,
                11,
                20_260_605,
                Verdict::NoReference,
                None,
            ),
            (
                &other_kind,
                750_000,
                11,
                20_260_605,
                Verdict::NoReference,
                None,
            ),
            (&lower, 750_000, 11, 20_260_605, Verdict::NoReference, None),
            (
                &ours[..15],
                750_000,
                11,
                20_260_605,
                Verdict::NoReference,
                None,
            ),
            ("", 750_000, 11, 20_260_605, Verdict::NoReference, None),
        ] {
            let mut open = one_open();
            let amount = Dong::new(amount).unwrap();
            let judged = open.judge_debit(reference, amount, counter, day(on));
            assert_eq!(
                judged,
                (verdict, found),
                "{reference} {amount} {counter} {on}"
            );
            let consumed = matches!(verdict, Verdict::Matched | Verdict::AmountDiffers { .. });
            assert_eq!(open.unconsumed_len(), if consumed { 1 } else { 2 });
            let again = open.judge_debit(reference, amount, counter, day(on)).0;
            let wanted = if consumed {
                Verdict::AlreadySettledHere
            } else {
                verdict
            };
            assert_eq!(again, wanted, "the second time");
        }
    }

    /// Catches a credit that consumes a payment or is taken for a debit.
    #[test]
    fn a_credit_consumes_nothing() {
        let open = one_open();
        let (ours, none) = (reference(100), reference(100).to_lowercase());
        assert_eq!(
            open.judge_credit(&ours),
            (Verdict::CreditWithReference, Some(100))
        );
        assert_eq!(open.judge_credit(&none), (Verdict::NoReference, None));
        assert_eq!(open.unconsumed().collect::<Vec<_>>(), [100, 101]);
    }

    /// Catches a payment that is taken though it can't be one, or taken twice.
    #[test]
    fn refuses_what_cannot_be_open() {
        let mut open = one_open();
        let mut late = expected(1, 1);
        late.instructed_on = day(99_991_231);
        for (sequence, payment, error) in [
            (100, expected(1, 1), OpenPaymentsError::Duplicate),
            (102, expected(0, 1), OpenPaymentsError::Amount),
            (
                102,
                expected(1_000_000_000_000_001, 1),
                OpenPaymentsError::Amount,
            ),
            (102, late, OpenPaymentsError::Day),
            (u64::MAX, expected(1, 1), OpenPaymentsError::Sequence),
        ] {
            assert_eq!(open.push(sequence, &payment), Err(error));
        }
        assert_eq!(open.len(), 2);
        assert!(open.consume(100) && !open.consume(100) && !open.consume(99));
        assert_eq!(open.unconsumed().collect::<Vec<_>>(), [101]);
    }

    proptest! {
        /// Catches a block that loses, mixes or invents payments, whatever their order and gaps.
        #[test]
        fn keeps_every_payment(
            payments in proptest::collection::btree_map(
                0_u64..2_000, (1_i64..=1_000_000_000_000_000, any::<u64>(), 0_i64..3_000), 0..60),
            blocks in proptest::collection::vec(0_u64..2_000, 0..4),
            order in any::<u64>(),
        ) {
            let mut shuffled: Vec<_> = payments.iter().collect();
            shuffled.sort_by_key(|(s, _)| (*s ^ order).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let mut open = OpenPayments::new(b'P', 7);
            for first in blocks {
                open.add_block(first);
            }
            let made = |&(amount, counter, days): &(i64, u64, i64)| Expected {
                amount: Dong::new(amount).unwrap(),
                counter,
                instructed_on: day(20_200_101).plus_days(days),
            };
            for &(sequence, payment) in &shuffled {
                open.push(*sequence, &made(payment)).unwrap();
            }
            prop_assert_eq!(open.len(), payments.len());
            for sequence in 0..2_100 {
                prop_assert_eq!(open.find(sequence), payments.get(&sequence).map(made));
            }
            let left: Vec<u64> = open.unconsumed().collect();
            prop_assert_eq!(left, payments.keys().copied().collect::<Vec<_>>());
            for (sequence, payment) in &payments {
                let e = made(payment);
                let judged = open.judge_debit(&reference(*sequence), e.amount, e.counter, e.instructed_on);
                let wanted = (Verdict::Matched, Some(*sequence));
                prop_assert_eq!(judged, wanted);
            }
            prop_assert_eq!(open.unconsumed().count(), 0);
        }
    }
}
