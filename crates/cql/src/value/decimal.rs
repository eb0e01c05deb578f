//! Exact decimals (CQL Author's Guide, *Decimal*): 28 integer digits, 8 fraction digits.
//!
//! A value is an integer count of 10^-8 together with the number of fraction digits it was
//! written with (0 to 8), which `Precision`, `LowBoundary` and `HighBoundary` ask for.
//! Equality, ordering and hashing look at the value only: `1.0 = 1.00`.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// Units of 10^-8 in one.
pub const ONE_UNITS: i128 = 100_000_000;
/// The largest fraction length.
pub const MAX_SCALE: u8 = 8;
/// The largest magnitude in units a computation may pass through: one digit more than a
/// literal may have, so that `10 * 10^27 - 0.00000001` has its result.
const MAX_UNITS: i128 = 10i128.pow(37) - 1;
const SCALE_BITS: u32 = 4;

/// An exact decimal number with at most 28 integer and 8 fraction digits.
#[derive(Clone, Copy)]
pub struct Decimal {
    // (units << 4 | scale) in two words, so that the alignment stays 8 bytes.
    high: i64,
    low: u64,
}

/// A text that is not a decimal of 28 integer and 8 fraction digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not digits with an optional sign and fraction.
    #[error("not a decimal number")]
    NotANumber,
    /// More than 28 integer digits.
    #[error("more than 28 digits before the decimal point")]
    TooLarge,
    /// More than 8 fraction digits.
    #[error("more than 8 digits after the decimal point")]
    TooPrecise,
}

impl Decimal {
    /// Zero, written `0.0`.
    pub const ZERO: Decimal = Decimal::pack(0, 1);
    /// One, written `1.0`.
    pub const ONE: Decimal = Decimal::pack(ONE_UNITS, 1);
    /// `maximum Decimal` of CQL 1.5: 99999999999999999999.99999999.
    pub const MAX: Decimal = Decimal::pack(10i128.pow(28) - 1, 8);
    /// `minimum Decimal` of CQL 1.5: -99999999999999999999.99999999.
    pub const MIN: Decimal = Decimal::pack(1 - 10i128.pow(28), 8);
    /// The smallest step, 0.00000001.
    pub const STEP: Decimal = Decimal::pack(1, 8);

    const fn pack(units: i128, scale: u8) -> Decimal {
        let packed = (units << SCALE_BITS) | scale as i128;
        Decimal { high: (packed >> 64) as i64, low: packed as u64 }
    }

    const fn packed(self) -> i128 {
        ((self.high as i128) << 64) | self.low as i128
    }

    /// A decimal from a count of 10^-8 and the number of fraction digits to show;
    /// `None` beyond 29 integer digits.
    pub fn new(units: i128, scale: u8) -> Option<Decimal> {
        (-MAX_UNITS..=MAX_UNITS).contains(&units).then(|| Decimal::pack(units, scale.min(MAX_SCALE)))
    }

    /// The value as a count of 10^-8.
    pub const fn units(self) -> i128 {
        self.packed() >> SCALE_BITS
    }

    /// The number of fraction digits the value was written with.
    pub const fn scale(self) -> u8 {
        (self.packed() & 0xf) as u8
    }

    /// A whole number as a decimal, written with one fraction digit.
    pub const fn from_i64(value: i64) -> Decimal {
        Decimal::pack(value as i128 * ONE_UNITS, 1)
    }

    /// The number of fraction digits that are not trailing zeros.
    pub fn significant_scale(self) -> u8 {
        let mut units = self.units().unsigned_abs();
        if units == 0 {
            return 0;
        }
        let mut scale = MAX_SCALE;
        while scale > 0 && units.is_multiple_of(10) {
            units /= 10;
            scale -= 1;
        }
        scale
    }

    /// The same value shown with `scale` fraction digits, or with as many as it needs.
    #[must_use]
    pub fn with_scale(self, scale: u8) -> Decimal {
        Decimal::pack(self.units(), scale.clamp(self.significant_scale(), MAX_SCALE))
    }

