//! Bad input in every place that takes any, and acts that nobody may do: each is refused
//! with a code that says why, and the books stay as they were.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "bad_input/acts.rs"]
mod acts;
#[path = "bad_input/amounts.rs"]
mod amounts;
#[path = "bad_input/dated_lists.rs"]
mod dated_lists;
#[path = "bad_input/handed_in.rs"]
mod handed_in;
#[path = "bad_input/lists.rs"]
mod lists;
mod office;
#[path = "bad_input/statements.rs"]
mod statements;
#[path = "bad_input/stored.rs"]
mod stored;
#[path = "bad_input/two_at_once.rs"]
mod two_at_once;
