//! The files about people: the same for the same seed, in agreement with each
//! other, and of the shape that readers of real lists expect.

use std::collections::{HashMap, HashSet};

use ansinh_simulator::people::{Cell, HolderRates, Kind, Record};
use ansinh_simulator::{COMMUNES, Population, World};
use serde_json::Value;

const MONTH: &str = "06/2026";
const STANDARD: i64 = 500_000;

fn csv_of(people: &Population) -> Vec<u8> {
    let mut out = Vec::new();
    people
        .roster_csv(&mut out, MONTH, STANDARD)
        .expect("writes");
    out
}

fn register_of(people: &Population) -> HashMap<String, Record> {
    let records = people.records();
    records.map(|r| (r.identity_number.clone(), r)).collect()
}

/// Catches any file that is not the same for the same seed, or is for another.
#[test]
fn the_same_seed_gives_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    let all = |seed: u64| -> Vec<Vec<u8>> {
        let people = World::people(seed, 245, &COMMUNES);
        let path = folder.path().join("roster.xlsx");
        people.write_roster_xlsx(&path, MONTH, STANDARD).unwrap();
        let mut files = vec![std::fs::read(&path).unwrap(), csv_of(&people)];
        let (mut register, mut holders, mut key) = (Vec::new(), Vec::new(), Vec::new());
        people.population_csv(&mut register).unwrap();
        people.holders_csv(&mut holders).unwrap();
        people.expected_json(&mut key, MONTH, STANDARD).unwrap();
        files.extend([register, holders, key]);
        files
    };
    let (one, again, other) = (all(1), all(1), all(2));
    for place in 0..one.len() {
        assert_eq!(one[place], again[place], "file {place}");
        assert_ne!(one[place], other[place], "file {place}");
    }
}

