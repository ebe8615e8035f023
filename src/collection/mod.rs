//! Bills of any biller and the money that answers them: a school's fees, a patient's share,
//! the charge of a procedure.
//!
//! | who | is |
//! |---|---|
//! | biller | a book that makes bills; nothing here asks whether it is a school |
//! | debtor | who a bill is made for: pupil, patient, applicant; has one `credit/<id>` account |
//! | payer | a person who pays for debtors; several for one, one for several |
//! | collection | one incoming payment; announced by a notice, confirmed by a statement line |
//! | allocation | a part of a collection, on a bill line, the debtor's credit or suspense |
//!
//! Invariants: a collection's live allocations sum to its amount; a bill's `paid` is the sum
//! of the live allocations on its lines; `receivable` of a debtor and kind is what live bills
//! are owed; money of others (`agency`) never becomes income: it is `uncollected` while
//! billed and `onward` once received. Fee kinds never mix in one account.

pub mod allocate;
pub mod attendance;
pub mod bill;
mod bill_credit;
pub mod bill_state;
pub mod biller;
pub mod code_file;
pub mod credit;
pub mod credit_back;
pub mod credit_in;
pub mod fee;
pub mod fee_file;
pub mod fee_law;
pub mod notice;
pub mod notice_hear;
pub mod notice_source;
pub mod payout;
pub mod payout_batch;
pub mod payout_cancel;
pub mod price;
pub mod pupil_list;
pub mod pupil_list_check;
pub mod pupil_list_refused;
pub mod receipt;
pub mod receipt_cancel;
pub mod receipt_kind;
pub mod receipt_paper;
pub mod receipt_qr;
pub mod reduction;
pub mod reminder;
pub mod report;
pub mod run;
pub mod run_charge;
pub mod run_draft;
pub mod run_issue;
pub mod school;
pub mod slip;
pub mod sql;
pub mod surcharge;
pub mod virtual_account;
