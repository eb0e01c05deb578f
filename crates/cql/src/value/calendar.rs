//! The calendar: precisions, packed fields, and days of the proleptic Gregorian calendar.

use crate::ir::Precision;

impl Precision {
    /// The precision named by a CQL word, singular or plural.
    pub fn parse(word: &str) -> Option<Precision> {
        Some(match word.strip_suffix('s').unwrap_or(word) {
            "year" => Precision::Year,
            "month" => Precision::Month,
            "week" => Precision::Week,
            "day" => Precision::Day,
            "hour" => Precision::Hour,
            "minute" => Precision::Minute,
            "second" => Precision::Second,
            "millisecond" => Precision::Millisecond,
            _ => return None,
        })
    }

    /// The CQL word, singular.
    pub const fn word(self) -> &'static str {
        match self {
            Precision::Year => "year",
            Precision::Month => "month",
            Precision::Week => "week",
            Precision::Day => "day",
            Precision::Hour => "hour",
            Precision::Minute => "minute",
            Precision::Second => "second",
            Precision::Millisecond => "millisecond",
        }
    }

    /// The next finer precision of values.
    pub const fn finer(self) -> Option<Precision> {
        Some(match self {
            Precision::Year => Precision::Month,
            Precision::Month | Precision::Week => Precision::Day,
            Precision::Day => Precision::Hour,
            Precision::Hour => Precision::Minute,
            Precision::Minute => Precision::Second,
            Precision::Second => Precision::Millisecond,
            Precision::Millisecond => return None,
        })
    }

    /// Bits below the fields this precision keeps.
    pub(crate) const fn shift(self) -> u32 {
        match self {
            Precision::Year => 36,
            Precision::Month => 32,
            Precision::Week | Precision::Day => 27,
            Precision::Hour => 22,
            Precision::Minute => 16,
            Precision::Second => 10,
            Precision::Millisecond => 0,
        }
    }

    /// Milliseconds in a unit of fixed length (weeks and shorter).
    pub(crate) const fn milliseconds(self) -> Option<i64> {
        Some(match self {
            Precision::Year | Precision::Month => return None,
            Precision::Week => 7 * DAY_MS,
            Precision::Day => DAY_MS,
            Precision::Hour => 3_600_000,
            Precision::Minute => 60_000,
            Precision::Second => 1_000,
            Precision::Millisecond => 1,
        })
    }
}

pub(crate) const DAY_MS: i64 = 86_400_000;
/// The fields of a date and time, unpacked. Fields past the precision hold their minimum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(crate) year: i32,
    pub(crate) month: u32,
    pub(crate) day: u32,
    pub(crate) hour: u32,
    pub(crate) minute: u32,
    pub(crate) second: u32,
    pub(crate) millisecond: u32,
}

impl Fields {
    pub(crate) const MIN: Fields = Fields { year: 1, month: 1, day: 1, hour: 0, minute: 0, second: 0, millisecond: 0 };

    pub(crate) const fn pack(self) -> u64 {
        ((self.year as u64) << 36)
            | ((self.month as u64) << 32)
            | ((self.day as u64) << 27)
            | ((self.hour as u64) << 22)
            | ((self.minute as u64) << 16)
            | ((self.second as u64) << 10)
            | self.millisecond as u64
    }

    pub(crate) const fn unpack(bits: u64) -> Fields {
        Fields {
            year: (bits >> 36) as i32,
            month: ((bits >> 32) & 0xf) as u32,
            day: ((bits >> 27) & 0x1f) as u32,
            hour: ((bits >> 22) & 0x1f) as u32,
            minute: ((bits >> 16) & 0x3f) as u32,
            second: ((bits >> 10) & 0x3f) as u32,
            millisecond: (bits & 0x3ff) as u32,
        }
    }

    /// Milliseconds since 0001-01-01 of the fields as a local time.
    pub(crate) fn to_ms(self) -> i64 {
        days_from_civil(self.year, self.month, self.day) * DAY_MS
            + i64::from(self.hour) * 3_600_000
            + i64::from(self.minute) * 60_000
            + i64::from(self.second) * 1_000
            + i64::from(self.millisecond)
    }

    /// The fields of a count of milliseconds; `None` outside the years 1 to 9999.
    pub(crate) fn from_ms(ms: i64) -> Option<Fields> {
        let (year, month, day) = civil_from_days(ms.div_euclid(DAY_MS))?;
        let rest = ms.rem_euclid(DAY_MS) as u32;
        Some(Fields {
            year,
            month,
            day,
            hour: rest / 3_600_000,
            minute: rest / 60_000 % 60,
            second: rest / 1_000 % 60,
            millisecond: rest % 1_000,
        })
    }

    pub(crate) fn is_valid(self) -> bool {
        (1..=9999).contains(&self.year)
            && (1..=12).contains(&self.month)
            && self.day >= 1
            && self.day <= days_in_month(self.year, self.month)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60
            && self.millisecond < 1000
    }

    /// Fields past `precision` set to their minimum.
    pub(crate) fn truncated(self, precision: Precision) -> Fields {
        let mut f = self;
        if precision < Precision::Millisecond {
            f.millisecond = 0;
        }
        if precision < Precision::Second {
            f.second = 0;
        }
        if precision < Precision::Minute {
            f.minute = 0;
        }
        if precision < Precision::Hour {
            f.hour = 0;
        }
        if precision < Precision::Day {
            f.day = 1;
        }
        if precision < Precision::Month {
            f.month = 1;
        }
        f
    }

    /// Fields past `precision` set to their maximum.
    pub(crate) fn filled(self, precision: Precision) -> Fields {
        let mut f = self;
        if precision < Precision::Month {
            f.month = 12;
        }
        if precision < Precision::Day {
            f.day = days_in_month(f.year, f.month);
        }
        if precision < Precision::Hour {
            f.hour = 23;
        }
        if precision < Precision::Minute {
            f.minute = 59;
        }
        if precision < Precision::Second {
            f.second = 59;
        }
        if precision < Precision::Millisecond {
            f.millisecond = 999;
        }
        f
    }
}

/// Days since 0001-01-01 in the proleptic Gregorian calendar.
pub(crate) fn days_from_civil(year: i32, month: u32, day: u32) -> i64 {
    let y = i64::from(year) - i64::from(month <= 2);
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = (i64::from(month) + 9) % 12;
    let doy = (153 * mp + 2) / 5 + i64::from(day) - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    // 306 days lie between 0000-03-01 and 0001-01-01.
    era * 146_097 + doe - 306
}

/// Year, month and day of a count of days since 0001-01-01; `None` outside 1 to 9999.
pub(crate) fn civil_from_days(days: i64) -> Option<(i32, u32, u32)> {
    if !(0..=3_652_058).contains(&days) {
        return None;
    }
    let z = days + 306;
    let era = z / 146_097;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = (doy - (153 * mp + 2) / 5 + 1) as u32;
    let month = if mp < 10 { mp + 3 } else { mp - 9 } as u32;
    Some(((yoe + era * 400 + i64::from(month <= 2)) as i32, month, day))
}

/// Days in a month of a year.
pub(crate) const fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}
