//! Setting an installation up from one TOML file: books, units, staff and roles, our bank
//! accounts with keys, programmes. Idempotent: the same file again changes nothing; new
//! things are added, names and roles brought up to date; what has money on it stays.
//!
//! ```toml
//! [[book]]
//! code = "BL"                       # short, in references people see
//! name = "Phòng LĐ-TB&XH Bình Lục"
//! kind = "labour_office"
//! units = ["Xã An Lão", "Xã Đồng Du"]
//! approval_bands = [{ up_to = 20_000_000_000, approvers = 1 }, { approvers = 2 }]
//!
//! [[staff]]
//! code = "lan"
//! name = "Nguyễn Thị Lan"
//! roles = { BL = ["labour_maker"] }  # "*" for every book
//!
//! [[bank_account]]
//! code = "BL-AGRI"
//! book = "BL"
//! bin = "970405"
//! bank = "Agribank"
//! number = "1300200012345"
//! holder = "PHONG LDTBXH BINH LUC"
//! opening = 0
//! opened_on = "2026-05-29"
//! unsigned_allowed = false
//! keys = [{ id = "k1", file = "bank.key" }]   # secret bytes, path relative to this file
//! notices = [{ source = "bl-agri", scheme = "ansinh", file = "notice.key", owner = "hoa" }]
//!
//! [[programme]]
//! code = "social_assistance"
//! name = "Trợ giúp xã hội hằng tháng"
//! standards = [{ unit = "Xã An Lão", amount = 600000, valid_from = "2026-07-01", known_from = "2026-06-20", source = "NQ 1" }]
//! ```

