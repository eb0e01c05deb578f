//! Age and sex as a note tells them.

use crate::Span;
use crate::tokens::{Class, Tokens};

/// A sex as records write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// Who a note is about, as far as it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Person {
    /// Age in days, from whole units: a 6-month-old has 180.
    pub age_days: Option<(u32, Span)>,
    /// Sex.
    pub sex: Option<(Sex, Span)>,
}

/// Days of a year of age; thirty make a month.
pub const YEAR: u32 = 365;

/// Reads the first age and the first word of sex.
#[must_use]
pub fn of(text: &str) -> Person {
    let tokens = Tokens::of(text);
    let mut person = Person::default();
    for at in 0..tokens.len() {
        let token = &tokens.list[at];
        if token.class == Class::Number && person.age_days.is_none() {
            person.age_days = age(text, &tokens, at);
        }
        if token.class == Class::Word && person.sex.is_none() {
            person.sex = sex(tokens.normal(token)).map(|sex| (sex, token.span));
        }
    }
    person
}

/// The sex a word tells.
#[must_use]
pub fn sex(word: &str) -> Option<Sex> {
    match word {
        "woman" | "women" | "female" | "girl" | "lady" | "she" | "her" | "mrs" => Some(Sex::Female),
        "man" | "men" | "male" | "boy" | "gentleman" | "he" | "his" | "mr" => Some(Sex::Male),
        _ => None,
    }
}

/// `58-year-old`, `65 yo`, `10 year old`, `6-month-old`, `age 70`, `aged 70 years`.
fn age(text: &str, tokens: &Tokens, at: usize) -> Option<(u32, Span)> {
    let number: u32 = tokens.normal(&tokens.list[at]).parse().ok()?;
    let words: Vec<usize> =
        (at + 1..tokens.len().min(at + 6)).filter(|i| tokens.list[*i].class == Class::Word || slash(text, tokens, *i)).collect();
    let word = |n: usize| words.get(n).map_or("", |i| tokens.normal(&tokens.list[*i]));
    let days = match word(0) {
        "year" | "yr" => YEAR,
        "month" | "mo" => 30,
        "week" | "wk" => 7,
        "day" => 1,
        "yo" | "y" | "yof" | "yom" => YEAR,
        _ => 0,
    };
    let old = match word(0) {
        "yo" | "yof" | "yom" => Some(0),
        "y" if word(1) == "/" && word(2) == "o" => Some(2),
        "year" | "yr" | "month" | "mo" | "week" | "wk" | "day" if word(1) == "old" => Some(1),
        "year" if word(1) == "of" && word(2) == "age" => Some(2),
        _ => None,
    };
    let before = at.checked_sub(1).map_or("", |i| tokens.normal(&tokens.list[i]));
    let colon = before == ":" && at > 1 && tokens.normal(&tokens.list[at - 2]) == "age";
    if let Some(last) = old {
        let span = tokens.list[at].span.join(tokens.list[words[last]].span);
        return Some((number.checked_mul(days)?, span));
    }
    (matches!(before, "age" | "aged") || colon).then(|| (number.saturating_mul(days.max(YEAR)), tokens.list[at].span))
}

fn slash(text: &str, tokens: &Tokens, at: usize) -> bool {
    tokens.list[at].span.of(text) == "/"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_sexes() {
        let check = |text: &str, years: Option<u32>, expected: Option<Sex>| {
            let person = of(text);
            assert_eq!(person.age_days.map(|(days, _)| days), years, "{text}");
            assert_eq!(person.sex.map(|(s, _)| s), expected, "{text}");
        };
        check("A 58-year-old African-American woman", Some(58 * YEAR), Some(Sex::Female));
        check("A 65 yo male with", Some(65 * YEAR), Some(Sex::Male));
        check("72 y/o F here", Some(72 * YEAR), None);
        check("A 6-month-old male infant", Some(180), Some(Sex::Male));
        check("Age: 70. Mr. Example", Some(70 * YEAR), Some(Sex::Male));
        check("for 6 weeks, 3 times a day", None, None);
    }
}
