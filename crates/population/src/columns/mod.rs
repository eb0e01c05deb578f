//! Definitions asked of all patients at once, over columns.
//!
//! A [`Table`] holds, for each resource type a program asks for, the rows of each patient and the elements the program reads. Every different content of an element
//! is kept once and has a number; a row is its numbers. A condition that rests on elements of one row is answered **by the row engine itself, once for each different
//! content** that occurs, and looked up by number for every row. Retrieves by code go through an index from content to rows. Truth values of patients are bit planes,
//! connected sixty-four at a time.
//!
//! Moments are different in almost every row. A condition that does nothing but compare them with constants is asked once for each stretch of time between two of these
//! constants, and for every moment near one.
//!
//! So the columns cannot disagree with the row engine about the meaning of CQL; what has to be right here is which elements a condition reads, and that is settled on
//! the plan. Whatever reads something else (other resources, references, whole resources) is left to the row engine for just those patients for whom it still matters;
//! so is content on which a condition fails.

mod batch;
mod bits;
mod compares;
mod dictionary;
mod explain;
mod leaf;
mod lower;
mod need;
mod reads;
mod table;
mod times;
mod work;

pub use batch::{Answer, Batch, BatchError, Records};
pub use bits::Bits;
pub use explain::Explanation;
pub use need::Need;
pub use table::{Table, TableBuilder, TableFull};
