//! The key ring: seals identity and account numbers, and makes their keyed hashes.
//!
//! A sealed value is `key id (1) | nonce (12) | ciphertext and tag` by ChaCha20-Poly1305
//! with the purpose as associated data. The nonce is synthetic: the last 12 bytes of a
//! keyed hash over purpose and plain text, so equal nonces mean equal texts and no
//! randomness is spent (equality of numbers shows in their keyed hashes anyway).
//! The ring is a file with mode 0600 beside the database; losing it loses the numbers.

use crate::error::{Failure, Fault, Reject, io_fault};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What a sealed value or a hash is of; each purpose is a world of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Identity,
    Phone,
    BankAccount,
    Payee,
    BankKey,
    File,
    Signature,
    Receipt,
    Token,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Purpose::Identity => b"identity",
            Purpose::Phone => b"phone",
            Purpose::BankAccount => b"bank account",
            Purpose::Payee => b"payee",
            Purpose::BankKey => b"bank key",
            Purpose::File => b"file",
            Purpose::Signature => b"signature",
            Purpose::Receipt => b"receipt",
            Purpose::Token => b"token",
        }
    }
}

#[derive(Clone)]
pub struct KeyRing {
    pub id: String,
    /// Sealing keys by id; the last one seals, all open.
    aead: Vec<(u8, ChaCha20Poly1305)>,
    hash: Hmac<Sha256>,
}

impl KeyRing {
    /// The ring that lies at `path`.
    pub fn load(path: &Path) -> Result<KeyRing, Failure> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(Reject::KeysMissing {
                    path: path.display().to_string(),
                }
                .into());
            }
            Err(e) => return Err(io_fault(path)(e).into()),
        };
        Self::parse(&text).ok_or_else(|| {
            Reject::KeysWrong {
                path: path.display().to_string(),
            }
            .into()
        })
    }

    /// Makes a new ring at `path` (mode 0600) with keys from the system's randomness;
    /// keeps and loads the one that is there.
    pub fn make(path: &Path) -> Result<KeyRing, Failure> {
        if path.exists() {
            return Self::load(path);
        }
        let mut secret = [[0u8; 32]; 3];
        for key in &mut secret {
            getrandom::fill(key)
                .map_err(|e| Fault::Gateway(format!("randomness of the system: {e}")))?;
        }
        let text = format!(
            "# AnSinh key ring. Keep it secret and keep a copy apart from the database's copy.\n\
             ring {}\nhash {}\naead 1 {}\n",
            &hex(&secret[0])[..16],
            hex(&secret[1]),
            hex(&secret[2])
        );
        write_secret(path, text.as_bytes()).map_err(io_fault(path))?;
        Self::load(path)
    }

    fn parse(text: &str) -> Option<KeyRing> {
        let (mut id, mut hash, mut aead) = (None, None, Vec::new());
        for line in text
            .lines()
            .filter(|l| !l.starts_with('#') && !l.trim().is_empty())
        {
            let parts: Vec<&str> = line.split_whitespace().collect();
            match parts.as_slice() {
                ["ring", name] => id = Some((*name).to_owned()),
                ["hash", key] => hash = Hmac::<Sha256>::new_from_slice(&unhex(key)?).ok(),
                ["aead", n, key] => {
                    aead.push((
                        n.parse().ok()?,
                        ChaCha20Poly1305::new_from_slice(&unhex(key)?).ok()?,
                    ));
                }
                _ => return None,
            }
        }
        if aead.is_empty() {
            return None;
        }
        Some(KeyRing {
            id: id?,
            aead,
            hash: hash?,
        })
    }

    /// Keyed hash of a text; carries look-ups and unique keys.
    pub fn hash(&self, purpose: Purpose, text: &[u8]) -> [u8; 32] {
        let mut mac = self.hash.clone();
        mac.update(purpose.label());
        mac.update(&[0]);
        mac.update(text);
        mac.finalize().into_bytes().into()
    }

    /// The first 16 bytes of [`KeyRing::hash`], as stored.
    pub fn short_hash(&self, purpose: Purpose, text: &str) -> Vec<u8> {
        self.hash(purpose, text.as_bytes())[..16].to_vec()
    }

    /// A bank account as one number: the first 8 bytes of the keyed hash of BIN and account
    /// number without leading zeros (bank files and sheets drop them).
    pub fn fingerprint(&self, bin: &str, account: &str) -> i64 {
        let mut text = [0u8; 64];
        let mut n = 0;
        for b in bin
            .bytes()
            .chain(*b"|")
            .chain(account.trim_start_matches('0').bytes())
            .take(64)
        {
            text[n] = b;
            n += 1;
        }
        let hash = self.hash(Purpose::BankAccount, &text[..n]);
        let mut eight = [0u8; 8];
        eight.copy_from_slice(&hash[..8]);
        i64::from_le_bytes(eight)
    }

    /// Whom a payment goes to as one number: the first 8 bytes of the keyed hash of BIN,
    /// account number and holder's name, as the payment file will name them.
    pub fn payee(&self, bin: &str, account: &str, holder_name: &str) -> i64 {
        let mut text = Vec::with_capacity(128);
        for part in [bin, account, holder_name] {
            text.extend_from_slice(part.as_bytes());
            text.push(0);
        }
        let hash = self.hash(Purpose::Payee, &text);
        let mut eight = [0u8; 8];
        eight.copy_from_slice(&hash[..8]);
        i64::from_le_bytes(eight)
    }

    pub fn seal(&self, purpose: Purpose, plain: &[u8]) -> Result<Vec<u8>, Fault> {
        let (id, cipher) = self
            .aead
            .last()
            .ok_or_else(|| Fault::Corrupt("empty key ring".into()))?;
        let synthetic = self.hash(purpose, plain);
        let mut nonce = [0u8; 12];
        nonce.copy_from_slice(&synthetic[20..]);
        let body = cipher
            .encrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: plain,
                    aad: purpose.label(),
                },
            )
            .map_err(|_| Fault::Corrupt("sealing failed".into()))?;
        let mut out = Vec::with_capacity(13 + body.len());
        out.push(*id);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&body);
        Ok(out)
    }

    pub fn open(&self, purpose: Purpose, sealed: &[u8]) -> Result<Vec<u8>, Fault> {
        let broken = || Fault::Corrupt("a sealed value does not open with this key ring".into());
        if sealed.len() < 13 {
            return Err(broken());
        }
        let (_, cipher) = self
            .aead
            .iter()
            .find(|(id, _)| *id == sealed[0])
            .ok_or_else(broken)?;
        let mut nonce = [0u8; 12];
        nonce.copy_from_slice(&sealed[1..13]);
        cipher
            .decrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: &sealed[13..],
                    aad: purpose.label(),
                },
            )
            .map_err(|_| broken())
    }

    pub fn seal_text(&self, purpose: Purpose, text: &str) -> Result<Vec<u8>, Fault> {
        self.seal(purpose, text.as_bytes())
    }

    pub fn open_text(&self, purpose: Purpose, sealed: &[u8]) -> Result<String, Fault> {
        String::from_utf8(self.open(purpose, sealed)?)
            .map_err(|_| Fault::Corrupt("sealed text".into()))
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
            let _ = write!(out, "{b:02x}");
            out
        })
}

