//! How an answer, or a refusal, becomes a response. Every refusal is one OperationOutcome.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use exchange::outcome::Code;
use fhir::{Issue, OperationOutcome, Severity};

/// A FHIR body with a status.
pub fn fhir(status: StatusCode, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/fhir+json; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Plain text.
pub fn text(status: StatusCode, body: String) -> Response {
    bytes(status, "text/plain; charset=utf-8", body.into_bytes())
}

/// Bytes of a media type.
pub fn bytes(status: StatusCode, media_type: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A refusal with every fault in one OperationOutcome.
pub fn refused(status: StatusCode, issues: &[Issue]) -> Response {
    fhir(status, OperationOutcome::new(issues.to_vec()).to_json())
}

/// A refusal for one reason out of the table of errors. A temporary one carries no OperationOutcome (PAS spec-39).
pub fn fault(code: Code) -> Response {
    let row = code.row();
    let status = StatusCode::from_u16(row.http_status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match row.issue {
        Some(kind) => refused(status, &[Issue::new(Severity::Error, kind, row.code, row.words)]),
        None => text(status, format!("{}\n", row.words)),
    };
    let headers = response.headers_mut();
    match status {
        StatusCode::UNAUTHORIZED => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"avedis\""));
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        _ => {}
    }
    response
}

/// What an error of `workflow` answers.
pub fn error(error: &workflow::Error) -> Response {
    use workflow::Error as E;
    let code = match error {
        E::Full => Code::StorageFull,
        E::Busy | E::Stale { .. } | E::Exists(_) => Code::Busy,
        E::NoSuchCase | E::UnknownTenant => Code::NotFound,
        E::NotAllowed(_) | E::NotAdmitted(_) => Code::Forbidden,
        E::Refused(_) => Code::Conflict,
        E::Unavailable | E::Corrupt(_) => Code::Unavailable,
    };
    if matches!(code, Code::Unavailable | Code::StorageFull) {
        tracing::error!("a request could not be served: {error}");
    }
    fault(code)
}

/// The path is known, the method is not.
pub async fn wrong_method() -> Response {
    fault(Code::MethodNotAllowed)
}

/// Nothing is here.
pub async fn not_found() -> Response {
    fault(Code::NotFound)
}
