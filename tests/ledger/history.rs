//! Random histories: what several operators may ask of the books of an installation,
//! sensible or not, over a few days, with days closing in between.

use super::model::{Ask, UNKNOWN};
use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Clone, Debug)]
pub enum Step {
    /// Groups of linked transfers for a posting day, counted from the first.
    Post {
        book: usize,
        day: i64,
        groups: Vec<Vec<Ask>>,
    },
    /// Undo the transfer of this number, which need not exist.
    Reverse {
        book: usize,
        day: i64,
        seq: usize,
    },
    Close {
        book: usize,
        day: i64,
    },
}

/// A look at the past: account, and so many minutes or days after the start.
#[derive(Clone, Debug)]
pub struct Probe {
    pub account: usize,
    pub minutes: i64,
    pub days: i64,
}

#[derive(Clone, Debug)]
pub struct History {
    /// Each step and how many minutes after the one before it happens.
    pub steps: Vec<(i64, Step)>,
    pub probes: Vec<Probe>,
}

pub const BOOKS: usize = 2;
const DAYS: i64 = 5;

fn amount() -> impl Strategy<Value = i64> {
    const LIMIT: i64 = 1_000_000_000_000_000;
    prop_oneof![
        12 => 1..200i64,
        4 => Just(100i64),
        1 => prop::sample::select(vec![0, -1, i64::MIN, LIMIT, LIMIT + 1, i64::MAX]),
    ]
}

fn ask() -> impl Strategy<Value = Ask> {
    // Few client ids, so that they repeat; two causes and codes, so that content differs.
    let account = || prop_oneof![40 => 0..UNKNOWN, 1 => Just(UNKNOWN)];
    let id = prop_oneof![3 => 0..6i64, 7 => 6..400i64];
    (id, account(), account(), amount(), 0..3i64, 0..2i64).prop_map(
        |(id, debit, credit, amount, code, cause)| Ask {
            client_id: 1_000_000 + id,
            debit,
            credit,
            amount,
            code,
            cause,
        },
    )
}

/// Which transfer is undone: mostly an early one, so that some are undone twice.
fn reversed() -> impl Strategy<Value = usize> {
    prop_oneof![6 => 1..6usize, 2 => 0..30usize]
}

/// A group that moves money and then fails, and one that would spend the money it moved.
fn undone() -> impl Strategy<Value = Vec<Vec<Ask>>> {
    (
        10_000..90_000i64,
        0..UNKNOWN,
        3..8usize,
        0..UNKNOWN,
        1..200i64,
    )
        .prop_map(|(id, from, held, to, amount)| {
            let ask = |n: i64, debit, credit, amount| Ask {
                client_id: 1_000_000 + id * 4 + n,
                debit,
                credit,
                amount,
                code: 0,
                cause: 0,
            };
            let fails = vec![ask(0, from, held, amount), ask(1, from, held, 0)];
            vec![
                fails,
                vec![ask(2, held, to, amount)],
                vec![ask(3, to, held, amount)],
            ]
        })
}

/// Single transfers and linked ones, some repeated word for word, as a client does after a
/// lost answer.
fn groups() -> impl Strategy<Value = Vec<Vec<Ask>>> {
    let group = prop_oneof![3 => vec(ask(), 1..2), 1 => vec(ask(), 2..5)];
    let mixed = (vec(group, 1..5), any::<bool>()).prop_map(|(mut groups, repeat)| {
        if repeat {
            groups.push(groups[0].clone());
        }
        groups
    });
    prop_oneof![5 => mixed, 1 => undone()]
}

/// Money in both books before anything else, else all that follows is refused.
fn seed(book: usize) -> Step {
    let put = |id: i64, debit, credit| Ask {
        client_id: id,
        debit,
        credit,
        amount: 500,
        code: 2,
        cause: 0,
    };
    let groups = vec![
        vec![put(1, 0, 2), put(2, 2, 3)],
        vec![put(3, 6, 0)],
        vec![put(4, 0, 5), put(5, 0, 2)],
    ];
    Step::Post {
        book,
        day: 0,
        groups,
    }
}

pub fn history() -> impl Strategy<Value = History> {
    let step = prop_oneof![
        12 => (0..BOOKS, 0..DAYS, groups()).prop_map(|(book, day, groups)| Step::Post { book, day, groups }),
        4 => (0..BOOKS, 0..DAYS, reversed()).prop_map(|(book, day, seq)| Step::Reverse { book, day, seq }),
        1 => (0..BOOKS, 0..DAYS).prop_map(|(book, day)| Step::Close { book, day }),
    ];
    let probe = (0..UNKNOWN, -1..40i64, -1..DAYS + 2).prop_map(|(account, minutes, days)| Probe {
        account,
        minutes,
        days,
    });
    (vec((0..3i64, step), 1..22), vec(probe, 8)).prop_map(|(mut steps, probes)| {
        steps.splice(0..0, (0..BOOKS).map(|book| (0, seed(book))));
        // The same post again at the end: a replay of an old message, after days closed.
        if let Some((_, old)) = steps
            .iter()
            .find(|(_, s)| matches!(s, Step::Post { .. }))
            .cloned()
        {
            steps.push((1, old));
        }
        History { steps, probes }
    })
}
