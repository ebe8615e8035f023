//! Kills the program (SIGKILL) at random moments of the commands that give a biller's money
//! back, two or three of them at once, and gives them again until they are done: each payout
//! stands in one line of one file, each reminder in one file, and the bank's balance is the
//! books'. The moments follow from a seed.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod office;

use ansinh_simulator::rng::Rng;
use office::{Engine, Office, engines};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

const ACCOUNT: &str = "1300200099999";
/// What each of the first bills is paid with: more than any of them asks for.
const PAID: i64 = 3_000_000;
const STRAY: i64 = 77_777;
const WHY: &str = "nộp thừa, xin hoàn lại";

/// A line: (in or out, đồng, end-to-end reference, content, the other side).
type Line = (
    bool,
    i64,
    String,
    String,
    Option<(&'static str, &'static str)>,
);

/// Writes a camt.053.001.08; the closing balance.
fn statement(path: &Path, number: u32, day: &str, opening: i64, lines: &[Line]) -> i64 {
    let sign = |credit: bool| if credit { "CRDT" } else { "DBIT" };
    let closing = opening
        + lines
            .iter()
            .map(|l| if l.0 { l.1 } else { -l.1 })
            .sum::<i64>();
    let balance = |code: &str, amount: i64| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"VND\">{amount}</Amt>\
             <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
        )
    };
    let mut out = format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt><GrpHdr><MsgId>{number}</MsgId>\
         <CreDtTm>{day}T18:00:00+07:00</CreDtTm></GrpHdr><Stmt><Id>{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><Acct>\
         <Id><Othr><Id>{ACCOUNT}</Id></Othr></Id><Ccy>VND</Ccy><Svcr><FinInstnId><ClrSysMmbId><MmbId>970405</MmbId>\
         </ClrSysMmbId></FinInstnId></Svcr></Acct>{}{}",
        balance("OPBD", opening),
        balance("CLBD", closing)
    );
    for (n, (credit, amount, reference, content, other)) in lines.iter().enumerate() {
        let other = other.map_or_else(String::new, |(bin, account)| {
            format!(
                "<RltdPties><DbtrAcct><Id><Othr><Id>{account}</Id></Othr></Id></DbtrAcct></RltdPties><RltdAgts><DbtrAgt>\
                 <FinInstnId><ClrSysMmbId><MmbId>{bin}</MmbId></ClrSysMmbId></FinInstnId></DbtrAgt></RltdAgts>"
            )
        });
        out.push_str(&format!(
            "<Ntry><NtryRef>E{number}-{n}</NtryRef><Amt Ccy=\"VND\">{amount}</Amt><CdtDbtInd>{}</CdtDbtInd><Sts><Cd>BOOK</Cd>\
             </Sts><BookgDt><Dt>{day}</Dt></BookgDt><NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs>{other}\
             <RmtInf><Ustrd>{content}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>",
            sign(*credit)
        ));
    }
    std::fs::write(path, out + "</Stmt></BkToCstmrStmt></Document>").unwrap();
    closing
}

/// One call: who, when, what.
type Call<'a> = (&'a str, &'a str, Vec<&'a str>);

