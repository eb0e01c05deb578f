//! Moments and clocks in words, in the zone in which the case's days are counted.

use crate::icon;
use base::Timestamp;
use jiff::tz::TimeZone;

/// `2026-11-21 15:42 EST`.
pub(crate) fn at(moment: Timestamp, zone: &TimeZone) -> String {
    moment.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

/// The machine form, for `<time datetime>`.
pub(crate) fn machine(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A zone by name; UTC when the name is not one.
pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// How long: the two largest units, rounded down. `6 d 4 h`, `3 h 12 min`, `9 min`.
pub(crate) fn span(seconds: i64) -> String {
    let minutes = seconds.max(0) / 60;
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => "under 1 min".to_owned(),
        (0, 0, m) => format!("{m} min"),
        (0, h, 0) => format!("{h} h"),
        (0, h, m) => format!("{h} h {m} min"),
        (d, 0, _) => format!("{d} d"),
        (d, h, _) => format!("{d} d {h} h"),
    }
}

/// A running clock as a chip: word and icon, never colour alone.
pub(crate) struct Clock {
    /// Class of the chip: `ok`, `near`, `missed`.
    pub class: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// What it says.
    pub text: String,
    /// When the decision is due.
    pub due: String,
    /// The same for machines.
    pub machine: String,
}

impl Clock {
    /// The chip of a due time.
    pub(crate) fn of(due_at: Timestamp, near: bool, now: Timestamp, zone: &TimeZone) -> Self {
        let left = due_at.duration_since(now).as_secs();
        let (class, icon, text) = match (due_at < now, near) {
            (true, _) => ("missed", icon::MISSED, format!("Missed by {}", span(-left))),
            (false, true) => ("near", icon::NEAR, format!("Near: {} left", span(left))),
            (false, false) => ("ok", icon::CLOCK, format!("{} left", span(left))),
        };
        Self { class, icon, text, due: at(due_at, zone), machine: machine(due_at) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_in_two_units() {
        for (seconds, words) in [
            (-5, "under 1 min"),
            (59, "under 1 min"),
            (540, "9 min"),
            (3600, "1 h"),
            (11_520, "3 h 12 min"),
            (86_400, "1 d"),
            (532_800, "6 d 4 h"),
        ] {
            assert_eq!(span(seconds), words);
        }
    }

    #[test]
    fn the_chip_says_in_words_what_its_colour_says() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let due = |seconds: i64| now + jiff::SignedDuration::from_secs(seconds);
        let zone = zone("America/New_York");
        let chip = |seconds, near| Clock::of(due(seconds), near, now, &zone);
        assert_eq!(chip(7200, false).text, "2 h left");
        assert_eq!(chip(7200, true).text, "Near: 2 h left");
        assert_eq!(chip(-7200, true).text, "Missed by 2 h");
        assert_eq!(chip(0, false).class, "ok");
        assert!(chip(0, false).due.ends_with("EST"), "{}", chip(0, false).due);
    }

    #[test]
    fn an_unknown_zone_is_utc() {
        assert_eq!(zone("Nowhere/Land"), TimeZone::UTC);
    }
}