/// Bytes of hexadecimal text of even length.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok())
        .collect()
}

fn write_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    // A name of its own: two that make a ring at once must not write into one file.
    let mut own = [0u8; 8];
    getrandom::fill(&mut own).map_err(std::io::Error::other)?;
    let part = PathBuf::from(format!("{}.{}.part", path.display(), hex(&own)));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    // A hard link fails where another process made the ring in between; theirs stays.
    let linked = std::fs::hard_link(&part, path);
    std::fs::remove_file(&part)?;
    match linked {
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches two programs that set up at once and lose the ring that one of them has
    /// already sealed with.
    #[test]
    fn many_that_make_a_ring_at_once_hold_the_same() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("ansinh.keys");
            let start = std::sync::Barrier::new(8);
            let ids: Vec<String> = std::thread::scope(|s| {
                let all: Vec<_> = (0..8)
                    .map(|_| {
                        s.spawn(|| {
                            start.wait();
                            KeyRing::make(&path).unwrap().id
                        })
                    })
                    .collect();
                all.into_iter().map(|t| t.join().unwrap()).collect()
            });
            assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    fn ring() -> KeyRing {
        let text = format!(
            "ring t\nhash {}\naead 1 {}\n",
            "11".repeat(32),
            "22".repeat(32)
        );
        KeyRing::parse(&text).unwrap()
    }

    /// Catches a value that opens under another purpose or after a flipped bit.
    #[test]
    fn seals_and_opens_only_what_it_sealed() {
        let ring = ring();
        let sealed = ring.seal_text(Purpose::Identity, "035176028361").unwrap();
        assert_eq!(
            ring.open_text(Purpose::Identity, &sealed).unwrap(),
            "035176028361"
        );
        assert!(ring.open(Purpose::BankAccount, &sealed).is_err());
        for i in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[i] ^= 1;
            assert!(ring.open(Purpose::Identity, &bad).is_err(), "byte {i}");
        }
    }

    /// Catches an account that no longer matches because a sheet dropped its zeros.
    #[test]
    fn a_fingerprint_ignores_lost_zeros_and_tells_banks_apart() {
        let ring = ring();
        assert_eq!(
            ring.fingerprint("970405", "0034"),
            ring.fingerprint("970405", "34")
        );
        assert_ne!(
            ring.fingerprint("970405", "34"),
            ring.fingerprint("970415", "34")
        );
    }
}
