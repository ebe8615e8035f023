//! Statements on the ledger's tables: `book`, `account`, `balance`, `posting`, `transfer`,
//! `posting_day`.

pub mod bulk;
pub mod report;
pub mod verify;

use super::chain;
use super::decide::{AccountState, NewTransfer};
use super::{AccountKind, Code};
use crate::args;
use crate::error::Fault;
use crate::store::{Column, Row, Tx, number_list};
use ansinh_settlement::{Day, Dong};
use std::collections::HashMap;

pub async fn insert_book(
    tx: &mut Tx,
    id: i64,
    code: &str,
    name: &str,
    kind: &str,
    at: i64,
) -> Result<(), Fault> {
    tx.execute(
        "insert into book(id, code, name, kind, created_at) values ($1, $2, $3, $4, $5)",
        args![id, code, name, kind, at],
    )
    .await?;
    Ok(())
}

pub async fn find_book(tx: &mut Tx, code: &str) -> Result<Option<Row>, Fault> {
    tx.find(
        "select id, code, name, kind from book where code = $1",
        args![code],
    )
    .await
}

pub async fn all_books(tx: &mut Tx) -> Result<Vec<Row>, Fault> {
    tx.all("select id, code, name, kind from book order by id", args![])
        .await
}

pub async fn max_book_id(tx: &mut Tx) -> Result<i64, Fault> {
    tx.one("select coalesce(max(id), 0) from book", args![])
        .await?
        .int(0)
}

/// Accounts with their balances, as lists and reports show them.
#[derive(Clone, Debug)]
pub struct AccountRow {
    pub id: i64,
    pub name: String,
    pub kind: AccountKind,
    pub guarded: bool,
    pub debits: Dong,
    pub credits: Dong,
}

impl AccountRow {
    /// The balance on the side on which the account grows.
    pub fn balance(&self) -> i64 {
        self.kind.side() * (self.credits.get() - self.debits.get())
    }
}

fn account_row(r: &Row) -> Result<AccountRow, Fault> {
    let kind = r.text(2)?;
    Ok(AccountRow {
        id: r.int(0)?,
        name: r.text(1)?,
        kind: AccountKind::parse(&kind)
            .ok_or_else(|| Fault::Corrupt(format!("account kind {kind}")))?,
        guarded: r.flag(3)?,
        debits: r.dong(4)?,
        credits: r.dong(5)?,
    })
}

const ACCOUNT: &str = "select a.id, a.name, a.kind, a.guarded, b.debits, b.credits \
     from account a join balance b on b.book_id = a.book_id and b.account_id = a.id ";

pub async fn find_account(tx: &mut Tx, book: i64, name: &str) -> Result<Option<AccountRow>, Fault> {
    let sql = format!("{ACCOUNT} where a.book_id = $1 and a.name = $2");
    tx.find(&sql, args![book, name])
        .await?
        .map(|r| account_row(&r))
        .transpose()
}

pub async fn find_account_id(tx: &mut Tx, book: i64, name: &str) -> Result<Option<i64>, Fault> {
    let row = tx
        .find(
            "select id from account where book_id = $1 and name = $2",
            args![book, name],
        )
        .await?;
    row.map(|r| r.int(0)).transpose()
}

/// Streams the accounts whose name starts with `prefix` in the order of names.
pub async fn each_account(
    tx: &mut Tx,
    book: i64,
    prefix: &str,
    mut each: impl FnMut(AccountRow) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let order = match tx.engine() {
        crate::store::Engine::Sqlite => "",
        // The order of bytes on both databases, whatever the locale of the server.
        crate::store::Engine::Postgres => " collate \"C\"",
    };
    let sql = format!(
        "{ACCOUNT} where a.book_id = $1 and substr(a.name, 1, $2) = $3 order by a.name{order}"
    );
    let length = i64::try_from(prefix.chars().count()).unwrap_or(0);
    let sql = sql.replace("$2)", "cast($2 as integer))");
    tx.for_each(&sql, args![book, length, prefix], |r| {
        each(account_row(&r)?)
    })
    .await
}

