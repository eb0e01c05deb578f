//! The table of routes: the router and the capability statements are made from it.

use crate::{Api, answer, health, log, metadata, pas};
use axum::Router;
use axum::extract::{Request, State};
use axum::routing::{get, post};
use exchange::pas::PasVersion;

/// One route.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// Path as axum writes it.
    pub path: &'static str,
    /// What it does.
    pub endpoint: Endpoint,
    /// Whether a client must show a token.
    pub needs_client: bool,
    /// One sentence for the reader of the table.
    pub about: &'static str,
}

/// What a route does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// PAS `Claim/$submit`.
    Submit(PasVersion),
    /// PAS `Claim/$inquire`.
    Inquire(PasVersion),
    /// Capability statement.
    Metadata(PasVersion),
    /// Newest signed checkpoint of a tenant's log.
    Checkpoint,
    /// A tile of a tenant's log.
    Tile,
    /// The log's verifier key.
    Key,
    /// The process runs.
    Live,
    /// The store answers.
    Ready,
}

/// Every route of the machine side.
pub const ROUTES: &[Route] = &[
    route(
        "/pas/2.0.1/Claim/$submit",
        Endpoint::Submit(PasVersion::V2_0_1),
        true,
        "submit, update or cancel a prior authorization request",
    ),
    route("/pas/2.0.1/Claim/$inquire", Endpoint::Inquire(PasVersion::V2_0_1), true, "ask for the state of a prior authorization"),
    route("/pas/2.0.1/metadata", Endpoint::Metadata(PasVersion::V2_0_1), false, "capability statement of PAS 2.0.1"),
    route(
        "/pas/2.2.1/Claim/$submit",
        Endpoint::Submit(PasVersion::V2_2_1),
        true,
        "submit, update or cancel a prior authorization request",
    ),
    route("/pas/2.2.1/Claim/$inquire", Endpoint::Inquire(PasVersion::V2_2_1), true, "ask for the state of a prior authorization"),
    route("/pas/2.2.1/metadata", Endpoint::Metadata(PasVersion::V2_2_1), false, "capability statement of PAS 2.2.1"),
    route("/log/{tenant}/checkpoint", Endpoint::Checkpoint, false, "newest signed checkpoint (C2SP tlog-checkpoint)"),
    route("/log/{tenant}/key", Endpoint::Key, false, "verifier key of the log"),
    route("/log/{tenant}/tile/{*rest}", Endpoint::Tile, false, "a tile or an entry bundle (C2SP tlog-tiles)"),
    route("/health/live", Endpoint::Live, false, "the process runs"),
    route("/health/ready", Endpoint::Ready, false, "the store answers"),
];

const fn route(path: &'static str, endpoint: Endpoint, needs_client: bool, about: &'static str) -> Route {
    Route { path, endpoint, needs_client, about }
}

/// The router, made from [`ROUTES`].
pub fn router(api: Api) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let method = match route.endpoint {
            Endpoint::Submit(version) => post(move |api: State<Api>, request: Request| pas::submit(api, version, request)),
            Endpoint::Inquire(version) => post(move |api: State<Api>, request: Request| pas::inquire(api, version, request)),
            Endpoint::Metadata(version) => get(move |api: State<Api>| metadata::read(api, version)),
            Endpoint::Checkpoint => get(log::checkpoint),
            Endpoint::Tile => get(log::tile),
            Endpoint::Key => get(log::key),
            Endpoint::Live => get(health::live),
            Endpoint::Ready => get(health::ready),
        };
        router = router.route(route.path, method.fallback(answer::wrong_method));
    }
    router.with_state(api)
}
