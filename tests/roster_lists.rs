//! Lists as they go wrong, and lists that come back mended.
//!
//! Files are written here with another library's hand than the reader's, or as plain text,
//! into a temporary folder. All people are made up.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use ansinh::programme::catalogue::Period;
use ansinh::roster::{
    Category, CheckResult, CheckSettings, CheckedLine, CsvRegister, RegisterFault, RegisterLookup,
    RegisterRecord, RejectCode, RosterFile, check_list, read_list, write_refused,
};
use ansinh_settlement::{Day, Dong};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use std::cell::RefCell;
use std::path::PathBuf;
use tempfile::TempDir;

const HEADER: &str = "STT,Họ và tên,Ngày tháng năm sinh,Giới tính,Số CCCD/CMND,Địa chỉ,Đối tượng,Hệ số,Số tiền,Số tài khoản,Ngân hàng,Người nhận thay,CCCD người nhận thay\n";
const REGISTER: &str = "identity_number,old_identity_number,full_name,birth_date,sex,permanent_address,status,deceased_on
035050000001,160000001,Lê Thị Hòa,19500605,F,\"Xã An Lão, Bình Lục, Hà Nam\",alive,
035090000002,160000002,Lê Văn Lý,19900101,M,\"Xã An Lão, Bình Lục, Hà Nam\",alive,
035160000003,160000003,Đỗ Thúy Mai,1960,F,\"Xã Bồ Đề, Bình Lục, Hà Nam\",deceased,20260411
001222000004,,Trần Bá Tài,20220515,M,\"Xã Bồ Đề, Bình Lục, Hà Nam\",alive,
035070000005,160000009,Ngô Văn Sơn,19700101,M,Xã Bồ Đề,alive,
035070000006,160000009,Ngô Thị Lan,19710202,F,Xã Bồ Đề,alive,
";

struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn list(&self, rows: &str) -> RosterFile {
        read_list(&self.file("list.csv", format!("{HEADER}{rows}"))).unwrap()
    }
}

fn settings() -> CheckSettings {
    let period = Period::parse("2026-06").unwrap();
    let known_on = Day::parse("2026-06-01").unwrap();
    CheckSettings::new(period, Dong::new(500_000).unwrap(), known_on)
}

fn check(list: &RosterFile) -> CheckResult {
    let register = CsvRegister::read(REGISTER.as_bytes()).unwrap();
    check_list(list, &register, &settings())
}

fn line_of(row: &str) -> CheckedLine {
    check(&Folder::new().list(row)).lines.remove(0)
}

/// Catches a category given for another reason than its own.
#[test]
fn each_category_has_its_reason() {
    let rest = "Người khuyết tật nặng,\"1,5\",750000,0011234567890,VCB,,";
    for (who, category, code) in [
        (
            "Lê Thị Hoà,05/06/1950,Nữ,035050000001,\"Thôn 1, Xã An Lão\"",
            Category::Matched,
            None,
        ),
        (
            "LÊ VĂN LÍ,1990,nam,160000002,Thôn 2",
            Category::Matched,
            None,
        ),
        (
            "Lê Thị Hòa,1/1/50,,035050000001,",
            Category::MismatchDob,
            Some("BIRTH_DIFFERS"),
        ),
        ("Lê Thị Hòa,5/6/50,,035050000001,", Category::Matched, None),
        (
            "Lê Thị Hòa,,,035050000001,",
            Category::MismatchDob,
            Some("BIRTH_MISSING"),
        ),
        (
            "Lê Thị Hòa,không rõ,,035050000001,",
            Category::MismatchDob,
            Some("BIRTH_UNREADABLE"),
        ),
        (
            "Lê Thị Hoa,05/06/1950,,035050000001,",
            Category::MismatchName,
            Some("NAME_DIFFERS"),
        ),
        (
            ",05/06/1950,,035050000001,",
            Category::MismatchName,
            Some("NAME_MISSING"),
        ),
        (
            "Lê Thị Hòa,05/06/1950,Nam,035050000001,",
            Category::MismatchSex,
            Some("SEX_DIFFERS"),
        ),
        (
            "Lê Thị Hòa,05/06/1950,Nữ,035050000001,Xã Bồ Đề",
            Category::MismatchAddress,
            Some("COMMUNE_DIFFERS"),
        ),
        (
            "Đỗ Thuý Mai,1/2/1960,Nữ,035160000003,",
            Category::Deceased,
            Some("DECEASED"),
        ),
        (
            "Lê Thị Hòa,05/06/1950,,035050000009,",
            Category::NotFound,
            Some("NOT_IN_REGISTER"),
        ),
        (
            "Lê Thị Hòa,05/06/1950,,O35050000001,",
            Category::BadFormat,
            Some("NUMBER_BAD_FORM"),
        ),
        (
            "Lê Thị Hòa,05/06/1950,,,",
            Category::NoId,
            Some("NUMBER_MISSING"),
        ),
        (
            "Trần Bá Tài,15/5/2022,Nam,1222000004,",
            Category::Matched,
            None,
        ),
        ("Ngô Thị Lan,1971,,160000009,", Category::Matched, None),
        (
            "Ngô Thị Lan,1970,,160000009,",
            Category::MismatchName,
            Some("NAME_DIFFERS"),
        ),
    ] {
        let line = line_of(&format!("1,{who},{rest}\n"));
        let found = line.refusal.as_ref().map(|finding| finding.code.code());
        assert_eq!((line.category, found), (category, code), "{who}");
        assert_eq!(
            line.identity_number.is_some(),
            category == Category::Matched
        );
        assert_eq!(line.amount, Dong::new(750_000).ok(), "{who}");
        assert_eq!(line.is_accepted(), category == Category::Matched, "{who}");
    }
}

