//! The auditor: what must hold after every step, worked out from the database's rows and
//! from what the simulated bank truly did, by other ways than the program's own.

use crate::office::{OUR_NUMBER, Office};
use ansinh::payment;
use ansinh::store::keys::KeyRing;
use ansinh::store::{Db, Row, Tx};
use ansinh_simulator::Bank;
use std::collections::BTreeMap;
use tokio::runtime::Runtime;

/// Reads one office's database for as long as the run lasts.
pub struct Auditor {
    runtime: Runtime,
    db: Db,
    keys: KeyRing,
    /// đồng of claims given up (fee, write-off) and of receipts identified (to a fund), by
    /// break; the workload notes them when it resolves a break.
    pub given_up: BTreeMap<i64, i64>,
}

/// Money by what it stands under: a reference, or a counter account's fingerprint.
type Sums<K> = BTreeMap<K, i64>;

fn add<K: Ord>(sums: &mut Sums<K>, key: K, amount: i64) {
    *sums.entry(key).or_default() += amount;
}

/// A line paid or under way, as the rows tell.
struct Line {
    id: i64,
    entitlement: i64,
    counter: i64,
    amount: i64,
    under_way: bool,
    settled: i64,
    returned: i64,
}

struct Break {
    id: i64,
    account: i64,
    reference: String,
    open: i64,
    counter: i64,
}

impl Auditor {
    pub fn new(office: &Office) -> Auditor {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let db = runtime.block_on(Db::connect(&office.url())).unwrap();
        Auditor {
            runtime,
            db,
            keys: KeyRing::load(&office.path("ansinh.keys")).unwrap(),
            given_up: BTreeMap::new(),
        }
    }

    pub fn close(self) {
        self.runtime.block_on(self.db.close());
    }

    /// Panics with what does not hold. `imported` is the number of the last statement that
    /// the office has taken.
    pub fn check(&self, bank: &Bank, imported: u32) {
        self.runtime.block_on(async {
            let mut tx = self.db.begin_read().await.unwrap();
            let accounts = check_balances(&mut tx).await;
            let lines = lines(&mut tx).await;
            let breaks = breaks(&mut tx).await;
            check_entitlements(&mut tx, &lines, &breaks, &accounts).await;
            self.check_positions(&mut tx, &accounts, &lines, &breaks, imported)
                .await;
            self.check_truth(&mut tx, &accounts, &lines, &breaks, bank, imported)
                .await;
            tx.rollback().await.unwrap();
        });
    }

    /// nostro = statement; clearing_out = what is unsettled; suspense, claim = open breaks.
    async fn check_positions(
        &self,
        tx: &mut Tx,
        accounts: &BTreeMap<String, (i64, i64)>,
        lines: &[Line],
        breaks: &[Break],
        imported: u32,
    ) {
        let last = rows(tx, "select closing, number from statement order by number").await;
        let (closing, number) = last.last().map_or((0, 0), |r| (int(r, 0), int(r, 1)));
        assert_eq!(number, i64::from(imported), "statements taken");
        assert_eq!(balance(accounts, "nostro/BL-AGRI"), -closing, "nostro");
        let items = |name: &str| -> i64 {
            let id = accounts.get(name).map(|(id, _)| *id);
            breaks
                .iter()
                .filter(|b| Some(b.account) == id)
                .map(|b| b.open)
                .sum()
        };
        let unsettled: i64 = lines.iter().filter(|l| l.under_way).map(|l| l.amount).sum();
        let rests = items("clearing_out/BL-AGRI");
        assert_eq!(
            balance(accounts, "clearing_out/BL-AGRI"),
            unsettled + rests,
            "clearing_out"
        );
        let suspense = balance(accounts, "suspense/BL-AGRI");
        assert_eq!(suspense, items("suspense/BL-AGRI"), "suspense");
        assert_eq!(
            -balance(accounts, "claim/970405"),
            items("claim/970405"),
            "claim"
        );
    }

    /// What the bank truly moved under each reference, and to and from each account
    /// outside, is what the books say: settled less returned, claimed, received.
    async fn check_truth(
        &self,
        tx: &mut Tx,
        accounts: &BTreeMap<String, (i64, i64)>,
        lines: &[Line],
        breaks: &[Break],
        bank: &Bank,
        imported: u32,
    ) {
        let mut by_reference: Sums<String> = Sums::new();
        let mut by_payee: Sums<i64> = Sums::new();
        for deed in bank.truth() {
            assert_eq!(deed.account, OUR_NUMBER);
            for b in deed.bookings.iter().filter(|b| b.statement <= imported) {
                let out = match b.direction {
                    ansinh_simulator::statement::Direction::Debit => b.amount,
                    ansinh_simulator::statement::Direction::Credit => -b.amount,
                };
                add(&mut by_reference, b.reference.clone(), out);
                let counter = if b.counter_account.is_empty() {
                    0
                } else {
                    self.keys.fingerprint(&b.counter_bin, &b.counter_account)
                };
                add(&mut by_payee, counter, out);
            }
        }
        let claim = accounts.get("claim/970405").map(|(id, _)| *id);
        let suspense = accounts.get("suspense/BL-AGRI").map(|(id, _)| *id);
        for line in lines {
            let moved = line.settled - line.returned;
            let reference = payment::reference(1, line.id).unwrap().to_string();
            add(&mut by_reference, reference, -moved);
            add(&mut by_payee, line.counter, -moved);
        }
        for b in breaks {
            let stands = b.open + self.given_up.get(&b.id).copied().unwrap_or(0);
            let out = match Some(b.account) {
                account if account == claim => stands,
                account if account == suspense => -stands,
                _ => 0,
            };
            add(&mut by_reference, b.reference.clone(), -out);
            add(&mut by_payee, b.counter, -out);
        }
        let budgets = "select u.reference, u.received, l.counter from budget u join statement_line l \
                       on l.book_id = u.book_id and l.reference = u.reference and l.direction = 'C' where u.received > 0";
        for r in rows(tx, budgets).await {
            add(&mut by_reference, r.text(0).unwrap(), int(&r, 1));
            add(&mut by_payee, int(&r, 2), int(&r, 1));
        }
        by_reference.retain(|_, off| *off != 0);
        by_payee.retain(|_, off| *off != 0);
        assert!(
            by_reference.is_empty(),
            "truth by reference, off by {by_reference:?}"
        );
        assert!(by_payee.is_empty(), "truth by payee, off by {by_payee:?}");
    }
}

