//! The log: one JSON object a line on stderr for whatever somebody must be able to look up
//! later. Never a body, a secret, a name or an account number.

use super::Shared;
use serde_json::{Value, json};

pub fn line(s: &Shared, what: &str, facts: &Value) {
    let at = s.clock.now().local_text();
    eprintln!("{}", json!({"at": at, "what": what, "facts": facts}));
}
