//! What payers and their bank do, and how often: data with defaults.

use serde::{Deserialize, Serialize};

use crate::bank::Share;

/// How a bill is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Habit {
    /// Scans the QR: amount and content as they should be.
    Exact,
    /// One character of the code is another.
    WrongCharacter,
    /// Two neighbours of the code are swapped.
    Swapped,
    /// The end of the code is lost.
    Cut,
    /// Pays a second time, minutes later.
    Twice,
    Short,
    Over,
    /// Pays this bill and another pupil's in one transfer.
    ForTwo,
    /// At 23:59, after the bank's cut-off.
    BeforeMidnight,
    /// After the due day.
    Late,
    /// Words, numbers and bank prefixes around the code.
    Dressed,
    /// Small letters, or the code broken by blanks, dots or dashes.
    OtherForm,
    NoCode,
    /// Pays as it should be, then asks for the money back.
    AsksBack,
    Never,
}

/// How many bills are answered how, a share of those due; all others are paid exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Habits {
    pub wrong_character: Share,
    pub swapped: Share,
    pub cut: Share,
    pub twice: Share,
    pub short: Share,
    pub over: Share,
    pub for_two: Share,
    pub before_midnight: Share,
    pub late: Share,
    pub dressed: Share,
    pub other_form: Share,
    pub no_code: Share,
    pub asks_back: Share,
    pub never: Share,
    /// Of invitations, and of bills due after the last day: paid exactly; the rest are not
    /// answered.
    pub ahead: Share,
}

/// At least one, where there are bills enough.
const fn rate(per_mille: u32) -> Share {
    Share {
        per_mille,
        exactly: 1,
    }
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            wrong_character: rate(6),
            swapped: rate(4),
            cut: rate(5),
            twice: rate(12),
            short: rate(12),
            over: rate(12),
            for_two: rate(25),
            before_midnight: rate(15),
            late: rate(70),
            dressed: rate(180),
            other_form: rate(60),
            no_code: rate(12),
            asks_back: rate(4),
            never: rate(40),
            ahead: rate(150),
        }
    }
}

impl Habits {
    /// Everybody pays exactly.
    pub const NONE: Self = Self {
        wrong_character: Share::NONE,
        swapped: Share::NONE,
        cut: Share::NONE,
        twice: Share::NONE,
        short: Share::NONE,
        over: Share::NONE,
        for_two: Share::NONE,
        before_midnight: Share::NONE,
        late: Share::NONE,
        dressed: Share::NONE,
        other_form: Share::NONE,
        no_code: Share::NONE,
        asks_back: Share::NONE,
        never: Share::NONE,
        ahead: Share::NONE,
    };

    pub(super) const fn shares(&self) -> [(Share, Habit); 14] {
        [
            (self.wrong_character, Habit::WrongCharacter),
            (self.swapped, Habit::Swapped),
            (self.cut, Habit::Cut),
            (self.twice, Habit::Twice),
            (self.short, Habit::Short),
            (self.over, Habit::Over),
            (self.for_two, Habit::ForTwo),
            (self.before_midnight, Habit::BeforeMidnight),
            (self.late, Habit::Late),
            (self.dressed, Habit::Dressed),
            (self.other_form, Habit::OtherForm),
            (self.no_code, Habit::NoCode),
            (self.asks_back, Habit::AsksBack),
            (self.never, Habit::Never),
        ]
    }
}

/// What the bank tells of a payment before its statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Telling {
    /// A notice within seconds.
    InTime,
    /// A notice after the statement.
    Late,
    /// The same notice twice.
    Twice,
    Never,
    /// A notice, and no money: a transfer that was undone before it was booked.
    Hollow,
}

/// How many payments are told how; all others in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tellings {
    pub late: Share,
    pub twice: Share,
    pub never: Share,
    /// Of exact payments that are early enough for the statement to be missed.
    pub hollow: Share,
}

impl Default for Tellings {
    fn default() -> Self {
        Self {
            late: rate(20),
            twice: rate(30),
            never: rate(30),
            hollow: rate(2),
        }
    }
}

impl Tellings {
    /// Everything is told in time.
    pub const NONE: Self = Self {
        late: Share::NONE,
        twice: Share::NONE,
        never: Share::NONE,
        hollow: Share::NONE,
    };
}
