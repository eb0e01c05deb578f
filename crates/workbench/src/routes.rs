//! The table of routes. The router, the gate before each page and the tests of headers and roles are made from it.

use crate::form::Fields;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::{Bench, acts, assets, audit_page, case_page, csrf, security, session, sign_in, worklist};
use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{RawPathParams, Request};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter};
use case::authority::Role;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

/// A route.
pub(crate) struct Route {
    /// `GET` or `POST`.
    pub method: Method,
    /// Its address.
    pub path: &'static str,
    /// Who may pass.
    pub gate: Gate,
    /// Most bytes of a body.
    pub max_bytes: usize,
    handler: Handler,
}

type Handler = fn(&Visit<'_>) -> Result<Response, Problem>;

/// Who may pass. Acts on a case are gated once more, by the authority rules for the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Everybody.
    Open,
    /// Whoever is signed in.
    SignedIn,
    /// Those whose work is with cases: the minimum necessary (45 CFR 164.502(b)).
    Cases,
    /// Those who watch over the house.
    Audit,
}

impl Gate {
    /// Whether a role may pass.
    pub(crate) const fn lets(self, role: Role) -> bool {
        match self {
            Self::Open | Self::SignedIn => true,
            Self::Cases => !matches!(role, Role::Software | Role::Requester | Role::PolicyAuthor | Role::Analyst),
            Self::Audit => matches!(role, Role::Compliance | Role::Administrator),
        }
    }
}

const FORM_BYTES: usize = 1024 * 1024;
const UPLOAD_BYTES: usize = 16 * 1024 * 1024 + FORM_BYTES;

const fn get(path: &'static str, gate: Gate, handler: Handler) -> Route {
    Route { method: Method::GET, path, gate, max_bytes: 0, handler }
}

const fn post(path: &'static str, gate: Gate, handler: Handler) -> Route {
    Route { method: Method::POST, path, gate, max_bytes: FORM_BYTES, handler }
}

const fn upload(path: &'static str, gate: Gate, handler: Handler) -> Route {
    Route { method: Method::POST, path, gate, max_bytes: UPLOAD_BYTES, handler }
}

/// Every route.
pub(crate) const ROUTES: &[Route] = &[
    get("/", Gate::SignedIn, worklist::home),
    get("/sign-in", Gate::Open, sign_in::form),
    post("/sign-in", Gate::Open, sign_in::sign_in),
    post("/sign-out", Gate::SignedIn, sign_in::sign_out),
    get("/assets/{name}", Gate::Open, assets::get),
    get("/worklist", Gate::Cases, worklist::first),
    get("/worklist/{tab}", Gate::Cases, worklist::show),
    post("/worklist/{tab}", Gate::Cases, worklist::show),
    get("/audit", Gate::Audit, audit_page::show),
    get("/case/{id}", Gate::Cases, case_page::show),
    get("/case/{id}/document/{hash}", Gate::Cases, case_page::document::show),
    get("/case/{id}/document/{hash}/file", Gate::Cases, case_page::document::file),
    get("/case/{id}/receipt/{version}", Gate::Cases, case_page::document::receipt),
    post("/case/{id}/approve", Gate::Cases, acts::approve::post),
    post("/case/{id}/ask", Gate::Cases, acts::ask::post),
    post("/case/{id}/refer", Gate::Cases, acts::refer::post),
    post("/case/{id}/determine", Gate::Cases, acts::adverse::post),
    post("/case/{id}/assign", Gate::Cases, acts::assign::post),
    post("/case/{id}/pend", Gate::Cases, acts::pend::post),
    post("/case/{id}/extend", Gate::Cases, acts::extend::post),
    post("/case/{id}/expedite", Gate::Cases, acts::expedite::post),
    post("/case/{id}/refuse-expedite", Gate::Cases, acts::expedite::refuse),
    post("/case/{id}/withdraw", Gate::Cases, acts::close::withdraw),
    post("/case/{id}/void", Gate::Cases, acts::close::void),
    post("/case/{id}/duplicate", Gate::Cases, acts::close::duplicate),
    post("/case/{id}/reopen", Gate::Cases, acts::reopen::post),
    post("/case/{id}/match", Gate::Cases, acts::intake::match_member),
    post("/case/{id}/clear", Gate::Cases, acts::intake::clear),
    upload("/case/{id}/receipt-time", Gate::Cases, acts::receipt::post),
    upload("/case/{id}/information", Gate::Cases, acts::information::post),
    post("/case/{id}/notice", Gate::Cases, acts::notice::post),
];

