//! What is answered: JSON, and for whatever is not done `{"error":{code,message,data}}`,
//! the envelope of the command line. This file alone knows the statuses.

use super::Shared;
use crate::error::{Failure, Lang, Reject};
use crate::words::{self, codes};
use ansinh_settlement::NoticeError;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

macro_rules! wrongs {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:ident;)*) => {
        /// What only a server answers; all else is a `Reject` or an error of a notice.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Wrong { $($(#[$doc])* $name,)* }

        impl Wrong {
            pub fn code(self) -> &'static str {
                match self { $(Wrong::$name => $code,)* }
            }

            fn status(self) -> StatusCode {
                match self { $(Wrong::$name => StatusCode::$status,)* }
            }

            /// Every code, for the page of errors and its test.
            pub const CODES: &'static [&'static str] = &[$($code),*];
        }
    };
}

wrongs! {
    Address = "address_unknown", NOT_FOUND;
    Method = "method_not_allowed", METHOD_NOT_ALLOWED;
    /// The body ended before its length, or the connection broke.
    HalfBody = "half_body", BAD_REQUEST;
    TooLarge = "too_large", PAYLOAD_TOO_LARGE;
    TooSlow = "too_slow", REQUEST_TIMEOUT;
    SourceUnknown = "source_unknown", NOT_FOUND;
    /// The id is known with other content.
    Conflict = "notice_conflict", CONFLICT;
    /// No token, or one that lets nobody in.
    NotLetIn = "not_let_in", UNAUTHORIZED;
    /// Everything that may wait is waiting.
    Busy = "busy", SERVICE_UNAVAILABLE;
    /// Not known to be done: the sender sends again.
    Fault = "fault", SERVICE_UNAVAILABLE;
}

pub fn json(status: StatusCode, value: &Value) -> Response {
    let kind = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, kind)], value.to_string()).into_response()
}

fn error(status: StatusCode, code: &str, message: String, data: Value) -> Response {
    let body = json!({"error": {"code": code, "message": message, "data": data}});
    json(status, &body)
}

fn with(mut response: Response, name: HeaderName, value: &'static str) -> Response {
    let value = HeaderValue::from_static(value);
    response.headers_mut().insert(name, value);
    response
}

/// The answer to what only a server meets.
pub fn wrong(s: &Shared, wrong: Wrong, data: Value) -> Response {
    let message = words::say(codes::HTTP, wrong.code(), s.lang);
    let allow = data["expected"].as_str().unwrap_or_default() == "GET";
    let response = error(wrong.status(), wrong.code(), message, data);
    match wrong {
        Wrong::Method if allow => with(response, header::ALLOW, "GET"),
        Wrong::Method => with(response, header::ALLOW, "POST"),
        Wrong::NotLetIn => with(response, header::WWW_AUTHENTICATE, "Bearer"),
        Wrong::Busy | Wrong::Fault => with(response, header::RETRY_AFTER, "1"),
        _ => response,
    }
}

/// The answer to a delivery that cannot be trusted (401) or not be booked (422).
pub fn notice(e: &NoticeError, lang: Lang) -> Response {
    let status = if e.is_untrusted() {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let data = json!({"place": e.place, "found": e.found, "expected": e.expected});
    error(
        status,
        e.code(),
        words::say(codes::NOTICE_ERRORS, e.code(), lang),
        data,
    )
}

/// The answer to a command that was not done. What failed beneath is for the log.
pub fn failure(s: &Shared, failure: &Failure) -> Response {
    match failure {
        Failure::Fault(_) => wrong(s, Wrong::Fault, Value::Null),
        Failure::Reject(r) => error(status_of(r), r.code(), r.message(s.lang), r.data()),
    }
}

/// The status of a refusal that a server can meet. Nothing that a sender says can be
/// refused by the books: what is (a clock that stands back, an account that is gone) somebody
/// here must mend, and then the same notice is taken.
fn status_of(reject: &Reject) -> StatusCode {
    match reject {
        Reject::NotFound { .. } => StatusCode::NOT_FOUND,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}
