//! The state machine of an instruction.

use crate::error::Reject;

/// State of one outgoing payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    Planned,
    Granted,
    Instructed,
    Accepted,
    /// Asked and not answered: it is inquired about, never sent again.
    Unknown,
    Settled,
    Rejected,
    Returned,
    Withdrawn,
}

/// What happens to an outgoing payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Grant,
    Send,
    Accept,
    NoAnswer,
    Settle,
    Reject,
    Return,
    Withdraw,
}

impl State {
    pub const ALL: &'static [(State, &'static str)] = &[
        (State::Planned, "planned"),
        (State::Granted, "granted"),
        (State::Instructed, "instructed"),
        (State::Accepted, "accepted"),
        (State::Unknown, "unknown"),
        (State::Settled, "settled"),
        (State::Rejected, "rejected"),
        (State::Returned, "returned"),
        (State::Withdrawn, "withdrawn"),
    ];

    pub fn name(self) -> &'static str {
        State::ALL
            .iter()
            .find(|(s, _)| *s == self)
            .map_or("", |(_, n)| n)
    }

    pub fn parse(name: &str) -> Option<State> {
        State::ALL.iter().find(|(_, n)| *n == name).map(|(s, _)| *s)
    }

    /// The state after `event`. Only the bank's word ends what was sent; a rejected one may
    /// still turn out to be settled.
    pub fn next(self, event: Event) -> Result<State, Reject> {
        use Event as E;
        use State as S;
        match (self, event) {
            (S::Planned, E::Grant) => Ok(S::Granted),
            (S::Granted, E::Send) => Ok(S::Instructed),
            (S::Instructed | S::Unknown, E::Accept) => Ok(S::Accepted),
            (S::Instructed | S::Accepted, E::NoAnswer) => Ok(S::Unknown),
            (S::Instructed | S::Accepted | S::Unknown | S::Rejected, E::Settle) => Ok(S::Settled),
            (S::Instructed | S::Accepted | S::Unknown, E::Reject) => Ok(S::Rejected),
            (S::Settled, E::Return) => Ok(S::Returned),
            (S::Planned | S::Granted, E::Withdraw) => Ok(S::Withdrawn),
            (state, event) => Err(Reject::StateWrong {
                what: "instruction".into(),
                id: String::new(),
                state: state.name().into(),
                needed: format!("{event:?}").to_lowercase(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a way by which money that was sent comes back to be granted or sent again.
    #[test]
    fn nothing_that_was_sent_is_sent_again() {
        let events = [
            Event::Grant,
            Event::Send,
            Event::Accept,
            Event::NoAnswer,
            Event::Settle,
            Event::Reject,
            Event::Return,
            Event::Withdraw,
        ];
        let after_send = [
            State::Instructed,
            State::Accepted,
            State::Unknown,
            State::Settled,
            State::Rejected,
            State::Returned,
        ];
        for state in after_send {
            for event in events {
                if let Ok(next) = state.next(event) {
                    assert!(after_send.contains(&next), "{state:?} {event:?} {next:?}");
                }
            }
            assert!(state.next(Event::Send).is_err());
        }
        assert!(State::Withdrawn.next(Event::Grant).is_err());
    }
}
