//! What an answer means. Only a word that surely says "not booked" is a refusal; every
//! other one leaves the fate of a payment unknown, and unknown is asked about. Pure.

use super::guard::{Refusal, RefusalKind};
use super::message::Message;
use super::request::Body;

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Approved(Approval),
    /// The response code. The bank says that nothing was booked.
    Declined(String),
    /// Nobody knows whether it was booked.
    Unknown(Why),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approval {
    /// DE 38.
    pub approval: Option<String>,
    /// DE 15, `MMdd`.
    pub settles_on: Option<String>,
    /// DE 120 of a name inquiry.
    pub holder: Option<String>,
    /// Of totals: whether the host has the same.
    pub balanced: Option<bool>,
}

/// Why a fate is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// No answer within the time.
    NoAnswer,
    /// The connection ended before an answer came.
    ConnectionLost,
    /// A response code that does not say whether it was booked.
    Response(String),
}

impl Why {
    /// Stable code; listed in `docs/formats/iso8583.md`.
    #[must_use]
    pub fn code(&self) -> String {
        match self {
            Why::NoAnswer => "no_answer".into(),
            Why::ConnectionLost => "connection_lost".into(),
            Why::Response(rc) => format!("response_{rc}"),
        }
    }
}

/// Response codes that say: refused, nothing was booked. The others, 68 (late), 91 (a bank
/// is down), 94 (duplicate: of what?), 96 (error) and those nobody has told us of, do not.
pub const DECLINES: &[&str] = &[
    "01", "03", "04", "05", "12", "13", "14", "15", "30", "31", "39", "41", "43", "51", "52", "53",
    "54", "57", "58", "59", "61", "62", "64", "65", "76", "92", "93",
];

/// To an inquiry about a transfer: the bank knows of none.
const NOT_FOUND: &str = "25";

/// What an answer says to its request. Nothing but the request's kind and DE 39 decides.
#[must_use]
pub fn read_answer(body: &Body, answer: &Message) -> Answer {
    let rc = answer.get(39).unwrap_or_default();
    let text = |de| answer.text(de).filter(|t| !t.is_empty()).map(str::to_owned);
    if rc == "00" {
        let holder = matches!(body, Body::NameInquiry { .. })
            .then(|| text(120))
            .flatten();
        let balanced = matches!(body, Body::Totals { .. }).then(|| answer.get(66) == Some("1"));
        return Answer::Approved(Approval {
            approval: text(38),
            settles_on: text(15),
            holder,
            balanced,
        });
    }
    let moves_money = matches!(body, Body::Transfer(_) | Body::Reversal { .. });
    let says_no = match body {
        Body::StatusInquiry { .. } => rc == NOT_FOUND || DECLINES.contains(&rc),
        _ if moves_money => DECLINES.contains(&rc),
        _ => true,
    };
    if says_no {
        Answer::Declined(rc.to_owned())
    } else {
        Answer::Unknown(Why::Response(rc.to_owned()))
    }
}

/// What an answer must repeat of its request where the request has it.
const REPEATED: &[u8] = &[3, 4, 15, 37, 41, 49, 63, 70, 90, 100, 102, 103];

/// Fields that an answer may leave out.
const MAY_LACK: &[u8] = &[15, 49, 90, 100, 102, 103];

/// Rejects an answer that speaks of another payment than its request.
///
/// # Errors
/// `answer_differs` with the field.
pub fn check_repeats(request: &[(u8, String)], answer: &Message) -> Result<(), Refusal> {
    for (de, asked) in request {
        match answer.text(*de) {
            Some(said) if said == asked.trim_end() => {}
            None if MAY_LACK.contains(de) => {}
            _ => return Err(Refusal::new(RefusalKind::AnswerDiffers, *de, 0)),
        }
    }
    Ok(())
}

/// What [`check_repeats`] needs of a request. A settlement date is the host's to set
/// except in totals.
#[must_use]
pub fn repeated(request: &Message) -> Vec<(u8, String)> {
    request
        .fields()
        .filter(|(de, _)| REPEATED.contains(de))
        .map(|(de, value)| (de, value.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::spec::Mti;
    use super::*;
    use crate::gateway::iso8583::{Trace, Transfer};
    use ansinh_settlement::Dong;

    fn transfer() -> Transfer {
        Transfer {
            reference: "P1".into(),
            amount: Dong::new(1).unwrap(),
            from_account: "1".into(),
            from_name: "A".into(),
            to_bank: "970405".into(),
            to_account: "2".into(),
            to_name: "B".into(),
            content: "C".into(),
        }
    }

    fn original() -> Trace {
        Trace {
            terminal: "T".into(),
            stan: 1,
            rrn: "1".into(),
            at: 0,
        }
    }

    /// Catches a late, broken or unheard-of answer that is taken for "not paid", after
    /// which somebody pays again.
    #[test]
    fn only_a_clear_word_says_that_nothing_was_booked() {
        let reversal = Body::Reversal {
            transfer: transfer(),
            original: original(),
        };
        let status = Body::StatusInquiry {
            transfer: transfer(),
            original: original(),
        };
        let pay = Body::Transfer(transfer());
        let rows: [(&str, &Body, &str); 12] = [
            ("00", &pay, "approved"),
            ("51", &pay, "51"),
            ("14", &pay, "14"),
            ("61", &pay, "61"),
            ("68", &pay, "response_68"),
            ("91", &pay, "response_91"),
            ("94", &pay, "response_94"),
            ("96", &pay, "response_96"),
            ("ZZ", &pay, "response_ZZ"),
            ("25", &pay, "response_25"),
            ("25", &status, "25"),
            ("91", &reversal, "response_91"),
        ];
        for (rc, body, expected) in rows {
            let said = match read_answer(body, &Message::new(Mti::FinancialAnswer).with(39, rc)) {
                Answer::Approved(_) => "approved".into(),
                Answer::Declined(rc) => rc,
                Answer::Unknown(why) => why.code(),
            };
            assert_eq!(said, expected, "{rc}");
        }
        let name = Body::NameInquiry {
            reference: "N1".into(),
            bank: "970405".into(),
            account: "2".into(),
        };
        let answer = Message::new(Mti::FinancialAnswer).with(39, "91");
        assert_eq!(read_answer(&name, &answer), Answer::Declined("91".into()));
    }

    /// Catches an approval of another amount, account or payment that is taken for ours.
    #[test]
    fn an_answer_repeats_what_was_asked() {
        let request = Message::new(Mti::Financial)
            .with(4, "000000000100")
            .with(41, "T1")
            .with(63, "P1")
            .with(103, "123");
        let asked = repeated(&request);
        let good = request.clone().with(41, "T1      ").with(39, "00");
        assert!(check_repeats(&asked, &good).is_ok());
        let mut lean = good.clone();
        lean.remove(103);
        assert!(check_repeats(&asked, &lean).is_ok());
        for (de, other) in [(4, "000000000101"), (63, "P2"), (103, "124")] {
            let wrong = check_repeats(&asked, &good.clone().with(de, other));
            assert_eq!(wrong.unwrap_err().de, de);
        }
        let mut without = good;
        without.remove(63);
        assert_eq!(check_repeats(&asked, &without).unwrap_err().de, 63);
    }
}
