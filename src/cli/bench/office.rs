//! A labour office of any size for the benchmark: people with active addresses, a fund, a
//! bank account; one month after another.

use super::{Measured, timed};
use crate::cli::batch::send_batch;
use crate::cli::demo::{ACCOUNTANT, APPROVER, CHIEF, MAKER, at};
use crate::cli::out::Out;
use crate::cli::session::Session;
use crate::cli::statements::import_file;
use crate::clock::Instant;
use crate::disbursement::approve::{ApproveBatch, SubmitBatch};
use crate::disbursement::prepare::{BATCH_LINES_MAX, PrepareCycle};
use crate::disbursement::release::ReleaseBatch;
use crate::error::{Failure, Fault, io_fault};
use crate::identity::holders::{Holder, keep_holders};
use crate::identity::people::ConfirmedPerson;
use crate::ledger::bulk::{Lines, Side, post_lines};
use crate::ledger::{self, AccountKind, Book, Code, NewTransfer, PostingInfo, client_id};
use crate::payment;
use crate::payment::sql::{LINES_SELECT, PayLine, PlannedLine};
use crate::programme::{Period, period_number, sql as programme_sql};
use crate::reconcile::budget::{OPENING_REFERENCE, ReceiveBudget};
use crate::reconcile::close::CloseDay;
use crate::reconcile::resolve::{ResolveBreak, Turn};
use crate::roster::import::{ImportReply, ListedPerson, enrol};
use crate::setup::{RunSetup, Setup};
use crate::store::keys::{KeyRing, Purpose};
use crate::store::{Db, INSTALLATION};
use ansinh_settlement::{Day, Dong};
use ansinh_simulator::statement::{Head, SealKey};
use ansinh_simulator::text::Short;
use ansinh_simulator::{FastPayment, fast_settlement};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

const BIN: &str = "970405";
const NUMBER: &str = "1300200012345";
const KEY: &[u8] = b"bench-key-of-the-bank";
/// đồng: enough for every month of the benchmark.
const OPENING: i64 = 900_000_000_000_000;
const CHUNK: i64 = 10_000;
/// People enrolled in one Tx.
const ENROL_CHUNK: i64 = 100_000;
const CATEGORIES: [&str; 4] = ["KTN", "KTDBN", "NCT-60", "NCT-80"];

pub struct Office {
    db: Db,
    keys: KeyRing,
    book: Book,
    folder: PathBuf,
    period: Period,
    people: i64,
    balance: i64,
    statement: u32,
}

impl Office {
    pub async fn open(db: &Db, folder: &Path) -> Result<Office, Failure> {
        let keys = KeyRing::make(&folder.join("ansinh.keys"))?;
        let path = folder.join("setup.toml");
        std::fs::write(folder.join("bank.key"), KEY).map_err(io_fault(folder))?;
        let staff = |code: &str, role: &str| {
            format!(
                "[[staff]]\ncode = \"{code}\"\nname = \"{code}\"\nroles = {{ BENCH = [\"{role}\"] }}\n"
            )
        };
        let text = format!(
            "[[book]]\ncode = \"BENCH\"\nname = \"bench\"\nkind = \"labour_office\"\n{}{}{}{}\
             [[programme]]\ncode = \"social_assistance\"\nname = \"x\"\n\
             [[bank_account]]\ncode = \"BENCH-1\"\nbook = \"BENCH\"\nbin = \"{BIN}\"\nbank = \"B\"\nnumber = \"{NUMBER}\"\n\
             holder = \"BENCH\"\nopening = {OPENING}\nopened_on = \"2025-01-01\"\nkeys = [{{ id = \"k\", file = \"bank.key\" }}]\n",
            staff(MAKER, "labour_maker"),
            staff(APPROVER, "labour_approver"),
            staff(ACCOUNTANT, "accountant"),
            staff(CHIEF, "chief_accountant"),
        );
        std::fs::write(&path, text).map_err(io_fault(&path))?;
        let now = at("2025-01-01T08:00");
        let session = Session::of(db, &keys, "setup", now);
        session
            .run(&RunSetup {
                setup: Setup::read(&path)?,
                keys: keys.clone(),
            })
            .await?;
        let mut tx = db.begin_read().await?;
        let book = ledger::find_book(&mut tx, "BENCH")
            .await?
            .ok_or_else(|| Fault::Corrupt("bench book".into()))?;
        tx.rollback().await?;
        let office = Office {
            db: db.clone(),
            keys,
            book,
            folder: folder.to_owned(),
            period: Period::new(2025, 1).map_err(|_| Fault::Corrupt("period".into()))?,
            people: 0,
            balance: OPENING,
            statement: 0,
        };
        let command = ReceiveBudget {
            book: office.book.clone(),
            programme: "social_assistance".into(),
            source: "central".into(),
            budget_year: 2025,
            bank_account: "BENCH-1".into(),
            amount: OPENING,
            reference: OPENING_REFERENCE.into(),
        };
        let announced = office.session(ACCOUNTANT, now).run(&command).await?;
        let id = announced.break_id.and_then(|id| id.parse().ok());
        let approve = ResolveBreak {
            book: office.book.clone(),
            id: id.ok_or_else(|| Fault::Corrupt("the opening is not proposed".into()))?,
            action: None,
            target: None,
            bank_reason: None,
            reason: String::new(),
            turn: Turn::Approve,
        };
        office.session(CHIEF, now).run(&approve).await?;
        Ok(office)
    }