/// Starts all at once and kills some of them; then the books must verify.
fn crowd(office: &Office, rng: &mut Rng, calls: &[Call<'_>]) {
    let started: Vec<_> = calls
        .iter()
        .map(|(who, now, args)| {
            office
                .command(who, now, args)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in started {
        if rng.below(10) < 6 {
            let moment = Duration::from_millis(rng.below(150));
            let since = Instant::now();
            while since.elapsed() < moment {
                std::hint::spin_loop();
            }
            child.kill().unwrap();
        }
        child.wait().unwrap();
    }
    office.ok("hieu", "2026-09-01T08:00", &["ledger", "verify"]);
}

/// A school whose pupils have paid too much, and a stranger's payment in suspense; the
/// break, the debtor with credit, one of the payments that left it, and the bank's balance.
fn paid(engine: Engine) -> (Office, String, String, String, i64) {
    let office = Office::empty(engine, "kill_school");
    let sample = |name: &str| {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/school");
        samples.join(name).to_str().unwrap().to_owned()
    };
    let (setup, fees, pupils) = (
        sample("setup.toml"),
        sample("fees.toml"),
        sample("pupils.csv"),
    );
    office.ok("x", "2026-09-07T07:00", &["migrate"]);
    office.ok("x", "2026-09-07T07:00", &["setup", &setup]);
    office.ok("hieu", "2026-09-07T08:00", &["fee", "load", &fees]);
    let year = ["--year", "2026-2027"];
    let import = [&["school", "import", &pupils][..], &year].concat();
    office.ok("quy", "2026-09-07T08:10", &import);
    let prepare = [&["bill", "prepare", "--period", "2026-09"][..], &year].concat();
    let run = office.ok("quy", "2026-09-07T09:00", &prepare);
    let issue = ["bill", "issue", run["run"].as_str().unwrap()];
    office.ok("hieu", "2026-09-07T09:30", &issue);
    let listed = office.ok("quy", "2026-09-07T09:40", &["bill", "list"]);
    let parent = Some(("970436", "0071000012345"));
    let mut lines: Vec<Line> = listed["bills"].as_array().unwrap()[..4]
        .iter()
        .map(|b| {
            let content = format!("nop tien {}", b["pay_code"].as_str().unwrap());
            (true, PAID, "NOTPROVIDED".into(), content, parent)
        })
        .collect();
    let stranger = Some(("970415", "101000054321"));
    lines.push((
        true,
        STRAY,
        "NOTPROVIDED".into(),
        "LAC LOAI".into(),
        stranger,
    ));
    let closing = statement(&office.path("1.xml"), 1, "2026-09-08", 0, &lines);
    office.ok("ke", "2026-09-08T18:00", &["statement", "import", "1.xml"]);
    let breaks = office.ok("ke", "2026-09-08T18:05", &["break", "list"]);
    let stray = breaks["breaks"][0]["id"].as_str().unwrap().to_owned();
    let credit = "select d.code, a.collection_id from allocation a join debtor d on d.book_id = a.book_id \
                  and d.id = a.debtor_id where a.target = 'credit' and a.undone_at is null order by a.amount desc limit 1";
    let row = office.rows(credit, "ti").remove(0);
    (office, stray, row[0].clone(), row[1].clone(), closing)
}

fn state_of(office: &Office, batch: &str) -> String {
    let sql = format!("select state from batch where id = {batch}");
    office.rows(&sql, "t").remove(0).remove(0)
}

/// End-to-end references and amounts of the payment files of a folder.
fn payments(folder: &Path) -> Vec<(String, i64)> {
    let mut out = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|x| x != "xml") {
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        let of = |tag: &str| -> Vec<String> {
            text.split(&format!("<{tag}"))
                .skip(1)
                .map(|rest| {
                    let inner = rest.split_once('>').unwrap().1;
                    inner.split_once('<').unwrap().0.to_owned()
                })
                .collect()
        };
        let amounts = of("InstdAmt").into_iter().map(|a| a.parse().unwrap());
        out.extend(of("EndToEndId").into_iter().zip(amounts));
    }
    out
}

fn messages(folder: &Path) -> Vec<String> {
    let mut out = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|x| x != "jsonl") {
            continue;
        }
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let message: Value = serde_json::from_str(line).unwrap();
            out.push(message["id"].as_str().unwrap().to_owned());
        }
    }
    out
}

