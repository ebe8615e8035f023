//! What the title of a column says.
//!
//! Titles are compared without accents, case and punctuation, by whole words: communes write
//! the same column in many ways. More special titles are asked before more general ones
//! (`Số CCCD người nhận thay` before `Số CCCD`, `Tên chủ tài khoản` before `Số tài khoản`).

use super::header::Column;
use crate::identity::{ascii_key, name_key};

/// The titles of the columns that a file of refused lines adds.
pub const REASON_TITLE: &str = "Lý do từ chối";
pub const REMEDY_TITLE: &str = "Cách sửa";
pub const ORIGIN_TITLE: &str = "Dòng gốc";

/// What a title says, and how plainly (0 is plainest).
pub(super) fn classify(title: &str) -> Option<(Column, u8)> {
    let plain: String = ascii_key(title)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    if words.is_empty() || words.len() > 16 {
        return None;
    }
    let text = format!(" {} ", words.join(" "));
    let has = |any: &[&str]| any.iter().any(|w| text.contains(&format!(" {w} ")));
    let is = |any: &[&str]| any.iter().any(|w| text.trim() == *w);
    let identity = has(&[
        "CCCD",
        "CMND",
        "CMTND",
        "CMT",
        "DDCN",
        "DINH DANH",
        "CAN CUOC",
        "CHUNG MINH",
        "SO CC",
    ]);
    let name = has(&[
        "HO VA TEN",
        "HO TEN",
        "TEN NGUOI",
        "TEN DOI TUONG",
        "HO TEN NGUOI",
    ]) || is(&["TEN", "HO"]);
    if is(&["LY DO TU CHOI", "LY DO REASON"]) {
        return Some((Column::Reason, 0));
    }
    if is(&["CACH SUA"]) {
        return Some((Column::Remedy, 0));
    }
    if is(&["DONG GOC"]) {
        return Some((Column::Origin, 0));
    }
    if has(&["NHAN THAY", "UY QUYEN", "NHAN HO", "GIAM HO", "DAI DIEN"]) {
        return Some(
            match (
                identity,
                has(&[
                    "QUAN HE",
                    "DIEN THOAI",
                    "SDT",
                    "DIA CHI",
                    "TAI KHOAN",
                    "NGAN HANG",
                    "NGAY",
                    "NAM SINH",
                ]),
            ) {
                (_, true) => (Column::Other, 0),
                (true, _) => (Column::ProxyNumber, 0),
                (false, _) => (Column::ProxyName, 0),
            },
        );
    }
    if has(&[
        "NGAY CAP",
        "NOI CAP",
        "DIEN THOAI",
        "SDT",
        "CHU TAI KHOAN",
        "TEN TAI KHOAN",
        "TEN TK",
        "CHU TK",
        "KY NHAN",
        "TRUY LINH",
        "MUC CHUAN",
        "QUE QUAN",
        "NOI SINH",
        "DAN TOC",
        "QUYET DINH",
        "THANG HUONG",
        "TRANG THAI",
        "HINH THUC",
    ]) {
        return Some((Column::Other, 0));
    }
    if is(&["STT", "TT", "SO TT", "SO THU TU", "NO"]) {
        return Some((Column::Stt, 0));
    }
    if identity {
        let old_only = !has(&["CCCD", "DDCN", "DINH DANH", "CAN CUOC", "SO CC"]);
        return Some((
            if old_only {
                Column::OldIdentity
            } else {
                Column::Identity
            },
            0,
        ));
    }
    if has(&["SINH"]) {
        return Some((Column::Birth, u8::from(!has(&["NGAY"]))));
    }
    if has(&[
        "HO VA TEN DEM",
        "HO DEM",
        "HO LOT",
        "HO VA CHU DEM",
        "HO VA DEM",
    ]) {
        return Some((Column::FirstNames, 0));
    }
    if name {
        return Some((Column::FullName, 0));
    }
    if is(&["NU", "GIOI TINH NU"]) {
        return Some((Column::SexFemale, 0));
    }
    if is(&["NAM", "GIOI TINH NAM"]) && name_key(title).ends_with("NAM") {
        return Some((Column::SexMale, 0));
    }
    if has(&["GIOI TINH", "PHAI", "NAM NU"]) || is(&["GIOI"]) {
        return Some((Column::Sex, 0));
    }
    if has(&["TAI KHOAN", "SO TK", "STK", "TK"]) {
        return Some((Column::Account, u8::from(!has(&["SO"]))));
    }
    if has(&["NGAN HANG", "TEN NH"]) || is(&["NH"]) {
        return Some((Column::Bank, u8::from(has(&["CHI NHANH"]))));
    }
    if has(&["HE SO"]) {
        return Some((Column::Coefficient, 0));
    }
    if has(&["THUC LINH", "THUC NHAN", "TONG", "TONG SO", "CONG"])
        && has(&["TIEN", "TONG", "LINH", "NHAN", "CONG"])
    {
        return Some((Column::Amount, 2));
    }
    if has(&[
        "SO TIEN",
        "MUC TRO CAP",
        "MUC HUONG",
        "TIEN TRO CAP",
        "MUC TIEN",
    ]) {
        return Some((Column::Amount, 0));
    }
    if has(&["TIEN", "MUC", "TRO CAP"]) {
        return Some((Column::Amount, 1));
    }
    if has(&["DOI TUONG", "LOAI DT", "DIEN", "CHINH SACH"]) {
        return Some((Column::Policy, u8::from(has(&["MA"]))));
    }
    if has(&[
        "DIA CHI",
        "THON",
        "NOI O",
        "CHO O",
        "THUONG TRU",
        "XOM",
        "XA",
        "PHUONG",
        "TO DAN PHO",
        "KHU PHO",
        "AP",
        "CU TRU",
    ]) {
        return Some((Column::Address, 0));
    }
    has(&["GHI CHU"]).then_some((Column::Note, 0))
}
