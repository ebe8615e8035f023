//! Kinds of damage to the book of `ledger_tamper.rs`: what is damaged, by which statements
//! (`{b}` stands for the book, `{zeros}` and `{zeros32}` for 8 and 32 bytes of zeros), and the
//! place that the verification must name.

/// Name, statements, place.
pub const DAMAGES: &[(&str, &[&str], &str)] = &[
    (
        "an amount",
        &["update transfer set amount = amount + 1 where book_id = {b} and seq = 4"],
        "transfer 4",
    ),
    (
        "the debited account",
        &["update transfer set debit_id = 1 where book_id = {b} and seq = 4"],
        "transfer 4",
    ),
    (
        "the credited account",
        &["update transfer set credit_id = 3 where book_id = {b} and seq = 4"],
        "transfer 4",
    ),
    (
        "a client id",
        &["update transfer set client_id = 99 where book_id = {b} and seq = 4"],
        "transfer 4",
    ),
    (
        "a code",
        &["update transfer set code = 2 where book_id = {b} and seq = 4"],
        "transfer 4",
    ),
    (
        "a cause",
        &["update transfer set cause_id = 77 where book_id = {b} and seq = 4"],
        "transfer 4",
    ),
    (
        "what is undone",
        &["update transfer set reverses_seq = 4 where book_id = {b} and seq = 6"],
        "transfer 6",
    ),
    (
        "the posting of a transfer",
        &["update transfer set posting_no = 5 where book_id = {b} and seq = 4"],
        "transfer 4",
    ),
    (
        "the first link",
        &["update transfer set link = {zeros} where book_id = {b} and seq = 1"],
        "transfer 1",
    ),
    (
        "a link in the middle",
        &["update transfer set link = {zeros} where book_id = {b} and seq = 4"],
        "transfer 4",
    ),
    (
        "a transfer taken out",
        &["delete from transfer where book_id = {b} and seq = 4"],
        "transfer 4",
    ),
    (
        "a transfer taken out and the gap closed",
        &[
            "delete from transfer where book_id = {b} and seq = 4",
            "update transfer set seq = 4 where book_id = {b} and seq = 5",
            "update posting set count = 2 where book_id = {b} and no = 6",
        ],
        "transfer 4",
    ),
    (
        "two transfers that change places",
        &[
            "update transfer set seq = 99 where book_id = {b} and seq = 3",
            "update transfer set seq = 3 where book_id = {b} and seq = 4",
            "update transfer set seq = 4 where book_id = {b} and seq = 99",
        ],
        "transfer 3",
    ),
    (
        "a transfer put in at the end",
        &[
            "insert into transfer(book_id, seq, client_id, posting_no, debit_id, credit_id, amount, code, cause_id, link) \
           select book_id, 7, 99, 7, debit_id, credit_id, amount, code, cause_id, link from transfer \
           where book_id = {b} and seq = 4",
        ],
        "transfer 7",
    ),
    (
        "a transfer put in at the end with its posting and head",
        &[
            "insert into transfer(book_id, seq, client_id, posting_no, debit_id, credit_id, amount, code, cause_id, link) \
             select book_id, 7, 99, 8, debit_id, credit_id, amount, code, cause_id, link from transfer \
             where book_id = {b} and seq = 4",
            "insert into posting(book_id, no, code, at, day, actor, cause_id, first_seq, count, total, accounts, link) \
             select book_id, 8, code, at, day, actor, cause_id, 7, 1, 200, accounts, link from posting \
             where book_id = {b} and no = 6",
            "update head set transfer_seq = 7, posting_no = 8 where book_id = {b}",
        ],
        "posting 8",
    ),
    (
        "the last transfer taken out, head put back",
        &[
            "delete from transfer where book_id = {b} and seq = 6",
            "update head set transfer_seq = 5 where book_id = {b}",
        ],
        "transfer 6",
    ),
    (
        "the last posting taken out",
        &["delete from posting where book_id = {b} and no = 7"],
        "posting 7",
    ),
    (
        "a posting in the middle taken out",
        &["delete from posting where book_id = {b} and no = 6"],
        "posting 6",
    ),
    (
        "a posting's day",
        &["update posting set day = day - 1 where book_id = {b} and no = 6"],
        "posting 6",
    ),
    (
        "a posting's own day",
        &["update posting set own_day = 20260101 where book_id = {b} and no = 6"],
        "posting 6",
    ),
    (
        "a posting's instant",
        &["update posting set at = at + 1 where book_id = {b} and no = 6"],
        "posting 6",
    ),
    (
        "a posting's actor",
        &["update posting set actor = 'other' where book_id = {b} and no = 6"],
        "posting 6",
    ),
    (
        "a posting's code",
        &["update posting set code = 'other' where book_id = {b} and no = 6"],
        "posting 6",
    ),
    (
        "a posting's cause",
        &["update posting set cause_id = 8 where book_id = {b} and no = 6"],
        "posting 6",
    ),
    (
        "a posting's total",
        &["update posting set total = 1 where book_id = {b} and no = 6"],
        "posting 6",
    ),
    (
        "a posting's link",
        &["update posting set link = {zeros32} where book_id = {b} and no = 6"],
        "posting 6",
    ),
    (
        "a posting without transfers",
        &["update posting set actor = 'other' where book_id = {b} and no = 2"],
        "posting 2",
    ),
    (
        "the head's hash",
        &["update head set chain = {zeros32} where book_id = {b}"],
        "posting 8",
    ),
    (
        "the head's count",
        &["update head set transfer_seq = 9 where book_id = {b}"],
        "posting 8",
    ),
    (
        "a name",
        &["update account set name = 'beneficiary/9/x' where book_id = {b} and id = 3"],
        "posting 3",
    ),
    (
        "a kind",
        &["update account set kind = 'income' where book_id = {b} and id = 3"],
        "posting 3",
    ),
    (
        "a guard",
        &[
            "update account set guarded = 0 where book_id = {b} and id = 2",
            "update balance set guard = 0 where book_id = {b} and account_id = 2",
        ],
        "posting 2",
    ),
    (
        "a guard of the balance alone",
        &["update balance set guard = 0 where book_id = {b} and account_id = 2"],
        "account fund/x",
    ),
    (
        "an account that nobody opened",
        &[
            "insert into account(book_id, id, name, kind, guarded, posting_no) values ({b}, 900, 'nostro/z', 'asset', 0, 5)",
            "insert into balance(book_id, account_id, guard, debits, credits) values ({b}, 900, 0, 0, 0)",
        ],
        "posting 5",
    ),
    (
        "an account taken out",
        &[
            "delete from account where book_id = {b} and id = 4",
            "delete from balance where book_id = {b} and account_id = 4",
        ],
        "posting 4",
    ),
    (
        "a balance",
        &["update balance set credits = credits + 5 where book_id = {b} and account_id = 3"],
        "account beneficiary/1/x",
    ),
    (
        "two balances by the same amount",
        &["update balance set credits = credits + 5 where book_id = {b} and account_id in (2, 3)"],
        "account fund/x",
    ),
    (
        "a balance taken out",
        &["delete from balance where book_id = {b} and account_id = 4"],
        "account beneficiary/2/x",
    ),
    (
        "an audit row's actor",
        &["update audit set actor = 'other' where book_id = {b} and seq = 2"],
        "audit row 2",
    ),
    (
        "an audit row's detail",
        &["update audit set detail = '{}' where book_id = {b} and seq = 2"],
        "audit row 2",
    ),
    (
        "an audit row's instant",
        &["update audit set at = at + 1 where book_id = {b} and seq = 2"],
        "audit row 2",
    ),
    (
        "an audit row taken out",
        &["delete from audit where book_id = {b} and seq = 2"],
        "audit row 2",
    ),
    (
        "the last audit row taken out",
        &["delete from audit where book_id = {b} and seq = 3"],
        "the audit ends at row 2",
    ),
    (
        "the last audit row taken out, count put back",
        &[
            "delete from audit where book_id = {b} and seq = 3",
            "update head set audit_seq = 2 where book_id = {b}",
        ],
        "the audit ends at row 2",
    ),
];