/// Catches a matched line that is paid although its money side is wrong, or a sound one stopped.
#[test]
fn problems_stop_a_matched_line_and_warnings_do_not() {
    let who = "Lê Văn Lý,01/01/1990,Nam,035090000002,Xã An Lão";
    for (rest, code) in [
        (
            "Người khuyết tật nặng,1.5,750.000 đ,0011234567890,VCB,,",
            None,
        ),
        ("Người khuyết tật nặng,1.5,740000,0011234567890,VCB,,", None),
        ("Người khuyết tật nặng,2.0,,0011234567890,VCB,,", None),
        ("Người khuyết tật nặng,1.5,750000,,,,", Some("NO_ACCOUNT")),
        (
            "Người khuyết tật nặng,1.5,0,0011234567890,VCB,,",
            Some("AMOUNT_ZERO"),
        ),
        (
            "Người khuyết tật nặng,1.5,-750000,0011234567890,VCB,,",
            Some("AMOUNT_NEGATIVE"),
        ),
        (
            "Người khuyết tật nặng,1.5,750000.5,0011234567890,VCB,,",
            Some("AMOUNT_FRACTION"),
        ),
        (
            "Người khuyết tật nặng,1.5,10000000000000000,0011234567890,VCB,,",
            Some("AMOUNT_TOO_LARGE"),
        ),
        (
            "Người khuyết tật nặng,1.5,bảy trăm,0011234567890,VCB,,",
            Some("AMOUNT_NOT_A_NUMBER"),
        ),
        (",1.5,750000,0011234567890,VCB,,", Some("POLICY_MISSING")),
        (
            "Người tốt,1.5,750000,0011234567890,VCB,,",
            Some("POLICY_UNKNOWN"),
        ),
        (
            "Mai táng phí,20,10000000,0011234567890,VCB,,",
            Some("POLICY_ONE_OFF"),
        ),
        (
            "Người từ đủ 80 tuổi không có lương hưu,1,500000,0011234567890,VCB,,",
            Some("POLICY_NOT_IN_FORCE"),
        ),
        (
            "Người khuyết tật nặng,1.5,750000,0011234567890,,,",
            Some("BANK_MISSING"),
        ),
        (
            "Người khuyết tật nặng,1.5,750000,0011234567890,Ngân hàng lạ,,",
            Some("BANK_UNKNOWN"),
        ),
        (
            "Người khuyết tật nặng,1.5,750000,,VCB,,",
            Some("ACCOUNT_MISSING"),
        ),
        (
            "Người khuyết tật nặng,1.5,750000,chưa có,VCB,,",
            Some("ACCOUNT_BAD_FORM"),
        ),
        (
            "Người khuyết tật nặng,1.5,750000,1.1E+12,VCB,,",
            Some("ACCOUNT_DIGITS_LOST"),
        ),
        (
            "Người khuyết tật nặng,1.5,750000,0011234567890,VCB,Lê Thị Hòa,035050000001",
            None,
        ),
        (
            "Người khuyết tật nặng,1.5,750000,0011234567890,VCB,Lê Thị Hoà,35050000001",
            None,
        ),
        (
            "Người khuyết tật nặng,1.5,750000,0011234567890,VCB,Lê Thị Hòa,",
            Some("PROXY_NUMBER_MISSING"),
        ),
        (
            "Người khuyết tật nặng,1.5,750000,0011234567890,VCB,Lê Thị Hòa,12",
            Some("PROXY_NUMBER_BAD_FORM"),
        ),
        (
            "Người khuyết tật nặng,1.5,750000,0011234567890,VCB,Lê Thị Hòa,035050000008",
            Some("PROXY_NOT_IN_REGISTER"),
        ),
        (
            "Người khuyết tật nặng,1.5,750000,0011234567890,VCB,Lê Thị Huệ,035050000001",
            Some("PROXY_NAME_DIFFERS"),
        ),
        (
            "Người khuyết tật nặng,1.5,750000,0011234567890,VCB,Đỗ Thúy Mai,035160000003",
            Some("PROXY_DECEASED"),
        ),
    ] {
        let line = line_of(&format!("1,{who},{rest}\n"));
        assert_eq!(line.category, Category::Matched, "{rest}");
        let found: Vec<&str> = line.problems.iter().map(|p| p.code.code()).collect();
        assert_eq!(found, code.into_iter().collect::<Vec<_>>(), "{rest}");
        for reason in line.reasons() {
            assert!(
                !reason.vi().contains('{') && !reason.en().contains('{'),
                "{}",
                reason.vi()
            );
        }
    }
    let warned = |row: &str| {
        let result = check(&Folder::new().list(&format!("1,{who},{row}\n")));
        let codes: Vec<&str> = result
            .warnings
            .iter()
            .map(|w| w.finding.code.code())
            .collect();
        codes.join(" ")
    };
    assert_eq!(
        warned("Người khuyết tật nặng,1.5,740000,0011234567890,VCB,,"),
        "AMOUNT_DIFFERS"
    );
    assert_eq!(
        warned("Người khuyết tật nặng,2.0,,,,,"),
        "COEFFICIENT_DIFFERS"
    );
    assert_eq!(warned("Trẻ em khuyết tật nặng,2,,,,,"), "AGE_OUTSIDE");
}

