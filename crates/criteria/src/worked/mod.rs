//! Worked cases: fictional patients with the expected truth of every criterion.
//!
//! A case is written in a small vocabulary of facts (`fact`) which is expanded to FHIR resources, or brings a
//! Bundle of its own. The logic sees FHIR only, the same as from a real request.

mod bundle;
mod check;
mod fact;
mod file;

pub use check::{Difference, Report, Seen, check_cases};
