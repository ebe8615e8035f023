//! A list on its way from the file to the books: read, checked, its refused lines written,
//! the others taken over. The commands and the demo share it.

use super::args::Cli;
use super::session::Session;
use crate::error::{Failure, Fault, Reject, io_fault};
use crate::gateway::list_date;
use crate::gateway::load::list_refused;
use crate::gateway::payment_file::digest_of;
use crate::gateway::register::HttpRegister;
use crate::ledger::Book;
use crate::programme::catalogue::{self, Programme};
use crate::programme::{Period, rates, sql as programme_sql};
use crate::roster::import::{ImportList, ImportReply, ListedPerson};
use crate::roster::{
    CheckResult, CheckSettings, CheckedLine, CsvRegister, RegisterLookup, RosterFile, check_list,
    read_list, write_refused,
};
use crate::store::keys::hex;
use crate::store::{Ctx, Db, migrate};
use ansinh_settlement::Dong;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// A list that was read and checked.
pub struct Checked {
    pub list: RosterFile,
    pub result: CheckResult,
    pub source: String,
    /// As of when the register spoke, UTC microseconds.
    pub as_of: i64,
}

/// What a list is checked for.
pub struct CheckFor<'a> {
    pub period: Period,
    pub programme: &'a str,
    /// Units' own standards of the programme.
    pub own_standards: Vec<(String, Dong)>,
    /// What stands in the evidence as the register.
    pub source: &'a str,
    /// Refuse a list that names another period.
    pub strict: bool,
    /// [`register_as_of`].
    pub as_of: i64,
}

/// Reads and checks a list.
pub fn read_and_check(
    file: &Path,
    register: &dyn RegisterLookup,
    what: &CheckFor<'_>,
    ctx: &Ctx,
) -> Result<Checked, Failure> {
    let list = read_list(file).map_err(|e| list_refused(&e))?;
    let period = what.period;
    if what.strict
        && let Some(listed) = list.period
        && listed != period
    {
        return Err(Reject::PeriodDiffers {
            listed: listed.to_string(),
            asked: period.to_string(),
        }
        .into());
    }
    let known_on = ctx.now.day();
    let kind = Programme::parse(what.programme).ok_or_else(|| Reject::NotFound {
        what: "programme".into(),
        id: what.programme.to_owned(),
    })?;
    let standard = catalogue::standard_on(kind, None, period, known_on).ok_or_else(|| {
        Reject::RateMissing {
            category: what.programme.to_owned(),
            period: period.to_string(),
        }
    })?;
    let mut settings = CheckSettings::new(period, standard.amount, known_on);
    settings.own_standards.clone_from(&what.own_standards);
    let result = check_list(&list, register, &settings);
    Ok(Checked {
        list,
        result,
        source: what.source.to_owned(),
        as_of: what.as_of,
    })
}

/// As of when a register speaks: the loaded one always counts, one behind a URL answers now,
/// a file says so in its first line.
pub fn register_as_of(registry: Option<&str>, ctx: &Ctx) -> i64 {
    match registry {
        None => i64::MAX,
        Some(url) if url.contains("://") => ctx.now.0,
        Some(file) => list_date::said_by(Path::new(file)),
    }
}

/// The units' own standards of a programme for a period, as known now; none where the
/// programme is not set up.
pub async fn own_standards_in(
    db: &Db,
    programme: &str,
    period: Period,
    ctx: &Ctx,
) -> Result<Vec<(String, Dong)>, Failure> {
    let mut tx = db.begin_read().await?;
    let row = programme_sql::find_programme(&mut tx, programme).await?;
    let (Some(row), Some(on)) = (row, period.first_day()) else {
        return Ok(Vec::new());
    };
    let standards = programme_sql::standards(&mut tx, row.id, on, ctx.now.day()).await?;
    tx.rollback().await?;
    Ok(rates::own_standards(&standards))
}

