//! Pupil lists as schools type them: what is read, what is refused with its cell, and the
//! refused file, mended and handed in again.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

use ansinh::collection::fee_file;
use ansinh::collection::pupil_list::{Column, read_pupils};
use ansinh::collection::pupil_list_check::{CheckedPupils, check_pupils};
use ansinh::collection::pupil_list_refused::write_refused_pupils;
use ansinh::error::Failure;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use std::path::{Path, PathBuf};

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

const HEAD: &str = "STT,Mã học sinh,Họ và tên,Ngày sinh,Lớp,Số định danh,Họ tên mẹ,SĐT mẹ\n";

fn checked(folder: &Path, rows: &str, classes: &[&str]) -> (CheckedPupils, Vec<String>) {
    let file = read_pupils(&write(folder, "l.csv", &format!("{HEAD}{rows}"))).unwrap();
    let classes: Vec<String> = classes.iter().map(|c| (*c).to_owned()).collect();
    let checked = check_pupils(&file, &classes);
    let found = checked
        .problems
        .iter()
        .map(|p| {
            format!(
                "{} {}",
                p.code.code(),
                file.address(&file.rows[p.row], p.column)
            )
        })
        .collect();
    (checked, found)
}

/// Catches a broken row that is taken, or refused without saying which cell.
#[test]
fn each_wrong_cell_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let good = "1,HS1,Nguyễn Văn Mẫu,05/06/2015,6A,001215000001,Trần Thị Mẹ,0912345678\n";
    for (row, want) in [
        ("2,HS2,,05/06/2015,6A,,,", "NAME_MISSING CSV!C3"),
        (
            "2,,Lê Thị Mẫu,05/06/2015,6A,,,",
            "PUPIL_WITHOUT_CODE CSV!B3",
        ),
        (
            "2,001215000009,Lê Thị Mẫu,05/06/2015,6A,,,",
            "CODE_IS_A_NUMBER CSV!B3",
        ),
        (
            "2,HS2,Lê Thị Mẫu,31/02/2015,6A,,,",
            "BIRTH_UNREADABLE CSV!D3",
        ),
        ("2,HS2,Lê Thị Mẫu,05/06/2015,9Z,,,", "CLASS_UNKNOWN CSV!E3"),
        ("2,HS2,Lê Thị Mẫu,05/06/2015,,,,", "CLASS_MISSING CSV!E3"),
        (
            "2,HS2,Lê Thị Mẫu,05/06/2015,6A,00121500000X,,",
            "NUMBER_BAD_FORM CSV!F3",
        ),
        ("2,HS1,Lê Thị Mẫu,05/06/2015,6A,,,", "PUPIL_TWICE CSV!B3"),
        (
            "2,HS2,Lê Thị Mẫu,05/06/2015,6A,001215000001,,",
            "PUPIL_TWICE CSV!F3",
        ),
        (
            "2,HS2,Lê Thị Mẫu,05/06/2015,6A,,,0912345678",
            "PAYER_NAME_MISSING CSV!G3",
        ),
        (
            "2,HS2,Lê Thị Mẫu,05/06/2015,6A,,Trần Thị Mẹ,091X",
            "PHONE_BAD_FORM CSV!H3",
        ),
    ] {
        let (checked, found) = checked(folder.path(), &format!("{good}{row}\n"), &["6A"]);
        assert_eq!(found, [want], "{row}");
        assert_eq!(checked.pupils.len(), 1, "{row}");
    }
}

