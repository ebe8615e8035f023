//! What identifies a person on paper: numbers, names, birth dates, addresses and the
//! card's QR, read as people and offices write them.
//!
//! Pure: no clock, no store, no network. Every reader takes any text and never panics;
//! what it cannot trust comes back as a problem that names what stood there. Nothing
//! here decides who a person is, only whether two writings say the same.

pub mod address;
pub mod birth;
pub mod card_qr;
pub mod holders;
pub mod name;
pub mod number;
pub mod people;
pub mod sql;
pub mod verify;

pub use address::{Commune, commune_of};
pub use birth::{BirthDate, BirthProblem};
pub use card_qr::{CardQr, CardQrProblem};
pub use name::{ascii_key, holder_agrees, name_key, names_agree};
pub use number::{IdentityNumber, NumberProblem, OldNumber, PersonalNumber, Sex};
