//! XML as our readers want it: a path and a text for each element, and no surprises.
//!
//! Refused here: document types, other encodings than UTF-8, foreign namespaces outside
//! `SplmtryData`, elements too deep, texts too long, anything after the root. Memory is
//! bounded by these limits whatever the file.

use super::placed::Placed;
use crate::error::{Place, ReadError, ReadErrorKind};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use std::io::BufRead;

/// Levels of elements; camt.053 has some twelve.
const DEPTH_MAX: usize = 32;
/// Bytes of one text, tag or comment; the longest text of camt.053 has 500 characters.
pub(super) const TEXT_MAX: usize = 16 * 1024;

/// What [`XmlReader::next`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// A start tag; the path ends in its name.
    Open,
    /// An end tag; the path still ends in its name, and the text is there.
    Close,
    /// The end of the file.
    End,
}

#[derive(Debug)]
pub(crate) struct XmlReader<R: BufRead> {
    reader: Reader<Placed<R>>,
    buffer: Vec<u8>,
    namespace: &'static str,
    /// The root's prefix with its colon, or nothing.
    prefix: String,
    /// Names below the root, joined by `/`.
    path: String,
    /// The path's length before each open element.
    lengths: Vec<usize>,
    depth: usize,
    closing: bool,
    text: String,
    text_begun: bool,
    currency: Option<String>,
    place: Place,
    rooted: bool,
}

impl<R: BufRead> XmlReader<R> {
    /// Reads up to the root, which must be `Document` in `namespace`.
    ///
    /// `family` is the namespace without its last part: a root in that family is another
    /// version of the same message.
    pub fn open(input: R, namespace: &'static str, family: &str) -> Result<Self, ReadError> {
        let mut reader = Reader::from_reader(Placed::new(input));
        reader.config_mut().expand_empty_elements = true;
        let mut xml = XmlReader {
            reader,
            buffer: Vec::new(),
            namespace,
            prefix: String::new(),
            path: String::new(),
            lengths: Vec::new(),
            depth: 0,
            closing: false,
            text: String::new(),
            text_begun: false,
            currency: None,
            place: Place::default(),
            rooted: false,
        };
        while xml.depth == 0 {
            if xml.read(Some(family))? == Some(Node::End) {
                return Err(xml.fail(ReadErrorKind::XmlForm, "", "an element Document"));
            }
        }
        Ok(xml)
    }

    /// The next start tag, end tag or end of the file.
    pub fn next(&mut self) -> Result<Node, ReadError> {
        loop {
            if let Some(node) = self.read(None)? {
                return Ok(node);
            }
        }
    }

    /// The element's names below the root: `BkToCstmrStmt/Stmt/Ntry`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The text of the element that closes, trimmed; of use for elements without children.
    pub fn text(&self) -> &str {
        self.text.trim_ascii()
    }

    /// The attribute `Ccy` of the element that was opened last.
    pub fn currency(&self) -> Option<&str> {
        self.currency.as_deref()
    }

    /// Where the text or tag that was read last begins.
    pub fn place(&self) -> Place {
        self.place
    }

    /// An error at this place.
    pub fn fail(&self, kind: ReadErrorKind, found: &str, expected: &str) -> ReadError {
        ReadError::new(kind, self.place, found.as_bytes(), expected)
    }

    /// Reads one event; `family` is given while the root is looked for.
    fn read(&mut self, family: Option<&str>) -> Result<Option<Node>, ReadError> {
        if self.closing {
            self.closing = false;
            self.text.clear();
            self.path.truncate(self.lengths.pop().unwrap_or_default());
        }
        let begin = self.reader.get_mut().mark();
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        let event = match self.reader.read_event_into(&mut buffer) {
            Ok(event) => event,
            Err(error) => return Err(self.fail_read(&error, begin)),
        };
        let node = self.take(event, family, begin);
        self.buffer = buffer;
        node
    }

    fn take(
        &mut self,
        event: Event,
        family: Option<&str>,
        begin: Place,
    ) -> Result<Option<Node>, ReadError> {
        match event {
            Event::Start(tag) | Event::Empty(tag) => {
                self.place = begin;
                self.open_element(&tag, family)?;
                Ok(Some(Node::Open))
            }
            Event::End(_) => {
                if !self.text_begun {
                    self.place = begin;
                }
                self.text_begun = false;
                self.depth -= 1;
                self.closing = self.depth > 0;
                Ok((self.depth > 0).then_some(Node::Close))
            }
            Event::Text(text) => self.add_text(&text.xml10_content(), begin),
            Event::CData(text) => self.add_text(&text.xml10_content(), begin),
            Event::GeneralRef(entity) => {
                let c = self.resolve(&entity, begin)?;
                self.add_text(c.encode_utf8(&mut [0; 4]), begin)
            }
            Event::Decl(declaration) => match declaration.encoding() {
                Some(Ok(name)) if !is_utf8(&name) => {
                    self.place = begin;
                    Err(self.fail(ReadErrorKind::NotUtf8, &name, "encoding UTF-8"))
                }
                _ => Ok(None),
            },
            Event::DocType(text) => {
                self.place = begin;
                let kind = ReadErrorKind::DoctypeRefused;
                Err(self.fail(kind, &text, "no document type declaration"))
            }
            Event::Comment(_) | Event::PI(_) => Ok(None),
            Event::Eof => {
                self.place = begin;
                if self.depth > 0 {
                    let expected = format!("the end of element Document/{}", self.path);
                    return Err(self.fail(ReadErrorKind::XmlForm, "", &expected));
                }
                Ok(Some(Node::End))
            }
        }
    }

