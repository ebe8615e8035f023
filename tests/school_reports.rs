//! A school's desk by the command line: lists that are refused, months without anything to
//! bill, and the figures of its reports, added up by hand.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::process::Command;

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn run(&self, who: &str, day: &str, words: &[&str]) -> (i32, Value) {
        let done = Command::new(env!("CARGO_BIN_EXE_ansinh"))
            .args(["--json", "--now", day, "--as", who])
            .args(words)
            .current_dir(&self.folder)
            .env_remove("ANSINH_DATABASE_URL")
            .output()
            .unwrap();
        let text = String::from_utf8(done.stdout).unwrap();
        let value =
            serde_json::from_str(&text).unwrap_or_else(|e| panic!("{words:?}: {e}: {text}"));
        (done.status.code().unwrap(), value)
    }

    fn ok(&self, who: &str, day: &str, words: &[&str]) -> Value {
        let (status, value) = self.run(who, day, words);
        assert_eq!(status, 0, "{words:?}: {value}");
        value
    }

    fn refused(&self, code: &str, who: &str, words: &[&str]) -> Value {
        let (status, value) = self.run(who, DAY, words);
        assert_eq!(value["error"]["code"], code, "{words:?}: {value}");
        assert_eq!(status, 3, "{words:?}");
        value["error"]["data"].clone()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// The sample school with the fees of `fees`.
    fn open(fees: &str) -> Desk {
        let desk = Desk {
            folder: tempfile::tempdir().unwrap(),
        };
        desk.ok("setup", DAY, &["setup", &sample("setup.toml")]);
        desk.write("fees.toml", fees);
        desk.ok("hieu", DAY, &["fee", "load", "fees.toml"]);
        desk
    }
}

const DAY: &str = "2026-09-08T09:00";
const YEAR: [&str; 2] = ["--year", "2026-2027"];

