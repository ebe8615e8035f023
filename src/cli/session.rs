//! What every command needs: the database, the keys, the acting person, the book.

use super::args::Cli;
use super::out::{HEAD, MAKER, Out};
use super::usage;
use crate::access::read::{ReadPeople, require_reader};
use crate::clock::{Clock, Instant};
use crate::error::{Failure, Reject};
use crate::ledger::{self, Book};
use crate::payment;
use crate::programme::Period;
use crate::setup::{RunSetup, Setup};
use crate::store::keys::KeyRing;
use crate::store::{self, Command, Ctx, Db, Engine, migrate};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Clone)]
pub struct Session {
    pub db: Db,
    pub keys: KeyRing,
    pub ctx: Ctx,
    /// Where received files are kept.
    pub folder: PathBuf,
    book: Option<String>,
}

/// What a given clock may run ahead of the newest record while the machine's own clock has
/// not come so far: a year and a month, in seconds.
const AHEAD_S: i64 = 396 * 86_400;

/// Rejects a given clock (`2062` for `2026`) that is far ahead both of what was recorded
/// and of the machine: once something is posted under it, nothing earlier can be.
fn decide_clock(now: Instant, newest: Instant, machine: Instant) -> Result<(), Reject> {
    let recorded = newest.0 > 0;
    if recorded && now > newest.plus_seconds(AHEAD_S) && now > machine.plus_seconds(86_400) {
        return Err(Reject::ClockAhead {
            now: now.local_text(),
            newest: newest.local_text(),
        });
    }
    Ok(())
}

/// The clock that `--now` sets.
pub fn clock(cli: &Cli) -> Result<Clock, Failure> {
    match &cli.now {
        None => Ok(Clock::System),
        Some(text) => Ok(Clock::Fixed(usage::moment("clock", "--now", text)?)),
    }
}

pub fn parse_period(text: &str) -> Result<Period, Failure> {
    Ok(Period::parse(text).map_err(|_| Reject::PeriodInvalid {
        period: text.to_owned(),
    })?)
}

fn ring_path(cli: &Cli, db: &Db) -> PathBuf {
    cli.keys
        .clone()
        .unwrap_or_else(|| db.folder().join("ansinh.keys"))
}

impl Session {
    /// A session of somebody at some time on a database that is open.
    pub fn of(db: &Db, keys: &KeyRing, actor: &str, now: Instant) -> Session {
        Session {
            db: db.clone(),
            keys: keys.clone(),
            ctx: Ctx::new(actor, now),
            folder: db.folder(),
            book: None,
        }
    }

    /// Opens a database that is there (SQLite migrates itself) and its key ring; makes
    /// neither.
    pub async fn open(cli: &Cli) -> Result<Session, Failure> {
        let db = Db::open(&cli.database_url).await?;
        Session::on(cli, db, false).await
    }

    /// The same for the set-up, which makes what is missing.
    pub async fn make(cli: &Cli) -> Result<Session, Failure> {
        let db = Db::connect(&cli.database_url).await?;
        Session::on(cli, db, true).await
    }

    async fn on(cli: &Cli, db: Db, make: bool) -> Result<Session, Failure> {
        let now = clock(cli)?.now();
        if db.engine() == Engine::Sqlite {
            migrate::migrate(&db, now).await?;
        }
        migrate::check(&db).await?;
        let path = ring_path(cli, &db);
        let mut tx = db.begin_read().await?;
        let ring_id = store::sql::find_setting(&mut tx, "key_ring").await?;
        let newest = Instant(store::sql::newest_at(&mut tx).await?);
        tx.rollback().await?;
        decide_clock(now, newest, Clock::System.now())?;
        let keys = match &ring_id {
            None if make => KeyRing::make(&path)?,
            None if path.exists() => KeyRing::load(&path)?,
            None => {
                return Err(Reject::NotSetUp {
                    what: "book".into(),
                }
                .into());
            }
            Some(id) => {
                let keys = KeyRing::load(&path)?;
                if keys.id != *id {
                    return Err(Reject::KeysWrong {
                        path: path.display().to_string(),
                    }
                    .into());
                }
                keys
            }
        };
        let ctx = Ctx {
            actor: cli.actor.clone().unwrap_or_default(),
            now,
            key: cli.key.clone(),
            dry_run: cli.dry_run,
        };
        Ok(Session {
            folder: db.folder(),
            db,
            keys,
            ctx,
            book: cli.book.clone(),
        })
    }

