//! Fields of a JSON body: each read in its one type, a wrong one named with its path.

use super::{CounterAccount, NoticeError, NoticeErrorKind as Kind};
use crate::Dong;
use chrono::{DateTime, FixedOffset, NaiveDateTime};
use serde_json::{Map, Value};

/// An object of the body and its path.
pub struct Fields<'a> {
    path: &'a str,
    map: &'a Map<String, Value>,
}

/// The body as JSON.
pub fn parse(body: &[u8]) -> Result<Value, NoticeError> {
    serde_json::from_slice(body).map_err(|e| {
        let place = format!("line {}, column {}", e.line(), e.column());
        NoticeError::new(Kind::Malformed, &place, &e.to_string(), "a JSON object")
    })
}

impl<'a> Fields<'a> {
    pub fn of(path: &'a str, value: &'a Value) -> Result<Fields<'a>, NoticeError> {
        match value {
            Value::Object(map) => Ok(Fields { path, map }),
            other => Err(NoticeError::new(
                Kind::Malformed,
                path,
                &other.to_string(),
                "an object",
            )),
        }
    }

    pub fn map(&self) -> &'a Map<String, Value> {
        self.map
    }

    /// `null` counts as not there.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|v| !v.is_null())
    }

    fn wrong(&self, kind: Kind, name: &str, expected: &str) -> NoticeError {
        let found = self.map.get(name).map(Value::to_string).unwrap_or_default();
        NoticeError::new(kind, &self.place(name), &found, expected)
    }

    fn place(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// A text that is there and not empty, blanks around it taken off.
    pub fn text(&self, name: &str) -> Result<&'a str, NoticeError> {
        self.optional(name)?
            .ok_or_else(|| self.wrong(Kind::Malformed, name, "a text that is not empty"))
    }

    /// A text; `None` when it is missing, null or empty, or the word `null` or `undefined`,
    /// which is what providers make of nothing.
    pub fn optional(&self, name: &str) -> Result<Option<&'a str>, NoticeError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => {
                Ok(Some(text.trim()).filter(|t| !matches!(*t, "" | "null" | "undefined")))
            }
            Some(_) => Err(self.wrong(Kind::Malformed, name, "a text")),
        }
    }

    /// An id: a text or a whole number.
    pub fn id(&self, name: &str) -> Result<String, NoticeError> {
        match self.get(name) {
            Some(Value::Number(n)) if !n.is_f64() => Ok(n.to_string()),
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
            _ => Err(self.wrong(Kind::Malformed, name, "a whole number or a text")),
        }
    }

    /// A whole number of đồng other than 0, of either sign.
    pub fn signed_amount(&self, name: &str) -> Result<i64, NoticeError> {
        let limit = Dong::PAYMENT_LIMIT.get();
        let amount = self.get(name).and_then(Value::as_i64);
        amount
            .filter(|a| *a != 0 && (-limit..=limit).contains(a))
            .ok_or_else(|| self.wrong(Kind::AmountForm, name, AMOUNT))
    }

    /// 1 to 10^15 đồng.
    pub fn amount(&self, name: &str) -> Result<Dong, NoticeError> {
        let amount = Dong::new(self.signed_amount(name)?).ok();
        amount
            .filter(|a| a.is_payable())
            .ok_or_else(|| self.wrong(Kind::AmountForm, name, AMOUNT))
    }

    /// `VND`, also where it is left out.
    pub fn currency(&self, name: &str) -> Result<(), NoticeError> {
        match self.get(name) {
            None => Ok(()),
            Some(Value::String(text)) if text == "VND" => Ok(()),
            Some(_) => Err(self.wrong(Kind::WrongCurrency, name, "VND")),
        }
    }

    /// `2026-06-05 09:30:00` at +07:00, or with an offset as in RFC 3339; UTC microseconds.
    pub fn instant(&self, name: &str) -> Result<i64, NoticeError> {
        let text = self.text(name)?;
        let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok();
        let vietnam = FixedOffset::east_opt(7 * 3600);
        let local = local
            .zip(vietnam)
            .and_then(|(t, zone)| t.and_local_timezone(zone).single());
        local
            .or_else(|| DateTime::parse_from_rfc3339(text).ok())
            .map(|t| t.timestamp_micros())
            .ok_or_else(|| {
                self.wrong(
                    Kind::Malformed,
                    name,
                    "2026-06-05 09:30:00, or with an offset",
                )
            })
    }

    /// The account that the money came from, from three fields; `None` without a number.
    pub fn counter(
        &self,
        banks: &[&str],
        number: &str,
        name: &str,
    ) -> Result<Option<CounterAccount>, NoticeError> {
        let mut bank = None;
        for field in banks {
            bank = bank.or(self.optional(field)?);
        }
        let Some(number) = self.optional(number)? else {
            return Ok(None);
        };
        Ok(Some(CounterAccount {
            bank: bank.map(str::to_owned),
            number: number.to_owned(),
            name: self.optional(name)?.map(str::to_owned),
        }))
    }
}

const AMOUNT: &str = "a whole number of dong, 1 to 10^15";
