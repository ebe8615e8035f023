//! HMAC-SHA256, in passing or over a whole file, and the detached signature.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::SealKey;

/// Passes bytes on and seals them on the way.
pub(crate) struct Sealing<W> {
    out: W,
    mac: Hmac<Sha256>,
}

impl<W: Write> Sealing<W> {
    pub fn new(out: W, key: &[u8]) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        Self { out, mac }
    }

    pub fn into_parts(self) -> (W, String) {
        let mut hex = String::with_capacity(64);
        for byte in self.mac.finalize().into_bytes() {
            for half in [byte >> 4, byte & 15] {
                hex.push(char::from(b"0123456789abcdef"[usize::from(half)]));
            }
        }
        (self.out, hex)
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.out.write(bytes)?;
        self.mac.update(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// HMAC-SHA256 as 64 lower-case hex digits.
#[must_use]
pub fn hmac_hex(key: &[u8], bytes: &[u8]) -> String {
    let mut sealing = Sealing::new(io::sink(), key);
    sealing.mac.update(bytes);
    sealing.into_parts().1
}

/// Where the detached signature of a file stands: `FILE.sig`.
#[must_use]
pub fn signature_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

/// Writes `FILE.sig`: one line `ansinh-sig-1 <key id> <hex>`.
///
/// # Errors
/// When a file can't be read or written.
pub fn write_signature(path: &Path, key: &SealKey) -> io::Result<PathBuf> {
    let mut sealing = Sealing::new(io::sink(), &key.key);
    io::copy(&mut File::open(path)?, &mut sealing)?;
    write_line(path, &key.id, &sealing.into_parts().1)
}

pub(crate) fn write_line(path: &Path, key_id: &str, hex: &str) -> io::Result<PathBuf> {
    let beside = signature_path(path);
    std::fs::write(&beside, format!("ansinh-sig-1 {key_id} {hex}\n"))?;
    Ok(beside)
}
