//! `GET /bills/{pay_code}`: whether a bill is paid, for the systems of those who wait for
//! it (a procedure that moves only when its charge is paid). No name and no number of a
//! person is in it, so no read is noted.

use super::answer::{self, Wrong};
use super::{Shared, log};
use crate::access::caller;
use crate::collection::bill::{self, BillStatus};
use crate::error::{Fault, Reject};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;

enum Found {
    Stranger,
    Missing,
    Bill(Box<BillStatus>),
}

pub async fn show(
    State(s): State<Arc<Shared>>,
    Path(pay_code): Path<String>,
    headers: HeaderMap,
) -> Response {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "));
    let asked = look_up(&s, token.unwrap_or_default(), &pay_code);
    let Ok(found) = tokio::time::timeout(s.limits.wait, asked).await else {
        return answer::wrong(&s, Wrong::Fault, Value::Null);
    };
    match found {
        Ok(Found::Bill(status)) => match serde_json::to_value(&status) {
            Ok(value) => answer::json(StatusCode::OK, &value),
            Err(_) => answer::wrong(&s, Wrong::Fault, Value::Null),
        },
        Ok(Found::Stranger) => answer::wrong(&s, Wrong::NotLetIn, Value::Null),
        Ok(Found::Missing) => {
            let missing = Reject::NotFound {
                what: "bill".into(),
                id: pay_code,
            };
            answer::failure(&s, &missing.into())
        }
        Err(fault) => {
            log::line(&s, "bill_failed", &json!({"why": fault.to_string()}));
            answer::failure(&s, &fault.into())
        }
    }
}

async fn look_up(s: &Shared, token: &str, pay_code: &str) -> Result<Found, Fault> {
    let mut tx = s.db.begin_read().await?;
    let found = match caller::find(&mut tx, &s.keys, token).await? {
        None => Found::Stranger,
        Some(caller) => match bill::status_of(&mut tx, caller.book_id, pay_code).await? {
            None => Found::Missing,
            Some(status) => Found::Bill(Box::new(status)),
        },
    };
    tx.rollback().await?;
    Ok(found)
}