/// Catches a person paid twice under two numbers, or not at all because a wrong line came first.
#[test]
fn the_first_matched_line_of_a_person_counts() {
    let rest = "Người khuyết tật nặng,1.5,750000,0011234567890,VCB,,";
    let rows = [
        "1,Lê Văn Lít,01/01/1990,Nam,035090000002,",
        "2,Lê Văn Lý,01/01/1990,Nam,160000002,",
        "3,Lê Văn Lý,01/01/1990,Nam,035090000002,",
        "4,Lê Văn Lý,01/01/1991,Nam,035090000002,",
    ];
    let rows: String = rows.iter().map(|row| format!("{row},{rest}\n")).collect();
    let result = check(&Folder::new().list(&rows));
    let categories: Vec<Category> = result.lines.iter().map(|line| line.category).collect();
    use Category::{Duplicate, Matched, MismatchDob, MismatchName};
    assert_eq!(categories, [MismatchName, Matched, Duplicate, MismatchDob]);
    assert_eq!(result.totals.accepted_amount.get(), 750_000);
    let repair = &result.repairs[0];
    assert_eq!(
        (&*repair.was, &*repair.became, repair.stt),
        ("160000002", "035090000002", 2)
    );
}

struct Faulty<'a> {
    register: &'a CsvRegister,
    fail: usize,
    asked: RefCell<Vec<usize>>,
}

impl RegisterLookup for Faulty<'_> {
    fn lookup(&self, numbers: &[String]) -> Result<Vec<RegisterRecord>, RegisterFault> {
        self.asked.borrow_mut().push(numbers.len());
        if self.asked.borrow().len() == self.fail {
            return Err(RegisterFault {
                detail: "time-out".into(),
            });
        }
        self.register.lookup(numbers)
    }
}

/// Catches silence of the register taken for "not found", and look-ups that are too large.
#[test]
fn a_fault_marks_its_chunk_and_nothing_else() {
    let people: String = (0..2_500)
        .map(|n| format!("03509000{n:04},,Lê Văn Lý,1990,M,Xã A,alive,\n"))
        .collect();
    let header = REGISTER.lines().next().unwrap();
    let register = CsvRegister::read(format!("{header}\n{people}").as_bytes()).unwrap();
    let rows: String = (0..2_500)
        .map(|n| {
            format!(
                "{},Lê Văn Lý,1990,Nam,03509000{n:04},,Người khuyết tật nặng,1.5,750000,,,,\n",
                n + 1
            )
        })
        .collect();
    let folder = Folder::new();
    let list = folder.list(&rows);
    let faulty = Faulty {
        register: &register,
        fail: 2,
        asked: RefCell::default(),
    };
    let result = check_list(&list, &faulty, &settings());
    assert_eq!(*faulty.asked.borrow(), [1_000, 1_000, 500]);
    for (at, line) in result.lines.iter().enumerate() {
        let silent = (1_000..2_000).contains(&at);
        let want = if silent {
            Category::ServiceError
        } else {
            Category::Matched
        };
        assert_eq!(line.category, want, "line {at}");
    }
}

/// Catches a record of another person taken for the asked one.
#[test]
fn a_broken_answer_is_a_service_error() {
    struct Wrong(CsvRegister);
    impl RegisterLookup for Wrong {
        fn lookup(&self, numbers: &[String]) -> Result<Vec<RegisterRecord>, RegisterFault> {
            let mut records = self.0.lookup(&["035090000002".to_owned()])?;
            records[0].number = ansinh::identity::IdentityNumber::parse(&numbers[0]).unwrap();
            Ok(records)
        }
    }
    let folder = Folder::new();
    let list =
        folder.list("1,Lê Văn Lý,1990,Nam,035050000001,,Người khuyết tật nặng,1.5,750000,,,,\n");
    let wrong = Wrong(CsvRegister::read(REGISTER.as_bytes()).unwrap());
    let result = check_list(&list, &wrong, &settings());
    assert_eq!(result.lines[0].category, Category::ServiceError);
}

