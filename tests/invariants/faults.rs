//! What the bank gets wrong on a day.

use ansinh_simulator::rng::Rng;
use ansinh_simulator::{Faults, Share};

/// Each kind of fault on one day in three, in a share of its own.
pub fn random(rng: &mut Rng) -> Faults {
    let mut faults = Faults::NONE;
    for name in [
        "closed",
        "closed_later",
        "late",
        "doubled",
        "redelivered",
        "short",
        "excess",
        "misdirected",
        "cut_reference",
        "dropped",
        "foreign_debit",
        "fee",
        "foreign_credit",
    ] {
        if rng.chance(330) {
            let share = Share {
                per_mille: rng.between(0, 80),
                exactly: rng.between(0, 2),
            };
            if let Some(fault) = faults.by_name(name) {
                *fault = share;
            }
        }
    }
    faults
}
