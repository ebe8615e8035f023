//! Who answers which bill how: habits by exact shares, then a payment or two each.

use super::content::{self, Written};
use super::{
    Habit, Moment, PayBill, PayerConfig, Payment, Purse, Telling, booked_on, calendar,
    next_bank_day,
};
use crate::bank::Share;
use crate::days::Day;
use crate::names::{Sex, full_name};
use crate::rng::{Permutation, Rng, hash};
use crate::text::bank_name;

const BANKS: [&str; 5] = ["970405", "970415", "970418", "970422", "970436"];
/// Bank days after which a statement that has not brought the money is told of.
const HOLLOW_DAYS: usize = 4;

/// The habit of each bill, and the payments in the order in which they are made.
pub fn plan(bills: &[PayBill], config: &PayerConfig, days: &[Day]) -> (Vec<Habit>, Vec<Payment>) {
    let mut habits = habits(bills, config);
    let partners = partners(bills, &mut habits);
    let mut writer = Writer {
        bills,
        config,
        days: Days::new(config, days),
        payments: Vec::new(),
    };
    for (place, habit) in habits.iter().enumerate() {
        writer.answer(place, *habit, partners[place]);
    }
    let mut payments = writer.payments;
    payments.sort_by_key(|p| p.at);
    for (number, p) in (1..).zip(&mut payments) {
        // `FT` is the beginning of the ids that the bank gives at the close
        p.reference = format!("PN{:06}{number:08}", p.booked_on % 1_000_000);
    }
    tell(&mut payments, config, days);
    (habits, payments)
}

fn habits(bills: &[PayBill], config: &PayerConfig) -> Vec<Habit> {
    let mut habits = vec![Habit::Never; bills.len()];
    let owed = |b: &PayBill| !b.invitation && b.due_on <= config.last;
    let places = |due: bool| -> Vec<usize> {
        let open = bills.iter().enumerate().filter(|(_, b)| b.open() > 0);
        open.filter(|(_, b)| owed(b) == due)
            .map(|(place, _)| place)
            .collect()
    };
    let due = places(true);
    deal(
        &due,
        hash(config.seed, 60, 0),
        &config.habits.shares(),
        |place, habit| {
            habits[place] = habit.unwrap_or(Habit::Exact);
        },
    );
    let ahead = places(false);
    deal(
        &ahead,
        hash(config.seed, 60, 1),
        &[(config.habits.ahead, Habit::Exact)],
        |place, habit| {
            habits[place] = habit.unwrap_or(Habit::Never);
        },
    );
    for place in due {
        let last_due = bills[place].due_on >= config.last;
        if habits[place] == Habit::Late && last_due {
            habits[place] = Habit::Exact;
        }
    }
    habits
}

/// Gives each of `places` the kind that its share says, or none; by a shuffle, so that the
/// numbers are exact.
fn deal<K: Copy>(
    places: &[usize],
    seed: u64,
    shares: &[(Share, K)],
    mut give: impl FnMut(usize, Option<K>),
) {
    let all = places.len() as u64;
    if all == 0 {
        return;
    }
    let shuffle = Permutation::new(seed, all);
    for (index, place) in (0..).zip(places) {
        let mut rest = shuffle.at(index);
        let kind = shares.iter().find(|(share, _)| {
            let n = share.of(all);
            let hit = rest < n;
            rest = rest.saturating_sub(n);
            hit
        });
        give(*place, kind.map(|(_, kind)| *kind));
    }
}

/// For each bill that is paid together with another: which. The other's own payer does
/// nothing more, and where there is no other, the bill is paid alone.
fn partners(bills: &[PayBill], habits: &mut [Habit]) -> Vec<Option<usize>> {
    let mut partners = vec![None; bills.len()];
    let mut from = 0;
    for place in 0..bills.len() {
        if habits[place] != Habit::ForTwo {
            continue;
        }
        let fits = |other: usize, habits: &[Habit]| {
            habits[other] == Habit::Exact
                && !bills[other].invitation
                && bills[other].paid == 0
                && bills[place].paid == 0
                && bills[other].debtor != bills[place].debtor
        };
        match (from..bills.len()).find(|other| fits(*other, habits)) {
            Some(other) => {
                partners[place] = Some(other);
                habits[other] = Habit::Never;
                from = other + 1;
            }
            None => habits[place] = Habit::Exact,
        }
    }
    for other in partners.iter().flatten() {
        habits[*other] = Habit::ForTwo;
    }
    // of a pair only the first pays
    let mut pays = partners.clone();
    for other in partners.iter().flatten() {
        pays[*other] = Some(usize::MAX);
    }
    pays
}

/// Days on which something may be paid so that the last bank day still books it.
struct Days {
    all: Vec<Day>,
    /// Also in their last minute.
    to_the_end: Vec<Day>,
}

impl Days {
    fn new(config: &PayerConfig, bank_days: &[Day]) -> Self {
        let last = bank_days.last().copied().unwrap_or(config.last);
        let mut all = calendar(config.first, last);
        let noon = |day| {
            booked_on(Moment {
                day,
                second: 43_200,
            })
        };
        all.retain(|day| noon(*day) <= last);
        let mut to_the_end = all.clone();
        to_the_end.retain(|day| next_bank_day(*day) <= last);
        Self { all, to_the_end }
    }
}

