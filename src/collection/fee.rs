//! `fee load FILE`: fees, prices, planned days, what grounds take off, ceilings.
//!
//! TOML (`docs/cli.md`, fee load) or CSV of fees and prices. Whole or not at all, and the
//! same file again changes nothing. Nothing is edited: a price that differs stands beside
//! the one before it, known from the day it was loaded, so what was billed can always be
//! recomputed. A price above its province's ceiling is refused by name.

use super::fee_law::{self, Ceiling};
use super::price::{FeeKind, Form, Instalment, Per, Price, SurchargeRule};
use super::receipt_kind::{self, CANCELLATION, Settings};
use super::sql::fee::{self as sql, FeeRow, GroundRate};
use super::sql::people::{self, BillerRow};
use super::{biller, school};
use crate::access::{self, Role};
use crate::error::{Failure, Reject};
use crate::ledger::{self, Book, PostingInfo};
use crate::programme::Period;
use crate::programme::period_number;
use crate::store::{Command, Ctx, INSTALLATION, Tx};
use ansinh_settlement::{Day, Dong};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The file, as TOML has it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FeeFile {
    pub year: String,
    #[serde(default)]
    pub fee: Vec<FeeEntry>,
    #[serde(default)]
    pub price: Vec<PriceEntry>,
    #[serde(default)]
    pub plan: Vec<PlanEntry>,
    #[serde(default)]
    pub ground: Vec<GroundEntry>,
    #[serde(default)]
    pub ceiling: Vec<CeilingEntry>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FeeEntry {
    pub code: String,
    pub name: String,
    pub kind: FeeKind,
    pub third_party: Option<String>,
    /// Kind of paper; none for that of the fee's kind (`receipt_kind.rs`).
    pub receipt_kind: Option<String>,
}

/// A day of the month (15) or of the calendar ("2026-09-30").
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Due {
    DayOfMonth(i64),
    On(Day),
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PriceEntry {
    pub fee: String,
    pub grade: Option<i64>,
    pub class: Option<String>,
    pub debtor: Option<String>,
    pub per: Per,
    /// đồng
    pub price: i64,
    pub due: Due,
    pub valid_from: Day,
    pub valid_to: Option<Day>,
    pub ground: String,
    pub surcharge: Option<SurchargeRule>,
    #[serde(default)]
    pub instalments: Vec<Instalment>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PlanEntry {
    pub fee: String,
    pub period: String,
    pub days: i64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GroundEntry {
    pub ground: String,
    pub fee: Option<String>,
    pub kind: Option<FeeKind>,
    /// Percent, as a text: "50".
    pub rate: String,
    pub basis: String,
    pub valid_from: Day,
    pub valid_to: Option<Day>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CeilingEntry {
    pub fee: String,
    #[serde(default)]
    pub grade_from: i64,
    #[serde(default = "twelve")]
    pub grade_to: i64,
    pub per: Per,
    pub ceiling: i64,
    pub ground: String,
    pub valid_from: Day,
    pub valid_to: Option<Day>,
}

fn twelve() -> i64 {
    12
}

/// `fee load`.
pub struct LoadFees {
    pub book: Book,
    pub file_name: String,
    pub digest: String,
    pub file: FeeFile,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadFeesReply {
    pub year: String,
    pub fees: i64,
    pub prices: i64,
    pub new_fees: i64,
    pub new_prices: i64,
    pub new_plans: i64,
    pub new_grounds: i64,
    pub new_ceilings: i64,
}

fn bad(place: String, found: impl ToString, expected: &str) -> Reject {
    Reject::BadInput {
        what: "fee load".into(),
        place,
        found: found.to_string(),
        expected: expected.into(),
    }
}

impl Command for LoadFees {
    const NAME: &'static str = "fee.load";
    type Reply = LoadFeesReply;

    fn books(&self) -> Vec<i64> {
        vec![INSTALLATION, self.book.id]
    }

    fn input(&self) -> Value {
        json!({"book": self.book.code, "file": self.file_name, "sha256": self.digest, "year": self.file.year})
    }

    async fn apply(&self, tx: &mut Tx, ctx: &Ctx) -> Result<LoadFeesReply, Failure> {
        let roles = [Role::SchoolHead, Role::Accountant, Role::ChiefAccountant];
        access::require(tx, ctx, self.book.id, &self.book.code, &roles).await?;
        let biller = biller::of(tx, &self.book).await?;
        let year = biller::year(tx, &self.book, &self.file.year).await?;
        let mut reply = LoadFeesReply {
            year: year.code.clone(),
            ..LoadFeesReply::default()
        };
        let fees = self.fees(tx, ctx, &mut reply).await?;
        self.ceilings(tx, ctx, &biller, &mut reply).await?;
        let load = Load {
            book: &self.book,
            today: ctx.now.day(),
            year: year.id,
            fees: &fees,
            ceilings: sql::ceilings(tx, &biller.province, &biller.ownership, ctx.now.day()).await?,
            classes: people::classes(tx, self.book.id, year.id).await?,
        };
        load.prices(tx, ctx, &self.file.price, &mut reply).await?;
        load.plans(tx, ctx, &self.file.plan, &mut reply).await?;
        load.grounds(tx, ctx, &self.file.ground, &mut reply).await?;
        Ok(reply)
    }
}

impl LoadFees {
    async fn fees(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        reply: &mut LoadFeesReply,
    ) -> Result<Vec<FeeRow>, Failure> {
        let mut known = sql::fees(tx, self.book.id).await?;
        let info = PostingInfo::new("accounts_opened", ctx, ctx.now.day(), 0);
        let papers = Settings::parse(&biller::of(tx, &self.book).await?.settings)?.kinds();
        for (n, f) in self.file.fee.iter().enumerate() {
            let place = |field: &str| format!("fee[{}].{field}", n + 1);
            if let Some(kind) = &f.receipt_kind
                && (kind == CANCELLATION || papers.iter().all(|p| p.kind != *kind))
            {
                return Err(bad(
                    place("receipt_kind"),
                    kind,
                    "a kind of paper of the set-up (book.biller.papers)",
                )
                .into());
            }
            let name_ok = |t: &str| {
                !t.is_empty()
                    && t.len() <= 40
                    && t.bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            };
            if !name_ok(&f.code) {
                return Err(bad(place("code"), &f.code, "1-40 of a-z 0-9 _").into());
            }
            if f.name.trim().is_empty() {
                return Err(bad(place("name"), "", "the name on the bill").into());
            }
            match (f.kind, f.third_party.as_deref()) {
                (FeeKind::Agency, Some(party)) if name_ok(party) => {}
                (FeeKind::Agency, found) => {
                    let found = found.unwrap_or_default();
                    return Err(bad(
                        place("third_party"),
                        found,
                        "for whom it is collected: 1-40 of a-z 0-9 _",
                    )
                    .into());
                }
                (_, Some(found)) => {
                    return Err(
                        bad(place("third_party"), found, "none: only thu hộ has one").into(),
                    );
                }
                (_, None) => {}
            }
            reply.fees += 1;
            if let Some(was) = known.iter().find(|k| k.code == f.code) {
                if (was.kind, &was.third_party) != (f.kind, &f.third_party) {
                    return Err(bad(
                        place("kind"),
                        f.kind.name(),
                        "the same kind and third party as before: take another code",
                    )
                    .into());
                }
                continue;
            }
            let against = match &f.third_party {
                Some(party) => {
                    ledger::open_account(tx, self.book.id, &info, &format!("onward/{party}"))
                        .await?;
                    format!("uncollected/{party}")
                }
                None => format!("income/{}", f.kind.name()),
            };
            let row = FeeRow {
                against_id: ledger::open_account(tx, self.book.id, &info, &against).await?,
                id: tx.reserve_ids(self.book.id, 1)?,
                code: f.code.clone(),
                name: f.name.clone(),
                kind: f.kind,
                third_party: f.third_party.clone(),
                receipt_kind: match &f.receipt_kind {
                    Some(kind) => kind.clone(),
                    None => receipt_kind::default_for(f.kind).into(),
                },
            };
            sql::insert_fee(tx, self.book.id, &row, ctx.now.0).await?;
            known.push(row);
            reply.new_fees += 1;
        }
        Ok(known)
    }

    /// The province's ceilings: those that the product brings, and those of the file.
    async fn ceilings(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        biller: &BillerRow,
        reply: &mut LoadFeesReply,
    ) -> Result<(), Failure> {
        let own = fee_law::ceilings()
            .iter()
            .filter(|c| c.province == biller.province);
        for c in own {
            sql::put_ceiling(tx, c).await?;
        }
        let known = sql::ceilings(tx, &biller.province, &biller.ownership, ctx.now.day()).await?;
        for (n, c) in self.file.ceiling.iter().enumerate() {
            if c.ceiling <= 0 || c.ground.trim().is_empty() {
                return Err(bad(
                    format!("ceiling[{}]", n + 1),
                    c.ceiling,
                    "an amount above 0 and a ground",
                )
                .into());
            }
            let row = Ceiling {
                province: biller.province.clone(),
                fee_code: c.fee.clone(),
                ownership: biller.ownership.clone(),
                grade_from: c.grade_from,
                grade_to: c.grade_to,
                per: c.per.name().into(),
                ceiling: c.ceiling,
                ground: c.ground.clone(),
                valid_from: c.valid_from,
                valid_to: c.valid_to,
                known_from: ctx.now.day(),
            };
            let same = |k: &Ceiling| {
                Ceiling {
                    known_from: row.known_from,
                    ..k.clone()
                } == row
            };
            if !known.iter().any(same) {
                sql::put_ceiling(tx, &row).await?;
                reply.new_ceilings += 1;
            }
        }
        Ok(())
    }
}

/// What the rows of a file are checked against.
struct Load<'a> {
    book: &'a Book,
    today: Day,
    year: i64,
    fees: &'a [FeeRow],
    ceilings: Vec<Ceiling>,
    classes: Vec<people::ClassRow>,
}

impl Load<'_> {
    fn fee(&self, place: String, code: &str) -> Result<&FeeRow, Reject> {
        let known = || {
            self.fees
                .iter()
                .map(|f| f.code.as_str())
                .collect::<Vec<_>>()
        };
        self.fees
            .iter()
            .find(|f| f.code == code)
            .ok_or_else(|| bad(place, code, &known().join(", ")))
    }

    async fn prices(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        entries: &[PriceEntry],
        reply: &mut LoadFeesReply,
    ) -> Result<(), Failure> {
        let mut known = sql::prices(tx, self.book.id, self.year).await?;
        for (n, entry) in entries.iter().enumerate() {
            let price = self.price(tx, n, entry).await?;
            reply.prices += 1;
            let scope = |p: &Price| (p.fee_id, p.grade, p.class_id, p.debtor_id, p.valid_from);
            let newest = known
                .iter()
                .filter(|p| scope(p) == scope(&price))
                .max_by_key(|p| (p.known_from, p.id));
            let same = newest.is_some_and(|was| {
                Price {
                    id: was.id,
                    known_from: was.known_from,
                    ..price.clone()
                } == *was
            });
            if same {
                continue;
            }
            let price = Price {
                id: tx.reserve_ids(self.book.id, 1)?,
                ..price
            };
            sql::insert_price(tx, self.book.id, self.year, &price, &ctx.actor).await?;
            known.push(price);
            reply.new_prices += 1;
        }
        Ok(())
    }

    async fn price(&self, tx: &mut Tx, n: usize, e: &PriceEntry) -> Result<Price, Failure> {
        let place = |field: &str| format!("price[{}].{field}", n + 1);
        let fee = self.fee(place("fee"), &e.fee)?;
        if e.price < 0 || e.price > Dong::PAYMENT_LIMIT.get() {
            return Err(bad(place("price"), e.price, "0 to 10^15 đồng").into());
        }
        if e.ground.trim().is_empty() {
            return Err(bad(
                place("ground"),
                "",
                "the decision or rule that sets the price",
            )
            .into());
        }
        if e.valid_to.is_some_and(|to| to < e.valid_from) {
            return Err(bad(
                place("valid_to"),
                e.valid_to.unwrap_or(e.valid_from),
                "not before valid_from",
            )
            .into());
        }
        let scopes = [e.grade.is_some(), e.class.is_some(), e.debtor.is_some()];
        if scopes.iter().filter(|s| **s).count() > 1 {
            return Err(bad(place("grade"), &e.fee, "one of grade, class, debtor").into());
        }
        if e.grade.is_some_and(|g| !(0..=12).contains(&g)) {
            return Err(bad(
                place("grade"),
                e.grade.unwrap_or_default(),
                "0 (preschool) to 12",
            )
            .into());
        }
        let class =
            match &e.class {
                None => None,
                Some(code) => Some(self.classes.iter().find(|c| c.code == *code).ok_or_else(
                    || {
                        let known: Vec<&str> =
                            self.classes.iter().map(|c| c.code.as_str()).collect();
                        bad(place("class"), code, &known.join(", "))
                    },
                )?),
            };
        let debtor_id = match &e.debtor {
            None => None,
            Some(code) => Some(school::find_debtor(tx, self.book, code).await?.id),
        };
        let due_day = match &e.due {
            Due::On(day) => day.number(),
            Due::DayOfMonth(day) if (1..=31).contains(day) => *day,
            Due::DayOfMonth(day) => {
                return Err(bad(place("due"), day, "1-31, or a day such as 2026-09-30").into());
            }
        };
        self.check_parts(&place, fee, e)?;
        let grades: Vec<i64> = match (e.grade, class) {
            (Some(grade), _) => vec![grade],
            (_, Some(class)) => vec![class.grade],
            _ if self.classes.is_empty() => (0..=12).collect(),
            _ => self.classes.iter().map(|c| c.grade).collect(),
        };
        let days = [e.valid_from, self.today.max(e.valid_from)];
        for on in days {
            if let Some(c) = fee_law::broken(
                &self.ceilings,
                &fee.code,
                e.per.name(),
                e.price,
                &grades,
                on,
            ) {
                return Err(above(fee, e.price, c).into());
            }
        }
        Ok(Price {
            id: 0,
            fee_id: fee.id,
            grade: e.grade,
            class_id: class.map(|c| c.id),
            debtor_id,
            per: e.per,
            price: e.price,
            due_day,
            surcharge: e.surcharge.clone(),
            instalments: e.instalments.clone(),
            ground: e.ground.clone(),
            valid_from: e.valid_from,
            valid_to: e.valid_to,
            known_from: self.today,
        })
    }

    fn check_parts(
        &self,
        place: &dyn Fn(&str) -> String,
        fee: &FeeRow,
        e: &PriceEntry,
    ) -> Result<(), Reject> {
        if let Some(s) = &e.surcharge {
            let form = if s.kind == "percent" { "rate" } else { &s.kind };
            if Form::parse(form, &s.value).is_none() || !(0..=365).contains(&s.after_days) {
                return Err(bad(
                    place("surcharge"),
                    format!("{} {}", s.kind, s.value),
                    "percent (to 100) or amount, after 0-365 days",
                ));
            }
            if fee.kind == FeeKind::Voluntary {
                return Err(bad(
                    place("surcharge"),
                    &s.value,
                    "none: a contribution is voluntary",
                ));
            }
        }
        let shares: Vec<i64> = e.instalments.iter().map(|i| i.share).collect();
        let rising = e.instalments.windows(2).all(|w| w[0].due_on < w[1].due_on);
        if e.instalments.len() == 1
            || e.instalments.len() > 12
            || shares.iter().any(|s| *s <= 0)
            || !rising
        {
            return Err(bad(
                place("instalments"),
                format!("{shares:?}"),
                "2-12 parts with shares above 0, due one after the other",
            ));
        }
        if !e.instalments.is_empty() && matches!(e.per, Per::AttendedDay | Per::Month) {
            return Err(bad(
                place("instalments"),
                e.per.name(),
                "term, year or once",
            ));
        }
        Ok(())
    }

    async fn plans(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        entries: &[PlanEntry],
        reply: &mut LoadFeesReply,
    ) -> Result<(), Failure> {
        for (n, p) in entries.iter().enumerate() {
            let place = |field: &str| format!("plan[{}].{field}", n + 1);
            let fee = self.fee(place("fee"), &p.fee)?;
            let period = Period::parse(&p.period).map_err(|_| Reject::PeriodInvalid {
                period: p.period.clone(),
            })?;
            if !(0..=31).contains(&p.days) {
                return Err(bad(place("days"), p.days, "0-31").into());
            }
            let period = period_number(period);
            let known = sql::plans(tx, self.book.id, period, self.today).await?;
            if known.get(&fee.id) != Some(&p.days) {
                sql::put_plan(
                    tx,
                    self.book.id,
                    fee.id,
                    period,
                    p.days,
                    self.today,
                    &ctx.actor,
                )
                .await?;
                reply.new_plans += 1;
            }
        }
        Ok(())
    }

    async fn grounds(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        entries: &[GroundEntry],
        reply: &mut LoadFeesReply,
    ) -> Result<(), Failure> {
        let known = sql::ground_rates(tx, self.book.id, self.today).await?;
        for (n, g) in entries.iter().enumerate() {
            let place = |field: &str| format!("ground[{}].{field}", n + 1);
            if Form::parse("rate", &g.rate).is_none() {
                return Err(bad(place("rate"), &g.rate, "above 0 and at most 100").into());
            }
            if g.basis.trim().is_empty() || g.ground.trim().is_empty() {
                return Err(bad(place("basis"), "", "the decision that grants it").into());
            }
            let fee_id = match &g.fee {
                Some(code) => Some(self.fee(place("fee"), code)?.id),
                None => None,
            };
            let row = GroundRate {
                ground: g.ground.clone(),
                fee_id,
                kind: g.kind.map(|k| k.name().to_owned()),
                rate: g.rate.clone(),
                basis: g.basis.clone(),
                valid_from: g.valid_from,
                valid_to: g.valid_to,
            };
            if !known.contains(&row) {
                let id = tx.reserve_ids(self.book.id, 1)?;
                sql::insert_ground_rate(tx, self.book.id, id, &row, self.today, &ctx.actor).await?;
                reply.new_grounds += 1;
            }
        }
        Ok(())
    }
}

/// The refusal of a price above its ceiling.
pub fn above(fee: &FeeRow, price: i64, c: &Ceiling) -> Reject {
    let money = |n: i64| Dong::new(n).unwrap_or(Dong::ZERO);
    Reject::PriceAboveCeiling {
        fee: fee.code.clone(),
        price: money(price),
        ceiling: money(c.ceiling),
        ground: c.ground.clone(),
    }
}
