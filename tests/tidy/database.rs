//! Where SQL may stand, who writes which table, and the migrations in lockstep.

use crate::source::{report, room, sources, top, walk, words};
use std::collections::BTreeMap;
use std::path::Path;

/// Who owns a table: only this room inserts, updates or deletes its rows.
const OWNERS: &[(&str, &[&str])] = &[
    (
        "store",
        &["setting", "head", "command", "audit", "outbox", "migration"],
    ),
    ("access", &["staff", "staff_role", "api_caller"]),
    (
        "identity",
        &[
            "person",
            "person_number",
            "evidence",
            "address",
            "register_load",
            "register_record",
            "holder",
        ],
    ),
    (
        "ledger",
        &[
            "book",
            "account",
            "balance",
            "posting",
            "transfer",
            "posting_day",
        ],
    ),
    ("beneficiary", &["social_account", "social_account_event"]),
    (
        "programme",
        &[
            "programme",
            "enrolment",
            "standard",
            "rate",
            "cycle",
            "cycle_rate",
            "entitlement",
            "unit",
        ],
    ),
    ("roster", &["list_import"]),
    (
        "payment",
        &[
            "bank_account",
            "bank_key",
            "instruction",
            "instruction_event",
        ],
    ),
    ("disbursement", &["batch", "batch_event"]),
    ("gateway", &["switch_counter"]),
    (
        "collection",
        &[
            "biller",
            "school_year",
            "class",
            "debtor",
            "class_member",
            "payer",
            "debtor_payer",
            "fee",
            "fee_price",
            "fee_plan",
            "ground_rate",
            "fee_ceiling",
            "reduction",
            "attendance",
            "bill_run",
            "bill",
            "bill_line",
            "receivable",
            "bill_series",
            "bill_event",
            "notice",
            "notice_source",
            "collection",
            "allocation",
            "receipt_cancel_plan",
            "receipt_series",
            "receipt",
            "payout",
            "payout_part",
            "reminder",
        ],
    ),
    (
        "reconcile",
        &[
            "budget",
            "statement",
            "quarantine",
            "statement_line",
            "line_match",
            "break",
            "bank_day",
            "day_reopening",
        ],
    ),
];

fn is_sql(literal: &str) -> bool {
    let text = literal.trim_start().replace("\\\n", " ");
    let w = words(&text);
    let starts = |a: &[&str]| w.starts_with(a);
    (starts(&["select"]) && (w.contains(&"from") || text.contains('$') || w.len() <= 3))
        || starts(&["insert", "into"])
        || starts(&["delete", "from"])
        || (starts(&["update"]) && w.contains(&"set"))
        || (matches!(w.first(), Some(&("create" | "alter" | "drop"))) && w.contains(&"table"))
        || starts(&["pragma"])
        || (text.contains("= $") && (w.contains(&"where") || w.contains(&"and")))
}

/// Catches a statement outside the files where one looks for statements.
#[test]
fn sql_stands_only_in_sql_files() {
    let mut wrong = Vec::new();
    for source in sources(&["src"]) {
        let path = source.path.as_str();
        if path.starts_with("src/store/") || path.ends_with("/sql.rs") || path.contains("/sql/") {
            continue;
        }
        for (line, literal) in source.literals.iter().filter(|(_, l)| is_sql(l)) {
            let shown: String = literal.chars().take(60).collect();
            wrong.push(format!("{path}:{line}: {shown}"));
        }
        for (n, line) in source
            .code
            .lines()
            .enumerate()
            .filter(|(_, l)| l.contains(".insert_rows("))
        {
            wrong.push(format!("{path}:{}: {}", n + 1, line.trim()));
        }
    }
    report("SQL outside of sql.rs", &wrong);
}

/// The table that a literal writes, if it is a statement that writes or the head of an insert.
fn written(literal: &str) -> Vec<String> {
    let text = literal.replace("\\\n", " ");
    let w = words(&text);
    let mut out = Vec::new();
    for i in 0..w.len() {
        let next = |k: usize| w.get(i + k).copied().unwrap_or_default();
        match w[i] {
            "insert" if next(1) == "into" => out.push(next(2)),
            "delete" if next(1) == "from" => out.push(next(2)),
            "update"
                if next(1) != "set" && w[i..].contains(&"set") && (i == 0 || w[i - 1] != "for") =>
            {
                out.push(next(1));
            }
            _ => {}
        }
    }
    // `table(column, ...)`, as Tx::insert_rows takes it.
    if let Some((table, rest)) = text.split_once('(')
        && rest.trim_end().ends_with(')')
        && words(table) == [table]
        && words(rest).len() > 1
        && rest
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_, )\n".contains(c))
    {
        out.push(table);
    }
    out.into_iter().map(str::to_owned).collect()
}