struct Writer<'a> {
    bills: &'a [PayBill],
    config: &'a PayerConfig,
    days: Days,
    payments: Vec<Payment>,
}

impl Writer<'_> {
    fn answer(&mut self, place: usize, habit: Habit, partner: Option<usize>) {
        if habit == Habit::Never || partner == Some(usize::MAX) {
            return;
        }
        let bill = &self.bills[place];
        let mut rng = Rng::new(hash(self.config.seed, 61, place as u64));
        let sex = rng.pick(&[Sex::Female, Sex::Female, Sex::Male]);
        let purse = Purse {
            bin: rng.pick(&BANKS),
            account: format!("{:013}", 1 + rng.below(9_999_999_999_999)),
            name: bank_name(&full_name(&mut rng, sex, false)),
        };
        let mut meant = vec![place];
        let mut amount = bill.open();
        let code = bill.pay_code.as_str();
        let written = match habit {
            Habit::WrongCharacter => content::wrong_character(&mut rng, code),
            Habit::Swapped => content::swapped(&mut rng, code),
            Habit::Cut => content::cut(&mut rng, code),
            Habit::NoCode => content::no_code(&mut rng, &purse.name),
            Habit::Dressed => content::dressed(&mut rng, code, &purse.name),
            Habit::OtherForm => content::other_form(&mut rng, code),
            Habit::ForTwo => match partner {
                Some(other) => {
                    meant.push(other);
                    amount += self.bills[other].open();
                    content::codes(&[code, &self.bills[other].pay_code])
                }
                None => content::codes(&[code]),
            },
            _ => content::codes(&[code]),
        };
        match habit {
            Habit::Short if amount > 1 => amount -= part(&mut rng, amount - 1),
            Habit::Over => amount += part(&mut rng, amount),
            _ => {}
        }
        let at = self.when(&mut rng, habit, bill.due_on);
        let payment = payment(habit, meant, amount, written, at, purse);
        if habit == Habit::Twice {
            let mut again = payment.clone();
            again.at = again.at.plus(120 + rng.between(0, 780));
            again.booked_on = booked_on(again.at);
            self.payments.push(again);
        }
        self.payments.push(payment);
    }

    fn when(&self, rng: &mut Rng, habit: Habit, due: Day) -> Moment {
        let by_day = 6 * 3600 + rng.between(0, 16 * 3600 - 1);
        let (days, second) = match habit {
            Habit::BeforeMidnight if !self.days.to_the_end.is_empty() => {
                (&self.days.to_the_end, 86_340 + rng.between(0, 59))
            }
            _ => (&self.days.all, by_day),
        };
        let late = habit == Habit::Late;
        let wanted: Vec<Day> = days
            .iter()
            .copied()
            .filter(|d| (*d > due) == late)
            .collect();
        // of a bill that was due before the first day, any day is late
        let day = rng.pick(if wanted.is_empty() { days } else { &wanted });
        Moment { day, second }
    }
}

/// Whole thousands where there are some, up to `most`.
fn part(rng: &mut Rng, most: i64) -> i64 {
    let thousands = u64::try_from(most / 1000).unwrap_or(0).min(200);
    if thousands == 0 {
        return 1.min(most);
    }
    i64::try_from(1 + rng.below(thousands)).map_or(1, |n| n * 1000)
}

fn payment(
    habit: Habit,
    meant: Vec<usize>,
    amount: i64,
    written: Written,
    at: Moment,
    purse: Purse,
) -> Payment {
    let codes = meant.iter().copied().zip(written.ends).collect();
    Payment {
        habit,
        telling: Telling::InTime,
        meant,
        amount,
        content: written.text,
        codes,
        at,
        booked_on: booked_on(at),
        reference: String::new(),
        purse,
    }
}

/// Deals what the bank tells of the payments.
fn tell(payments: &mut [Payment], config: &PayerConfig, days: &[Day]) {
    let t = &config.tellings;
    let early = days.len().checked_sub(HOLLOW_DAYS + 1).map(|at| days[at]);
    let may_be_hollow = |p: &Payment| {
        p.habit == Habit::Exact && p.meant.len() == 1 && early.is_some_and(|day| p.booked_on <= day)
    };
    let exact: Vec<usize> = (0..payments.len())
        .filter(|n| may_be_hollow(&payments[*n]))
        .collect();
    let hollow = [(t.hollow, Telling::Hollow)];
    deal(&exact, hash(config.seed, 62, 0), &hollow, |n, telling| {
        payments[n].telling = telling.unwrap_or(Telling::InTime);
    });
    let rest: Vec<usize> = (0..payments.len())
        .filter(|n| payments[*n].is_money())
        .collect();
    let shares = [
        (t.late, Telling::Late),
        (t.twice, Telling::Twice),
        (t.never, Telling::Never),
    ];
    deal(&rest, hash(config.seed, 62, 1), &shares, |n, telling| {
        payments[n].telling = telling.unwrap_or(Telling::InTime);
    });
}
