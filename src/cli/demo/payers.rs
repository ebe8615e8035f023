//! The world of the demo's school: the list of its pupils, the payers who answer its
//! bills, and their bank. With `world.rs` the only place that names the simulator here.

use super::{Demo, world_fault};
use crate::clock::Instant;
use crate::collection::notice_source::SourceSetup;
use crate::collection::sql::bill::{self as bill_sql, BillFilter};
use crate::error::{Failure, Fault, io_fault};
use crate::ledger::Book;
use crate::payment;
use crate::setup::BankKeySetup;
use crate::store::keys::Purpose;
use ansinh_simulator::payers::{
    Expected, Habits, Moment, PayBill, PayerConfig, Payers, STATEMENT_SECOND, Tellings,
    next_bank_day, write_notices,
};
use ansinh_simulator::statement::SealKey;
use ansinh_simulator::{Bank, BankConfig, Faults};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

const KEY_ID: &str = "agri-demo-2";
const KEY: &str = "demo-key-of-the-schools-bank-not-secret!";
const FIRST: u32 = 20_260_910;
/// The last day of the school's month, and of the labour office's account beside it.
pub const LAST: u32 = 20_260_924;

/// A notice as it comes.
#[derive(Clone)]
pub struct Said {
    pub sent_at: Instant,
    pub signature: String,
    pub body: String,
}

pub struct PayerWorld {
    pub payers: Payers,
    pub expected: Expected,
    /// All notices, in their order.
    pub said: Vec<Said>,
    heard: usize,
    bank: Bank,
    folder: PathBuf,
}

/// The key under which the school's bank signs statements and notices.
pub fn bank_key() -> BankKeySetup {
    BankKeySetup {
        id: KEY_ID.into(),
        file: "bank.key".into(),
        secret: KEY.into(),
    }
}

pub fn notice_source(code: &str, owner: &str) -> SourceSetup {
    SourceSetup {
        source: code.into(),
        scheme: "ansinh".into(),
        file: "bank.key".into(),
        key_id: KEY_ID.into(),
        compare: false,
        days: 2,
        owner: owner.into(),
        secret: KEY.into(),
    }
}

/// Writes the list of pupils.
pub fn pupil_list(folder: &Path, seed: u64, pupils: usize) -> Result<PathBuf, Failure> {
    let folder = folder.join("school");
    std::fs::create_dir_all(&folder).map_err(io_fault(&folder))?;
    let path = folder.join("pupils.csv");
    let file = BufWriter::new(File::create(&path).map_err(io_fault(&path))?);
    ansinh_simulator::school::pupils_csv(file, seed, pupils, 2026).map_err(io_fault(&path))?;
    Ok(path)
}

/// When the statement of a bank day is there.
pub fn statement_there(day: u32) -> Instant {
    instant(Moment {
        day: next_bank_day(day),
        second: STATEMENT_SECOND,
    })
}

fn instant(at: Moment) -> Instant {
    Instant(at.unix() * 1_000_000)
}

impl PayerWorld {
    /// Lets payers answer the bills that the school issued; the files of it lie in the
    /// demo's folder.
    pub async fn of(demo: &Demo, book: &Book, seed: u64) -> Result<PayerWorld, Failure> {
        let mut tx = demo.db.begin_read().await?;
        let listed = bill_sql::list(&mut tx, book.id, &BillFilter::default(), i64::MAX).await?;
        let accounts = payment::sql::bank_accounts(&mut tx, book.id).await?;
        tx.rollback().await?;
        let [account] = accounts.as_slice() else {
            return Err(Fault::Corrupt("the demo's school has one account".into()).into());
        };
        let number = demo.keys.open_text(Purpose::BankAccount, &account.sealed)?;
        let mut bills = Vec::with_capacity(listed.len());
        for b in &listed {
            bills.push(PayBill {
                pay_code: b.bill.pay_code.clone(),
                amount: b.bill.total,
                paid: b.bill.paid,
                due_on: u32::try_from(b.bill.due_on.number())
                    .map_err(|_| Fault::Corrupt("a due day".into()))?,
                debtor: b.debtor_code.clone(),
                invitation: b.bill.kind == "invitation",
                bin: account.bin.clone(),
                account: number.clone(),
            });
        }
        let wrong = |e: &dyn std::fmt::Display| world_fault("payers")(e.to_string());
        let config = PayerConfig {
            seed,
            first: FIRST,
            last: LAST,
            habits: Habits::default(),
            tellings: Tellings::default(),
        };
        let payers = Payers::new(bills, config).map_err(|e| wrong(&e))?;
        let mut bank = Bank::new(BankConfig {
            bin: account.bin.clone(),
            seed,
            key_id: KEY_ID.into(),
            key: KEY.into(),
            faults: Faults::NONE,
        });
        bank.open_account(&number, 0).map_err(|e| wrong(&e))?;
        payers.pay_into(&mut bank).map_err(|e| wrong(&e))?;
        let key = SealKey {
            id: KEY_ID.into(),
            key: KEY.into(),
        };
        let notices = payers.notices(&key);
        let expected = payers.expected();
        let folder = demo.folder.join("school");
        let path = folder.join("notices.jsonl");
        let file = BufWriter::new(File::create(&path).map_err(io_fault(&path))?);
        write_notices(file, &notices).map_err(io_fault(&path))?;
        let path = folder.join("expected.json");
        let file = BufWriter::new(File::create(&path).map_err(io_fault(&path))?);
        serde_json::to_writer_pretty(file, &expected).map_err(|e| wrong(&e))?;
        let said = notices.into_iter().map(|n| Said {
            sent_at: instant(n.sent_at),
            signature: n.signature,
            body: n.body,
        });
        Ok(PayerWorld {
            said: said.collect(),
            heard: 0,
            payers,
            expected,
            bank,
            folder,
        })
    }

    /// The notices that come before an instant and were not handed out; none: all.
    pub fn next_until(&mut self, until: Option<Instant>) -> Vec<Said> {
        let rest = &self.said[self.heard..];
        let n = match until {
            Some(until) => rest.iter().take_while(|n| n.sent_at < until).count(),
            None => rest.len(),
        };
        let next = rest[..n].to_vec();
        self.heard += n;
        next
    }

    /// The bank closes a day.
    pub fn close_day(&mut self, day: u32) -> Result<PathBuf, Failure> {
        let account = self.payers.bills[0].account.clone();
        let file = self
            .bank
            .close_day(&account, day)
            .map_err(|e| world_fault("bank")(e.to_string()))?;
        let path = self.folder.join(format!("{account}_{day}.stl"));
        file.settlement_native(&path).map_err(io_fault(&path))?;
        Ok(path)
    }
}
