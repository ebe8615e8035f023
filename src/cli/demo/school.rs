//! A school's month in the demo: pupils, fees, bills, payers of the world, notices heard
//! with their signatures, statements, closed days, and what must have come out of it.
//!
//! The school is that of `samples/school`, its list made from the seed. Whoever makes is
//! not who approves: cashier and head, accountant and chief accountant.

use super::payers::{self, PayerWorld, Said};
use super::{Demo, Step, facts, step_of};
use crate::cli::statements::import_file;
use crate::clock::{Instant, stopwatch};
use crate::collection::fee::{Due, FeeFile, LoadFees};
use crate::collection::notice_hear::{Heard, Source};
use crate::collection::pupil_list::read_pupils;
use crate::collection::pupil_list_check::check_pupils;
use crate::collection::run::PrepareBills;
use crate::collection::run_issue::IssueRun;
use crate::collection::school::ImportPupils;
use crate::collection::sql::notice as notice_sql;
use crate::error::{Failure, Fault};
use crate::gateway::load::list_refused;
use crate::gateway::payment_file::digest_of;
use crate::ledger::{self, Book};
use crate::payment;
use crate::programme::Period;
use crate::reconcile::breaks;
use crate::reconcile::close::{CloseDay, ClosedDay};
use crate::reconcile::credits::TakeNotices;
use crate::reconcile::resolve::{Action, ResolveBreak, Turn};
use crate::setup::{RunSetup, Setup};
use crate::store::keys::hex;
use ansinh_settlement::{Day, Delivery};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SETUP: &str = include_str!("../../../samples/school/setup.toml");
const FEES: &str = include_str!("../../../samples/school/fees.toml");
const BOOK: &str = "TH";
const SOURCE: &str = "agribank-th";
const YEAR: &str = "2026-2027";
/// Everything of September is due on this day, the insurance of the year too.
const DUE_ON: i64 = 20_260_920;
/// Cashier, head, accountant, chief accountant.
const CASHIER: &str = "quy";
const HEAD: &str = "hieu";
const ACCOUNTANT: &str = "ke";
const CHIEF: &str = "thu";
/// Notices that share a commit at most, as in the server.
const GROUP: usize = 256;

/// The school and its month.
pub struct School {
    pub book: Book,
    pub world: PayerWorld,
    pub steps: Vec<Step>,
    pub proofs: Vec<ClosedDay>,
    /// Notices by what became of them.
    pub notices: BTreeMap<String, i64>,
}

impl School {
    fn step(&mut self, step: &str, since: std::time::Instant, facts: Value) {
        self.steps.push(step_of(step, since, facts));
    }
}

/// The whole month, up to the last closed day.
pub async fn month(demo: &mut Demo, seed: u64, pupils: usize) -> Result<School, Failure> {
    let (book, mut steps) = set_up(demo).await?;
    take_pupils(demo, &book, &mut steps, seed, pupils).await?;
    issue(demo, &book, &mut steps).await?;
    let since = stopwatch();
    let world = PayerWorld::of(demo, &book, seed).await?;
    let made = json!({"bills": world.payers.bills.len(), "payments": world.expected.payments,
                      "received": world.expected.received, "notices": world.said.len(),
                      "refund_requests": world.expected.refund_requests.len()});
    steps.push(step_of("payers_pay", since, made));
    let mut school = School {
        book,
        world,
        steps,
        proofs: Vec::new(),
        notices: BTreeMap::new(),
    };
    let source = source(demo).await?;
    let days = school.world.payers.days();
    for (n, day) in days.iter().enumerate() {
        let last = n + 1 == days.len();
        bank_day(demo, &mut school, &source, *day, last).await?;
    }
    let since = stopwatch();
    let rest = school.world.next_until(None);
    let taken = take_notices(demo, &mut school, &source, &rest).await?;
    school.step("last_notices", since, json!({"notices": taken}));
    Ok(school)
}

