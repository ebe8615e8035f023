//! How an incoming payment is split: pure, guards in order, never a guess.
//!
//! | what the content or the account names | share | rule |
//! |---|---|---|
//! | the code of another book's bill | all to suspense | `foreign_code` |
//! | a bill that is a draft, or is paid to another account of ours | all to suspense | `wrong_account`, `not_issued` |
//! | one bill | all to that bill | `exact`, `short`, `over`, `twice`, `cancelled` |
//! | several bills, and their totals are the amount | each its total | `split` |
//! | several bills, and they are not | each at most its total, by due date, then number; the rest to the first | `ordered` |
//! | a code that no bill has, beside bills whose totals are not the amount | all to suspense | `wrong_code` |
//! | no code, but the virtual account of a debtor | the debtor's open bills by due date, the rest to the credit | `virtual_account` |
//! | something that looks like a code | all to suspense, with candidates | `wrong_code` |
//! | nothing | all to suspense | `unknown` |
//!
//! The share of a bill goes to what its lines are open, in the order of the lines, money of
//! others (thu hộ) first or last as the biller says; more than that is the debtor's credit.
//! A bill that is cancelled or written off takes nothing, so its share is credit.
//!
//! Shares of several bills are cut by totals and not by what is open, because then they do
//! not depend on which payment came first: the same payments in any order leave the same
//! sums. For the same reason all of one payment stands or falls together.

use serde::{Deserialize, Serialize};

/// Why a payment was split as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    Exact,
    Short,
    Over,
    Twice,
    Cancelled,
    Split,
    Ordered,
    VirtualAccount,
    ForeignCode,
    WrongAccount,
    NotIssued,
    WrongCode,
    Unknown,
}

impl Rule {
    pub fn name(self) -> &'static str {
        match self {
            Rule::Exact => "exact",
            Rule::Short => "short",
            Rule::Over => "over",
            Rule::Twice => "twice",
            Rule::Cancelled => "cancelled",
            Rule::Split => "split",
            Rule::Ordered => "ordered",
            Rule::VirtualAccount => "virtual_account",
            Rule::ForeignCode => "foreign_code",
            Rule::WrongAccount => "wrong_account",
            Rule::NotIssued => "not_issued",
            Rule::WrongCode => "wrong_code",
            Rule::Unknown => "unknown",
        }
    }
}

/// What a bill may still take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Draft,
    /// Issued, whether or not something was paid; also after its due date.
    Live,
    /// Cancelled or written off.
    Closed,
}

/// A line of a bill, with the accounts that its money moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineDue {
    pub id: i64,
    pub no: i64,
    /// đồng.
    pub amount: i64,
    pub paid: i64,
    /// None for a voluntary contribution: nothing is owed, it is income when it comes.
    pub receivable_id: Option<i64>,
    /// Income, or `uncollected` for money of others.
    pub against_id: i64,
    /// `onward` for money of others.
    pub onward_id: Option<i64>,
}

/// A bill as the decision needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillDue {
    pub id: i64,
    pub debtor_id: i64,
    pub standing: Standing,
    pub bank_account_id: i64,
    /// yyyymmdd.
    pub due_on: i64,
    pub total: i64,
    pub lines: Vec<LineDue>,
}

impl BillDue {
    pub fn paid(&self) -> i64 {
        self.lines.iter().map(|l| l.paid).sum()
    }

    pub fn open(&self) -> i64 {
        self.total - self.paid()
    }
}

/// What a payment names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Bills of this book by the codes of the content, as indices into the bills.
    pub bills: Vec<usize>,
    /// Codes of other books' bills.
    pub foreign: usize,
    /// Codes that are right and belong to no bill.
    pub unknown: usize,
    /// Something looks like a code.
    pub suggested: bool,
    /// The debtor of the virtual account, with the debtor's bills as indices.
    pub virtual_account: Option<(i64, Vec<usize>)>,
}

/// The money of a payment.
#[derive(Clone, Copy, Debug)]
pub struct Money {
    /// đồng, above zero.
    pub amount: i64,
    pub bank_account_id: i64,
}

/// Whether thu hộ is served before or after the biller's own lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgencyOrder {
    First,
    Last,
}

/// Where a part of a payment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// On line `line` of bill `bill`, both indices.
    Line {
        bill: usize,
        line: usize,
        amount: i64,
    },
    Credit {
        debtor_id: i64,
        amount: i64,
    },
    Suspense {
        amount: i64,
    },
}

impl Part {
    pub fn amount(&self) -> i64 {
        match self {
            Part::Line { amount, .. } | Part::Credit { amount, .. } | Part::Suspense { amount } => {
                *amount
            }
        }
    }
}