/// Catches a pupil who is left out in silence because the list has no running number and
/// the row lacks its name, or its code; and a signature or total that is taken for a pupil.
#[test]
fn a_row_that_lacks_something_is_told_not_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let read = |head: &str, rows: &str| {
        let path = write(folder.path(), "l.csv", &format!("{head}\n{rows}"));
        let file = read_pupils(&path).unwrap();
        let problems: Vec<String> = check_pupils(&file, &[])
            .problems
            .iter()
            .map(|p| {
                let place = file.address(&file.rows[p.row], p.column);
                format!("{} {place}", p.code.code())
            })
            .collect();
        (file.rows.len(), file.left_out, problems)
    };
    let head = "Mã học sinh,Họ và tên,Ngày sinh,Lớp";
    let good = "HS1,Nguyễn Văn Mẫu,05/06/2018,1A\n";
    for (row, want) in [
        ("HS9,,01/02/2018,1A\n", "NAME_MISSING CSV!B2"),
        (",Lê Thị Mẫu,01/02/2018,1A\n", "PUPIL_WITHOUT_CODE CSV!A2"),
        (",Lê Thị Mẫu,,1A\n", "PUPIL_WITHOUT_CODE CSV!A2"),
        ("H9,Lê Thị Mẫu,,\n", "CLASS_MISSING CSV!D2"),
    ] {
        let (rows, left_out, problems) = read(head, &format!("{row}{good}"));
        assert_eq!(
            (rows, left_out, problems),
            (2, 0, vec![want.into()]),
            "{row}"
        );
    }
    let (rows, left_out, problems) = read(
        head,
        &format!("{good},Tổng cộng lớp 1A: 1 học sinh,,\n,,,Hiệu trưởng\n,Cộng,,1A\n"),
    );
    assert_eq!((rows, left_out, problems.len()), (1, 3, 0));
}

/// Catches a file of another kind, without a needed column, or without pupils, taken as a list.
#[test]
fn files_that_are_no_list_are_refused_with_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    for (text, want) in [
        ("", "LIST_EMPTY_FILE"),
        ("a,b,c\n1,2,3\n", "LIST_NOT_A_LIST"),
        (
            "STT,Họ và tên,Lớp\n1,Nguyễn Văn Mẫu,6A\n",
            "LIST_MISSING_COLUMN",
        ),
        (
            "STT,Mã học sinh,Họ và tên\n1,HS1,Nguyễn Văn Mẫu\n",
            "LIST_MISSING_COLUMN",
        ),
        (
            "STT,Mã học sinh,Họ và tên,Họ và tên,Lớp\n1,HS1,A,B,6A\n",
            "LIST_TWO_COLUMNS",
        ),
        ("STT,Mã học sinh,Họ và tên,Lớp\n", "LIST_NO_LINES"),
        ("%PDF-1.4", "LIST_WRONG_KIND"),
    ] {
        let refused = read_pupils(&write(folder.path(), "l.csv", text)).unwrap_err();
        assert_eq!(refused.code.code(), want, "{text}");
    }
}

/// Catches titles, merged headers, a sheet a class, numbers as text and text as numbers,
/// and dates that are read otherwise than a clerk means them.
#[test]
fn a_workbook_is_read_as_schools_type_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ds.xlsx");
    let mut book = Workbook::new();
    let date = Format::new().set_num_format("dd/mm/yyyy");
    for (class, n) in [("6A", 1), ("6B", 2)] {
        let s = book.add_worksheet();
        s.set_name(class).unwrap();
        s.write_string(0, 0, "TRƯỜNG THCS MẪU").unwrap();
        s.merge_range(
            1,
            0,
            1,
            7,
            &format!("DANH SÁCH HỌC SINH LỚP {class}"),
            &Format::new(),
        )
        .unwrap();
        for (c, title) in ["STT", "Mã HS", "Họ đệm", "Tên", "Ngày sinh", "Số CCCD"]
            .iter()
            .enumerate()
        {
            s.write_string(3, u16::try_from(c).unwrap(), *title)
                .unwrap();
        }
        s.merge_range(3, 6, 3, 7, "Phụ huynh", &Format::new())
            .unwrap();
        s.write_string(4, 6, "Họ tên").unwrap();
        s.write_string(4, 7, "Điện thoại").unwrap();
        s.write_string(5, 0, "1").unwrap();
        s.write_number(5, 1, 1_000 + n).unwrap();
        s.write_string(5, 2, "Nguyễn  Văn").unwrap();
        s.write_string(5, 3, "Mẫu").unwrap();
        s.write_datetime_with_format(5, 4, ExcelDateTime::from_ymd(2015, 6, 5).unwrap(), &date)
            .unwrap();
        s.write_number(5, 5, 1_215_000_000 + n).unwrap();
        s.write_string(5, 6, "Trần Thị Mẹ").unwrap();
        s.write_number(5, 7, 912_345_678).unwrap();
        s.write_string(7, 2, "Tổng cộng: 1 học sinh").unwrap();
        s.write_string(9, 6, "HIỆU TRƯỞNG").unwrap();
    }
    book.save(&path).unwrap();
    let file = read_pupils(&path).unwrap();
    let checked = check_pupils(&file, &[]);
    assert_eq!(checked.problems, []);
    let got: Vec<(&str, &str, &str)> = checked
        .pupils
        .iter()
        .map(|p| (p.code.as_str(), p.class.as_str(), p.birth.as_str()))
        .collect();
    assert_eq!(
        got,
        [("1001", "6A", "20150605"), ("1002", "6B", "20150605")]
    );
    let first = &checked.pupils[0];
    assert_eq!(first.full_name, "Nguyễn Văn Mẫu");
    assert_eq!(
        first.number.as_deref(),
        Some("001215000001"),
        "lost zeros were not put back"
    );
    assert_eq!(first.payers[0].phone.as_deref(), Some("0912345678"));
}

