//! Is the process alive, can it take work.

use crate::{Api, answer};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

/// The process runs.
pub async fn live() -> Response {
    answer::text(StatusCode::OK, "alive\n".to_owned())
}

/// The store answers for every tenant.
pub async fn ready(State(api): State<Api>) -> Response {
    let platform = api.platform.clone();
    let checked = crate::pas::run(&api, async move {
        platform.tenants.keys().try_for_each(|tenant| platform.store.checkpoint(tenant).map(|_| ()))
    })
    .await;
    match checked {
        Ok(()) => answer::text(StatusCode::OK, "ready\n".to_owned()),
        Err(_) => answer::text(StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n".to_owned()),
    }
}
