//! The world that the demo runs against: people and their lists, the register over HTTP,
//! the bank. The only place, with the benchmark, that names the simulator.

use super::super::args::DemoArgs;
use super::world_fault;
use crate::error::{Failure, io_fault};
use ansinh_simulator::bank::Outcome;
use ansinh_simulator::{
    Bank, BankConfig, COMMUNES, Faults, Population, RegisterBook, RegisterFaults, RegisterHandle,
    Share, serve_register,
};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

pub const BOOK: &str = "BL";
pub const BANK_ACCOUNT: &str = "BL-AGRI";
pub const BIN: &str = "970405";
pub const OUR_NUMBER: &str = "1300200012345";
pub const BANK_KEY: &str = "demo-key-of-the-bank-not-secret!";
const KEY_ID: &str = "agri-demo-1";

pub struct World {
    pub bank: Bank,
    folder: PathBuf,
    people: People,
}

enum People {
    /// Made from the seed: this month and the next.
    Made {
        first: Box<Population>,
        second: Box<Population>,
        later: Box<Population>,
    },
    /// Brought by the caller: a list and its register.
    Given {
        roster: PathBuf,
        population: PathBuf,
    },
}

/// The files of a month.
pub struct Lists {
    pub roster: PathBuf,
    pub population: PathBuf,
    pub holders: Option<PathBuf>,
    /// The list may name another month than the one that is paid.
    pub any_period: bool,
}

impl World {
    pub fn make(a: &DemoArgs, folder: &Path) -> Result<World, Failure> {
        let people = match (&a.roster, &a.population) {
            (Some(roster), Some(population)) => People::Given {
                roster: roster.clone(),
                population: population.clone(),
            },
            _ => {
                let n = a.beneficiaries.clamp(1, 1_000_000);
                let first = ansinh_simulator::World::people(a.seed, n, &COMMUNES);
                let second = first.next_month(a.seed);
                let later = second.next_month(a.seed.wrapping_add(1));
                People::Made {
                    first: Box::new(first),
                    second: Box::new(second),
                    later: Box::new(later),
                }
            }
        };
        let mut bank = Bank::new(BankConfig {
            bin: BIN.into(),
            seed: a.seed,
            key_id: KEY_ID.into(),
            key: BANK_KEY.as_bytes().to_vec(),
            faults: Faults::NONE,
        });
        bank.open_account(OUR_NUMBER, 0)
            .map_err(|e| world_fault("bank")(e.to_string()))?;
        Ok(World {
            bank,
            folder: folder.to_owned(),
            people,
        })
    }

    /// The set-up file of the demo's labour office.
    pub fn setup_text(&self) -> String {
        let units: Vec<String> = COMMUNES.iter().map(|c| format!("{c:?}")).collect();
        format!(
            "[[book]]\ncode = \"{BOOK}\"\nname = \"Phòng LĐ-TB&XH Bình Lục\"\nkind = \"labour_office\"\nunits = [{}]\n\n\
             [[staff]]\ncode = \"lan\"\nname = \"Nguyễn Thị Lan\"\nroles = {{ {BOOK} = [\"labour_maker\"] }}\n\n\
             [[staff]]\ncode = \"minh\"\nname = \"Trần Văn Minh\"\nroles = {{ {BOOK} = [\"labour_approver\"] }}\n\n\
             [[staff]]\ncode = \"hoa\"\nname = \"Lê Thị Hoa\"\nroles = {{ {BOOK} = [\"accountant\"] }}\n\n\
             [[staff]]\ncode = \"son\"\nname = \"Phạm Văn Sơn\"\nroles = {{ {BOOK} = [\"chief_accountant\"] }}\n\n\
             [[programme]]\ncode = \"social_assistance\"\nname = \"Trợ giúp xã hội hằng tháng\"\n\n\
             [[bank_account]]\ncode = \"{BANK_ACCOUNT}\"\nbook = \"{BOOK}\"\nbin = \"{BIN}\"\nbank = \"Agribank\"\n\
             number = \"{OUR_NUMBER}\"\nholder = \"PHONG LDTBXH BINH LUC\"\nopening = 0\nopened_on = \"2026-05-29\"\n\
             keys = [{{ id = \"{KEY_ID}\", file = \"bank.key\" }}]\n",
            units.join(", ")
        )
    }

    /// The first month's list, register and holders.
    pub fn first_lists(&self) -> Result<Lists, Failure> {
        match &self.people {
            People::Made { first, .. } => self.write(first, "2026-06", "06/2026"),
            People::Given { roster, population } => Ok(Lists {
                roster: roster.clone(),
                population: population.clone(),
                holders: None,
                any_period: true,
            }),
        }
    }

    /// The second month's.
    pub fn second_lists(&self) -> Result<Lists, Failure> {
        match &self.people {
            People::Made { second, .. } => self.write(second, "2026-07", "07/2026"),
            People::Given { .. } => self.first_lists(),
        }
    }

