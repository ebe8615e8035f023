//! What a month changes: some die, some move to another commune, some leave the
//! list, new ones come, and the commune mends a part of what was wrong.
//!
//! A change is a seed and a month; who is touched follows from both, with exact
//! numbers: of a thousand 8 die, 6 move, 5 leave, 10 come, and at least one of each.

use super::{Cohort, Kind, PEOPLE_MAX, Population};
use crate::days::{Day, Month};
use crate::rng::{Permutation, Rng, hash, to_usize};

#[derive(Clone, Debug)]
pub(super) struct Change {
    seed: u64,
    month: Month,
    /// People ever listed before the change.
    people: u64,
}

/// What the changes have made of a person.
pub(super) struct Standing {
    pub kind: Kind,
    pub commune: usize,
    pub deceased_on: Option<Day>,
    pub listed: bool,
}

const fn share(people: u64, per_mille: u64) -> u64 {
    let some = people * per_mille / 1000;
    if some == 0 { 1 } else { some }
}

impl Population {
    /// The month after: deaths (the register says so, with a day of that month, and
    /// the list has not heard of it), moves between communes, people who left the
    /// list and people who are new on it.
    #[must_use]
    pub fn next_month(&self, seed: u64) -> Self {
        let people = self.ever_listed();
        let mut next = self.clone();
        next.month = self.month.next();
        next.changes.push(Change {
            seed,
            month: next.month,
            people,
        });
        let room = PEOPLE_MAX.saturating_sub(people);
        next.cohorts.push(Cohort {
            start: people,
            size: share(people, 10).min(room),
            change: next.changes.len(),
        });
        next
    }
}

pub(super) fn standing(
    population: &Population,
    cohort: &Cohort,
    index: u64,
    first: Kind,
    commune: usize,
) -> Standing {
    let mut now = Standing {
        kind: first,
        commune,
        deceased_on: None,
        listed: true,
    };
    if first == Kind::Deceased {
        let start = population.changes.get(cohort.change.wrapping_sub(1));
        let month = start.map_or_else(|| population.first_month(), |c| c.month);
        let mut rng = Rng::new(hash(population.seed, 31, index));
        let died_in = if rng.chance(500) {
            month.previous()
        } else {
            month.previous().previous()
        };
        now.deceased_on = Some(died_in.day(rng.between(1, 28)));
    }
    for change in &population.changes[cohort.change..] {
        change.lay_over(&mut now, population, index);
    }
    now
}

impl Population {
    fn first_month(&self) -> Month {
        self.changes
            .first()
            .map_or(self.month, |change| change.month.previous())
    }
}

impl Change {
    fn lay_over(&self, now: &mut Standing, population: &Population, index: u64) {
        if !now.listed {
            return;
        }
        let mut rng = Rng::new(hash(self.seed, 32, index));
        if now.deceased_on.is_some() {
            // the commune hears of most deaths within a month
            now.listed = rng.chance(200);
            return;
        }
        let place = Permutation::new(hash(self.seed, 33, 0), self.people).at(index);
        let died = share(self.people, 8);
        let moved = died + share(self.people, 6);
        let left = moved + share(self.people, 5);
        if place < died {
            now.kind = Kind::Deceased;
            now.deceased_on = Some(self.month.day(rng.between(1, 28)));
        } else if place < moved {
            let others = population.communes.len().saturating_sub(1).max(1);
            let step = 1 + to_usize(rng.below(others as u64));
            now.commune = (now.commune + step) % population.communes.len();
        } else if place < left {
            now.listed = false;
        } else if (now.kind.category() != "MATCHED" || now.kind == Kind::Duplicate)
            && rng.chance(600)
        {
            now.kind = Kind::Clean;
        }
    }
}
