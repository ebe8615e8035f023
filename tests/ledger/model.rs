//! A ledger written a second time, in the plainest way: a list of entries, every sum a
//! fold over all of it, a group undone by going back to a copy. It shares no code with
//! `src/ledger`; its rules are those of the design page, its chart is written out here.

use ansinh_settlement::Day;

/// An account of the model: name, and the side that must cover the other (1 the credits,
/// -1 the debits, 0 neither). Its number is its place.
pub const ACCOUNTS: &[(&str, i64)] = &[
    ("nostro/a", 0),
    ("clearing_out/a", 0),
    ("fund/x/central/2026", 1),
    ("beneficiary/1/x", 1),
    ("beneficiary/2/x", 1),
    ("suspense/a", 1),
    ("claim/bank", -1),
    ("advance/post", -1),
    ("expense/fee", 0),
    ("income/tuition", 0),
];

/// The number of an account that nobody opened.
pub const UNKNOWN: usize = ACCOUNTS.len();

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    pub client_id: i64,
    pub debit: usize,
    pub credit: usize,
    pub amount: i64,
    /// Number of the transfer's code.
    pub code: i64,
    pub cause: i64,
}

#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub ask: Ask,
    pub at: i64,
    pub day: Day,
    /// Place in the journal of what it undoes.
    pub reverses: Option<usize>,
}

#[derive(Clone, Debug, Default)]
pub struct Model {
    pub journal: Vec<Entry>,
    /// The last closed posting day.
    pub closed: Option<Day>,
}

impl Model {
    /// (debits, credits) of an account over the entries that `counts` lets through.
    pub fn sums(&self, account: usize, counts: impl Fn(&Entry) -> bool) -> (i64, i64) {
        let side = |of: fn(&Ask) -> usize| {
            let entries = self
                .journal
                .iter()
                .filter(|e| counts(e) && of(&e.ask) == account);
            entries.map(|e| e.ask.amount).sum()
        };
        (side(|a| a.debit), side(|a| a.credit))
    }

    /// The day under which a posting for `day` stands.
    pub fn open_day(&self, day: Day) -> Day {
        match self.closed {
            Some(closed) if day <= closed => closed.plus_days(1),
            _ => day,
        }
    }

    /// The answers to the groups in order: `posted N`, `again N`, or the code of the reject.
    pub fn post(&mut self, groups: &[Vec<Ask>], at: i64, day: Day) -> Vec<String> {
        let day = self.open_day(day);
        let mut answers = Vec::new();
        for group in groups {
            let copy = self.journal.clone();
            let mut own = Vec::new();
            for ask in group {
                let answer = self.post_one(ask, at, day, None);
                let refused = !answer.contains(' ');
                own.push(answer);
                if refused {
                    break;
                }
            }
            if own.last().is_some_and(|a| !a.contains(' ')) {
                self.journal = copy;
                let culprit = own.len() - 1;
                let failed = (0..group.len())
                    .filter(|i| *i != culprit)
                    .map(|_| "linked_failed".to_owned());
                let mut all: Vec<String> = failed.collect();
                all.insert(culprit, own[culprit].clone());
                own = all;
            }
            answers.extend(own);
        }
        answers
    }

    fn post_one(&mut self, ask: &Ask, at: i64, day: Day, reverses: Option<usize>) -> String {
        if let Some(n) = self
            .journal
            .iter()
            .position(|e| e.ask.client_id == ask.client_id)
        {
            let same = self.journal[n].ask == *ask && self.journal[n].reverses == reverses;
            return if same {
                format!("again {}", n + 1)
            } else {
                "client_id_reused".into()
            };
        }
        if !(1..=10_i64.pow(15)).contains(&ask.amount) {
            return "amount_invalid".into();
        }
        if ask.debit >= UNKNOWN || ask.credit >= UNKNOWN {
            return "account_unknown".into();
        }
        if ask.debit == ask.credit {
            return "same_account".into();
        }
        let (debits, credits) = (
            self.sums(ask.debit, |_| true).0,
            self.sums(ask.credit, |_| true).1,
        );
        if debits.max(credits) + ask.amount > 10_i64.pow(18) {
            return "sum_too_large".into();
        }
        self.journal.push(Entry {
            ask: *ask,
            at,
            day,
            reverses,
        });
        for account in [ask.debit, ask.credit] {
            let (debits, credits) = self.sums(account, |_| true);
            if ACCOUNTS[account].1 * (credits - debits) < 0 {
                self.journal.pop();
                return "overdrawn".into();
            }
        }
        format!("posted {}", self.journal.len())
    }

    /// Undoes entry `n` (from 1), under a client id that nobody else uses.
    pub fn reverse(&mut self, n: usize, client_id: i64, at: i64, day: Day) -> String {
        let Some(was) = n.checked_sub(1).and_then(|i| self.journal.get(i)).copied() else {
            return "not_found".into();
        };
        if self.journal.iter().any(|e| e.reverses == Some(n - 1)) {
            return "already_reversed".into();
        }
        let ask = Ask {
            client_id,
            debit: was.ask.credit,
            credit: was.ask.debit,
            ..was.ask
        };
        let day = self.open_day(day);
        self.post_one(&ask, at, day, Some(n - 1))
    }
}
