//! Systems that may ask, over HTTP, whether a bill is paid: each with a token of its own,
//! bound to one book. The token is shown once, when it is made; only its keyed hash is
//! stored, so neither the database nor its backup lets anybody in.

use super::sql::{self, CallerRow};
use super::{Role, require};
use crate::clock::Instant;
use crate::error::{Failure, Fault, Reject};
use crate::store::keys::{KeyRing, Purpose, hex};
use crate::store::{Command, Ctx, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const ROLES: [Role; 3] = [Role::Admin, Role::ChiefAccountant, Role::SchoolHead];

/// A token from the system's randomness: 64 hexadecimal digits.
pub fn new_token() -> Result<String, Fault> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes)
        .map_err(|e| Fault::Gateway(format!("randomness of the system: {e}")))?;
    Ok(hex(&bytes))
}

/// A caller as answers show it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CallerView {
    pub caller: String,
    pub made_by: String,
    pub made_at: String,
    pub disabled_at: Option<String>,
}

pub fn view(row: &CallerRow) -> CallerView {
    CallerView {
        caller: row.code.clone(),
        made_by: row.made_by.clone(),
        made_at: Instant(row.made_at).local_text(),
        disabled_at: row.disabled_at.map(|at| Instant(at).local_text()),
    }
}

/// `caller add`: a new caller; a known one gets the new token instead of its old one.
pub struct AddCaller {
    pub book: i64,
    pub book_code: String,
    pub code: String,
    pub token: String,
    pub keys: KeyRing,
}

impl Command for AddCaller {
    const NAME: &'static str = "caller.add";
    type Reply = CallerView;

    fn books(&self) -> Vec<i64> {
        vec![self.book]
    }

    fn input(&self) -> Value {
        json!({"book": self.book_code, "caller": self.code})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<CallerView, Failure> {
        require(tx, ctx, self.book, &self.book_code, &ROLES).await?;
        let fits = (2..=40).contains(&self.code.len())
            && self
                .code
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !fits {
            return Err(Reject::BadInput {
                what: "caller".into(),
                place: "CODE".into(),
                found: self.code.clone(),
                expected: "A-Z a-z 0-9 -, 2 - 40".into(),
            }
            .into());
        }
        let row = CallerRow {
            book_id: self.book,
            code: self.code.clone(),
            token_hash: self
                .keys
                .hash(Purpose::Token, self.token.as_bytes())
                .to_vec(),
            made_by: ctx.actor.clone(),
            made_at: ctx.now.0,
            disabled_at: None,
        };
        sql::put_caller(tx, &row).await?;
        Ok(view(&row))
    }
}

/// `caller disable`: its token lets nobody in any more.
pub struct DisableCaller {
    pub book: i64,
    pub book_code: String,
    pub code: String,
}

impl Command for DisableCaller {
    const NAME: &'static str = "caller.disable";
    type Reply = CallerView;

    fn books(&self) -> Vec<i64> {
        vec![self.book]
    }

    fn input(&self) -> Value {
        json!({"book": self.book_code, "caller": self.code})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<CallerView, Failure> {
        require(tx, ctx, self.book, &self.book_code, &ROLES).await?;
        let mut row = sql::find_caller(tx, self.book, &self.code)
            .await?
            .ok_or_else(|| Reject::NotFound {
                what: "caller".into(),
                id: self.code.clone(),
            })?;
        row.disabled_at.get_or_insert(ctx.now.0);
        sql::put_caller(tx, &row).await?;
        Ok(view(&row))
    }
}

/// The caller whose token this is, if it still may ask.
pub async fn find(tx: &mut Tx, keys: &KeyRing, token: &str) -> Result<Option<CallerRow>, Fault> {
    let hash = keys.hash(Purpose::Token, token.as_bytes());
    sql::caller_by_token(tx, &hash).await
}
