//! The bank of a school: its notices and statements, as one who reads them meets them.

use super::harness::{ctx, now};
use super::world::{self, School};
use ansinh::clock::Instant;
use ansinh::collection::notice::{NoticeReply, Told};
use ansinh::error::Failure;
use ansinh::gateway::intake;
use ansinh::reconcile::credits::TakeNotices;
use ansinh::reconcile::import::Imported;
use ansinh::reconcile::sql;
use ansinh::store::{Ctx, Db, run};

pub fn told(s: &School, id: usize, content: &str, amount: i64) -> Told {
    Told {
        book_id: s.book.id,
        bank_account_id: Some(s.bank.id),
        provider: "sepay".into(),
        provider_ref: id.to_string(),
        posts: true,
        amount,
        at: now().0,
        content: content.into(),
        virtual_account: None,
        bank_ref: format!("FT{id}"),
        counter: 0,
        counter_text: None,
        body: content.as_bytes().to_vec(),
        kept: None,
        owner: None,
    }
}

pub async fn take(db: &Db, s: &School, told: Vec<Told>) -> Vec<NoticeReply> {
    let keys = s.keys.clone();
    run(db, &ctx("sepay"), &TakeNotices { told, keys })
        .await
        .unwrap()
}

/// (direction, amount, bank's reference, content).
pub type Line<'a> = (&'a str, i64, String, String);

/// The bank writes its next statement of a day, and the accountant imports it.
pub async fn statement_on(db: &Db, s: &School, day: &str, lines: &[Line<'_>]) -> Imported {
    let mut tx = db.begin_read().await.unwrap();
    let last = sql::last_statement(&mut tx, s.book.id, s.bank.id)
        .await
        .unwrap();
    tx.rollback().await.unwrap();
    let opening = last.as_ref().map_or(0, |l| l.closing);
    let n = last.map_or(0, |l| u32::try_from(l.number).unwrap()) + 1;
    let path = s.folder.join(format!("{n}.xml"));
    std::fs::write(&path, camt(n, day, opening, lines)).unwrap();
    let ctx = on("ketoan", day);
    let command = intake::statement(db, &s.folder, &ctx, &s.keys, &path)
        .await
        .unwrap();
    run(db, &ctx, &command).await.unwrap()
}

/// A camt.053.001.08, with the contents as payers write them. Contents here need no escape.
/// A credit with an empty content has what the payer wrote in its end-to-end reference.
fn camt(number: u32, day: &str, opening: i64, lines: &[Line<'_>]) -> String {
    let sum: i64 = lines
        .iter()
        .map(|l| if l.0 == "C" { l.1 } else { -l.1 })
        .sum();
    let balance = |code: &str, amount: i64| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"VND\">{amount}</Amt>\
             <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
        )
    };
    let mut out = format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt><GrpHdr><MsgId>{number}</MsgId>\
         <CreDtTm>{day}T18:00:00+07:00</CreDtTm></GrpHdr><Stmt><Id>{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb>\
         <Acct><Id><Othr><Id>{}</Id></Othr></Id><Ccy>VND</Ccy><Svcr><FinInstnId><ClrSysMmbId><MmbId>970405</MmbId>\
         </ClrSysMmbId></FinInstnId></Svcr></Acct>{}{}",
        world::NUMBER,
        balance("OPBD", opening),
        balance("CLBD", opening + sum),
    );
    for ((direction, amount, reference, note), line) in lines.iter().zip(1..) {
        let (sign, entry, end_to_end) = match *direction {
            "C" if note.is_empty() => ("CRDT", format!("X{number}-{line}"), reference.as_str()),
            "C" => ("CRDT", reference.clone(), "NOTPROVIDED"),
            _ => ("DBIT", format!("X{number}-{line}"), reference.as_str()),
        };
        out.push_str(&format!(
            "<Ntry><NtryRef>{entry}</NtryRef><Amt Ccy=\"VND\">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>\
             <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><NtryDtls><TxDtls><Refs>\
             <EndToEndId>{end_to_end}</EndToEndId></Refs><RmtInf><Ustrd>{note}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        ));
    }
    out + "</Stmt></BkToCstmrStmt></Document>"
}

pub fn on(who: &str, day: &str) -> Ctx {
    Ctx::new(who, Instant::parse(&format!("{day}T09:00")).unwrap())
}

/// The code of a refusal.
pub fn code<T>(result: Result<T, Failure>) -> String {
    match result {
        Err(Failure::Reject(r)) => r.code().to_owned(),
        Err(Failure::Fault(f)) => panic!("fault: {f}"),
        Ok(_) => panic!("it was not refused"),
    }
}
