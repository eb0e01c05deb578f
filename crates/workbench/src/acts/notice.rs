//! Record a notice that left by other means: a phone call, a letter.

use super::{Failure, Panel, Typed, keep, perform};
use crate::problem::Problem;
use crate::view::Choice;
use crate::visit::Visit;
use crate::words;
use axum::response::Response;
use workflow::people;

/// The form.
pub(crate) struct Form {
    pub channels: Vec<Choice>,
    pub about: String,
    pub open: bool,
}

pub(crate) fn form(typed: Typed<'_>) -> Form {
    let choice = |(_, slug, word): (_, &str, &str)| Choice::new(slug, word, typed.chosen("channel", slug, false));
    Form { channels: words::CHANNELS.into_iter().map(choice).collect(), about: typed.text("about", ""), open: typed.refused() }
}

/// Records it.
pub(crate) fn post(visit: &Visit<'_>) -> Result<Response, Problem> {
    perform(visit, Panel::Notice, |desk| {
        let channel =
            words::CHANNELS.iter().find(|(_, slug, _)| *slug == desk.fields.get("channel")).map(|(channel, ..)| *channel);
        let channel = channel.ok_or_else(|| Failure::Faults(vec!["Choose how it was sent.".to_owned()]))?;
        let about = desk.said("about", "Say what was told, and to whom.")?;
        keep(people::record_notice(desk.platform, desk.acting, channel, about))
    })
}
