//! Da Vinci Prior Authorization Support, versions 2.0.1 and 2.2.1.

mod act;
mod ask;
mod business;
mod choose;
mod claim;
mod context;
mod echo;
mod found;
mod incoming;
mod inquiry;
mod item;
mod note;
mod party;
mod read;
mod respond;
mod structure;
mod summary;
pub mod url;
mod version;

pub use business::{BusinessError, ErrorContext, business_error};
pub use choose::{drug, timing, today};
pub use context::{InquiryContext, Match, Receipt, ResponseContext, Reviewer};
pub use found::respond_inquiry;
pub use incoming::{Doubt, EarlierNumbers, Incoming, NewRequest, ReadContext, Resource, Update};
pub use inquiry::{Inquiry, InquiryLine, read_inquiry};
pub use read::read;
pub use respond::respond;
pub use structure::LINES_MAX;
pub use summary::{Answer, DueAnswer, LineAnswer, Summary};
pub use version::PasVersion;
