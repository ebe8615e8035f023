//! Statements on the tables of the programmes, a file for each thing.

mod cycle;
mod due;
mod enrolment;
mod entitlement;
mod law;

pub use cycle::*;
pub use due::*;
pub use enrolment::*;
pub use entitlement::*;
pub use law::*;