/// A workbook with two header rows, a numbering row, dates, numbers and a hidden sheet.
fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let date = Format::new().set_num_format("dd/mm/yyyy");
    book.add_worksheet()
        .set_name("Ghi chú")
        .unwrap()
        .write_string(0, 0, "không có gì")
        .unwrap();
    let sheet = book.add_worksheet().set_name("DS chi trả").unwrap();
    sheet.write_string(0, 0, "UBND XÃ AN LÃO").unwrap();
    sheet
        .write_string(2, 0, "DANH SÁCH CHI TRẢ THÁNG 06/2026")
        .unwrap();
    for (at, title) in [
        "TT",
        "Số tài khoản",
        "Ngân hàng",
        "Họ và tên",
        "Năm sinh",
        "",
        "Số CCCD",
        "Loại đối tượng",
        "Mức trợ cấp",
        "Người nhận thay",
        "",
        "Thôn",
    ]
    .iter()
    .enumerate()
    {
        let at = u16::try_from(at).unwrap();
        if !title.is_empty() {
            sheet.write_string(4, at, *title).unwrap();
        }
    }
    for (at, title) in [(4, "Nam"), (5, "Nữ"), (9, "Họ và tên"), (10, "Số CCCD")] {
        sheet.write_string(5, at, title).unwrap();
    }
    for at in 0..12 {
        sheet.write_string(6, at, format!("({})", at + 1)).unwrap();
    }
    let mut row = 7;
    let mut person =
        |stt: f64, account: f64, name: &str, birth: (u16, f64), number: f64, policy: &str| {
            sheet.write_number(row, 0, stt).unwrap();
            sheet.write_number(row, 1, account).unwrap();
            sheet.write_string(row, 2, "VCB").unwrap();
            sheet.write_string(row, 3, name).unwrap();
            sheet.write_number(row, birth.0, birth.1).unwrap();
            sheet.write_number(row, 6, number).unwrap();
            sheet.write_string(row, 7, policy).unwrap();
            sheet.write_number(row, 8, 750_000.0).unwrap();
            sheet.write_string(row, 11, "=Thôn 1").unwrap();
            row += 1;
        };
    person(
        1.0,
        92_679_030_996.0,
        "Lê Văn Lý",
        (4, 1990.0),
        35_090_000_002.0,
        "Người khuyết tật nặng",
    );
    person(
        2.0,
        92_679_030_997.0,
        "+Lê Thị Hoa",
        (5, 1950.0),
        35_050_000_001.0,
        "Người khuyết tật nặng",
    );
    person(
        3.0,
        92_679_030_998.0,
        "Trần Bá Tài",
        (4, 2022.0),
        1_222_000_004.0,
        "Trẻ em khuyết tật nặng",
    );
    let day = ExcelDateTime::from_ymd(1970, 1, 1).unwrap();
    sheet
        .write_datetime_with_format(10, 4, &day, &date)
        .unwrap();
    sheet.write_string(10, 3, "Ngô Văn Sơn").unwrap();
    sheet.write_number(10, 0, 4.0).unwrap();
    sheet.write_number(10, 6, 160_000_009.0).unwrap();
    sheet.write_string(10, 7, "Người lạ").unwrap();
    sheet.write_string(11, 0, "Tổng cộng").unwrap();
    sheet.write_number(11, 8, 2_250_000.0).unwrap();
    sheet.write_string(13, 3, "Người lập").unwrap();
    sheet.write_string(13, 9, "Chủ tịch").unwrap();
    let hidden = book.add_worksheet().set_name("cũ").unwrap();
    hidden.set_hidden(true);
    for (at, title) in HEADER.trim().split(',').enumerate() {
        hidden
            .write_string(0, u16::try_from(at).unwrap(), title)
            .unwrap();
    }
    hidden
        .write_string(1, 1, "Lê Văn Lý")
        .unwrap()
        .write_string(1, 4, "035090000002")
        .unwrap();
    book.save_to_buffer().unwrap()
}