/// The sample's school: signed statements, and a bank that sends notices.
async fn set_up(demo: &Demo) -> Result<(Book, Vec<Step>), Failure> {
    let since = stopwatch();
    let bad = |e: toml::de::Error| Fault::Corrupt(e.to_string());
    let mut setup: Setup = toml::from_str(SETUP).map_err(bad)?;
    let years = setup.book.iter_mut().filter_map(|b| b.biller.as_mut());
    // the list makes the classes
    years
        .flat_map(|b| &mut b.years)
        .for_each(|y| y.classes.clear());
    for account in &mut setup.bank_account {
        account.unsigned_allowed = false;
        account.keys = vec![payers::bank_key()];
        account.notices = vec![payers::notice_source(SOURCE, ACCOUNTANT)];
    }
    let command = RunSetup {
        setup,
        keys: demo.keys.clone(),
    };
    let session = demo.session("setup", super::at("2026-09-07T07:30"));
    let reply = session.run(&command).await?;
    let mut tx = demo.db.begin_read().await?;
    let book = ledger::find_book(&mut tx, BOOK).await?;
    tx.rollback().await?;
    let book = book.ok_or_else(|| Fault::Corrupt("the demo's school".into()))?;
    let mut steps = vec![step_of("school_set_up", since, facts(&reply))];

    let since = stopwatch();
    let mut file: FeeFile = toml::from_str(FEES).map_err(bad)?;
    let due = Day::from_number(DUE_ON).map_err(|e| Fault::Corrupt(e.to_string()))?;
    for price in file.price.iter_mut().filter(|p| !p.instalments.is_empty()) {
        price.instalments.clear();
        price.due = Due::On(due);
    }
    let command = LoadFees {
        book: book.clone(),
        file_name: "fees.toml".into(),
        digest: String::new(),
        file,
    };
    let session = demo.session(HEAD, super::at("2026-09-07T08:00"));
    let reply = session.run(&command).await?;
    steps.push(step_of("fees_loaded", since, facts(&reply)));
    Ok((book, steps))
}

async fn take_pupils(
    demo: &Demo,
    book: &Book,
    steps: &mut Vec<Step>,
    seed: u64,
    pupils: usize,
) -> Result<(), Failure> {
    let since = stopwatch();
    let path = payers::pupil_list(&demo.folder, seed, pupils)?;
    let list = read_pupils(&path).map_err(|e| list_refused(&e))?;
    let checked = check_pupils(&list, &[]);
    let command = ImportPupils {
        book: book.clone(),
        year: YEAR.into(),
        file_name: "pupils.csv".into(),
        digest: hex(&digest_of(&path)?),
        pupils: checked.pupils.clone(),
        keys: demo.keys.clone(),
    };
    let session = demo.session(CASHIER, super::at("2026-09-07T08:30"));
    let mut reply = facts(&session.run(&command).await?);
    reply["refused"] = json!(checked.problems.len());
    steps.push(step_of("pupils_imported", since, reply));
    Ok(())
}

async fn issue(demo: &Demo, book: &Book, steps: &mut Vec<Step>) -> Result<(), Failure> {
    let since = stopwatch();
    let prepare = PrepareBills {
        book: book.clone(),
        year: YEAR.into(),
        period: Period::new(2026, 9).map_err(|_| Fault::Corrupt("period".into()))?,
        class: None,
        debtor: None,
    };
    let session = demo.session(CASHIER, super::at("2026-09-08T08:00"));
    let prepared = session.run(&prepare).await?;
    steps.push(step_of("bills_prepared", since, facts(&prepared)));
    let since = stopwatch();
    let run = prepared
        .run
        .parse()
        .map_err(|_| Fault::Corrupt("a run of bills".into()))?;
    let command = IssueRun {
        book: book.clone(),
        run,
    };
    let session = demo.session(HEAD, super::at("2026-09-08T09:00"));
    let issued = session.run(&command).await?;
    steps.push(step_of("bills_issued", since, facts(&issued)));
    Ok(())
}

/// The source as the server opens it.
async fn source(demo: &Demo) -> Result<Source, Failure> {
    let mut tx = demo.db.begin_read().await?;
    let row = notice_sql::find_source(&mut tx, SOURCE)
        .await?
        .ok_or_else(|| Fault::Corrupt("the demo's notice source".into()))?;
    let bank = payment::sql::bank_account_by_id(&mut tx, row.book_id, row.bank_account_id).await?;
    tx.rollback().await?;
    Ok(Source::open(&demo.keys, row, &bank)?)
}

