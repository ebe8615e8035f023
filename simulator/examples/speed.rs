//! How fast and how lean the world is: `cargo run --release --example speed [COUNT]`.
//! Prints milliseconds, file sizes, and what the process held in memory at most.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use ansinh_simulator::statement::{Head, SealKey};
use ansinh_simulator::text::Short;
use ansinh_simulator::{
    Bank, BankConfig, COMMUNES, FastPayment, Faults, Share, World, fast_settlement,
};

type Outcome = Result<(), Box<dyn Error>>;

fn timed(what: &str, path: &Path, act: impl FnOnce() -> Outcome) -> Outcome {
    let start = Instant::now();
    act()?;
    let took = start.elapsed().as_millis();
    let size = path.metadata().map_or(0, |m| m.len() / 1_000_000);
    println!(
        "{what:<34} {took:>7} ms {size:>6} MB  peak {} MB",
        peak_mb()
    );
    Ok(())
}

/// The most memory held so far; 0 where the system does not tell.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1000
}

fn payments(count: u64) -> impl Iterator<Item = FastPayment> {
    (1..=count).filter_map(|i| {
        let reference = format!("A{i:014}X");
        FastPayment::new(&reference, 750_000, "970436", &format!("{i:013}"))
    })
}

fn write_pain(path: &Path, count: u64) -> Outcome {
    let mut out = BufWriter::new(File::create(path)?);
    write!(
        out,
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\"><CstmrCdtTrfInitn>\
         <GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-06-05T08:00:00</CreDtTm><NbOfTxs>{count}</NbOfTxs>\
         <InitgPty/></GrpHdr><PmtInf><PmtInfId>1</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt>\
         <Dt>2026-06-05</Dt></ReqdExctnDt><Dbtr/><DbtrAcct><Id><Othr><Id>1300200012345</Id></Othr>\
         </Id></DbtrAcct><DbtrAgt><FinInstnId/></DbtrAgt>"
    )?;
    for payment in payments(count) {
        writeln!(
            out,
            "<CdtTrfTxInf><PmtId><EndToEndId>{}</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"VND\">{}\
             </InstdAmt></Amt><CdtrAgt><FinInstnId><ClrSysMmbId><MmbId>{}</MmbId></ClrSysMmbId>\
             </FinInstnId></CdtrAgt><Cdtr><Nm>NGUYEN VAN AN</Nm></Cdtr><CdtrAcct><Id><Othr><Id>{}\
             </Id></Othr></Id></CdtrAcct></CdtTrfTxInf>",
            payment.reference.as_str(),
            payment.amount,
            payment.counter_bin.as_str(),
            payment.counter_account.as_str()
        )?;
    }
    write!(out, "</PmtInf></CstmrCdtTrfInitn></Document>")?;
    out.flush()?;
    Ok(())
}

fn main() -> Outcome {
    let count: u64 = std::env::args()
        .nth(1)
        .map_or(Ok(1_000_000), |n| n.parse())?;
    let folder = std::env::temp_dir().join("ansinh-world-speed");
    std::fs::create_dir_all(&folder)?;
    let path = |name: &str| folder.join(name);
    let seal = SealKey {
        id: "k1".to_owned(),
        key: b"ansinh-test-key".to_vec(),
    };

    let out = path("fast.stl");
    timed("fast_settlement", &out, || {
        let head = Head {
            bin: Short::cut("970405"),
            account: Short::cut("1300200012345"),
            number: 1,
            day: 20260605,
            opening: 0,
        };
        fast_settlement(File::create(&out)?, &head, &seal, payments(count))?;
        Ok(())
    })?;

    let people = World::people(1, usize::try_from(count)?, &COMMUNES);
    let out = path("population.csv");
    timed("population.csv", &out, || {
        Ok(people.population_csv(BufWriter::new(File::create(&out)?))?)
    })?;
    let out = path("holders.csv");
    timed("holders.csv", &out, || {
        Ok(people.holders_csv(BufWriter::new(File::create(&out)?))?)
    })?;
    let out = path("roster.csv");
    timed("roster.csv", &out, || {
        Ok(people.roster_csv(File::create(&out)?, "06/2026", 500_000)?)
    })?;
    let out = path("expected.json");
    timed("expected.json", &out, || {
        let file = BufWriter::new(File::create(&out)?);
        Ok(people.expected_json(file, "06/2026", 500_000)?)
    })?;

    let pain = path("pain.xml");
    write_pain(&pain, count)?;
    let mut bank = Bank::new(BankConfig {
        bin: "970405".to_owned(),
        seed: 1,
        key_id: seal.id,
        key: seal.key,
        faults: Faults::all(Share::per_mille(1)),
    });
    bank.open_account("1300200012345", 0)?;
    timed("take_payment_file", &pain, || {
        let receipt = bank.take_payment_file(&pain)?;
        assert_eq!(receipt.payments, count, "{:?}", receipt.reasons);
        Ok(())
    })?;
    let mut day = None;
    timed("close_day", Path::new(""), || {
        day = Some(bank.close_day("1300200012345", 20260605)?);
        Ok(())
    })?;
    let day = day.ok_or("no day")?;
    let out = path("day.stl");
    timed("settlement_native", &out, || {
        Ok(day.settlement_native(&out)?)
    })?;
    let out = path("day.xml");
    timed("settlement_camt", &out, || Ok(day.settlement_camt(&out)?))?;
    timed("misdeeds", Path::new(""), || {
        println!("{} misdeeds", bank.misdeeds().len());
        Ok(())
    })?;
    timed("truth", Path::new(""), || {
        println!("{} deeds", bank.truth().len());
        Ok(())
    })?;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
