//! When a document was written, from the date that follows a label on its first page.

use text::PartialDate;

/// Labels, the best first. A date of birth is none of them.
const LABELS: [&str; 20] = [
    "date of service",
    "service date",
    "dos:",
    "date of visit",
    "visit date",
    "encounter date",
    "date of encounter",
    "date of exam",
    "exam date",
    "date of study",
    "study date",
    "collected",
    "collection date",
    "discharge date",
    "date of discharge",
    "report date",
    "date dictated",
    "order date",
    "dictated",
    "date:",
];

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The date of the best label; none when no label has one.
#[must_use]
pub fn of(first_page: &str) -> Option<PartialDate> {
    let lower = first_page.to_ascii_lowercase();
    LABELS.iter().find_map(|label| {
        lower.match_indices(label).find_map(|(at, _)| {
            let whole_word = !lower[..at].ends_with(|c: char| c.is_alphanumeric());
            date_after(lower.get(at + label.len()..)?).filter(|_| whole_word)
        })
    })
}

/// A date that begins a text, after at most a colon, a few spaces and "and time".
fn date_after(rest: &str) -> Option<PartialDate> {
    let rest = rest.trim_start_matches([':', ' ', '\t', '.', '#', '\n']);
    let rest = rest.strip_prefix("on ").unwrap_or(rest);
    let end = rest.char_indices().nth(24).map_or(rest.len(), |(i, _)| i);
    let mut parts = rest[..end].split(|c: char| !c.is_alphanumeric()).filter(|p| !p.is_empty());
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |p: &str| p.bytes().take_while(u8::is_ascii_digit).count();
    let number = |p: &str| p[..digits(p)].parse::<u16>().ok();
    let month = |p: &str| MONTHS.iter().position(|m| p.len() >= 3 && p.starts_with(m)).map(|i| i as u16 + 1);
    let (year, month, day) = match (number(first), month(first), number(second), month(second)) {
        (Some(year), _, Some(month), _) if digits(first) == 4 => (year, month, number(third)?),
        (Some(month), _, Some(day), _) if digits(first) <= 2 => (century(third, digits(third))?, month, day),
        (_, Some(month), Some(day), _) => (century(third, digits(third))?, month, day),
        (Some(day), _, _, Some(month)) if digits(first) <= 2 => (century(third, digits(third))?, month, day),
        _ => return None,
    };
    PartialDate::new(i16::try_from(year).ok()?, Some(u8::try_from(month).ok()?), Some(u8::try_from(day).ok()?)).ok()
}

/// A year of four digits, or of two digits in this century.
fn century(part: &str, digits: usize) -> Option<u16> {
    let number: u16 = part[..digits].parse().ok()?;
    match digits {
        4 => Some(number),
        2 => Some(2000 + number),
        _ => None,
    }
}
