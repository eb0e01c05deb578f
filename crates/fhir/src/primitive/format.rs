//! The formats of the remaining primitives, as in the table of R4 section 2.24.0.1.

use super::{Date, DateTime, is_base64};

/// A FHIR primitive type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each variant is the FHIR primitive of that name")]
pub enum Primitive {
    Boolean,
    Integer,
    UnsignedInt,
    PositiveInt,
    Decimal,
    String,
    Markdown,
    Xhtml,
    Code,
    Id,
    Uri,
    Url,
    Canonical,
    Oid,
    Uuid,
    Base64Binary,
    Date,
    DateTime,
    Instant,
    Time,
}

impl Primitive {
    /// The primitive with this FHIR name.
    pub fn from_name(name: &str) -> Option<Primitive> {
        Some(match name {
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "unsignedInt" => Self::UnsignedInt,
            "positiveInt" => Self::PositiveInt,
            "decimal" => Self::Decimal,
            "string" => Self::String,
            "markdown" => Self::Markdown,
            "xhtml" => Self::Xhtml,
            "code" => Self::Code,
            "id" => Self::Id,
            "uri" => Self::Uri,
            "url" => Self::Url,
            "canonical" => Self::Canonical,
            "oid" => Self::Oid,
            "uuid" => Self::Uuid,
            "base64Binary" => Self::Base64Binary,
            "date" => Self::Date,
            "dateTime" => Self::DateTime,
            "instant" => Self::Instant,
            "time" => Self::Time,
            _ => return None,
        })
    }

    /// The FHIR name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::UnsignedInt => "unsignedInt",
            Self::PositiveInt => "positiveInt",
            Self::Decimal => "decimal",
            Self::String => "string",
            Self::Markdown => "markdown",
            Self::Xhtml => "xhtml",
            Self::Code => "code",
            Self::Id => "id",
            Self::Uri => "uri",
            Self::Url => "url",
            Self::Canonical => "canonical",
            Self::Oid => "oid",
            Self::Uuid => "uuid",
            Self::Base64Binary => "base64Binary",
            Self::Date => "date",
            Self::DateTime => "dateTime",
            Self::Instant => "instant",
            Self::Time => "time",
        }
    }

    /// The JSON type this primitive is written as.
    pub fn json_kind(self) -> json::Kind {
        match self {
            Self::Boolean => json::Kind::Bool,
            Self::Integer | Self::UnsignedInt | Self::PositiveInt | Self::Decimal => json::Kind::Number,
            _ => json::Kind::String,
        }
    }

    /// True when the text (of a number or a non-empty string) has the format of this primitive.
    pub fn accepts(self, text: &[u8]) -> bool {
        match self {
            Self::Boolean | Self::Decimal | Self::String | Self::Markdown | Self::Xhtml => true,
            Self::Integer => integer(text).is_some(),
            Self::UnsignedInt => integer(text).is_some_and(|number| number >= 0),
            Self::PositiveInt => integer(text).is_some_and(|number| number >= 1),
            Self::Code => is_code(text),
            Self::Id => is_id(text),
            Self::Uri | Self::Url | Self::Canonical => is_uri(text),
            Self::Oid => text.strip_prefix(b"urn:oid:").is_some_and(is_oid),
            Self::Uuid => text.strip_prefix(b"urn:uuid:").is_some_and(is_uuid),
            Self::Base64Binary => is_base64(text),
            Self::Date => Date::parse(text).is_ok(),
            Self::DateTime => DateTime::parse(text).is_ok(),
            Self::Instant => DateTime::parse_instant(text).is_ok(),
            Self::Time => is_time(text),
        }
    }
}

fn integer(text: &[u8]) -> Option<i32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A code: no white space at the ends, none but single spaces inside.
pub fn is_code(text: &[u8]) -> bool {
    let mut after_space = true;
    for byte in text {
        match byte {
            b' ' if after_space => return false,
            b'\t' | b'\n' | b'\r' => return false,
            _ => after_space = *byte == b' ',
        }
    }
    !after_space
}

/// An id: 1 to 64 letters, digits, `-` and `.`.
pub fn is_id(text: &[u8]) -> bool {
    (1..=64).contains(&text.len()) && text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

/// A URI as FHIR checks it: not empty and without white space.
pub fn is_uri(text: &[u8]) -> bool {
    !text.is_empty() && !text.iter().any(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}

/// The dotted numbers of an OID, without `urn:oid:`.
pub fn is_oid(text: &[u8]) -> bool {
    let mut parts = text.split(|byte| *byte == b'.');
    let first_is_good = parts.next().is_some_and(|part| matches!(part, b"0" | b"1" | b"2"));
    let mut count = 0;
    let rest_is_good = parts.all(|part| {
        count += 1;
        part == b"0" || (part.first().is_some_and(|byte| (b'1'..=b'9').contains(byte)) && part.iter().all(u8::is_ascii_digit))
    });
    first_is_good && rest_is_good && count > 0
}

/// A UUID in its 8-4-4-4-12 form, without `urn:uuid:`. Upper case is tolerated.
pub fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A time of day: hh:mm:ss with optional fraction, no zone.
pub fn is_time(text: &[u8]) -> bool {
    let digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    let pair = |at: usize| match (text.get(at), text.get(at + 1)) {
        (Some(a @ b'0'..=b'9'), Some(b @ b'0'..=b'9')) => (a - b'0') * 10 + (b - b'0'),
        _ => u8::MAX,
    };
    let whole = pair(0) < 24 && pair(3) < 60 && pair(6) <= 60 && text[2] == b':' && text[5] == b':';
    whole && (text.len() == 8 || (text[8] == b'.' && digit(9) && text[9..].iter().all(u8::is_ascii_digit)))
}
