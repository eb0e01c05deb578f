//! PAS operations over HTTP: bound, authenticate, hand on, answer.

use crate::{Api, answer, authenticate};
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use exchange::outcome::Code;
use exchange::pas::PasVersion;
use std::sync::Arc;
use workflow::Outcome;
use workflow::directory::Client;

/// `POST [base]/Claim/$submit`.
pub async fn submit(State(api): State<Api>, version: PasVersion, request: Request) -> Response {
    let (client, body) = match taken(&api, request).await {
        Ok(taken) => taken,
        Err(fault) => return answer::fault(fault),
    };
    let platform = api.platform.clone();
    let work = async move { workflow::submit(&platform, workflow::Submission { client: &client, version, body }).await };
    respond(run(&api, work).await)
}

/// `POST [base]/Claim/$inquire`.
pub async fn inquire(State(api): State<Api>, version: PasVersion, request: Request) -> Response {
    let (client, body) = match taken(&api, request).await {
        Ok(taken) => taken,
        Err(fault) => return answer::fault(fault),
    };
    let platform = api.platform.clone();
    let work = async move { workflow::inquire(&platform, workflow::Submission { client: &client, version, body }).await };
    respond(run(&api, work).await)
}

fn respond(result: Result<Outcome, workflow::Error>) -> Response {
    match result {
        Ok(Outcome::Answer { bytes, .. }) => answer::fhir(StatusCode::OK, bytes),
        Ok(Outcome::Malformed(issues)) => answer::refused(StatusCode::BAD_REQUEST, &issues),
        Err(error) => answer::error(&error),
    }
}

/// Runs an act where its store wants it: inline for an embedded one, off the reactor for one across a wire.
pub(crate) async fn run<T>(api: &Api, work: impl Future<Output = T>) -> T {
    if api.platform.store_blocks {
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(work))
    } else {
        work.await
    }
}

async fn taken(api: &Api, request: Request) -> Result<(Client, Arc<[u8]>), Code> {
    let (parts, body) = request.into_parts();
    let client = authenticate::client(api, &parts.headers)?;
    acceptable(&parts.headers)?;
    let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    if announced.is_some_and(|length| length > api.limits.body_bytes as u64) {
        return Err(Code::BodyTooLarge);
    }
    let limit = std::time::Duration::from_secs(api.limits.body_seconds);
    let bytes: Bytes = match tokio::time::timeout(limit, axum::body::to_bytes(body, api.limits.body_bytes)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => return Err(if is_length_limit(&error) { Code::BodyTooLarge } else { Code::MalformedBody }),
        Err(_) => return Err(Code::MalformedBody),
    };
    Ok((client, Arc::from(&bytes[..])))
}

fn acceptable(headers: &HeaderMap) -> Result<(), Code> {
    let Some(media) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let media = media.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media.as_str() {
        "application/fhir+json" | "application/json" | "" => Ok(()),
        _ => Err(Code::UnsupportedMediaType),
    }
}

fn is_length_limit(error: &axum::Error) -> bool {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = source {
        if error.to_string().contains("length limit") {
            return true;
        }
        source = error.source();
    }
    false
}
