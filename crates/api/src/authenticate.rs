//! Who calls: a bearer token that a registered client holds. Only its hash is kept.

use crate::Api;
use axum::http::{HeaderMap, header};
use exchange::outcome::Code;
use workflow::directory::Client;

/// The client behind the request.
///
/// # Errors
/// [`Code::Unauthenticated`] without one, [`Code::Unauthenticated`] when nobody holds it, or the store's.
pub fn client(api: &Api, headers: &HeaderMap) -> Result<Client, Code> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("bearer ")))
        .map(str::trim)
        .filter(|token| (16..=4096).contains(&token.len()))
        .ok_or(Code::Unauthenticated)?;
    match api.platform.client(token) {
        Ok(Some(client)) => Ok(client),
        Ok(None) => {
            tracing::warn!("a request showed a token that no client holds");
            Err(Code::Unauthenticated)
        }
        Err(_) => Err(Code::Unavailable),
    }
}