    fn session(&self, actor: &str, now: Instant) -> Session {
        let mut session = Session::of(&self.db, &self.keys, actor, now);
        session.folder.clone_from(&self.folder);
        session
    }

    /// A bare batch: accounts and lines, then the grant of them all.
    pub async fn grant(&mut self, n: i64) -> Result<Measured, Failure> {
        let now = at("2025-01-02T08:00");
        let session = self.session(MAKER, now);
        let info = PostingInfo::new("bench", &session.ctx, now.day(), 0);
        let book = self.book.id;
        let mut tx = self.db.begin().await?;
        tx.lock_heads(&[book]).await?;
        let fund = ledger::open_account(&mut tx, book, &info, "fund/bench/central/2025").await?;
        let nostro = ledger::open_account(&mut tx, book, &info, "nostro/BENCH-2").await?;
        let money = Dong::new(OPENING).map_err(|e| Fault::Corrupt(e.to_string()))?;
        let id = tx.reserve_ids(book, 1)?;
        let code = Code::BudgetReceived;
        ledger::post_all(
            &mut tx,
            book,
            &info,
            &[NewTransfer::new(
                client_id(id, code),
                nostro,
                fund,
                money,
                code,
                id,
            )],
        )
        .await?;
        let first = tx.reserve_ids(book, n)?;
        let amount = Dong::new(750_000).map_err(|e| Fault::Corrupt(e.to_string()))?;
        let mut done = 0;
        while done < n {
            let k = CHUNK.min(n - done);
            let names: Vec<_> = (done..done + k)
                .map(|i| {
                    (
                        format!("beneficiary/{i}/bench"),
                        AccountKind::Liability,
                        true,
                    )
                })
                .collect();
            let account = ledger::open_accounts(&mut tx, book, &info, &names).await?;
            let lines: Vec<PlannedLine> = (0..k)
                .map(|i| PlannedLine {
                    account_id: account + i,
                    address_id: i,
                    counter: i,
                    payee: i,
                    amount,
                    cause_id: first + done + i,
                })
                .collect();
            payment::sql::plan(&mut tx, book, 1, first + done, &lines).await?;
            done += k;
        }
        tx.commit().await?;
        self.db.analyze().await?;

        let since = crate::clock::stopwatch();
        let mut tx = self.db.begin().await?;
        tx.lock_heads(&[book]).await?;
        let lines = Lines {
            select: LINES_SELECT,
            args: Vec::new(),
            first_key: first,
            last_key: first + n - 1,
        };
        let posted = post_lines(
            &mut tx,
            book,
            &info,
            Code::Granted,
            fund,
            Side::Credit,
            &lines,
        )
        .await?;
        tx.commit().await?;
        if posted.count != n {
            return Err(Fault::Corrupt(format!("{posted:?}")).into());
        }
        Ok(Measured {
            step: "grant",
            took: since.elapsed(),
        })
    }

