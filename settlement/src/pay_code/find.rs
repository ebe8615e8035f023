//! Finds payment codes in the content of a transfer, as it comes back from a bank.
//!
//! Banks change case, take accents off, put their own words before and behind, break the
//! text with blanks, dots or dashes, and cut it. What is a **code**: twelve characters in
//! their order that fit their check characters, either without a break (letters may be
//! glued on at both ends), or broken by at most two separators at a place while beginning
//! and ending where words do, the last piece being no three letters or more without a digit
//! (a word behind a cut code).
//! Everything less is a **suggestion** for a person: a cut code, one with a wrong, missing,
//! doubled or swapped character, a broken one grown into its neighbours. A suggestion is
//! never a match, even when only one bill fits it.

use super::{ALPHABET, BODY, LENGTH, PREFIX, PayCode, sums, values_of};
use crate::ascii::ascii_byte;

/// What a content holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundCodes {
    /// Codes in the order in which they stand, each once.
    pub codes: Vec<PayCode>,
    /// What looks like one.
    pub suggestions: Vec<Suggestion>,
}

/// Something that may have been a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Its letters and digits in upper case, separators left out.
    pub seen: String,
    /// The codes that one slip of the pen turns into it; empty when too much is missing.
    /// They are to be looked up: most belong to no bill.
    pub candidates: Vec<PayCode>,
}

/// The most separators within a code at one place.
const GAP_MAX: usize = 2;
/// A cut code shorter than prefix, book and one more character says nothing.
const CUT_MIN: usize = 4;

/// A letter or digit, and how many other characters stand before it.
struct Letter {
    byte: u8,
    gap: usize,
}

/// Finds all codes and suggestions in `content`.
pub fn find_codes(content: &str) -> FoundCodes {
    let letters = letters(content);
    let mut found = FoundCodes::default();
    let mut at = 0;
    while at < letters.len() {
        let rest = View::new(&letters, at);
        if let Some(code) = rest.code() {
            if !found.codes.contains(&code) {
                found.codes.push(code);
            }
            at += LENGTH;
            continue;
        }
        if let Some(suggestion) = rest.suggestion()
            && !found.suggestions.contains(&suggestion)
        {
            found.suggestions.push(suggestion);
        }
        at += 1;
    }
    let codes = &found.codes;
    let known = |s: &Suggestion| s.candidates.iter().any(|c| codes.contains(c));
    found.suggestions.retain(|s| !known(s));
    found
}

/// Letters and digits in upper case without accents; combining marks are no separators.
fn letters(content: &str) -> Vec<Letter> {
    let mut out = Vec::with_capacity(content.len());
    let mut gap = 0;
    for c in content.chars() {
        match ascii_byte(c) {
            None => {}
            Some(byte) if byte.is_ascii_alphanumeric() => {
                let byte = byte.to_ascii_uppercase();
                out.push(Letter { byte, gap });
                gap = 0;
            }
            Some(_) => gap += 1,
        }
    }
    out
}

/// The letters from one place on.
struct View<'a> {
    letters: &'a [Letter],
    begins_word: bool,
}

