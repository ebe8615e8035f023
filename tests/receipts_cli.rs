//! Receipts as a school's cashier meets them: a statement brings the money, the receipts are
//! printed, read back by a PDF reader, scanned, cancelled by two.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::process::Command;

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn run(&self, who: &str, words: &[&str]) -> (i32, Value) {
        let done = Command::new(env!("CARGO_BIN_EXE_ansinh"))
            .args(["--json", "--now", "2026-09-08T09:00", "--as", who])
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

    /// The sample school with its bills of September issued: the bills that are owed.
    fn open() -> (Desk, Vec<Value>) {
        let desk = Desk {
            folder: tempfile::tempdir().unwrap(),
        };
        let sample = |name: &str| format!("{}/samples/school/{name}", env!("CARGO_MANIFEST_DIR"));
        desk.ok("setup", &["setup", &sample("setup.toml")]);
        desk.ok("hieu", &["fee", "load", &sample("fees.toml")]);
        let year = ["--year", "2026-2027"];
        let import = ["school", "import", &sample("pupils.csv")];
        desk.ok("quy", &[&import[..], &year[..]].concat());
        let prepare = ["bill", "prepare", "--period", "2026-09"];
        let prepared = desk.ok("quy", &[&prepare[..], &year[..]].concat());
        desk.ok(
            "hieu",
            &["bill", "issue", prepared["run"].as_str().unwrap()],
        );
        let bills = desk.ok("quy", &["bill", "list"])["bills"].clone();
        let owed = |b: &&Value| b["state"] == "issued" && b["kind"] == "bill";
        let bills = bills.as_array().unwrap().iter().filter(owed).cloned();
        (desk, bills.collect())
    }

    /// The bank's statement of the day with one credit for each bill; imports it.
    fn pay(&self, bills: &[&Value]) {
        let amount = |b: &Value| b["total"].as_i64().unwrap();
        let sum: i64 = bills.iter().map(|b| amount(b)).sum();
        let day = "2026-09-08";
        let balance = |code: &str, amount: i64| {
            format!(
                "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"VND\">{amount}</Amt>\
                 <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
            )
        };
        let mut text = format!(
            "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId>\
             <CreDtTm>{day}T18:00:00+07:00</CreDtTm></GrpHdr><Stmt><Id>1</Id><ElctrncSeqNb>1</ElctrncSeqNb>\
             <Acct><Id><Othr><Id>1300200099999</Id></Othr></Id><Ccy>VND</Ccy><Svcr><FinInstnId><ClrSysMmbId><MmbId>970405</MmbId>\
             </ClrSysMmbId></FinInstnId></Svcr></Acct>{}{}",
            balance("OPBD", 0),
            balance("CLBD", sum),
        );
        for (n, bill) in bills.iter().enumerate() {
            text.push_str(&format!(
                "<Ntry><NtryRef>FT{n}</NtryRef><Amt Ccy=\"VND\">{}</Amt><CdtDbtInd>CRDT</CdtDbtInd>\
                 <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><NtryDtls><TxDtls><Refs>\
                 <EndToEndId>NOTPROVIDED</EndToEndId></Refs><RmtInf><Ustrd>NOP TIEN {}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>",
                amount(bill),
                bill["pay_code"].as_str().unwrap()
            ));
        }
        text.push_str("</Stmt></BkToCstmrStmt></Document>");
        let path = self.folder.path().join("1.xml");
        std::fs::write(&path, text).unwrap();
        let import = ["statement", "import", path.to_str().unwrap()];
        self.ok("ke", &import);
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

/// Catches a receipt that does not say who paid what, letters that cannot be read back, a QR
/// that proves another receipt or none, and a cancelled one that still looks good.
#[test]
fn a_receipt_is_printed_scanned_and_cancelled() {
    let (desk, bills) = Desk::open();
    desk.pay(&[&bills[0], &bills[1]]);
    let listed = desk.ok("quy", &["receipt", "list", "--day", "2026-09-08"]);
    let receipts: Vec<Value> = listed["receipts"].as_array().unwrap().clone();
    let paid: i64 = bills[..2]
        .iter()
        .map(|b| b["total"].as_i64().unwrap())
        .sum();
    assert_eq!(listed["total"], paid);
    assert!(!receipts.is_empty());
    let (status, refused) = desk.run("nobody", &["receipt", "list"]);
    assert_eq!(
        (status, &refused["error"]["code"]),
        (3, &"user_unknown".into())
    );

    let folder = desk.folder.path().join("r");
    let out = folder.to_str().unwrap();
    let print = [
        "receipt",
        "print",
        "--day",
        "2026-09-08",
        "--out",
        out,
        "--per-page",
        "1",
    ];
    let made = desk.ok("quy", &print);
    assert_eq!(made["receipts"], receipts.len());
    let pdf = folder.join("receipts-2026-09-08.pdf");
    let pdf = pdf.to_str().unwrap();
    let text = read("pdftotext", &["-layout", pdf, "-"]);
    let pages: Vec<&str> = text.split_terminator('\u{c}').collect();
    assert_eq!(pages.len(), receipts.len());
    for (n, (page, receipt)) in (1..).zip(pages.iter().zip(&receipts)) {
        let name = receipt["receipt"].as_str().unwrap();
        let shown = desk.ok("quy", &["receipt", "show", name]);
        let amount = ansinh_settlement::Dong::new(receipt["amount"].as_i64().unwrap()).unwrap();
        let words = ansinh_settlement::dong_in_words(amount).unwrap();
        let number = format!("Số {:07}", receipt["number"].as_i64().unwrap());
        let debtor = receipt["name"].as_str().unwrap();
        for wanted in [
            "Trường TH&THCS Mẫu",
            "Mã số thuế 0100000001",
            "Ngày 08/09/2026",
            &number,
            debtor,
            &amount.to_string(),
            &words,
        ] {
            assert!(page.contains(wanted), "{wanted} is not on\n{page}");
        }
        for line in shown["lines"].as_array().unwrap() {
            let fee = line["name"].as_str().unwrap();
            assert!(page.contains(fee), "{fee} is not on\n{page}");
        }
        let image = desk.folder.path().join("page");
        let (n, image) = (n.to_string(), image.to_str().unwrap());
        let page_png = [
            "-r",
            "150",
            "-png",
            "-singlefile",
            "-f",
            &n,
            "-l",
            &n,
            pdf,
            image,
        ];
        read("pdftoppm", &page_png);
        let proved = desk.ok("quy", &["receipt", "verify", &format!("{image}.png")]);
        assert_eq!(
            (&proved["verdict"], &proved["receipt"]),
            (&"genuine".into(), &receipt["receipt"])
        );
    }

    let name = receipts[0]["receipt"].as_str().unwrap();
    let shown = desk.ok("quy", &["receipt", "show", name]);
    let qr = shown["qr"].as_str().unwrap();
    let more = qr.replacen(&format!("|{}|", receipts[0]["amount"]), "|1|", 1);
    let (status, refused) = desk.run("quy", &["receipt", "verify", &more]);
    assert_eq!(
        (status, &refused["error"]["code"]),
        (3, &"receipt_altered".into())
    );
    let why = [
        "receipt",
        "cancel",
        name,
        "--reason",
        "Ghi sai tên người nộp",
    ];
    let tried = desk.ok("quy", &[&["--dry-run"], &why[..]].concat());
    assert_eq!(tried["state"], "proposed");
    let approve = ["receipt", "cancel", name, "--approve"];
    let (_, refused) = desk.run("hieu", &approve);
    assert_eq!(
        refused["error"]["code"], "state_wrong",
        "a dry run changed something"
    );
    desk.ok("quy", &why);
    let done = desk.ok("hieu", &approve);
    assert_eq!(done["cancellation"], "HUY/2026/0000001");
    let proved = desk.ok("quy", &["receipt", "verify", qr]);
    assert_eq!(
        (&proved["verdict"], &proved["cancelled_by"]),
        (&"cancelled".into(), &"HUY/2026/0000001".into())
    );
    let html = [
        "receipt",
        "print",
        name,
        "HUY/2026/0000001",
        "--out",
        out,
        "--format",
        "html",
    ];
    let made = desk.ok("quy", &html);
    let page = std::fs::read_to_string(made["files"][0].as_str().unwrap()).unwrap();
    assert!(
        page.contains("ĐÃ HỦY") && page.contains("PHIẾU HỦY"),
        "{page}"
    );
    let again = desk.ok("quy", &["receipt", "list", "--state", "live"]);
    assert_eq!(again["total"], paid, "what is still paid has its receipt");
    let all = desk.ok("quy", &["receipt", "list"]);
    assert_eq!(
        all["total"], paid,
        "a cancellation is no money that came in"
    );
    desk.ok("ke", &["ledger", "verify"]);
}

/// Catches names of children, and what they owe, shown to somebody without a role.
#[test]
fn names_are_shown_to_those_with_a_role() {
    let (desk, bills) = Desk::open();
    let bill = bills[0]["bill"].as_str().unwrap();
    let run = bills[0]["run"].as_str().unwrap();
    let out = desk.folder.path().join("slips");
    let reads: [&[&str]; 7] = [
        &["bill", "list"],
        &["bill", "show", bill],
        &[
            "bill",
            "slips",
            "--run",
            run,
            "--out",
            out.to_str().unwrap(),
        ],
        &["report", "debtor", "HS0001"],
        &["reduction", "list", "--debtor", "HS0001"],
        &["receipt", "list"],
        &[
            "receipt",
            "print",
            "--day",
            "2026-09-08",
            "--out",
            out.to_str().unwrap(),
        ],
    ];
    for words in reads {
        let (status, answer) = desk.run("nobody", words);
        let code = &answer["error"]["code"];
        assert_eq!((status, code), (3, &"user_unknown".into()), "{words:?}");
        assert!(!answer.to_string().contains("Nguyễn"), "{answer}");
    }
    assert!(!out.exists(), "papers were written");
    desk.ok("quy", &["bill", "list"]);
    desk.ok(
        "nobody",
        &["bill", "status", bills[0]["pay_code"].as_str().unwrap()],
    );
}
