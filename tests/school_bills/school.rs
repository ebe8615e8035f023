//! A school of three pupils from the samples, set up in a test's database.

use crate::harness::{self, TestDb};
use ansinh::clock::Instant;
use ansinh::collection::fee::{LoadFees, LoadFeesReply};
use ansinh::collection::pupil_list::read_pupils;
use ansinh::collection::pupil_list_check::check_pupils;
use ansinh::collection::run::{PrepareBills, PrepareReply};
use ansinh::collection::run_issue::{IssueReply, IssueRun};
use ansinh::collection::school::{ChangeDebtor, ImportPupils};
use ansinh::collection::sql::bill::{self as bill_sql, LineRow};
use ansinh::collection::sql::people;
use ansinh::error::Failure;
use ansinh::ledger::{self, Book, Code, NewTransfer, client_id};
use ansinh::programme::Period;
use ansinh::setup::{RunSetup, Setup};
use ansinh::store::keys::{KeyRing, Purpose};
use ansinh::store::{Ctx, Db, INSTALLATION, run};
use ansinh_settlement::{Day, Dong};
use std::sync::LazyLock;

/// The samples that the README uses too.
pub mod files {
    pub const SETUP: &str = include_str!("../../samples/school/setup.toml");
    pub const FEES: &str = include_str!("../../samples/school/fees.toml");
    pub const CLINIC_SETUP: &str = include_str!("../../samples/clinic/setup.toml");
    pub const CLINIC_FEES: &str = include_str!("../../samples/clinic/fees.toml");
    pub const DESK_SETUP: &str = include_str!("../../samples/one_stop/setup.toml");
    pub const DESK_FEES: &str = include_str!("../../samples/one_stop/fees.toml");
}

pub fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

pub fn period(text: &str) -> Period {
    Period::parse(text).unwrap()
}

/// The code of a refusal; panics on success.
pub fn code<T>(result: Result<T, Failure>) -> String {
    match result {
        Err(Failure::Reject(r)) => r.code().to_owned(),
        Err(Failure::Fault(f)) => panic!("fault: {f}"),
        Ok(_) => panic!("it was not refused"),
    }
}

/// One ring for all: several billers may be set up in one database.
static RING: LazyLock<KeyRing> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    KeyRing::make(&folder.path().join("ansinh.keys")).unwrap()
});

pub struct School {
    pub db: Db,
    pub book: Book,
    pub keys: KeyRing,
}

impl School {
    /// The sample school with its fees and pupils.
    pub async fn open(test: &TestDb) -> School {
        let s = School::bare(test, files::SETUP).await;
        s.load_fees(files::FEES).await.unwrap();
        let list = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/school/pupils.csv");
        let list = read_pupils(std::path::Path::new(list)).unwrap();
        let checked = check_pupils(&list, &["1A".into(), "6A".into()]);
        assert_eq!(checked.problems, []);
        let import = ImportPupils {
            book: s.book.clone(),
            year: "2026-2027".into(),
            file_name: "pupils.csv".into(),
            digest: String::new(),
            pupils: checked.pupils,
            keys: s.keys.clone(),
        };
        let reply = run(&s.db, &s.ctx("quy"), &import).await.unwrap();
        assert_eq!((reply.new_pupils, reply.new_payers), (3, 3));
        let again = run(&s.db, &s.ctx("quy"), &import).await.unwrap();
        assert_eq!(
            (again.new_pupils, again.changed_pupils, again.new_payers),
            (0, 0, 0)
        );
        s
    }

    /// A biller that was set up and has nothing else.
    pub async fn bare(test: &TestDb, setup: &str) -> School {
        let keys = RING.clone();
        let db = test.db.clone();
        let parsed: Setup = toml::from_str(setup).unwrap();
        let code = parsed.book[0].code.clone();
        let command = RunSetup {
            setup: parsed,
            keys: keys.clone(),
        };
        run(&db, &at("setup", "2026-09-08"), &command)
            .await
            .unwrap();
        let mut tx = db.begin_read().await.unwrap();
        let book = ledger::find_book(&mut tx, &code).await.unwrap().unwrap();
        tx.rollback().await.unwrap();
        School { db, book, keys }
    }

