//! The instant an evaluation takes as now, and its offset.

use crate::Failure;
use ::cql::value::DateTime;

/// Reads `--now` and `--timezone`; without `--now` the clock is read.
pub fn now(given: Option<&str>, timezone: &str) -> Result<DateTime, Failure> {
    let offset = offset(timezone)?;
    match given {
        None => {
            let ms = jiff::Timestamp::now().as_millisecond();
            DateTime::from_unix_ms(ms, offset).ok_or_else(|| Failure::new("the clock of this machine is out of range"))
        }
        Some(text) => {
            let wrong =
                || Failure::new(format!("--now {text}: not a time; give one like 2026-01-15 or 2026-01-15T12:00:00.000Z"));
            let text = text.trim().trim_start_matches('@');
            let date = ::cql::value::Date::parse(text);
            let time = date.map_or_else(|| DateTime::parse(text), |d| Some(d.to_date_time())).ok_or_else(wrong)?;
            let ms = time.with_default_offset(offset).low().to_unix_ms(offset);
            DateTime::from_unix_ms(ms, offset).ok_or_else(wrong)
        }
    }
}

/// Minutes east of UTC: `Z`, `UTC`, `+02:00`, `-0530`.
fn offset(text: &str) -> Result<i16, Failure> {
    let wrong = || Failure::new(format!("--timezone {text}: not an offset; give one like Z, +02:00 or -05:00"));
    if matches!(text, "Z" | "z" | "UTC" | "utc") {
        return Ok(0);
    }
    let (sign, rest) = match text.split_at_checked(1) {
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return Err(wrong()),
    };
    let digits: String = rest.chars().filter(|c| *c != ':').collect();
    let padded = if digits.len() == 2 { format!("{digits}00") } else { digits };
    let number: i16 = padded.parse().map_err(|_| wrong())?;
    let (hours, minutes) = (number / 100, number % 100);
    if padded.len() != 4 || hours > 14 || minutes > 59 {
        return Err(wrong());
    }
    Ok(sign * (hours * 60 + minutes))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn offsets_and_times() {
        for (text, want) in
            [("Z", Some(0)), ("+02:00", Some(120)), ("-0530", Some(-330)), ("+2", None), ("+25:00", None), ("", None)]
        {
            assert_eq!(offset(text).ok(), want, "{text}");
        }
        assert_eq!(now(Some("2026-01-15"), "+01:00").unwrap().to_string(), "2026-01-15T00:00:00.000+01:00");
        assert_eq!(now(Some("2026-01-15T12:00:00.000Z"), "+01:00").unwrap().to_string(), "2026-01-15T13:00:00.000+01:00");
        assert!(now(Some("yesterday"), "Z").is_err());
    }
}
