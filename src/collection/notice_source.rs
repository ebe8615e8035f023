//! Sources of notices as data: who may tell of money on which account of ours, how it signs,
//! and whether its word posts.
//!
//! A source is one address (`POST /notices/CODE`), one secret and one account; its secret
//! says nothing about any other account. Of the sources of an account one posts (a unique
//! index); the others are only compared. The secret is stored sealed and shown to nobody.

use super::sql::notice::{self as sql, SourceRow};
use crate::access::{self, Role};
use crate::clock::Instant;
use crate::error::{Failure, Fault, Reject};
use crate::ledger::Book;
use crate::payment::sql::BankAccountRow;
use crate::store::keys::{KeyRing, Purpose, hex};
use crate::store::{Command, Ctx, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How a source signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Scheme {
    Sepay,
    /// SePay's older way: says who sends, not that the body is unchanged.
    SepayKey,
    Payos,
    Casso,
    /// AnSinh's own, for a bank.
    Ansinh,
}

impl Scheme {
    pub const ALL: &'static [(Scheme, &'static str)] = &[
        (Scheme::Sepay, "sepay"),
        (Scheme::SepayKey, "sepay-key"),
        (Scheme::Payos, "payos"),
        (Scheme::Casso, "casso"),
        (Scheme::Ansinh, "ansinh"),
    ];

    pub fn name(self) -> &'static str {
        Scheme::ALL
            .iter()
            .find(|(s, _)| *s == self)
            .map_or("", |(_, name)| name)
    }

    pub fn parse(name: &str) -> Option<Scheme> {
        Scheme::ALL
            .iter()
            .find(|(_, n)| *n == name)
            .map(|(s, _)| *s)
    }

    /// The provider, under which ids are unique.
    pub fn provider(self) -> &'static str {
        match self {
            Scheme::Sepay | Scheme::SepayKey => "sepay",
            other => other.name(),
        }
    }
}

/// Bytes of a secret: fewer are guessed, more is no secret but a wrong file.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 16..=512;

/// `notice source add`: a new source; for a known one its secret and the rest replaced.
pub struct AddSource {
    pub book: Book,
    pub bank: BankAccountRow,
    pub code: String,
    pub scheme: Scheme,
    pub key_id: String,
    pub secret: Vec<u8>,
    pub posts: bool,
    pub days_max: i64,
    pub owner: Option<String>,
    pub keys: KeyRing,
}

/// A source in the set-up file, under the account that it tells of.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSetup {
    pub source: String,
    pub scheme: String,
    pub file: String,
    #[serde(default = "first_key")]
    pub key_id: String,
    #[serde(default)]
    pub compare: bool,
    #[serde(default = "two_days")]
    pub days: i64,
    pub owner: String,
    /// The secret itself, read from `file`; never written anywhere in clear.
    #[serde(skip)]
    pub secret: Vec<u8>,
}

fn first_key() -> String {
    "k1".into()
}

fn two_days() -> i64 {
    2
}

impl SourceSetup {
    /// What it sets up for an account of a book.
    pub fn command(
        &self,
        book: &Book,
        bank: &BankAccountRow,
        keys: &KeyRing,
    ) -> Result<AddSource, Reject> {
        let names: Vec<&str> = Scheme::ALL.iter().map(|(_, n)| *n).collect();
        let scheme = Scheme::parse(&self.scheme)
            .ok_or_else(|| bad("bank_account.notices", &self.scheme, &names.join(", ")))?;
        Ok(AddSource {
            book: book.clone(),
            bank: bank.clone(),
            code: self.source.clone(),
            scheme,
            key_id: self.key_id.clone(),
            secret: self.secret.clone(),
            posts: !self.compare,
            days_max: self.days,
            owner: Some(self.owner.clone()),
            keys: keys.clone(),
        })
    }
}

/// All sources as one text in a fixed order: what a set-up may change.
pub async fn sources_text(tx: &mut Tx) -> Result<String, Fault> {
    let all = sql::sources(tx).await?;
    let line = |s: &SourceRow| {
        format!(
            "{}/{}/{}/{}/{}/{}/{}/{}\n",
            s.book_id,
            s.code,
            s.scheme,
            s.key_id,
            hex(&s.sealed),
            s.posts,
            s.days_max,
            s.owner
        )
    };
    Ok(all.iter().map(line).collect())
}

/// A source as answers show it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SourceView {
    pub source: String,
    pub bank_account: String,
    pub scheme: String,
    pub posts: bool,
    pub days_max: i64,
    pub owner: String,
    pub path: String,
    pub disabled_at: Option<String>,
}

/// A source as people see it; `bank_account` is the code of its account.
pub fn view(row: &SourceRow, bank_account: &str) -> SourceView {
    SourceView {
        source: row.code.clone(),
        bank_account: bank_account.to_owned(),
        scheme: row.scheme.clone(),
        posts: row.posts,
        days_max: row.days_max,
        owner: row.owner.clone(),
        path: format!("/notices/{}", row.code),
        disabled_at: row.disabled_at.map(|at| Instant(at).local_text()),
    }
}

fn bad(place: &str, found: &str, expected: &str) -> Reject {
    Reject::BadInput {
        what: "notice source".into(),
        place: place.into(),
        found: found.into(),
        expected: expected.into(),
    }
}