fn sample(name: &str) -> String {
    format!("{}/samples/school/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// One service of 100,000 a month, due on the 20th.
const WATER: &str = "year = \"2026-2027\"\n[[fee]]\ncode = \"nuoc\"\nname = \"Nước uống\"\nkind = \"service\"\n\
     [[price]]\nfee = \"nuoc\"\nper = \"month\"\nprice = 100000\ndue = 20\nvalid_from = \"2026-09-01\"\nground = \"QĐ 1\"\n";

const LIST: &str = "Mã học sinh,Họ và tên,Ngày sinh,Lớp\nHS1,Nguyễn Văn Mẫu,05/06/2020,1A\nHS2,Lê Thị Mẫu,06/06/2020,1A\nHS3,Trần Văn Mẫu,07/06/2015,6A\n";

/// Catches a list with a wrong row of which something is taken over, or that comes back
/// without its place and its file to mend; and one that is not taken when it is mended.
#[test]
fn a_list_with_a_wrong_row_is_refused_whole_and_mended() {
    let desk = Desk::open(WATER);
    desk.write("ds.csv", &LIST.replace("06/06/2020", "31/02/2020"));
    let import = |file| [&["school", "import", file], &YEAR[..]].concat();
    let data = desk.refused("pupils_refused", "quy", &import("ds.csv"));
    assert_eq!(
        (&data["rows"], &data["place"]),
        (&1.into(), &"CSV!C3".into())
    );
    assert!(desk.folder.path().join("ds.refused.xlsx").exists());
    let show = ["report", "debtor", "HS1"];
    desk.refused("not_found", "quy", &show);
    desk.write("ds.csv", LIST);
    let taken = desk.ok("quy", DAY, &import("ds.csv"));
    assert_eq!(
        (&taken["pupils"], &taken["refused"]),
        (&3.into(), &0.into())
    );
}

/// Catches a month of which nothing can be billed and that ends as if it had been.
#[test]
fn a_month_whose_every_fee_has_a_problem_is_refused() {
    let desk = Desk::open(&WATER.replace("per = \"month\"", "per = \"attended_day\""));
    desk.write("ds.csv", LIST);
    desk.ok(
        "quy",
        DAY,
        &[&["school", "import", "ds.csv"], &YEAR[..]].concat(),
    );
    let prepare = [&["bill", "prepare", "--period", "2026-09"], &YEAR[..]].concat();
    let data = desk.refused("nothing_to_bill", "quy", &prepare);
    assert_eq!(data["problems"], 3, "no days were planned: {data}");
}

/// Catches a column of the report by class that is not what its title says: billed, paid,
/// open, short, over, overdue by age, as JSON and in the file.
#[test]
fn the_report_by_class_adds_up() {
    let desk = Desk::open(WATER);
    desk.write("ds.csv", LIST);
    desk.ok(
        "quy",
        DAY,
        &[&["school", "import", "ds.csv"], &YEAR[..]].concat(),
    );
    let prepare = [&["bill", "prepare", "--period", "2026-09"], &YEAR[..]].concat();
    let run = desk.ok("quy", DAY, &prepare);
    desk.ok(
        "hieu",
        DAY,
        &["bill", "issue", run["run"].as_str().unwrap()],
    );
    let bills = desk.ok("quy", DAY, &["bill", "list"])["bills"].clone();
    let code = |debtor: &str| {
        let all = bills.as_array().unwrap();
        let bill = all.iter().find(|b| b["debtor"] == debtor).unwrap();
        bill["pay_code"].as_str().unwrap().to_owned()
    };
    // HS1 pays 30,000 too much, HS2 40,000 too little, HS3 nothing.
    let line = |n: usize, amount: i64, code: &str| {
        format!(
            "D{n:08}{:<16}2026090820260908C{amount:015}{code:<16}{:<25}{:<21}",
            format!("FT{n}"),
            "",
            ""
        )
    };
    let lines = [
        line(1, 130_000, &code("HS1")),
        line(2, 60_000, &code("HS2")),
    ];
    let head = format!(
        "HANSINHSTL1970405{:<19}0000000120260908+000000000000000{:<16}VND{:<32}",
        "1300200099999", "", ""
    );
    let tail = format!(
        "T000000020000000000000002{:018}{:018}+{:015}{:<64}",
        0, 190_000, 190_000, ""
    );
    desk.write("1.stl", &format!("{head}\n{}\n{tail}\n", lines.join("\n")));
    desk.ok("ke", DAY, &["statement", "import", "1.stl"]);
    let on = |day: &str| {
        let words = ["report", "fees", "--day", day, "--out", "thu.csv"];
        desk.ok(
            "hieu",
            "2027-01-10T09:00",
            &[&words[..], &YEAR[..]].concat(),
        )
    };
    let row = |report: &Value, class: &str| {
        let all = report["classes"].as_array().unwrap();
        let row = all.iter().find(|r| r["class"] == class).unwrap();
        [
            "bills",
            "billed",
            "exempt",
            "paid",
            "open",
            "short",
            "over",
            "overdue_1_30",
            "overdue_31_60",
            "overdue_91",
        ]
        .map(|key| row[key].as_i64().unwrap())
    };
    let before = on("2026-09-20");
    assert_eq!(
        row(&before, "1A"),
        [2, 200_000, 0, 160_000, 40_000, 40_000, 30_000, 0, 0, 0]
    );
    assert_eq!(
        row(&before, "6A"),
        [1, 100_000, 0, 0, 100_000, 0, 0, 0, 0, 0]
    );
    let october = on("2026-10-01");
    assert_eq!(row(&october, "1A")[7..], [40_000, 0, 0]);
    let november = on("2026-11-01");
    assert_eq!(row(&november, "6A")[7..], [0, 100_000, 0]);
    let later = on("2027-01-05");
    assert_eq!(row(&later, "6A")[7..], [0, 0, 100_000]);
    assert_eq!(later["total"]["open"], 140_000);
    let file = std::fs::read_to_string(desk.folder.path().join("thu.csv")).unwrap();
    assert_eq!(file.lines().count(), 4, "{file}");
    assert!(
        file.lines()
            .last()
            .unwrap()
            .contains(",300000,0,160000,140000,40000,30000,"),
        "{file}"
    );
}
