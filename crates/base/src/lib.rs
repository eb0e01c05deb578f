//! The words everyone uses: identifiers, time, protected values, codes and jurisdictions.
//!
//! Floor 1. Knows no case, no wire format, no storage. Nothing here reads a clock, the
//! environment or randomness: those are arguments, given by the shell.
//!
//! ```
//! use base::{Phi, Code};
//! let name = Phi::new("Ada Example".to_string());
//! assert_eq!(format!("{name:?}"), "[phi]");
//! let oxygen = Code::new(base::system::HCPCS, "E1390");
//! assert_eq!(oxygen.to_string(), "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets|E1390");
//! ```

pub mod code;
pub mod hash;
pub mod id;
pub mod non_empty;
pub mod phi;
pub mod plan;
pub mod system;

pub use code::{Code, Identifier, Quantity};
pub use hash::Hash;
pub use id::{CaseId, TenantId, UserId};
pub use jiff::Timestamp;
pub use jiff::civil::Date;
pub use non_empty::NonEmpty;
pub use phi::Phi;
pub use plan::{LineOfBusiness, State};
pub use rust_decimal::Decimal;
