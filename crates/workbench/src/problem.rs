//! What can go wrong with a page, and the page that says so.

use crate::view;
use crate::visit::Visit;
use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

/// Why a page is not shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// Nothing there, or nothing for this tenant.
    #[error("not found")]
    NotFound,
    /// Nobody is signed in, or the session has ended.
    #[error("signed out")]
    SignedOut,
    /// The role may not.
    #[error("not allowed")]
    Forbidden,
    /// The form did not come from a page of ours, or from one of an earlier session.
    #[error("the form carries no token of this session")]
    ForeignForm,
    /// The form cannot be read.
    #[error("the form cannot be read")]
    BadForm,
    /// More bytes than a form of this kind may have.
    #[error("too large")]
    TooLarge,
    /// Too many tries; wait so many seconds.
    #[error("too many tries")]
    TooMany(i64),
    /// The store is not there, or is busy or full.
    #[error("{0}")]
    Store(store::Error),
    /// A floor below refused outside of an act.
    #[error("{0}")]
    Workflow(workflow::Error),
    /// Something kept or made here cannot be read or written.
    #[error("{0}")]
    Broken(&'static str),
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<workflow::Error> for Problem {
    fn from(error: workflow::Error) -> Self {
        match error {
            workflow::Error::NoSuchCase | workflow::Error::UnknownTenant => Self::NotFound,
            other => Self::Workflow(other),
        }
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Page {
    frame: view::Frame,
    heading: &'static str,
    what_next: String,
}

impl Problem {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::BadForm => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Store(_) | Self::Workflow(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn words(&self) -> (&'static str, String) {
        let (heading, next) = match self {
            Self::NotFound => (
                "Not found",
                "There is no such page or case here. It may belong to another organization, or the address is incomplete.",
            ),
            Self::SignedOut => (
                "You are signed out",
                "Your session has ended. Sign in again, then repeat what you were doing; nothing was changed.",
            ),
            Self::Forbidden => (
                "Your role may not do this",
                "Nothing was changed, and the attempt was written to the audit trail. Ask a colleague whose role allows it.",
            ),
            Self::ForeignForm => {
                ("This form is not from your session", "Nothing was changed. Go back, reload the page and send the form again.")
            }
            Self::BadForm => {
                ("The form could not be read", "Nothing was changed. Go back, reload the page and send the form again.")
            }
            Self::TooLarge => ("That is too large", "Nothing was changed. A form takes at most 1 MB, an upload at most 16 MB."),
            Self::TooMany(seconds) => return ("Too many tries", format!("Wait {seconds} s, then try to sign in again.")),
            Self::Store(store::Error::Full) | Self::Workflow(workflow::Error::Full) => (
                "The disk is full",
                "Nothing was changed and nothing is lost. Tell the administrator; no new work is taken until there is room.",
            ),
            Self::Store(_) | Self::Workflow(_) => (
                "Not available at the moment",
                "Nothing was changed. Try again in a moment; if it stays so, tell the administrator.",
            ),
            Self::Broken(_) => {
                ("Something is broken here", "Nothing was changed. Tell the administrator the time at which this happened.")
            }
        };
        (heading, next.to_owned())
    }

    /// The page that says so; a reader who is signed out is sent to sign in and back.
    pub(crate) fn page(&self, visit: &Visit<'_>, is_form: bool, path: &str) -> Response {
        match self {
            Self::SignedOut if !is_form => {
                let next =
                    if crate::sign_in::may_return_to(path) && path != "/" { format!("?next={path}") } else { String::new() };
                return Redirect::to(&format!("/sign-in{next}")).into_response();
            }
            Self::Store(error) => tracing::error!(code = error.code(), "a page could not be shown: the store refused"),
            Self::Workflow(error) => tracing::error!("a page could not be shown: {error}"),
            Self::Broken(what) => tracing::error!("a page could not be shown: {what}"),
            _ => {}
        }
        let (heading, what_next) = self.words();
        let mut response = view::page(self.status(), &Page { frame: visit.frame("Problem"), heading, what_next });
        if let Self::TooMany(seconds) = self
            && let Ok(value) = HeaderValue::from_str(&seconds.to_string())
        {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}
