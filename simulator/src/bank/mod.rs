//! A bank that keeps our accounts: it takes payment files, books them when the day
//! closes, and says in a settlement file what it did. With faults from a seed it
//! does some of it wrong, and [`Bank::truth`] tells which.
//!
//! Invariants: in every statement opening + credits - debits = closing, whatever the
//! faults, and each opening is the closing before; a message id is taken once; a
//! payment file is taken whole or not at all. The bank asks no limit of an account:
//! it may go below zero. Between a payment file and its statement a payment
//! takes 56 bytes, and 12 more for its line.

mod day;
mod day_file;
mod faults;
mod payment_file;
mod truth;

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::days::{Day, is_day};
use crate::rng::{hash, hash_text};
use crate::statement::{AMOUNT_MAX, SealKey};
use crate::text::Short;
use day::Pending;
pub use day_file::DayFile;
use day_file::Statement;
use faults::Plan;
pub use faults::{Fate, Faults, Share};
pub use truth::{Booked, Deed};

/// Who the bank is and how it behaves.
#[derive(Clone, Debug)]
pub struct BankConfig {
    /// 6 digits.
    pub bin: String,
    pub seed: u64,
    /// Names the key in the files, at most 16 characters.
    pub key_id: String,
    pub key: Vec<u8>,
    pub faults: Faults,
}

#[derive(Debug)]
pub enum BankError {
    UnknownAccount(String),
    AccountExists(String),
    /// The day is none, or not after the last one closed.
    Day(Day),
    /// A text does not fit its field in the files.
    Text(&'static str),
    /// Not 1 to 10^15 - 1 đồng, or a balance beyond that.
    Amount,
    Io(io::Error),
}

impl fmt::Display for BankError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownAccount(number) => write!(f, "the bank keeps no account {number}"),
            Self::AccountExists(number) => write!(f, "the bank keeps account {number} already"),
            Self::Day(day) => write!(f, "{day} is no day that can be booked or closed"),
            Self::Text(field) => write!(f, "{field} does not fit its field"),
            Self::Amount => write!(f, "an amount or balance beyond 15 digits, or no amount"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BankError {}

impl From<io::Error> for BankError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Accepted,
    /// The message id was taken before: nothing was read or booked.
    Duplicate,
    /// See the reasons: nothing was taken.
    Refused,
}

/// The bank's answer to a payment file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub message_id: String,
    pub outcome: Outcome,
    /// Payments taken.
    pub payments: u64,
    /// đồng taken
    pub total: i64,
    pub reasons: Vec<String>,
}

/// A payment that waits or is booked.
#[derive(Clone, Copy, Debug)]
struct Payment {
    reference: Short<16>,
    amount: i64,
    bin: Short<6>,
    account: Short<19>,
}

/// The payments of one block of a file.
#[derive(Debug)]
struct Batch {
    account: String,
    execution_day: Day,
    payments: Vec<Payment>,
    plan: Plan,
}

/// One of our accounts.
#[derive(Debug)]
struct Account {
    number: Short<19>,
    balance: i64,
    next_statement: u32,
    last_day: Day,
    /// Batches not yet booked, by index.
    queue: VecDeque<u32>,
    pending: Vec<Pending>,
    statements: Vec<Arc<Statement>>,
}

/// The bank.
#[derive(Debug)]
pub struct Bank {
    bin: Short<6>,
    seed: u64,
    key: SealKey,
    faults: Faults,
    accounts: BTreeMap<String, Account>,
    batches: Vec<Arc<Batch>>,
    taken: HashSet<String>,
    /// Bookings made; names entries.
    sequence: u32,
}

impl Bank {
    /// # Panics
    /// When the BIN or the key id do not fit the files.
    #[must_use]
    pub fn new(config: BankConfig) -> Self {
        let digits = config.bin.len() == 6 && config.bin.bytes().all(|b| b.is_ascii_digit());
        assert!(digits, "a BIN has 6 digits");
        let named = Short::<16>::new(&config.key_id).is_some_and(|id| !id.is_empty());
        assert!(named, "a key id has 1 to 16 printable characters");
        Self {
            bin: Short::cut(&config.bin),
            seed: config.seed,
            key: SealKey {
                id: config.key_id,
                key: config.key,
            },
            faults: config.faults,
            accounts: BTreeMap::new(),
            batches: Vec::new(),
            taken: HashSet::new(),
            sequence: 0,
        }
    }

    /// Changes what goes wrong with payment files taken and days closed from now on.
    pub const fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// Opens an account of ours with a balance in đồng; its first statement has number 1.
    ///
    /// # Errors
    /// When the number or the balance does not fit its field, or the number is kept already.
    pub fn open_account(&mut self, number: &str, opening: i64) -> Result<(), BankError> {
        self.open_account_at(number, opening, 1)
    }

