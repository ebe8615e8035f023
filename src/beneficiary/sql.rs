//! Statements on `social_account` and `social_account_event`.

use crate::args;
use crate::error::Fault;
use crate::store::{Column, Tx, number_rows};
use std::collections::HashMap;

/// A social-security account as stored.
#[derive(Clone, Debug)]
pub struct SocialAccount {
    pub id: i64,
    pub person_id: i64,
    pub state: String,
    pub reason: String,
}

pub async fn by_person(
    tx: &mut Tx,
    book: i64,
    persons: &[i64],
) -> Result<HashMap<i64, SocialAccount>, Fault> {
    let mut out = HashMap::with_capacity(persons.len());
    for chunk in persons.chunks(500) {
        let sql = format!(
            "with wanted(person_id) as (values {}) \
             select s.id, s.person_id, s.state, s.reason from wanted w cross join social_account s \
             where s.book_id = $1 and s.person_id = w.person_id",
            number_rows(chunk)
        );
        tx.for_each(&sql, args![book], |r| {
            let account = SocialAccount {
                id: r.int(0)?,
                person_id: r.int(1)?,
                state: r.text(2)?,
                reason: r.text(3)?,
            };
            out.insert(account.person_id, account);
            Ok(())
        })
        .await?;
    }
    Ok(out)
}

pub async fn insert(
    tx: &mut Tx,
    book: i64,
    accounts: &[SocialAccount],
    actor: &str,
    at: i64,
) -> Result<(), Fault> {
    let n = accounts.len();
    let ids = || Column::Ints(accounts.iter().map(|a| a.id).collect());
    let states = || Column::Texts(accounts.iter().map(|a| a.state.clone()).collect());
    let reasons = || Column::Texts(accounts.iter().map(|a| a.reason.clone()).collect());
    tx.insert_rows(
        "social_account(book_id, id, person_id, state, reason, opened_at)",
        &[
            Column::Ints(vec![book; n]),
            ids(),
            Column::Ints(accounts.iter().map(|a| a.person_id).collect()),
            states(),
            reasons(),
            Column::Ints(vec![at; n]),
        ],
        "",
    )
    .await?;
    tx.insert_rows(
        "social_account_event(book_id, account_id, no, state, reason, actor, at)",
        &[
            Column::Ints(vec![book; n]),
            ids(),
            Column::Ints(vec![1; n]),
            states(),
            reasons(),
            Column::Texts(vec![actor.to_owned(); n]),
            Column::Ints(vec![at; n]),
        ],
        "",
    )
    .await?;
    Ok(())
}

pub async fn set_state(
    tx: &mut Tx,
    book: i64,
    id: i64,
    state: &str,
    reason: &str,
    actor: &str,
    at: i64,
) -> Result<(), Fault> {
    tx.execute(
        "update social_account set state = $3, reason = $4 where book_id = $1 and id = $2",
        args![book, id, state, reason],
    )
    .await?;
    tx.execute(
        "insert into social_account_event(book_id, account_id, no, state, reason, actor, at) \
         select $1, $2, coalesce(max(no), 0) + 1, $3, $4, $5, $6 from social_account_event \
         where book_id = $1 and account_id = $2",
        args![book, id, state, reason, actor, at],
    )
    .await?;
    Ok(())
}

/// Reasons of what was done to a person's account since it was open last.
pub async fn reasons_since_open(tx: &mut Tx, book: i64, person: i64) -> Result<Vec<String>, Fault> {
    let rows = tx
        .all(
            "select e.reason from social_account s join social_account_event e \
             on e.book_id = s.book_id and e.account_id = s.id \
             where s.book_id = $1 and s.person_id = $2 and e.no > (select coalesce(max(o.no), 0) \
             from social_account_event o where o.book_id = s.book_id and o.account_id = s.id and o.state = 'open') \
             order by e.no",
            args![book, person],
        )
        .await?;
    rows.iter().map(|r| r.text(0)).collect()
}

pub async fn counts(tx: &mut Tx, book: i64) -> Result<Vec<(String, i64)>, Fault> {
    let rows = tx
        .all("select state, count(*) from social_account where book_id = $1 group by state order by state", args![book])
        .await?;
    rows.iter().map(|r| Ok((r.text(0)?, r.int(1)?))).collect()
}
