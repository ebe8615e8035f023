//! Reading: who may look at a book, and the trace that a look at people leaves.
//!
//! Any role in the book is enough to read it. What shows names or numbers of people is
//! read by a command, so that who, what for and when stand in the book's audit.

use super::sql;
use crate::error::{Failure, Reject};
use crate::store::{Command, Ctx, Tx};
use serde_json::Value;

/// Rejects unless the acting person has any role in the book. Before anybody is set up
/// there is nothing to read, and nobody is asked.
pub async fn require_reader(
    tx: &mut Tx,
    ctx: &Ctx,
    book: i64,
    book_code: &str,
) -> Result<(), Failure> {
    if sql::find_staff(tx, &ctx.actor).await?.is_none() {
        if !sql::any_staff(tx).await? {
            return Ok(());
        }
        return Err(Reject::UserUnknown {
            user: ctx.actor.clone(),
        }
        .into());
    }
    if sql::roles_of(tx, &ctx.actor, book).await?.is_empty() {
        return Err(Reject::RoleMissing {
            user: ctx.actor.clone(),
            book: book_code.to_owned(),
            needed: super::Role::Viewer.name().into(),
        }
        .into());
    }
    Ok(())
}

/// A look at people's names or numbers: changes nothing but the audit.
pub struct ReadPeople {
    pub book: i64,
    pub book_code: String,
    /// The command that shows them: `cycle show`.
    pub what: &'static str,
    /// What was asked for; no personal numbers.
    pub input: Value,
}

impl Command for ReadPeople {
    const NAME: &'static str = "people.read";
    type Reply = ();

    fn books(&self) -> Vec<i64> {
        vec![self.book]
    }

    fn input(&self) -> Value {
        serde_json::json!({"book": self.book_code, "for": self.what, "asked": self.input})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<(), Failure> {
        require_reader(tx, ctx, self.book, &self.book_code).await
    }
}
