//! A fictional health plan: its members, providers and reviewers, and the requests they make.
//!
//! Everything here is invented; names carry the word *Example* or *Fiction* and identifiers lie in
//! ranges nobody is given. It feeds the demo, the simulator, the benchmarks and the tests, so that all
//! of them tell the same stories. It knows FHIR's shape (it writes Bundles) and nothing of the platform.
//!
//! ```
//! let plan = fiction::Plan::new(7, "2026-11-21".parse().unwrap());
//! let stories = fiction::stories(&plan);
//! assert!(stories.len() >= 60);
//! assert!(stories.iter().any(|s| s.name == "oxygen-88-at-rest"));
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod bundle;
pub mod dice;
pub mod paper;
pub mod people;
pub mod stories;

pub use bundle::{Ask, Bundle};
pub use people::{Member, Plan, Provider, Role, Staff};
pub use stories::{EXEMPT, Expect, Story, benchmark_request, stories};
