//! `ansinh bench`: how fast the books are, on this machine, against the bare database in
//! the same run.
//!
//! `grant` posts one batch from a fund to as many accounts; `month` runs prepare, submit,
//! approve, release, send, import and close for as many people; `bills` prepares and issues
//! the bills of a school's pupils; `notices` takes a credit notice for each of them over HTTP;
//! `transfers` sends payments by ISO 8583.
//! What is measured is the
//! commands; the people, and the bank's settlement file, are made outside the clock.

mod bills;
mod notices;
mod office;
mod sql;
mod switch;

use super::args::{BenchArgs, Cli};
use super::out::{Out, Table, money};
use crate::error::{Failure, Reject, io_fault};
use crate::ledger;
use crate::store::{DEFAULT_URL, Db, Engine, migrate};
use office::Office;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A measured step.
pub struct Measured {
    pub step: &'static str,
    pub took: Duration,
}

fn within(place: &str, found: i64, most: i64) -> Result<(), Reject> {
    if (1..=most).contains(&found) {
        return Ok(());
    }
    Err(Reject::BadInput {
        what: "bench".into(),
        place: place.into(),
        found: found.to_string(),
        expected: format!("1 - {most}"),
    })
}

pub async fn run(cli: &Cli, out: &Out, a: &BenchArgs) -> Result<(), Failure> {
    within("--pupils", a.pupils, 1_000_000)?;
    within("--lines", a.lines, 20_000_000)?;
    within("--count", a.count, 1_000_000)?;
    within("--connections", a.connections, 1_000)?;
    within("--in-flight", a.in_flight, 10_000)?;
    let folder = PathBuf::from(format!("ansinh-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(io_fault(&folder))?;
    let result = run_in(cli, out, a, &folder).await;
    std::fs::remove_dir_all(&folder).map_err(io_fault(&folder))?;
    result
}

async fn run_in(cli: &Cli, out: &Out, a: &BenchArgs, folder: &Path) -> Result<(), Failure> {
    let url = if cli.database_url == DEFAULT_URL {
        format!("sqlite:{}", folder.join("bench.db").display())
    } else {
        cli.database_url.clone()
    };
    let db = Db::connect(&url).await?;
    migrate::migrate(&db, super::demo::at("2026-01-01")).await?;
    let mut tx = db.begin_read().await?;
    let books = ledger::all_books(&mut tx).await?;
    tx.rollback().await?;
    if !books.is_empty() {
        return Err(Reject::NotEmpty {
            what: url.split('@').next_back().unwrap_or_default().to_owned(),
        }
        .into());
    }
    if a.what == "notices" {
        let taken = notices::notices(&db, folder, a.count, a.connections).await?;
        let value = notices_summary(&db, a, &taken).await?;
        db.close().await;
        out.done(&value, || notices_text(&value, out));
        return Ok(());
    }
    if a.what == "transfers" {
        let sent = switch::transfers(&db, a.count, a.in_flight).await?;
        let value = transfers_summary(&db, a, &sent).await?;
        db.close().await;
        out.done(&value, || transfers_text(&value, out));
        return Ok(());
    }
    let mut enrolled = Duration::ZERO;
    let mut months: Vec<Duration> = Vec::new();
    let (steps, transfers) = match a.what.as_str() {
        "grant" => {
            let mut office = Office::open(&db, folder).await?;
            (vec![office.grant(a.lines).await?], a.lines)
        }
        "bills" => {
            let billed = bills::bills(&db, folder, a.pupils).await?;
            (billed.steps, billed.lines)
        }
        _ => {
            let mut office = Office::open(&db, folder).await?;
            let since = crate::clock::stopwatch();
            office.enrol(a.lines).await?;
            enrolled = since.elapsed();
            for _ in 0..a.history {
                months.push(total(&office.month(out).await?));
            }
            let steps = office.month(out).await?;
            months.push(total(&steps));
            (steps, 2 * a.lines)
        }
    };
    let lines = if a.what == "bills" {
        transfers
    } else {
        a.lines
    };
    let raw = sql::bare_rows(&db, lines).await?;
    let server = db.version().await?;
    db.close().await;
    let run = Run {
        lines,
        steps,
        transfers,
        raw,
        enrolled,
        months,
        server,
    };
    let value = summary(&db, a, &run)?;
    out.done(&value, || text(&value, out));
    Ok(())
}

/// What a run measured.
struct Run {
    lines: i64,
    steps: Vec<Measured>,
    transfers: i64,
    raw: Duration,
    /// Making the people, outside the measured steps.
    enrolled: Duration,
    /// Each month in turn; the last is the one of `steps`.
    months: Vec<Duration>,
    /// The database's own name and version.
    server: String,
}

fn total(steps: &[Measured]) -> Duration {
    steps.iter().map(|s| s.took).sum()
}

/// `a` a part of `b`, as a number with three decimals: a duration of as many milliseconds.
fn ratio(a: i64, b: i64) -> f64 {
    Duration::from_millis((a.saturating_mul(1_000) / b.max(1)).unsigned_abs()).as_secs_f64()
}

fn micros(took: Duration) -> i64 {
    i64::try_from(took.as_micros()).unwrap_or(i64::MAX)
}

fn summary(db: &Db, a: &BenchArgs, run: &Run) -> Result<Value, Failure> {
    let (steps, transfers) = (&run.steps, run.transfers);
    let seconds = total(steps);
    let per_second = rate(transfers, seconds);
    let raw_per_second = rate(run.lines, run.raw);
    let first = run.months.first().copied().unwrap_or_default();
    Ok(json!({
        "bench": a.what, "lines": run.lines, "pupils": (a.what == "bills").then_some(a.pupils), "history": a.history,
        "database": if db.engine() == Engine::Sqlite { "sqlite" } else { "postgres" },
        "seconds": seconds.as_secs_f64(), "transfers": transfers,
        "transfers_per_s": per_second, "raw_rows_per_s": raw_per_second,
        "ratio_to_raw": ratio(per_second, raw_per_second),
        "micros_per_line": ratio(micros(seconds), a.lines),
        "enrol_seconds": run.enrolled.as_secs_f64(),
        "month_seconds": run.months.iter().map(Duration::as_secs_f64).collect::<Vec<_>>(),
        "last_month_to_first": (!run.months.is_empty()).then(|| ratio(micros(seconds), micros(first))),
        "peak_rss_bytes": peak_rss_bytes(),
        "steps": steps.iter().map(|s| json!({"step": s.step, "seconds": s.took.as_secs_f64()})).collect::<Vec<_>>(),
        "machine": machine(), "load_average": load_average(), "database_version": run.server,
        "version": env!("CARGO_PKG_VERSION"),
    }))
}

/// A duration in milliseconds, as a number with three decimals.
fn millis(took: Duration) -> f64 {
    Duration::from_millis(micros(took).unsigned_abs()).as_secs_f64()
}

async fn notices_summary(db: &Db, a: &BenchArgs, t: &notices::Taken) -> Result<Value, Failure> {
    Ok(json!({
        "bench": a.what, "count": a.count, "connections": a.connections,
        "database": if db.engine() == Engine::Sqlite { "sqlite" } else { "postgres" },
        "seconds": t.took.as_secs_f64(), "notices_per_s": rate(a.count, t.took),
        "commits": t.commits, "commits_per_s": rate(t.commits, t.took), "notices_per_commit": ratio(a.count, t.commits),
        "lone_commits_per_s": t.lone_commits_per_s,
        "p50_ms": millis(percentile(&t.waits, 50)), "p99_ms": millis(percentile(&t.waits, 99)), "max_ms": millis(percentile(&t.waits, 100)),
        "peak_rss_bytes": peak_rss_bytes(), "machine": machine(), "load_average": load_average(),
        "database_version": db.version().await?, "version": env!("CARGO_PKG_VERSION"),
    }))
}

async fn transfers_summary(db: &Db, a: &BenchArgs, s: &switch::Sent) -> Result<Value, Failure> {
    let wait = |part| millis(percentile(&s.waits, part));
    Ok(json!({
        "bench": a.what, "count": a.count, "in_flight": a.in_flight,
        "database": if db.engine() == Engine::Sqlite { "sqlite" } else { "postgres" },
        "seconds": s.took.as_secs_f64(), "transfers_per_s": rate(a.count, s.took),
        "p50_ms": wait(50), "p99_ms": wait(99), "max_ms": wait(100),
        "peak_rss_bytes": peak_rss_bytes(), "machine": machine(), "load_average": load_average(),
        "database_version": db.version().await?, "version": env!("CARGO_PKG_VERSION"),
    }))
}

fn transfers_text(v: &Value, out: &Out) -> String {
    let word = |field: &str| v[field].as_str().unwrap_or_default().to_owned();
    let number = |field: &str| money(v[field].as_i64().unwrap_or(0));
    format!(
        "{} {} (ansinh {}, {}; {}, load {})\n{}: {}\n{}: {} s\n{}: {}\np50 {} ms, p99 {} ms, max {} ms\n",
        word("bench"),
        number("count"),
        word("version"),
        word("database_version"),
        word("machine"),
        word("load_average"),
        out.t("Cùng lúc trên đường truyền", "Under way at once"),
        number("in_flight"),
        out.t("Tổng thời gian", "Seconds"),
        shown(&v["seconds"]),
        out.t("Khoản chuyển mỗi giây", "Transfers a second"),
        number("transfers_per_s"),
        shown(&v["p50_ms"]),
        shown(&v["p99_ms"]),
        shown(&v["max_ms"]),
    )
}

/// The wait that `part` of a hundred did not pass.
fn percentile(waits: &[Duration], part: usize) -> Duration {
    let at = (waits.len() * part / 100).min(waits.len().saturating_sub(1));
    waits.get(at).copied().unwrap_or_default()
}

fn notices_text(v: &Value, out: &Out) -> String {
    let word = |field: &str| v[field].as_str().unwrap_or_default().to_owned();
    let number = |field: &str| money(v[field].as_i64().unwrap_or(0));
    format!(
        "{} {} (ansinh {}, {}; {}, load {})\n{}: {} s\n{}: {}\n{}: {} ({}: {})\n{}: {}\np50 {} ms, p99 {} ms, max {} ms\n",
        word("bench"),
        number("count"),
        word("version"),
        word("database_version"),
        word("machine"),
        word("load_average"),
        out.t("Tổng thời gian", "Seconds"),
        shown(&v["seconds"]),
        out.t("Thông báo mỗi giây", "Notices a second"),
        number("notices_per_s"),
        out.t("Lần ghi mỗi giây", "Commits a second"),
        number("commits_per_s"),
        out.t("thông báo mỗi lần ghi", "notices a commit"),
        v["notices_per_commit"],
        out.t(
            "Cơ sở dữ liệu trần, lần ghi một dòng mỗi giây",
            "Bare database, commits of one row a second"
        ),
        number("lone_commits_per_s"),
        shown(&v["p50_ms"]),
        shown(&v["p99_ms"]),
        shown(&v["max_ms"]),
    )
}

fn rate(n: i64, took: Duration) -> i64 {
    let micros = i128::try_from(took.as_micros()).unwrap_or(i128::MAX).max(1);
    i64::try_from(i128::from(n) * 1_000_000 / micros).unwrap_or(i64::MAX)
}

/// The most memory that this process ever had resident.
fn peak_rss_bytes() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|l| l.strip_prefix("VmHWM:"))
        .unwrap_or_default();
    line.split_whitespace()
        .next()
        .and_then(|n| n.parse::<i64>().ok())
        .unwrap_or(0)
        * 1024
}

fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|l| l.strip_prefix("model name"))
        .unwrap_or_default();
    let cores = info.lines().filter(|l| l.starts_with("processor")).count();
    format!("{cores} x {}", model.trim_start_matches([' ', '\t', ':']))
}

/// How busy the machine was over the last minute, as the kernel says it.
fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn text(v: &Value, out: &Out) -> String {
    let mut table = Table::new(&[out.t("Bước", "Step"), out.t(">Giây", ">Seconds")]);
    for s in v["steps"].as_array().into_iter().flatten() {
        table.row(vec![
            s["step"].as_str().unwrap_or_default().into(),
            shown(&s["seconds"]),
        ]);
    }
    table.row(vec![out.t("Cộng", "Total").into(), shown(&v["seconds"])]);
    let word = |field: &str| v[field].as_str().unwrap_or_default().to_owned();
    format!(
        "{} {} (ansinh {}, {}; {}, load {})\n{}{}: {}\n{}: {} ({} {})\n{}: {} MiB\n{}",
        word("bench"),
        money(v["lines"].as_i64().unwrap_or(0)),
        word("version"),
        word("database_version"),
        word("machine"),
        word("load_average"),
        table.show(),
        out.t("Bút toán mỗi giây", "Transfers a second"),
        money(v["transfers_per_s"].as_i64().unwrap_or(0)),
        out.t(
            "Cơ sở dữ liệu trần, dòng mỗi giây",
            "Bare database, rows a second"
        ),
        money(v["raw_rows_per_s"].as_i64().unwrap_or(0)),
        out.t("tỷ lệ", "ratio"),
        v["ratio_to_raw"],
        out.t("Bộ nhớ cao nhất", "Peak memory"),
        v["peak_rss_bytes"].as_i64().unwrap_or(0) / 1_048_576,
        months_text(v, out),
    )
}

/// What only `month` has: making the people, and the months before the measured one.
fn months_text(v: &Value, out: &Out) -> String {
    if v["bench"] != "month" {
        return String::new();
    }
    let months: Vec<String> = v["month_seconds"]
        .as_array()
        .into_iter()
        .flatten()
        .map(shown)
        .collect();
    format!(
        "{}: {} s\n{}: {} ({} {})\n",
        out.t("Lập danh sách người hưởng", "Making the people"),
        shown(&v["enrol_seconds"]),
        out.t("Từng tháng, giây", "Each month, seconds"),
        months.join(" "),
        out.t("tháng cuối so tháng đầu", "last to first"),
        v["last_month_to_first"],
    )
}

/// A number with three decimals.
fn shown(v: &Value) -> String {
    format!("{:.3}", v.as_f64().unwrap_or(0.0))
}

/// Times one step.
async fn timed<T>(
    step: &'static str,
    steps: &mut Vec<Measured>,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let since = crate::clock::stopwatch();
    let done = work.await?;
    steps.push(Measured {
        step,
        took: since.elapsed(),
    });
    Ok(done)
}