/// Catches refused lines that cannot be mended and handed in again, and cells that change.
#[test]
fn refused_lines_come_back_as_a_list() {
    let folder = Folder::new();
    let list = read_list(&folder.file("list.xlsx", workbook())).unwrap();
    let first = check(&list);
    let found: Vec<(u32, Category, bool)> = first
        .lines
        .iter()
        .map(|l| (l.stt, l.category, l.is_accepted()))
        .collect();
    use Category::{Matched, MismatchName};
    assert_eq!(
        found,
        [
            (1, Matched, true),
            (2, MismatchName, false),
            (3, Matched, true),
            (4, Matched, false)
        ]
    );
    assert_eq!(
        first.lines[0].account_number.as_deref(),
        Some("0092679030996")
    );
    assert!(first.lines[0].account_restored);

    let mut bytes = Vec::new();
    assert_eq!(write_refused(&list, &first.lines, &mut bytes).unwrap(), 2);
    let again = read_list(&folder.file("refused.xlsx", &bytes)).unwrap();
    assert_eq!(again.period, list.period);
    let second = check(&again);
    let shown = |line: &CheckedLine| {
        let codes: Vec<&str> = line.reasons().map(|r| r.code.code()).collect();
        (
            line.stt,
            line.category,
            line.list_number,
            line.account_number.clone(),
            line.typed_amount,
            codes.join(" "),
        )
    };
    let before: Vec<_> = first
        .lines
        .iter()
        .filter(|l| !l.is_accepted())
        .map(shown)
        .collect();
    let after: Vec<_> = second.lines.iter().map(shown).collect();
    assert_eq!(before, after);
    assert!(
        second.lines.iter().all(|line| !line.account_restored),
        "accounts come back as text"
    );

    let mut twice = Vec::new();
    assert_eq!(write_refused(&again, &second.lines, &mut twice).unwrap(), 2);
    let third = read_list(&folder.file("twice.xlsx", &twice)).unwrap();
    assert_eq!(
        third.sheets[0].layout.width(),
        again.sheets[0].layout.width(),
        "one column of reasons"
    );
}

/// The workbook as somebody saves it after mending: every cell of every sheet as it was,
/// but for `edits` (STT, title of the column, what is typed instead).
fn mended(bytes: &[u8], edits: &[(f64, &str, &str)]) -> Vec<u8> {
    use calamine::{Data, DataType as _, Reader as _, Xlsx};
    let mut from: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
    let mut to = Workbook::new();
    let date = Format::new().set_num_format("dd/mm/yyyy");
    let mut done = 0;
    for name in from.sheet_names() {
        let range = from.worksheet_range(&name).unwrap();
        let sheet = to.add_worksheet().set_name(&name).unwrap();
        let mut titles: Vec<String> = Vec::new();
        for (row, cells) in range.rows().enumerate() {
            if cells
                .iter()
                .any(|c| c.get_string() == Some("Lý do từ chối"))
            {
                titles = cells.iter().map(Data::to_string).collect();
            }
            for (column, cell) in cells.iter().enumerate() {
                let (row, at) = (
                    u32::try_from(row).unwrap() + range.start().unwrap().0,
                    u16::try_from(column).unwrap()
                        + u16::try_from(range.start().unwrap().1).unwrap(),
                );
                let title = titles.get(column).map_or("", String::as_str);
                let edit = edits
                    .iter()
                    .find(|(stt, what, _)| cells[0].get_float() == Some(*stt) && *what == title);
                if let Some((_, _, typed)) = edit {
                    done += 1;
                    sheet.write_string(row, at, *typed).unwrap();
                    continue;
                }
                match cell {
                    Data::Float(n) => sheet.write_number(row, at, *n).unwrap(),
                    Data::DateTime(day) => sheet
                        .write_number_with_format(row, at, day.as_f64(), &date)
                        .unwrap(),
                    Data::Empty => continue,
                    other => sheet.write_string(row, at, other.to_string()).unwrap(),
                };
            }
        }
    }
    assert_eq!(done, edits.len(), "each edit finds its cell");
    to.save_to_buffer().unwrap()
}

