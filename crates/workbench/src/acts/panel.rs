//! The forms of a case page: which there are, which of them this person may use on this case now.

use super::{Attempt, Typed};
use super::{adverse, approve, ask, close, expedite, extend, information, intake, notice, pend, receipt, refer, reopen};
use crate::case_page::Opened;
use crate::problem::Problem;
use case::authority::Act;
use case::event::Intake;
use case::state::{Case, Status};
use workflow::people;

/// A form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Panel {
    Approve,
    Ask,
    Refer,
    Determine,
    Assign,
    Pend,
    Extend,
    Expedite,
    RefuseExpedite,
    Withdraw,
    Void,
    Duplicate,
    Reopen,
    Match,
    Clear,
    ReceiptTime,
    Information,
    Notice,
}

struct About {
    panel: Panel,
    slug: &'static str,
    act: Act,
    title: &'static str,
    done: &'static str,
}

const fn about(panel: Panel, slug: &'static str, act: Act, title: &'static str, done: &'static str) -> About {
    About { panel, slug, act, title, done }
}

const ABOUT: [About; 18] = [
    about(Panel::Approve, "approve", Act::Approve, "Approve", "Approved. The notice is on its way."),
    about(Panel::Ask, "ask", Act::Ask, "Ask for facts", "The questions are on their way to the requester."),
    about(Panel::Refer, "refer", Act::Refer, "Refer to a physician", "The case waits for a physician."),
    about(
        Panel::Determine,
        "determine",
        Act::DetermineAdverse,
        "Deny, reduce or modify",
        "The determination is recorded with your attestation.",
    ),
    about(Panel::Assign, "assign", Act::Assign, "Assign to me", "The case is yours."),
    about(Panel::Pend, "pend", Act::Pend, "Move to a queue", "The case was moved."),
    about(Panel::Extend, "extend", Act::Extend, "Extend the time frame", "The time frame is extended; the notice is on its way."),
    about(Panel::Expedite, "expedite", Act::Expedite, "Expedite", "The case is expedited."),
    about(
        Panel::RefuseExpedite,
        "refuse-expedite",
        Act::RefuseExpedite,
        "Refuse expedited handling",
        "Expedited handling is refused; the notice is on its way.",
    ),
    about(Panel::Withdraw, "withdraw", Act::Withdraw, "Record a withdrawal", "The withdrawal is recorded."),
    about(Panel::Void, "void", Act::Void, "Void", "The case is voided."),
    about(Panel::Duplicate, "duplicate", Act::MarkDuplicate, "Mark as duplicate", "The case is marked as a duplicate."),
    about(Panel::Reopen, "reopen", Act::Reopen, "Reopen with cause", "The case is open again."),
    about(Panel::Match, "match", Act::MatchMember, "Match the member", "The member is matched."),
    about(Panel::Clear, "clear", Act::CheckIntake, "Clear intake", "Intake is cleared."),
    about(
        Panel::ReceiptTime,
        "receipt-time",
        Act::CorrectReceipt,
        "Correct the time of receipt",
        "The time of receipt is corrected and the clock counted anew.",
    ),
    about(
        Panel::Information,
        "information",
        Act::ReceiveInformation,
        "Add a document",
        "The document is in the record and the criteria were asked again.",
    ),
    about(Panel::Notice, "notice", Act::RecordNotice, "Record a notice", "The notice is recorded."),
];

impl Panel {
    fn about(self) -> &'static About {
        ABOUT.iter().find(|about| about.panel == self).unwrap_or(&ABOUT[0])
    }

    /// Its name in addresses and anchors.
    pub(crate) fn slug(self) -> &'static str {
        self.about().slug
    }

    /// The act the authority rules know it by.
    pub(crate) fn act(self) -> Act {
        self.about().act
    }

    /// Its title.
    pub(crate) fn title(self) -> &'static str {
        self.about().title
    }

    /// Whether the state of the case leaves room for it. The floor below decides; this only keeps the page short.
    fn has_room(self, case: &Case) -> bool {
        let undecided = !case.undecided_lines().is_empty();
        let expedited = case.request.urgency == case::request::Urgency::Expedited;
        match self {
            Self::Approve | Self::Determine => undecided && decidable(case),
            Self::Ask | Self::Refer | Self::Pend | Self::Withdraw | Self::Void | Self::Duplicate | Self::ReceiptTime => undecided,
            Self::Assign | Self::Information => case.is_open(),
            Self::Extend => undecided && case.due.is_some() && case.extensions == 0,
            Self::Expedite => undecided && !expedited,
            Self::RefuseExpedite => undecided && expedited,
            Self::Reopen => matches!(case.status, Status::Decided | Status::Expired),
            Self::Match => undecided && case.request.member.matched.is_none(),
            Self::Clear => undecided && case.request.member.matched.is_some() && !decidable(case),
            Self::Notice => true,
        }
    }
}

