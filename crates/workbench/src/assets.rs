//! The style sheet and the script, part of the program. Pages name them with a digest of their content, so a browser may keep
//! them for ever and still gets the new ones.

use crate::problem::Problem;
use crate::visit::Visit;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::Response;
use base::Hash;
use std::sync::LazyLock;

const CSS: &str = include_str!("../assets/app.css");
const JS: &str = include_str!("../assets/app.js");
const ICON: &str = include_str!("../assets/icon.svg");

struct Asset {
    name: &'static str,
    media_type: &'static str,
    text: &'static str,
    version: String,
    address: String,
}

const FILES: [(&str, &str, &str); 3] = [
    ("app.css", "text/css; charset=utf-8", CSS),
    ("app.js", "text/javascript; charset=utf-8", JS),
    ("icon.svg", "image/svg+xml", ICON),
];

static ASSETS: LazyLock<[Asset; 3]> = LazyLock::new(|| {
    FILES.map(|(name, media_type, text)| {
        let version = Hash::of(text.as_bytes()).to_string()[..16].to_owned();
        let address = format!("/assets/{name}?v={version}");
        Asset { name, media_type, text, version, address }
    })
});

/// Address of the style sheet.
pub(crate) fn css() -> &'static str {
    &ASSETS[0].address
}

/// Address of the script.
pub(crate) fn js() -> &'static str {
    &ASSETS[1].address
}

/// Address of the icon.
pub(crate) fn icon() -> &'static str {
    &ASSETS[2].address
}

/// Gives an asset.
pub(crate) fn get(visit: &Visit<'_>) -> Result<Response, Problem> {
    let name = visit.param("name");
    let asset = ASSETS.iter().find(|asset| asset.name == name).ok_or(Problem::NotFound)?;
    let current = visit.query("v") == Some(asset.version.as_str());
    let keep = if current { "public, max-age=31536000, immutable" } else { "no-cache" };
    Response::builder()
        .status(StatusCode::OK)
        .header(header::CONTENT_TYPE, asset.media_type)
        .header(header::CACHE_CONTROL, keep)
        .header(header::ETAG, format!("\"{}\"", asset.version))
        .body(Body::from(asset.text))
        .map_err(|_| Problem::Broken("an asset could not be answered"))
}
