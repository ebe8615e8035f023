//! Papers: what is on them, and that a page holds what it should.

// In a test a failed unwrap is the message.
#![allow(clippy::unwrap_used)]

use ansinh::paper::{Column, Paper, PerPage, Qr, Table, html, pdf};
use std::path::Path;
use std::process::Command;

/// A slip with a drawn code that is no real one.
fn slip(n: usize) -> Paper {
    Paper {
        sender: vec![
            "Trường Tiểu học Bình Lục".into(),
            "Mã số thuế 0700000000".into(),
        ],
        title: "PHIẾU THU TIỀN NĂM HỌC".into(),
        subtitle: vec![format!("Số HP{n:05} · Tháng 09/2026")],
        fields: vec![
            ("Học sinh".into(), format!("Nguyễn Thị Ước Mơ {n}")),
            ("Lớp".into(), "3A".into()),
            ("Hạn nộp".into(), "25/09/2026".into()),
            ("Nội dung chuyển khoản".into(), format!("HP{n:05}X")),
        ],
        table: Some(Table {
            columns: vec![
                Column::left("Khoản thu", 5),
                Column::right("Số lượng", 2),
                Column::right("Số tiền (đồng)", 3),
            ],
            rows: vec![
                vec![
                    "Tiền ăn bán trú <trưa>".into(),
                    "22".into(),
                    "660.000".into(),
                ],
                vec!["Bảo hiểm y tế".into(), "1".into(), "737.100".into()],
            ],
        }),
        totals: vec![
            ("Được giảm".into(), "0".into()),
            ("Phải nộp".into(), "1.397.100".into()),
        ],
        notes: vec!["Bằng chữ: Một triệu ba trăm chín mươi bảy nghìn một trăm đồng.".into()],
        qr: Some(Qr {
            side: 21,
            dark: (0..21 * 21).map(|i| (i * 7 + i / 21) % 3 == 0).collect(),
            caption: vec!["Quét bằng ứng dụng ngân hàng".into()],
        }),
        ..Paper::default()
    }
}

fn text_of(pdf: &Path) -> String {
    let out = Command::new("pdftotext")
        .arg("-layout")
        .arg(pdf)
        .arg("-")
        .output()
        .unwrap();
    assert!(out.status.success());
    String::from_utf8(out.stdout).unwrap()
}

/// Catches letters that are drawn but can't be read back, lost slips, and pages that hold
/// the wrong number of slips.
#[test]
fn a_pdf_of_slips_can_be_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let slips: Vec<Paper> = (1..=7).map(slip).collect();
    for (per_page, pages) in [(PerPage::ONE, 7), (PerPage(2), 4), (PerPage(9), 4)] {
        let path = dir.path().join("slips.pdf");
        std::fs::write(&path, pdf::render(&slips, per_page, "Phiếu thu").unwrap()).unwrap();
        let text = text_of(&path);
        for n in 1..=7 {
            assert!(text.contains(&format!("Nguyễn Thị Ước Mơ {n}")), "{text}");
            assert!(text.contains(&format!("HP{n:05}X")), "{text}");
        }
        assert_eq!(text.matches("1.397.100").count(), 7);
        assert_eq!(text.matches('\u{c}').count(), pages, "{per_page:?}");
    }
}

/// Catches a long list that runs off the page, loses rows or its headings.
#[test]
fn a_long_list_runs_over_pages() {
    let dir = tempfile::tempdir().unwrap();
    let rows = (1..=300)
        .map(|n| vec![format!("Dòng thứ {n}."), format!("{n}.000")])
        .collect();
    let list = Paper {
        title: "BẢNG KÊ".into(),
        table: Some(Table {
            columns: vec![Column::left("Người nộp", 4), Column::right("Số tiền", 2)],
            rows,
        }),
        signatures: vec!["Người lập".into(), "Kế toán trưởng".into()],
        stamp: Some("ĐÃ HỦY".into()),
        ..Paper::default()
    };
    let path = dir.path().join("list.pdf");
    std::fs::write(
        &path,
        pdf::render(&[list], PerPage::ONE, "Bảng kê").unwrap(),
    )
    .unwrap();
    let text = text_of(&path);
    for n in 1..=300 {
        assert!(text.contains(&format!("Dòng thứ {n}.")), "{n}");
    }
    let pages = text.matches('\u{c}').count();
    assert!(pages > 3, "{pages}");
    assert_eq!(text.matches("Người nộp").count(), pages);
    assert!(text.contains("Kế toán trưởng") && text.contains("ĐÃ HỦY"));
}

/// Catches a name that closes an element of the page, and parts that are left out.
#[test]
fn a_page_escapes_what_people_typed() {
    let mut paper = slip(1);
    paper.fields.push((
        "Ghi chú".into(),
        "<script>alert('x')</script> & \"y\"".into(),
    ));
    let page = html::render(&[paper], PerPage(2), "vi", "Phiếu <1>");
    assert!(!page.contains("<script>") && !page.contains("<trưa>") && !page.contains("Phiếu <1>"));
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;"));
    let dark: usize = page
        .split('h')
        .filter_map(|run| run.split("v1").next()?.parse::<usize>().ok())
        .sum();
    assert_eq!(dark, (0..441).filter(|i| (i * 7 + i / 21) % 3 == 0).count());
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "loads nothing from elsewhere"
    );
}
