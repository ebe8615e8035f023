//! Message to wire and back by iso8583_rs, which never sees a byte that the guard has not
//! read. The library's own panics are caught all the same, and what it read must be what
//! the guard read.

use super::guard::{MESSAGE_MAX, Refusal, RefusalKind, check_in, check_out};
use super::mac::MacKey;
use super::message::Message;
use super::spec::{FIELDS, MAC, MAC_BYTES, Mti, field};
use super::spec_file;
use crate::error::{Failure, Fault};
use iso8583_rs::iso8583::iso_spec::{MessageSegment, Spec, new_msg};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The loaded layout.
#[derive(Clone, Copy)]
pub struct Codec {
    spec: &'static Spec,
    segment: &'static MessageSegment,
}

const MTI_FIELD: &str = "message_type";

impl Codec {
    /// Loads the layout, once in a process.
    ///
    /// # Errors
    /// `switch_spec` where `SPEC_FILE` does not name this program's layout; a fault where
    /// the temporary file cannot be written, or another layout was loaded.
    pub fn load() -> Result<Codec, Failure> {
        let spec = spec_file::load()?;
        let bad = |what: &str| Fault::Corrupt(format!("layout of ISO 8583: {what}"));
        let known = |f: &super::spec::FieldSpec| spec_file::knows(spec, f.name, f.de);
        if !FIELDS.iter().all(known) {
            return Err(bad("a field of the table is missing").into());
        }
        let mut segment = None;
        for (_, text) in Mti::ALL {
            let found = spec
                .get_message_from_header(text)
                .map_err(|_| bad("a message is missing"))?;
            segment = Some(found);
        }
        let segment = segment.ok_or_else(|| bad("no message"))?;
        Ok(Codec { spec, segment })
    }

    /// Packs a message and puts its MAC at the end.
    ///
    /// # Errors
    /// A field that may not leave: see [`check_out`].
    pub fn pack(&self, message: &Message, key: &MacKey) -> Result<Vec<u8>, Refusal> {
        let fields = check_out(message)?;
        let broken = Refusal::new(RefusalKind::Codec, 0, 0);
        let assembled = catch_unwind(AssertUnwindSafe(|| {
            let mut iso = new_msg(self.spec, self.segment);
            iso.fd_map.reserve(fields.len() + 2);
            let mti = message.mti.text().as_bytes().to_vec();
            iso.fd_map.insert(MTI_FIELD.to_owned(), mti);
            for (spec, value) in fields {
                iso.bmp.set_on(u32::from(spec.de));
                iso.fd_map.insert(spec.name.to_owned(), value);
            }
            iso.bmp.set_on(u32::from(MAC));
            let name = field(MAC).map_or("", |f| f.name);
            iso.fd_map.insert(name.to_owned(), vec![0; MAC_BYTES]);
            iso.assemble()
        }));
        let mut wire = assembled.map_err(|_| broken)?.map_err(|_| broken)?;
        let covered = wire.len().checked_sub(MAC_BYTES).ok_or(broken)?;
        if wire.len() > MESSAGE_MAX {
            return Err(Refusal::new(RefusalKind::TooLarge, 0, MESSAGE_MAX));
        }
        let tag = key.tag(&wire[..covered]);
        wire[covered..].copy_from_slice(&tag);
        Ok(wire)
    }

    /// Reads a message: guard, MAC, codec; all three must be content.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn unpack(&self, mut wire: Vec<u8>, key: &MacKey) -> Result<Message, Refusal> {
        let layout = check_in(&wire)?;
        key.check(&wire[..layout.mac_at], &wire[layout.mac_at..])?;
        let broken = |de, at| Refusal::new(RefusalKind::Codec, de, at);
        let parsed = catch_unwind(AssertUnwindSafe(|| self.spec.parse(&mut wire)));
        let mut iso = parsed
            .map_err(|_| broken(0, 0))?
            .map_err(|_| broken(0, 0))?;
        if iso.fd_map.len() != layout.spans.len() + 2 {
            return Err(broken(0, 0));
        }
        let mut message = Message::new(layout.mti);
        for (de, from, to) in layout.spans {
            let name = field(de).map_or("", |f| f.name);
            let value = iso.fd_map.remove(name).ok_or(broken(de, from))?;
            if wire.get(from..to) != Some(value.as_slice()) {
                return Err(broken(de, from));
            }
            if de != MAC {
                let text = String::from_utf8(value).map_err(|_| broken(de, from))?;
                message.set(de, text);
            }
        }
        Ok(message)
    }
}