impl View<'_> {
    fn new(all: &[Letter], at: usize) -> View<'_> {
        View {
            letters: &all[at..],
            begins_word: at == 0 || all[at].gap > 0,
        }
    }

    /// The first `count` letters, when no gap within them is too wide.
    fn take(&self, count: usize) -> Option<Vec<u8>> {
        let taken = self.letters.get(..count)?;
        let near = taken.iter().skip(1).all(|l| l.gap <= GAP_MAX);
        near.then(|| taken.iter().map(|l| l.byte).collect())
    }

    fn unbroken(&self, count: usize) -> bool {
        self.letters.iter().take(count).skip(1).all(|l| l.gap == 0)
    }

    fn ends_word(&self, count: usize) -> bool {
        self.letters.get(count).is_none_or(|l| l.gap > 0)
    }

    fn begins_code(&self) -> bool {
        let [first, second, ..] = self.letters else {
            return false;
        };
        [first.byte, second.byte] == *PREFIX && second.gap <= GAP_MAX
    }

    fn code(&self) -> Option<PayCode> {
        if !self.begins_code() {
            return None;
        }
        let text = self.take(LENGTH)?;
        let code = valid(&text)?;
        let alone = self.begins_word && self.ends_word(LENGTH) && !self.ends_in_words();
        (self.unbroken(LENGTH) || alone).then_some(code)
    }

    /// Whether what follows the last break may be a word behind a cut code.
    fn ends_in_words(&self) -> bool {
        let taken = &self.letters[..LENGTH];
        let last = taken
            .iter()
            .skip(1)
            .rposition(|l| l.gap > 0)
            .map_or(0, |n| n + 1);
        let piece = &taken[last..];
        piece.len() >= 3 && !piece.iter().any(|l| l.byte.is_ascii_digit())
    }

    fn suggestion(&self) -> Option<Suggestion> {
        if !self.begins_code() {
            return self.wrong_prefix();
        }
        // Extra, then wrong, then missing characters: the longest reading says most.
        for count in [LENGTH + 1, LENGTH, LENGTH - 1, LENGTH - 2] {
            let Some(text) = self.take(count) else {
                continue;
            };
            let near = self.ends_word(count) && (self.begins_word || self.unbroken(count));
            let grown = count == LENGTH && self.unbroken(count);
            let foreign = text[2..].iter().filter(|b| !ALPHABET.contains(b)).count();
            if !(near || grown) || foreign > 1 || !has_digit(&text) {
                continue;
            }
            let candidates = candidates(&text[2..]);
            if !candidates.is_empty() {
                return Some(Suggestion::new(&text, candidates));
            }
        }
        self.broken_code().or_else(|| self.cut_code())
    }

    /// A right code that is broken and grown into its neighbours.
    fn broken_code(&self) -> Option<Suggestion> {
        let text = self.take(LENGTH)?;
        valid(&text).map(|code| Suggestion::new(&text, vec![code]))
    }

    /// The beginning of a code, unbroken, with too much missing to say which.
    fn cut_code(&self) -> Option<Suggestion> {
        let body = self.letters.iter().skip(2);
        let fits = |l: &&Letter| l.gap == 0 && ALPHABET.contains(&l.byte);
        let count = body.take_while(fits).count();
        let cut = (CUT_MIN..BODY).contains(&count) && self.ends_word(2 + count);
        let text = self.take(2 + count).filter(|_| cut && self.unbroken(2))?;
        has_digit(&text).then(|| Suggestion::new(&text, Vec::new()))
    }

    /// A word whose ten last characters are right and whose prefix is damaged or lost.
    fn wrong_prefix(&self) -> Option<Suggestion> {
        if !self.begins_word {
            return None;
        }
        for lost in [0, 1, 2] {
            let count = LENGTH - lost;
            if !(self.unbroken(count) && self.ends_word(count)) {
                continue;
            }
            let Some(text) = self.take(count) else {
                continue;
            };
            let (head, body) = text.split_at(2 - lost);
            let near = lost > 0 || head.contains(&PREFIX[0]) || head.contains(&PREFIX[1]);
            if let Some(code) = near.then(|| of_body(body)).flatten() {
                return Some(Suggestion::new(&text, vec![code]));
            }
        }
        None
    }
}

impl Suggestion {
    fn new(text: &[u8], candidates: Vec<PayCode>) -> Suggestion {
        Suggestion {
            seen: text.iter().map(|b| char::from(*b)).collect(),
            candidates,
        }
    }
}

/// Words of people have no digit in them; nearly every beginning of a code has.
fn has_digit(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_digit)
}

fn valid(text: &[u8]) -> Option<PayCode> {
    text.strip_prefix(PREFIX).and_then(of_body)
}

fn of_body(body: &[u8]) -> Option<PayCode> {
    let values = values_of(body)?;
    (sums(&values) == (0, 0)).then(|| PayCode::of_values(&values))
}

/// The codes whose body becomes `body` by one slip: a character wrong or doubled, missing,
/// two neighbours swapped, or the last two cut off.
fn candidates(body: &[u8]) -> Vec<PayCode> {
    let mut out = Vec::new();
    let mut keep = |body: &[u8]| {
        if let Some(code) = of_body(body).filter(|c| !out.contains(c)) {
            out.push(code);
        }
    };
    let mut text = body.to_vec();
    match BODY.checked_sub(body.len()) {
        Some(0) => {
            for place in 0..BODY {
                for &other in ALPHABET {
                    text[place] = other;
                    keep(&text);
                }
                text[place] = body[place];
            }
            for place in 1..BODY {
                text.swap(place - 1, place);
                keep(&text);
                text.swap(place - 1, place);
            }
        }
        Some(1) => {
            for place in 0..BODY {
                text.insert(place, ALPHABET[0]);
                for &other in ALPHABET {
                    text[place] = other;
                    keep(&text);
                }
                text.remove(place);
            }
        }
        Some(2) => {
            for &first in ALPHABET {
                for &last in ALPHABET {
                    keep(&[body, &[first, last]].concat());
                }
            }
        }
        // A character too many.
        None => {
            for place in 0..body.len() {
                let byte = text.remove(place);
                keep(&text);
                text.insert(place, byte);
            }
        }
        Some(_) => {}
    }
    out
}