    fn open_element(&mut self, tag: &BytesStart, family: Option<&str>) -> Result<(), ReadError> {
        let name = tag.name();
        let name: &str = name.as_ref();
        if self.depth == 0 && self.rooted {
            let expected = "nothing after the root element";
            return Err(self.fail(ReadErrorKind::BytesAfterTrailer, name, expected));
        }
        if self.depth >= DEPTH_MAX {
            let expected = format!("at most {DEPTH_MAX} levels of elements");
            return Err(self.fail(ReadErrorKind::TooDeep, name, &expected));
        }
        self.depth += 1;
        self.text.clear();
        self.text_begun = false;
        self.currency = None;
        if let Some(family) = family {
            return self.open_root(tag, name, family);
        }
        let mut foreign = false;
        for attribute in tag.attributes() {
            let attribute = attribute
                .map_err(|e| self.fail(ReadErrorKind::XmlForm, name, &format!("no {e}")))?;
            let key: &str = attribute.key.as_ref();
            let value: &str = &attribute.value;
            match key {
                "Ccy" => self.currency = Some(value.to_owned()),
                _ if self.declares(key) => foreign = value != self.namespace,
                _ => {}
            }
        }
        let local = match self.prefix.as_str() {
            "" => Some(name),
            prefix => name.strip_prefix(prefix),
        };
        let local = local.filter(|local| !foreign && !local.contains(':'));
        if local.is_none() && !self.path.contains("SplmtryData") {
            let expected = format!("an element of {}", self.namespace);
            return Err(self.fail(ReadErrorKind::ElementMisplaced, name, &expected));
        }
        self.lengths.push(self.path.len());
        if !self.path.is_empty() {
            self.path.push('/');
        }
        // A foreign name becomes one that no path of ours has.
        self.path.push_str(local.unwrap_or("?"));
        Ok(())
    }

    fn open_root(&mut self, tag: &BytesStart, name: &str, family: &str) -> Result<(), ReadError> {
        self.rooted = true;
        let local = name.rsplit(':').next().unwrap_or_default();
        self.prefix = name[..name.len() - local.len()].to_owned();
        let mut namespace = String::new();
        for attribute in tag.attributes() {
            let attribute = attribute
                .map_err(|e| self.fail(ReadErrorKind::XmlForm, name, &format!("no {e}")))?;
            let key: &str = attribute.key.as_ref();
            if self.declares(key) {
                namespace = attribute.value.to_string();
            }
        }
        if namespace != self.namespace {
            let kind = if namespace.starts_with(family) {
                ReadErrorKind::UnknownVersion
            } else {
                ReadErrorKind::WrongNamespace
            };
            let found = if namespace.is_empty() {
                name
            } else {
                &namespace
            };
            return Err(self.fail(kind, found, self.namespace));
        }
        if local != "Document" {
            return Err(self.fail(ReadErrorKind::ElementMisplaced, name, "Document"));
        }
        Ok(())
    }

    /// True when an attribute of this name sets the namespace of our prefix.
    fn declares(&self, key: &str) -> bool {
        match self.prefix.strip_suffix(':') {
            None => key == "xmlns",
            Some(prefix) => key.strip_prefix("xmlns:") == Some(prefix),
        }
    }

    fn add_text(&mut self, text: &str, begin: Place) -> Result<Option<Node>, ReadError> {
        let blank = text.trim_ascii().is_empty();
        if !blank && self.depth == 0 {
            self.place = begin;
            let kind = match self.rooted {
                true => ReadErrorKind::BytesAfterTrailer,
                false => ReadErrorKind::XmlForm,
            };
            return Err(self.fail(
                kind,
                text.trim_ascii(),
                "nothing outside of the root element",
            ));
        }
        if !blank && !self.text_begun {
            self.text_begun = true;
            self.place = begin;
        }
        if let Some(c) = text.chars().find(|&c| !is_lawful(c)) {
            let expected = "a character that XML allows";
            return Err(self.fail(ReadErrorKind::XmlForm, &c.to_string(), expected));
        }
        if self.text.len() + text.len() > TEXT_MAX {
            return Err(self.fail_long());
        }
        self.text.push_str(text);
        Ok(None)
    }

    fn resolve(&mut self, entity: &BytesRef, begin: Place) -> Result<char, ReadError> {
        let name: &str = entity;
        let c = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => entity.resolve_char_ref().ok().flatten(),
        };
        c.ok_or_else(|| {
            self.place = begin;
            self.fail(ReadErrorKind::XmlForm, name, "an entity of XML itself")
        })
    }

    fn fail_read(&mut self, error: &quick_xml::Error, begin: Place) -> ReadError {
        self.place = begin;
        if self.reader.get_ref().too_long {
            return self.fail_long();
        }
        match error {
            quick_xml::Error::Io(error) => ReadError::io(error, begin),
            quick_xml::Error::Encoding(error) => {
                let expected = format!("UTF-8: {error}");
                self.fail(ReadErrorKind::NotUtf8, "", &expected)
            }
            error => {
                let expected = format!("well-formed XML: {error}");
                self.fail(ReadErrorKind::XmlForm, "", &expected)
            }
        }
    }

    fn fail_long(&self) -> ReadError {
        let expected = format!("at most {TEXT_MAX} bytes in one text, tag or comment");
        self.fail(ReadErrorKind::TextTooLong, &self.path, &expected)
    }
}

fn is_utf8(name: &str) -> bool {
    ["UTF-8", "UTF8", "US-ASCII", "ASCII"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// XML 1.0, production 2, `Char`.
fn is_lawful(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}
