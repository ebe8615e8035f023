//! Writes a payment order to a bank: ISO 20022 `pain.001.001.09`, one debtor, one day.
//!
//! Strictly by the schema and its own numbers: the count and the sum stand in front of the
//! payments, so they are announced first, and [`Pain001Writer::finish`] fails when what was
//! written is anything else. Nothing is allocated for a payment. Identifiers and account
//! numbers are refused when the format cannot carry them, never altered; names and texts are
//! brought to the banks' character set ([`crate::ascii_name`]).

use crate::ascii::{NAME_MAX, push_ascii};
use crate::{Day, Dong, WriteError};
use std::io::{self, Write};

/// What stands in front of the whole message.
#[derive(Clone, Copy, Debug)]
pub struct GroupHeader<'a> {
    /// Ours, 1 to 35 characters; the bank refuses a message that it has seen.
    pub message_id: &'a str,
    /// `yyyy-MM-ddThh:mm:ss+07:00`.
    pub created_at: &'a str,
    /// Number of payments.
    pub count: u64,
    /// Sum of the payments, đồng.
    pub sum: Dong,
    /// Who sends the message.
    pub initiator_name: &'a str,
}

/// From where and when the payments are made.
#[derive(Clone, Copy, Debug)]
pub struct PaymentInfo<'a> {
    /// Ours, 1 to 35 characters.
    pub id: &'a str,
    /// The day on which the bank is to pay.
    pub requested_on: Day,
    pub debtor_name: &'a str,
    /// Account number, 1 to 34 letters or digits.
    pub debtor_account: &'a str,
    /// BIN of the bank that keeps the account.
    pub debtor_bin: &'a str,
}

/// One payment.
#[derive(Clone, Copy, Debug)]
pub struct CreditTransfer<'a> {
    /// The end-to-end reference, 1 to 35 characters.
    pub end_to_end: &'a str,
    /// 1 to 10^15 đồng.
    pub amount: Dong,
    pub creditor_name: &'a str,
    /// Account number, 1 to 34 letters or digits.
    pub creditor_account: &'a str,
    /// BIN of the payee's bank.
    pub creditor_bin: &'a str,
    /// What the payee reads; may be empty; cut at 140 characters.
    pub purpose: &'a str,
}

/// The message under construction.
#[derive(Debug)]
pub struct Pain001Writer<W: Write> {
    out: W,
    buffer: Vec<u8>,
    announced: (u64, Dong),
    written: (u64, Dong),
}

/// The buffer is handed on when it holds this many bytes.
const FLUSH_AT: usize = 64 * 1024;
/// `CtrlSum` has at most 18 digits.
const SUM_MAX: i64 = Dong::LIMIT - 1;

impl<W: Write> Pain001Writer<W> {
    /// Writes the head of the message.
    ///
    /// An error when a field does not fit, or when no payment or no sum is announced.
    pub fn new(out: W, group: &GroupHeader, info: &PaymentInfo) -> Result<Self, WriteError> {
        let mut writer = Pain001Writer {
            out,
            buffer: Vec::with_capacity(FLUSH_AT + 4096),
            announced: (group.count, group.sum),
            written: (0, Dong::ZERO),
        };
        if group.count == 0 || group.count >= 1_000_000_000_000_000 {
            return Err(writer.refuse("count", &group.count.to_string()));
        }
        if group.sum <= Dong::ZERO || group.sum.get() > SUM_MAX {
            return Err(WriteError::Amount {
                item: 0,
                found: group.sum,
            });
        }
        if chrono::DateTime::parse_from_rfc3339(group.created_at).is_err()
            || group.created_at.as_bytes().get(10) != Some(&b'T')
        {
            return Err(writer.refuse("created_at", group.created_at));
        }
        writer.write_head(group, info)?;
        Ok(writer)
    }

    fn write_head(&mut self, group: &GroupHeader, info: &PaymentInfo) -> Result<(), WriteError> {
        self.raw(concat!(
            r#"<?xml version="1.0" encoding="UTF-8"?>"#,
            "\n",
            r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">"#,
            "\n<CstmrCdtTrfInitn>\n<GrpHdr><MsgId>"
        ));
        self.id("message_id", group.message_id)?;
        self.raw("</MsgId><CreDtTm>");
        self.raw(group.created_at);
        self.raw("</CreDtTm>");
        self.totals(group);
        self.raw("<InitgPty><Nm>");
        self.name("initiator_name", group.initiator_name)?;
        self.raw("</Nm></InitgPty></GrpHdr>\n<PmtInf><PmtInfId>");
        self.id("id", info.id)?;
        self.raw("</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>false</BtchBookg>");
        self.totals(group);
        self.raw("<ReqdExctnDt><Dt>");
        self.raw(&info.requested_on.to_string());
        self.raw("</Dt></ReqdExctnDt><Dbtr><Nm>");
        self.name("debtor_name", info.debtor_name)?;
        self.raw("</Nm></Dbtr><DbtrAcct><Id><Othr><Id>");
        self.account("debtor_account", info.debtor_account)?;
        self.raw("</Id></Othr></Id></DbtrAcct><DbtrAgt><FinInstnId><ClrSysMmbId><MmbId>");
        self.bin("debtor_bin", info.debtor_bin)?;
        self.raw("</MmbId></ClrSysMmbId></FinInstnId></DbtrAgt>\n");
        Ok(())
    }

