//! A delivery to a source: verified, read, and turned into what is to be taken.
//!
//! The secret of a source speaks for its one account: a notice of another is kept and not
//! booked, whoever signed it. What a known sender says is kept also where it cannot be read.

use super::notice::{Told, UNKNOWN_ACCOUNT, UNREADABLE};
use super::notice_source::Scheme;
use super::sql::notice::SourceRow;
use crate::error::Fault;
use crate::payment::sql::BankAccountRow;
use crate::store::keys::{KeyRing, Purpose, hex};
use ansinh_settlement::{
    Delivery, Ignored, Notice, NoticeError, NoticeScheme, Reading, read_notice, verify_notice,
};
use sha2::{Digest, Sha256};

/// A source with its secret open and its account, to hear deliveries with.
pub struct Source {
    pub row: SourceRow,
    scheme: Scheme,
    secret: Vec<u8>,
    bin: String,
    /// Fingerprint of its account.
    counter: i64,
}

/// What a delivery comes to before anything is booked.
pub enum Heard {
    /// To be taken: booked, compared or kept, and only then answered.
    Told(Box<Told>),
    /// Signed, not to be read: kept, and answered with the error.
    Unreadable(Box<Told>, NoticeError),
    /// Nothing came in.
    Ignored(Ignored),
    /// The sender cannot be trusted: nothing of it is kept.
    Refused(NoticeError),
}

impl Source {
    /// Opens the secret of a source.
    pub fn open(keys: &KeyRing, row: SourceRow, bank: &BankAccountRow) -> Result<Source, Fault> {
        let scheme = Scheme::parse(&row.scheme)
            .ok_or_else(|| Fault::Corrupt(format!("scheme of notice source {}", row.code)))?;
        Ok(Source {
            secret: keys.open(Purpose::BankKey, &row.sealed)?,
            scheme,
            bin: bank.bin.clone(),
            counter: bank.counter,
            row,
        })
    }

    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Verifies and reads a delivery.
    pub fn hear(&self, keys: &KeyRing, delivery: &Delivery) -> Heard {
        let of_id = |id: &str| (id == self.row.key_id).then(|| self.secret.clone());
        let scheme = match self.scheme {
            Scheme::Sepay => NoticeScheme::SepayHmac(&self.secret),
            // Its form was checked when it was added; an empty key opens nothing.
            Scheme::SepayKey => {
                NoticeScheme::SepayApiKey(std::str::from_utf8(&self.secret).unwrap_or_default())
            }
            Scheme::Payos => NoticeScheme::PayOs(&self.secret),
            Scheme::Casso => NoticeScheme::Casso(&self.secret),
            Scheme::Ansinh => NoticeScheme::AnSinh(&of_id),
        };
        match read_notice(scheme, delivery) {
            Ok(Reading::Credit(notice)) => {
                Heard::Told(Box::new(self.told(keys, *notice, delivery)))
            }
            Ok(Reading::Ignored { why, .. }) => Heard::Ignored(why),
            Err(e) if e.is_untrusted() || verify_notice(scheme, delivery).is_err() => {
                Heard::Refused(e)
            }
            Err(e) => Heard::Unreadable(Box::new(self.unreadable(delivery)), e),
        }
    }

    fn told(&self, keys: &KeyRing, n: Notice, delivery: &Delivery) -> Told {
        let ours = keys.fingerprint(&self.bin, &n.bank_account) == self.counter;
        // A bank named in another way than by its BIN would make another fingerprint than
        // the statement's: then the statement alone says where the money came from.
        let payer = n.counter_account.as_ref().and_then(|c| {
            let bin = c.bank.as_deref().filter(|b| is_bin(b))?;
            Some((bin, c.number.as_str()))
        });
        Told {
            provider_ref: n.id,
            amount: n.amount.get(),
            at: n.at,
            content: n.content,
            virtual_account: n.virtual_account,
            bank_ref: n.bank_reference.unwrap_or_default(),
            counter: payer.map_or(0, |(bin, number)| keys.fingerprint(bin, number)),
            counter_text: payer.map(|(bin, number)| format!("{bin}|{number}")),
            kept: (!ours).then_some(UNKNOWN_ACCOUNT),
            ..self.blank(delivery)
        }
    }

    /// Kept under the digest of its bytes: it has no id that we could read.
    fn unreadable(&self, delivery: &Delivery) -> Told {
        Told {
            provider_ref: format!("sha256:{}", &hex(&Sha256::digest(delivery.body))[..24]),
            kept: Some(UNREADABLE),
            ..self.blank(delivery)
        }
    }

    fn blank(&self, delivery: &Delivery) -> Told {
        Told {
            book_id: self.row.book_id,
            bank_account_id: Some(self.row.bank_account_id),
            provider: self.scheme.provider().into(),
            provider_ref: String::new(),
            posts: self.row.posts,
            amount: 0,
            // An unreadable notice sent again is the same one, whenever it comes.
            at: 0,
            content: String::new(),
            virtual_account: None,
            bank_ref: String::new(),
            counter: 0,
            counter_text: None,
            body: delivery.body.to_vec(),
            kept: None,
            owner: Some(self.row.owner.clone()),
        }
    }
}

fn is_bin(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit())
}
