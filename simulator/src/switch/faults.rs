//! What the host does wrong on purpose. Each message about money meets at most one fault.

use serde::Serialize;

use crate::rng::{hash, hash_text};

/// How often each happens, per mille of messages about money (transfer, inquiry, reversal).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SwitchFaults {
    pub seed: u64,
    /// Nothing is done and nothing is said.
    pub no_answer: u64,
    /// Done, and answered after `late_ms`.
    pub late: u64,
    pub late_ms: u64,
    /// Done, and nothing is said.
    pub lost_after_booking: u64,
    /// Done, and answered twice.
    pub duplicate: u64,
    /// Done; the answer's MAC is wrong.
    pub wrong_mac: u64,
    /// Done; bytes come in place of the answer.
    pub garbage: u64,
    /// Done; half the answer comes, then the connection ends.
    pub half_frame: u64,
    /// Done; the answer comes byte by byte, `slow_ms` apart.
    pub slow_frame: u64,
    pub slow_ms: u64,
    /// Done, nothing is said, and the host is down for `down_ms`.
    pub host_down: u64,
    pub down_ms: u64,
    /// Not done, and refused by this response code.
    pub refuse: Vec<(&'static str, u64)>,
    /// Answered by 68; done for every second of them.
    pub late_response: u64,
}

/// A fault of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SwitchFault {
    NoAnswer,
    Late,
    LostAfterBooking,
    Duplicate,
    WrongMac,
    Garbage,
    HalfFrame,
    SlowFrame,
    HostDown,
    /// By this code.
    Refuse(&'static str),
    /// 68, done or not.
    LateResponse {
        booked: bool,
    },
}

impl SwitchFaults {
    /// The fault that the `attempt`-th message of this RRN meets.
    #[must_use]
    pub fn of(&self, rrn: &str, attempt: u64) -> Option<SwitchFault> {
        let roll = hash(self.seed, 8_583 + attempt, hash_text(0, rrn));
        let booked = (roll / 1_000).is_multiple_of(2);
        let mut rest = roll % 1_000;
        let shares = [
            (self.no_answer, SwitchFault::NoAnswer),
            (self.late, SwitchFault::Late),
            (self.lost_after_booking, SwitchFault::LostAfterBooking),
            (self.duplicate, SwitchFault::Duplicate),
            (self.wrong_mac, SwitchFault::WrongMac),
            (self.garbage, SwitchFault::Garbage),
            (self.half_frame, SwitchFault::HalfFrame),
            (self.slow_frame, SwitchFault::SlowFrame),
            (self.host_down, SwitchFault::HostDown),
            (self.late_response, SwitchFault::LateResponse { booked }),
        ];
        let refusals = self
            .refuse
            .iter()
            .map(|(rc, n)| (*n, SwitchFault::Refuse(rc)));
        for (share, fault) in shares.into_iter().chain(refusals) {
            if rest < share {
                return Some(fault);
            }
            rest -= share;
        }
        None
    }
}