/// A person may decide: the member is matched and intake is clear, or found a contradiction that is theirs to weigh.
fn decidable(case: &Case) -> bool {
    case.request.member.matched.is_some() && matches!(case.intake, Some(Intake::Clear | Intake::Contradictory { .. }))
}

/// What to say when an act is done.
pub(crate) fn done_words(slug: &str) -> Option<&'static str> {
    ABOUT.iter().find(|about| about.slug == slug).map(|about| about.done)
}

/// A button of the bar.
pub(crate) struct Button {
    /// Where it leads.
    pub slug: &'static str,
    /// What it says.
    pub title: &'static str,
    /// Its key.
    pub key: &'static str,
}

/// A form without fields of its own but a reason or none.
pub(crate) struct Plain {
    /// Reason, as typed.
    pub reason: String,
    /// It stays open.
    pub open: bool,
}

/// The forms this person may use on this case now.
pub(crate) struct Panels {
    pub bar: Vec<Button>,
    pub none: bool,
    pub decides: bool,
    pub others: bool,
    pub assign: bool,
    pub clear: bool,
    pub expedite: bool,
    pub approve: Option<approve::Form>,
    pub ask: Option<ask::Form>,
    pub refer: Option<Plain>,
    pub determine: Option<adverse::Form>,
    pub pend: Option<pend::Form>,
    pub extend: Option<extend::Form>,
    pub refuse_expedite: Option<expedite::Refuse>,
    pub withdraw: Option<Plain>,
    pub void: Option<Plain>,
    pub duplicate: Option<close::Duplicate>,
    pub reopen: Option<reopen::Form>,
    pub match_member: Option<intake::Match>,
    pub receipt: Option<receipt::Form>,
    pub information: Option<information::Form>,
    pub notice: Option<notice::Form>,
}

impl Panels {
    /// The forms, prefilled.
    pub(crate) fn of(opened: &Opened<'_>, attempt: Option<&Attempt<'_>>) -> Result<Self, Problem> {
        let may = |panel: Panel| {
            let refused = attempt.is_some_and(|attempt| attempt.panel == panel);
            (panel.has_room(opened.case) || refused)
                && people::may(opened.visit.platform(), opened.staff, panel.act(), opened.case)
        };
        let typed = |panel: Panel| may(panel).then(|| Typed::of(panel, attempt));
        let plain = |panel: Panel| typed(panel).map(|typed| Plain { reason: typed.text("reason", ""), open: typed.refused() });
        let mine = opened.case.assigned.as_ref() == Some(&opened.staff.user);
        let keys = [
            (Panel::Approve, "a"),
            (Panel::Ask, "i"),
            (Panel::Refer, "r"),
            (Panel::Determine, "d"),
            (Panel::Match, "m"),
            (Panel::Reopen, "o"),
        ];
        let bar: Vec<_> = keys
            .into_iter()
            .filter(|(panel, _)| may(*panel))
            .map(|(panel, key)| Button { slug: panel.slug(), title: panel.title(), key })
            .collect();
        let decisions = [Panel::Approve, Panel::Ask, Panel::Refer, Panel::Determine];
        Ok(Self {
            decides: decisions.into_iter().any(may),
            others: ABOUT.iter().any(|about| !decisions.contains(&about.panel) && may(about.panel)),
            none: !ABOUT.iter().any(|about| may(about.panel)),
            bar,
            assign: may(Panel::Assign) && !mine,
            clear: may(Panel::Clear),
            expedite: may(Panel::Expedite),
            approve: typed(Panel::Approve).map(|typed| approve::form(opened, typed)),
            ask: typed(Panel::Ask).map(|typed| ask::form(opened, typed)),
            refer: typed(Panel::Refer).map(|typed| refer::form(opened, typed)),
            determine: typed(Panel::Determine).map(|typed| adverse::form(opened, typed)),
            pend: typed(Panel::Pend).map(|typed| pend::form(opened, typed)),
            extend: typed(Panel::Extend).and_then(|typed| extend::form(opened, typed)),
            refuse_expedite: typed(Panel::RefuseExpedite).map(expedite::form),
            withdraw: plain(Panel::Withdraw),
            void: plain(Panel::Void),
            duplicate: typed(Panel::Duplicate).map(close::form),
            reopen: typed(Panel::Reopen).map(|typed| reopen::form(opened, typed)),
            match_member: typed(Panel::Match).map(|typed| intake::form(opened, typed)),
            receipt: typed(Panel::ReceiptTime).map(|typed| receipt::form(opened, typed)),
            information: typed(Panel::Information).map(information::form),
            notice: typed(Panel::Notice).map(notice::form),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_panel_has_one_row_and_its_own_address() {
        let mut slugs: Vec<_> = ABOUT.iter().map(|about| about.slug).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), ABOUT.len());
        for about in &ABOUT {
            assert!(about.panel.slug() == about.slug);
            let path = format!("/case/{{id}}/{}", about.slug);
            assert!(crate::routes::ROUTES.iter().any(|route| route.path == path), "{path}");
        }
    }
}
