//! Take in a document that answers a question. The criteria are asked again over the whole record.

use super::{Failure, Panel, Typed, keep, perform};
use crate::problem::Problem;
use crate::visit::Visit;
use axum::response::Response;
use std::sync::Arc;
use workflow::people;

/// The form.
pub(crate) struct Form {
    pub open: bool,
}

pub(crate) fn form(typed: Typed<'_>) -> Form {
    Form { open: typed.refused() }
}

/// Takes it in.
pub(crate) fn post(visit: &Visit<'_>) -> Result<Response, Problem> {
    perform(visit, Panel::Information, |desk| {
        let file = desk.fields.file("document").ok_or_else(|| Failure::Faults(vec!["Choose a file.".to_owned()]))?;
        let bytes: Arc<[u8]> = file.bytes.clone().into();
        keep(people::receive_information(desk.platform, desk.acting, "application/fhir+json", bytes))
    })
}
