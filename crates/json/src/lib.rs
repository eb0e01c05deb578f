//! JSON as written: one pass, exact numbers, spans, every duplicate key reported.
//!
//! A wire body is parsed once. [`Document`] keeps the bytes and a flat arena of nodes that
//! point into them, so a decimal keeps its digits (`1.50` is not `1.5`), a resource can be
//! echoed byte for byte ([`Value::raw`]), and a fault can name its line, column and path.
//!
//! # What it refuses
//! Everything RFC 8259 refuses, and what it leaves open: duplicate names in one object
//! (every one is reported), lone surrogates, a byte order mark, bytes after the value,
//! and anything over the [`Limits`].
//!
//! # What it deliberately does not know
//! FHIR, schemas, dates, floating point. A number is its text; [`Value::as_decimal`] is exact
//! or `None`. It never rounds. It does not repair or guess.
//!
//! # Example
//! ```
//! use json::{Document, FaultCode, Limits};
//!
//! let text = br#"{"resourceType":"Patient","multipleBirthInteger":2,"name":[{"family":"\u00c5s"}]}"#;
//! let document = Document::parse(text.to_vec(), &Limits::default()).unwrap();
//! let root = document.root();
//! assert_eq!(root.get("multipleBirthInteger").and_then(|v| v.as_number()), Some("2"));
//! let family = root.get("name").and_then(|n| n.at(0)).and_then(|n| n.get("family")).unwrap();
//! assert_eq!(family.as_str().as_deref(), Some("Ås"));
//! assert_eq!(family.raw(), br#""\u00c5s""#);
//! assert_eq!(family.path(), "Patient.name[0].family");
//!
//! let faults = Document::parse(br#"{"a":1,"b":2,"a":3,"b":4}"#.to_vec(), &Limits::default()).unwrap_err();
//! assert_eq!(faults.len(), 2);
//! assert!(faults.iter().all(|fault| fault.code == FaultCode::DuplicateKey));
//! assert_eq!(faults[0].path, "$.a");
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod canonical;
mod document;
mod fault;
mod limits;
mod marks;
mod parse;
mod path;
mod projection;
mod skip;
mod tape;
mod text;
mod value;
mod write;

pub use canonical::canonical;
pub use document::{Document, Kind, NodeId};
pub use fault::{Fault, FaultCode};
pub use limits::{Limits, NUMBER_BYTES_MAX};
pub use projection::{Projection, ShapeId};
pub use text::is_number;
pub use value::{Entries, Items, Key, Value};
pub use write::Writer;
