//! The public side of a tenant's transparency log (C2SP tlog-tiles). It holds commitments only.

use crate::{Api, answer, pas};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use base::TenantId;
use exchange::outcome::Code;

fn tenant(api: &Api, text: &str) -> Result<TenantId, Code> {
    let id = TenantId::new(text).map_err(|_| Code::NotFound)?;
    api.platform.tenants.contains_key(&id).then_some(id).ok_or(Code::NotFound)
}

/// The newest signed checkpoint.
pub async fn checkpoint(State(api): State<Api>, Path(name): Path<String>) -> Response {
    let id = match tenant(&api, &name) {
        Ok(id) => id,
        Err(fault) => return answer::fault(fault),
    };
    let store = api.platform.store.clone();
    match pas::run(&api, async move { store.checkpoint(&id) }).await {
        Ok(Some(text)) => answer::text(StatusCode::OK, text),
        Ok(None) => answer::fault(Code::NotFound),
        Err(error) => answer::error(&error.into()),
    }
}

/// The verifier key.
pub async fn key(State(api): State<Api>, Path(name): Path<String>) -> Response {
    match tenant(&api, &name) {
        Ok(id) => match api.platform.log_keys.get(&id) {
            Some(key) => answer::text(StatusCode::OK, format!("{key}\n")),
            None => answer::fault(Code::NotFound),
        },
        Err(code) => answer::fault(code),
    }
}

/// A tile or an entry bundle, by its C2SP path below `tile/`.
pub async fn tile(State(api): State<Api>, Path((name, rest)): Path<(String, String)>) -> Response {
    let id = match tenant(&api, &name) {
        Ok(id) => id,
        Err(code) => return answer::fault(code),
    };
    let Some((level, index, width)) = parse(&rest) else { return answer::fault(Code::NotFound) };
    let store = api.platform.store.clone();
    let read = async move {
        let Some(level) = level else {
            let from = index * u64::from(TILE);
            let texts = store.entries(&id, from, from + u64::from(width))?;
            let whole = texts.len() == usize::from(width);
            return Ok(whole.then(|| ledger::encode_bundle(texts.iter().map(String::as_bytes)).ok()).flatten());
        };
        store.tile(&id, level, index, width)
    };
    match pas::run(&api, read).await {
        Ok(Some(bytes)) => answer::bytes(StatusCode::OK, "application/octet-stream", bytes),
        Ok(None) => answer::fault(Code::NotFound),
        Err(error) => answer::error(&workflow::Error::from(error)),
    }
}

const TILE: u16 = 256;

/// `<level or "entries">/<index as x001/067>[.p/<width>]` (C2SP tlog-tiles). Gives level (`None` for entries), index and width.
fn parse(rest: &str) -> Option<(Option<u8>, u64, u16)> {
    let (level, rest) = rest.split_once('/')?;
    let level = if level == "entries" { None } else { Some(level.parse().ok().filter(|l| *l <= 63)?) };
    let (index, width) = match rest.split_once(".p/") {
        Some((index, width)) => (index, width.parse().ok().filter(|w| (1..TILE).contains(w))?),
        None => (rest, TILE),
    };
    let groups: Vec<&str> = index.split('/').collect();
    let (last, high) = groups.split_last()?;
    let digits = |text: &str| (text.len() == 3).then(|| text.parse::<u64>().ok()).flatten();
    let mut number = 0_u64;
    for group in high {
        number = number.checked_mul(1000)?.checked_add(digits(group.strip_prefix('x')?)?)?;
    }
    Some((level, number.checked_mul(1000)?.checked_add(digits(last)?)?, width))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn c2sp_paths() {
        assert_eq!(parse("0/000"), Some((Some(0), 0, 256)));
        assert_eq!(parse("1/x001/x234/067"), Some((Some(1), 1_234_067, 256)));
        assert_eq!(parse("entries/x001/067.p/17"), Some((None, 1067, 17)));
        for bad in ["", "0", "0/1", "0/x001", "64/000", "a/000", "0/000.p/0", "0/000.p/256", "0/-01", "0/001/067"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
