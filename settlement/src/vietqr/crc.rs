//! CRC-16/CCITT-FALSE (ISO/IEC 13239 without reflection): polynomial 1021, start FFFF.
//!
//! It finds every error within sixteen bits in a row, so every single wrong character.

/// The checksum of `bytes`.
pub fn crc16(bytes: &[u8]) -> u16 {
    let mut crc = 0xffff_u16;
    for &byte in bytes {
        crc ^= u16::from(byte) << 8;
        for _ in 0..8 {
            let carry = crc & 0x8000 != 0;
            crc <<= 1;
            if carry {
                crc ^= 0x1021;
            }
        }
    }
    crc
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches another polynomial, start value or reflection: the catalogue's check value.
    #[test]
    fn is_ccitt_false() {
        assert_eq!(crc16(b"123456789"), 0x29b1);
        assert_eq!(crc16(b""), 0xffff);
    }
}
