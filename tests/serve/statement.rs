//! The bank's statement of the tests' day, with credits only.

use super::harness::ctx;
use super::world::{NUMBER, School};
use ansinh::gateway::intake;
use ansinh::reconcile::import::Imported;
use ansinh::store::{Db, run};

/// Writes a camt.053 of (amount, bank's reference, content), and the accountant imports it.
pub async fn import(db: &Db, s: &School, lines: &[(i64, String, String)]) -> Imported {
    let sum: i64 = lines.iter().map(|l| l.0).sum();
    let balance = |code: &str, amount: i64| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"VND\">{amount}</Amt>\
             <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-06-05</Dt></Dt></Bal>"
        )
    };
    let mut text = format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId>\
         <CreDtTm>2026-06-05T18:00:00+07:00</CreDtTm></GrpHdr><Stmt><Id>1</Id><ElctrncSeqNb>1</ElctrncSeqNb>\
         <Acct><Id><Othr><Id>{NUMBER}</Id></Othr></Id><Ccy>VND</Ccy><Svcr><FinInstnId><ClrSysMmbId><MmbId>970405</MmbId>\
         </ClrSysMmbId></FinInstnId></Svcr></Acct>{}{}",
        balance("OPBD", 0),
        balance("CLBD", sum),
    );
    for (amount, reference, note) in lines {
        text.push_str(&format!(
            "<Ntry><NtryRef>{reference}</NtryRef><Amt Ccy=\"VND\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>\
             <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-06-05</Dt></BookgDt><NtryDtls><TxDtls><Refs>\
             <EndToEndId>NOTPROVIDED</EndToEndId></Refs><RmtInf><Ustrd>{note}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        ));
    }
    let path = s.folder.join("statement.xml");
    std::fs::write(&path, text + "</Stmt></BkToCstmrStmt></Document>").unwrap();
    let ctx = ctx("ketoan");
    let command = intake::statement(db, &s.folder, &ctx, &s.keys, &path)
        .await
        .unwrap();
    run(db, &ctx, &command).await.unwrap()
}
