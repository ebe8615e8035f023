//! `people`: the files of one month, and of later ones.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use ansinh_simulator::days::Month;
use ansinh_simulator::people::PEOPLE_MAX;
use ansinh_simulator::{COMMUNES, Population, World};
use clap::Args;
use serde_json::json;

use super::Outcome;

/// More lines than this do not fit a sheet.
const SHEET_PEOPLE_MAX: u64 = 1_000_000;

#[derive(Args)]
pub struct People {
    /// Seed of everything; the same seed gives the same files
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many people; about 2 % of them are typed twice
    #[arg(long, default_value_t = 240, value_parser = clap::value_parser!(u64).range(1..=PEOPLE_MAX))]
    count: u64,
    /// Month of the list
    #[arg(long, default_value = "06/2026", value_name = "MM/YYYY", value_parser = month)]
    month: Month,
    /// Over how many of the 16 communes
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u8).range(1..=16))]
    communes: u8,
    /// Standard of the allowance in đồng, from which the amounts follow
    #[arg(long, default_value_t = 500_000, value_parser = clap::value_parser!(i64).range(1..=1_000_000_000))]
    standard: i64,
    /// Months to make; later ones lie in folders of their own, such as OUT/2026-07
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=60))]
    months: u32,
    /// As of when the bank lists the holders (default: 07:00 on the first of the month)
    #[arg(long, value_name = "2026-06-05T10:00:00+07:00")]
    holders_as_of: Option<String>,
    /// Make roster.csv but not roster.xlsx
    #[arg(long)]
    no_xlsx: bool,
    /// Folder for roster.xlsx, roster.csv, population.csv, holders.csv, expected.json
    /// and holder_faults.json (where the bank's list differs on purpose)
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

fn month(text: &str) -> Result<Month, String> {
    Month::parse(text).ok_or_else(|| "not a month such as 06/2026".to_owned())
}

impl People {
    pub fn run(&self) -> Outcome {
        let count = usize::try_from(self.count)?;
        let communes = &COMMUNES[..usize::from(self.communes)];
        let mut people = World::people_in(self.month, self.seed, count, communes);
        for step in 0..self.months {
            let folder = if step == 0 {
                self.out.clone()
            } else {
                people = people.next_month(self.seed.wrapping_add(u64::from(step)));
                self.out.join(people.month().to_string())
            };
            self.write(&people, &folder)?;
            let summary = json!({
                "folder": folder,
                "month": people.month().to_string(),
                "ever_listed": people.ever_listed(),
                "listed": people.entries().count(),
            });
            println!("{summary}");
        }
        Ok(())
    }

    fn write(&self, people: &Population, folder: &Path) -> Outcome {
        fs::create_dir_all(folder)?;
        let month = people.month().title();
        let file = |name: &str| File::create(folder.join(name)).map(BufWriter::new);
        people.population_csv(file("population.csv")?)?;
        match &self.holders_as_of {
            Some(as_of) => people.holders_csv_as_of(file("holders.csv")?, as_of)?,
            None => people.holders_csv(file("holders.csv")?)?,
        }
        people.roster_csv(file("roster.csv")?, &month, self.standard)?;
        people.expected_json(file("expected.json")?, &month, self.standard)?;
        let faults: Vec<_> = people.holder_faults().collect();
        serde_json::to_writer_pretty(file("holder_faults.json")?, &faults)?;
        if !self.no_xlsx && people.ever_listed() <= SHEET_PEOPLE_MAX {
            people.write_roster_xlsx(&folder.join("roster.xlsx"), &month, self.standard)?;
        }
        Ok(())
    }
}
