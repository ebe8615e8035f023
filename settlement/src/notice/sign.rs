//! Keyed hashes of deliveries, compared in constant time, and their times.

use super::{DRIFT_MAX_S, Delivery, NoticeError, NoticeErrorKind as Kind};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha512};

/// A header that must be there.
pub fn header<'a>(delivery: &Delivery<'a>, name: &str) -> Result<&'a str, NoticeError> {
    (delivery.header)(name)
        .ok_or_else(|| NoticeError::new(Kind::MissingSignature, name, "", "a signed delivery"))
}

/// Compares `hex` with the HMAC-SHA256 of `parts` one after another.
pub fn check_sha256(
    place: &str,
    secret: &[u8],
    parts: &[&[u8]],
    hex: &str,
) -> Result<(), NoticeError> {
    let given = unhex::<32>(place, hex)?;
    let mac = Hmac::<Sha256>::new_from_slice(secret)
        .ok()
        .is_some_and(|mut mac| {
            parts.iter().for_each(|part| mac.update(part));
            mac.verify_slice(&given).is_ok()
        });
    verdict(mac, place, hex)
}

/// The same with SHA-512.
pub fn check_sha512(
    place: &str,
    secret: &[u8],
    parts: &[&[u8]],
    hex: &str,
) -> Result<(), NoticeError> {
    let given = unhex::<64>(place, hex)?;
    let mac = Hmac::<Sha512>::new_from_slice(secret)
        .ok()
        .is_some_and(|mut mac| {
            parts.iter().for_each(|part| mac.update(part));
            mac.verify_slice(&given).is_ok()
        });
    verdict(mac, place, hex)
}

/// Compares two secrets by their keyed hashes, so that time tells nothing of either.
pub fn same_secret(ours: &[u8], given: &[u8]) -> bool {
    let hash = |text: &[u8]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(ours).ok()?;
        mac.update(text);
        Some(mac)
    };
    match (hash(ours), hash(given)) {
        (Some(a), Some(b)) => a.verify_slice(&b.finalize().into_bytes()).is_ok(),
        _ => false,
    }
}

/// The HMAC-SHA256 of `parts` as lower-case hex.
pub fn sign_sha256(secret: &[u8], parts: &[&[u8]]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        return String::new();
    };
    parts.iter().for_each(|part| mac.update(part));
    let bytes = mac.finalize().into_bytes();
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// `text` as a time in units of which `per_second` make a second, near enough to now.
pub fn check_time(
    place: &str,
    text: &str,
    per_second: i64,
    delivery: &Delivery,
) -> Result<(), NoticeError> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let Some(time) = text.parse::<i64>().ok().filter(|_| digits) else {
        let expected = "a time in digits";
        return Err(NoticeError::new(Kind::SignatureForm, place, text, expected));
    };
    let at = i128::from(time) * 1_000_000 / i128::from(per_second);
    let drift = (at - i128::from(delivery.received_at)).abs();
    if drift > i128::from(DRIFT_MAX_S) * 1_000_000 {
        let now = delivery.received_at / (1_000_000 / per_second);
        let expected = format!("within {DRIFT_MAX_S} s of {now}");
        return Err(NoticeError::new(Kind::StaleTime, place, text, expected));
    }
    Ok(())
}

/// The parts of `t=...,v1=...` in the order of `names`, nothing else in between.
pub fn parts<'a, const N: usize>(
    place: &str,
    text: &'a str,
    names: [&str; N],
) -> Result<[&'a str; N], NoticeError> {
    let mut out = [""; N];
    let mut pieces = text.split(',');
    for (slot, name) in out.iter_mut().zip(names) {
        let piece = pieces.next().unwrap_or_default().trim();
        let value = piece
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('='));
        let Some(value) = value.filter(|v| !v.is_empty()) else {
            return Err(form(place, text, &names.join("=...,")));
        };
        *slot = value;
    }
    if pieces.next().is_some() {
        return Err(form(place, text, &names.join("=...,")));
    }
    Ok(out)
}

fn form(place: &str, found: &str, names: &str) -> NoticeError {
    NoticeError::new(Kind::SignatureForm, place, found, format!("{names}=..."))
}

fn verdict(right: bool, place: &str, found: &str) -> Result<(), NoticeError> {
    if right {
        return Ok(());
    }
    let expected = "the keyed hash of this body under our secret";
    Err(NoticeError::new(Kind::BadSignature, place, found, expected))
}

fn unhex<const N: usize>(place: &str, hex: &str) -> Result<[u8; N], NoticeError> {
    let wrong = || {
        let expected = format!("{} lower-case hex digits", 2 * N);
        NoticeError::new(Kind::SignatureForm, place, hex, expected)
    };
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    if hex.len() != 2 * N {
        return Err(wrong());
    }
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])
            .zip(digit(pair[1]))
            .map(|(h, l)| h * 16 + l)
            .ok_or_else(wrong)?;
    }
    Ok(out)
}
