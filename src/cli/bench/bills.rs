//! A school of many pupils: their bills prepared and issued in one run each.

use super::{Measured, timed};
use crate::cli::demo;
use crate::collection::fee::{FeeFile, LoadFees};
use crate::collection::pupil_list_check::{ListedPayer, ListedPupil};
use crate::collection::run::PrepareBills;
use crate::collection::run_issue::IssueRun;
use crate::collection::school::ImportPupils;
use crate::error::{Failure, Fault, Reject};
use crate::ledger;
use crate::programme::Period;
use crate::setup::{RunSetup, Setup};
use crate::store::keys::KeyRing;
use crate::store::{self, Ctx, Db};
use std::path::Path;

const SETUP: &str = include_str!("../../../samples/school/setup.toml");
const FEES: &str = include_str!("../../../samples/school/fees.toml");

/// Pupils a class.
const CLASS: i64 = 40;

/// What was measured, and how many lines were posted.
pub struct Billed {
    pub steps: Vec<Measured>,
    pub lines: i64,
}

/// Sets the school up, takes the pupils over (outside the clock), prepares and issues.
pub async fn bills(db: &Db, folder: &Path, pupils: i64) -> Result<Billed, Failure> {
    let keys = KeyRing::make(&folder.join("bills.keys"))?;
    let bad = |e: toml::de::Error| Fault::Corrupt(e.to_string());
    let mut setup: Setup = toml::from_str(SETUP).map_err(bad)?;
    for year in setup
        .book
        .iter_mut()
        .filter_map(|b| b.biller.as_mut())
        .flat_map(|b| &mut b.years)
    {
        year.classes.clear();
    }
    let ctx = |who: &str| Ctx::new(who, demo::at("2026-09-08"));
    let setup = RunSetup {
        setup,
        keys: keys.clone(),
    };
    store::run(db, &ctx("setup"), &setup).await?;
    let mut tx = db.begin_read().await?;
    let book = ledger::find_book(&mut tx, "TH")
        .await?
        .ok_or(Reject::NotSetUp {
            what: "book".into(),
        })?;
    tx.rollback().await?;
    let file: FeeFile = toml::from_str(FEES).map_err(bad)?;
    let fees = LoadFees {
        book: book.clone(),
        file_name: "fees.toml".into(),
        digest: String::new(),
        file,
    };
    store::run(db, &ctx("hieu"), &fees).await?;
    let import = ImportPupils {
        book: book.clone(),
        year: "2026-2027".into(),
        file_name: "bench".into(),
        digest: String::new(),
        pupils: (0..pupils).map(pupil).collect(),
        keys,
    };
    store::run(db, &ctx("quy"), &import).await?;
    db.analyze().await?;
    let prepare = PrepareBills {
        book: book.clone(),
        year: "2026-2027".into(),
        period: Period::new(2026, 9).map_err(|_| Fault::Corrupt("period".into()))?,
        class: None,
        debtor: None,
    };
    let mut steps = Vec::new();
    let (quy, hieu) = (ctx("quy"), ctx("hieu"));
    let prepared = timed("prepare", &mut steps, store::run(db, &quy, &prepare)).await?;
    let run = prepared
        .run
        .parse()
        .map_err(|_| Fault::Corrupt("run".into()))?;
    let issue = IssueRun { book, run };
    let issued = timed("issue", &mut steps, store::run(db, &hieu, &issue)).await?;
    Ok(Billed {
        steps,
        lines: issued.lines_posted,
    })
}

fn pupil(n: i64) -> ListedPupil {
    let class = n / CLASS;
    ListedPupil {
        code: format!("HS{n:06}"),
        number: Some(format!("0012{:02}{:06}", 15 + class % 6, n % 1_000_000)),
        full_name: format!("Nguyễn Văn {n}"),
        birth: "20150605".into(),
        class: format!("{}L{class}", 1 + class % 9),
        payers: vec![ListedPayer {
            full_name: format!("Trần Thị {n}"),
            relation: "mother".into(),
            number: None,
            phone: Some(format!("09{n:08}")),
        }],
        row: 0,
    }
}