/// Catches a room that writes into the tables of another, past its rules.
#[test]
fn only_its_owner_writes_a_table() {
    let owners: BTreeMap<&str, &str> = OWNERS
        .iter()
        .flat_map(|(room, tables)| tables.iter().map(move |t| (*t, *room)))
        .collect();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for source in sources(&["src"]) {
        let own = room(&source.path).unwrap_or_default();
        for (line, literal) in &source.literals {
            for table in written(literal) {
                let Some(owner) = owners.get(table.as_str()) else {
                    continue;
                };
                seen += 1;
                if *owner != own {
                    wrong.push(format!(
                        "{}:{line}: {own} writes {table}, which {owner} owns",
                        source.path
                    ));
                }
            }
        }
    }
    assert!(seen > 50, "the reader finds only {seen} writing statements");
    report("tables written by others", &wrong);
    let mut known: Vec<&str> = owners
        .keys()
        .copied()
        .filter(|t| *t != "migration")
        .collect();
    let text = migrations("sqlite")
        .into_values()
        .collect::<Vec<_>>()
        .join("\n");
    let made: Vec<String> = statements(&text)
        .iter()
        .filter_map(|s| {
            Some(
                s.strip_prefix("create table ")?
                    .split('(')
                    .next()?
                    .trim()
                    .to_owned(),
            )
        })
        .collect();
    let mut made: Vec<&str> = made.iter().map(String::as_str).collect();
    known.sort_unstable();
    made.sort_unstable();
    assert_eq!(
        known, made,
        "left: owners above; right: tables of the migrations"
    );
}

fn migrations(engine: &str) -> BTreeMap<String, String> {
    let mut paths = Vec::new();
    walk(&top().join("migrations").join(engine), ".sql", &mut paths);
    let name = |p: &Path| p.file_name().unwrap().to_string_lossy().into_owned();
    paths
        .iter()
        .map(|p| (name(p), std::fs::read_to_string(p).unwrap()))
        .collect()
}

/// The statements of a migration, without comments, blanks as one.
fn statements(text: &str) -> Vec<String> {
    let code: Vec<&str> = text
        .lines()
        .map(|l| l.split("--").next().unwrap_or_default())
        .collect();
    let flat = code
        .join(" ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    flat.split(';')
        .map(|s| s.trim().to_owned())
        .filter(|s| !s.is_empty())
        .collect()
}

/// A statement of SQLite in the words of PostgreSQL.
fn in_postgres(statement: &str) -> String {
    let mut text = statement.replace("zeroblob(32)", "decode(repeat('00', 32), 'hex')");
    for tail in [" strict, without rowid", " strict"] {
        text = text.strip_suffix(tail).unwrap_or(&text).to_owned();
    }
    let mut out = String::new();
    for piece in text.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
        let word = piece.trim_end_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let mapped = match word {
            "integer" => "bigint",
            "blob" => "bytea",
            other => other,
        };
        out.push_str(mapped);
        out.push_str(&piece[word.len()..]);
    }
    out
}

/// A statement of PostgreSQL without how its pages are filled, which SQLite cannot say.
fn without_storage(statement: &str) -> String {
    statement
        .split(" with (fillfactor")
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// Catches a migration that was written for one database only, or differently for each.
#[test]
fn migrations_are_in_lockstep() {
    let (sqlite, postgres) = (migrations("sqlite"), migrations("postgres"));
    let names = |m: &BTreeMap<String, String>| m.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&sqlite), names(&postgres), "file names");
    let program = std::fs::read_to_string(top().join("src/store/migrate.rs")).unwrap();
    for (name, text) in &sqlite {
        let mapped: Vec<String> = statements(text).iter().map(|s| in_postgres(s)).collect();
        let other: Vec<String> = statements(&postgres[name])
            .iter()
            .map(|s| without_storage(s))
            .collect();
        for (ours, theirs) in mapped.iter().zip(&other) {
            assert_eq!(
                ours, theirs,
                "{name}: SQLite (mapped) left, PostgreSQL right"
            );
        }
        assert_eq!(mapped.len(), other.len(), "{name}: number of statements");
        for table in statements(text)
            .iter()
            .filter(|s| s.starts_with("create table"))
        {
            assert!(table.contains(" strict"), "{name}: not strict: {table}");
        }
        for engine in ["sqlite", "postgres"] {
            let file = format!("migrations/{engine}/{name}");
            assert!(
                program.contains(&file),
                "src/store/migrate.rs does not run {file}"
            );
        }
    }
}

/// Catches a rule above that sees no statement any more and so lets all pass.
#[test]
fn a_statement_is_known_from_a_sentence() {
    assert!(
        is_sql("select 1 from t")
            && is_sql("update t set a = $1")
            && !is_sql("select one of these files please")
    );
    assert_eq!(
        written("insert into a(b) values ($1) on conflict (b) do update set c = 1"),
        ["a"]
    );
    assert_eq!(written("address(id, person_id)"), ["address"]);
    assert!(written("select 1 from head for update").is_empty());
}
