//! The plan as ELM JSON, and ELM JSON as a plan.
//!
//! * [`to_json`] writes one library of a program as ELM (schema `urn:hl7-org:elm`, version r1). Model conversions are written as calls of `FHIRHelpers`, so an
//!   engine that runs it needs any FHIRHelpers 4.x beside it, as with the reference translator.
//! * [`read`] makes a program of ELM libraries, those of the reference translator too. Calls of FHIRHelpers become the built-in conversions; a FHIRHelpers library
//!   among the input is not needed and not read.

mod names;
mod read;
mod write;

pub use read::read;
pub use write::to_json;
