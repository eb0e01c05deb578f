//! FHIR primitive types (R4 section 2.24.0.1): formats checked by hand, values exact, precision kept.

mod base64;
mod date;
mod date_time;
mod format;

pub use base64::{base64_decode, is_base64};
pub use date::{Date, Precision};
pub use date_time::{ClockTime, DateTime};
pub use format::{Primitive, is_code, is_id, is_oid, is_time, is_uri, is_uuid};

/// Why a primitive could not be read. Never quotes the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not a date of the form YYYY, YYYY-MM or YYYY-MM-DD, or not a day of the calendar.
    #[error("not a FHIR date (YYYY, YYYY-MM or YYYY-MM-DD)")]
    Date,
    /// Not a dateTime: a date, or a full date with a time and a zone.
    #[error("not a FHIR dateTime (a date, or YYYY-MM-DDThh:mm:ss with a zone)")]
    DateTime,
    /// Not an instant: full date, time with seconds and zone.
    #[error("not a FHIR instant (YYYY-MM-DDThh:mm:ss with a zone)")]
    Instant,
    /// Not base64.
    #[error("not base64")]
    Base64,
    /// Longer than the limit the caller gave, in bytes after decoding.
    #[error("the decoded content would exceed {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
}