    /// The same school seen by another program.
    pub async fn again(&self, test: &TestDb) -> School {
        School {
            db: test.again().await,
            book: self.book.clone(),
            keys: self.keys.clone(),
        }
    }

    pub fn ctx(&self, who: &str) -> Ctx {
        at(who, "2026-09-08")
    }

    pub fn ctx_at(&self, who: &str, day: &str) -> Ctx {
        at(who, day)
    }

    pub async fn set_up(&self, text: &str) -> Result<(), Failure> {
        let setup: Setup = toml::from_str(text).unwrap();
        let command = RunSetup {
            setup,
            keys: self.keys.clone(),
        };
        run(&self.db, &self.ctx("setup"), &command)
            .await
            .map(|_| ())
    }

    pub async fn load_fees(&self, text: &str) -> Result<LoadFeesReply, Failure> {
        self.load_fees_as("hieu", text).await
    }

    pub async fn load_fees_as(&self, who: &str, text: &str) -> Result<LoadFeesReply, Failure> {
        let command = LoadFees {
            book: self.book.clone(),
            file_name: "fees.toml".into(),
            digest: String::new(),
            file: toml::from_str(text).unwrap(),
        };
        run(&self.db, &self.ctx(who), &command).await
    }

    pub async fn prepare(&self, month: &str) -> Result<PrepareReply, Failure> {
        let command = PrepareBills {
            book: self.book.clone(),
            year: "2026-2027".into(),
            period: period(month),
            class: None,
            debtor: None,
        };
        run(&self.db, &self.ctx("quy"), &command).await
    }

    pub async fn issue(&self, id: &str) -> Result<IssueReply, Failure> {
        let command = IssueRun {
            book: self.book.clone(),
            run: id.parse().unwrap(),
        };
        run(&self.db, &self.ctx("hieu"), &command).await
    }

    /// All lines of a debtor, oldest first.
    pub async fn lines(&self, debtor: &str) -> Vec<LineRow> {
        let mut tx = self.db.begin_read().await.unwrap();
        let debtor = people::find_debtor(&mut tx, self.book.id, debtor)
            .await
            .unwrap()
            .unwrap();
        let bills = bill_sql::bills_of_debtor(&mut tx, self.book.id, debtor.id)
            .await
            .unwrap();
        let ids: Vec<i64> = bills.iter().map(|b| b.id).collect();
        let lines = bill_sql::lines_of(&mut tx, self.book.id, &ids)
            .await
            .unwrap();
        tx.rollback().await.unwrap();
        ids.iter()
            .filter_map(|id| lines.get(id))
            .flatten()
            .cloned()
            .collect()
    }

    pub async fn lines_of_run(&self, id: &str) -> Vec<LineRow> {
        let mut tx = self.db.begin_read().await.unwrap();
        let bills = bill_sql::bills_of_run(&mut tx, self.book.id, id.parse().unwrap())
            .await
            .unwrap();
        let ids: Vec<i64> = bills.iter().map(|b| b.id).collect();
        let lines = bill_sql::lines_of(&mut tx, self.book.id, &ids)
            .await
            .unwrap();
        tx.rollback().await.unwrap();
        lines.into_values().flatten().collect()
    }

    /// Balance of all accounts whose name starts so, on the side on which they grow.
    pub async fn sum(&self, prefix: &str) -> i64 {
        let mut tx = self.db.begin_read().await.unwrap();
        let mut sum = 0;
        ledger::each_account(&mut tx, self.book.id, prefix, |row| {
            sum += row.balance();
            Ok(())
        })
        .await
        .unwrap();
        tx.rollback().await.unwrap();
        sum
    }

    /// Every bill and line, as one text.
    pub async fn picture(&self) -> String {
        let mut tx = self.db.begin_read().await.unwrap();
        let sql = "select b.id, b.number, b.state, b.total, b.paid, l.amount, l.why from bill b join bill_line l \
                   on l.book_id = b.book_id and l.bill_id = b.id where b.book_id = $1 order by b.id, l.no";
        let rows = tx.all(sql, ansinh::args![self.book.id]).await.unwrap();
        tx.rollback().await.unwrap();
        rows.iter()
            .map(|r| {
                format!(
                    "{} {} {} {} {} {} {}\n",
                    r.int(0).unwrap(),
                    r.text(1).unwrap(),
                    r.text(2).unwrap(),
                    r.int(3).unwrap(),
                    r.int(4).unwrap(),
                    r.int(5).unwrap(),
                    r.text(6).unwrap()
                )
            })
            .collect()
    }

