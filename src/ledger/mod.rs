//! The ledger: books, accounts, transfers. Double entry in whole đồng.
//!
//! | step | what happens | where |
//! |---|---|---|
//! | prepare | the caller names groups of [`NewTransfer`]; nothing is read yet | caller |
//! | load | accounts, balances and earlier postings of the same client ids, in a few statements | `sql` |
//! | decide | fold in memory, guards in order, a result for each transfer | [`decide`] (pure) |
//! | record | posting row, transfers, balances; the chain moves on | `sql`, [`chain`] |
//!
//! Invariants: a transfer has one debit and one credit account of one book and a positive
//! amount; transfers are never changed or deleted, a mistake is undone by a reversal that
//! names it; a guarded account is never below zero (decided here and held by the database
//! as a check); groups post whole or not at all; the same client id with the same content
//! is answered again, with other content refused. The journal of a book is a hash chain
//! over accounts, postings and transfers in order, its head in the book's head row.
//! A posting of a million lines goes through [`bulk`], set-based, in one Tx.

pub mod book;
pub mod bulk;
pub mod chain;
pub mod decide;
mod post;
pub mod report;
mod sql;
pub mod verify;

pub use book::{Book, BookKind, all_books, find_book, open_account, open_accounts, open_book};
pub use decide::{NewTransfer, Posted};
pub use post::{Groups, PostingInfo, post, post_all, reverse, unreversed_of};
pub use sql::{
    AccountRow, each_account, find_account, find_account_id, first_open_day, last_closed_day,
    last_seq, load_accounts as load_balances, load_earlier, posting_day_state, put_posting_day,
    reopen_posting_days,
};

/// Kind of a ledger account; decides on which side it grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountKind {
    Asset,
    Expense,
    Liability,
    Income,
}

impl AccountKind {
    pub fn name(self) -> &'static str {
        match self {
            AccountKind::Asset => "asset",
            AccountKind::Expense => "expense",
            AccountKind::Liability => "liability",
            AccountKind::Income => "income",
        }
    }

    pub fn parse(name: &str) -> Option<AccountKind> {
        [
            AccountKind::Asset,
            AccountKind::Expense,
            AccountKind::Liability,
            AccountKind::Income,
        ]
        .into_iter()
        .find(|k| k.name() == name)
    }

    /// 1 where credits make it grow, -1 where debits do.
    pub fn side(self) -> i64 {
        match self {
            AccountKind::Asset | AccountKind::Expense => -1,
            AccountKind::Liability | AccountKind::Income => 1,
        }
    }

    /// The kind and guard that the chart of accounts gives to a name, by its first part.
    pub fn of_name(name: &str) -> Option<(AccountKind, bool)> {
        CHART
            .iter()
            .find(|(part, ..)| name.split('/').next() == Some(*part))
            .map(|(_, kind, guarded)| (*kind, *guarded))
    }
}

/// The chart of accounts: first part of the name, kind, guarded.
pub const CHART: &[(&str, AccountKind, bool)] = &[
    ("nostro", AccountKind::Asset, false),
    ("clearing_in", AccountKind::Asset, false),
    ("receivable", AccountKind::Asset, false),
    ("claim", AccountKind::Asset, true),
    ("advance", AccountKind::Asset, true),
    ("expense", AccountKind::Expense, false),
    ("clearing_out", AccountKind::Liability, false),
    ("fund", AccountKind::Liability, true),
    ("beneficiary", AccountKind::Liability, true),
    ("recovery", AccountKind::Liability, false),
    ("voucher", AccountKind::Liability, true),
    ("uncollected", AccountKind::Liability, false),
    ("onward", AccountKind::Liability, true),
    ("payable", AccountKind::Liability, true),
    ("credit", AccountKind::Liability, true),
    ("suspense", AccountKind::Liability, true),
    ("income", AccountKind::Income, false),
];

/// Why a transfer was made; part of the transfer and of its hash. Numbers are for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Code {
    Opening = 1,
    BudgetReceived = 2,
    Granted = 3,
    Sent = 4,
    Settled = 5,
    Rejected = 6,
    Returned = 7,
    Claimed = 8,
    ClaimMadeGood = 9,
    CameIn = 10,
    Identified = 11,
    BankFee = 12,
    WithdrawnGrant = 13,
    WrittenOff = 14,
    Reversal = 15,
    Billed = 16,
    BillCancelled = 17,
    Collected = 18,
    Overpaid = 19,
    PassedOn = 20,
    Confirmed = 21,
    CreditUsed = 22,
    Refunded = 23,
    Remitted = 24,
    TakenBack = 25,
    Contributed = 26,
    PayoutCancelled = 27,
    BillCredited = 28,
    SentBack = 29,
    AbsenceCredited = 40,
    Other = 0,
}

impl Code {
    pub const ALL: &'static [(Code, &'static str)] = &[
        (Code::Other, "other"),
        (Code::Opening, "opening"),
        (Code::BudgetReceived, "budget_received"),
        (Code::Granted, "granted"),
        (Code::Sent, "sent"),
        (Code::Settled, "settled"),
        (Code::Rejected, "rejected"),
        (Code::Returned, "returned"),
        (Code::Claimed, "claimed"),
        (Code::ClaimMadeGood, "claim_made_good"),
        (Code::CameIn, "came_in"),
        (Code::Identified, "identified"),
        (Code::BankFee, "bank_fee"),
        (Code::WithdrawnGrant, "withdrawn_grant"),
        (Code::WrittenOff, "written_off"),
        (Code::Reversal, "reversal"),
        (Code::Billed, "billed"),
        (Code::BillCancelled, "bill_cancelled"),
        (Code::Collected, "collected"),
        (Code::Overpaid, "overpaid"),
        (Code::PassedOn, "passed_on"),
        (Code::Confirmed, "confirmed"),
        (Code::CreditUsed, "credit_used"),
        (Code::Refunded, "refunded"),
        (Code::Remitted, "remitted"),
        (Code::TakenBack, "taken_back"),
        (Code::Contributed, "contributed"),
        (Code::PayoutCancelled, "payout_cancelled"),
        (Code::BillCredited, "bill_credited"),
        (Code::SentBack, "sent_back"),
        (Code::AbsenceCredited, "absence_credited"),
    ];

    pub fn number(self) -> i64 {
        i64::from(self as u8)
    }

    pub fn name(self) -> &'static str {
        Code::ALL
            .iter()
            .find(|(c, _)| *c == self)
            .map_or("other", |(_, name)| name)
    }

    pub fn from_number(number: i64) -> Option<Code> {
        Code::ALL
            .iter()
            .map(|(c, _)| *c)
            .find(|c| c.number() == number)
    }
}

/// Codes that a thing's id leaves room for.
pub const CODES: i64 = 64;

/// The client id of the one transfer of kind `code` that thing `id` causes: ids of a book
/// are dense and small, so the two fit into one number that is unique for ever.
pub fn client_id(id: i64, code: Code) -> i64 {
    id * CODES + code.number()
}
