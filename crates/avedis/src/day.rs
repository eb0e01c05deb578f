//! The day of the fictional plan: the day of its westernmost members, so that what a story dates today has begun for everyone.

/// Today, there; the machine's day when this build does not know the zone.
pub fn of_the_plan() -> jiff::civil::Date {
    let now = jiff::Zoned::now();
    now.in_tz("America/Los_Angeles").map_or_else(|_| now.date(), |there| there.date())
}