    /// The same value shown without trailing zeros (one fraction digit at least).
    #[must_use]
    pub fn trimmed(self) -> Decimal {
        Decimal::pack(self.units(), self.significant_scale().max(1))
    }

    /// Whether the value is zero.
    pub fn is_zero(self) -> bool {
        self.units() == 0
    }

    /// Whether the value has no fraction.
    pub fn is_integer(self) -> bool {
        self.units() % ONE_UNITS == 0
    }

    /// The sum; `None` beyond 29 integer digits.
    pub fn checked_add(self, other: Decimal) -> Option<Decimal> {
        Decimal::new(self.units() + other.units(), self.scale().max(other.scale()))
    }

    /// The difference; `None` beyond 29 integer digits.
    pub fn checked_sub(self, other: Decimal) -> Option<Decimal> {
        Decimal::new(self.units() - other.units(), self.scale().max(other.scale()))
    }

    /// The product rounded to 8 fraction digits; `None` beyond 29 integer digits.
    pub fn checked_mul(self, other: Decimal) -> Option<Decimal> {
        let (a, b) = (self.units(), other.units());
        let scale = self.scale().max(other.scale());
        if let Some(product) = a.checked_mul(b) {
            return Some(Decimal::new(divide_rounded(product, ONE_UNITS), scale)?.with_scale(scale));
        }
        // a x b / 10^8 in parts that each fit: a = ah 10^8 + al, b = bh 10^8 + bl.
        let (ah, al) = (a / ONE_UNITS, a % ONE_UNITS);
        let (bh, bl) = (b / ONE_UNITS, b % ONE_UNITS);
        let whole = ah.checked_mul(b)?.checked_add(al.checked_mul(bh)?)?;
        let part = divide_rounded(al * bl, ONE_UNITS);
        Some(Decimal::new(whole.checked_add(part)?, scale)?.with_scale(scale))
    }

    /// The quotient rounded to 8 fraction digits; `None` for a zero divisor or overflow.
    pub fn checked_div(self, other: Decimal) -> Option<Decimal> {
        let (a, b) = (self.units(), other.units());
        if b == 0 {
            return None;
        }
        let units = match a.checked_mul(ONE_UNITS) {
            Some(scaled) => divide_rounded(scaled, b),
            None => long_divide(a, b)?,
        };
        Some(Decimal::new(units, MAX_SCALE)?.trimmed())
    }

    /// The quotient without its fraction; `None` for a zero divisor.
    pub fn checked_truncated_div(self, other: Decimal) -> Option<Decimal> {
        let quotient = self.units().checked_div(other.units())?;
        Decimal::new(quotient.checked_mul(ONE_UNITS)?, 1)
    }

    /// The remainder, with the sign of the dividend; `None` for a zero divisor.
    pub fn checked_rem(self, other: Decimal) -> Option<Decimal> {
        let units = self.units().checked_rem(other.units())?;
        Decimal::new(units, self.scale().max(other.scale()))
    }

    /// The value with its sign changed.
    #[must_use]
    pub fn negated(self) -> Decimal {
        Decimal::pack(-self.units(), self.scale())
    }

    /// The value without its sign.
    #[must_use]
    pub fn absolute(self) -> Decimal {
        Decimal::pack(self.units().abs(), self.scale())
    }

    /// Rounded to `scale` fraction digits, halves away from zero.
    #[must_use]
    pub fn rounded(self, scale: u8) -> Decimal {
        let scale = scale.min(MAX_SCALE);
        let step = 10i128.pow(u32::from(MAX_SCALE - scale));
        let units = divide_rounded(self.units(), step) * step;
        // Rounding up at the limit may add a digit: stay at the limit then.
        Decimal::pack(units.clamp(-MAX_UNITS, MAX_UNITS), scale.max(1))
    }

    /// The fraction cut off, as an integer; `None` when it does not fit.
    pub fn truncate(self) -> Option<i64> {
        i64::try_from(self.units() / ONE_UNITS).ok()
    }

    /// The largest integer not above the value; `None` when it does not fit.
    pub fn floor(self) -> Option<i64> {
        i64::try_from(self.units().div_euclid(ONE_UNITS)).ok()
    }