pub async fn insert_accounts(
    tx: &mut Tx,
    book: i64,
    posting_no: i64,
    first_id: i64,
    accounts: &[(String, AccountKind, bool)],
) -> Result<(), Fault> {
    let n = accounts.len();
    let ids: Vec<i64> = (first_id..).take(n).collect();
    let guards = accounts
        .iter()
        .map(|(_, kind, guarded)| if *guarded { kind.side() } else { 0 })
        .collect();
    tx.insert_rows(
        "account(book_id, id, name, kind, guarded, posting_no)",
        &[
            Column::Ints(vec![book; n]),
            Column::Ints(ids.clone()),
            Column::Texts(accounts.iter().map(|a| a.0.clone()).collect()),
            Column::Texts(accounts.iter().map(|a| a.1.name().to_owned()).collect()),
            Column::Ints(accounts.iter().map(|a| i64::from(a.2)).collect()),
            Column::Ints(vec![posting_no; n]),
        ],
        "",
    )
    .await?;
    tx.insert_rows(
        "balance(book_id, account_id, guard, debits, credits)",
        &[
            Column::Ints(vec![book; n]),
            Column::Ints(ids),
            Column::Ints(guards),
            Column::Ints(vec![0; n]),
            Column::Ints(vec![0; n]),
        ],
        "",
    )
    .await?;
    Ok(())
}

/// The accounts of `ids` with balances. Ids are numbers, so their text is safe in a statement.
pub async fn load_accounts(
    tx: &mut Tx,
    book: i64,
    ids: &[i64],
) -> Result<HashMap<i64, AccountState>, Fault> {
    let mut out = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let sql = format!(
            "select a.id, a.name, b.guard, b.debits, b.credits from account a \
             join balance b on b.book_id = a.book_id and b.account_id = a.id where a.book_id = $1 and a.id in ({})",
            number_list(chunk)
        );
        tx.for_each(&sql, args![book], |r| {
            let state = AccountState {
                name: r.text(1)?,
                guard: r.int(2)?,
                debits: r.int(3)?,
                credits: r.int(4)?,
            };
            out.insert(r.int(0)?, state);
            Ok(())
        })
        .await?;
    }
    Ok(out)
}

const TRANSFER: &str = "select seq, client_id, debit_id, credit_id, amount, code, cause_id, reverses_seq from transfer ";

fn transfer_row(r: &Row) -> Result<(NewTransfer, i64), Fault> {
    let code = r.int(5)?;
    let transfer = NewTransfer {
        client_id: r.int(1)?,
        debit_id: r.int(2)?,
        credit_id: r.int(3)?,
        amount: r.int(4)?,
        code: Code::from_number(code)
            .ok_or_else(|| Fault::Corrupt(format!("transfer code {code}")))?,
        cause_id: r.int(6)?,
        reverses_seq: r.opt_int(7)?,
    };
    Ok((transfer, r.int(0)?))
}

pub async fn load_earlier(
    tx: &mut Tx,
    book: i64,
    client_ids: &[i64],
) -> Result<HashMap<i64, (NewTransfer, i64)>, Fault> {
    let mut out = HashMap::new();
    for chunk in client_ids.chunks(500) {
        let sql = format!(
            "{TRANSFER} where book_id = $1 and client_id in ({})",
            number_list(chunk)
        );
        tx.for_each(&sql, args![book], |r| {
            let (transfer, seq) = transfer_row(&r)?;
            out.insert(transfer.client_id, (transfer, seq));
            Ok(())
        })
        .await?;
    }
    Ok(out)
}

pub async fn find_transfer(tx: &mut Tx, book: i64, seq: i64) -> Result<Option<NewTransfer>, Fault> {
    let sql = format!("{TRANSFER} where book_id = $1 and seq = $2");
    tx.find(&sql, args![book, seq])
        .await?
        .map(|r| Ok(transfer_row(&r)?.0))
        .transpose()
}

pub async fn find_reversal(tx: &mut Tx, book: i64, seq: i64) -> Result<Option<i64>, Fault> {
    let row = tx
        .find(
            "select seq from transfer where book_id = $1 and reverses_seq = $2",
            args![book, seq],
        )
        .await?;
    row.map(|r| r.int(0)).transpose()
}

