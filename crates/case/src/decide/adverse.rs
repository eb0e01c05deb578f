//! A licensed reviewer denies, reduces or modifies lines: the only way to an adverse determination.

use super::approve::decidable;
use super::{Context, Refusal, each_undecided, said};
use crate::authority::LicensedReviewer;
use crate::event::{Actor, Adverse, What};
use crate::state::{Case, Decision};
use base::{NonEmpty, Phi};

pub(super) fn determine(
    case: &Case,
    reviewer: LicensedReviewer,
    lines: NonEmpty<Adverse>,
    rationale: Phi<String>,
    context: &Context<'_>,
) -> Result<Vec<What>, Refusal> {
    // The witness is taken apart here; whatever comes of it, it cannot be used again.
    let LicensedReviewer { attestation, authorization, version, lines: admitted } = reviewer;
    if authorization != case.authorization {
        return Err(Refusal::WitnessOtherCase);
    }
    if version != case.version {
        return Err(Refusal::WitnessStale);
    }
    if context.actor != Actor::Person(attestation.reviewer.clone()) {
        return Err(Refusal::WitnessOtherPerson);
    }
    if let Some(line) = lines.iter().map(|adverse| adverse.line).find(|line| !admitted.contains(line)) {
        return Err(Refusal::WitnessOtherLine(line));
    }
    each_undecided(case, lines.iter().map(|adverse| adverse.line))?;
    decidable(case)?;
    said("rationale", rationale.expose())?;
    for adverse in &lines {
        check(case, adverse, context)?;
    }
    Ok(vec![What::DeterminedAdverse { lines, attestation, rationale }])
}

fn check(case: &Case, adverse: &Adverse, context: &Context<'_>) -> Result<(), Refusal> {
    said("reason", &adverse.reason.code)?;
    said("criterion", &adverse.criterion)?;
    if let Some(authorized) = adverse.authorized()
        && (authorized.line != adverse.line || authorized.from > authorized.to)
    {
        return Err(Refusal::BadApproval(adverse.line));
    }
    let prior = case.line(adverse.line).and_then(|line| line.prior.as_deref());
    if let Some(prior) = prior
        && matches!(prior.decision, Decision::Approved { .. })
    {
        let rule = context.authority.reopen(case.request.cover.line_of_business, prior.cause);
        if !rule.is_some_and(|rule| rule.approval_may_turn) {
            return Err(Refusal::ApprovalStands(adverse.line));
        }
    }
    Ok(())
}
