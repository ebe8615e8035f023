//! `bank settle`: a bank for one day, or for one day and the next.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use ansinh_simulator::bank::{Bank, BankConfig, DayFile, Faults, Outcome as Taken, Share};
use ansinh_simulator::days::{Day, parse_day};
use ansinh_simulator::statement::Spoil;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::Outcome;

#[derive(Subcommand)]
pub enum BankCommand {
    /// Take payment files, close the day, write the settlement file
    Settle(Settle),
}

impl BankCommand {
    pub fn run(&self) -> Outcome {
        let Self::Settle(settle) = self;
        settle.run()
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// AnSinh settlement file, version 1
    Native,
    /// camt.053.001.08 with FILE.sig beside it
    Camt,
}

const FAULT_HELP: &str = "\
Faults: closed closed_later late doubled redelivered short excess misdirected
        cut_reference dropped foreign_debit fee foreign_credit
  --fault closed=3        three of the payments, chosen by the seed
  --fault late=5/1000     five of a thousand
closed_later and late show in the statement of the next day (--next-day).

Bad files (--spoil): cut flipped_byte wrong_mac wrong_totals number_gap wrong_opening
        wrong_closing unsigned unknown_key clashing_entry trailing_bytes other_account
        line_gap carriage_returns";

#[derive(Args)]
#[command(after_help = FAULT_HELP)]
pub struct Settle {
    /// Payment file, pain.001.001.09; may be given several times
    #[arg(long, value_name = "FILE")]
    pain: Vec<PathBuf>,
    /// Our account
    #[arg(long)]
    account: String,
    /// BIN of the bank
    #[arg(long, default_value = "970405", value_parser = bin)]
    bin: String,
    /// Opening balance in đồng
    #[arg(long, default_value_t = 0, allow_hyphen_values = true)]
    opening: i64,
    /// Number of the statement
    #[arg(long, default_value_t = 1)]
    number: u32,
    /// Day to close; payments of a later execution day wait
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    day: Day,
    /// Settlement file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Form of the settlement file
    #[arg(long, value_enum, default_value = "native")]
    format: Format,
    /// Money arriving that day: đồng, or đồng:reference
    #[arg(long, value_name = "AMOUNT[:REFERENCE]")]
    credit: Vec<String>,
    /// A day after, closed as well
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day, requires = "next_out")]
    next_day: Option<Day>,
    /// Its settlement file
    #[arg(long, value_name = "FILE", requires = "next_day")]
    next_out: Option<PathBuf>,
    /// Seed of the faults
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What goes wrong, NAME=COUNT or NAME=N/1000; may be given several times
    #[arg(long, value_name = "NAME=SHARE", value_parser = fault)]
    fault: Vec<(String, Share)>,
    /// Write the first settlement file bad on purpose
    #[arg(long, value_name = "HOW", value_parser = spoil)]
    spoil: Option<Spoil>,
    /// Name of the key that seals the files
    #[arg(long, default_value = "k1", value_parser = key_id)]
    key_id: String,
    /// The key, as text
    #[arg(long, default_value = "ansinh-test-key", conflicts_with = "key_file")]
    key: String,
    /// A file that holds the key, byte by byte
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Where to write what the bank truly did, as JSON
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Leave payments settled as instructed out of it
    #[arg(long)]
    truth_brief: bool,
}

fn day(text: &str) -> Result<Day, String> {
    parse_day(text).ok_or_else(|| "not a day such as 2026-06-05".to_owned())
}

fn bin(text: &str) -> Result<String, String> {
    let right = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
    right
        .then(|| text.to_owned())
        .ok_or_else(|| "a BIN has 6 digits".to_owned())
}

fn key_id(text: &str) -> Result<String, String> {
    let right = (1..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    right
        .then(|| text.to_owned())
        .ok_or_else(|| "1 to 16 characters without spaces".to_owned())
}

fn spoil(text: &str) -> Result<Spoil, String> {
    serde_json::from_value(json!(text)).map_err(|_| "see the list below --help".to_owned())
}

fn fault(text: &str) -> Result<(String, Share), String> {
    let (name, share) = text.split_once('=').ok_or("write it as NAME=SHARE")?;
    Faults::NONE
        .clone()
        .by_name(name)
        .ok_or("no such fault; see --help")?;
    let number = |digits: &str| digits.parse().map_err(|_| "not a number".to_owned());
    let share = match share.strip_suffix("/1000") {
        Some(rate) => Share::per_mille(number(rate)?),
        None => Share::exactly(number(share)?),
    };
    Ok((name.to_owned(), share))
}

impl Settle {
    pub fn run(&self) -> Outcome {
        let mut faults = Faults::NONE;
        for (name, share) in &self.fault {
            if let Some(place) = faults.by_name(name) {
                place.per_mille += share.per_mille;
                place.exactly += share.exactly;
            }
        }
        let key = match &self.key_file {
            Some(path) => fs::read(path)?,
            None => self.key.clone().into_bytes(),
        };
        let mut bank = Bank::new(BankConfig {
            bin: self.bin.clone(),
            seed: self.seed,
            key_id: self.key_id.clone(),
            key,
            faults,
        });
        bank.open_account_at(&self.account, self.opening, self.number)?;
        for credit in &self.credit {
            let (amount, reference) = credit.split_once(':').unwrap_or((credit, ""));
            let amount = amount.parse()?;
            bank.credit(
                &self.account,
                amount,
                reference,
                ("", ""),
                "kinh phi",
                self.day,
            )?;
        }
        let mut refused = false;
        for pain in &self.pain {
            let receipt = bank.take_payment_file(pain)?;
            refused |= receipt.outcome == Taken::Refused;
            println!("{}", serde_json::to_string(&receipt)?);
        }
        self.close(&mut bank, self.day, &self.out, self.spoil)?;
        if let (Some(day), Some(out)) = (self.next_day, &self.next_out) {
            self.close(&mut bank, day, out, None)?;
        }
        if let Some(path) = &self.truth {
            let deeds = if self.truth_brief {
                bank.misdeeds()
            } else {
                bank.truth()
            };
            serde_json::to_writer_pretty(BufWriter::new(File::create(path)?), &deeds)?;
        }
        if refused {
            return Err("a payment file was refused; the receipt above says why".into());
        }
        Ok(())
    }

    fn close(&self, bank: &mut Bank, day: Day, out: &Path, spoil: Option<Spoil>) -> Outcome {
        let file: DayFile = bank.close_day(&self.account, day)?;
        match (self.format, spoil) {
            (Format::Native, None) => file.settlement_native(out)?,
            (Format::Native, Some(spoil)) => file.bad_native(out, spoil)?,
            (Format::Camt, None) => file.settlement_camt(out)?,
            (Format::Camt, Some(spoil)) => file.bad_camt(out, spoil)?,
        }
        let totals = file.totals();
        let summary = json!({
            "file": out,
            "statement": file.number(),
            "day": file.day(),
            "opening": file.opening(),
            "closing": file.closing(),
            "debits": totals.debits,
            "debit_total": totals.debit_total,
            "credits": totals.credits,
            "credit_total": totals.credit_total,
            "waiting_for_their_day": file.waiting(),
        });
        println!("{summary}");
        Ok(())
    }
}