/// What comes until the statement of a day is there, the statement, and the day closed by
/// another person; on the last one, what was told and never came is undone first.
async fn bank_day(
    demo: &Demo,
    school: &mut School,
    source: &Source,
    day: u32,
    last: bool,
) -> Result<(), Failure> {
    let since = stopwatch();
    let there = payers::statement_there(day);
    let told = school.world.next_until(Some(there));
    let taken = take_notices(demo, school, source, &told).await?;
    let path = school.world.close_day(day)?;
    let session = demo.session(ACCOUNTANT, there.plus_seconds(1800));
    let imported = import_file(&session, &path).await?;
    if last {
        undo_hollow(demo, school, there).await?;
    }
    let command = CloseDay {
        book: school.book.clone(),
        bank_account: imported.bank_account.clone(),
        day: Day::from_number(i64::from(day)).map_err(|e| Fault::Corrupt(e.to_string()))?,
        keys: demo.keys.clone(),
    };
    let session = demo.session(CHIEF, there.plus_seconds(3600));
    let closed = session.run(&command).await?;
    let shown = json!({"day": imported.day, "notices": taken, "lines": imported.lines,
                       "outcomes": imported.outcomes, "closing": closed.proof.closing,
                       "announced": closed.proof.announced, "digest": closed.digest});
    school.step("school_day", since, shown);
    school.proofs.push(closed);
    Ok(())
}

/// Hears notices, their signatures checked as the server does, and takes them in groups;
/// how many.
async fn take_notices(
    demo: &Demo,
    school: &mut School,
    source: &Source,
    said: &[Said],
) -> Result<usize, Failure> {
    let mut rest = said;
    while let Some(first) = rest.first() {
        let day = first.sent_at.day();
        let of_day = rest.iter().take_while(|n| n.sent_at.day() == day).count();
        let (group, after) = rest.split_at(of_day.min(GROUP));
        rest = after;
        let mut told = Vec::with_capacity(group.len());
        for n in group {
            let header = |name: &str| (name == "x-ansinh-signature").then_some(&*n.signature);
            let delivery = Delivery {
                header: &header,
                body: n.body.as_bytes(),
                received_at: n.sent_at.0,
            };
            match source.hear(&demo.keys, &delivery) {
                Heard::Told(t) => told.push(*t),
                Heard::Refused(e) | Heard::Unreadable(_, e) => {
                    return Err(Fault::Gateway(format!("a notice of the world: {e}")).into());
                }
                Heard::Ignored(_) => {}
            }
        }
        let now = group.last().map_or(Instant(0), |n| n.sent_at);
        let command = TakeNotices {
            told,
            keys: demo.keys.clone(),
        };
        for reply in demo.session("server", now).run(&command).await? {
            let outcome = if reply.again { "again" } else { &reply.outcome };
            *school.notices.entry(outcome.to_owned()).or_default() += 1;
        }
    }
    Ok(said.len())
}

/// Announced and on no statement: two people undo it, receipts and all.
async fn undo_hollow(demo: &Demo, school: &mut School, there: Instant) -> Result<(), Failure> {
    let since = stopwatch();
    let mut tx = demo.db.begin_read().await?;
    let open = breaks::list(&mut tx, school.book.id, false).await?;
    tx.rollback().await?;
    let hollow: Vec<_> = open
        .iter()
        .filter(|b| b.kind == "notice_unconfirmed")
        .collect();
    let amount: i64 = hollow.iter().map(|b| b.open_amount).sum();
    for b in &hollow {
        let mut command = ResolveBreak {
            book: school.book.clone(),
            id: b.id.parse().map_err(|_| Fault::Corrupt("a break".into()))?,
            action: Some(Action::NotReceived),
            target: None,
            bank_reason: None,
            reason: "Ngân hàng xác nhận không có khoản tiền này".into(),
            turn: Turn::Propose,
        };
        let session = demo.session(ACCOUNTANT, there.plus_seconds(2400));
        session.run(&command).await?;
        command.turn = Turn::Approve;
        let session = demo.session(CHIEF, there.plus_seconds(2700));
        session.run(&command).await?;
    }
    let shown = json!({"breaks": hollow.len(), "amount": amount});
    school.step("not_received_undone", since, shown);
    Ok(())
}