    /// What must hold at any time: a bill is the sum of its lines, in amount and in what is
    /// paid; receivables are what open bills are owed; what is paid is what live allocations
    /// say; credit is its live allocations; numbers have no gap; the ledger verifies.
    pub async fn holds(&self) {
        let of = |sql: &str| sql.replace("$book", &self.book.id.to_string());
        let zero = |what: &'static str, sql: &str| {
            let sql = of(sql);
            async move {
                assert_eq!(harness::number(&self.db, &sql).await, 0, "{what}");
            }
        };
        zero("bill = sum of lines", "select count(*) from bill b where b.book_id = $book and (b.total, b.paid) <> \
             (select cast(sum(l.amount) as bigint), cast(sum(l.paid) as bigint) from bill_line l where l.book_id = b.book_id and l.bill_id = b.id)").await;
        zero(
            "gross - reduction = amount",
            "select count(*) from bill_line where book_id = $book and gross - reduction <> amount",
        )
        .await;
        zero(
            "a paid bill is paid",
            "select count(*) from bill where book_id = $book and state = 'paid' and paid <> total",
        )
        .await;
        zero("paid = live allocations", "select count(*) from bill_line l where l.book_id = $book and l.paid <> \
             (select cast(coalesce(sum(a.amount), 0) as bigint) from allocation a where a.book_id = l.book_id and a.bill_line_id = l.id and a.undone_at is null)").await;
        let open = harness::number(&self.db, &of("select cast(coalesce(sum(total - paid), 0) as bigint) from bill where book_id = $book \
             and state in ('issued', 'partly_paid', 'paid') and kind <> 'invitation'")).await;
        assert_eq!(
            self.sum("receivable/").await,
            open,
            "receivables = open bills"
        );
        let credit = harness::number(
            &self.db,
            &of(
                "select cast(coalesce(sum(amount), 0) as bigint) from allocation \
             where book_id = $book and target = 'credit' and undone_at is null",
            ),
        )
        .await;
        assert_eq!(
            self.sum("credit/").await,
            credit,
            "credit = its allocations"
        );
        let numbers = harness::number(
            &self.db,
            &of("select count(*) from bill where book_id = $book and number like '2026/%'"),
        )
        .await;
        let last = harness::number(&self.db, &of("select coalesce(max(last_number), 0) from bill_series where book_id = $book and year = 2026")).await;
        assert_eq!(numbers, last, "numbers without a gap");
        let mut tx = self.db.begin_read().await.unwrap();
        let verdict = ledger::verify::verify(&mut tx, self.book.id, |_| ())
            .await
            .unwrap();
        assert!(verdict.is_ok(), "the ledger does not verify");
        tx.rollback().await.unwrap();
    }

    pub async fn want_credit(&self, debtor: &str, on: bool) {
        let command = ChangeDebtor {
            book: self.book.clone(),
            code: debtor.into(),
            use_credit: Some(on),
            left: false,
        };
        run(&self.db, &self.ctx("quy"), &command).await.unwrap();
    }

    /// Money that came in and overpaid, as its entries would stand.
    pub async fn give_credit(&self, debtor: &str, amount: i64) {
        let mut tx = harness::locked(&self.db, self.book.id).await;
        let debtor = people::find_debtor(&mut tx, self.book.id, debtor)
            .await
            .unwrap()
            .unwrap();
        let id = tx.reserve_ids(self.book.id, 1).unwrap();
        let nostro = ledger::find_account_id(&mut tx, self.book.id, "clearing_in/TH-AGRI")
            .await
            .unwrap()
            .unwrap();
        let transfer = NewTransfer::new(
            client_id(id, Code::Overpaid),
            nostro,
            debtor.credit_id,
            Dong::new(amount).unwrap(),
            Code::Overpaid,
            id,
        );
        ledger::post_all(
            &mut tx,
            self.book.id,
            &harness::info("overpaid"),
            &[transfer],
        )
        .await
        .unwrap();
        self.allocate(&mut tx, id, "credit", None, debtor.id, amount)
            .await;
        tx.commit().await.unwrap();
    }

    async fn allocate(
        &self,
        tx: &mut ansinh::store::Tx,
        id: i64,
        target: &str,
        line: Option<(i64, i64)>,
        debtor: i64,
        amount: i64,
    ) {
        let sql = "insert into allocation(book_id, id, collection_id, target, bill_id, bill_line_id, debtor_id, amount, from_credit, made_at, made_by) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8, 0, 1, 'test')";
        let args = ansinh::args![
            self.book.id,
            id,
            id,
            target,
            line.map(|l| l.0),
            line.map(|l| l.1),
            debtor,
            amount
        ];
        tx.execute(sql, args).await.unwrap();
    }

    /// Pays every open line, as its entries would stand.
    pub async fn pay_all(&self) {
        let mut tx = harness::locked(&self.db, self.book.id).await;
        let clearing = ledger::find_account_id(&mut tx, self.book.id, "clearing_in/TH-AGRI")
            .await
            .unwrap()
            .unwrap();
        let sql = "select l.id, l.bill_id, l.debtor_id, l.amount - l.paid, l.receivable_id, l.against_id, l.onward_id from bill_line l \
                   join bill b on b.book_id = l.book_id and b.id = l.bill_id where l.book_id = $1 and b.state = 'issued' \
                   and b.kind <> 'invitation' and l.amount > l.paid order by l.id";
        for r in tx.all(sql, ansinh::args![self.book.id]).await.unwrap() {
            let (line, bill, debtor, amount) = (
                r.int(0).unwrap(),
                r.int(1).unwrap(),
                r.int(2).unwrap(),
                r.int(3).unwrap(),
            );
            let id = tx.reserve_ids(self.book.id, 1).unwrap();
            let dong = Dong::new(amount).unwrap();
            let mut transfers = vec![NewTransfer::new(
                client_id(id, Code::Collected),
                clearing,
                r.int(4).unwrap(),
                dong,
                Code::Collected,
                id,
            )];
            if let Some(onward) = r.opt_int(6).unwrap() {
                transfers.push(NewTransfer::new(
                    client_id(id, Code::PassedOn),
                    r.int(5).unwrap(),
                    onward,
                    dong,
                    Code::PassedOn,
                    id,
                ));
            }
            ledger::post_all(
                &mut tx,
                self.book.id,
                &harness::info("collected"),
                &transfers,
            )
            .await
            .unwrap();
            self.allocate(&mut tx, id, "bill", Some((bill, line)), debtor, amount)
                .await;
            tx.execute(
                "update bill_line set paid = amount where book_id = $1 and id = $2",
                ansinh::args![self.book.id, line],
            )
            .await
            .unwrap();
            tx.execute("update bill set paid = paid + $3, state = case when paid + $3 = total then 'paid' else state end where book_id = $1 and id = $2", ansinh::args![self.book.id, bill, amount]).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// Somebody whom a labour office's list names in a policy category.
    pub async fn enrol(&self, number: &str, category: &str, listed: i64) {
        let mut tx = self.db.begin().await.unwrap();
        tx.lock_heads(&[INSTALLATION]).await.unwrap();
        let labour = ledger::open_book(
            &mut tx,
            "BL",
            "BL",
            ledger::BookKind::LabourOffice,
            harness::now(),
        )
        .await
        .unwrap();
        let hash = self.keys.short_hash(Purpose::Identity, number);
        let rows = [
            (
                "insert into person(id, full_name, birth, sex, commune, address, level, created_at) values (1, 'M', '2020', 'M', '', '', 'registry_matched', 1)",
                ansinh::args![],
            ),
            (
                "insert into person_number(hash, kind, person_id, sealed, valid_from) values ($1, 'personal', 1, $1, 20260101)",
                ansinh::args![hash],
            ),
            (
                "insert into enrolment(book_id, id, programme_id, person_id, address_id, category, coefficient, unit, listed_period, updated_at) \
              values ($1, 1, 1, 1, 1, $2, '2', 'Xã A', $3, 1)",
                ansinh::args![labour.id, category, listed],
            ),
        ];
        for (sql, args) in rows {
            tx.execute(sql, args).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}

fn at(who: &str, day: &str) -> Ctx {
    Ctx::new(who, Instant::parse(&format!("{day}T09:00")).unwrap())
}
