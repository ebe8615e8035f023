//! `payers`: people who answer the bills of a school, the notices of their bank, and the
//! settlement file of each day.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use ansinh_simulator::bank::{Bank, BankConfig, Faults, Share};
use ansinh_simulator::days::{Day, parse_day};
use ansinh_simulator::payers::{
    Habits, PayBill, PayerConfig, Payers, SignedNotice, Tellings, bills_from_csv, bills_from_json,
    post, write_notices,
};
use ansinh_simulator::statement::SealKey;
use clap::Args;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Outcome;

const SHARE_HELP: &str = "\
Habits of the bills that are due: wrong_character swapped cut twice short over for_two
        before_midnight late dressed other_form no_code asks_back never; of invitations and
        of bills not yet due: ahead (paid exactly, the rest not answered)
Tellings of the payments: late twice never hollow (a notice, and no money)
  --habit short=3         three of them, chosen by the seed
  --telling never=5/1000  five of a thousand

In OUT: notices.jsonl (sent_at, signature, body), BIN_ACCOUNT_DAY.stl of each bank day,
refund_requests.json, expected.json (what must come out, and what was truly paid).";

#[derive(Args)]
#[command(after_help = SHARE_HELP)]
pub struct PayersArgs {
    /// Bills: what `ansinh bill list --limit N --json` prints, or a CSV with
    /// pay_code,amount,due_on,debtor,bin,account[,kind,paid]
    #[arg(long, value_name = "FILE")]
    bills: PathBuf,
    /// BIN of our bank, for bills in JSON
    #[arg(long, default_value = "970405")]
    bin: String,
    /// Our account, for bills in JSON
    #[arg(long, default_value = "1300200099999")]
    account: String,
    /// First bank day
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    from: Day,
    /// Last bank day
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    to: Day,
    /// Seed of everything; the same seed gives the same files
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many answer in a way, NAME=COUNT or NAME=N/1000; may be given several times
    #[arg(long, value_name = "NAME=SHARE", value_parser = share)]
    habit: Vec<(String, Share)>,
    /// How many payments are told in a way
    #[arg(long, value_name = "NAME=SHARE", value_parser = share)]
    telling: Vec<(String, Share)>,
    /// All pay exactly and are told in time, but for what --habit and --telling say
    #[arg(long)]
    plain: bool,
    /// Opening balance in đồng
    #[arg(long, default_value_t = 0, allow_hyphen_values = true)]
    opening: i64,
    /// Number of the first statement
    #[arg(long, default_value_t = 1)]
    number: u32,
    /// Name of the key that signs statements and notices
    #[arg(long, default_value = "k1")]
    key_id: String,
    /// A file that holds the key of the statements; without it the key is `ansinh-test-key`
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// A file that holds the secret of the notices (default: the key of the statements)
    #[arg(long, value_name = "FILE")]
    notice_key_file: Option<PathBuf>,
    /// Also post the notices in their order, signed anew at the time of sending
    #[arg(long, value_name = "URL")]
    post: Option<String>,
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

fn day(text: &str) -> Result<Day, String> {
    parse_day(text).ok_or_else(|| "not a day such as 2026-09-10".to_owned())
}

fn share(text: &str) -> Result<(String, Share), String> {
    let (name, share) = text.split_once('=').ok_or("write it as NAME=SHARE")?;
    let number = |digits: &str| digits.parse().map_err(|_| "not a number".to_owned());
    let share = match share.strip_suffix("/1000") {
        Some(rate) => Share::per_mille(number(rate)?),
        None => Share::exactly(number(share)?),
    };
    Ok((name.to_owned(), share))
}

/// The table with the shares that were given, by the names of its fields.
fn with_shares<T: Serialize + DeserializeOwned>(
    table: T,
    given: &[(String, Share)],
) -> Result<T, String> {
    let mut value = serde_json::to_value(table).map_err(|e| e.to_string())?;
    for (name, share) in given {
        match value.get_mut(name) {
            Some(place) => *place = json!(share),
            None => return Err(format!("no such habit or telling: {name}; see --help")),
        }
    }
    serde_json::from_value(value).map_err(|e| e.to_string())
}

impl PayersArgs {
    pub fn run(&self) -> Outcome {
        let (habits, tellings) = match self.plain {
            true => (Habits::NONE, Tellings::NONE),
            false => (Habits::default(), Tellings::default()),
        };
        let config = PayerConfig {
            seed: self.seed,
            first: self.from,
            last: self.to,
            habits: with_shares(habits, &self.habit)?,
            tellings: with_shares(tellings, &self.telling)?,
        };
        let payers = Payers::new(self.read_bills()?, config)?;
        let key = match &self.key_file {
            Some(path) => fs::read(path)?,
            None => b"ansinh-test-key".to_vec(),
        };
        let notice_key = match &self.notice_key_file {
            Some(path) => trimmed(fs::read(path)?),
            None => trimmed(key.clone()),
        };
        fs::create_dir_all(&self.out)?;
        let closing = self.statements(&payers, key)?;
        let notice_key = SealKey {
            id: self.key_id.clone(),
            key: notice_key,
        };
        let notices = payers.notices(&notice_key);
        let file = File::create(self.out.join("notices.jsonl"))?;
        write_notices(BufWriter::new(file), &notices)?;
        let expected = payers.expected();
        self.write("refund_requests.json", &json!(expected.refund_requests))?;
        let mut value = serde_json::to_value(&expected)?;
        value["balance"] = json!(closing);
        self.write("expected.json", &value)?;
        let answers = match &self.post {
            Some(url) => post_all(url, &notices, &notice_key)?,
            None => Value::Null,
        };
        println!(
            "{}",
            json!({"bills": payers.bills.len(), "payments": expected.payments, "received": expected.received,
                   "notices": notices.len(), "suspense": expected.suspense, "balance": closing,
                   "refund_requests": expected.refund_requests.len(), "days": payers.days().len(),
                   "posted": answers})
        );
        Ok(())
    }

