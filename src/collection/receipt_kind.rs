//! The kinds of paper on which a biller says that money came, as data of its set-up.
//!
//! | kind | for | title | symbol |
//! |---|---|---|---|
//! | `bien_lai` | tuition | BIÊN LAI THU TIỀN | BL |
//! | `phieu_thu` | service | PHIẾU THU TIỀN DỊCH VỤ | PT |
//! | `thu_ho` | agency | PHIẾU THU HỘ | TH |
//! | `dong_gop` | voluntary | GIẤY GHI NHẬN ĐÓNG GÓP TỰ NGUYỆN | DG |
//! | `huy` | the cancellation of any | PHIẾU HỦY | HUY |
//!
//! These hold where the set-up says nothing. Each kind has its own symbol and its own
//! numbers from 1 each calendar year (a receipt has name, symbol and a number of at most 8
//! digits that begins anew each year: Decree 254/2026/ND-CP). Whether a school's service
//! fee needs an invoice instead is unverified: a fee may name another kind (`receipt_kind`).

use super::price::FeeKind;
use crate::error::{Fault, Reject};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The kind of paper that cancels another.
pub const CANCELLATION: &str = "huy";

/// The largest number: 8 digits.
pub const NUMBER_MAX: i64 = 99_999_999;

/// A kind of paper of one biller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperKind {
    /// `a-z`, `0-9` and `_`.
    pub kind: String,
    /// What stands at the top.
    pub title: String,
    /// 1 to 8 of `A-Z`, `0-9` and `-`.
    pub symbol: String,
}

const DEFAULTS: &[(&str, &str, &str)] = &[
    ("bien_lai", "BIÊN LAI THU TIỀN", "BL"),
    ("phieu_thu", "PHIẾU THU TIỀN DỊCH VỤ", "PT"),
    ("thu_ho", "PHIẾU THU HỘ", "TH"),
    ("dong_gop", "GIẤY GHI NHẬN ĐÓNG GÓP TỰ NGUYỆN", "DG"),
    (CANCELLATION, "PHIẾU HỦY", "HUY"),
];

/// The kind on which a fee of this kind goes that names none.
pub fn default_for(kind: FeeKind) -> &'static str {
    match kind {
        FeeKind::Tuition => "bien_lai",
        FeeKind::Service => "phieu_thu",
        FeeKind::Agency => "thu_ho",
        FeeKind::Voluntary => "dong_gop",
    }
}

/// What the settings of a biller hold; parts that are missing have their defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub papers: Vec<PaperKind>,
    /// Days from the due day on which payers are reminded (`reminder.rs`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminders: Option<Vec<i64>>,
}

impl Settings {
    pub fn parse(text: &str) -> Result<Settings, Fault> {
        serde_json::from_str(text).map_err(|e| Fault::Corrupt(format!("settings of a biller: {e}")))
    }

    pub fn text(&self) -> Result<String, Fault> {
        serde_json::to_string(self).map_err(|e| Fault::Corrupt(e.to_string()))
    }

    /// The steps of reminders; an empty list is none.
    pub fn ladder(&self) -> Vec<i64> {
        let usual = || super::reminder::LADDER.to_vec();
        self.reminders.clone().unwrap_or_else(usual)
    }

    /// The papers of the biller: its own, and the defaults for kinds that it does not name.
    pub fn kinds(&self) -> Vec<PaperKind> {
        let mut out = self.papers.clone();
        for (kind, title, symbol) in DEFAULTS {
            if out.iter().all(|p| p.kind != *kind) {
                out.push(PaperKind {
                    kind: (*kind).into(),
                    title: (*title).into(),
                    symbol: (*symbol).into(),
                });
            }
        }
        out
    }
}

/// Rejects papers that cannot be told apart, or whose symbol no number can follow.
pub fn check(settings: &Settings) -> Result<(), Reject> {
    let bad = |found: &str, expected: &str| Reject::BadInput {
        what: "setup".into(),
        place: "book.biller.papers".into(),
        found: found.into(),
        expected: expected.into(),
    };
    let (mut kinds, mut symbols) = (BTreeSet::new(), BTreeSet::new());
    for p in settings.kinds() {
        let word = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
        let sign = |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'-';
        if p.kind.is_empty() || p.kind.len() > 20 || !p.kind.bytes().all(word) {
            return Err(bad(&p.kind, "a kind of 1-20 of a-z 0-9 _"));
        }
        if p.symbol.is_empty() || p.symbol.len() > 8 || !p.symbol.bytes().all(sign) {
            return Err(bad(&p.symbol, "a symbol of 1-8 of A-Z 0-9 -"));
        }
        if p.title.trim().is_empty() {
            return Err(bad(&p.kind, "a title"));
        }
        if !kinds.insert(p.kind.clone()) {
            return Err(bad(&p.kind, "each kind once"));
        }
        if !symbols.insert(p.symbol.clone()) {
            return Err(bad(&p.symbol, "another symbol for each kind"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper(kind: &str, symbol: &str) -> PaperKind {
        PaperKind {
            kind: kind.into(),
            title: "T".into(),
            symbol: symbol.into(),
        }
    }

    /// Catches two series under one symbol, and a symbol that breaks a receipt's name.
    #[test]
    fn papers_can_be_told_apart() {
        let of = |papers: Vec<PaperKind>| {
            check(&Settings {
                papers,
                ..Settings::default()
            })
        };
        assert!(of(vec![]).is_ok());
        assert!(of(vec![paper("bien_lai", "1C26T"), paper("hoa_don", "HD")]).is_ok());
        for bad in [
            vec![paper("bien_lai", "PT")],
            vec![paper("hoa_don", "A/B")],
            vec![paper("hoa_don", "")],
            vec![paper("Hoá đơn", "HD")],
            vec![paper("a", "A"), paper("a", "B")],
        ] {
            assert!(of(bad.clone()).is_err(), "{bad:?}");
        }
    }
}