    /// The smallest integer not below the value; `None` when it does not fit.
    pub fn ceiling(self) -> Option<i64> {
        i64::try_from(-(-self.units()).div_euclid(ONE_UNITS)).ok()
    }

    /// The nearest double, for transcendental functions only.
    pub fn to_f64(self) -> f64 {
        self.units() as f64 / ONE_UNITS as f64
    }

    /// The decimal nearest to a double, at 8 fraction digits; `None` when not finite or
    /// out of range.
    pub fn from_f64(value: f64) -> Option<Decimal> {
        if !value.is_finite() || value.abs() >= 1e28 {
            return None;
        }
        // Whole part and fraction apart: the product with 10^8 would lose digits.
        let whole = value.trunc();
        let part = ((value - whole) * ONE_UNITS as f64).round();
        Some(Decimal::new(whole as i128 * ONE_UNITS + part as i128, MAX_SCALE)?.trimmed())
    }

    /// Reads a JSON or text number of any length: an exponent is accepted and digits past
    /// the eighth are rounded, halves away from zero.
    pub fn parse_rounding(text: &str) -> Option<Decimal> {
        let (body, exponent) = match text.split_once(['e', 'E']) {
            Some((body, exponent)) => (body, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, digits) = match body.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, body.strip_prefix('+').unwrap_or(body)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let scale = (fraction.len() as i64 - i64::from(exponent)).clamp(0, 8) as u8;
        let point = whole.len() as i64 + i64::from(exponent);
        let mut units: i128 = 0;
        let mut round_up = false;
        let all = whole.bytes().chain(fraction.bytes());
        let count = (whole.len() + fraction.len()) as i64;
        for (index, byte) in all.enumerate() {
            if !byte.is_ascii_digit() {
                return None;
            }
            let place = index as i64 - point;
            if place < i64::from(MAX_SCALE) {
                units = units.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
            } else if place == i64::from(MAX_SCALE) {
                round_up = byte >= b'5';
            }
        }
        let written = (point + i64::from(MAX_SCALE)).min(count);
        if units != 0 {
            for _ in written..point + i64::from(MAX_SCALE) {
                units = units.checked_mul(10)?;
            }
        }
        if written < 0 {
            units = 0;
            round_up = false;
        }
        units += i128::from(round_up);
        Decimal::new(if negative { -units } else { units }, scale)
    }
}

/// `a / b` rounded half away from zero. `b` must not be zero.
fn divide_rounded(a: i128, b: i128) -> i128 {
    let (quotient, remainder) = (a / b, a % b);
    if remainder.unsigned_abs() >= b.unsigned_abs() - remainder.unsigned_abs() {
        quotient + if (a < 0) == (b < 0) { 1 } else { -1 }
    } else {
        quotient
    }
}

/// `a x 10^8 / b` digit by digit, for products past 128 bits.
fn long_divide(a: i128, b: i128) -> Option<i128> {
    let negative = (a < 0) != (b < 0);
    let (a, b) = (a.unsigned_abs(), b.unsigned_abs());
    let (mut quotient, mut remainder) = (a / b, a % b);
    for _ in 0..MAX_SCALE {
        remainder = remainder.checked_mul(10)?;
        quotient = quotient.checked_mul(10)?.checked_add(remainder / b)?;
        remainder %= b;
    }
    if remainder >= b - remainder {
        quotient += 1;
    }
    let units = i128::try_from(quotient).ok()?;
    Some(if negative { -units } else { units })
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Decimal, DecimalError> {
        let digits = text.strip_prefix('-').or_else(|| text.strip_prefix('+')).unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) {
            return Err(DecimalError::NotANumber);
        }
        if whole.trim_start_matches('0').len() > 28 {
            return Err(DecimalError::TooLarge);
        }
        if fraction.len() > usize::from(MAX_SCALE) {
            return Err(DecimalError::TooPrecise);
        }
        Decimal::parse_rounding(text).ok_or(DecimalError::NotANumber)
    }
}

