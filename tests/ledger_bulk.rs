//! The bulk path against the plain one: a million lines in one statement must leave the
//! same books as the same lines one by one, or nothing at all.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

mod harness;

use ansinh::args;
use ansinh::error::Fault;
use ansinh::ledger::bulk::{BulkPosted, Lines, Side, post_lines};
use ansinh::ledger::{self, Code, NewTransfer};
use ansinh::store::{Column, Db, Tx};
use ansinh_settlement::Dong;
use harness::{TestDb, balances, both, info, locked, number, open_accounts, open_book, together};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};
use std::cell::Cell;

/// A line: key, account (place in `PEOPLE`), amount.
type Line = (i64, usize, i64);

const PEOPLE: [&str; 4] = [
    "beneficiary/1/x",
    "beneficiary/2/x",
    "beneficiary/3/x",
    "beneficiary/4/x",
];
/// The lines of one batch among those of others: keys in between are not ours.
const SELECT: &str = "select id as key, account_id, amount, cause_id from instruction \
     where book_id = $1 and id between $2 and $3 and batch_id = $4 order by id";
const BATCH: i64 = 5;
/// What each person has before money is sent, and the fund before it is granted.
const HELD: i64 = 300;
const FUND: i64 = 2_000;

#[derive(Clone, Debug)]
struct Plan {
    side: Side,
    lines: Vec<Line>,
    /// Keys asked for before the first line and after the last.
    margin: (i64, i64),
}

fn plan() -> impl Strategy<Value = Plan> {
    // A gap of 20 000 keys passes the end of a round; the others are what withdrawals leave.
    let gap = prop_oneof![20 => Just(1i64), 5 => 2..4i64, 1 => 19_995..20_005i64];
    let line = (
        gap,
        0..PEOPLE.len(),
        prop_oneof![30 => 1..60i64, 1 => 250..400i64],
    );
    let side = prop_oneof![Just(Side::Credit), Just(Side::Debit)];
    (side, vec(line, 0..40), (0..3i64, 0..3i64)).prop_map(|(side, steps, margin)| {
        let mut key = 10_000_000;
        let mut lines = Vec::new();
        for (gap, person, amount) in steps {
            key += gap;
            lines.push((key, person, amount));
        }
        Plan {
            side,
            lines,
            margin,
        }
    })
}

struct Book {
    id: i64,
    people: Vec<i64>,
    fund: i64,
    clearing: i64,
}

impl Book {
    fn other(&self, side: Side) -> i64 {
        match side {
            Side::Credit => self.fund,
            Side::Debit => self.clearing,
        }
    }

    fn accounts(&self) -> Vec<i64> {
        self.people
            .iter()
            .copied()
            .chain([self.fund, self.clearing])
            .collect()
    }
}

async fn funded(db: &Db, code: &str) -> Book {
    let id = open_book(db, code).await;
    let people = open_accounts(db, id, &PEOPLE).await;
    let rest = open_accounts(db, id, &["nostro/a", "fund/x", "clearing_out/a"]).await;
    let pay = |n: i64, credit, amount| {
        NewTransfer::new(
            -n,
            rest[0],
            credit,
            Dong::new(amount).unwrap(),
            Code::BudgetReceived,
            0,
        )
    };
    let mut start = vec![pay(100, rest[1], FUND)];
    start.extend((1..).zip(&people).map(|(n, person)| pay(n, *person, HELD)));
    let mut tx = locked(db, id).await;
    ledger::post_all(&mut tx, id, &info("start"), &start)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    Book {
        id,
        people,
        fund: rest[1],
        clearing: rest[2],
    }
}

