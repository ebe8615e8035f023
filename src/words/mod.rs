//! The one vocabulary: what people read for each code, in Vietnamese and in English.
//!
//! Codes (states, kinds, roles, ...) are for scripts and stand in JSON; a screen or a
//! message never shows a code alone. [`codes`] has a table for each family of codes,
//! [`phrases`] the sentences that the lower rooms write in English. A code that a person
//! must type again (a role, an action, a category of a check) stands in brackets behind
//! its words. Tests hold that every code of the program has both words.
//!
//! This room stands above all others, because messages of `error` need it.

pub mod codes;
pub mod phrases;

/// The language of messages; JSON is never translated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    #[default]
    Vi,
    En,
}

impl Lang {
    /// The text in this language.
    pub fn pick<'a>(self, vi: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }
}

/// Code, Vietnamese, English.
pub type Word = (&'static str, &'static str, &'static str);

/// The words of a code; the code itself where the table lacks it.
pub fn say(table: &[Word], code: &str, lang: Lang) -> String {
    table
        .iter()
        .find(|(known, _, _)| *known == code)
        .map_or(code, |(_, vi, en)| lang.pick(vi, en))
        .to_owned()
}

/// The words of a code with the code behind them: `người lập (labour_maker)`.
pub fn say_with_code(table: &[Word], code: &str, lang: Lang) -> String {
    let words = say(table, code, lang);
    if words == code {
        return words;
    }
    format!("{words} ({code})")
}

/// Several codes, `a / b`, each in words.
fn say_each(table: &[Word], codes: &str, lang: Lang) -> String {
    let words: Vec<String> = codes
        .split(" / ")
        .map(|code| say(table, code, lang))
        .collect();
    words.join(lang.pick(" hoặc ", " or "))
}

/// What a message is about: `batch`, `bank account`.
pub fn thing(what: &str, lang: Lang) -> String {
    say(codes::THINGS, what, lang)
}

/// The same at the start of a sentence.
pub fn thing_first(what: &str, lang: Lang) -> String {
    let text = thing(what, lang);
    // A path or an option stays as it was typed.
    if !codes::THINGS.iter().any(|(code, ..)| *code == what) {
        return text;
    }
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => text,
    }
}

/// States of a thing, one or several.
pub fn state(what: &str, states: &str, lang: Lang) -> String {
    let table = match what {
        "batch" => codes::BATCH_STATES,
        "bill" => codes::BILL_STATES,
        "payout" => codes::PAYOUT_STATES,
        "break" => codes::BREAK_STATES,
        "instruction" => codes::PAYMENT_STATES,
        "statement" => codes::STATEMENT_STATES,
        "receipt" => codes::RECEIPT_STATES,
        "social-security account" => codes::SOCIAL_STATES,
        _ => return phrases::phrase(states, lang),
    };
    if what == "break" && codes::ACTIONS.iter().any(|(code, ..)| *code == states) {
        return say_with_code(codes::ACTIONS, states, lang);
    }
    say_each(table, states, lang)
}

/// Why a receipt is not genuine.
pub fn receipt_altered(why: &str, lang: Lang) -> String {
    say(codes::RECEIPT_ALTERED, why, lang)
}

/// Roles, any of which would do.
pub fn roles(names: &str, lang: Lang) -> String {
    let words: Vec<String> = names
        .split(" / ")
        .map(|name| say_with_code(codes::ROLES, name, lang))
        .collect();
    words.join(lang.pick(" hoặc ", " or "))
}

/// What the maker of a thing may not do.
pub fn act(code: &str, lang: Lang) -> String {
    say(codes::ACTS, code, lang)
}

pub fn kind(code: &str, lang: Lang) -> String {
    say(codes::BREAK_KINDS, code, lang)
}

pub fn action(code: &str, lang: Lang) -> String {
    say_with_code(codes::ACTIONS, code, lang)
}

/// A ledger account: what it is, and its name.
pub fn account(name: &str, lang: Lang) -> String {
    let group = name.split('/').next().unwrap_or_default();
    match codes::ACCOUNT_GROUPS.iter().find(|(g, ..)| *g == group) {
        Some((_, vi, en)) => format!("{} ({name})", lang.pick(vi, en)),
        None => phrases::phrase(name, lang),
    }
}

/// `02/06/2026` of `2026-06-02`; anything else as it is.
pub fn day(iso: &str, _: Lang) -> String {
    let parts: Vec<&str> = iso.split('-').collect();
    let digits = |text: &str, n: usize| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
    match parts.as_slice() {
        [y, m, d] if digits(y, 4) && digits(m, 2) && digits(d, 2) => format!("{d}/{m}/{y}"),
        [y, m] if digits(y, 4) && digits(m, 2) => format!("{m}/{y}"),
        _ => iso.to_owned(),
    }
}

/// `02/06/2026 09:30` of `2026-06-02T09:30:00+07:00`.
pub fn moment(iso: &str) -> String {
    match iso.split_once('T') {
        Some((date, time)) => format!(
            "{} {}",
            day(date, Lang::Vi),
            time.chars().take(5).collect::<String>()
        ),
        None => day(iso, Lang::Vi),
    }
}

