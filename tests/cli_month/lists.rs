//! Set-up and lists, up to the people who are on the books.

use crate::office::{BANK_KEY, MAKER, Office, STANDARD, people, setup_text, write_lists};
use crate::{SEED, fields, text};
use serde_json::Value;

/// Set-up, register, holders, list: what the labour office does first.
pub fn take(office: &Office) {
    std::fs::write(office.path("setup.toml"), setup_text()).unwrap();
    std::fs::write(office.path("bank.key"), BANK_KEY).unwrap();
    let now = "2026-06-01T07:30";
    let migrated = office.ok("setup", now, &["migrate"]);
    fields(&migrated, &["before", "after", "key_ring"]);
    let made = office.ok("setup", now, &["setup", "setup.toml"]);
    fields(
        &made,
        &["books", "staff", "bank_accounts", "programmes", "made"],
    );
    let again = office.ok("setup", now, &["setup", "setup.toml"]);
    assert_eq!(again["made"], 0, "the same set-up changes nothing");

    let population = people(SEED, 120);
    write_lists(&population, office.folder(), "06/2026", "june");
    let sheet = office.path("june-list.xlsx");
    population
        .write_roster_xlsx(&sheet, "06/2026", STANDARD)
        .unwrap();
    let loaded = office.ok(MAKER, now, &["registry", "load", "june-register.csv"]);
    fields(
        &loaded,
        &[
            "as_of",
            "records",
            "not_newer",
            "deceased",
            "alive_again",
            "to_decide",
            "again",
        ],
    );
    let loaded = office.ok(MAKER, now, &["holders", "load", "june-holders.csv"]);
    fields(
        &loaded,
        &[
            "as_of",
            "holders",
            "not_newer",
            "addresses_activated",
            "addresses_stopped",
            "addresses_held",
            "accounts_opened",
            "contradictions",
            "contradicted",
            "again",
        ],
    );

    check_roster(office, &population);
    let import = ["roster", "import", "june-list.xlsx", "--period", "2026-06"];
    let imported = office.ok(MAKER, now, &import);
    assert!(imported["new_people"].as_i64().unwrap() > 50, "{imported}");
    let refused = text(&imported, "refused_file");
    assert!(office.path(refused).exists(), "{imported}");
}

/// The check, line by line against the key of the world.
fn check_roster(office: &Office, population: &ansinh_simulator::Population) {
    let mut key = Vec::new();
    population
        .expected_json(&mut key, "06/2026", STANDARD)
        .unwrap();
    let key: Value = serde_json::from_slice(&key).unwrap();
    let check = [
        "roster",
        "check",
        "june-list.xlsx",
        "--registry",
        "june-register.csv",
        "--period",
        "2026-06",
    ];
    let output = office
        .command("", "2026-06-01T08:00", &check)
        .output()
        .unwrap();
    let raw = String::from_utf8(output.stdout).unwrap();
    let checked: Value = serde_json::from_str(&raw).unwrap();
    fields(
        &checked,
        &[
            "period",
            "rows",
            "by_category",
            "payable_total",
            "accepted",
            "accepted_total",
            "lines",
            "repairs",
            "warnings",
            "refused",
        ],
    );
    assert_eq!(checked["rows"], key["rows"]);
    assert_eq!(checked["by_category"], key["by_category"]);
    let names = [
        "stt",
        "category",
        "identity_number",
        "amount",
        "account_number",
        "bank_bin",
        "proxy",
    ];
    let (lines, wanted) = (
        checked["lines"].as_array().unwrap(),
        key["lines"].as_array().unwrap(),
    );
    assert_eq!(lines.len(), wanted.len());
    for (line, wanted) in lines.iter().zip(wanted) {
        fields(line, &names);
        for name in names {
            assert_eq!(line[name], wanted[name], "{line}\n{wanted}");
        }
    }
    // Field order, as the bytes have it.
    let first = &raw[raw.find("\"lines\":[{").unwrap() + 8..];
    let first = &first[..first.find('}').unwrap()];
    let mut last = 0;
    for name in names {
        let at = first.find(&format!("\"{name}\":")).unwrap();
        assert!(at >= last, "{name} comes too early in {first}");
        last = at;
    }
}