    /// The register as it stands after the second batch was approved: more have died.
    pub fn later_population(&self) -> Result<Option<PathBuf>, Failure> {
        let People::Made { later, .. } = &self.people else {
            return Ok(None);
        };
        let path = self.folder.join("2026-07").join("population-later.csv");
        write_file(&path, |f| {
            later.population_csv_as_of(f, "2026-07-02T09:00:00+07:00")
        })?;
        Ok(Some(path))
    }

    fn write(&self, people: &Population, name: &str, month: &str) -> Result<Lists, Failure> {
        const STANDARD: i64 = 500_000;
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder).map_err(io_fault(&folder))?;
        // A worksheet is made in memory; long lists come as CSV.
        let roster = if people.ever_listed() <= 20_000 {
            let path = folder.join("roster.xlsx");
            people
                .write_roster_xlsx(&path, month, STANDARD)
                .map_err(|e| world_fault("roster")(e.to_string()))?;
            path
        } else {
            let path = folder.join("roster.csv");
            let mut file = BufWriter::new(File::create(&path).map_err(io_fault(&path))?);
            people
                .roster_csv(&mut file, month, STANDARD)
                .map_err(|e| world_fault("roster")(e.to_string()))?;
            file.flush().map_err(io_fault(&path))?;
            path
        };
        let population = folder.join("population.csv");
        write_file(&population, |f| people.population_csv(f))?;
        let holders = folder.join("holders.csv");
        write_file(&holders, |f| people.holders_csv(f))?;
        Ok(Lists {
            roster,
            population,
            holders: Some(holders),
            any_period: false,
        })
    }

    /// Serves a register on loopback; some of its answers fail and must be asked for again.
    pub async fn register(
        &self,
        population: &Path,
        seed: u64,
    ) -> Result<(String, RegisterHandle), Failure> {
        let file = File::open(population).map_err(io_fault(population))?;
        let book = RegisterBook::from_csv(file).map_err(io_fault(population))?;
        let faults = RegisterFaults {
            seed,
            http_500: 50,
            broken_json: 50,
            ..RegisterFaults::default()
        };
        let (address, handle) = serve_register(book, faults)
            .await
            .map_err(|e| world_fault("register")(e.to_string()))?;
        Ok((format!("http://{address}"), handle))
    }

    /// Money comes in for us.
    pub fn credit(&mut self, amount: i64, reference: &str, day: u32) -> Result<(), Failure> {
        self.bank
            .credit(
                OUR_NUMBER,
                amount,
                reference,
                ("970405", "9523100000001"),
                "KBNN CAP KINH PHI",
                day,
            )
            .map_err(|e| world_fault("bank")(e.to_string()))
    }

    /// The bank takes a payment file; what it refuses ends the demo.
    pub fn take(&mut self, path: &Path) -> Result<(u64, i64), Failure> {
        let receipt = self
            .bank
            .take_payment_file(path)
            .map_err(|e| world_fault("bank")(e.to_string()))?;
        match receipt.outcome {
            Outcome::Accepted => Ok((receipt.payments, receipt.total)),
            _ => Err(world_fault("bank")(format!(
                "{:?} {:?}",
                receipt.outcome, receipt.reasons
            ))),
        }
    }

    /// The bank closes its day; the statement in its own or in the XML form.
    pub fn close_day(&mut self, day: u32, xml: bool) -> Result<PathBuf, Failure> {
        let file = self
            .bank
            .close_day(OUR_NUMBER, day)
            .map_err(|e| world_fault("bank")(e.to_string()))?;
        let folder = self.folder.join("statements");
        std::fs::create_dir_all(&folder).map_err(io_fault(&folder))?;
        let path = folder.join(format!(
            "{BIN}_{OUR_NUMBER}_{day}.{}",
            if xml { "xml" } else { "stl" }
        ));
        let written = if xml {
            file.settlement_camt(&path)
        } else {
            file.settlement_native(&path)
        };
        written.map_err(io_fault(&path))?;
        Ok(path)
    }

    /// What goes wrong in the first month.
    pub fn first_faults(&mut self) {
        self.bank.set_faults(Faults {
            closed: Share::exactly(3),
            closed_later: Share::exactly(2),
            late: Share::exactly(2),
            short: Share::exactly(1),
            fee: Share::exactly(1),
            ..Faults::NONE
        });
    }

    /// What goes wrong in the second month.
    pub fn second_faults(&mut self) {
        self.bank.set_faults(Faults {
            closed: Share::exactly(4),
            late: Share::exactly(1),
            doubled: Share::exactly(1),
            redelivered: Share::exactly(1),
            excess: Share::exactly(1),
            dropped: Share::exactly(1),
            foreign_credit: Share::exactly(1),
            ..Faults::NONE
        });
    }

    pub fn no_faults(&mut self) {
        self.bank.set_faults(Faults::NONE);
    }
}

fn write_file(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let mut file = BufWriter::new(File::create(path).map_err(io_fault(path))?);
    write(&mut file)
        .and_then(|()| file.flush())
        .map_err(io_fault(path))?;
    Ok(())
}