/// Catches a refused file that cannot be handed in again once its cells are mended.
#[test]
fn the_refused_file_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "1,HS1,Nguyễn Văn Mẫu,05/06/2015,6A,001215000001,,\n2,HS2,=Lê Thị Mẫu,x,6A,,,\n";
    let (checked, found) = checked(folder.path(), rows, &["6A"]);
    assert_eq!(found, ["BIRTH_UNREADABLE CSV!D3"]);
    let file = read_pupils(&folder.path().join("l.csv")).unwrap();
    for (only, rows) in [(false, 2), (true, 1)] {
        let path = folder.path().join("refused.xlsx");
        let out = std::fs::File::create(&path).unwrap();
        assert_eq!(
            write_refused_pupils(&file, &checked.problems, only, out).unwrap(),
            1
        );
        let back = read_pupils(&path).unwrap();
        assert_eq!(back.rows.len(), rows);
        let refused = &back.rows[0];
        assert_eq!(back.cell(refused, Column::FullName).text(), "=Lê Thị Mẫu");
        let reason = back.cell(refused, Column::Reason).text();
        assert!(
            reason.contains("BIRTH_UNREADABLE") && reason.contains("CSV!D3"),
            "{reason}"
        );
    }
}

/// Catches an amount with letters, below zero or of half a đồng in a price sheet.
#[test]
fn a_price_sheet_names_its_wrong_cell() {
    let folder = tempfile::tempdir().unwrap();
    let head = "fee,name,kind,per,price,due,valid_from,ground\n";
    let good = "nuoc,Nước uống,service,month,15.000,20,2026-09-01,QĐ 1\n";
    let path = write(folder.path(), "f.csv", &format!("{head}{good}"));
    let file = fee_file::read(&path, Some("2026-2027")).unwrap();
    assert_eq!((file.price[0].price, file.fee.len()), (15_000, 1));
    for (row, place) in [
        (good.replace("15.000", "15 nghìn"), "E2 (price)"),
        (good.replace("15.000", "-15000"), "E2 (price)"),
        (good.replace("15.000", "15000.5"), "E2 (price)"),
        (good.replace("service", "dịch vụ"), "C2 (kind)"),
        (good.replace("month", "tháng"), "D2 (per)"),
        (good.replace(",20,", ",hai mươi,"), "F2 (due)"),
        (good.replace("2026-09-01", "01/09"), "G2 (valid_from)"),
    ] {
        let path = write(folder.path(), "f.csv", &format!("{head}{row}"));
        let Err(Failure::Reject(r)) = fee_file::read(&path, Some("2026-2027")) else {
            panic!("{row} was read")
        };
        assert_eq!(r.data()["place"], place, "{row}");
    }
}
