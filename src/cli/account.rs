//! `account change`: suspending, resuming, closing and reopening a social-security account.

use super::args::{AccountArgs, Cli};
use super::out::Out;
use super::session::Session;
use crate::beneficiary::{self, AccountEvent};
use crate::error::{Failure, Reject, check_reason};
use crate::identity::{self, IdentityNumber, people};
use crate::ledger::Book;
use crate::store::keys::Purpose;
use crate::store::{Command, Ctx, INSTALLATION, Tx};
use crate::words::codes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// `account change`.
struct ChangeAccount {
    book: Book,
    number: IdentityNumber,
    event: AccountEvent,
    reason: String,
    keys: crate::store::keys::KeyRing,
}

#[derive(Serialize, Deserialize)]
struct ChangeReply {
    person_id: String,
    state: String,
}

impl Command for ChangeAccount {
    const NAME: &'static str = "account.change";
    type Reply = ChangeReply;

    fn books(&self) -> Vec<i64> {
        vec![INSTALLATION, self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "number": self.number.masked(), "event": format!("{:?}", self.event), "reason": self.reason})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<ChangeReply, Failure> {
        use crate::access::{Role, require};
        require(
            tx,
            ctx,
            self.book.id,
            &self.book.code,
            &[Role::LabourMaker, Role::LabourApprover],
        )
        .await?;
        check_reason("account change", &self.reason)?;
        let hash = self
            .keys
            .short_hash(Purpose::Identity, self.number.as_str());
        let person = identity::sql::persons_by_hash(tx, std::slice::from_ref(&hash))
            .await?
            .remove(&hash);
        let person = person.ok_or_else(|| Reject::NotFound {
            what: "person".into(),
            id: self.number.masked(),
        })?;
        let book = self.book.id;
        let resume = self.event == AccountEvent::Resume;
        let dead = person.level == "deceased";
        if resume && (dead || beneficiary::stopped_by_death(tx, book, person.id).await?) {
            require(tx, ctx, book, &self.book.code, &[Role::LabourApprover]).await?;
        }
        if resume && dead {
            people::mend_death(tx, ctx, &person, &hash, &self.reason).await?;
            // Where only the register had reported the death, the account was never stopped.
            let state = beneficiary::find(tx, book, person.id).await?;
            if state.as_deref() == Some("open") || state.is_none() {
                return Ok(ChangeReply {
                    person_id: person.id.to_string(),
                    state: state.unwrap_or_else(|| "pending".into()),
                });
            }
        }
        let state =
            beneficiary::change(tx, self.book.id, ctx, person.id, self.event, &self.reason).await?;
        Ok(ChangeReply {
            person_id: person.id.to_string(),
            state: state.name().into(),
        })
    }
}

pub async fn change_account(cli: &Cli, out: &Out, a: &AccountArgs) -> Result<(), Failure> {
    let bad = |place: &str, found: &str, expected: &str| Reject::BadInput {
        what: "account change".into(),
        place: place.into(),
        found: found.into(),
        expected: expected.into(),
    };
    let event = match a.event.as_str() {
        "suspend" => AccountEvent::Suspend,
        "resume" => AccountEvent::Resume,
        "close" => AccountEvent::Close,
        "reopen" => AccountEvent::Reopen,
        other => return Err(bad("event", other, "suspend, resume, close, reopen").into()),
    };
    let number =
        IdentityNumber::parse(&a.number).map_err(|_| bad("--number", "***", "12 / 9 digits"))?;
    let session = Session::open(cli).await?;
    let book = session.book().await?;
    let command = ChangeAccount {
        book,
        number,
        event,
        reason: a.reason.clone(),
        keys: session.keys.clone(),
    };
    let reply = session.run(&command).await?;
    out.done(&reply, || {
        format!(
            "{}: {}",
            out.t("Tài khoản an sinh", "Social-security account"),
            out.say(codes::SOCIAL_STATES, &reply.state)
        )
    });
    Ok(())
}