/// Catches a workbook of refused lines that a clerk cannot use: without the reason, the
/// remedy and the row, with numbers that lose their zeros, or one that is not accepted
/// when it was mended, because what was added to it is read as people.
#[test]
fn the_refused_workbook_is_mended_and_handed_in_as_it_is() {
    use calamine::{Data, Reader as _, Xlsx};
    let folder = Folder::new();
    let list = read_list(&folder.file("list.xlsx", workbook())).unwrap();
    let first = check(&list);
    let mut bytes = Vec::new();
    write_refused(&list, &first.lines, &mut bytes).unwrap();

    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(&bytes)).unwrap();
    let names = book.sheet_names();
    assert_eq!(names, ["DS chi trả", "Hướng dẫn"]);
    let range = book.worksheet_range(&names[0]).unwrap();
    let rows: Vec<Vec<String>> = range
        .rows()
        .map(|row| row.iter().map(Data::to_string).collect())
        .collect();
    assert!(rows[0][0].contains("Cách sửa"), "{:?}", rows[0]);
    let head = rows.iter().position(|r| r[0] == "TT").unwrap();
    // The titles as they were typed, then ours.
    assert_eq!(rows[head][1], "Số tài khoản");
    assert_eq!(rows[head + 1][4..6], ["Nam", "Nữ"]);
    let added = &rows[head][12..];
    assert_eq!(added, ["Lý do từ chối", "Cách sửa", "Dòng gốc"]);
    let wrong_name = &rows[head + 2];
    assert_eq!(wrong_name[3], "+Lê Thị Hoa", "as it was typed");
    assert!(
        wrong_name[12].starts_with("[NAME_DIFFERS] họ tên"),
        "{wrong_name:?}"
    );
    assert!(wrong_name[13].starts_with("Ghi họ tên"), "{wrong_name:?}");
    assert_eq!(wrong_name[14], "9", "the row in the list");
    let text = |row: usize, column: usize| {
        let cell = range.get((row, column)).unwrap();
        matches!(cell, Data::String(_)).then(|| cell.to_string())
    };
    assert_eq!(text(head + 2, 1).as_deref(), Some("0092679030997"));
    assert_eq!(text(head + 2, 6).as_deref(), Some("035050000001"));
    let guide = book.worksheet_range("Hướng dẫn").unwrap();
    let guide: Vec<String> = guide.rows().map(|r| r[0].to_string()).collect();
    for code in ["NAME_DIFFERS", "POLICY_UNKNOWN"] {
        assert!(
            guide.iter().any(|l| l.starts_with(&format!("[{code}] "))),
            "{guide:?}"
        );
    }

    let edits = [
        (2.0, "Họ và tên", "Lê Thị Hòa"),
        (4.0, "Loại đối tượng", "Người khuyết tật nặng"),
        (4.0, "Số tài khoản", "0092679030999"),
        (4.0, "Ngân hàng", "VCB"),
    ];
    let again = read_list(&folder.file("mended.xlsx", mended(&bytes, &edits))).unwrap();
    assert_eq!(again.period, list.period);
    let second = check(&again);
    let shown: Vec<_> = second
        .lines
        .iter()
        .map(|l| {
            (
                l.stt,
                l.category,
                l.reasons().map(|r| r.vi()).collect::<Vec<_>>(),
            )
        })
        .collect();
    let none: Vec<String> = Vec::new();
    assert_eq!(
        shown,
        [
            (2, Category::Matched, none.clone()),
            (4, Category::Matched, none)
        ]
    );
    assert_eq!(
        second.lines[0].account_number.as_deref(),
        Some("0092679030997")
    );

    // Half mended: what comes back once more names the row of the list that was typed.
    let half = read_list(&folder.file("half.xlsx", mended(&bytes, &edits[1..]))).unwrap();
    let mut twice = Vec::new();
    assert_eq!(
        write_refused(&half, &check(&half).lines, &mut twice).unwrap(),
        1
    );
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(&twice)).unwrap();
    let range = book.worksheet_range("DS chi trả").unwrap();
    let last = range.rows().next_back().unwrap();
    assert_eq!((last.len(), last[14].to_string().as_str()), (15, "9"));
}

/// Catches a refusal of which the workbook does not say what to do.
#[test]
fn every_refusal_has_a_remedy() {
    let rows = "1,Lê Thị Hoa,,Nam,35050000001,,Người tốt,1.5,540.5,12,Ngân hàng lạ,Ai,12\n\
                2,Lê Văn Lý,1990,Nam,035090000002,,Mai táng phí,1,0,,,,\n\
                3,Lê Văn Lý,1990,Nam,035090000002,,Người khuyết tật nặng,1.5,,0011234567890,VCB,,\n\
                4,Đỗ Thúy Mai,1960,Nữ,035160000003,,Người khuyết tật nặng,1.5,,0011234567890,VCB,,\n";
    let result = check(&Folder::new().list(rows));
    assert!(result.lines.iter().all(|line| !line.is_accepted()));
    for reason in result.lines.iter().flat_map(CheckedLine::reasons) {
        assert!(
            !reason.code.remedy_vi().is_empty(),
            "{}",
            reason.code.code()
        );
    }
}

/// Catches an amount with marks that is read in silence, or one that could be two amounts.
#[test]
fn amounts_with_marks_are_read_and_said() {
    let who = "1,Lê Văn Lý,01/01/1990,Nam,035090000002,Xã An Lão,Người khuyết tật nặng,1.5";
    for (typed, want) in [
        ("750.000", Ok(750_000)),
        ("\"750,000\"", Ok(750_000)),
        ("750 000 đ", Ok(750_000)),
        ("1.080.000 VND", Ok(1_080_000)),
        ("540.5", Err("AMOUNT_FRACTION")),
        ("7500.000", Err("AMOUNT_AMBIGUOUS")),
    ] {
        let result = check(&Folder::new().list(&format!("{who},{typed},0011234567890,VCB,,\n")));
        let line = &result.lines[0];
        match want {
            Ok(amount) => {
                assert_eq!(line.typed_amount.map(Dong::get), Some(amount), "{typed}");
                let repair = result
                    .repairs
                    .iter()
                    .find(|r| r.code.code() == "AMOUNT_READ");
                let repair = repair.unwrap();
                assert_eq!(&*repair.became, amount.to_string());
                assert_eq!(&*repair.was, typed.trim_matches('"'));
                assert_eq!(repair.place.cell(), "I2");
            }
            Err(code) => {
                let problem = &line.problems[0];
                assert_eq!(
                    (problem.code.code(), problem.place.cell()),
                    (code, "I2".into())
                );
            }
        }
    }
    let plain = check(&Folder::new().list(&format!("{who},750000,0011234567890,VCB,,\n")));
    assert!(plain.repairs.is_empty());
}