/// Sequence numbers of the transfers of `count` client ids from `first` on that no
/// reversal names, in order; reversals are not among them.
pub async fn unreversed(tx: &mut Tx, book: i64, first: i64, count: i64) -> Result<Vec<i64>, Fault> {
    let rows = tx
        .all(
            "select t.seq from transfer t where t.book_id = $1 and t.client_id between $2 and $3 and t.reverses_seq is null \
             and not exists (select 1 from transfer r where r.book_id = t.book_id and r.reverses_seq = t.seq) order by t.seq",
            args![book, first, first + count - 1],
        )
        .await?;
    rows.iter().map(|r| r.int(0)).collect()
}

pub async fn insert_transfers(
    tx: &mut Tx,
    book: i64,
    rows: &[(chain::Link, [u8; 32])],
) -> Result<(), Fault> {
    let ints = |f: fn(&chain::Link) -> i64| Column::Ints(rows.iter().map(|(l, _)| f(l)).collect());
    tx.insert_rows(
        "transfer(book_id, seq, client_id, posting_no, debit_id, credit_id, amount, code, cause_id, reverses_seq, link)",
        &[
            Column::Ints(vec![book; rows.len()]),
            ints(|l| l.seq),
            ints(|l| l.client_id),
            ints(|l| l.posting_no),
            ints(|l| l.debit_id),
            ints(|l| l.credit_id),
            ints(|l| l.amount),
            ints(|l| l.code),
            ints(|l| l.cause_id),
            Column::OptInts(rows.iter().map(|(l, _)| (l.reverses_seq != 0).then_some(l.reverses_seq)).collect()),
            Column::Blobs(rows.iter().map(|(_, link)| chain::short(link).to_vec()).collect()),
        ],
        "",
    )
    .await?;
    Ok(())
}

/// Accounts a statement of [`add_to_balances`].
const DELTAS: usize = 200;

/// Adds to the sums of accounts, each named once: (account, debits, credits). The database's
/// check holds the guards.
pub async fn add_to_balances(
    tx: &mut Tx,
    book: i64,
    deltas: &[(i64, i64, i64)],
) -> Result<(), Fault> {
    for chunk in deltas.chunks(DELTAS) {
        // One account stays a prepared statement; many are numbers of ours in the text.
        if let [(account, debits, credits)] = chunk {
            tx.execute(
                "update balance set debits = debits + $3, credits = credits + $4 where book_id = $1 and account_id = $2",
                args![book, *account, *debits, *credits],
            )
            .await?;
            continue;
        }
        let rows: Vec<String> = chunk
            .iter()
            .map(|(account, debits, credits)| format!("({account},{debits},{credits})"))
            .collect();
        let sql = format!(
            "update balance set debits = debits + v.column2, credits = credits + v.column3 from (values {}) v \
             where balance.book_id = $1 and balance.account_id = v.column1",
            rows.join(",")
        );
        let touched = tx.execute(&sql, args![book]).await?;
        if touched != u64::try_from(chunk.len()).unwrap_or(u64::MAX) {
            return Err(Fault::Corrupt(format!(
                "{touched} balances of {} accounts in book {book}",
                chunk.len()
            )));
        }
    }
    Ok(())
}

/// A posting row: the voucher under which transfers stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostingRow {
    pub no: i64,
    pub code: String,
    pub at: i64,
    pub day: i64,
    pub own_day: Option<i64>,
    pub actor: String,
    pub cause_id: i64,
    pub first_seq: i64,
    pub count: i64,
    pub total: i64,
    pub accounts: [u8; 32],
    pub link: [u8; 32],
}

pub async fn insert_posting(tx: &mut Tx, book: i64, p: &PostingRow) -> Result<(), Fault> {
    tx.execute(
        "insert into posting(book_id, no, code, at, day, own_day, actor, cause_id, first_seq, count, total, accounts, link) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        args![
            book, p.no, &p.code, p.at, p.day, p.own_day, &p.actor, p.cause_id, p.first_seq, p.count, p.total, p.accounts,
            p.link
        ],
    )
    .await?;
    Ok(())
}

