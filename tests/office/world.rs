//! The world outside the office: who lives there, what the commune types, the bank.

use ansinh_simulator::bank::Outcome;
use ansinh_simulator::{
    Bank, BankConfig, COMMUNES, DayFile, Faults, Population, Receipt, Share, World as Simulated,
};
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

pub const BOOK: &str = "BL";
pub const BIN: &str = "970405";
pub const OUR_NUMBER: &str = "1300200012345";
pub const BANK_KEY: &str = "key-of-the-bank-in-tests-only-32";
pub const KEY_ID: &str = "agri-test-1";
/// đồng that the first statement brings.
pub const BUDGET: i64 = 900_000_000_000;
/// The monthly standard of June 2026, đồng.
pub const STANDARD: i64 = 500_000;

pub fn people(seed: u64, n: usize) -> Population {
    Simulated::people(seed, n, &COMMUNES)
}

/// `NAME-list.csv`, `NAME-register.csv`, `NAME-holders.csv` of a month such as `06/2026`.
pub fn write_lists(people: &Population, folder: &Path, month: &str, name: &str) {
    let file = |what: &str| {
        let path = folder.join(format!("{name}-{what}.csv"));
        BufWriter::new(File::create(path).unwrap())
    };
    people.roster_csv(file("list"), month, STANDARD).unwrap();
    people.population_csv(file("register")).unwrap();
    people.holders_csv(file("holders")).unwrap();
}

/// The bank makes its list of holders anew, as of `when`; the file's name.
pub fn holders_as_of(office: &super::Office, name: &str, when: &str) -> String {
    let old = std::fs::read_to_string(office.path(&format!("{name}-holders.csv"))).unwrap();
    let (_, records) = old.split_once('\n').unwrap();
    let new = format!("{name}-holders-anew.csv");
    std::fs::write(office.path(&new), format!("# as_of {when}\n{records}")).unwrap();
    new
}

/// A bank without faults that keeps the office's account.
pub fn bank(seed: u64) -> Bank {
    let mut bank = Bank::new(BankConfig {
        bin: BIN.into(),
        seed,
        key_id: KEY_ID.into(),
        key: BANK_KEY.as_bytes().to_vec(),
        faults: Faults::NONE,
    });
    bank.open_account(OUR_NUMBER, 0).unwrap();
    bank
}

/// The bank after the first of June, on which the budget came in, and that day's file.
pub fn first_day(seed: u64, budget: i64) -> (Bank, DayFile) {
    let mut bank = bank(seed);
    credit(&mut bank, budget, "KB260601", 20_260_601);
    let file = bank.close_day(OUR_NUMBER, 20_260_601).unwrap();
    (bank, file)
}

/// The treasury sends money.
pub fn credit(bank: &mut Bank, amount: i64, reference: &str, day: u32) {
    let treasury = ("970405", "9523100000001");
    bank.credit(OUR_NUMBER, amount, reference, treasury, "CAP KINH PHI", day)
        .unwrap();
}

/// Somebody sends money under a reference.
pub fn credit_from(bank: &mut Bank, amount: i64, reference: &str, day: u32) {
    let somebody = ("970436", "0071000099999");
    bank.credit(OUR_NUMBER, amount, reference, somebody, "nop tien", day)
        .unwrap();
}

/// The bank takes a payment file, which it must accept.
pub fn take(bank: &mut Bank, path: &Path) -> Receipt {
    let receipt = bank.take_payment_file(path).unwrap();
    assert_eq!(receipt.outcome, Outcome::Accepted, "{receipt:?}");
    receipt
}

/// A few errors of most kinds.
pub fn some_faults() -> Faults {
    Faults::all(Share::exactly(2))
}

/// The set-up file of the office. `phuc` has every role, to show that a person with the
/// right role is still refused what was that person's own doing.
pub fn setup_text() -> String {
    let units: Vec<String> = COMMUNES.iter().map(|c| format!("{c:?}")).collect();
    let staff = [
        ("lan", "Nguyễn Thị Lan", "\"labour_maker\""),
        ("minh", "Trần Văn Minh", "\"labour_approver\""),
        ("hoa", "Lê Thị Hoa", "\"accountant\""),
        ("son", "Phạm Văn Sơn", "\"chief_accountant\""),
        (
            "phuc",
            "Đỗ Văn Phúc",
            "\"labour_maker\", \"labour_approver\", \"accountant\", \"chief_accountant\"",
        ),
        ("vinh", "Vũ Thị Vinh", "\"viewer\""),
    ];
    let staff: Vec<String> = staff
        .iter()
        .map(|(code, name, roles)| {
            format!("[[staff]]\ncode = \"{code}\"\nname = \"{name}\"\nroles = {{ {BOOK} = [{roles}] }}\n")
        })
        .collect();
    format!(
        "[[book]]\ncode = \"{BOOK}\"\nname = \"Phòng LĐ-TB&XH Bình Lục\"\nkind = \"labour_office\"\nunits = [{}]\n\n\
         {}\n[[programme]]\ncode = \"social_assistance\"\nname = \"Trợ giúp xã hội hằng tháng\"\n\n\
         [[bank_account]]\ncode = \"BL-AGRI\"\nbook = \"{BOOK}\"\nbin = \"{BIN}\"\nbank = \"Agribank\"\n\
         number = \"{OUR_NUMBER}\"\nholder = \"PHONG LDTBXH BINH LUC\"\nopening = 0\nopened_on = \"2026-05-29\"\n\
         keys = [{{ id = \"{KEY_ID}\", file = \"bank.key\" }}]\n",
        units.join(", "),
        staff.join("\n"),
    )
}