/// Catches a refund or a stray payment that goes out twice or not at all, a payout in two
/// batches, money that leaves the books with a process, and a reminder that is lost or told
/// twice, whatever moment the program dies at and whoever works beside it.
#[test]
fn what_goes_out_goes_once_whenever_the_program_dies() {
    for (engine, seed) in engines("kill_school").into_iter().zip(71..) {
        let mut rng = Rng::new(seed);
        let (office, stray, debtor, payment, opening) = paid(engine);
        let office = office.going_on();
        let now = "2026-09-08T18:10";
        let propose = [
            "suspense",
            "send-back",
            &stray,
            "--name",
            "NGUYEN LA",
            "--reason",
            WHY,
        ];
        let approve = ["suspense", "send-back", &stray, "--approve"];
        for _ in 0..3 {
            crowd(
                &office,
                &mut rng,
                &[("ke", now, propose.to_vec()), ("ke", now, propose.to_vec())],
            );
            crowd(
                &office,
                &mut rng,
                &[
                    ("thu", now, approve.to_vec()),
                    ("hieu", now, approve.to_vec()),
                ],
            );
        }
        // Whatever became of it: given again until it is done, and refused when it was.
        office.run("ke", now, &propose);
        office.run("thu", now, &approve);
        let sent_back = "select count(*) from payout where kind = 'send_back'";
        assert_eq!(office.number(sent_back), 1);
        for amount in ["1000", "50000", "999000"] {
            let refund = [
                "refund",
                "make",
                "--debtor",
                &debtor,
                "--amount",
                amount,
                "--collection",
                &payment,
                "--name",
                "ME CHAU",
                "--reason",
                WHY,
            ];
            let call: Call<'_> = ("quy", now, refund.to_vec());
            crowd(&office, &mut rng, &[call.clone(), call.clone(), call]);
        }
        let prepare: Call<'_> = ("quy", "2026-09-09T08:00", vec!["payout", "prepare"]);
        for _ in 0..4 {
            crowd(&office, &mut rng, &[prepare.clone(), prepare.clone()]);
        }
        office.run("quy", "2026-09-09T08:00", &["payout", "prepare"]);
        let wanted = office.rows(
            "select count(*), cast(sum(amount) as bigint) from payout",
            "ii",
        );
        let planned = "select count(*), cast(sum(amount) as bigint) from instruction";
        assert_eq!(office.rows(planned, "ii"), wanted);
        let batches = office.rows("select cast(id as text) from batch order by id", "t");
        for batch in batches.concat() {
            for (who, step, done) in [
                ("quy", "submit", "submitted"),
                ("hieu", "approve", "approved"),
                ("hieu", "release", "released"),
                ("ke", "send", "sent"),
            ] {
                let mut args = vec!["batch", step, batch.as_str()];
                if step == "send" {
                    args.extend(["--out", "out"]);
                }
                let call: Call<'_> = (who, "2026-09-09T09:00", args.clone());
                for _ in 0..2 {
                    crowd(&office, &mut rng, &[call.clone(), call.clone()]);
                }
                office.run(who, "2026-09-09T09:00", &args);
                assert_eq!(state_of(&office, &batch), done, "{engine:?} {step}");
            }
        }
        let told = payments(&office.path("out"));
        let references: BTreeSet<&String> = told.iter().map(|t| &t.0).collect();
        assert_eq!(references.len(), told.len(), "a reference twice");
        let sum: i64 = told.iter().map(|t| t.1).sum();
        assert_eq!(vec![told.len().to_string(), sum.to_string()], wanted[0]);
        let booked: Vec<Line> = told
            .iter()
            .map(|(reference, amount)| (false, *amount, reference.clone(), String::new(), None))
            .collect();
        let closing = statement(&office.path("2.xml"), 2, "2026-09-09", opening, &booked);
        let import: Call<'_> = (
            "ke",
            "2026-09-09T18:00",
            vec!["statement", "import", "2.xml"],
        );
        for _ in 0..3 {
            crowd(&office, &mut rng, &[import.clone(), import.clone()]);
        }
        let answer = office.ok("ke", "2026-09-09T18:00", &["statement", "import", "2.xml"]);
        assert_eq!(answer["breaks"], Value::Array(Vec::new()), "{answer}");
        let nostro = "select cast(sum(b.debits - b.credits) as bigint) from balance b join account a \
                      on a.book_id = b.book_id and a.id = b.account_id where a.name like 'nostro/%'";
        assert_eq!(office.number(nostro), closing);
        let day = "2026-09-21";
        let remind: Call<'_> = (
            "quy",
            "2026-09-21T08:00",
            vec!["reminder", "run", "--day", day],
        );
        let send: Call<'_> = (
            "quy",
            "2026-09-21T08:10",
            vec!["reminder", "send", "--out", "nhac"],
        );
        for call in [&remind, &send] {
            for _ in 0..3 {
                crowd(&office, &mut rng, &[call.clone(), call.clone()]);
            }
            office.run(call.0, call.1, &call.2);
        }
        let ids = messages(&office.path("nhac"));
        let distinct: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len(), "a reminder twice");
        let sent = i64::try_from(ids.len()).unwrap();
        assert!(sent > 0);
        let marked = "select count(*) from reminder where sent_at is not null";
        assert_eq!(office.number(marked), sent);
        assert_eq!(office.number("select count(*) from reminder"), sent);
        office.ok("hieu", "2026-09-01T08:00", &["ledger", "verify"]);
    }
}