/// The router of the table.
pub(crate) fn router(bench: Arc<Bench>) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let filter = if route.method == Method::GET { MethodFilter::GET } else { MethodFilter::POST };
        let bench = bench.clone();
        let handler = move |params: RawPathParams, request: Request| serve(bench, route, params, request);
        router = router.route(route.path, MethodRouter::new().on(filter, handler));
    }
    router.layer(axum::middleware::map_response(security::add))
}

/// What is read past the limit of a body and thrown away, so that whoever sends it gets to hear that it was too much.
const PAST_THE_LIMIT: usize = 16 * 1024 * 1024;

async fn read(mut body: Body, most: usize) -> Result<Vec<u8>, Problem> {
    let (mut kept, mut seen) = (Vec::new(), 0_usize);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(|_| Problem::TooLarge)?.into_data() else { continue };
        seen = seen.saturating_add(data.len());
        if seen <= most {
            kept.extend_from_slice(&data);
        } else if seen - most > PAST_THE_LIMIT {
            break;
        }
    }
    if seen > most { Err(Problem::TooLarge) } else { Ok(kept) }
}

/// Reads the request, then works on it where blocking is allowed: the store's reads may wait for a disk.
async fn serve(bench: Arc<Bench>, route: &'static Route, params: RawPathParams, request: Request) -> Response {
    let params = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let (parts, body) = request.into_parts();
    let body = read(body, route.max_bytes).await;
    let work = move || {
        let raw_query = parts.uri.query().map(str::to_owned);
        let mut visit =
            Visit { bench: &bench, params, raw_query, headers: parts.headers, fields: Fields::default(), signed_in: None };
        let answer = body.and_then(|body| answer(&mut visit, route, &body));
        answer.unwrap_or_else(|problem| problem.page(&visit, route.method == Method::POST, parts.uri.path()))
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        tracing::error!("a page broke off: {error}");
        (StatusCode::INTERNAL_SERVER_ERROR, Body::from("This page broke off. Nothing was changed.")).into_response()
    })
}

fn answer(visit: &mut Visit<'_>, route: &Route, body: &[u8]) -> Result<Response, Problem> {
    visit.signed_in = session::of(visit.bench, &visit.headers)?;
    if route.gate != Gate::Open {
        let role = visit.role().ok_or(Problem::SignedOut)?;
        if !route.gate.lets(role) {
            visit.audit("refused", None, format!("{} {}", route.method, route.path))?;
            return Err(Problem::Forbidden);
        }
    }
    if route.method == Method::POST {
        // Browsers say where a form comes from (Fetch Metadata); a client that does not say so still needs the token.
        let from = visit.headers.get("sec-fetch-site").map_or("none", |value| value.to_str().unwrap_or_default());
        if !matches!(from, "same-origin" | "none") {
            return Err(Problem::ForeignForm);
        }
        let content_type = visit.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        visit.fields = Fields::read(content_type, body).map_err(|_| Problem::BadForm)?;
        // The door's own form is proved by the door's own cookie, in `sign_in`.
        if route.gate != Gate::Open && !visit.who()?.owns(visit.fields.get(csrf::FIELD)) {
            return Err(Problem::ForeignForm);
        }
    }
    (route.handler)(visit)
}