    /// The book of `--book`, or the only one.
    pub async fn book(&self) -> Result<Book, Failure> {
        let mut tx = self.db.begin_read().await?;
        let books = ledger::all_books(&mut tx).await?;
        tx.rollback().await?;
        match &self.book {
            Some(code) => {
                Ok(books
                    .into_iter()
                    .find(|b| b.code == *code)
                    .ok_or_else(|| Reject::NotFound {
                        what: "book".into(),
                        id: code.clone(),
                    })?)
            }
            None if books.is_empty() => Err(Reject::NotSetUp {
                what: "book".into(),
            }
            .into()),
            None if books.len() > 1 => {
                let codes: Vec<String> = books.into_iter().map(|b| b.code).collect();
                Err(Reject::BadInput {
                    what: "book".into(),
                    place: "--book".into(),
                    found: String::new(),
                    expected: codes.join(", "),
                }
                .into())
            }
            None => Ok(books.into_iter().next().ok_or(Reject::NotSetUp {
                what: "book".into(),
            })?),
        }
    }

    /// The bank account that was named, or the book's only one.
    pub async fn bank_account(
        &self,
        book: &Book,
        code: Option<&str>,
    ) -> Result<payment::sql::BankAccountRow, Failure> {
        let mut tx = self.db.begin_read().await?;
        let accounts = payment::sql::bank_accounts(&mut tx, book.id).await?;
        tx.rollback().await?;
        let codes: Vec<String> = accounts.iter().map(|a| a.code.clone()).collect();
        let found = match code {
            Some(code) => accounts.into_iter().find(|a| a.code == code),
            None if accounts.len() == 1 => accounts.into_iter().next(),
            None => None,
        };
        Ok(found.ok_or_else(|| Reject::BadInput {
            what: "bank account".into(),
            place: "--bank-account".into(),
            found: code.unwrap_or_default().to_owned(),
            expected: codes.join(", "),
        })?)
    }

    /// The book, for somebody who may read it.
    pub async fn book_to_read(&self) -> Result<Book, Failure> {
        let book = self.book().await?;
        let mut tx = self.db.begin_read().await?;
        let allowed = require_reader(&mut tx, &self.ctx, book.id, &book.code).await;
        tx.rollback().await?;
        allowed?;
        Ok(book)
    }

    /// Notes in the audit that names or numbers of people are about to be shown.
    pub async fn note_read(
        &self,
        book: &Book,
        what: &'static str,
        input: Value,
    ) -> Result<(), Failure> {
        let mut ctx = self.ctx.clone();
        ctx.key = None;
        let read = ReadPeople {
            book: book.id,
            book_code: book.code.clone(),
            what,
            input,
        };
        store::run(&self.db, &ctx, &read).await
    }

    pub async fn run<C: Command>(&self, command: &C) -> Result<C::Reply, Failure> {
        store::run(&self.db, &self.ctx, command).await
    }
}

pub async fn migrate(cli: &Cli, out: &Out) -> Result<(), Failure> {
    let now = clock(cli)?.now();
    let db = Db::connect(&cli.database_url).await?;
    let (before, after) = migrate::migrate(&db, now).await?;
    let path = ring_path(cli, &db);
    let mut tx = db.begin_read().await?;
    let ring_id = store::sql::find_setting(&mut tx, "key_ring").await?;
    tx.rollback().await?;
    if ring_id.is_none() {
        KeyRing::make(&path)?;
    }
    let value = json!({"before": before, "after": after, "key_ring": path.display().to_string()});
    out.done(&value, || {
        format!(
            "{}: {before} -> {after}\n{}: {}",
            out.t("Bản cơ sở dữ liệu", "Database version"),
            out.t(
                "Tệp khóa (giữ bí mật, sao lưu riêng)",
                "Key ring (keep it secret, back it up apart)"
            ),
            path.display()
        ) + "\n"
            + &out.next(
                ("quản trị", "whoever sets up"),
                out.t("ansinh setup TỆP", "ansinh setup FILE"),
            )
    });
    Ok(())
}

pub async fn setup(cli: &Cli, out: &Out, file: &Path) -> Result<(), Failure> {
    let setup = Setup::read(file)?;
    let mut session = Session::make(cli).await?;
    if session.ctx.actor.is_empty() {
        session.ctx.actor = "setup".into();
    }
    let reply = session
        .run(&RunSetup {
            setup,
            keys: session.keys.clone(),
        })
        .await?;
    out.done(&reply, || {
        format!(
            "{}: {}\n{}: {}\n{}: {}\n{}: {}\n{}: {}",
            out.t("Đơn vị", "Books"),
            reply.books.join(", "),
            out.t("Cán bộ", "Staff"),
            reply.staff.join(", "),
            out.t("Tài khoản ngân hàng", "Bank accounts"),
            reply.bank_accounts.join(", "),
            out.t("Chương trình", "Programmes"),
            reply.programmes.join(", "),
            out.t("Số mục mới tạo", "Made now"),
            reply.made
        ) + "\n"
            + &next_of(out, !reply.programmes.is_empty())
    });
    Ok(())
}

/// What comes after the set-up: lists of people for allowances, else fees.
fn next_of(out: &Out, pays: bool) -> String {
    if pays {
        return out.next(MAKER, "ansinh registry load dan-cu.csv --as …");
    }
    out.next(HEAD, "ansinh fee load bieu-phi.toml --as …")
}