impl From<i32> for Decimal {
    fn from(value: i32) -> Decimal {
        Decimal::from_i64(i64::from(value))
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Decimal {
        Decimal::from_i64(value)
    }
}

impl From<rust_decimal::Decimal> for Decimal {
    fn from(value: rust_decimal::Decimal) -> Decimal {
        Decimal::parse_rounding(&value.to_string()).unwrap_or(Decimal::ZERO)
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Decimal) -> bool {
        self.units() == other.units()
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        self.units().cmp(&other.units())
    }
}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.units().hash(state);
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = usize::from(self.scale().max(1));
        let magnitude = self.units().unsigned_abs();
        let (whole, part) = (magnitude / ONE_UNITS.unsigned_abs(), magnitude % ONE_UNITS.unsigned_abs());
        let sign = if self.units() < 0 { "-" } else { "" };
        let fraction = format!("{part:08}");
        // A value computed past its written scale shows the digits it has.
        let needed = fraction.trim_end_matches('0').len().max(scale);
        write!(f, "{sign}{whole}.{}", &fraction[..needed])
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn arithmetic_is_exact_to_eight_digits() {
        for (left, op, right, want) in [
            ("1.0", '+', "2.5", "3.5"),
            ("2", '-', "1.1", "0.9"),
            ("1.5", '*', "1.5", "2.25"),
            ("10", '/', "3", "3.33333333"),
            ("2", '/', "3", "0.66666667"),
            ("-2", '/', "3", "-0.66666667"),
            ("10.1", '%', "3.1", "0.8"),
            ("1000000000000000000000000000.0", '*', "9.5", "9500000000000000000000000000.0"),
            ("1000000000000000000000000000.0", '/', "0.5", "2000000000000000000000000000.0"),
            ("12345678901234567890.12345678", '*', "1.00000001", "12345679024691356902.46913568"),
        ] {
            let (l, r) = (dec(left), dec(right));
            let got = match op {
                '+' => l.checked_add(r),
                '-' => l.checked_sub(r),
                '*' => l.checked_mul(r),
                '/' => l.checked_div(r),
                _ => l.checked_rem(r),
            };
            assert_eq!(got, Some(dec(want)), "{left} {op} {right}");
        }
        assert_eq!(dec("1").checked_div(Decimal::ZERO), None);
        let big = dec("9999999999999999999999999999.99999999");
        assert_eq!(big.checked_mul(dec("100")), None);
        assert_eq!(big.checked_mul(big), None);
    }

    #[test]
    fn text_keeps_its_written_scale() {
        for text in ["1.58700", "-0.5", "0.00000001", "5.0", "123456.7"] {
            assert_eq!(dec(text).to_string(), text);
        }
        assert_eq!(dec("1.58700").scale(), 5);
        assert_eq!(dec("1.58700").significant_scale(), 3);
        assert_eq!("0.000000001".parse::<Decimal>(), Err(DecimalError::TooPrecise));
        assert_eq!("10000000000000000000000000000.0".parse::<Decimal>(), Err(DecimalError::TooLarge));
        assert_eq!("1.".parse::<Decimal>(), Err(DecimalError::NotANumber));
    }

    #[test]
    fn json_numbers_round_at_the_eighth_digit() {
        for (text, want) in [
            ("1e-7", "0.0000001"),
            ("1.5e3", "1500.0"),
            ("0.123456785", "0.12345679"),
            ("5.999999999", "6.0"),
            ("1e-9", "0.0"),
            ("1e-30", "0.0"),
            ("-12.5E+1", "-125.0"),
            ("0e40", "0.0"),
        ] {
            assert_eq!(Decimal::parse_rounding(text), Some(dec(want)), "{text}");
        }
        assert_eq!(Decimal::parse_rounding("1e40"), None);
        assert_eq!(Decimal::parse_rounding("abc"), None);
    }

    #[test]
    fn rounding_is_half_away_from_zero() {
        assert_eq!(dec("0.5").rounded(0), dec("1"));
        assert_eq!(dec("-0.5").rounded(0), dec("-1"));
        assert_eq!(dec("3.14159").rounded(2), dec("3.14"));
        assert_eq!(dec("-1.1").floor(), Some(-2));
        assert_eq!(dec("-1.1").ceiling(), Some(-1));
        assert_eq!(dec("1.1").ceiling(), Some(2));
    }
}