    /// The same, the next statement having a number of choice.
    ///
    /// # Errors
    /// As [`Self::open_account`].
    pub fn open_account_at(
        &mut self,
        number: &str,
        opening: i64,
        next_statement: u32,
    ) -> Result<(), BankError> {
        if opening.unsigned_abs() > AMOUNT_MAX.unsigned_abs() || next_statement == 0 {
            return Err(BankError::Amount);
        }
        let short = Short::new(number).filter(|n| !n.is_empty());
        let account = Account {
            number: short.ok_or(BankError::Text("account number"))?,
            balance: opening,
            next_statement,
            last_day: 0,
            queue: VecDeque::new(),
            pending: Vec::new(),
            statements: Vec::new(),
        };
        if self.accounts.contains_key(number) {
            return Err(BankError::AccountExists(number.to_owned()));
        }
        self.accounts.insert(number.to_owned(), account);
        Ok(())
    }

    /// What stands on an account after the last closed day.
    #[must_use]
    pub fn balance(&self, account: &str) -> Option<i64> {
        self.accounts.get(account).map(|a| a.balance)
    }

    /// Money arrives on an account of ours, such as the budget. It is booked when a
    /// statement closes `day` or a later one. `counter` is the sender's BIN and account.
    ///
    /// # Errors
    /// When the account is unknown, the day closed, or a text or the amount do not fit.
    pub fn credit(
        &mut self,
        account: &str,
        amount: i64,
        reference: &str,
        counter: (&str, &str),
        note: &str,
        day: Day,
    ) -> Result<(), BankError> {
        self.credit_as("", account, amount, reference, counter, note, day)
    }

    /// The same under an entry id that the bank has told already, as in a credit notice;
    /// such ids must not begin with `FT` and be used once. Empty: one is given at the close.
    ///
    /// # Errors
    /// As [`Self::credit`].
    #[allow(clippy::too_many_arguments, reason = "the fields of a booking")]
    pub fn credit_as(
        &mut self,
        entry_id: &str,
        account: &str,
        amount: i64,
        reference: &str,
        counter: (&str, &str),
        note: &str,
        day: Day,
    ) -> Result<(), BankError> {
        let account = self.account_mut(account)?;
        if !is_day(day) || day <= account.last_day {
            return Err(BankError::Day(day));
        }
        if !(1..=AMOUNT_MAX).contains(&amount) {
            return Err(BankError::Amount);
        }
        account.pending.push(Pending::credit(
            day,
            amount,
            Short::new(entry_id).ok_or(BankError::Text("entry id"))?,
            Short::new(reference).ok_or(BankError::Text("reference"))?,
            Short::new(counter.0).ok_or(BankError::Text("counter-bank"))?,
            Short::new(counter.1).ok_or(BankError::Text("counter-account"))?,
            Short::new(note).ok_or(BankError::Text("note"))?,
        ));
        Ok(())
    }

    fn account_mut(&mut self, number: &str) -> Result<&mut Account, BankError> {
        let account = self.accounts.get_mut(number);
        account.ok_or_else(|| BankError::UnknownAccount(number.to_owned()))
    }

    /// Takes a payment file (pain.001.001.09). Its payments are booked by the first
    /// statement of a day not before their execution day. What the bank refuses
    /// stands in the receipt.
    ///
    /// # Errors
    /// When the file can't be opened.
    pub fn take_payment_file(&mut self, path: &Path) -> Result<Receipt, BankError> {
        let input = BufReader::with_capacity(256 * 1024, File::open(path)?);
        Ok(self.take_payments(input))
    }

    /// The same from any reader.
    pub fn take_payments(&mut self, input: impl io::BufRead) -> Receipt {
        let mut file = payment_file::read(input, |id| self.taken.contains(id));
        for (place, block) in (1..).zip(&file.blocks) {
            if !self.accounts.contains_key(&block.account) {
                let account = &block.account;
                file.reasons.push(format!(
                    "payment block {place}: no account {account:?} here"
                ));
            }
            if !block.bin.is_empty() && block.bin != self.bin.as_str() {
                let bin = &block.bin;
                file.reasons
                    .push(format!("payment block {place}: bank {bin} is not this one"));
            }
        }
        let mut receipt = Receipt {
            message_id: file.message_id.clone(),
            outcome: Outcome::Accepted,
            payments: file.payments(),
            total: file.total(),
            reasons: Vec::new(),
        };
        if file.duplicate || !file.reasons.is_empty() {
            receipt.outcome = if file.duplicate {
                Outcome::Duplicate
            } else {
                Outcome::Refused
            };
            (receipt.payments, receipt.total) = (0, 0);
            receipt.reasons = if file.duplicate {
                Vec::new()
            } else {
                file.reasons
            };
            return receipt;
        }
        for (place, mut block) in (0..).zip(file.blocks) {
            let seed = hash(hash_text(self.seed, &file.message_id), 43, place);
            block.payments.shrink_to_fit();
            let plan = Plan::new(&self.faults, seed, block.payments.len() as u64);
            let index = u32::try_from(self.batches.len()).unwrap_or(u32::MAX);
            if let Some(account) = self.accounts.get_mut(&block.account) {
                account.queue.push_back(index);
            }
            self.batches.push(Arc::new(Batch {
                account: block.account,
                execution_day: block.execution_day,
                payments: block.payments,
                plan,
            }));
        }
        self.taken.insert(file.message_id);
        receipt
    }
}