/// Splits a payment and moves `paid` of the lines that it reaches; the parts sum to the
/// amount.
pub fn allocate(
    bills: &mut [BillDue],
    money: Money,
    named: &Named,
    order: AgencyOrder,
) -> (Rule, Vec<Part>) {
    let amount = money.amount;
    let suspend = |rule| (rule, vec![Part::Suspense { amount }]);
    if named.foreign > 0 {
        return suspend(Rule::ForeignCode);
    }
    if named.bills.is_empty() {
        return match &named.virtual_account {
            Some((debtor, own)) if named.unknown == 0 => (
                Rule::VirtualAccount,
                by_due(bills, *debtor, own, money, order),
            ),
            _ if named.unknown > 0 || named.suggested => suspend(Rule::WrongCode),
            _ => suspend(Rule::Unknown),
        };
    }
    let named_bills = || named.bills.iter().map(|i| &bills[*i]);
    if named_bills().any(|b| b.bank_account_id != money.bank_account_id) {
        return suspend(Rule::WrongAccount);
    }
    if named_bills().any(|b| b.standing == Standing::Draft) {
        return suspend(Rule::NotIssued);
    }
    let totals: i64 = named_bills().map(|b| b.total).sum();
    if named.unknown > 0 && totals != amount {
        return suspend(Rule::WrongCode);
    }
    let mut served = named.bills.clone();
    served.sort_by_key(|i| (bills[*i].due_on, bills[*i].id));
    served.dedup();
    let rule = rule_of(bills, &served, amount, totals);
    let mut left = amount;
    let mut shares: Vec<(usize, i64)> = Vec::with_capacity(served.len());
    for index in &served {
        let share = left.min(bills[*index].total);
        shares.push((*index, share));
        left -= share;
    }
    if let Some(first) = shares.first_mut() {
        first.1 += left;
    }
    let mut parts = Vec::new();
    for (index, share) in shares {
        serve(&mut bills[index], index, share, order, &mut parts);
    }
    (rule, parts)
}

fn rule_of(bills: &[BillDue], served: &[usize], amount: i64, totals: i64) -> Rule {
    let [only] = served else {
        return if totals == amount {
            Rule::Split
        } else {
            Rule::Ordered
        };
    };
    let bill = &bills[*only];
    match bill.open() {
        _ if bill.standing == Standing::Closed => Rule::Cancelled,
        0 => Rule::Twice,
        open if amount == open => Rule::Exact,
        open if amount < open => Rule::Short,
        _ => Rule::Over,
    }
}

/// Puts a share on the lines of a bill; what it cannot take is the debtor's credit.
fn serve(bill: &mut BillDue, index: usize, share: i64, order: AgencyOrder, parts: &mut Vec<Part>) {
    let mut left = share;
    if bill.standing == Standing::Live {
        let mut lines: Vec<usize> = (0..bill.lines.len()).collect();
        lines.sort_by_key(|l| {
            let line = &bill.lines[*l];
            let agency = line.onward_id.is_some();
            (agency != (order == AgencyOrder::First), line.no)
        });
        for line in lines {
            let due = &mut bill.lines[line];
            let amount = left.min(due.amount - due.paid);
            if amount > 0 {
                due.paid += amount;
                left -= amount;
                parts.push(Part::Line {
                    bill: index,
                    line,
                    amount,
                });
            }
        }
    }
    if left > 0 {
        parts.push(Part::Credit {
            debtor_id: bill.debtor_id,
            amount: left,
        });
    }
}

