//! HTTP for machines: PAS `$submit` and `$inquire` on a base URL for each version, the capability
//! statements, the public transparency log, and health.
//!
//! One table ([`routes::ROUTES`]) makes the router and the capability statements, so neither can
//! promise what the other does not serve. Handlers hold no rule of their own: they authenticate,
//! bound the body, call one function of `workflow`, and write the answer. Every refusal is one
//! OperationOutcome. Nothing about a person is logged or put into a URL.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod answer;
mod authenticate;
mod health;
mod log;
mod metadata;
mod pas;
pub mod routes;

pub use answer::not_found;
pub use routes::router;
use std::sync::Arc;
use workflow::Platform;

/// What the handlers share.
#[derive(Clone)]
pub struct Api {
    /// The platform.
    pub platform: Arc<Platform>,
    /// Limits on what a caller may send.
    pub limits: Limits,
}

/// Limits on what a caller may send.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest body, in bytes. Larger ones are refused with 413 before they are read whole.
    pub body_bytes: usize,
    /// Longest time to read a body, in seconds.
    pub body_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body_bytes: 10 * 1024 * 1024, body_seconds: 30 }
    }
}
