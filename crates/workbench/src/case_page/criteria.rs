//! The criteria tree of each line: met, not met or unknown for every criterion, what it rests on, and what would make it true.

use super::Opened;
use super::papers::Papers;
use super::record::Record;
use crate::words::{self, Chip};
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
    /// What documents say of it beside that.
    pub text: Option<TextView>,
    /// Sentences worth a look while nothing settles it: where they stand, and their words.
    pub look: Vec<(String, String)>,
    /// Nested lists open and close around nodes: how many lists close before this one, and whether one opens.
    pub opens: bool,
    /// Lists that close after this node.
    pub closes: usize,
}

/// What documents say of a criterion.
pub(crate) struct TextView {
    /// What that counts for.
    pub chip: Chip,
    /// The words.
    pub evidence: Vec<EvidenceView>,
}

/// A piece of evidence.
pub(crate) struct EvidenceView {
    /// Where on the page; `None` when it is not shown.
    pub anchor: Option<String>,
    /// What it says.
    pub says: String,
    /// Where it was read, of the words of a document.
    pub read: String,
}

impl EvidenceView {
    fn of(evidence: &Evidence, record: &Record, papers: &Papers) -> Self {
        let Some(quote) = &evidence.quote else {
            let anchor = record.anchor(&evidence.resource).map(str::to_owned);
            return Self { anchor, says: evidence.says.expose().clone(), read: String::new() };
        };
        let mut read = format!("read in a document, page {}", quote.page);
        if quote.quality < 100 {
            read = format!("{read}, at {} %", quote.quality);
        }
        let says = format!("\u{201c}{}\u{201d}", quote.words.expose());
        Self { anchor: papers.anchor(quote).map(str::to_owned), says, read }
    }
}

/// Every line of the request.
pub(crate) fn lines(opened: &Opened<'_>, record: &Record, papers: &Papers) -> Vec<LineView> {
    let view = |line: &Line| {
        let state = opened.case.line(line.sequence);
        LineView {
            sequence: line.sequence,
            service: line.service.code.clone(),
            asked: asked(line),
            decision: state.map_or_else(|| words::decision(&Decision::Undecided), |state| words::decision(&state.decision)),
            decided: state.map(decided).unwrap_or_default(),
            policy: state.and_then(|state| state.findings.as_deref()).map(|findings| policy(findings, record, papers)),
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

fn policy(findings: &Findings, record: &Record, papers: &Papers) -> PolicyView {
    PolicyView {
        id: format!("{} {}", findings.policy.id, findings.policy.version),
        source: findings.policy.source.clone(),
        signed: findings.policy.signed,
        date_of_service: findings.date_of_service.to_string(),
        root: words::truth(findings.root),
        tree: tree(&findings.criteria, record, papers),
        missing: findings.missing.iter().map(|set| set.asks.clone()).collect(),
    }
}

/// The criteria in reading order with where nested lists open and close, so that a template without recursion can write them.
fn tree(criteria: &[Finding], record: &Record, papers: &Papers) -> Vec<Node> {
    let mut order = Vec::with_capacity(criteria.len());
    let roots = |finding: &&Finding| finding.parent.is_none();
    for root in criteria.iter().filter(roots) {
        walk(root, criteria, 0, &mut order);
    }
    let mut nodes = Vec::with_capacity(order.len());
    let shown = |all: &[Evidence]| all.iter().map(|one| EvidenceView::of(one, record, papers)).collect();
    for (n, (finding, depth)) in order.iter().enumerate() {
        let next = order.get(n + 1).map_or(0, |(_, depth)| *depth);
        nodes.push(Node {
            chip: words::truth(finding.truth),
            title: finding.title.clone(),
            citation: finding.citation.clone(),
            evidence: shown(&finding.evidence),
            text: finding
                .text
                .as_ref()
                .filter(|text| text.standing != Standing::Satisfies)
                .map(|text| TextView { chip: words::standing(text.standing, text.says), evidence: shown(&text.evidence) }),
            look: papers.lines(&finding.id).map(|(anchor, words)| (anchor.to_owned(), words.to_owned())).collect(),
            opens: next > *depth,
            closes: depth.saturating_sub(next),
        });
    }
    nodes
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