async fn insert(tx: &mut Tx, book: &Book, lines: &[Line]) {
    let ints = |f: &dyn Fn(&Line) -> i64| Column::Ints(lines.iter().map(f).collect());
    // Beside our batch, a line of another one, which no posting of ours may touch.
    tx.insert_rows(
        "instruction(book_id, id, batch_id, account_id, address_id, counter, payee, amount, cause_id)",
        &[
            ints(&|_| book.id),
            ints(&|l| l.0),
            ints(&|_| BATCH),
            ints(&|l| book.people.get(l.1).copied().unwrap_or(999_999)),
            ints(&|_| 0),
            ints(&|_| 0),
            ints(&|_| 0),
            ints(&|l| l.2),
            ints(&|l| l.0 + 7),
        ],
        "",
    )
    .await
    .unwrap();
    let first = lines.first().map_or(10_000_000, |l| l.0) - 1;
    tx.execute(
        "insert into instruction(book_id, id, batch_id, account_id, address_id, counter, payee, amount, cause_id) \
         values ($1, $2, $3, $4, 0, 0, 0, 1000000, 1)",
        args![book.id, first, BATCH + 1, book.people[0]],
    )
    .await
    .unwrap();
}

fn code(side: Side) -> Code {
    match side {
        Side::Credit => Code::Granted,
        Side::Debit => Code::Sent,
    }
}

async fn in_bulk(tx: &mut Tx, book: &Book, plan: &Plan) -> Result<BulkPosted, Fault> {
    let lines = Lines {
        select: SELECT,
        args: args![BATCH],
        first_key: plan.lines.first().map_or(10_000_000, |l| l.0) - plan.margin.0,
        last_key: plan.lines.last().map_or(10_000_000, |l| l.0) + plan.margin.1,
    };
    post_lines(
        tx,
        book.id,
        &info("bulk"),
        code(plan.side),
        book.other(plan.side),
        plan.side,
        &lines,
    )
    .await
}

/// The same lines through the plain path; how many were refused.
async fn one_by_one(db: &Db, book: &Book, plan: &Plan) -> usize {
    let other = book.other(plan.side);
    let transfers: Vec<NewTransfer> = plan
        .lines
        .iter()
        .map(|(key, person, amount)| {
            let own = book.people[*person];
            let (debit, credit) = if plan.side == Side::Debit {
                (own, other)
            } else {
                (other, own)
            };
            let id = ledger::client_id(*key, code(plan.side));
            NewTransfer::new(
                id,
                debit,
                credit,
                Dong::new(*amount).unwrap(),
                code(plan.side),
                key + 7,
            )
        })
        .collect();
    let groups: Vec<&[NewTransfer]> = transfers.chunks(1).collect();
    let mut tx = locked(db, book.id).await;
    let results = ledger::post(&mut tx, book.id, &info("plain"), &groups)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    results.iter().filter(|r| r.is_err()).count()
}

/// Transfers, proof included: all that the journal says of them but their posting's number.
async fn journal(db: &Db, book: &Book) -> Vec<[i64; 7]> {
    let mut tx = db.begin_read().await.unwrap();
    ledger::verify::verify(&mut tx, book.id, |_| ())
        .await
        .unwrap()
        .unwrap();
    let sql = "select seq, client_id, debit_id, credit_id, amount, code, cause_id from transfer \
               where book_id = $1 order by seq";
    let rows = tx.all(sql, args![book.id]).await.unwrap();
    tx.rollback().await.unwrap();
    rows.iter()
        .map(|r| std::array::from_fn(|i| r.int(i).unwrap()))
        .collect()
}

async fn compare(db: &Db, case: u32, plan: &Plan) {
    let (bulk, plain) = (
        funded(db, &format!("bulk {case}")).await,
        funded(db, &format!("plain {case}")).await,
    );
    let before = (
        journal(db, &bulk).await,
        balances(db, bulk.id, &bulk.accounts()).await,
    );
    let refused = one_by_one(db, &plain, plan).await;
    let mut tx = locked(db, bulk.id).await;
    insert(&mut tx, &bulk, &plan.lines).await;
    let result = in_bulk(&mut tx, &bulk, plan).await;
    if refused > 0 {
        assert!(
            result.is_err(),
            "the plain path refuses {refused} lines, the bulk path none"
        );
        tx.rollback().await.unwrap();
        let after = (
            journal(db, &bulk).await,
            balances(db, bulk.id, &bulk.accounts()).await,
        );
        assert_eq!(after, before, "a refused bulk left something");
        return;
    }
    let posted = result.unwrap();
    tx.commit().await.unwrap();
    let total: i64 = plan.lines.iter().map(|l| l.2).sum();
    assert_eq!(
        (posted.count, posted.total),
        (i64::try_from(plan.lines.len()).unwrap(), total)
    );
    assert_eq!(journal(db, &bulk).await, journal(db, &plain).await);
    let of = |book: &Book| (book.id, book.accounts());
    let ((a, ids), (b, others)) = (of(&bulk), of(&plain));
    assert_eq!(balances(db, a, &ids).await, balances(db, b, &others).await);
}

