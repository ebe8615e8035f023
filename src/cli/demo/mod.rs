//! `ansinh demo`: two months of allowances from a commune's list to a closed day, and a
//! school's month from its list to receipts, against the simulated world on loopback, with
//! everything that goes wrong in real months.
//!
//! The first month: a list with dirt, accounts opened, a batch paid, payments returned,
//! late, short. The second: deaths found by the register and after the approval, people
//! who moved or are new, a follow-up for what came back, a doubled and a late line. Then
//! the school, and on its last day both books close. The clock is fixed and everything follows from the seed, so the same seed gives the same
//! `books_hash` on both databases.

mod books;
mod month;
mod payers;
mod report;
mod school;
mod school_end;
mod school_report;
mod world;

use super::args::{Cli, DemoArgs};
use super::out::Out;
use super::session::Session;
use crate::clock::Instant;
use crate::error::{Failure, Fault, Lang, Reject, io_fault};
use crate::ledger::{self, Book};
use crate::setup::{RunSetup, Setup};
use crate::store::keys::KeyRing;
use crate::store::{DEFAULT_URL, Db, migrate};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};

/// One step of the run: its name, what came of it, how long it took.
#[derive(Debug, Serialize)]
pub struct Step {
    pub step: String,
    /// Milliseconds.
    pub ms: u64,
    #[serde(flatten)]
    pub facts: Map<String, Value>,
}

/// Everything that the run has in hand.
pub struct Demo {
    pub db: Db,
    pub keys: KeyRing,
    pub book: Book,
    pub folder: PathBuf,
    pub lang: Lang,
    pub steps: Vec<Step>,
    pub refused: Vec<Value>,
    pub closed: Vec<Value>,
    pub proofs: Vec<crate::reconcile::close::ClosedDay>,
    /// The school beside the labour office, once its month is over.
    pub school: Option<school::School>,
    /// The newest instant at which somebody acted: the demo's clock only goes on.
    newest: AtomicI64,
}

/// Who acts in the demo: maker, approver, accountant, chief accountant.
pub const MAKER: &str = "lan";
pub const APPROVER: &str = "minh";
pub const ACCOUNTANT: &str = "hoa";
pub const CHIEF: &str = "son";

pub async fn run(cli: &Cli, out: &Out, a: &DemoArgs) -> Result<(), Failure> {
    let (folder, keep) = match &a.keep {
        Some(folder) => (folder.clone(), true),
        None => (
            PathBuf::from(format!("ansinh-demo-{}", std::process::id())),
            false,
        ),
    };
    std::fs::create_dir_all(&folder).map_err(io_fault(&folder))?;
    let result = run_in(cli, out, a, &folder).await;
    if !keep {
        std::fs::remove_dir_all(&folder).map_err(io_fault(&folder))?;
    }
    result
}

async fn run_in(cli: &Cli, out: &Out, a: &DemoArgs, folder: &Path) -> Result<(), Failure> {
    let started = crate::clock::stopwatch();
    let url = if cli.database_url == DEFAULT_URL {
        format!("sqlite:{}", folder.join("ansinh.db").display())
    } else {
        cli.database_url.clone()
    };
    let mut world = world::World::make(a, folder)?;
    let mut demo = open(&url, folder, &world, out.lang).await?;
    month::first(&mut demo, &mut world, a).await?;
    month::second(&mut demo, &mut world, a).await?;
    if a.pupils > 0 {
        let school = school::month(&mut demo, a.seed, a.pupils).await?;
        demo.school = Some(school);
        // the same day closes in both books
        month::statement(&mut demo, &mut world, payers::LAST, false).await?;
    }
    let ended = books::end(&demo).await?;
    demo.db.close().await;
    let report = report::Report {
        demo: &demo,
        ended,
        seconds: started.elapsed(),
        kept: a.keep.as_deref(),
    };
    out.done(&report.json(), || report.text(out));
    Ok(())
}

async fn open(url: &str, folder: &Path, world: &world::World, lang: Lang) -> Result<Demo, Failure> {
    let now = at("2026-06-01T07:30");
    let db = Db::connect(url).await?;
    migrate::migrate(&db, now).await?;
    let mut tx = db.begin_read().await?;
    let books = ledger::all_books(&mut tx).await?;
    tx.rollback().await?;
    if !books.is_empty() {
        return Err(Reject::NotEmpty {
            what: url.split('@').next_back().unwrap_or_default().to_owned(),
        }
        .into());
    }
    let keys = KeyRing::make(&folder.join("ansinh.keys"))?;
    let setup_path = folder.join("setup.toml");
    std::fs::write(&setup_path, world.setup_text()).map_err(io_fault(&setup_path))?;
    std::fs::write(folder.join("bank.key"), world::BANK_KEY).map_err(io_fault(folder))?;
    let setup = Setup::read(&setup_path)?;
    let session = Session::of(&db, &keys, "setup", now);
    session
        .run(&RunSetup {
            setup,
            keys: keys.clone(),
        })
        .await?;
    let mut tx = db.begin_read().await?;
    let book = ledger::find_book(&mut tx, world::BOOK).await?;
    tx.rollback().await?;
    let book = book.ok_or_else(|| Fault::Corrupt("the demo's book".into()))?;
    Ok(Demo {
        db,
        keys,
        book,
        folder: folder.to_owned(),
        lang,
        steps: Vec::new(),
        refused: Vec::new(),
        closed: Vec::new(),
        proofs: Vec::new(),
        school: None,
        newest: AtomicI64::new(now.0),
    })
}

impl Demo {
    /// Somebody's session at `now`, or as late as it is by then: of several batches each is
    /// released after the one before was sent.
    pub fn session(&self, actor: &str, now: Instant) -> Session {
        let newest = self.newest.fetch_max(now.0, Ordering::Relaxed);
        let now = Instant(now.0.max(newest));
        let mut session = Session::of(&self.db, &self.keys, actor, now);
        session.folder.clone_from(&self.folder);
        session
    }

    /// Notes a step that began at `since`.
    pub fn step(&mut self, step: &str, since: std::time::Instant, facts: Value) {
        self.steps.push(step_of(step, since, facts));
    }
}

/// A step that began at `since`.
pub fn step_of(step: &str, since: std::time::Instant, facts: Value) -> Step {
    let facts = match facts {
        Value::Object(map) => map,
        other => Map::from_iter([("value".to_owned(), other)]),
    };
    Step {
        step: step.to_owned(),
        ms: u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX),
        facts,
    }
}

/// An instant of the demo's calendar, +07:00.
pub fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap_or(Instant(0))
}

/// A day's instant, hour and minute.
pub fn on(day: u32, time: &str) -> Instant {
    at(&format!(
        "{:04}-{:02}-{:02}T{time}",
        day / 10_000,
        day / 100 % 100,
        day % 100
    ))
}

/// A fault of the world, as ours.
pub fn world_fault(what: &str) -> impl FnOnce(String) -> Failure {
    let what = what.to_owned();
    move |e| Fault::Gateway(format!("{what}: {e}")).into()
}

/// An answer as facts of a step.
pub fn facts(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_else(|e| json!({"error": e.to_string()}))
}