/// A code that may stand in an address.
fn check_code(code: &str) -> Result<(), Reject> {
    let fits = (2..=40).contains(&code.len())
        && code
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fits {
        return Ok(());
    }
    Err(bad("CODE", code, "a-z 0-9 -, 2 - 40"))
}

impl Command for AddSource {
    const NAME: &'static str = "notice_source.add";
    type Reply = SourceView;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        // The secret does not go into the audit; its keyed hash tells whether it changed.
        let secret = self.keys.hash(Purpose::BankKey, &self.secret);
        json!({"book": self.book.code, "source": self.code, "bank_account": self.bank.code, "scheme": self.scheme.name(),
               "key_id": self.key_id, "secret": hex(&secret[..8]), "posts": self.posts, "days_max": self.days_max,
               "owner": self.owner})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<SourceView, Failure> {
        let roles = [Role::Admin, Role::ChiefAccountant, Role::SchoolHead];
        access::require(tx, ctx, self.book.id, &self.book.code, &roles).await?;
        let known = sql::find_source(tx, &self.code).await?;
        let row = self.put(tx, ctx, known, None).await?;
        Ok(view(&row, &self.bank.code))
    }
}

impl AddSource {
    /// From the set-up file, whose reader has asked who may. Whether it was made now; one
    /// that was disabled stays so.
    pub async fn set_up(&self, tx: &mut Tx, ctx: &Ctx) -> Result<bool, Failure> {
        let known = sql::find_source(tx, &self.code).await?;
        let made = known.is_none();
        let disabled_at = known.as_ref().and_then(|k| k.disabled_at);
        self.put(tx, ctx, known, disabled_at).await?;
        Ok(made)
    }

    async fn put(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        known: Option<SourceRow>,
        disabled_at: Option<i64>,
    ) -> Result<SourceRow, Failure> {
        check_code(&self.code)?;
        if !SECRET_BYTES.contains(&self.secret.len()) {
            let found = format!("{} bytes", self.secret.len());
            return Err(bad("--secret-file", &found, "16 - 512 bytes").into());
        }
        if std::str::from_utf8(&self.secret).is_err() && self.scheme == Scheme::SepayKey {
            return Err(bad("--secret-file", "", "UTF-8").into());
        }
        if !(1..=30).contains(&self.days_max) {
            return Err(bad("--days", &self.days_max.to_string(), "1 - 30").into());
        }
        let owner = self.owner.clone().unwrap_or_else(|| ctx.actor.clone());
        if access::sql::find_staff(tx, &owner).await?.is_none() {
            return Err(Reject::UserUnknown { user: owner }.into());
        }
        if let Some(k) = &known
            && (k.book_id, k.bank_account_id) != (self.book.id, self.bank.id)
        {
            return Err(bad("CODE", &self.code, "a code that no other account has").into());
        }
        if disabled_at.is_none() {
            self.check_beside(&sql::sources(tx).await?)?;
        }
        let row = SourceRow {
            book_id: self.book.id,
            bank_account_id: self.bank.id,
            code: self.code.clone(),
            scheme: self.scheme.name().into(),
            key_id: self.key_id.clone(),
            sealed: self.keys.seal(Purpose::BankKey, &self.secret)?,
            posts: self.posts,
            days_max: self.days_max,
            owner,
            made_at: known.map_or(ctx.now.0, |k| k.made_at),
            disabled_at,
        };
        sql::put_source(tx, &row).await?;
        Ok(row)
    }

    /// Whether it may stand beside the other sources of its account.
    fn check_beside(&self, all: &[SourceRow]) -> Result<(), Reject> {
        let others = all.iter().filter(|s| {
            (s.book_id, s.bank_account_id) == (self.book.id, self.bank.id)
                && s.disabled_at.is_none()
                && s.code != self.code
        });
        for other in others {
            if self.posts && other.posts {
                return Err(Reject::SourcePosts {
                    account: self.bank.code.clone(),
                    source: other.code.clone(),
                });
            }
            // Ids are one provider's: what one of the two compared would be known, and so
            // never booked, when the other tells it.
            let provider = Scheme::parse(&other.scheme).map(Scheme::provider);
            if provider == Some(self.scheme.provider()) {
                let expected = format!("a provider that {} is not", other.code);
                return Err(bad("--scheme", self.scheme.name(), &expected));
            }
        }
        Ok(())
    }
}

/// `notice source disable`: nothing is taken from it any more; what it told stays.
pub struct DisableSource {
    pub book: Book,
    pub code: String,
}

impl Command for DisableSource {
    const NAME: &'static str = "notice_source.disable";
    type Reply = SourceView;

    fn books(&self) -> Vec<i64> {
        vec![self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "source": self.code})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<SourceView, Failure> {
        let roles = [Role::Admin, Role::ChiefAccountant, Role::SchoolHead];
        access::require(tx, ctx, self.book.id, &self.book.code, &roles).await?;
        let mut row = sql::find_source(tx, &self.code)
            .await?
            .filter(|s| s.book_id == self.book.id)
            .ok_or_else(|| Reject::NotFound {
                what: "notice source".into(),
                id: self.code.clone(),
            })?;
        row.disabled_at.get_or_insert(ctx.now.0);
        sql::put_source(tx, &row).await?;
        let bank =
            crate::payment::sql::bank_account_by_id(tx, row.book_id, row.bank_account_id).await?;
        Ok(view(&row, &bank.code))
    }
}
