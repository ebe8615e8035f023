//! Names put together at random from common parts. Whoever bears one of them in
//! life has nothing to do with a person made here.

use crate::rng::Rng;

const FAMILY: [&str; 30] = [
    "Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Trần", "Trần", "Trần", "Lê", "Lê", "Phạm",
    "Phạm", "Hoàng", "Vũ", "Bùi", "Đỗ", "Đặng", "Ngô", "Dương", "Đinh", "Đào", "Chu", "Lại",
    "Tống", "Trương", "Hà", "Quách", "Nghiêm", "Kiều", "Lưu",
];
const MIDDLE_M: [&str; 14] = [
    "Văn", "Văn", "Đức", "Hữu", "Quốc", "Đình", "Bá", "Xuân", "Trọng", "Viết", "Thế", "Mạnh",
    "Duy", "Ngọc",
];
const MIDDLE_F: [&str; 14] = [
    "Thị",
    "Thị",
    "Thị",
    "Thị Thu",
    "Thị Bích",
    "Thị Hồng",
    "Ngọc",
    "Kim",
    "Phương",
    "Minh",
    "Diệu",
    "Khánh",
    "Thùy",
    "Mai",
];
const GIVEN_M: [&str; 30] = [
    "Hòa", "Quý", "Sơn", "Bình", "Cường", "Dũng", "Đạt", "Đông", "Giang", "Hiệp", "Hưng", "Khánh",
    "Kiên", "Lâm", "Long", "Nam", "Nghĩa", "Phong", "Phúc", "Quân", "Quyết", "Tâm", "Thắng",
    "Thành", "Thiện", "Tiến", "Tùng", "Vinh", "Việt", "Lực",
];
const GIVEN_F: [&str; 30] = [
    "Hòa",
    "Thúy",
    "Thủy",
    "Ánh",
    "Bưởi",
    "Chi",
    "Cúc",
    "Dung",
    "Duyên",
    "Hà",
    "Hằng",
    "Hậu",
    "Hiên",
    "Hoa",
    "Hương",
    "Huyền",
    "Lệ",
    "Liên",
    "Linh",
    "Loan",
    "Lụa",
    "Nhàn",
    "Nhung",
    "Phượng",
    "Sen",
    "Thắm",
    "Thơm",
    "Tuyết",
    "Vân",
    "Xuân",
];
/// Given names with a tone that people set on either of two vowels.
const GIVEN_TONE_M: [&str; 2] = ["Hòa", "Quý"];
const GIVEN_TONE_F: [&str; 3] = ["Hòa", "Thúy", "Thủy"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sex {
    Male,
    Female,
}

impl Sex {
    /// As the register writes it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Male => "M",
            Self::Female => "F",
        }
    }

    /// As lists write it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Male => "Nam",
            Self::Female => "Nữ",
        }
    }
}

/// A full name; with `two_ways` its tone can be written in two places.
#[must_use]
pub fn full_name(rng: &mut Rng, sex: Sex, two_ways: bool) -> String {
    let family = rng.pick(&FAMILY);
    let (middle, given) = match sex {
        Sex::Male => (
            rng.pick(&MIDDLE_M),
            rng.pick(if two_ways {
                &GIVEN_TONE_M
            } else {
                &GIVEN_M[..]
            }),
        ),
        Sex::Female => (
            rng.pick(&MIDDLE_F),
            rng.pick(if two_ways {
                &GIVEN_TONE_F
            } else {
                &GIVEN_F[..]
            }),
        ),
    };
    format!("{family} {middle} {given}")
}

/// The name with another given name, different even without accents.
#[must_use]
pub fn other_given(rng: &mut Rng, name: &str, sex: Sex) -> String {
    let (head, given) = name.rsplit_once(' ').unwrap_or(("", name));
    let list = match sex {
        Sex::Male => &GIVEN_M,
        Sex::Female => &GIVEN_F,
    };
    let plain = crate::text::bank_name(given);
    loop {
        let other = rng.pick(list);
        if crate::text::bank_name(other) != plain {
            return format!("{head} {other}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a wrong name that a comparison without accents would take for the right one.
    #[test]
    fn another_given_name_differs_without_accents() {
        let mut rng = Rng::new(3);
        for _ in 0..500 {
            let name = full_name(&mut rng, Sex::Female, true);
            let other = other_given(&mut rng, &name, Sex::Female);
            assert_ne!(
                crate::text::bank_name(&name),
                crate::text::bank_name(&other)
            );
            assert!(crate::text::move_tone(&name).is_some());
        }
    }
}