    fn read_bills(&self) -> Result<Vec<PayBill>, Box<dyn std::error::Error>> {
        let file = BufReader::new(File::open(&self.bills)?);
        let csv = self.bills.extension().is_some_and(|e| e == "csv");
        Ok(match csv {
            true => bills_from_csv(file)?,
            false => bills_from_json(file, &self.bin, &self.account)?,
        })
    }

    /// Writes the settlement file of each day; what stands on the account at the end.
    fn statements(&self, payers: &Payers, key: Vec<u8>) -> Result<i64, Box<dyn std::error::Error>> {
        let (bin, account) = (&payers.bills[0].bin, &payers.bills[0].account);
        if bin.len() != 6 || !bin.bytes().all(|b| b.is_ascii_digit()) {
            return Err("a BIN has 6 digits".into());
        }
        let named = (1..=16).contains(&self.key_id.len());
        if !named || !self.key_id.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("--key-id: 1 to 16 characters without spaces".into());
        }
        let mut bank = Bank::new(BankConfig {
            bin: bin.clone(),
            seed: self.seed,
            key_id: self.key_id.clone(),
            key,
            faults: Faults::NONE,
        });
        bank.open_account_at(account, self.opening, self.number)?;
        payers.pay_into(&mut bank)?;
        for day in payers.days() {
            let file = bank.close_day(account, day)?;
            let name = format!("{bin}_{account}_{day}.stl");
            file.settlement_native(&self.out.join(name))?;
        }
        Ok(bank.balance(account).unwrap_or(self.opening))
    }

    fn write(&self, name: &str, value: &Value) -> Outcome {
        let path: &Path = &self.out.join(name);
        serde_json::to_writer_pretty(BufWriter::new(File::create(path)?), value)?;
        Ok(())
    }
}

/// As AnSinh reads a secret: blanks and line ends at its end are left off.
fn trimmed(mut key: Vec<u8>) -> Vec<u8> {
    key.truncate(key.trim_ascii_end().len());
    key
}

/// How many answers of each status.
fn post_all(
    url: &str,
    notices: &[SignedNotice],
    key: &SealKey,
) -> Result<Value, Box<dyn std::error::Error>> {
    let mut answers = serde_json::Map::new();
    for notice in notices {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let signature = notice.signed_at(i64::try_from(now)?, key);
        let status = post(url, &signature, &notice.body)?.to_string();
        let count = answers.get(&status).and_then(Value::as_u64).unwrap_or(0);
        answers.insert(status, json!(count + 1));
    }
    Ok(Value::Object(answers))
}
