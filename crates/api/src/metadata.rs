//! Capability statements, written from the same table as the router.

use crate::routes::{Endpoint, ROUTES};
use crate::{Api, answer};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use exchange::capability::{INQUIRE, Offer, Operation, SUBMIT, Server, statement};
use exchange::pas::PasVersion;

/// `GET [base]/metadata`.
pub async fn read(State(api): State<Api>, version: PasVersion) -> Response {
    let base_url = format!("{}/pas/{version}", api.platform.base_url);
    let server = Server { base_url: &base_url, software_version: env!("CARGO_PKG_VERSION"), date: STATEMENT_DATE };
    answer::fhir(StatusCode::OK, statement(version, &operations(version), &server))
}

/// When the table of routes last changed.
const STATEMENT_DATE: &str = "2026-11-21";

/// The operations that the table serves for a version.
#[must_use]
pub fn operations(version: PasVersion) -> Vec<Operation> {
    let claim = |path, name, definition| Operation {
        method: "POST",
        path,
        resource: Some("Claim"),
        offer: Offer::Operation { name, definition },
    };
    ROUTES
        .iter()
        .filter_map(|route| match route.endpoint {
            Endpoint::Submit(v) if v == version => Some(claim(route.path, "submit", SUBMIT)),
            Endpoint::Inquire(v) if v == version => Some(claim(route.path, "inquire", INQUIRE)),
            _ => None,
        })
        .collect()
}