/// A day, period or moment as people write it; anything else as it is.
pub fn day_or_moment(text: &str, lang: Lang) -> String {
    match text.split_once('T') {
        Some((date, time)) if date.len() == 10 && time.contains(':') => {
            let shown = day(date, lang);
            if shown == date {
                text.to_owned()
            } else {
                moment(text)
            }
        }
        _ => day(text, lang),
    }
}

/// The same, as a word of a message.
pub fn moment_word(iso: &str, _: Lang) -> String {
    moment(iso)
}

/// A whole number with dots between thousands.
pub fn number(n: &i64, _: Lang) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('.');
        }
        out.push(c);
    }
    if *n < 0 { format!("-{out}") } else { out }
}

/// A sentence of a lower room.
pub fn phrase(text: &str, lang: Lang) -> String {
    phrases::phrase(text, lang)
}

/// Why a whole list is refused.
pub fn list_code(code: &str, lang: Lang) -> String {
    say(codes::LIST_REJECTS, code, lang)
}

/// Why a bank's file cannot be trusted.
pub fn reader_code(code: &str, lang: Lang) -> String {
    say(codes::READER, code, lang)
}

/// What stands in a bank's file where it is refused; a file of another kind has bytes there
/// that say nothing to people.
pub fn found_in_file(code: &str, text: &str, lang: Lang) -> String {
    if code != "unknown_format" {
        return found(text, lang);
    }
    if text.starts_with("PK") {
        let words = ("một bảng tính hoặc tệp nén", "a workbook or an archive");
        return lang.pick(words.0, words.1).to_owned();
    }
    if text.contains("\\u{") || text.contains("\\x") {
        let words = ("nội dung không phải chữ", "something that is no text");
        return lang.pick(words.0, words.1).to_owned();
    }
    found(text, lang)
}

/// What to do about a bank's file that is refused.
pub fn file_remedy(code: &str, lang: Lang) -> String {
    let (vi, en) = match code {
        "unknown_format" => (
            "hãy chọn đúng tệp sao kê của ngân hàng: tệp sao kê AnSinh hoặc camt.053.001.08",
            "choose the bank's statement: AnSinh's settlement file or camt.053.001.08",
        ),
        "unknown_version" => (
            "chương trình đọc camt.053.001.08 và tệp sao kê AnSinh bản 1: hãy xin ngân hàng gửi đúng bản đó",
            "camt.053.001.08 and version 1 of AnSinh's settlement file are read: ask the bank for that",
        ),
        _ => ("hãy xin ngân hàng gửi lại", "ask the bank to send it again"),
    };
    lang.pick(vi, en).to_owned()
}

/// Characters of what was found that a message shows.
const FOUND_MAX: usize = 80;

/// The beginning of a long text.
fn shortened(text: &str) -> String {
    if text.chars().count() <= FOUND_MAX {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(FOUND_MAX).collect();
    out.push('…');
    out
}

/// What `found` says in a message: nothing typed is said as such.
pub fn found(text: &str, lang: Lang) -> String {
    if text.trim().is_empty() {
        return lang.pick("không ghi gì", "nothing").to_owned();
    }
    if text == "nothing" {
        return phrases::phrase(text, lang);
    }
    // A sentence or a code is ours; any other single word is what somebody typed.
    let shown = if text.contains([' ', '_']) {
        phrases::phrase(text, lang)
    } else {
        day_or_moment(text, lang)
    };
    // Of a wrong file the first line may be the whole of it.
    let shown = shortened(&shown);
    format!("\"{shown}\"")
}

/// Why the words of a command line are wrong: a code of [`codes::USAGE`].
pub fn usage(problem: &str, word: &str, expected: &str, lang: Lang) -> String {
    let mut text = say(codes::USAGE, problem, lang);
    if !word.is_empty() {
        text.push_str(&format!(": {word}"));
    }
    if !expected.is_empty() {
        let expected = phrases::phrase(expected, lang);
        text.push_str(&format!(". {}: {expected}", lang.pick("Cần", "Expected")));
    }
    format!(
        "{text}. {}",
        lang.pick("Xem thêm: ansinh help", "See ansinh help")
    )
}

/// Who was named as acting, and is nobody.
pub fn user(user: &str, lang: Lang) -> String {
    if user.is_empty() {
        return lang
            .pick("Chưa nêu cán bộ thực hiện", "No acting person was named")
            .to_owned();
    }
    format!(
        "{} \"{user}\"",
        lang.pick("Không có cán bộ", "There is no staff member")
    )
}

/// Where a role is missing; `*` stands for any book.
pub fn book(code: &str, lang: Lang) -> String {
    match code {
        "*" => lang.pick("ở đơn vị nào", "in any book").to_owned(),
        code => format!("{} \"{code}\"", lang.pick("ở đơn vị", "in book")),
    }
}

/// Where in a bank's file; nothing where the whole file is meant.
pub fn place(line: &u64, column: &u64, lang: Lang) -> String {
    match (line, column) {
        (0, _) => String::new(),
        (line, 0) => format!(", {} {line}", lang.pick("dòng", "line")),
        (line, column) => format!(
            ", {} {line} {} {column}",
            lang.pick("dòng", "line"),
            lang.pick("cột", "column")
        ),
    }
}

/// What the reader of a bank's file expected: it says so in English only, for the bank's
/// technicians; the Vietnamese says the meaning of the code instead.
pub fn wanted(expected: &str, lang: Lang) -> String {
    match lang {
        Lang::Vi => String::new(),
        Lang::En => format!(", expected {expected}"),
    }
}

/// The code of [`phrases`] for why a file could not be read.
pub fn why_unread(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "no_such_file".into(),
        ErrorKind::IsADirectory => "a_folder".into(),
        ErrorKind::PermissionDenied => "no_right".into(),
        ErrorKind::InvalidData => "not_utf8".into(),
        _ => format!("system: {error}"),
    }
}

