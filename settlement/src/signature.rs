//! HMAC-SHA256 over bank files: within the file, or beside it as `FILE.sig`.
//!
//! A `FILE.sig` is one line, `ansinh-sig-1 KEYID HEX`: the id of the key and 64 lower-case
//! hex digits of the HMAC over every byte of the file. MACs are compared in constant time.

use crate::error::{Place, ReadError, ReadErrorKind};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::io::Read;

/// Finds the key of a key id; `None` when it is not in the key ring.
pub type Keys<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

const VERSION: &str = "ansinh-sig-1";
/// As in the header of the settlement file.
const KEY_ID_MAX: usize = 16;

/// A running MAC.
#[derive(Clone)]
pub(crate) struct Digest(Hmac<Sha256>);

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digest")
    }
}

impl Digest {
    /// A key of any length; `None` is what the library's interface allows for and never comes.
    pub fn new(key: &[u8]) -> Option<Digest> {
        Hmac::new_from_slice(key).ok().map(Digest)
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub fn hex(self) -> String {
        let bytes = self.0.finalize().into_bytes();
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Compares in constant time; false also for what is no MAC.
    pub fn fits(self, hex: &[u8]) -> bool {
        unhex(hex).is_some_and(|mac| self.0.verify_slice(&mac).is_ok())
    }
}

/// The bytes of 64 lower-case hex digits.
pub(crate) fn unhex(hex: &[u8]) -> Option<[u8; 32]> {
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    if hex.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
        *byte = digit(pair[0])? * 16 + digit(pair[1])?;
    }
    Some(bytes)
}

/// The text of `FILE.sig` for all bytes of `input`.
///
/// An error when the key id is empty, longer than 16 characters or has a blank in it.
pub fn sign_detached(input: impl Read, key_id: &str, key: &[u8]) -> Result<String, ReadError> {
    if !is_key_id(key_id) {
        return Err(signature_form(key_id));
    }
    Ok(format!(
        "{VERSION} {key_id} {}\n",
        digest_of(input, key)?.hex()
    ))
}

/// Checks all bytes of `input` against the text of its `FILE.sig`.
pub fn verify_detached(input: impl Read, signature: &str, keys: Keys) -> Result<(), ReadError> {
    detached_key_id(input, signature, keys).map(|_| ())
}

/// The same, and says which key it was.
pub(crate) fn detached_key_id(
    input: impl Read,
    signature: &str,
    keys: Keys,
) -> Result<String, ReadError> {
    let line = signature.strip_suffix('\n').unwrap_or(signature);
    let [version, key_id, mac] = line.split(' ').collect::<Vec<_>>()[..] else {
        return Err(signature_form(signature));
    };
    if version != VERSION || !is_key_id(key_id) || unhex(mac.as_bytes()).is_none() {
        return Err(signature_form(signature));
    }
    let key = keys(key_id).ok_or_else(|| unknown_key(key_id, Place::default()))?;
    if !digest_of(input, &key)?.fits(mac.as_bytes()) {
        return Err(ReadError::new(
            ReadErrorKind::MacMismatch,
            Place::default(),
            mac.as_bytes(),
            format!("the HMAC-SHA256 of the file under key {key_id:?}"),
        ));
    }
    Ok(key_id.to_owned())
}

pub(crate) fn unknown_key(key_id: &str, place: Place) -> ReadError {
    ReadError::new(
        ReadErrorKind::UnknownKey,
        place,
        key_id.as_bytes(),
        "the id of a key in the key ring",
    )
}

fn is_key_id(text: &str) -> bool {
    (1..=KEY_ID_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

fn signature_form(found: &str) -> ReadError {
    ReadError::new(
        ReadErrorKind::SignatureForm,
        Place::default(),
        found.as_bytes(),
        format!("{VERSION:?}, a key id and 64 lower-case hex digits, one blank between"),
    )
}

fn digest_of(mut input: impl Read, key: &[u8]) -> Result<Digest, ReadError> {
    let mut digest = Digest::new(key).ok_or_else(|| unknown_key("", Place::default()))?;
    let mut buffer = vec![0; 128 * 1024];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return Ok(digest),
            Ok(count) => digest.update(&buffer[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(ReadError::io(&error, Place::default())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(id: &str) -> Option<Vec<u8>> {
        (id == "k1").then(|| b"ansinh-test-key".to_vec())
    }

    /// Catches a MAC other than HMAC-SHA256: the vector is case 2 of RFC 4231.
    #[test]
    fn is_hmac_sha256() {
        let mut digest = Digest::new(b"Jefe").unwrap();
        digest.update(b"what do ya want ");
        digest.update(b"for nothing?");
        assert_eq!(
            digest.hex(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    /// Catches a signature that passes for other bytes, another key or in another form.
    #[test]
    fn detached_signatures() {
        let signature = sign_detached(&b"bytes"[..], "k1", b"ansinh-test-key").unwrap();
        assert_eq!(verify_detached(&b"bytes"[..], &signature, &keys), Ok(()));
        assert_eq!(
            verify_detached(&b"bytes"[..], signature.trim_end(), &keys),
            Ok(())
        );
        let upper = signature
            .to_uppercase()
            .replace("ANSINH-SIG", "ansinh-sig")
            .replace("K1", "k1");
        for (bytes, text, kind) in [
            ("bytez", signature.clone(), ReadErrorKind::MacMismatch),
            (
                "bytes",
                signature.replace("k1", "k2"),
                ReadErrorKind::UnknownKey,
            ),
            (
                "bytes",
                signature.replace("sig-1", "sig-2"),
                ReadErrorKind::SignatureForm,
            ),
            (
                "bytes",
                signature.replace("k1 ", "k1  "),
                ReadErrorKind::SignatureForm,
            ),
            (
                "bytes",
                format!("{signature}\n"),
                ReadErrorKind::SignatureForm,
            ),
            ("bytes", upper, ReadErrorKind::SignatureForm),
            ("bytes", String::new(), ReadErrorKind::SignatureForm),
        ] {
            let error = verify_detached(bytes.as_bytes(), &text, &keys).unwrap_err();
            assert_eq!(error.kind, kind, "{text}");
        }
        assert!(sign_detached(&b""[..], "a b", b"k").is_err());
    }
}