/// The same for a command that needs no database: where one is there and set up, its
/// standards count.
pub async fn own_standards_if_any(
    cli: &Cli,
    programme: &str,
    period: Period,
    ctx: &Ctx,
) -> Result<Vec<(String, Dong)>, Failure> {
    let file = cli.database_url.strip_prefix("sqlite:");
    let there = file.is_none_or(|f| Path::new(f.trim_start_matches("//")).exists());
    if !there {
        return Ok(Vec::new());
    }
    let db = Db::connect(&cli.database_url).await?;
    let own = match migrate::check(&db).await {
        Ok(()) => own_standards_in(&db, programme, period, ctx).await,
        Err(Failure::Reject(_)) => Ok(Vec::new()),
        Err(fault) => Err(fault),
    };
    db.close().await;
    own
}

/// The register that a word names: an URL or a CSV.
pub fn open_register(word: &str, ctx: &Ctx) -> Result<Box<dyn RegisterLookup>, Failure> {
    if word.contains("://") {
        let register = HttpRegister::new(word, &format!("{}/{}", ctx.now.0, std::process::id()))
            .map_err(|e| Reject::RegisterDown {
                url: word.to_owned(),
                why: e.detail,
            })?;
        return Ok(Box::new(register));
    }
    Ok(Box::new(
        CsvRegister::open(Path::new(word)).map_err(|e| list_refused(&e))?,
    ))
}

/// Writes the refused lines, if there are any, and never over another file: where the name
/// is taken a number goes into it. The path that it got.
pub fn write_refused_file(checked: &Checked, path: &Path) -> Result<Option<PathBuf>, Failure> {
    let lines = &checked.result.lines;
    if lines.iter().all(CheckedLine::is_accepted) {
        return Ok(None);
    }
    let part = PathBuf::from(format!("{}.{}.part", path.display(), std::process::id()));
    let file = std::fs::File::create(&part).map_err(io_fault(&part))?;
    let written = write_refused(&checked.list, lines, std::io::BufWriter::new(file))
        .map_err(|e| Fault::Gateway(format!("{}: {e}", path.display())));
    let placed = written.and_then(|_| place_beside(&part, path));
    std::fs::remove_file(&part).map_err(io_fault(&part))?;
    Ok(Some(placed?))
}

/// Gives the file the name, or `NAME-2`, `NAME-3` where it is taken.
fn place_beside(part: &Path, path: &Path) -> Result<PathBuf, Fault> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    let numbered = (2..).map(|n: u32| path.with_file_name(format!("{stem}-{n}.{ending}")));
    for name in std::iter::once(path.to_owned()).chain(numbered) {
        match std::fs::hard_link(part, &name) {
            Ok(()) => return Ok(name),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(io_fault(&name)(e)),
        }
    }
    Err(Fault::Gateway(format!("{}: no free name", path.display())))
}

/// What a register that keeps no version answered: the same answers are the same register.
pub fn answers_of(checked: &Checked) -> String {
    let mut hash = Sha256::new();
    for line in &checked.result.lines {
        hash.update(serde_json::to_vec(line).unwrap_or_default());
        for reason in line.reasons() {
            hash.update(reason.code.code());
        }
        hash.update(line.full_name().unwrap_or_default());
        hash.update("\n");
    }
    format!("url/{}", hex(&hash.finalize()))
}

/// Takes over the accepted lines of a checked list.
pub async fn take_over(
    session: &Session,
    book: &Book,
    checked: &Checked,
    file: &Path,
    period: Period,
    programme: &str,
    register: String,
) -> Result<ImportReply, Failure> {
    let people: Vec<ListedPerson> = checked
        .result
        .lines
        .iter()
        .filter_map(|l| ListedPerson::of(l, &checked.source, checked.as_of))
        .collect();
    session
        .run(&ImportList {
            book: book.clone(),
            programme: programme.to_owned(),
            period,
            file_name: file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            digest: digest_of(file)?,
            register,
            lines: i64::try_from(checked.result.lines.len()).unwrap_or(i64::MAX),
            people,
            by_category: checked.result.totals.by_category.clone(),
            keys: session.keys.clone(),
        })
        .await
}