/// Why a listed person is not paid: `deceased`, `address_unverified:no_holder`.
pub fn not_paid(reason: &str, lang: Lang) -> String {
    if let Some((_, why)) = reason
        .strip_prefix("address_")
        .and_then(|r| r.split_once(':'))
    {
        if let Some(code) = why.strip_prefix("returned_") {
            return format!("{} ({code})", say(codes::ADDRESS_REASONS, "returned", lang));
        }
        return say(codes::ADDRESS_REASONS, why, lang);
    }
    if let Some(state) = reason.strip_prefix("social_account_") {
        return format!(
            "{} {}",
            lang.pick("tài khoản an sinh", "social-security account"),
            say(codes::SOCIAL_STATES, state, lang)
        );
    }
    say(codes::LEVELS, reason, lang)
}

/// Numbers of people and of accounts with all but their last three digits hidden: every run
/// of six digits or more.
pub fn mask_digits(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for c in text.chars().chain(std::iter::once('\0')) {
        if c.is_ascii_digit() {
            run.push(c);
            continue;
        }
        if run.len() >= 6 {
            out.push_str("***");
            out.push_str(&run[run.len() - 3..]);
        } else {
            out.push_str(&run);
        }
        run.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

/// Breaks lines longer than `width` at blanks; what follows is indented under its line.
pub fn wrap(text: &str, width: usize) -> String {
    let mut out: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.chars().count() <= width {
            out.push(line.to_owned());
            continue;
        }
        let indent = line.chars().take_while(|c| *c == ' ').count();
        let mut now = " ".repeat(indent);
        let mut empty = true;
        for word in line.split_whitespace() {
            if !empty && now.chars().count() + 1 + word.chars().count() > width {
                out.push(std::mem::replace(&mut now, " ".repeat(indent + 2)));
                empty = true;
            }
            if !empty {
                now.push(' ');
            }
            now.push_str(word);
            empty = false;
        }
        out.push(now);
    }
    out.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a whole file that is shown as what was found.
    #[test]
    fn what_was_found_is_shown_as_far_as_it_helps() {
        let long = "<Document ".repeat(900);
        let shown = found(&long, Lang::Vi);
        assert!(shown.chars().count() <= FOUND_MAX + 3, "{shown}");
        assert!(shown.ends_with("…\""));
        assert_eq!(found("a cell", Lang::En), "\"a cell\"");
    }

    /// Catches a day, a period or an amount that people read in another form.
    #[test]
    fn days_and_amounts_are_written_as_people_write_them() {
        assert_eq!(day("2026-06-02", Lang::Vi), "02/06/2026");
        assert_eq!(day("2026-06", Lang::Vi), "06/2026");
        assert_eq!(day("BL-AGRI", Lang::Vi), "BL-AGRI");
        assert_eq!(moment("2026-06-02T09:30:00+07:00"), "02/06/2026 09:30");
        assert_eq!(number(&-1_234_567, Lang::Vi), "-1.234.567");
        assert_eq!(number(&540, Lang::En), "540");
    }

    /// Catches a message that runs out of a screen of 100 columns, or that loses a word.
    #[test]
    fn long_lines_are_wrapped_and_lose_nothing() {
        let text = "chữ ".repeat(80);
        let wrapped = wrap(&text, 100);
        assert!(wrapped.lines().all(|l| l.chars().count() <= 100));
        assert_eq!(wrapped.split_whitespace().count(), 80);
    }

    /// Catches a number of a person or of an account on a screen.
    #[test]
    fn long_numbers_are_hidden() {
        assert_eq!(mask_digits("số “035165000123”"), "số “***123”");
        assert_eq!(mask_digits("sinh 12/03/1965"), "sinh 12/03/1965");
    }

    /// Catches two meanings under one code of one family, and words that are missing.
    #[test]
    fn every_table_has_one_pair_of_words_a_code() {
        for table in codes::ALL {
            for (i, (code, vi, en)) in table.iter().enumerate() {
                assert!(!vi.is_empty() && !en.is_empty(), "{code}");
                assert!(table[..i].iter().all(|(c, ..)| c != code), "{code} twice");
            }
        }
    }
}
