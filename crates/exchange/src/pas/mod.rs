//! Da Vinci Prior Authorization Support, versions 2.0.1 and 2.2.1.

mod choose;
mod claim;
mod context;
mod incoming;
mod inquiry;
mod party;
mod read;
mod structure;
mod summary;
pub mod url;
mod version;

pub use choose::{drug, timing, today};
pub use context::{InquiryContext, Match, Receipt, ResponseContext, Reviewer};
pub use incoming::{Doubt, EarlierNumbers, Incoming, NewRequest, ReadContext, Resource, Update};
pub use inquiry::{Inquiry, InquiryLine};
pub use read::read;
pub use structure::LINES_MAX;
pub use summary::{Answer, DueAnswer, LineAnswer, Summary};
pub use version::PasVersion;
