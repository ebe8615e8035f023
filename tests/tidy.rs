//! The manners of the house as tests over the source: order of the rooms, and what no file
//! may hold; the database's own rules stand in `tidy/database.rs`.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

#[path = "tidy/database.rs"]
mod database;
#[path = "tidy/source.rs"]
mod source;

use source::{ALL, Source, read, report, room, sources, top, words};

/// Catches a room that uses one standing below it: the map of the house would be a lie.
#[test]
fn a_module_uses_only_those_above_it() {
    let lib = read(&std::fs::read_to_string(top().join("src/lib.rs")).unwrap()).0;
    let order: Vec<String> = lib
        .lines()
        .filter_map(|l| {
            l.trim()
                .strip_prefix("pub ")
                .unwrap_or(l.trim())
                .strip_prefix("mod ")
        })
        .map(|name| name.trim_end_matches(';').to_owned())
        .collect();
    let place = |name: &str| order.iter().position(|o| o == name);
    assert!(
        place("store") < place("ledger") && place("store").is_some(),
        "{order:?}"
    );
    let mut wrong = Vec::new();
    for source in sources(&["src"]) {
        let Some(own) = room(&source.path).filter(|r| !matches!(*r, "lib" | "main")) else {
            continue;
        };
        let Some(own_place) = place(own) else {
            wrong.push(format!(
                "{}: {own} does not stand in src/lib.rs",
                source.path
            ));
            continue;
        };
        for (n, line) in source.code.lines().enumerate() {
            for after in line.split("crate::").skip(1) {
                let group = after.strip_prefix('{').and_then(|g| g.split('}').next());
                for name in group.unwrap_or(after).split(',') {
                    let used = words(name).first().copied().unwrap_or_default();
                    if place(used).is_some_and(|p| p > own_place) {
                        wrong.push(format!(
                            "{}:{}: {own} uses {used}, which stands below it",
                            source.path,
                            n + 1
                        ));
                    }
                    if group.is_none() {
                        break;
                    }
                }
            }
        }
    }
    report("modules out of order", &wrong);
}

/// Catches a drawer for everything, the file in which rules go to be forgotten.
#[test]
fn no_file_is_a_drawer() {
    let drawers = ["helpers", "helper", "utils", "util", "common", "misc"];
    let all = sources(ALL);
    let drawer = |path: &str| {
        path.split('/')
            .any(|part| drawers.contains(&part.trim_end_matches(".rs")))
    };
    let wrong: Vec<String> = all
        .iter()
        .filter(|s| drawer(&s.path))
        .map(|s| s.path.clone())
        .collect();
    report("files named for nothing", &wrong);
}

/// Catches a file that does not say what it owns.
#[test]
fn every_file_opens_by_saying_what_it_owns() {
    let wrong: Vec<String> = sources(ALL)
        .into_iter()
        .filter(|s| !s.text.starts_with("//! "))
        .map(|s| s.path)
        .collect();
    report("files without //! at the top", &wrong);
}

/// Catches work left undone, tests that do not run, waiting by the clock, and a second
/// source of the time; the simulator may be slow on purpose, that is one of its faults.
#[test]
fn nothing_is_left_undone_or_waits_by_the_clock() {
    let words = ["todo!", "unimplemented!", "#[ignore", "#![ignore", "sleep("];
    let clocks = [
        "SystemTime::now",
        "Instant::now()",
        "Utc::now",
        "Local::now",
    ];
    let mut wrong = Vec::new();
    for source in sources(ALL) {
        for (n, line) in source.code.lines().enumerate() {
            let mut hit = words.iter().find(|w| line.contains(**w));
            // The world is slow on purpose; the gateway waits before it asks again.
            let may_wait = ["simulator/src/", "src/gateway/"];
            if may_wait.iter().any(|p| source.path.starts_with(p)) && line.contains("sleep(") {
                hit = None;
            }
            if source.path.starts_with("src/") && source.path != "src/clock.rs" {
                hit = hit.or_else(|| clocks.iter().find(|w| line.contains(**w)));
            }
            if let Some(word) = hit {
                wrong.push(format!("{}:{}: {word}", source.path, n + 1));
            }
        }
    }
    report("left undone, or by the clock", &wrong);
}

/// Catches real books that lean on the make-believe world.
#[test]
fn only_the_command_line_names_the_simulator() {
    let named = |s: &Source| s.code.contains("ansinh_simulator") && !s.path.starts_with("src/cli/");
    let wrong: Vec<String> = sources(&["src", "settlement"])
        .into_iter()
        .filter(named)
        .map(|s| s.path)
        .collect();
    report("the simulator is named", &wrong);
}

/// Catches a reader of this file that sees no statement any more and so lets all pass.
#[test]
fn the_reader_tells_code_from_comments_and_literals() {
    let (code, literals) =
        read("a(\"x // \\\" y\"); // \"no\"\nlet c = '\"'; r#\"raw \"q\" \"#; /* \"n\" */ 'l: b");
    let texts: Vec<&str> = literals.iter().map(|(_, t)| t.as_str()).collect();
    assert_eq!(texts, ["x // \\\" y", "raw \"q\" "]);
    assert_eq!((literals[0].0, literals[1].0), (1, 2));
    assert!(code.contains("'l: b") && !code.contains("no"), "{code}");
}
