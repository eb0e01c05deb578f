//! Asking a policy about a record.

use base::{Phi, Timestamp};
use case::Truth;
use case::finding::{Evidence, Finding, Findings, MissingSet, PolicyRef};

use crate::line::LineFacts;
use crate::logic::{About, Answer, ENGINE, Rest};
use crate::missing::{self, Bounds};
use crate::policy::{Policy, Scope};
use crate::record::Record;
use crate::says;
use crate::signature::Signatures;

/// The policy does not answer for this line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("policy {policy} does not answer for this code, date of service, line of business and certification")]
pub struct NotInScope {
    /// The policy asked.
    pub policy: String,
}

/// Met, not met or unknown for every criterion of the scope that answers for the line, with evidence, and what is missing.
///
/// Pure: the same policy, record, facts and `now` give the same findings, byte for byte when serialised.
/// A criterion the record does not speak of is unknown, and so is one on which the record contradicts itself.
/// `now` is what CQL's `Now()` and `Today()` say; the library's policies use the day of receipt instead.
///
/// # Errors
/// [`NotInScope`] when no scope of the policy answers for the line ([`crate::Library::policy_for`] chooses one that does).
pub fn evaluate(
    policy: &Policy,
    record: &Record,
    facts: &LineFacts,
    now: Timestamp,
    signatures: &Signatures,
) -> Result<Findings, NotInScope> {
    let scope = policy.scope_for(&facts.selection()).ok_or_else(|| NotInScope { policy: policy.id.clone() })?;
    let limits: Vec<_> = policy.limits_for(&facts.code.code).collect();
    let answers = policy.logic.answers(&About { record, facts, limits: &limits, now }, &scope.questions);
    Ok(assembled(policy, scope, record, &answers, facts, signatures))
}

/// Findings from the answers to a scope's questions.
pub(crate) fn assembled(
    policy: &Policy,
    scope: &Scope,
    record: &Record,
    answers: &[Answer],
    facts: &LineFacts,
    signatures: &Signatures,
) -> Findings {
    let criteria = findings(policy, scope, record, answers);
    let mut truths = vec![Truth::Unknown; policy.criteria.len()];
    for (node, answer) in scope.tree.iter().zip(answers) {
        truths[node.criterion] = answer.truth;
    }
    Findings {
        line: facts.sequence,
        policy: reference(policy, scope, signatures),
        date_of_service: facts.date_of_service,
        engine: ENGINE.to_owned(),
        root: answers.first().map_or(Truth::Unknown, |answer| answer.truth),
        criteria,
        missing: missing_sets(policy, scope, &truths),
        reading: None,
    }
}

/// The policy version as a finding names it.
fn reference(policy: &Policy, scope: &Scope, signatures: &Signatures) -> PolicyRef {
    PolicyRef {
        id: policy.id.clone(),
        version: scope.version.clone(),
        hash: policy.hash,
        source: policy.meta.sources.join("; "),
        signed: policy.signature.is_some() || signatures.of(&policy.hash).is_some(),
    }
}

fn findings(policy: &Policy, scope: &Scope, record: &Record, answers: &[Answer]) -> Vec<Finding> {
    let mut rendered = Rendered::of(record);
    let bases = bases(scope, answers);
    let rows = scope.tree.iter().zip(answers).zip(&bases);
    rows.map(|((node, answer), rests_on)| {
        let criterion = &policy.criteria[node.criterion];
        Finding {
            id: criterion.id.clone(),
            parent: node.parent.map(|parent| policy.criteria[parent].id.clone()),
            title: criterion.title.clone(),
            citation: criterion.citation.clone(),
            truth: answer.truth,
            evidence: rendered.all(rests_on),
            text: None,
        }
    })
    .collect()
}

/// What each criterion rests on. A group rests on what those of its children rest on that have the group's own truth.
fn bases(scope: &Scope, answers: &[Answer]) -> Vec<Vec<Rest>> {
    let mut bases: Vec<Vec<Rest>> = answers.iter().map(|answer| answer.rests_on.iter().rev().copied().collect()).collect();
    // Parents stand before children, so a walk from the end sees every child before its parent. Lists stand back to front until then.
    for child in (0..bases.len()).rev() {
        bases[child].reverse();
        let Some(parent) = scope.tree[child].parent else { continue };
        let Some(parent) = scope.tree[..child].iter().rposition(|node| node.criterion == parent) else { continue };
        if answers[parent].truth == answers[child].truth {
            let (before, after) = bases.split_at_mut(child);
            for rest in after[0].iter().rev() {
                before[parent].retain(|known| known != rest);
                before[parent].push(*rest);
            }
        }
    }
    bases
}

/// What the parts of a record say, rendered once for all criteria.
pub(crate) struct Rendered<'r> {
    record: &'r Record,
    known: Vec<(Rest, Evidence)>,
}

impl<'r> Rendered<'r> {
    pub(crate) fn of(record: &'r Record) -> Self {
        Self { record, known: Vec::new() }
    }

    fn one(&mut self, rest: Rest) -> &Evidence {
        let index = match self.known.iter().position(|(known, _)| *known == rest) {
            Some(index) => index,
            None => {
                let (resource, value) = self.record.at(rest.resource);
                let said = says::says(&resource.kind, &value, &value.document().value(rest.part));
                let quote = if self.record.is_text(rest.resource) { crate::weigh::quote(&value) } else { None };
                let evidence = Evidence { resource: resource.name(), elements: said.elements, says: Phi::new(said.text), quote };
                self.known.push((rest, evidence));
                self.known.len() - 1
            }
        };
        &self.known[index].1
    }

    /// One piece of evidence for each resource, with every part the answer rests on.
    pub(crate) fn all(&mut self, rests_on: &[Rest]) -> Vec<Evidence> {
        let mut out: Vec<(usize, Evidence)> = Vec::with_capacity(rests_on.len());
        for rest in rests_on {
            let one = self.one(*rest);
            match out.iter_mut().find(|(index, _)| *index == rest.resource) {
                Some((_, known)) => {
                    known.elements.extend(one.elements.iter().cloned());
                    known.says = Phi::new(format!("{}; {}", known.says.expose(), one.says.expose()));
                }
                None => out.push((rest.resource, one.clone())),
            }
        }
        out.into_iter().map(|(_, evidence)| evidence).collect()
    }
}

/// The smallest sets of answers that would make the root met, in words.
fn missing_sets(policy: &Policy, scope: &Scope, truths: &[Truth]) -> Vec<MissingSet> {
    let cost = |atom: usize| policy.criteria[atom].cost.max(1);
    let sets = missing::smallest(&scope.formula, truths, &cost, &Bounds::default());
    let set_of = |set: Vec<missing::Answer>| MissingSet {
        criteria: set.iter().map(|answer| id_of(policy, *answer)).collect(),
        asks: set.iter().map(|answer| ask_of(policy, *answer)).collect(),
    };
    sets.into_iter().map(set_of).collect()
}

fn id_of(policy: &Policy, answer: missing::Answer) -> String {
    let id = &policy.criteria[answer.atom].id;
    if answer.met { id.clone() } else { format!("not {id}") }
}

fn ask_of(policy: &Policy, answer: missing::Answer) -> String {
    let criterion = &policy.criteria[answer.atom];
    match (answer.met, criterion.ask_not.is_empty()) {
        (true, _) => criterion.ask.clone(),
        (false, false) => criterion.ask_not.clone(),
        (false, true) => format!("A statement that this does not apply: {}", criterion.title),
    }
}
