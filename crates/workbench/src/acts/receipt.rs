//! Correct the moment of receipt, with its proof. Days and hours are those of the zone in which the case counts.

use super::{Failure, Panel, Typed, keep, perform};
use crate::case_page::Opened;
use crate::moment;
use crate::problem::Problem;
use crate::visit::Visit;
use axum::response::Response;
use jiff::civil::DateTime;
use std::sync::Arc;
use workflow::people;

/// The form.
pub(crate) struct Form {
    pub at: String,
    pub zone: String,
    pub open: bool,
}

/// What a `datetime-local` field holds.
const FIELD: &str = "%Y-%m-%dT%H:%M";

pub(crate) fn form(opened: &Opened<'_>, typed: Typed<'_>) -> Form {
    let now = opened.case.receipt.received_at.to_zoned(opened.zone.clone());
    Form {
        at: typed.text("at", now.strftime(FIELD).to_string()),
        zone: opened.case.request.cover.zone.clone(),
        open: typed.refused(),
    }
}

/// Corrects it.
pub(crate) fn post(visit: &Visit<'_>) -> Result<Response, Problem> {
    perform(visit, Panel::ReceiptTime, |desk| {
        let mut faults = Vec::new();
        let zone = moment::zone(&desk.case.request.cover.zone);
        let at = desk.fields.get("at").parse::<DateTime>().ok().and_then(|local| local.to_zoned(zone).ok());
        if at.is_none() {
            faults.push("The moment of receipt is not a date and time (YYYY-MM-DD HH:MM).".to_owned());
        }
        let file = desk.fields.file("evidence");
        if file.is_none() {
            faults.push("Attach the proof: the fax image or the call note.".to_owned());
        }
        let (Some(at), Some(file)) = (at, file) else { return Err(Failure::Faults(faults)) };
        let bytes: Arc<[u8]> = file.bytes.clone().into();
        keep(people::correct_receipt(desk.platform, desk.acting, at.timestamp(), &file.media_type, bytes))
    })
}
