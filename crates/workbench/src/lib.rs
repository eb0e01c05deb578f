//! The workbench: HTML for the people of the UM organization.
//!
//! Server-rendered pages that work without JavaScript and by keyboard alone. [`router`] gives every route of
//! them over one [`workflow::Platform`]; whoever serves it merges it with the machine side.
//!
//! # What is here
//! * `routes`: one table of routes. The router, the gate before each page and the tests are made from it.
//! * `sign_in`, `session`, `csrf`, `throttle`, [`password`]: who is there, and proof that a form came from a page of ours.
//! * `worklist`, `case_page`, `audit_page`: the rooms. Opening a case writes an audit row before anything is shown.
//! * `acts`: what people do, one file each. A page shows an act only when the authority rules let the role do it, and
//!   `workflow::people` refuses it all the same when somebody forges the form.
//!
//! # What it deliberately does not know
//! No rule of law (`case`), no criterion (`criteria`), no SQL (`store`), no wire format. It reads the clock and the dice of
//! the platform's world only. It puts no protected information into a URL, a title or a log: a filter is a form that is
//! posted, a document is named by its hash.
//!
//! # What is absent, and why
//! * Live updates, saved views, undo of an approval, letters, appeals and peer-to-peer booking: the next rooms.
//! * Text that was half written when a session ended is not kept.
//! * Passkeys, one-time codes and OIDC: sign-in is by password only, behind `sign_in`.
//!
//! # Example
//! ```
//! // What an administrator stores for a person, and what a sign-in compares with it.
//! let stored = workbench::password::hash("a long pass phrase", &mut |salt| salt.fill(1))?;
//! assert!(workbench::password::verify("a long pass phrase", &stored));
//! // Every address of the workbench, with the method: the table the router is made from.
//! assert!(workbench::addresses().any(|(method, path)| (method, path) == ("POST", "/sign-in")));
//! # Ok::<(), workbench::password::Error>(())
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod acts;
mod assets;
mod audit_page;
mod case_page;
mod counts;
mod csrf;
mod form;
mod icon;
mod moment;
pub mod password;
mod problem;
mod routes;
mod security;
mod session;
mod sign_in;
mod throttle;
mod view;
mod visit;
mod words;
mod worklist;

use std::sync::Arc;
use workflow::Platform;

/// What every visit stands on.
pub(crate) struct Bench {
    /// The platform.
    pub platform: Arc<Platform>,
    /// Failed sign-ins.
    pub throttle: throttle::Throttle,
    /// What the tabs show.
    pub tallies: counts::Tallies,
    /// The address is reached over TLS, so cookies are bound to it.
    pub secure: bool,
}

/// Every route of the workbench over a platform. Sets no fallback: the one who merges it does.
pub fn router(platform: Arc<Platform>) -> axum::Router {
    let secure = platform.base_url.starts_with("https://");
    let (throttle, tallies) = (throttle::Throttle::default(), counts::Tallies::default());
    routes::router(Arc::new(Bench { platform, throttle, tallies, secure }))
}

/// Every address with its method, as in the route table.
pub fn addresses() -> impl Iterator<Item = (&'static str, &'static str)> {
    routes::ROUTES.iter().map(|route| (route.method.as_str(), route.path))
}