/// Catches a unit's own higher standard that the check does not know, a lower one that it
/// takes, or another commune's.
#[test]
fn a_units_own_standard_counts_in_the_check() {
    let row = |name: &str, number: &str, commune: &str| {
        format!(
            "1,{name},,,{number},{commune},Người khuyết tật nặng,1.5,900000,0011234567890,VCB,,\n"
        )
    };
    let register = CsvRegister::read(REGISTER.as_bytes()).unwrap();
    let amounts = |own: &[(&str, i64)], rows: &str| {
        let mut settings = settings();
        settings.own_standards = own
            .iter()
            .map(|(unit, n)| ((*unit).to_owned(), Dong::new(*n).unwrap()))
            .collect();
        let result = check_list(&Folder::new().list(rows), &register, &settings);
        let amounts: Vec<_> = result
            .lines
            .iter()
            .map(|l| l.amount.unwrap().get())
            .collect();
        (amounts, result.warnings.len())
    };
    // The register's commune counts, not the typed one; a person it has not, the typed one.
    let rows = [
        row("Lê Thị Hòa", "035050000001", ""),
        row("Trần Bá Tài", "001222000004", ""),
        row("Ai Đó", "035050000009", "\"Thôn 1, Xã An Lão\""),
    ]
    .concat();
    let own = [("XÃ AN LÃO", 600_000), ("Xã Bồ Đề", 400_000)];
    let (found, warnings) = amounts(&own, &rows);
    assert_eq!(found, [900_000, 750_000, 900_000]);
    assert_eq!(
        warnings, 1,
        "900,000 differs only where the unit has no own standard"
    );
    assert_eq!(amounts(&[], &rows).0, [750_000, 750_000, 750_000]);
}

/// Catches a list in another dialect of CSV that is refused or read otherwise.
#[test]
fn reads_csv_in_every_dialect() {
    let row = "1;Lê Văn Lý;01/01/1990;Nam;35090000002;\"Thôn 1; Xã An Lão\";Người khuyết tật nặng;1,5;750.000;92679030996;VCB;;";
    let semicolons = format!(
        "\u{feff}DANH SÁCH THÁNG 6/2026;;\r\n\r\n{}\r\n{row}\r\nTổng cộng;;;;;;;;750.000\r\n",
        HEADER.trim().replace(',', ";")
    );
    let tabs = semicolons.replace(';', "\t");
    for (name, text) in [("semicolons", &semicolons), ("tabs", &tabs)] {
        let list = read_list(&Folder::new().file("list.csv", text)).unwrap();
        assert_eq!(list.period, Period::parse("2026-06").ok(), "{name}");
        let result = check(&list);
        assert_eq!(result.lines.len(), 1, "{name}");
        let line = &result.lines[0];
        assert!(
            line.is_accepted(),
            "{name}: {:?}",
            line.reasons().map(|r| r.vi()).collect::<Vec<_>>()
        );
        assert_eq!(line.account_number.as_deref(), Some("0092679030996"));
        // Number, account, amount.
        assert_eq!(result.repairs.len(), 3, "{name}");
    }
}

