//! The states of a bill and what moves it between them (design: states of a bill).

use crate::error::Reject;

/// Where a bill stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BillState {
    Draft,
    Issued,
    PartlyPaid,
    Paid,
    Cancelled,
    WrittenOff,
}

/// What happens to a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillChange {
    Issue,
    /// `paid` of `total` is allocated to it now, more or less than before.
    Allocate {
        paid: i64,
        total: i64,
    },
    Cancel,
    WriteOff,
}

impl BillState {
    pub const ALL: &'static [(BillState, &'static str)] = &[
        (BillState::Draft, "draft"),
        (BillState::Issued, "issued"),
        (BillState::PartlyPaid, "partly_paid"),
        (BillState::Paid, "paid"),
        (BillState::Cancelled, "cancelled"),
        (BillState::WrittenOff, "written_off"),
    ];

    pub fn name(self) -> &'static str {
        BillState::ALL
            .iter()
            .find(|(s, _)| *s == self)
            .map_or("", |(_, n)| n)
    }

    pub fn parse(name: &str) -> Option<BillState> {
        BillState::ALL
            .iter()
            .find(|(_, n)| *n == name)
            .map(|(s, _)| *s)
    }

    /// True while money for it is expected.
    pub fn is_open(self) -> bool {
        matches!(self, BillState::Issued | BillState::PartlyPaid)
    }

    /// The state after a change of the bill that people call `name`.
    pub fn next(self, name: &str, change: BillChange) -> Result<BillState, Reject> {
        use BillState::*;
        let wrong = |needed: &str| Reject::StateWrong {
            what: "bill".into(),
            id: name.into(),
            state: self.name().into(),
            needed: needed.into(),
        };
        match (self, change) {
            (Draft, BillChange::Issue) => Ok(Issued),
            (_, BillChange::Issue) => Err(wrong("draft")),
            (Issued | PartlyPaid | Paid, BillChange::Allocate { paid, total }) => Ok(match paid {
                0 if total > 0 => Issued,
                paid if paid < total => PartlyPaid,
                _ => Paid,
            }),
            (_, BillChange::Allocate { .. }) => Err(wrong("issued, partly_paid, paid")),
            (Draft | Issued | PartlyPaid | Paid, BillChange::Cancel) => Ok(Cancelled),
            (_, BillChange::Cancel) => Err(wrong("draft, issued, partly_paid, paid")),
            (Issued | PartlyPaid, BillChange::WriteOff) => Ok(WrittenOff),
            (_, BillChange::WriteOff) => Err(wrong("issued, partly_paid")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a bill that is cancelled twice, paid after it was closed, or issued twice.
    #[test]
    fn only_the_states_of_the_design_follow_each_other() {
        use BillState::*;
        let pay = |paid| BillChange::Allocate { paid, total: 10 };
        let cases = [
            (Draft, BillChange::Issue, Some(Issued)),
            (Issued, BillChange::Issue, None),
            (Issued, pay(3), Some(PartlyPaid)),
            (PartlyPaid, pay(10), Some(Paid)),
            (Paid, pay(0), Some(Issued)),
            (Cancelled, pay(3), None),
            (WrittenOff, pay(3), None),
            (Draft, pay(3), None),
            (Draft, BillChange::Cancel, Some(Cancelled)),
            (PartlyPaid, BillChange::Cancel, Some(Cancelled)),
            (Paid, BillChange::Cancel, Some(Cancelled)),
            (Cancelled, BillChange::Cancel, None),
            (WrittenOff, BillChange::Cancel, None),
            (PartlyPaid, BillChange::WriteOff, Some(WrittenOff)),
            (Paid, BillChange::WriteOff, None),
            (Draft, BillChange::WriteOff, None),
        ];
        for (state, change, want) in cases {
            assert_eq!(state.next("1", change).ok(), want, "{state:?} {change:?}");
        }
    }
}
