//! Slips of a class as a school's cashier makes them, read back by a PDF reader and a QR
//! reader that share no code with what wrote them.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::path::Path;
use std::process::Command;

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// The sample school with its bills of September issued; the run's number.
    fn open() -> (Desk, String) {
        let desk = Desk {
            folder: tempfile::tempdir().unwrap(),
        };
        let sample = |name: &str| format!("{}/samples/school/{name}", env!("CARGO_MANIFEST_DIR"));
        desk.ok("setup", &["setup", &sample("setup.toml")]);
        desk.ok("hieu", &["fee", "load", &sample("fees.toml")]);
        let year = ["--year", "2026-2027"];
        desk.ok(
            "quy",
            &[&["school", "import", &sample("pupils.csv")], &year[..]].concat(),
        );
        let prepared = desk.ok(
            "quy",
            &[&["bill", "prepare", "--period", "2026-09"], &year[..]].concat(),
        );
        let run = prepared["run"].as_str().unwrap().to_owned();
        (desk, run)
    }

    fn run(&self, who: &str, words: &[&str]) -> (i32, Value) {
        let done = Command::new(env!("CARGO_BIN_EXE_ansinh"))
            .args(["--json", "--now", "2026-09-08", "--as", who])
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

    fn ok(&self, who: &str, words: &[&str]) -> Value {
        let (status, value) = self.run(who, words);
        assert_eq!(status, 0, "{words:?}: {value}");
        value
    }
}