use crate::access::{self, Role};
use crate::collection::biller::{self, BillerSetup};
use crate::collection::notice_source::{self, SourceSetup};
use crate::disbursement::approve::{ApprovalBand, bands_setting};
use crate::error::{Failure, Fault, Reject};
use crate::ledger::{self, BookKind};
use crate::payment::{self, bank_account::NewBankAccount};
use crate::programme::catalogue::{self, Cadence, Programme, RateKind};
use crate::programme::sql::{self as programme_sql, RateRow, StandardRow};
use crate::reconcile::budget::OPENING_REFERENCE;
use crate::reconcile::sql::{self as reconcile_sql, BreakRow};
use crate::store::keys::{KeyRing, Purpose};
use crate::store::{self, Command, Ctx, INSTALLATION, Tx};
use ansinh_settlement::{Day, Dong};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The set-up file.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    #[serde(default)]
    pub book: Vec<BookSetup>,
    #[serde(default)]
    pub staff: Vec<StaffSetup>,
    #[serde(default)]
    pub bank_account: Vec<BankAccountSetup>,
    #[serde(default)]
    pub programme: Vec<ProgrammeSetup>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BookSetup {
    pub code: String,
    pub name: String,
    pub kind: String,
    #[serde(default)]
    pub units: Vec<String>,
    #[serde(default)]
    pub approval_bands: Vec<ApprovalBand>,
    /// For a book that makes bills.
    #[serde(default)]
    pub biller: Option<BillerSetup>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StaffSetup {
    pub code: String,
    pub name: String,
    pub roles: BTreeMap<String, Vec<String>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BankAccountSetup {
    pub code: String,
    pub book: String,
    pub bin: String,
    pub bank: String,
    pub number: String,
    pub holder: String,
    #[serde(default)]
    pub opening: i64,
    pub opened_on: Day,
    #[serde(default)]
    pub unsigned_allowed: bool,
    #[serde(default)]
    pub keys: Vec<BankKeySetup>,
    #[serde(default)]
    pub notices: Vec<SourceSetup>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BankKeySetup {
    pub id: String,
    pub file: String,
    /// The key itself, read from `file`; never written anywhere in clear.
    #[serde(skip)]
    pub secret: Vec<u8>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProgrammeSetup {
    pub code: String,
    pub name: String,
    #[serde(default = "monthly")]
    pub component: String,
    #[serde(default)]
    pub standards: Vec<StandardSetup>,
}

fn monthly() -> String {
    "monthly".into()
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StandardSetup {
    #[serde(default)]
    pub unit: String,
    pub amount: i64,
    pub valid_from: Day,
    pub known_from: Day,
    pub source: String,
}

impl Setup {
    /// Reads the file and the keys that it names.
    pub fn read(path: &Path) -> Result<Setup, Failure> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|e| Reject::FileUnreadable {
            path: shown.clone(),
            why: crate::words::why_unread(&e),
        })?;
        let says = |line: &str| !line.trim().is_empty() && !line.trim().starts_with('#');
        if !text.lines().any(says) {
            return Err(Reject::BadInput {
                what: shown,
                place: "file".into(),
                found: String::new(),
                expected: "docs/cli.md, setup".into(),
            }
            .into());
        }
        let mut setup: Setup = toml::from_str(&text).map_err(|e| Reject::BadInput {
            what: shown,
            place: place_of(&text, e.span()),
            found: e.message().to_owned(),
            expected: "docs/cli.md, setup".into(),
        })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let read = |name: &str| {
            let file = folder.join(name);
            std::fs::read(&file).map_err(|e| Reject::FileUnreadable {
                path: file.display().to_string(),
                why: crate::words::why_unread(&e),
            })
        };
        for account in &mut setup.bank_account {
            for key in &mut account.keys {
                let bytes = read(&key.file)?;
                key.secret = bytes.strip_suffix(b"\n").unwrap_or(&bytes).to_vec();
            }
            for source in &mut account.notices {
                source.secret = read(&source.file)?.trim_ascii_end().to_vec();
            }
        }
        Ok(setup)
    }
}

fn place_of(text: &str, span: Option<std::ops::Range<usize>>) -> String {
    let at = span.map_or(0, |s| s.start).min(text.len());
    let before = text.get(..at).unwrap_or_default();
    format!("line {}", before.matches('\n').count() + 1)
}

/// `setup FILE`.
pub struct RunSetup {
    pub setup: Setup,
    pub keys: KeyRing,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SetupReply {
    pub books: Vec<String>,
    pub staff: Vec<String>,
    pub bank_accounts: Vec<String>,
    pub programmes: Vec<String>,
    /// Things that were made now; the rest was there.
    pub made: i64,
}

impl Command for RunSetup {
    const NAME: &'static str = "setup";
    type Reply = SetupReply;

    fn books(&self) -> Vec<i64> {
        vec![INSTALLATION]
    }

    fn input(&self) -> Value {
        // Account numbers and keys do not go into the audit.
        json!({"books": self.setup.book.iter().map(|b| &b.code).collect::<Vec<_>>(),
               "staff": self.setup.staff.iter().map(|s| json!({"code": s.code, "roles": s.roles})).collect::<Vec<_>>(),
               "bank_accounts": self.setup.bank_account.iter().map(|b| &b.code).collect::<Vec<_>>(),
               "programmes": self.setup.programme.iter().map(|p| &p.code).collect::<Vec<_>>()})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<SetupReply, Failure> {
        self.check_ring(tx).await?;
        let guarded = access::sql::has_admin(tx).await?;
        let before = changeable(tx).await?;
        let mut reply = SetupReply::default();
        for book in &self.setup.book {
            reply.made += i64::from(set_up_book(tx, ctx, book).await?);
            reply.books.push(book.code.clone());
        }
        for staff in &self.setup.staff {
            set_up_staff(tx, staff).await?;
            reply.staff.push(staff.code.clone());
        }
        for programme in &self.setup.programme {
            reply.made += i64::from(set_up_programme(tx, programme).await?);
            reply.programmes.push(programme.code.clone());
        }
        for account in &self.setup.bank_account {
            reply.made += i64::from(self.set_up_bank_account(tx, ctx, account).await?);
            reply.made += self.set_up_notices(tx, ctx, account).await?;
            reply.bank_accounts.push(account.code.clone());
        }
        for b in &self.setup.book {
            let (Some(biller), Some(book)) = (&b.biller, ledger::find_book(tx, &b.code).await?)
            else {
                continue;
            };
            tx.lock_heads(&[book.id]).await?;
            reply.made += biller::set_up(tx, &book, biller).await?;
        }
        for staff in &self.setup.staff {
            cashier_is_no_accountant(tx, staff).await?;
        }
        // Once there is an admin, only an admin changes who may do what; the same file
        // again, which changes nothing, is free.
        if guarded && (reply.made > 0 || changeable(tx).await? != before) {
            access::require_anywhere(tx, ctx, &[Role::Admin]).await?;
        }
        Ok(reply)
    }
}

/// Staff, roles, bank keys and approval bands as one text, to see whether a set-up changed them.
async fn changeable(tx: &mut Tx) -> Result<String, Failure> {
    let mut out = access::sql::staff_text(tx).await?;
    for (book, account, id, sealed) in payment::sql::bank_keys(tx).await? {
        out.push_str(&format!(
            "{book}/{account}/{id}/{}\n",
            store::keys::hex(&sealed)
        ));
    }
    out.push_str(&notice_source::sources_text(tx).await?);
    for book in ledger::all_books(tx).await? {
        let bands = store::sql::find_setting(tx, &bands_setting(book.id)).await?;
        out.push_str(&format!("{}={}\n", book.id, bands.unwrap_or_default()));
    }
    Ok(out)
}

impl RunSetup {
    async fn check_ring(&self, tx: &mut Tx) -> Result<(), Failure> {
        match store::sql::find_setting(tx, "key_ring").await? {
            Some(id) if id == self.keys.id => Ok(()),
            Some(_) => Err(Reject::KeysWrong {
                path: "--keys".into(),
            }
            .into()),
            None => Ok(store::sql::put_setting(tx, "key_ring", &self.keys.id).await?),
        }
    }

    async fn set_up_bank_account(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        a: &BankAccountSetup,
    ) -> Result<bool, Failure> {
        check_digits("bank_account.bin", &a.bin, 6, 6)?;
        check_digits("bank_account.number", &a.number, 1, 19)?;
        let book = ledger::find_book(tx, &a.book)
            .await?
            .ok_or_else(|| Reject::NotFound {
                what: "book".into(),
                id: a.book.clone(),
            })?;
        tx.lock_heads(&[book.id]).await?;
        let known = payment::sql::find_bank_account(tx, &a.code).await?;
        let made = known.is_none();
        let row = match known {
            Some(row) => {
                let same_number =
                    self.keys.open_text(Purpose::BankAccount, &row.sealed)? == a.number;
                if row.book_id != book.id
                    || row.bin != a.bin
                    || !same_number
                    || row.opening != a.opening
                {
                    return Err(bad(
                        "bank_account",
                        &a.code,
                        "the same book, bin, number and opening as before",
                    )
                    .into());
                }
                row
            }
            None => {
                let counter = self.keys.fingerprint(&a.bin, &a.number);
                if payment::sql::bank_account_by_counter(tx, counter)
                    .await?
                    .is_some()
                {
                    return Err(bad(
                        "bank_account.number",
                        &a.code,
                        "an account that is not set up yet",
                    )
                    .into());
                }
                self.open_bank_account(tx, ctx, book.id, a).await?
            }
        };
        for key in &a.keys {
            if key.id.is_empty() || key.id.len() > 16 || key.secret.len() < 8 {
                return Err(bad(
                    "bank_account.keys",
                    &key.id,
                    "id 1-16 characters, key of 8 bytes or more",
                )
                .into());
            }
            let sealed = self.keys.seal(Purpose::BankKey, &key.secret)?;
            payment::sql::put_bank_key(tx, row.book_id, row.id, &key.id, sealed).await?;
        }
        Ok(made)
    }

    /// The sources of an account; how many were made now.
    async fn set_up_notices(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        a: &BankAccountSetup,
    ) -> Result<i64, Failure> {
        let mut made = 0;
        if a.notices.is_empty() {
            return Ok(made);
        }
        let missing = |what: &str, id: &str| Reject::NotFound {
            what: what.into(),
            id: id.into(),
        };
        let book = ledger::find_book(tx, &a.book)
            .await?
            .ok_or_else(|| missing("book", &a.book))?;
        let bank = payment::sql::find_bank_account(tx, &a.code)
            .await?
            .ok_or_else(|| missing("bank account", &a.code))?;
        for source in &a.notices {
            let add = source.command(&book, &bank, &self.keys)?;
            made += i64::from(add.set_up(tx, ctx).await?);
        }
        Ok(made)
    }

    async fn open_bank_account(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        book: i64,
        a: &BankAccountSetup,
    ) -> Result<payment::sql::BankAccountRow, Failure> {
        let opening = Dong::new(a.opening)
            .ok()
            .filter(|o| *o == Dong::ZERO || o.is_payable())
            .ok_or(Reject::AmountInvalid { amount: a.opening })?;
        let new = NewBankAccount {
            code: a.code.clone(),
            bin: a.bin.clone(),
            bank_name: a.bank.clone(),
            account_number: a.number.clone(),
            holder_name: a.holder.clone(),
            opening,
            opened_on: a.opened_on,
            unsigned_allowed: a.unsigned_allowed,
        };
        let row = payment::bank_account::open(tx, &self.keys, ctx, book, &new).await?;
        if opening > Dong::ZERO {
            let id = tx.reserve_ids(book, 1)?;
            let item = BreakRow {
                id,
                bank_account_id: row.id,
                kind: "opening_balance".into(),
                day: a.opened_on,
                statement_id: None,
                line: None,
                instruction_id: None,
                reference: OPENING_REFERENCE.into(),
                expected_amount: None,
                statement_amount: Some(a.opening),
                item_account_id: Some(row.suspense_id),
                item_amount: a.opening,
                item_cleared: 0,
                state: "open".into(),
                owner: Some(ctx.actor.clone()),
                action: None,
                note: None,
                proposed_by: None,
                resolved_by: None,
            };
            reconcile_sql::insert_breaks(tx, book, &[item], ctx.now.0).await?;
        }
        Ok(row)
    }
}

fn bad(place: &str, found: &str, expected: &str) -> Reject {
    Reject::BadInput {
        what: "setup".into(),
        place: place.into(),
        found: found.into(),
        expected: expected.into(),
    }
}

fn check_digits(place: &str, text: &str, min: usize, max: usize) -> Result<(), Reject> {
    if (min..=max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Ok(());
    }
    Err(bad(place, text, &format!("{min}-{max} digits")))
}

async fn set_up_book(tx: &mut Tx, ctx: &Ctx, b: &BookSetup) -> Result<bool, Failure> {
    let kind = BookKind::parse(&b.kind).ok_or_else(|| {
        bad(
            "book.kind",
            &b.kind,
            "labour_office, school, care_facility, clinic, one_stop",
        )
    })?;
    if b.code.is_empty()
        || b.code.len() > 16
        || !b
            .code
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || c == b'-')
    {
        return Err(bad("book.code", &b.code, "1-16 of A-Z 0-9 -").into());
    }
    let (book, made) = match ledger::find_book(tx, &b.code).await? {
        Some(book) => (book, false),
        None => (
            ledger::open_book(tx, &b.code, &b.name, kind, ctx.now).await?,
            true,
        ),
    };
    for unit in &b.units {
        let key = crate::identity::commune_of(unit)
            .map_or_else(|| crate::identity::name_key(unit), |c| c.key);
        programme_sql::put_unit(tx, book.id, unit, &key, ctx.now.day()).await?;
    }
    if !b.approval_bands.is_empty() {
        let text =
            serde_json::to_string(&b.approval_bands).map_err(|e| Fault::Corrupt(e.to_string()))?;
        store::sql::put_setting(tx, &bands_setting(book.id), &text).await?;
    }
    Ok(made)
}

async fn set_up_staff(tx: &mut Tx, s: &StaffSetup) -> Result<(), Failure> {
    if s.code.trim().is_empty() {
        return Err(bad("staff.code", &s.code, "a code").into());
    }
    access::sql::put_staff(tx, &s.code, &s.name).await?;
    for (book, roles) in &s.roles {
        for role in roles {
            if Role::parse(role).is_none() {
                let known: Vec<&str> = Role::ALL.iter().map(|(_, name)| *name).collect();
                return Err(bad("staff.roles", role, &known.join(", ")).into());
            }
        }
        let id = if book == "*" {
            INSTALLATION
        } else {
            let found = ledger::find_book(tx, book).await?;
            found
                .ok_or_else(|| Reject::NotFound {
                    what: "book".into(),
                    id: book.clone(),
                })?
                .id
        };
        access::sql::put_roles(tx, &s.code, id, roles).await?;
    }
    Ok(())
}

/// Who takes the money in does not keep the books: a cashier is never the accountant.
async fn cashier_is_no_accountant(tx: &mut Tx, s: &StaffSetup) -> Result<(), Failure> {
    let books = ledger::all_books(tx).await?;
    for book in books {
        let roles = access::sql::roles_of(tx, &s.code, book.id).await?;
        let has = |role: Role| roles.iter().any(|r| r == role.name());
        if has(Role::SchoolCashier) && (has(Role::Accountant) || has(Role::ChiefAccountant)) {
            return Err(bad(
                "staff.roles",
                &format!("{}: {}", s.code, roles.join(", ")),
                "a cashier who is not the accountant",
            )
            .into());
        }
    }
    Ok(())
}

/// Copies the law's tables of the programme from the catalogue, and the units' own standards.
async fn set_up_programme(tx: &mut Tx, p: &ProgrammeSetup) -> Result<bool, Failure> {
    let (row, made) = match programme_sql::find_programme(tx, &p.code).await? {
        Some(row) => (row, false),
        None => {
            let id = tx.reserve_ids(INSTALLATION, 1)?;
            programme_sql::insert_programme(tx, id, &p.code, &p.name, &p.component).await?;
            (programme_sql::programme_by_id(tx, id).await?, true)
        }
    };
    let known = Programme::parse(&p.code);
    if let Some(programme) = known {
        for standard in catalogue::Standards::national()
            .rows()
            .iter()
            .filter(|s| s.programme == programme)
        {
            let standard = StandardRow {
                unit: standard.unit.clone().unwrap_or_default(),
                amount: standard.amount,
                valid_from: standard.valid_from,
                known_from: standard.known_from,
                source: standard.source.clone(),
            };
            programme_sql::put_standard(tx, row.id, &standard).await?;
        }
        programme_sql::put_rates(tx, row.id, &catalogue_rates(programme)).await?;
    }
    for s in &p.standards {
        let amount = Dong::new(s.amount)
            .ok()
            .filter(|a| a.is_payable())
            .ok_or(Reject::AmountInvalid { amount: s.amount })?;
        let standard = StandardRow {
            unit: s.unit.clone(),
            amount,
            valid_from: s.valid_from,
            known_from: s.known_from,
            source: s.source.clone(),
        };
        programme_sql::put_standard(tx, row.id, &standard).await?;
    }
    Ok(made)
}

/// The monthly rates of a programme as rows.
fn catalogue_rates(programme: Programme) -> Vec<RateRow> {
    let mut rows = Vec::new();
    for category in catalogue::categories()
        .iter()
        .filter(|c| c.programme == programme && c.cadence == Cadence::Monthly)
    {
        for rate in &category.rates {
            let (kind, value) = match &rate.kind {
                RateKind::Multiple { coefficient } => ("multiple", coefficient.to_string()),
                RateKind::Fixed {
                    amount: Some(amount),
                    ..
                } => ("fixed", amount.get().to_string()),
                RateKind::Fixed { amount: None, .. } => continue,
            };
            rows.push(RateRow {
                category: category.code.clone(),
                kind: kind.into(),
                value,
                valid_from: rate.valid_from,
                valid_to: rate.valid_to,
                known_from: rate.known_from,
                source: rate.source.clone(),
            });
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a misspelt field that is silently left out of the set-up.
    #[test]
    fn an_unknown_field_is_refused_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.toml");
        std::fs::write(
            &path,
            "[[book]]\ncode = \"A\"\nname = \"a\"\nkindd = \"school\"\n",
        )
        .unwrap();
        let Err(Failure::Reject(reject)) = Setup::read(&path) else {
            panic!("read")
        };
        assert_eq!(reject.code(), "bad_input");
        assert_eq!(reject.data()["place"], "line 4");
    }
}