async fn rows(tx: &mut Tx, sql: &str) -> Vec<Row> {
    tx.all(sql, Vec::new())
        .await
        .unwrap_or_else(|e| panic!("{sql}: {e}"))
}

fn int(row: &Row, i: usize) -> i64 {
    row.int(i).unwrap()
}

/// Credits less debits of an account; 0 where it is not open.
fn balance(accounts: &BTreeMap<String, (i64, i64)>, name: &str) -> i64 {
    accounts.get(name).map_or(0, |(_, balance)| *balance)
}

/// Debits = credits, each balance the fold of its transfers, no guarded one on the wrong
/// side; (id, credits less debits) by name.
async fn check_balances(tx: &mut Tx) -> BTreeMap<String, (i64, i64)> {
    let mut folded: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    let transfers = "select debit_id, credit_id, amount from transfer";
    for r in rows(tx, transfers).await {
        folded.entry(int(&r, 0)).or_default().0 += int(&r, 2);
        folded.entry(int(&r, 1)).or_default().1 += int(&r, 2);
    }
    let mut out = BTreeMap::new();
    let (mut all_debits, mut all_credits) = (0, 0);
    let balances = "select b.account_id, a.name, b.guard, b.debits, b.credits from balance b \
                    join account a on a.book_id = b.book_id and a.id = b.account_id";
    for r in rows(tx, balances).await {
        let (id, name) = (int(&r, 0), r.text(1).unwrap());
        let (debits, credits) = (int(&r, 3), int(&r, 4));
        let fold = folded.remove(&id).unwrap_or_default();
        assert_eq!(
            (debits, credits),
            fold,
            "balance of {name} and its transfers"
        );
        assert!(int(&r, 2) * (credits - debits) >= 0, "{name} is below zero");
        all_debits += debits;
        all_credits += credits;
        out.insert(name, (id, credits - debits));
    }
    assert!(folded.is_empty(), "transfers of accounts without a balance");
    assert_eq!(all_debits, all_credits, "debits and credits");
    out
}

async fn lines(tx: &mut Tx) -> Vec<Line> {
    let sql = "select i.id, i.cause_id, i.counter, i.amount, \
               case when i.ended_at is null and b.state in ('sent', 'completed') and m.amount is null then 1 else 0 end + \
                 cast(0 as bigint), \
               coalesce(m.amount, 0), \
               cast(coalesce((select sum(v.amount) from instruction_event v where v.book_id = i.book_id \
                 and v.instruction_id = i.id and v.state = 'returned'), 0) as bigint) \
               from instruction i join batch b on b.book_id = i.book_id and b.id = i.batch_id \
               left join line_match m on m.book_id = i.book_id and m.instruction_id = i.id and m.undone_at is null";
    let rows = rows(tx, sql).await;
    rows.iter()
        .map(|r| Line {
            id: int(r, 0),
            entitlement: int(r, 1),
            counter: int(r, 2),
            amount: int(r, 3),
            under_way: int(r, 4) == 1,
            settled: int(r, 5),
            returned: int(r, 6),
        })
        .collect()
}

/// Every break with an item: what is open of it, and the other side of its line.
async fn breaks(tx: &mut Tx) -> Vec<Break> {
    let sql = "select b.id, b.item_account_id, b.reference, \
               case when b.state = 'resolved' then cast(0 as bigint) else b.item_amount - b.item_cleared end, \
               coalesce(l.counter, 0) from break b left join statement_line l on l.book_id = b.book_id \
               and l.statement_id = b.statement_id and l.line = b.line where b.item_account_id is not null";
    let rows = rows(tx, sql).await;
    rows.iter()
        .map(|r| Break {
            id: int(r, 0),
            account: int(r, 1),
            reference: r.text(2).unwrap(),
            open: int(r, 3),
            counter: int(r, 4),
        })
        .collect()
}

/// For each entitlement settled - returned + under way stays within its amount.
async fn check_entitlements(
    tx: &mut Tx,
    lines: &[Line],
    breaks: &[Break],
    accounts: &BTreeMap<String, (i64, i64)>,
) {
    let clearing = accounts.get("clearing_out/BL-AGRI").map(|(id, _)| *id);
    let mut paid: Sums<i64> = Sums::new();
    for line in lines {
        let reference = payment::reference(1, line.id).unwrap().to_string();
        let rest: i64 = breaks
            .iter()
            .filter(|b| Some(b.account) == clearing && b.reference == reference)
            .map(|b| b.open)
            .sum();
        let way = if line.under_way { line.amount } else { 0 };
        add(
            &mut paid,
            line.entitlement,
            line.settled - line.returned + way + rest,
        );
    }
    for r in rows(tx, "select id, amount from entitlement").await {
        let (id, amount) = (int(&r, 0), int(&r, 1));
        let sum = paid.remove(&id).unwrap_or(0);
        assert!(
            (0..=amount).contains(&sum),
            "entitlement {id} of {amount}: {sum} paid or under way"
        );
    }
    assert!(paid.is_empty(), "instructions without entitlement");
}
