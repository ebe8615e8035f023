//! The reader: characters, checksum, structure, then values, in that order.
//!
//! The checksum comes before the structure, so a damaged code is called damaged; what has
//! a right checksum and a wrong structure was made wrongly, and the place is named.

use super::crc::crc16;
use super::encode::{AMOUNT_FORM, check};
use super::{
    AID, COUNTRY, CURRENCY, DYNAMIC, Extra, Payee, STATIC, TO_ACCOUNT, TO_CARD, VERSION, VietQr,
    VietQrError, VietQrErrorKind,
};
use crate::Dong;
use VietQrErrorKind as Kind;

/// No field of the standard lets a code grow longer than this.
const LENGTH_MAX: usize = 512;

/// One field: its tag, where its value begins, and the value.
struct Field<'a> {
    tag: &'a str,
    offset: usize,
    value: &'a str,
}

/// The fields of a tag (or of the text), with where they stand.
struct Row<'a> {
    path: String,
    offset: usize,
    fields: Vec<Field<'a>>,
}

pub fn decode(text: &str) -> Result<VietQr, VietQrError> {
    check_characters(text)?;
    check_crc(text)?;
    let root = Row::read("", 0, text)?;
    root.only(&[
        "00", "01", "38", "52", "53", "54", "58", "59", "60", "61", "62", "63",
    ])?;
    root.check_ends(text)?;
    root.fixed("00", &[VERSION], Kind::WrongVersion)?;
    let method = root.fixed("01", &[STATIC, DYNAMIC], Kind::WrongMethod)?;
    let (bin, payee) = payee(&root)?;
    root.fixed("53", &[CURRENCY], Kind::WrongCurrency)?;
    root.fixed("58", &[COUNTRY], Kind::WrongCountry)?;
    let (labels, content) = additional(&root)?;
    let owned = |tag: &str| root.find(tag).map(|f| f.value.to_owned());
    let qr = VietQr {
        dynamic: method == DYNAMIC,
        bin,
        payee,
        amount: amount(&root)?,
        content,
        name: owned("59"),
        extra: Extra {
            category: owned("52"),
            city: owned("60"),
            postcode: owned("61"),
            labels,
        },
    };
    check(&qr).map_err(|e| placed(e, text))?;
    Ok(qr)
}

fn check_characters(text: &str) -> Result<(), VietQrError> {
    let foreign = text
        .chars()
        .enumerate()
        .find(|(_, c)| !matches!(c, ' '..='~'));
    if let Some((offset, c)) = foreign {
        return Err(VietQrError::new(
            Kind::NotAscii,
            "",
            offset,
            &c.to_string(),
            "printable ASCII",
        ));
    }
    if text.len() > LENGTH_MAX {
        let expected = format!("at most {LENGTH_MAX} characters");
        return Err(VietQrError::new(
            Kind::BytesAfterCrc,
            "",
            LENGTH_MAX,
            &text[LENGTH_MAX..],
            expected,
        ));
    }
    Ok(())
}

/// Compares the checksum where the text ends in one; else the structure says what is wrong.
fn check_crc(text: &str) -> Result<(), VietQrError> {
    let Some(start) = text.len().checked_sub(8) else {
        return Ok(());
    };
    let (head, crc) = text.split_at(start + 4);
    if !head.ends_with("6304") {
        return Ok(());
    }
    let found = |kind, expected: String| VietQrError::new(kind, "63", start + 4, crc, expected);
    if !crc.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F')) {
        let expected = "4 upper-case hex digits".to_owned();
        return Err(found(Kind::CrcForm, expected));
    }
    let wanted = format!("{:04X}", crc16(head.as_bytes()));
    if crc != wanted {
        return Err(found(Kind::WrongCrc, wanted));
    }
    Ok(())
}

impl<'a> Row<'a> {
    /// Cuts `text`, which begins at `offset` of the whole, into its fields.
    fn read(path: &str, offset: usize, text: &'a str) -> Result<Row<'a>, VietQrError> {
        let mut row = Row {
            path: path.to_owned(),
            offset,
            fields: Vec::new(),
        };
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            let place = offset + at;
            if row
                .fields
                .last()
                .is_some_and(|f| path.is_empty() && f.tag == "63")
            {
                let expected = "the end of the text";
                return Err(VietQrError::new(
                    Kind::BytesAfterCrc,
                    "",
                    place,
                    rest,
                    expected,
                ));
            }
            let Some(head) = rest.get(..4) else {
                let expected = "a tag of two digits and a length of two digits";
                return Err(VietQrError::new(row.short(), path, place, rest, expected));
            };
            if !head.bytes().all(|b| b.is_ascii_digit()) {
                let expected = "a tag of two digits and a length of two digits";
                return Err(VietQrError::new(
                    Kind::FieldForm,
                    path,
                    place,
                    head,
                    expected,
                ));
            }
            let (tag, length) = head.split_at(2);
            let length: usize = length.parse().unwrap_or_default();
            let Some(value) = rest.get(4..4 + length).filter(|v| !v.is_empty()) else {
                let expected = if length == 0 {
                    "at least 1 character".to_owned()
                } else {
                    format!("{length} characters")
                };
                let kind = if length == 0 {
                    Kind::FieldForm
                } else {
                    row.short()
                };
                return Err(VietQrError::new(
                    kind,
                    row.below(tag),
                    place + 4,
                    &rest[4..],
                    expected,
                ));
            };
            if row.find(tag).is_some() {
                let expected = "each tag once";
                return Err(VietQrError::new(
                    Kind::DuplicateTag,
                    row.below(tag),
                    place,
                    tag,
                    expected,
                ));
            }
            row.fields.push(Field {
                tag,
                offset: place + 4,
                value,
            });
            at += 4 + length;
        }
        Ok(row)
    }

