//! Who may do what: staff, their roles, bound to books. Roles of book 0 count everywhere.
//! The maker of a thing is never its approver; that is checked where the thing is.

pub mod caller;
pub mod read;
pub mod sql;

use crate::error::{Failure, Reject};
use crate::store::{Ctx, Tx};

/// A role of a person in a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    LabourMaker,
    LabourApprover,
    SchoolCashier,
    SchoolHead,
    Accountant,
    ChiefAccountant,
    BankOfficer,
    Auditor,
    Viewer,
    Admin,
}

impl Role {
    pub const ALL: &'static [(Role, &'static str)] = &[
        (Role::LabourMaker, "labour_maker"),
        (Role::LabourApprover, "labour_approver"),
        (Role::SchoolCashier, "school_cashier"),
        (Role::SchoolHead, "school_head"),
        (Role::Accountant, "accountant"),
        (Role::ChiefAccountant, "chief_accountant"),
        (Role::BankOfficer, "bank_officer"),
        (Role::Auditor, "auditor"),
        (Role::Viewer, "viewer"),
        (Role::Admin, "admin"),
    ];

    pub fn name(self) -> &'static str {
        Role::ALL
            .iter()
            .find(|(r, _)| *r == self)
            .map_or("", |(_, name)| name)
    }

    pub fn parse(name: &str) -> Option<Role> {
        Role::ALL.iter().find(|(_, n)| *n == name).map(|(r, _)| *r)
    }
}

/// Rejects unless the acting person exists and has one of `roles` in the book.
pub async fn require(
    tx: &mut Tx,
    ctx: &Ctx,
    book: i64,
    book_code: &str,
    roles: &[Role],
) -> Result<(), Failure> {
    if sql::find_staff(tx, &ctx.actor).await?.is_none() {
        return Err(Reject::UserUnknown {
            user: ctx.actor.clone(),
        }
        .into());
    }
    let has = sql::roles_of(tx, &ctx.actor, book).await?;
    if roles.iter().any(|r| has.iter().any(|h| h == r.name())) {
        return Ok(());
    }
    let needed: Vec<&str> = roles.iter().map(|r| r.name()).collect();
    Err(Reject::RoleMissing {
        user: ctx.actor.clone(),
        book: book_code.to_owned(),
        needed: needed.join(" / "),
    }
    .into())
}

/// Rejects unless the acting person has one of `roles` in any book: for what belongs to the
/// whole installation.
pub async fn require_anywhere(tx: &mut Tx, ctx: &Ctx, roles: &[Role]) -> Result<(), Failure> {
    if sql::find_staff(tx, &ctx.actor).await?.is_none() {
        return Err(Reject::UserUnknown {
            user: ctx.actor.clone(),
        }
        .into());
    }
    let has = sql::all_roles_of(tx, &ctx.actor).await?;
    if roles.iter().any(|r| has.iter().any(|h| h == r.name())) {
        return Ok(());
    }
    let needed: Vec<&str> = roles.iter().map(|r| r.name()).collect();
    Err(Reject::RoleMissing {
        user: ctx.actor.clone(),
        book: "*".into(),
        needed: needed.join(" / "),
    }
    .into())
}

/// Rejects when the acting person made the thing.
pub fn other_than(ctx: &Ctx, maker: &str, act: &str) -> Result<(), Reject> {
    if ctx.actor == maker {
        return Err(Reject::SamePerson {
            user: ctx.actor.clone(),
            act: act.to_owned(),
        });
    }
    Ok(())
}
