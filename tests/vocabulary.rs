//! Every code of the program has words in both languages, and stands on the pages that
//! promise to list it.

use ansinh::access::Role;
use ansinh::beneficiary::AccountState;
use ansinh::collection::bill_state::BillState;
use ansinh::collection::price::{FeeKind, Per};
use ansinh::disbursement::BatchState;
use ansinh::error::Reject;
use ansinh::gateway::iso8583::RefusalKind;
use ansinh::http::Wrong;
use ansinh::ledger::AccountKind;
use ansinh::payment::State;
use ansinh::reconcile::{KINDS, todo};
use ansinh::roster::RejectCode;
use ansinh::words::{Word, codes};
use ansinh_settlement::{NoticeErrorKind, ReadErrorKind};
use clap::ValueEnum as _;
use std::collections::BTreeSet;

fn lacks<'a>(table: &[Word], used: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    used.into_iter()
        .filter(|code| !table.iter().any(|(known, ..)| known == code))
        .map(str::to_owned)
        .collect()
}

/// Catches a state, kind, outcome, role or code that people would read as a bare code.
#[test]
fn every_code_has_words() {
    let none: Vec<String> = Vec::new();
    let batch = BatchState::ALL.iter().map(|(_, n)| *n);
    assert_eq!(lacks(codes::BATCH_STATES, batch), none);
    let payment = State::ALL.iter().map(|(_, n)| *n);
    assert_eq!(lacks(codes::PAYMENT_STATES, payment), none);
    let social = AccountState::ALL.iter().map(|(_, n)| *n);
    assert_eq!(lacks(codes::SOCIAL_STATES, social), none);
    let roles = Role::ALL.iter().map(|(_, n)| *n);
    assert_eq!(lacks(codes::ROLES, roles), none);
    assert_eq!(lacks(codes::BREAK_KINDS, KINDS.iter().copied()), none);
    let breaks = ["open", "assigned", "proposed", "resolved"];
    assert_eq!(lacks(codes::BREAK_STATES, breaks), none);
    let todos = KINDS.iter().flat_map(|k| [todo(k, true), todo(k, false)]);
    assert_eq!(lacks(codes::TODOS, todos), none);
    let kinds = ["asset", "expense", "liability", "income"];
    assert!(kinds.iter().all(|k| AccountKind::parse(k).is_some()));
    assert_eq!(lacks(codes::ACCOUNT_KINDS, kinds), none);
    let lists = RejectCode::ALL.iter().map(|c| c.code());
    assert_eq!(lacks(codes::LIST_REJECTS, lists), none);
    let switch = RefusalKind::ALL.iter().map(|k| k.code());
    assert_eq!(lacks(codes::SWITCH_REFUSALS, switch), none);
    let reader = ReadErrorKind::ALL.iter().map(|k| k.code());
    assert_eq!(lacks(codes::READER, reader), none);
    let values: Vec<String> = ansinh::reconcile::resolve::Action::value_variants()
        .iter()
        .filter_map(|a| a.to_possible_value().map(|v| v.get_name().to_owned()))
        .collect();
    assert_eq!(
        lacks(codes::ACTIONS, values.iter().map(String::as_str)),
        none
    );
    let bills = BillState::ALL.iter().map(|(_, n)| *n);
    assert_eq!(lacks(codes::BILL_STATES, bills), none);
    let fees = FeeKind::ALL.iter().map(|(_, n)| *n);
    assert_eq!(lacks(codes::FEE_KINDS, fees), none);
    let pers = Per::ALL.iter().map(|(_, n)| *n);
    assert_eq!(lacks(codes::PERS, pers), none);
    assert_eq!(lacks(codes::HTTP, Wrong::CODES.iter().copied()), none);
    let notices = NoticeErrorKind::ALL.iter().map(|k| k.code());
    assert_eq!(lacks(codes::NOTICE_ERRORS, notices), none);
    let outcomes = serde_json::to_value(ansinh::reconcile::Outcomes::default());
    let outcomes = outcomes.expect("outcomes are an object");
    let names: Vec<&str> = outcomes
        .as_object()
        .map(|o| o.keys().map(String::as_str).collect())
        .unwrap_or_default();
    assert_eq!(names.len(), 6);
    assert_eq!(lacks(codes::OUTCOMES, names), none);
}

fn page(name: &str) -> String {
    let path = format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("the page is there")
}

/// Catches a refusal that a script can meet and that the page of errors does not explain.
#[test]
fn every_code_stands_in_the_page_of_errors() {
    let page = page("errors.md");
    let named: BTreeSet<&str> = page.split('`').skip(1).step_by(2).collect();
    let lists = RejectCode::ALL.iter().map(|c| c.code());
    let reader = ReadErrorKind::ALL.iter().map(|k| k.code());
    let all = Reject::CODES.iter().copied().chain(lists).chain(reader);
    let all = all.chain(Wrong::CODES.iter().copied());
    let missing: Vec<&str> = all.filter(|code| !named.contains(code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Catches a refused message whose code the page of the form does not explain.
#[test]
fn every_refusal_of_a_message_stands_in_its_page() {
    let page = page("formats/iso8583.md");
    let stands = |code: &str| page.contains(&format!("| `{code}` |"));
    let missing: Vec<&str> = RefusalKind::ALL
        .iter()
        .map(|k| k.code())
        .filter(|code| !stands(code))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    for f in ansinh::gateway::iso8583::spec::FIELDS {
        let row = format!("| {} | `{}` |", f.de, f.name);
        assert!(page.contains(&row), "{row}");
    }
}

/// The commands below `path`, as the help of the program lists them.
fn commands(path: &[&str]) -> Vec<String> {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_ansinh"))
        .args(path)
        .args(["--help", "--lang", "en"])
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines()
        .skip_while(|l| *l != "Commands:")
        .skip(1)
        .take_while(|l| !l.is_empty())
        .filter_map(|l| l.strip_prefix("  "))
        .filter(|l| !l.starts_with(' '))
        .filter_map(|l| l.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// Catches a command that the page of the command line leaves out.
#[test]
fn every_command_stands_in_the_page_of_commands() {
    let page = page("cli.md");
    let mut seen = 0;
    for group in commands(&[]) {
        let below = commands(&[&group]);
        let names: Vec<String> = match below.is_empty() {
            true => vec![group.clone()],
            false => below.iter().map(|b| format!("{group} {b}")).collect(),
        };
        for name in names {
            seen += 1;
            let stands = page.lines().any(|l| {
                let last = name.split(' ').next_back().unwrap_or_default();
                l.starts_with("| `") && l.contains(&group) && l.contains(last)
            });
            assert!(stands, "{name} is not in the overview of docs/cli.md");
        }
    }
    assert!(seen > 25, "only {seen} commands were found");
}