    /// People with numbers, evidence, active addresses, accounts, enrolled.
    pub async fn enrol(&mut self, n: i64) -> Result<(), Failure> {
        let now = at("2025-01-02T08:00");
        let session = self.session(MAKER, now);
        let mut tx = self.db.begin_read().await?;
        let programme = programme_sql::find_programme(&mut tx, "social_assistance")
            .await?
            .ok_or_else(|| Fault::Corrupt("programme".into()))?;
        tx.rollback().await?;
        let period = period_number(self.period);
        let mut done = 0;
        while done < n {
            let to = (done + ENROL_CHUNK).min(n);
            let mut tx = self.db.begin().await?;
            tx.lock_heads(&[INSTALLATION, self.book.id]).await?;
            let holders: Vec<Holder> = (done..to).map(holder).collect();
            keep_holders(&mut tx, &self.keys, &holders, now.0).await?;
            drop(holders);
            let mut reply = ImportReply::default();
            while done < to {
                let k = (CHUNK / 2).min(to - done);
                let people: Vec<ListedPerson> = (done..done + k).map(person).collect();
                enrol(
                    &mut tx,
                    &session.ctx,
                    &self.keys,
                    &self.book,
                    &programme,
                    period,
                    &people,
                    &mut reply,
                )
                .await?;
                done += k;
            }
            tx.commit().await?;
            // The first people tell PostgreSQL's planner what the tables are like.
            if done <= ENROL_CHUNK {
                self.db.analyze().await?;
            }
        }
        self.people = n;
        self.db.analyze().await.map_err(Failure::from)
    }

    /// One month of everybody, from prepare to the closed day.
    pub async fn month(&mut self, out: &Out) -> Result<Vec<Measured>, Failure> {
        let (year, month) = (self.period.year(), self.period.month());
        let day = Day::new(i32::from(year), u32::from(month), 5)
            .map_err(|e| Fault::Corrupt(e.to_string()))?;
        let now = at(&format!("{day}T08:00"));
        programme_sql::list_everybody(&self.db, self.book.id, period_number(self.period)).await?;
        let mut steps = Vec::new();
        let book = self.book.clone();
        let prepare = PrepareCycle {
            book: book.clone(),
            programme: "social_assistance".into(),
            period: self.period,
            bank_account: "BENCH-1".into(),
            source: "central".into(),
            budget_year: 2025,
            per_batch: BATCH_LINES_MAX,
        };
        let maker = self.session(MAKER, now);
        let approver = self.session(APPROVER, now);
        let prepared = timed("prepare", &mut steps, maker.run(&prepare)).await?;
        let batches: Vec<i64> = prepared
            .batches
            .iter()
            .filter_map(|b| b.batch.parse().ok())
            .collect();
        for batch in &batches {
            let batch = *batch;
            timed(
                "submit",
                &mut steps,
                maker.run(&SubmitBatch {
                    book: book.clone(),
                    batch,
                }),
            )
            .await?;
            let command = ApproveBatch {
                book: book.clone(),
                batch,
                digest: None,
                keys: self.keys.clone(),
            };
            timed("approve", &mut steps, approver.run(&command)).await?;
            timed(
                "release",
                &mut steps,
                approver.run(&ReleaseBatch {
                    book: book.clone(),
                    batch,
                    keys: self.keys.clone(),
                }),
            )
            .await?;
            let sent = timed(
                "send",
                &mut steps,
                send_batch(&maker, out, &book, batch, &self.folder),
            )
            .await?;
            std::fs::remove_file(&sent.path).map_err(io_fault(&sent.path))?;
        }
        let path = self.settlement_file(&batches, day).await?;
        let accountant = self.session(ACCOUNTANT, now);
        let imported = timed("import", &mut steps, import_file(&accountant, &path)).await?;
        if imported.outcomes.matched != self.people || !imported.breaks.is_empty() {
            return Err(Fault::Corrupt(format!("{:?}", imported.outcomes)).into());
        }
        let command = CloseDay {
            book,
            bank_account: "BENCH-1".into(),
            day,
            keys: self.keys.clone(),
        };
        timed("close", &mut steps, self.session(CHIEF, now).run(&command)).await?;
        std::fs::remove_file(&path).map_err(io_fault(&path))?;
        let kept = self.folder.join("files");
        if kept.exists() {
            std::fs::remove_dir_all(&kept).map_err(io_fault(&kept))?;
        }
        self.period = self.period.next();
        Ok(merged(steps))
    }

