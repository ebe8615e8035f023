//! The one way in which anything changes: begin, idempotency, record, audit row, commit,
//! again on a transient fault, or roll back for a dry run.
//!
//! ```text
//! run          : begin -> lock heads of the books -> key known? the recorded reply
//!                -> Command::apply -> audit row -> reply under the key -> commit
//! transient    : the whole again from begin, at most ATTEMPTS_MAX times
//! dry run      : the whole, then rollback; the reply says what would have happened
//! ```

use super::audit;
use super::db::Db;
use super::tx::{Head, Tx};
use crate::clock::Instant;
use crate::error::{Failure, Fault, Reject};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::future::Future;

/// Who acts, when, and how.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// Code of the acting person or system.
    pub actor: String,
    pub now: Instant,
    /// Key under which the reply is kept; the same key with the same input answers again.
    pub key: Option<String>,
    pub dry_run: bool,
}

impl Ctx {
    pub fn new(actor: &str, now: Instant) -> Ctx {
        Ctx {
            actor: actor.to_owned(),
            now,
            key: None,
            dry_run: false,
        }
    }
}

/// Something that changes the books or what stands around them.
pub trait Command: Send + Sync {
    /// `batch.release`; names the command in the audit and with its keys.
    const NAME: &'static str;
    type Reply: Serialize + DeserializeOwned + Send;

    /// The books whose heads are locked before [`Command::apply`], the installation (0) among them.
    fn books(&self) -> Vec<i64>;

    /// What identifies the input: its digest stands beside a key. No personal numbers.
    fn input(&self) -> serde_json::Value;

    /// Load, decide, record. Runs again from its start after a transient fault, so it
    /// keeps nothing outside the Tx.
    fn apply(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
    ) -> impl Future<Output = Result<Self::Reply, Failure>> + Send;
}

const ATTEMPTS_MAX: u32 = 8;

/// By how much the clocks of two machines on one database may differ.
const CLOCK_SLACK_S: i64 = 5;

/// Rejects when the clock stands before what the book has recorded already: vouchers and
/// signatures would stand in an order in which they were not made. The runner asks for
/// every command that posts; what signs without posting asks by itself.
pub fn check_clock(head: &Head, now: Instant) -> Result<(), Reject> {
    let newest = Instant(head.newest_at);
    if now.plus_seconds(CLOCK_SLACK_S) >= newest {
        return Ok(());
    }
    Err(Reject::ClockBack {
        now: now.local_text(),
        newest: newest.local_text(),
    })
}

/// Runs a command; see the head of this file.
pub async fn run<C: Command>(db: &Db, ctx: &Ctx, command: &C) -> Result<C::Reply, Failure> {
    let mut attempt = 1;
    loop {
        match attempt_once(db, ctx, command).await {
            Err(Failure::Fault(fault)) if fault.is_transient() && attempt < ATTEMPTS_MAX => {
                attempt += 1
            }
            other => return other,
        }
    }
}

async fn attempt_once<C: Command>(db: &Db, ctx: &Ctx, command: &C) -> Result<C::Reply, Failure> {
    let mut tx = db.begin().await?;
    match apply_in(&mut tx, ctx, command).await {
        Ok(reply) => {
            if ctx.dry_run {
                tx.rollback().await?;
            } else {
                tx.commit().await?;
            }
            Ok(reply)
        }
        Err(failure) => {
            // The failure is the answer; a failed rollback only means that the connection
            // is gone, and then the database has rolled back by itself.
            let _ = tx.rollback().await;
            match failure {
                Failure::Fault(fault) if fault.is_guard() => Err(Reject::GuardHeld {
                    command: C::NAME.into(),
                }
                .into()),
                failure => Err(failure),
            }
        }
    }
}

async fn apply_in<C: Command>(tx: &mut Tx, ctx: &Ctx, command: &C) -> Result<C::Reply, Failure> {
    let books = command.books();
    tx.lock_heads(&books).await?;
    let book = books.last().copied().unwrap_or(super::INSTALLATION);
    let input = command.input();
    let digest: [u8; 32] = Sha256::digest(format!("{}\n{input}", ctx.actor)).into();
    if let Some(key) = &ctx.key
        && let Some(reply) = recorded::<C>(tx, book, key, &digest).await?
    {
        return Ok(reply);
    }
    let reply = command.apply(tx, ctx).await?;
    for (_, before, after) in tx.moved_heads() {
        if after.transfer_seq > before.transfer_seq {
            check_clock(before, ctx.now)?;
        }
    }
    audit::record(tx, book, ctx, C::NAME, &input).await?;
    if let Some(key) = &ctx.key {
        let text = serde_json::to_string(&reply).map_err(|e| Fault::Corrupt(e.to_string()))?;
        super::sql::insert_command(tx, book, C::NAME, key, &digest, &text, ctx.now).await?;
    }
    Ok(reply)
}

async fn recorded<C: Command>(
    tx: &mut Tx,
    book: i64,
    key: &str,
    digest: &[u8; 32],
) -> Result<Option<C::Reply>, Failure> {
    let Some((was, reply)) = super::sql::find_command(tx, book, C::NAME, key).await? else {
        return Ok(None);
    };
    if was != *digest {
        return Err(Reject::KeyReused {
            command: C::NAME.into(),
            key: key.into(),
        }
        .into());
    }
    let reply =
        serde_json::from_str(&reply).map_err(|e| Fault::Corrupt(format!("recorded reply: {e}")))?;
    Ok(Some(reply))
}