    /// What it means that the text is too short: it was cut, or a length within a tag lies.
    fn short(&self) -> Kind {
        if self.path.is_empty() {
            Kind::Truncated
        } else {
            Kind::WrongLength
        }
    }

    fn below(&self, tag: &str) -> String {
        if self.path.is_empty() {
            tag.to_owned()
        } else {
            format!("{}/{tag}", self.path)
        }
    }

    fn find(&self, tag: &str) -> Option<&Field<'a>> {
        self.fields.iter().find(|f| f.tag == tag)
    }

    fn need(&self, tag: &str) -> Result<&Field<'a>, VietQrError> {
        self.find(tag).ok_or_else(|| {
            let expected = format!("tag {}", self.below(tag));
            VietQrError::new(Kind::MissingTag, self.below(tag), self.offset, "", expected)
        })
    }

    fn only(&self, known: &[&str]) -> Result<(), VietQrError> {
        match self.fields.iter().find(|f| !known.contains(&f.tag)) {
            None => Ok(()),
            Some(f) => {
                let expected = format!("one of {}", known.join(", "));
                let offset = f.offset - 4;
                Err(VietQrError::new(
                    Kind::UnknownTag,
                    self.below(f.tag),
                    offset,
                    f.tag,
                    expected,
                ))
            }
        }
    }

    /// Tag 00 stands first and tag 63 is there; that nothing follows 63 is seen in `read`.
    fn check_ends(&self, text: &str) -> Result<(), VietQrError> {
        let Some(first) = self.fields.first() else {
            return Err(VietQrError::new(
                Kind::Truncated,
                "",
                0,
                "",
                "a VietQR text",
            ));
        };
        self.need("00")?;
        if first.tag != "00" {
            return Err(VietQrError::new(
                Kind::TagMisplaced,
                first.tag,
                0,
                first.tag,
                "tag 00 first",
            ));
        }
        let Some(crc) = self.find("63") else {
            let expected = "tag 63 with the checksum at the end";
            return Err(VietQrError::new(
                Kind::MissingTag,
                "63",
                text.len(),
                "",
                expected,
            ));
        };
        if crc.value.len() != 4 {
            let expected = "4 upper-case hex digits";
            return Err(VietQrError::new(
                Kind::CrcForm,
                "63",
                crc.offset,
                crc.value,
                expected,
            ));
        }
        Ok(())
    }

    /// A value that can only be one of `values`.
    fn fixed(&self, tag: &str, values: &[&str], kind: Kind) -> Result<&'a str, VietQrError> {
        let field = self.need(tag)?;
        if values.contains(&field.value) {
            return Ok(field.value);
        }
        let expected = values.join(" or ");
        Err(VietQrError::new(
            kind,
            self.below(tag),
            field.offset,
            field.value,
            expected,
        ))
    }

    fn inner(&self, tag: &str) -> Result<Row<'a>, VietQrError> {
        let field = self.need(tag)?;
        Row::read(&self.below(tag), field.offset, field.value)
    }
}

fn payee(root: &Row) -> Result<(String, Payee), VietQrError> {
    let row = root.inner("38")?;
    row.only(&["00", "01", "02"])?;
    row.fixed("00", &[AID], Kind::WrongAid)?;
    let service = row.fixed("02", &[TO_ACCOUNT, TO_CARD], Kind::WrongService)?;
    let place = row.inner("01")?;
    place.only(&["00", "01"])?;
    let bin = place.need("00")?.value.to_owned();
    let number = place.need("01")?.value.to_owned();
    let payee = if service == TO_CARD {
        Payee::Card(number)
    } else {
        Payee::Account(number)
    };
    Ok((bin, payee))
}

fn amount(root: &Row) -> Result<Option<Dong>, VietQrError> {
    let Some(field) = root.find("54") else {
        return Ok(None);
    };
    let digits = field.value.bytes().all(|b| b.is_ascii_digit());
    let plain = digits && field.value.len() <= 13 && !field.value.starts_with('0');
    match Dong::parse(field.value) {
        Ok(amount) if plain => Ok(Some(amount)),
        _ => Err(VietQrError::new(
            Kind::AmountForm,
            "54",
            field.offset,
            field.value,
            AMOUNT_FORM,
        )),
    }
}

type Additional = (std::collections::BTreeMap<u8, String>, Option<String>);

fn additional(root: &Row) -> Result<Additional, VietQrError> {
    let mut found = Additional::default();
    if root.find("62").is_none() {
        return Ok(found);
    }
    let row = root.inner("62")?;
    row.only(&["01", "02", "03", "04", "05", "06", "07", "08"])?;
    for field in &row.fields {
        match field.tag.parse::<u8>() {
            Ok(tag @ 1..=7) => {
                found.0.insert(tag, field.value.to_owned());
            }
            _ => found.1 = Some(field.value.to_owned()),
        }
    }
    Ok(found)
}

/// Gives an error of the writer's checks its place in the text that was read.
fn placed(mut error: VietQrError, text: &str) -> VietQrError {
    let mut row = Row::read("", 0, text).ok();
    for tag in error.path.split('/') {
        let Some(field) = row.as_ref().and_then(|r| r.find(tag)) else {
            break;
        };
        error.offset = field.offset;
        row = Row::read("", field.offset, field.value).ok();
    }
    error
}
