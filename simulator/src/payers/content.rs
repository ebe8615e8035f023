//! What payers write, and what banks make of it.

use crate::rng::{Rng, to_usize};

/// A content and the places at which whole codes end in it.
pub struct Written {
    pub text: String,
    pub ends: Vec<usize>,
}

fn plain(text: String) -> Written {
    Written {
        text,
        ends: Vec::new(),
    }
}

/// Codes one after another, as two slips are paid in one transfer.
pub fn codes(codes: &[&str]) -> Written {
    let mut written = plain(String::new());
    for code in codes {
        if !written.text.is_empty() {
            written.text.push(' ');
        }
        written.text.push_str(code);
        written.ends.push(written.text.len());
    }
    written
}

fn around(before: &str, code: &str, after: &str) -> Written {
    Written {
        text: format!("{before}{code}{after}"),
        ends: vec![before.len() + code.len()],
    }
}

/// Words of payers and of banks around the code.
pub fn dressed(rng: &mut Rng, code: &str, name: &str) -> Written {
    let number = rng.below(10_000_000_000);
    match rng.below(7) {
        0 => around("hoc phi ", code, ""),
        1 => around(
            &format!("MBVCB.{number:010}."),
            code,
            &format!(".CT tu {name}"),
        ),
        2 => around("", code, &format!(" {name} nop hoc phi")),
        3 => around("CK", code, "HP"),
        4 => around("Nop hoc phi cho con ", code, " cam on"),
        5 => around(
            "",
            code,
            &format!("-{number:010}-CHUYEN TIEN-OQCH{number:010}"),
        ),
        _ => around("QR - ", code, " hoc phi"),
    }
}

/// Small letters, or pieces. The last piece keeps a digit, else it would be a word.
pub fn other_form(rng: &mut Rng, code: &str) -> Written {
    let tail = code.get(8..).unwrap_or("");
    let pieces = tail.bytes().any(|b| b.is_ascii_digit());
    let text = match rng.below(if pieces { 4 } else { 1 }) {
        0 => code.to_ascii_lowercase(),
        kind => {
            let gap = [" ", "-", "."][to_usize(kind - 1)];
            let (first, second) = (&code[..4], code.get(4..8).unwrap_or(""));
            format!("{first}{gap}{second}{gap}{tail}")
        }
    };
    let ends = vec![text.len()];
    Written { text, ends }
}

/// One character becomes another that stands in codes, or that hands take for it.
pub fn wrong_character(rng: &mut Rng, code: &str) -> Written {
    const OTHERS: &[u8] = b"23456789ACEFHJKMNPRTWXY0OI1B8ZDQ";
    let mut bytes = code.as_bytes().to_vec();
    // the prefix stays, so that it is the code that is wrong
    let place = 2 + to_usize(rng.below(bytes.len() as u64 - 2));
    let was = bytes[place];
    while bytes[place] == was {
        bytes[place] = rng.pick(OTHERS);
    }
    plain(String::from_utf8_lossy(&bytes).into_owned())
}

/// Two neighbours that differ change places; a code of equal characters loses one instead.
pub fn swapped(rng: &mut Rng, code: &str) -> Written {
    let mut bytes = code.as_bytes().to_vec();
    let places: Vec<usize> = (2..bytes.len() - 1)
        .filter(|at| bytes[*at] != bytes[at + 1])
        .collect();
    if places.is_empty() {
        bytes.pop();
    } else {
        let at = rng.pick(&places);
        bytes.swap(at, at + 1);
    }
    plain(String::from_utf8_lossy(&bytes).into_owned())
}

/// Its end is lost: one to six characters.
pub fn cut(rng: &mut Rng, code: &str) -> Written {
    let kept = code.len() - 1 - to_usize(rng.below(6).min(code.len() as u64 - 2));
    plain(format!("hoc phi {}", code.get(..kept).unwrap_or("")))
}

/// Nothing that names a bill.
pub fn no_code(rng: &mut Rng, name: &str) -> Written {
    plain(match rng.below(3) {
        0 => format!("{name} nop tien hoc"),
        1 => format!("nop tien cho chau {name}"),
        _ => "chuyen tien".to_owned(),
    })
}