pub async fn postings_after(
    tx: &mut Tx,
    book: i64,
    no: i64,
    limit: i64,
) -> Result<Vec<PostingRow>, Fault> {
    let rows = tx
        .all(
            "select no, code, at, day, own_day, actor, cause_id, first_seq, count, total, accounts, link from posting \
             where book_id = $1 and no > $2 order by no limit $3",
            args![book, no, limit],
        )
        .await?;
    rows.iter()
        .map(|r| {
            Ok(PostingRow {
                no: r.int(0)?,
                code: r.text(1)?,
                at: r.int(2)?,
                day: r.int(3)?,
                own_day: r.opt_int(4)?,
                actor: r.text(5)?,
                cause_id: r.int(6)?,
                first_seq: r.int(7)?,
                count: r.int(8)?,
                total: r.int(9)?,
                accounts: r.digest(10)?,
                link: r.digest(11)?,
            })
        })
        .collect()
}

/// The last posting day that is closed; all before it are.
pub async fn last_closed_day(tx: &mut Tx, book: i64) -> Result<Option<Day>, Fault> {
    let last = tx
        .one(
            "select coalesce(max(day), 0) from posting_day where book_id = $1 and state = 'closed'",
            args![book],
        )
        .await?
        .int(0)?;
    if last == 0 {
        return Ok(None);
    }
    let day = Day::from_number(last).map_err(|e| Fault::Corrupt(e.to_string()))?;
    Ok(Some(day))
}

/// Opens the posting days from `from` on; those before stay as they are.
pub async fn reopen_posting_days(
    tx: &mut Tx,
    book: i64,
    from: Day,
    at: i64,
    by: &str,
) -> Result<(), Fault> {
    let Some(last) = last_closed_day(tx, book).await? else {
        return Ok(());
    };
    if last < from {
        return Ok(());
    }
    tx.execute(
        "update posting_day set state = 'open', closed_at = $3, closed_by = $4 \
         where book_id = $1 and day >= $2 and state = 'closed'",
        args![book, from, at, by],
    )
    .await?;
    // A closed day closes all before it, also those without a row.
    put_posting_day(tx, book, from.plus_days(-1), "closed", at, by).await
}

/// The first day from `day` on that is not closed.
pub async fn first_open_day(tx: &mut Tx, book: i64, day: Day) -> Result<Day, Fault> {
    Ok(match last_closed_day(tx, book).await? {
        Some(closed) if closed >= day => closed.plus_days(1),
        _ => day,
    })
}

pub async fn posting_day_state(tx: &mut Tx, book: i64, day: Day) -> Result<Option<String>, Fault> {
    let row = tx
        .find(
            "select state from posting_day where book_id = $1 and day = $2",
            args![book, day],
        )
        .await?;
    row.map(|r| r.text(0)).transpose()
}

pub async fn put_posting_day(
    tx: &mut Tx,
    book: i64,
    day: Day,
    state: &str,
    at: i64,
    by: &str,
) -> Result<(), Fault> {
    tx.execute(
        "insert into posting_day(book_id, day, state, closed_at, closed_by) values ($1, $2, $3, $4, $5) \
         on conflict (book_id, day) do update set state = excluded.state, closed_at = excluded.closed_at, \
         closed_by = excluded.closed_by",
        args![book, day, state, at, by],
    )
    .await?;
    Ok(())
}

/// True when some posting ended on this link.
pub async fn posting_with_link(tx: &mut Tx, book: i64, link: &[u8]) -> Result<bool, Fault> {
    let row = tx
        .find(
            "select no from posting where book_id = $1 and link = $2",
            args![book, link],
        )
        .await?;
    Ok(row.is_some())
}

/// Sequence number of the last transfer.
pub async fn last_seq(tx: &mut Tx, book: i64) -> Result<i64, Fault> {
    tx.one(
        "select coalesce(max(seq), 0) from transfer where book_id = $1",
        args![book],
    )
    .await?
    .int(0)
}
