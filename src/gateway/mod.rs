//! The outside world's side doors: the register over HTTP, payment files out, bank files
//! in, messages to banks' hosts. Nothing here holds a Tx open while it talks to the outside.

pub mod holders;
pub mod intake;
pub mod iso8583;
pub mod list_date;
pub mod load;
pub mod message_file;
pub mod payment_file;
pub mod register;