    /// Writes one payment. After an error the message is of no use.
    pub fn payment(&mut self, payment: &CreditTransfer) -> Result<(), WriteError> {
        self.written.0 += 1;
        let too_much = |_| WriteError::Amount {
            item: self.written.0,
            found: payment.amount,
        };
        if !payment.amount.is_payable() {
            return Err(too_much(()));
        }
        self.written.1 = (self.written.1.plus(payment.amount)).map_err(|_| too_much(()))?;

        self.raw("<CdtTrfTxInf><PmtId><EndToEndId>");
        self.id("end_to_end", payment.end_to_end)?;
        self.raw("</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"VND\">");
        self.number(payment.amount.get().unsigned_abs());
        self.raw("</InstdAmt></Amt><CdtrAgt><FinInstnId><ClrSysMmbId><MmbId>");
        self.bin("creditor_bin", payment.creditor_bin)?;
        self.raw("</MmbId></ClrSysMmbId></FinInstnId></CdtrAgt><Cdtr><Nm>");
        self.name("creditor_name", payment.creditor_name)?;
        self.raw("</Nm></Cdtr><CdtrAcct><Id><Othr><Id>");
        self.account("creditor_account", payment.creditor_account)?;
        self.raw("</Id></Othr></Id></CdtrAcct>");
        self.purpose(payment.purpose);
        self.raw("</CdtTrfTxInf>\n");
        if self.buffer.len() >= FLUSH_AT {
            self.hand_on()?;
        }
        Ok(())
    }

    /// Ends the message and gives the writer back, flushed.
    ///
    /// An error when count or sum are not those announced: the message must not be sent.
    pub fn finish(mut self) -> Result<W, WriteError> {
        if self.written.0 != self.announced.0 {
            return Err(WriteError::CountDiffers {
                announced: self.announced.0,
                written: self.written.0,
            });
        }
        if self.written.1 != self.announced.1 {
            return Err(WriteError::SumDiffers {
                announced: self.announced.1,
                written: self.written.1,
            });
        }
        self.raw("</PmtInf>\n</CstmrCdtTrfInitn>\n</Document>\n");
        self.hand_on()?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn raw(&mut self, text: &str) {
        self.buffer.extend_from_slice(text.as_bytes());
    }

    fn hand_on(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    fn totals(&mut self, group: &GroupHeader) {
        self.raw("<NbOfTxs>");
        self.number(group.count);
        self.raw("</NbOfTxs><CtrlSum>");
        self.number(group.sum.get().unsigned_abs());
        self.raw("</CtrlSum>");
    }

    fn number(&mut self, mut number: u64) {
        let mut digits = [b'0'; 20];
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = b'0' + u8::try_from(number % 10).unwrap_or_default();
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.buffer.extend_from_slice(&digits[at..]);
    }

    /// An identifier of ours: letters, digits and `-`, which every bank gives back unchanged.
    fn id(&mut self, field: &'static str, text: &str) -> Result<(), WriteError> {
        self.exact(field, text, 35, |b| b.is_ascii_alphanumeric() || b == b'-')
    }

    fn account(&mut self, field: &'static str, text: &str) -> Result<(), WriteError> {
        self.exact(field, text, 34, |b| b.is_ascii_alphanumeric())
    }

    fn bin(&mut self, field: &'static str, text: &str) -> Result<(), WriteError> {
        self.exact(field, text, 35, |b| b.is_ascii_alphanumeric())
    }

    fn exact(
        &mut self,
        field: &'static str,
        text: &str,
        limit: usize,
        allowed: impl Fn(u8) -> bool,
    ) -> Result<(), WriteError> {
        if text.is_empty() || text.len() > limit || !text.bytes().all(allowed) {
            return Err(self.refuse(field, text));
        }
        self.raw(text);
        Ok(())
    }

    fn name(&mut self, field: &'static str, name: &str) -> Result<(), WriteError> {
        let start = self.buffer.len();
        push_ascii(&mut self.buffer, name, NAME_MAX, true);
        if self.buffer.len() == start {
            return Err(self.refuse(field, name));
        }
        Ok(())
    }

    /// The schema has no empty text, so a purpose of which nothing is left is left out.
    fn purpose(&mut self, text: &str) {
        let start = self.buffer.len();
        self.raw("<RmtInf><Ustrd>");
        let inside = self.buffer.len();
        push_ascii(&mut self.buffer, text, 140, false);
        if self.buffer.len() == inside {
            self.buffer.truncate(start);
        } else {
            self.raw("</Ustrd></RmtInf>");
        }
    }

    fn refuse(&self, field: &'static str, found: &str) -> WriteError {
        WriteError::Field {
            item: self.written.0,
            field,
            found: found.chars().take(60).collect(),
        }
    }
}
