//! The MAC of a message: HMAC-SHA256 over every byte before DE 128 (MTI and bitmaps
//! included), cut to its first 8 bytes. Compared in constant time. The MAC code of
//! iso8583_rs is not used: it prints what it covers.

use super::guard::{Refusal, RefusalKind};
use super::spec::{MAC, MAC_BYTES};
use crate::error::Fault;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// A key shared with the host; it is never printed.
#[derive(Clone)]
pub struct MacKey(Hmac<Sha256>);

impl MacKey {
    /// # Errors
    /// A fault when the key is empty.
    pub fn new(secret: &[u8]) -> Result<MacKey, Fault> {
        let empty = || Fault::Corrupt("the MAC key of a switch is empty".into());
        if secret.is_empty() {
            return Err(empty());
        }
        Hmac::new_from_slice(secret)
            .map(MacKey)
            .map_err(|_| empty())
    }

    #[must_use]
    pub fn tag(&self, covered: &[u8]) -> [u8; MAC_BYTES] {
        let whole = self.0.clone().chain_update(covered).finalize().into_bytes();
        let mut tag = [0; MAC_BYTES];
        tag.copy_from_slice(&whole[..MAC_BYTES]);
        tag
    }

    /// # Errors
    /// `mac_wrong`; nothing is said of the right one.
    pub fn check(&self, covered: &[u8], tag: &[u8]) -> Result<(), Refusal> {
        let mac = self.0.clone().chain_update(covered);
        mac.verify_truncated_left(tag)
            .map_err(|_| Refusal::new(RefusalKind::MacWrong, MAC, covered.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches another hash, cut or order of bytes: RFC 4231, test case 2.
    #[test]
    fn the_tag_is_that_of_the_standard() {
        let key = MacKey::new(b"Jefe").unwrap();
        let data = b"what do ya want for nothing?";
        assert_eq!(crate::store::keys::hex(&key.tag(data)), "5bdcc146bf60754e");
        assert!(key.check(data, &key.tag(data)).is_ok());
        assert!(MacKey::new(b"").is_err());
    }

    /// Catches a MAC that is taken though one bit of it, or of what it covers, is another,
    /// or of which only a part was sent.
    #[test]
    fn one_bit_is_enough() {
        let key = MacKey::new(b"key").unwrap();
        let tag = key.tag(b"0200");
        for bit in 0..64 {
            let mut other = tag;
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(key.check(b"0200", &other).is_err(), "bit {bit}");
        }
        assert!(key.check(b"0210", &tag).is_err());
        let other = MacKey::new(b"other").unwrap();
        assert!(other.check(b"0200", &tag).is_err());
    }
}