/// Catches an answer key whose counts, sum or fields are not those of its lines.
#[test]
fn the_answer_key_adds_up() {
    let people = World::people(3, 240, &COMMUNES);
    let mut json = Vec::new();
    people.expected_json(&mut json, MONTH, STANDARD).unwrap();
    let key: Value = serde_json::from_slice(&json).unwrap();
    let names: Vec<&String> = key.as_object().unwrap().keys().collect();
    assert_eq!(names.len(), 5);
    assert_eq!(
        (&key["month"], &key["rows"]),
        (&"2026-06".into(), &245.into())
    );
    let lines = key["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 245);
    let matched: Vec<&Value> = lines
        .iter()
        .filter(|l| l["category"] == "MATCHED")
        .collect();
    let sum: i64 = matched.iter().map(|l| l["amount"].as_i64().unwrap()).sum();
    assert_eq!(key["payable_total"], sum);
    assert_eq!(key["by_category"]["MATCHED"], matched.len());
    let mut paid = HashSet::new();
    for line in lines {
        let number = line["identity_number"].as_str();
        assert_eq!(number.is_some(), line["category"] == "MATCHED");
        assert!(
            number.is_none_or(|n| paid.insert(n.to_owned())),
            "paid twice"
        );
        assert_eq!(line.as_object().unwrap().len(), 8);
    }
}

/// Catches a line whose slip is not there, or that the register does not answer as
/// the key says.
#[test]
fn each_kind_of_slip_stands_in_its_line() {
    let people = World::people(5, 2400, &COMMUNES);
    let register = register_of(&people);
    let old: HashMap<&str, &Record> = register
        .values()
        .filter_map(|r| Some((r.old_identity_number.as_deref()?, r)))
        .collect();
    let mut kinds = HashSet::new();
    for line in people.roster_lines(STANDARD) {
        let kind = line.expected.kind;
        kinds.insert(kind);
        let Cell::Text(name) = &line.cells[1] else {
            panic!("a name is a text")
        };
        let typed = match &line.cells[4] {
            Cell::Text(text) => text.clone(),
            Cell::Number(number) => {
                assert_eq!(kind, Kind::LeadingZero);
                format!("{number:012}")
            }
            _ => String::new(),
        };
        let record = register
            .get(&typed)
            .or_else(|| old.get(typed.as_str()).copied());
        let same_name = record.is_some_and(|r| r.full_name == *name);
        let same_birth = record.is_some_and(|r| match &line.cells[2] {
            Cell::Date(day) => r.birth_date == day.to_string(),
            Cell::Number(year) => r.birth_date.starts_with(&year.to_string()),
            _ => true,
        });
        match kind {
            Kind::NoId => assert_eq!(line.cells[4], Cell::Empty),
            Kind::BadFormat => {
                let digits = typed.bytes().all(|b| b.is_ascii_digit());
                assert!(typed.len() == 13 || !digits);
            }
            Kind::NotFound => assert!(record.is_none()),
            Kind::MismatchName => assert!(!same_name && same_birth),
            Kind::MismatchDob => assert!(same_name && !same_birth),
            Kind::Nfd | Kind::Tone | Kind::Spaces => assert!(!same_name && same_birth),
            Kind::OldId => assert!(typed.len() == 9 && same_name && same_birth),
            Kind::Deceased => assert!(record.is_some_and(|r| r.status == "deceased")),
            _ => assert!(same_name && same_birth, "{line:?}"),
        }
        if kind != Kind::Deceased {
            assert!(record.is_none_or(|r| r.status == "alive"));
        }
        let text_amount = matches!(line.cells[8], Cell::Text(_));
        assert_eq!(text_amount, kind == Kind::AmountText);
        let account = match &line.cells[9] {
            Cell::Text(text) => text.clone(),
            Cell::Number(number) => format!("{number:013}"),
            _ => String::new(),
        };
        assert_eq!(account, line.expected.account_number);
        if let Some(proxy) = &line.expected.proxy {
            assert!(register.contains_key(proxy));
        }
    }
    assert_eq!(kinds.len(), 16);
}

/// Catches a CSV whose grid is not that of the sheet: rows of another width, headers
/// elsewhere, sub-totals at other places.
#[test]
fn the_csv_is_the_grid_of_the_sheet() {
    let people = World::people(1, 240, &COMMUNES);
    let bytes = csv_of(&people);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(&bytes[..]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 7 + 245 + 3 + 1 + 2 + 1);
    assert_eq!(
        (&rows[5][0], &rows[5][11], &rows[6][11]),
        ("STT", "Người nhận thay", "Họ và tên")
    );
    assert_eq!(
        (&rows[7][0], &rows[86][0], &rows[87][0]),
        ("1", "80", "Cộng trang 1")
    );
    assert_eq!(
        (&rows[255][0], &rows[258][9]),
        ("Tổng cộng", "Chủ tịch UBND")
    );
}

/// Catches a list of holders whose differences the truth does not name, or names
/// without there being any.
#[test]
fn the_truth_names_every_difference_in_the_list_of_holders() {
    let people = World::people(8, 2000, &COMMUNES);
    let register = register_of(&people);
    let holders: HashMap<String, _> = people
        .holders()
        .map(|h| (h.account_number.clone(), h))
        .collect();
    let faults: HashMap<String, _> = people
        .holder_faults()
        .map(|f| (f.account_number, f.fault))
        .collect();
    assert!((40..140).contains(&faults.len()), "{}", faults.len());
    for entry in people.entries() {
        let person = entry.proxy.as_ref().map_or(&entry.person, |p| &p.person);
        let name = ansinh_simulator::text::bank_name(&person.full_name);
        let holder = holders.get(&entry.account);
        let right = holder.is_some_and(|h| h.holder_name == name && h.status == "open");
        assert_eq!(right, !faults.contains_key(&entry.account));
        assert!(
            entry.kind == Kind::NotFound || register.contains_key(&entry.person.identity_number)
        );
    }
    let sound = people.with_holder_rates(HolderRates::NONE);
    assert_eq!(sound.holder_faults().count(), 0);
}

/// Catches a next month in which somebody becomes another person, the dead come
/// back, or nothing happens.
#[test]
fn the_next_month_is_the_same_people_with_changes() {
    let june = World::people(4, 1000, &COMMUNES);
    let july = june.next_month(77);
    let august = july.next_month(78);
    assert_eq!(august.month().to_string(), "2026-08");
    let (before, after) = (register_of(&june), register_of(&july));
    let (mut died, mut moved) = (0, 0);
    for (number, record) in &before {
        let now = &after[number];
        assert_eq!(
            (&now.full_name, &now.birth_date),
            (&record.full_name, &record.birth_date)
        );
        moved += i32::from(now.permanent_address != record.permanent_address);
        if record.status == "deceased" {
            assert_eq!(now, record);
        } else if now.status == "deceased" {
            died += 1;
            assert!(
                now.deceased_on
                    .as_ref()
                    .is_some_and(|day| day.starts_with("202607"))
            );
        }
    }
    assert!((6..=8).contains(&died), "{died} died");
    assert!((4..=6).contains(&moved), "{moved} moved");
    let listed = |people: &Population| -> HashSet<String> {
        people.entries().map(|e| e.person.identity_number).collect()
    };
    let (old, new) = (listed(&june), listed(&july));
    assert_eq!(new.difference(&old).count(), 10);
    assert!(old.difference(&new).count() >= 5);
    // those who died stand on the list still, and the key knows it
    let still = july
        .roster_lines(STANDARD)
        .filter(|l| l.expected.category == "DECEASED");
    assert!(still.count() >= 6);
    let again = june.next_month(77);
    assert_eq!(register_of(&again), after);
}
