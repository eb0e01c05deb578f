use super::super::calendar::{civil_from_days, days_from_civil};
use super::*;

#[test]
fn texts_round_trip_with_their_precision() {
    for text in ["2014", "2014-01", "2014-01-31", "0001-01-01", "9999-12-31"] {
        assert_eq!(Date::parse(text).unwrap().to_string(), text);
        assert_eq!(DateTime::parse(text).unwrap().to_string(), text);
    }
    for text in [
        "2014-01-01T10",
        "2014-01-01T10:20",
        "2014-01-01T10:20:30",
        "2014-01-01T10:20:30.005",
        "2014-01-01T10:20:30.005Z",
        "2014-01-01T10:20:30.005+01:30",
        "2014-01-01T10:20-07:00",
    ] {
        assert_eq!(DateTime::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(DateTime::parse("2014T").unwrap().precision(), Precision::Year);
    assert_eq!(Time::parse("T14:30:00.1").unwrap().to_string(), "14:30:00.100");
}

#[test]
fn impossible_dates_are_refused() {
    for text in [
        "2014-02-29",
        "2014-13",
        "0000",
        "14-01-01",
        "2014-1-1",
        "2014-01-01T24",
        "2014-01-01T10:60",
        "2014-01-01T10:00+15:00",
        "2014/01/01",
        "",
        "2014-01-01 10:00",
        "2014-01-01T10:00:00.",
    ] {
        assert_eq!(DateTime::parse(text), None, "{text}");
    }
    assert_eq!(Time::parse("23:59:60"), None);
    assert_eq!(Date::parse("2014-02-30"), None);
}

#[test]
fn days_convert_both_ways_over_the_whole_calendar() {
    assert_eq!(days_from_civil(1, 1, 1), 0);
    assert_eq!(days_from_civil(1970, 1, 1), 719_162);
    let mut last = -1;
    for days in (0..3_652_059).step_by(97) {
        let (y, m, d) = civil_from_days(days).unwrap();
        assert_eq!(days_from_civil(y, m, d), days);
        assert!(days > last);
        last = days;
    }
    assert_eq!(civil_from_days(3_652_058), Some((9999, 12, 31)));
    assert_eq!(civil_from_days(3_652_059), None);
}

#[test]
fn boundaries_fill_what_is_unknown() {
    let month = DateTime::parse("2016-02").unwrap();
    assert_eq!(month.low().to_string(), "2016-02-01T00:00:00.000");
    assert_eq!(month.high().to_string(), "2016-02-29T23:59:59.999");
    assert_eq!(Time::parse("10:30").unwrap().high().to_string(), "10:30:59.999");
    assert_eq!(Date::parse("2015").unwrap().high().to_string(), "2015-12-31");
}

#[test]
fn an_instant_moves_between_offsets() {
    let t = DateTime::parse("2012-03-10T23:20:00.999-07:00").unwrap();
    assert_eq!(t.at_offset(0, 0).to_string(), "2012-03-11T06:20:00.999Z");
    let unix = DateTime::parse("1970-01-02T00:00:00.000Z").unwrap();
    assert_eq!(unix.to_unix_ms(0), 86_400_000);
    assert_eq!(DateTime::from_unix_ms(86_400_000, 0), Some(unix));
}
