//! `POST /notices/{source}`: the bytes as they came, verified, read, handed to the writer,
//! and answered after the commit.
//!
//! | what | status |
//! |---|---|
//! | booked, compared, known with the same content, of another account | 200 |
//! | money that went out, a payment that did not succeed | 200, nothing kept |
//! | the sender cannot be trusted | 401, nothing kept |
//! | rightly signed and not to be read | 422, kept and listed as a break |
//! | the id is known with other content | 409, kept and listed as a break |
//! | nothing more may wait, the store is away, no commit in time | 503: send again |

use super::answer::{self, Wrong};
use super::writer::Waiting;
use super::{Shared, log};
use crate::collection::notice::{NoticeReply, UNKNOWN_ACCOUNT};
use crate::collection::notice_hear::{Heard, Source};
use crate::collection::notice_source::Scheme;
use crate::error::{Failure, Fault};
use ansinh_settlement::{Delivery, Ignored};
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Bytes;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;

pub async fn take(
    State(s): State<Arc<Shared>>,
    Path(code): Path<String>,
    request: Request,
) -> Response {
    let source = match tokio::time::timeout(s.limits.wait, s.sources.find(&s, &code)).await {
        Ok(Ok(Some(source))) => source,
        Ok(Ok(None)) => return answer::wrong(&s, Wrong::SourceUnknown, json!({"source": code})),
        Ok(Err(fault)) => return failed(&s, &code, &fault.into()),
        Err(_) => return answer::wrong(&s, Wrong::Fault, Value::Null),
    };
    let (head, body) = request.into_parts();
    let body = match whole_body(&s, &head.headers, body).await {
        Ok(body) => body,
        Err(wrong) => return answer::wrong(&s, wrong, json!({"limit": s.limits.body_bytes})),
    };
    match hear(&s, &source, &head.headers, &body) {
        Heard::Refused(e) => {
            let facts =
                json!({"source": code, "code": e.code(), "place": e.place, "expected": e.expected});
            log::line(&s, "notice_refused", &facts);
            answer::notice(&e, s.lang)
        }
        Heard::Ignored(why) => answer::json(StatusCode::OK, &ignored(&source, why)),
        Heard::Told(told) => match commit(&s, *told).await {
            Ok(reply) => taken(&s, &source, &reply),
            Err(response) => response,
        },
        Heard::Unreadable(told, e) => match commit(&s, *told).await {
            Ok(reply) => {
                let facts = json!({"source": code, "notice": reply.notice, "code": e.code(), "place": e.place});
                log::line(&s, "notice_unreadable", &facts);
                answer::notice(&e, s.lang)
            }
            Err(response) => response,
        },
    }
}

fn hear(s: &Shared, source: &Source, headers: &HeaderMap, body: &[u8]) -> Heard {
    let find = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let delivery = Delivery {
        header: &find,
        body,
        received_at: s.clock.now().0,
    };
    source.hear(&s.keys, &delivery)
}

/// The body's bytes, no more than the limit and no later than the time for it.
async fn whole_body(s: &Shared, headers: &HeaderMap, body: Body) -> Result<Bytes, Wrong> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.parse::<usize>().ok());
    if announced.is_some_and(|n| n > s.limits.body_bytes) {
        return Err(Wrong::TooLarge);
    }
    let read = Limited::new(body, s.limits.body_bytes).collect();
    match tokio::time::timeout(s.limits.wait, read).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(e)) if e.is::<LengthLimitError>() => Err(Wrong::TooLarge),
        Ok(Err(_)) => Err(Wrong::HalfBody),
        Err(_) => Err(Wrong::TooSlow),
    }
}

/// Hands a notice to the writer and waits for its commit.
async fn commit(
    s: &Shared,
    told: crate::collection::notice::Told,
) -> Result<NoticeReply, Response> {
    let (answer, answered) = oneshot::channel();
    let provider = told.provider.clone();
    let _accepted = match s.queue.try_send(Waiting { told, answer }) {
        Ok(()) => s.counts.accepted(),
        Err(TrySendError::Full(_)) => return Err(answer::wrong(s, Wrong::Busy, Value::Null)),
        Err(TrySendError::Closed(_)) => {
            return Err(answer::wrong(s, Wrong::Fault, Value::Null));
        }
    };
    match tokio::time::timeout(s.limits.wait, answered).await {
        Ok(Ok(Ok(reply))) => Ok(reply),
        Ok(Ok(Err(failure))) => Err(failed(s, &provider, &failure)),
        Ok(Err(_)) => {
            let fault = Fault::Gateway("the writer gave no answer".into());
            Err(failed(s, &provider, &fault.into()))
        }
        // It may still be committed; sent again it gets the recorded answer.
        Err(_) => Err(answer::wrong(s, Wrong::Fault, Value::Null)),
    }
}

fn failed(s: &Shared, who: &str, failure: &Failure) -> Response {
    log::line(
        s,
        "notice_failed",
        &json!({"source": who, "why": failure.to_string()}),
    );
    answer::failure(s, failure)
}

fn taken(s: &Shared, source: &Source, reply: &NoticeReply) -> Response {
    let facts = json!({"source": source.row.code, "notice": reply.notice, "amount": reply.amount, "again": reply.again});
    if reply.outcome == "conflict" {
        log::line(s, "notice_conflict", &facts);
        return answer::wrong(s, Wrong::Conflict, json!({"notice": reply.notice}));
    }
    if reply.outcome == UNKNOWN_ACCOUNT {
        log::line(s, "notice_unknown_account", &facts);
    }
    let mut body = json!({"success": true});
    if source.scheme() == Scheme::Ansinh {
        body["notice"] = json!(reply.notice);
        body["outcome"] = json!(reply.outcome);
        body["again"] = json!(reply.again);
    }
    answer::json(StatusCode::OK, &body)
}

fn ignored(source: &Source, why: Ignored) -> Value {
    let mut body = json!({"success": true});
    if source.scheme() == Scheme::Ansinh {
        body["outcome"] = json!(match why {
            Ignored::Outgoing => "outgoing",
            Ignored::NotSucceeded => "not_succeeded",
        });
    }
    body
}
