//! The criteria tree of each line: met, not met or unknown for every criterion, what it rests on, and what would make it true.

use super::Opened;
use super::record::Record;
use crate::words::{self, Chip};
use case::Truth;
use case::finding::{Evidence, Finding, Findings, Standing};
use case::request::Line;
use case::state::{Decision, LineState};

/// Deepest nesting shown; policies are flatter.
const MAX_DEPTH: usize = 32;

/// A line with its decision and its criteria.
pub(crate) struct LineView {
    /// Its sequence.
    pub sequence: u32,
    /// The service's code.
    pub service: String,
    /// What was asked, in words.
    pub asked: Vec<(&'static str, String)>,
    /// The decision so far.
    pub decision: Chip,
    /// What was decided, in words.
    pub decided: Vec<(&'static str, String)>,
    /// Under which policy.
    pub policy: Option<PolicyView>,
}

/// The findings under one policy.
pub(crate) struct PolicyView {
    /// Id and version.
    pub id: String,
    /// Public source.
    pub source: String,
    /// Signed for automatic approval.
    pub signed: bool,
    /// The date of service the version was chosen by.
    pub date_of_service: String,
    /// Truth of the whole.
    pub root: Chip,
    /// The tree.
    pub tree: Vec<Node>,
    /// Ways to make the whole true: the asks of each, best first.
    pub missing: Vec<Vec<String>>,
}

/// A criterion with what is below it.
pub(crate) struct Node {
    /// Truth.
    pub chip: Chip,
    /// Title in plain words.
    pub title: String,
    /// Where the source says so.
    pub citation: String,
    /// What it rests on.
    pub evidence: Vec<EvidenceView>,
    /// What documents say of it, when that is not its own evidence.
    pub text: Option<TextView>,
    /// Nested lists open and close around nodes: how many lists close before this one, and whether one opens.
    pub opens: bool,
    /// Lists that close after this node.
    pub closes: usize,
}

/// A piece of evidence.
pub(crate) struct EvidenceView {
    /// Where it stands: in the record on this page, or in a document at its words; `None` when nothing shows it.
    pub href: Option<String>,
    /// What it says.
    pub says: String,
    /// Its words and where they stand, when it was read in a document.
    pub words: Option<(String, String)>,
}

/// What documents say of a criterion.
pub(crate) struct TextView {
    /// In a few words what that counts for.
    pub standing: &'static str,
    /// The words.
    pub evidence: Vec<EvidenceView>,
}

/// Every line of the request.
pub(crate) fn lines(opened: &Opened<'_>, record: &Record) -> Vec<LineView> {
    let view = |line: &Line| {
        let state = opened.case.line(line.sequence);
        LineView {
            sequence: line.sequence,
            service: line.service.code.clone(),
            asked: asked(line),
            decision: state.map_or_else(|| words::decision(&Decision::Undecided), |state| words::decision(&state.decision)),
            decided: state.map(decided).unwrap_or_default(),
            policy: state.and_then(|state| state.findings.as_deref()).map(|findings| policy(findings, record, opened)),
        }
    };
    opened.case.request.lines.iter().map(view).collect()
}

fn asked(line: &Line) -> Vec<(&'static str, String)> {
    let codes = |codes: &[base::Code]| codes.iter().map(|code| code.code.clone()).collect::<Vec<_>>().join(", ");
    let period = match (line.service_from, line.service_to) {
        (Some(from), Some(to)) => format!("{from} to {to}"),
        (Some(from), None) => format!("from {from}"),
        (None, Some(to)) => format!("to {to}"),
        (None, None) => "no dates given".to_owned(),
    };
    let mut out =
        vec![("Period", period), ("Quantity", words::quantity(line.quantity.as_ref())), ("Modifiers", codes(&line.modifiers))];
    out.push(("Kind", words::certification(line.certification).to_owned()));
    out.retain(|(_, text)| !text.is_empty());
    out
}

fn decided(state: &LineState) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    match &state.decision {
        Decision::Undecided | Decision::Cancelled => {}
        Decision::Approved { approval, basis } => {
            out.push(("Authorized", words::authorized(approval)));
            out.push(("Basis", super::timeline::basis(basis)));
        }
        Decision::Adverse { adverse, attestation, rationale, .. } => {
            out.extend(adverse.authorized().map(|approval| ("Authorized", words::authorized(approval))));
            out.push(("Criterion", adverse.criterion.clone()));
            out.push(("Reason code", adverse.reason.code.clone()));
            out.push(("By", format!("{}, {} {}", attestation.name, attestation.licence.kind, attestation.licence.state)));
            out.push(("Rationale", rationale.expose().clone()));
        }
    }
    if let Some(prior) = &state.prior {
        out.push(("Reopened for", words::cause(prior.cause).to_owned()));
        out.push(("Until then", words::decision(&prior.decision).word.to_owned()));
    }
    out
}

fn policy(findings: &Findings, record: &Record, opened: &Opened<'_>) -> PolicyView {
    PolicyView {
        id: format!("{} {}", findings.policy.id, findings.policy.version),
        source: findings.policy.source.clone(),
        signed: findings.policy.signed,
        date_of_service: findings.date_of_service.to_string(),
        root: words::truth(findings.root),
        tree: tree(&findings.criteria, record, opened),
        missing: findings.missing.iter().map(|set| set.asks.clone()).collect(),
    }
}

/// The criteria in reading order with where nested lists open and close, so that a template without recursion can write them.
fn tree(criteria: &[Finding], record: &Record, opened: &Opened<'_>) -> Vec<Node> {
    let mut order = Vec::with_capacity(criteria.len());
    let roots = |finding: &&Finding| finding.parent.is_none();
    for root in criteria.iter().filter(roots) {
        walk(root, criteria, 0, &mut order);
    }
    let mut nodes = Vec::with_capacity(order.len());
    for (n, (finding, depth)) in order.iter().enumerate() {
        let next = order.get(n + 1).map_or(0, |(_, depth)| *depth);
        nodes.push(Node {
            chip: words::truth(finding.truth),
            title: finding.title.clone(),
            citation: finding.citation.clone(),
            evidence: finding.evidence.iter().map(|one| evidence(one, record, opened)).collect(),
            text: finding.text.as_ref().filter(|text| text.standing != Standing::Satisfies).map(|text| TextView {
                standing: match (text.standing, text.says) {
                    (Standing::Contradicts, _) => "A document contradicts the rest of the record",
                    (_, Truth::Met) => "Suggested by a document: met",
                    (_, Truth::NotMet) => "Suggested by a document: not met",
                    (_, Truth::Unknown) => "Mentioned in a document",
                },
                evidence: text.evidence.iter().map(|one| evidence(one, record, opened)).collect(),
            }),
            opens: next > *depth,
            closes: depth.saturating_sub(next),
        });
    }
    nodes
}

fn evidence(one: &Evidence, record: &Record, opened: &Opened<'_>) -> EvidenceView {
    let says = one.says.expose().clone();
    let Some(quote) = &one.quote else {
        return EvidenceView { href: record.anchor(&one.resource).map(|anchor| format!("#{anchor}")), says, words: None };
    };
    let anchor = super::document::anchor(quote.part, quote.start);
    let href = format!("/case/{}/document/{}#{anchor}", opened.id, quote.document);
    let place = if quote.quality < 100 {
        format!("page {}, read from an image at {} %", quote.page, quote.quality)
    } else {
        format!("page {}", quote.page)
    };
    EvidenceView { href: Some(href), says, words: Some((quote.words.expose().clone(), place)) }
}

fn walk<'a>(finding: &'a Finding, all: &'a [Finding], depth: usize, order: &mut Vec<(&'a Finding, usize)>) {
    // A policy whose parents form a ring would be a fault of the library; it must not hang a page.
    if depth > MAX_DEPTH || order.len() >= all.len() {
        return;
    }
    order.push((finding, depth));
    for child in all.iter().filter(|child| child.parent.as_deref() == Some(finding.id.as_str())) {
        walk(child, all, depth + 1, order);
    }
}