/// Catches a file that is no sound list and is taken for one, or refused without a place.
#[test]
fn refuses_what_is_no_list() {
    let person = "1,Lê Văn Lý,1990,Nam,035090000002,Xã An Lão,Người khuyết tật nặng,1.5,750000,0011234567890,VCB,,\n";
    let good = workbook();
    let other_order = "Số CCCD,Họ và tên,STT,Năm sinh,Đối tượng\n";
    let docx = {
        let text = String::from_utf8_lossy(&good).into_owned();
        assert!(text.starts_with("PK"));
        b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec()
    };
    let three = |row: &str| format!("{HEADER}{}", row.repeat(3));
    let cases: Vec<(&str, Vec<u8>, RejectCode)> = vec![
        ("a.csv", vec![], RejectCode::EmptyFile),
        ("a.csv", b"\n  \n".to_vec(), RejectCode::EmptyFile),
        ("a.xlsx", good[..good.len() / 2].to_vec(), RejectCode::BrokenFile),
        ("a.xlsx", docx, RejectCode::WrongKind),
        ("a.xlsx", format!("{HEADER}{person}").into_bytes(), RejectCode::WrongKind),
        ("a.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec(), RejectCode::WrongKind),
        ("a.csv", REGISTER.as_bytes().to_vec(), RejectCode::WrongKind),
        ("a.csv", b"bank_bin,account_number,holder_name,status\n970436,1,A,open\n".to_vec(), RejectCode::WrongKind),
        ("a.csv", b"%PDF-1.7".to_vec(), RejectCode::WrongKind),
        ("a.csv", b":20:START\n:25:1".to_vec(), RejectCode::WrongKind),
        ("a.csv", b"H\xF4 v\xE0 t\xEAn,STT\n".to_vec(), RejectCode::BadEncoding),
        ("a.csv", format!("{HEADER}{person}\u{0}").into_bytes(), RejectCode::BadEncoding),
        ("a.csv", b"xin ch\xC3\xA0o\nm\xE1\xBB\x99t hai ba\n".to_vec(), RejectCode::NotAList),
        ("a.csv", HEADER.as_bytes().to_vec(), RejectCode::NoLines),
        ("a.csv", format!("{HEADER}Tổng cộng,,,,,,,,0\n").into_bytes(), RejectCode::NoLines),
        ("a.csv", b"STT,H\xE1\xBB\x8D v\xC3\xA0 t\xC3\xAAn,N\xC4\x83m sinh,\xC4\x90\xE1\xBB\x91i t\xC6\xB0\xE1\xBB\xA3ng\n1,A,1990,B\n".to_vec(), RejectCode::MissingColumn),
        ("a.csv", format!("Họ và tên,{HEADER}A,{person}").into_bytes(), RejectCode::TwoColumns),
        ("a.csv", format!("{HEADER}{person}{other_order}035090000002,Lê Văn Lý,2,1990,KTN\n").into_bytes(), RejectCode::TwoHeaders),
        ("a.csv", three("1,035090000002,1990,Nam,Lê Văn Lý,,KTN,,,,,,\n").into_bytes(), RejectCode::SwappedColumns),
        ("a.csv", three("1,Lê Văn Lý,1990,Nam,0011234567890,,KTN,,,035090000002,VCB,,\n").into_bytes(), RejectCode::SwappedColumns),
        ("a.csv", three("1,Lê Văn Lý,Nam,1990,035090000002,,KTN,,,,,,\n").into_bytes(), RejectCode::SwappedColumns),
        ("a.csv", format!("{HEADER}{person}2,Lê Văn").into_bytes(), RejectCode::BrokenFile),
        ("a.csv", format!("{HEADER}1,\"Lê{}", "x".repeat(200_000)).into_bytes(), RejectCode::BrokenFile),
    ];
    for (at, (name, bytes, code)) in cases.into_iter().enumerate() {
        let reject = read_list(&Folder::new().file(name, bytes)).unwrap_err();
        assert_eq!(reject.code, code, "case {at}: {reject}");
        assert!(!reject.found.is_empty() && !reject.expected.is_empty() && !reject.vi().is_empty());
    }
    let missing = read_list(&Folder::new().0.path().join("none.csv")).unwrap_err();
    assert_eq!(missing.code, RejectCode::Unreadable);
}

/// Catches a repeated header counted as a person, or a person left out beside one.
#[test]
fn leaves_out_what_is_no_person() {
    let person = |stt: &str, n: u32| {
        format!(
            "{stt},Lê Văn Lý,1990,Nam,03509000{n:04},Xã An Lão,Người khuyết tật nặng,1.5,750000,,,,\n"
        )
    };
    let rows = [
        person("1", 1),
        HEADER.to_owned(),
        "I,Người khuyết tật,,,,,,,,,,,\n".to_owned(),
        person("", 2),
        "Cộng trang 1,,,,,,,,1500000,,,,\n".to_owned(),
        ",Cộng,,,,,,,1500000,,,,\n".to_owned(),
        "Luỹ kế,,,,,,,,1500000,,,,\n".to_owned(),
        person("7", 3),
        ",Người lập biểu,,,,,,,,Kế toán,Chủ tịch,,\n".to_owned(),
        ",,\"An Lão, ngày 05 tháng 6 năm 2026\",,,,,,,,,,\n".to_owned(),
    ];
    let list = Folder::new().list(&rows.concat());
    let stts: Vec<u32> = check(&list).lines.iter().map(|line| line.stt).collect();
    assert_eq!(stts, [1, 2, 7]);
    assert_eq!(list.left_out.len(), 7);
}

/// Catches a panic on damaged files: each file is refused or read, never a crash.
#[test]
fn survives_damaged_files() {
    let good = workbook();
    let folder = Folder::new();
    for step in 1..120 {
        let mut bytes = good.clone();
        let at = good.len() * step / 120;
        bytes[at] ^= 0x55;
        let _ = read_list(&folder.file("flipped.xlsx", &bytes));
        let cut = read_list(&folder.file("cut.xlsx", &good[..at]));
        assert!(cut.is_err(), "cut at {at}");
    }
}