fn read(program: &str, words: &[&str]) -> String {
    let out = Command::new(program).args(words).output().unwrap();
    assert!(
        out.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8(out.stdout).unwrap()
}

/// Catches a slip without its pupil, amount, words, code or account, letters that cannot be
/// read back, and a QR that asks for another amount or leads to another account.
#[test]
fn a_slip_says_what_to_pay_and_its_qr_says_the_same() {
    let (desk, run) = Desk::open();
    let folder = desk.folder.path().join("slips");
    let out = folder.to_str().unwrap();
    let slips = ["bill", "slips", "--run", &run, "--out", out];
    let (status, answer) = desk.run("quy", &slips);
    assert_eq!(
        (status, &answer["error"]["code"]),
        (3, &"not_found".into()),
        "drafts were printed"
    );
    desk.ok("hieu", &["bill", "issue", &run]);
    let made = desk.ok("quy", &[&slips[..], &["--per-page", "1"]].concat());
    let bills = desk.ok("quy", &["bill", "list", "--run", &run])["bills"].clone();
    let bills: Vec<Value> = bills.as_array().unwrap().to_vec();
    let due = |b: &&Value| b["state"] == "issued";
    let count = bills.iter().filter(due).count();
    assert!(count > 3, "{bills:?}");
    assert_eq!(made["slips"], count);
    assert_eq!(made["left_out"], bills.len() - count);
    assert_eq!(
        made["files"].as_array().unwrap().len(),
        2,
        "a file for each class"
    );
    for class in ["1A", "6A"] {
        let pdf = folder.join(format!("slips-2026-09-{class}.pdf"));
        let text = read("pdftotext", &["-layout", pdf.to_str().unwrap(), "-"]);
        let pages: Vec<&str> = text.split_terminator('\u{c}').collect();
        let own: Vec<&Value> = bills
            .iter()
            .filter(due)
            .filter(|b| b["class"] == class)
            .collect();
        assert_eq!(pages.len(), own.len(), "{class}");
        for (n, (page, bill)) in pages.iter().zip(own).enumerate() {
            check_page(&desk, &pdf, n + 1, page, bill);
        }
    }
}

fn check_page(desk: &Desk, pdf: &Path, n: usize, page: &str, bill: &Value) {
    let text = |name: &str| bill[name].as_str().unwrap().to_owned();
    let total = bill["total"].as_i64().unwrap();
    let day: Vec<String> = text("due_on").split('-').rev().map(str::to_owned).collect();
    let amount = ansinh_settlement::Dong::new(total).unwrap();
    let words = ansinh_settlement::dong_in_words(amount).unwrap();
    let number = text("number");
    for wanted in [
        "Trường TH&THCS Mẫu",
        "1300200099999",
        &text("name"),
        &text("debtor"),
        &text("pay_code"),
        &number,
        &day.join("/"),
        &amount.to_string(),
        &words,
    ] {
        assert!(page.contains(wanted), "{wanted} is not on\n{page}");
    }
    let shown = desk.ok("quy", &["bill", "show", &number]);
    for line in shown["lines"].as_array().unwrap() {
        let name = line["name"].as_str().unwrap();
        assert!(page.contains(name), "{name} is not on\n{page}");
    }
    let image = desk.folder.path().join("page");
    let n = n.to_string();
    let image = image.to_str().unwrap();
    read(
        "pdftoppm",
        &[
            "-r",
            "150",
            "-png",
            "-singlefile",
            "-f",
            &n,
            "-l",
            &n,
            pdf.to_str().unwrap(),
            image,
        ],
    );
    let code = desk.ok("quy", &["qr", "decode", &format!("{image}.png")]);
    assert_eq!(code["number"], "1300200099999");
    assert_eq!(code["bin"], "970405");
    assert_eq!(code["content"], bill["pay_code"]);
    match bill["kind"].as_str().unwrap() {
        "invitation" => assert_eq!(
            code["amount"],
            Value::Null,
            "what is voluntary has no amount"
        ),
        _ => assert_eq!(code["amount"], total),
    }
}

/// Catches a class that gets another's slips, pages that hold more than asked, an HTML page
/// with holes, and a paid or cancelled bill that is still asked for.
#[test]
fn slips_of_a_class_share_pages_and_leave_out_what_is_over() {
    let (desk, run) = Desk::open();
    desk.ok("hieu", &["bill", "issue", &run]);
    let folder = desk.folder.path().join("p");
    let out = folder.to_str().unwrap();
    let class = [
        "bill",
        "slips",
        "--class",
        "1A",
        "--year",
        "2026-2027",
        "--out",
        out,
    ];
    let first = desk.ok("quy", &class);
    let slips = first["slips"].as_u64().unwrap();
    let pdf = folder.join("slips-2026-09-1A.pdf");
    let text = read("pdftotext", &["-layout", pdf.to_str().unwrap(), "-"]);
    let pages = u64::try_from(text.matches('\u{c}').count()).unwrap();
    assert!(
        pages < slips && pages >= slips.div_ceil(2),
        "{slips} on {pages}"
    );
    let listed = desk.ok(
        "quy",
        &["bill", "list", "--class", "1A", "--year", "2026-2027"],
    );
    let bill = listed["bills"]
        .as_array()
        .unwrap()
        .iter()
        .find(|b| b["state"] == "issued");
    let bill = bill.unwrap().clone();
    let (number, code) = (
        bill["number"].as_str().unwrap(),
        bill["pay_code"].as_str().unwrap(),
    );
    desk.ok(
        "hieu",
        &[
            "bill",
            "cancel",
            number,
            "--reason",
            "Lập nhầm học sinh khác",
        ],
    );
    let html = desk.ok("quy", &[&class[..], &["--format", "html"]].concat());
    assert_eq!(html["slips"], slips - 1);
    let page = std::fs::read_to_string(folder.join("slips-2026-09-1A.html")).unwrap();
    assert_eq!(
        page.matches("<article").count(),
        usize::try_from(slips - 1).unwrap()
    );
    assert_eq!(
        page.matches("<svg ").count(),
        usize::try_from(slips - 1).unwrap()
    );
    assert!(!page.contains(code) && page.contains("Bằng chữ: "));
    for (words, want) in [
        (
            &["bill", "slips", "--run", "999", "--out", out][..],
            "not_found",
        ),
        (&[&class[..], &["--per-page", "9"]].concat(), "usage"),
        (&["bill", "slips", "--out", out], "usage"),
    ] {
        let (status, answer) = desk.run("quy", words);
        assert_ne!(status, 0);
        assert_eq!(answer["error"]["code"], want, "{words:?}");
    }
}