/// Serves the open bills of one debtor by due date, from a payment or from the credit; what
/// they do not take is credit. Invitations (nothing owed) are not served unasked.
pub fn by_due(
    bills: &mut [BillDue],
    debtor_id: i64,
    own: &[usize],
    money: Money,
    order: AgencyOrder,
) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut left = money.amount;
    let mut served: Vec<usize> = own
        .iter()
        .copied()
        .filter(|i| {
            let b = &bills[*i];
            b.standing == Standing::Live
                && b.bank_account_id == money.bank_account_id
                && b.lines.iter().all(|l| l.receivable_id.is_some())
        })
        .collect();
    served.sort_by_key(|i| (bills[*i].due_on, bills[*i].id));
    served.dedup();
    for index in served {
        let share = left.min(bills[index].open());
        if share > 0 {
            serve(&mut bills[index], index, share, order, &mut parts);
            left -= share;
        }
    }
    if left > 0 {
        parts.push(Part::Credit {
            debtor_id,
            amount: left,
        });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A bill of account 1 with lines of (amount, is it thu hộ).
    fn bill(id: i64, debtor_id: i64, due_on: i64, lines: &[(i64, bool)]) -> BillDue {
        let lines: Vec<LineDue> = lines
            .iter()
            .enumerate()
            .map(|(n, (amount, agency))| {
                let no = i64::try_from(n).unwrap() + 1;
                LineDue {
                    id: id * 100 + no,
                    no,
                    amount: *amount,
                    paid: 0,
                    receivable_id: Some(1_000 + no),
                    against_id: 2_000 + no,
                    onward_id: agency.then_some(3_000 + no),
                }
            })
            .collect();
        BillDue {
            id,
            debtor_id,
            standing: Standing::Live,
            bank_account_id: 1,
            due_on,
            total: lines.iter().map(|l| l.amount).sum(),
            lines,
        }
    }

    fn named(bills: &[usize]) -> Named {
        Named {
            bills: bills.to_vec(),
            ..Named::default()
        }
    }

    fn pay(bills: &mut [BillDue], amount: i64, named: &Named) -> (Rule, Vec<Part>) {
        let money = Money {
            amount,
            bank_account_id: 1,
        };
        allocate(bills, money, named, AgencyOrder::First)
    }

    fn line(bill: usize, line: usize, amount: i64) -> Part {
        Part::Line { bill, line, amount }
    }

    fn credit(debtor_id: i64, amount: i64) -> Part {
        Part::Credit { debtor_id, amount }
    }

    /// Catches a rule that puts one bill's money elsewhere, or serves lines in another order.
    #[test]
    fn one_bill_takes_what_it_is_owed_and_the_rest_is_credit() {
        let fresh = || {
            vec![bill(
                1,
                7,
                20_260_610,
                &[(100, false), (40, true), (60, false)],
            )]
        };
        let mut b = fresh();
        assert_eq!(
            pay(&mut b, 200, &named(&[0])),
            (
                Rule::Exact,
                vec![line(0, 1, 40), line(0, 0, 100), line(0, 2, 60)]
            )
        );
        assert_eq!(
            pay(&mut b, 200, &named(&[0])),
            (Rule::Twice, vec![credit(7, 200)])
        );
        let mut b = fresh();
        assert_eq!(
            pay(&mut b, 90, &named(&[0])),
            (Rule::Short, vec![line(0, 1, 40), line(0, 0, 50)])
        );
        assert_eq!(
            pay(&mut b, 120, &named(&[0])),
            (
                Rule::Over,
                vec![line(0, 0, 50), line(0, 2, 60), credit(7, 10)]
            )
        );
        let mut b = fresh();
        let money = Money {
            amount: 90,
            bank_account_id: 1,
        };
        assert_eq!(
            allocate(&mut b, money, &named(&[0]), AgencyOrder::Last).1,
            [line(0, 0, 90)]
        );
        let mut b = fresh();
        b[0].standing = Standing::Closed;
        assert_eq!(
            pay(&mut b, 50, &named(&[0])),
            (Rule::Cancelled, vec![credit(7, 50)])
        );
        assert_eq!(b[0].paid(), 0);
    }

    /// Catches a guess: money put on a bill that the payment does not name without doubt.
    #[test]
    fn what_is_not_certain_waits_in_suspense() {
        let cases: Vec<(Rule, Named, BillDue)> = vec![
            (
                Rule::ForeignCode,
                Named {
                    foreign: 1,
                    ..named(&[0])
                },
                bill(1, 7, 1, &[(100, false)]),
            ),
            (
                Rule::WrongAccount,
                named(&[0]),
                BillDue {
                    bank_account_id: 2,
                    ..bill(1, 7, 1, &[(100, false)])
                },
            ),
            (
                Rule::NotIssued,
                named(&[0]),
                BillDue {
                    standing: Standing::Draft,
                    ..bill(1, 7, 1, &[(100, false)])
                },
            ),
            (
                Rule::WrongCode,
                Named {
                    unknown: 1,
                    ..named(&[0])
                },
                bill(1, 7, 1, &[(60, false)]),
            ),
            (
                Rule::WrongCode,
                Named {
                    unknown: 1,
                    ..named(&[])
                },
                bill(1, 7, 1, &[(100, false)]),
            ),
            (
                Rule::WrongCode,
                Named {
                    suggested: true,
                    ..named(&[])
                },
                bill(1, 7, 1, &[(100, false)]),
            ),
            (Rule::Unknown, named(&[]), bill(1, 7, 1, &[(100, false)])),
        ];
        for (rule, named, b) in cases {
            let mut bills = vec![b];
            assert_eq!(
                pay(&mut bills, 100, &named),
                (rule, vec![Part::Suspense { amount: 100 }]),
                "{named:?}"
            );
            assert_eq!(bills[0].paid(), 0, "{rule:?}");
        }
        // A stray code beside a bill that the amount proves is no doubt.
        let mut bills = vec![bill(1, 7, 1, &[(100, false)])];
        let both = Named {
            unknown: 1,
            ..named(&[0])
        };
        assert_eq!(
            pay(&mut bills, 100, &both),
            (Rule::Exact, vec![line(0, 0, 100)])
        );
    }

    /// Catches a transfer for two pupils that pays one twice, or serves the later bill first.
    #[test]
    fn one_transfer_for_two_pupils_is_split_by_totals() {
        let fresh = || {
            vec![
                bill(2, 8, 20_260_620, &[(80, false)]),
                bill(1, 7, 20_260_610, &[(100, false)]),
            ]
        };
        let mut b = fresh();
        assert_eq!(
            pay(&mut b, 180, &named(&[0, 1])),
            (Rule::Split, vec![line(1, 0, 100), line(0, 0, 80)])
        );
        let mut b = fresh();
        assert_eq!(
            pay(&mut b, 150, &named(&[0, 1])),
            (Rule::Ordered, vec![line(1, 0, 100), line(0, 0, 50)])
        );
        let mut b = fresh();
        assert_eq!(
            pay(&mut b, 200, &named(&[0, 1])),
            (
                Rule::Ordered,
                vec![line(1, 0, 100), credit(7, 20), line(0, 0, 80)]
            )
        );
    }

    /// Catches a virtual account that pays an invitation nobody accepted, or a later bill first.
    #[test]
    fn a_virtual_account_serves_its_debtor_by_due_date() {
        let mut gift = bill(3, 7, 20_260_601, &[(30, false)]);
        gift.lines[0].receivable_id = None;
        let mut b = vec![
            bill(2, 7, 20_260_620, &[(80, false)]),
            bill(1, 7, 20_260_610, &[(100, false)]),
            gift,
        ];
        let va = Named {
            virtual_account: Some((7, vec![0, 1, 2])),
            ..Named::default()
        };
        assert_eq!(
            pay(&mut b, 190, &va),
            (
                Rule::VirtualAccount,
                vec![line(1, 0, 100), line(0, 0, 80), credit(7, 10)]
            )
        );
        assert_eq!(
            pay(&mut b, 30, &named(&[2])),
            (Rule::Exact, vec![line(2, 0, 30)])
        );
    }

    /// (bills as (debtor, line amounts), payments as (amount, named bills)).
    type Case = (Vec<(i64, Vec<(i64, bool)>)>, Vec<(i64, Vec<usize>)>);

    fn case() -> impl Strategy<Value = Case> {
        let bills = prop::collection::vec(
            (
                0i64..3,
                prop::collection::vec((1i64..1_000, any::<bool>()), 1..4),
            ),
            1..5,
        );
        bills.prop_flat_map(|bills| {
            let n = bills.len();
            let payments =
                prop::collection::vec((1i64..4_000, prop::collection::vec(0..n, 0..4)), 1..8);
            (Just(bills), payments)
        })
    }

    /// Sums by debtor and kind of place: (on bills, in credit, in suspense), and by bill.
    fn sums(case: &Case, order: &[usize], agency: AgencyOrder) -> Vec<(i64, i64, i64)> {
        let mut bills: Vec<BillDue> = case
            .0
            .iter()
            .zip(1i64..)
            .map(|((debtor, lines), id)| bill(id, *debtor, 20_260_600 + id % 3, lines))
            .collect();
        let mut out = vec![(0, 0, 0); 4];
        for at in order {
            let (amount, codes) = &case.1[*at];
            let mut codes = codes.clone();
            codes.sort_unstable();
            codes.dedup();
            let money = Money {
                amount: *amount,
                bank_account_id: 1,
            };
            let (_, parts) = allocate(&mut bills, money, &named(&codes), agency);
            assert_eq!(parts.iter().map(Part::amount).sum::<i64>(), *amount);
            for part in parts {
                match part {
                    Part::Line { bill, amount, .. } => {
                        out[usize::try_from(bills[bill].debtor_id).unwrap()].0 += amount;
                    }
                    Part::Credit { debtor_id, amount } => {
                        out[usize::try_from(debtor_id).unwrap()].1 += amount;
                    }
                    Part::Suspense { amount } => out[3].2 += amount,
                }
            }
        }
        for b in &bills {
            assert!(b.paid() <= b.total && b.lines.iter().all(|l| l.paid <= l.amount));
            out.push((b.paid(), 0, 0));
            out.extend(b.lines.iter().map(|l| (l.paid, 0, 0)));
        }
        out
    }

    proptest! {
        /// Catches a đồng that is lost or made, a line paid beyond its amount, and a sum that
        /// depends on which payment came first.
        #[test]
        fn every_order_of_payments_leaves_the_same_sums(
            (case, shuffled) in case().prop_flat_map(|c| {
                let order: Vec<usize> = (0..c.1.len()).collect();
                (Just(c), Just(order).prop_shuffle())
            }),
            first in any::<bool>(),
        ) {
            let agency = if first { AgencyOrder::First } else { AgencyOrder::Last };
            let straight: Vec<usize> = (0..case.1.len()).collect();
            prop_assert_eq!(sums(&case, &straight, agency), sums(&case, &shuffled, agency));
        }
    }
}