    fn paid(&self, line: &PayLine) -> Result<FastPayment, Failure> {
        let account = self.keys.open_text(Purpose::BankAccount, &line.sealed)?;
        let reference = payment::reference(self.book.id, line.id)?;
        let made = FastPayment::new(reference.as_str(), line.amount.get(), &line.bin, &account);
        Ok(made.ok_or_else(|| Fault::Corrupt("a payment for the bank".into()))?)
    }

    /// What the bank would send back: every payment booked.
    async fn settlement_file(&mut self, batches: &[i64], day: Day) -> Result<PathBuf, Failure> {
        let path = self.folder.join("settlement.stl");
        let mut tx = self.db.begin_read().await?;
        self.statement += 1;
        let head = Head {
            bin: Short::cut(BIN),
            account: Short::cut(NUMBER),
            number: self.statement,
            day: u32::try_from(day.number()).unwrap_or(0),
            opening: self.balance,
        };
        // Payments pass to the writer in chunks, so memory does not grow with their number.
        let (sender, receiver) = std::sync::mpsc::sync_channel::<Vec<FastPayment>>(4);
        let target = path.clone();
        let writer = tokio::task::spawn_blocking(move || {
            let file = std::fs::File::create(&target)?;
            let key = SealKey {
                id: "k".into(),
                key: KEY.to_vec(),
            };
            fast_settlement(
                BufWriter::with_capacity(1 << 18, file),
                &head,
                &key,
                receiver.into_iter().flatten(),
            )
        });
        for batch in batches {
            let batch = crate::disbursement::load(&mut tx, &self.book, *batch).await?;
            let mut from = batch.first_id;
            while from <= batch.last_id() {
                let to = batch.last_id().min(from + CHUNK - 1);
                let lines = payment::sql::pay_lines(&mut tx, self.book.id, from, to).await?;
                let payments = lines
                    .iter()
                    .map(|l| self.paid(l))
                    .collect::<Result<Vec<_>, Failure>>()?;
                if sender.send(payments).is_err() {
                    break;
                }
                from = to + 1;
            }
        }
        drop(sender);
        tx.rollback().await?;
        let written = writer.await.map_err(|e| Fault::Gateway(e.to_string()))?;
        self.balance = written.map_err(io_fault(&path))?;
        Ok(path)
    }
}

/// Steps of the same name added up, in the order of their first.
fn merged(steps: Vec<Measured>) -> Vec<Measured> {
    let mut out: Vec<Measured> = Vec::new();
    for step in steps {
        match out.iter_mut().find(|s| s.step == step.step) {
            Some(same) => same.took += step.took,
            None => out.push(step),
        }
    }
    out
}

fn name(i: i64) -> String {
    format!("Nguyễn Văn Số {i}")
}

fn account_number(i: i64) -> String {
    format!("13{i:011}")
}

fn holder(i: i64) -> Holder {
    Holder {
        bin: BIN.into(),
        account_number: account_number(i),
        holder_name: name(i),
        status: "open".into(),
    }
}

fn person(i: i64) -> ListedPerson {
    let at = usize::try_from(i).unwrap_or(0);
    ListedPerson {
        person: ConfirmedPerson {
            number: format!("0350{:08}", i),
            old_number: None,
            full_name: name(i),
            birth: "19500101".into(),
            sex: "M".into(),
            commune: format!("Xã {}", at % 16),
            address: format!("Xã {}, Bình Lục, Hà Nam", at % 16),
            source_ref: "bench".into(),
            as_of: i64::MAX,
        },
        bin: BIN.into(),
        account_number: account_number(i),
        restored: false,
        proxy: None,
        category: CATEGORIES[at % CATEGORIES.len()].to_owned(),
        coefficient: "1.5".into(),
        typed_amount: None,
        stt: 0,
        line: at,
    }
}