/// Catches a line that is posted twice, skipped at a gap or at the end of a round, put on
/// the wrong side, taken from another batch, or let past a guard.
#[test]
fn a_bulk_posting_equals_its_lines_one_by_one() {
    together("bulk", |runtime, all| {
        let case = Cell::new(0);
        let mut config = Config::default();
        if std::env::var("PROPTEST_CASES").is_err() {
            config.cases = 32;
        }
        config.failure_persistence = Some(Box::new(FileFailurePersistence::Direct(
            "tests/ledger_bulk.regressions",
        )));
        let outcome = TestRunner::new(config).run(&plan(), |plan| {
            case.set(case.get() + 1);
            for test in all {
                runtime.block_on(compare(&test.db, case.get(), &plan));
            }
            Ok(())
        });
        if let Err(failed) = outcome {
            panic!("{failed}");
        }
    });
}

/// Posts what must not be posted; what it leaves after the Tx is gone must be nothing.
async fn must_be_refused(test: &TestDb, book: &Book, what: &str, lines: &[Line]) {
    let before = (
        journal(&test.db, book).await,
        balances(&test.db, book.id, &book.accounts()).await,
    );
    let mut tx = locked(&test.db, book.id).await;
    insert(&mut tx, book, lines).await;
    let plan = Plan {
        side: Side::Credit,
        lines: lines.to_vec(),
        margin: (0, 0),
    };
    assert!(
        in_bulk(&mut tx, book, &plan).await.is_err(),
        "{what} was posted"
    );
    drop(tx);
    let after = (
        journal(&test.db, book).await,
        balances(&test.db, book.id, &book.accounts()).await,
    );
    assert_eq!(after, before, "{what}");
    assert_eq!(
        number(&test.db, "select count(*) from instruction").await,
        0,
        "{what}"
    );
}

/// Catches the bulk path letting through what the plain path refuses.
#[test]
fn a_bulk_posting_holds_the_rules_of_the_plain_path() {
    both("rules", async |test| {
        let book = funded(&test.db, "A").await;
        must_be_refused(
            test,
            &book,
            "more than the fund holds",
            &[(10, 0, FUND), (11, 1, 1)],
        )
        .await;
        must_be_refused(
            test,
            &book,
            "a line of an account that is not open",
            &[(10, 0, 5), (11, 9, 5)],
        )
        .await;
        // The fund itself as one of its lines.
        let itself = Book {
            people: vec![book.fund],
            ..funded(&test.db, "B").await
        };
        must_be_refused(
            test,
            &Book {
                id: book.id,
                ..itself
            },
            "a line from an account to itself",
            &[(10, 0, 5)],
        )
        .await;
    });
}

/// Catches a bulk posting that pushes a sum past 10^18, after which the account cannot be read.
#[test]
fn a_bulk_posting_stops_at_the_limit_of_sums() {
    both("sums", async |test| {
        let book = funded(&test.db, "A").await;
        let nostro = open_accounts(&test.db, book.id, &["nostro/a", "nostro/b"]).await;
        let pay = |n: i64| {
            NewTransfer::new(
                -1_000 - n,
                nostro[0],
                nostro[1],
                Dong::PAYMENT_LIMIT,
                Code::Other,
                0,
            )
        };
        let most: Vec<NewTransfer> = (0..999).map(pay).collect();
        let mut tx = locked(&test.db, book.id).await;
        ledger::post_all(&mut tx, book.id, &info("fill"), &most)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let full = Book {
            people: vec![nostro[1]],
            fund: nostro[0],
            ..book
        };
        let line = |key| (key, 0, Dong::PAYMENT_LIMIT.get());
        must_be_refused(test, &full, "a sum beyond 10^18", &[line(10), line(11)]).await;
    });
}
