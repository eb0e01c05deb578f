//! Ages a criterion asks for: `Age 25 to 65 years`, `aged >= 18`, `65 years of age or older`, `under 6 months`.

use super::person::YEAR;
use crate::tokens::{Class, Tokens};

/// Ages in days, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    low: u32,
    high: u32,
}

impl Range {
    /// True when an age known in whole units lies inside.
    #[must_use]
    pub fn holds(self, days: u32) -> bool {
        (self.low..=self.high).contains(&days)
    }
}

/// The range of a criterion; none when it names no age.
#[must_use]
pub fn range(criterion: &str) -> Option<Range> {
    let lower = criterion.to_lowercase();
    let tokens = Tokens::of(&lower);
    let word = |i: usize| tokens.list.get(i).map_or("", |t| tokens.normal(t));
    let about_age = (0..tokens.len()).any(|i| {
        matches!(word(i), "age" | "aged" | "adult")
            || word(i) == "old"
            || word(i) == "year"
                && (i.saturating_sub(3)..i + 4).any(|j| matches!(word(j), "older" | "over" | "above" | "younger"))
    });
    if !about_age {
        return None;
    }
    let mut ages: Vec<(usize, u32)> = Vec::new();
    for i in 0..tokens.len() {
        if tokens.list[i].class == Class::Number
            && let Ok(number) = word(i).parse::<u32>()
        {
            ages.push((i, number));
        }
    }
    let unit = |from: usize, to: usize| (from..to.min(tokens.len())).find_map(|i| days(word(i)));
    match ages[..] {
        [(at, number)] => {
            let days = number.checked_mul(unit(at + 1, at + 4).unwrap_or(YEAR))?;
            let around = |words: &[&str], from: usize, to: usize| (from..to.min(tokens.len())).any(|i| words.contains(&word(i)));
            let before = at.saturating_sub(4);
            let strict = around(&[">", "<"], before, at) && !around(&["="], before, at);
            let least = around(&[">", "≥", "over", "above", "older", "least", "greater", "minimum", "more"], before, at)
                || around(&["older", "over", "above", "onward", "+", "more", "up"], at + 1, at + 7);
            let most = around(&["<", "≤", "under", "below", "younger", "most", "maximum", "less"], before, at)
                || around(&["younger", "under", "less"], at + 1, at + 7);
            match (least, most) {
                (true, false) => Some(Range { low: days, high: u32::MAX }),
                (false, true) => Some(Range { low: 0, high: if strict { days.saturating_sub(1) } else { days } }),
                _ => None,
            }
        }
        [(a, low), (b, high)] if b - a <= 8 && low < high => {
            let high_unit = unit(b + 1, b + 4).unwrap_or(YEAR);
            let low = low.checked_mul(unit(a + 1, b.min(a + 3)).unwrap_or(high_unit))?;
            let high = high.checked_mul(high_unit)?;
            let strict = (a..b).any(|i| matches!(word(i), "less" | "<"));
            // Who is 65 is so until the next birthday.
            Some(Range { low, high: if strict { high.saturating_sub(1) } else { high.saturating_add(high_unit - 1) } })
        }
        _ => None,
    }
}

fn days(word: &str) -> Option<u32> {
    match word {
        "year" | "yr" | "yo" => Some(YEAR),
        "month" => Some(30),
        "week" => Some(7),
        "day" => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let check = |text: &str, inside: &[u32], outside: &[u32]| {
            let range = range(text).unwrap_or_else(|| panic!("{text}: no range"));
            inside.iter().for_each(|y| assert!(range.holds(y * YEAR), "{text}: {y} inside"));
            outside.iter().for_each(|y| assert!(!range.holds(y * YEAR), "{text}: {y} outside"));
        };
        check("Age 25 to 65 years", &[25, 65], &[24, 66]);
        check("Patients of both sexes aged ≥ 18 years.", &[18, 90], &[17]);
        check("65 years of age or older", &[65, 80], &[64]);
        check("Age greater than 18 years", &[19], &[17]);
        check("adults 18-70 years of age", &[18, 70], &[71]);
        check("Age <18 years.", &[17], &[18]);
        for text in ["Hypertension", "Lasting 6 months", "within 30 days"] {
            assert_eq!(range(text), None, "{text}");
        }
    }
}
