//! Asking a policy about a record and the documents with it: what was read counts as far as the policy lets it.
//!
//! The criteria are asked twice, without the documents and with them. Where the record alone settles a criterion, it stands, unless the
//! documents contradict it: then it is unknown and both are shown. Where the record is silent, words may prove the criterion if the policy
//! trusts text that far, every word was read well enough and none speaks against it; else they are a suggestion to a person. Words alone
//! never refute: "not met" from a text is a suggestion too. An answer that rests on no words that can be shown is none.

use std::collections::BTreeMap;

use base::{Phi, Timestamp};
use case::Truth;
use case::finding::{Evidence, Findings, FromText, MissingSet, Quote, Reading, Standing};
use evidence::Provenance;
use json::Value;

use crate::evaluate::{NotInScope, Rendered, assembled};
use crate::line::LineFacts;
use crate::logic::{About, Answer, Rest};
use crate::policy::{Kind, Policy, Scope, Trust};
use crate::record::Record;
use crate::signature::Signatures;

/// What was read in the documents of a request.
#[derive(Debug)]
pub struct FromDocuments<'a> {
    /// The record with the texts behind it ([`Record::with_text`]).
    pub record: &'a Record,
    /// What was read, as findings keep it.
    pub reading: Reading,
}

/// As [`crate::evaluate()`], with what was read in documents weighed by the policy's rule.
///
/// Without documents, and for a policy that does not let text count, the findings are those of [`crate::evaluate()`], byte for byte.
///
/// # Errors
/// As [`crate::evaluate()`].
pub fn evaluate_with(
    policy: &Policy,
    record: &Record,
    documents: Option<FromDocuments<'_>>,
    facts: &LineFacts,
    now: Timestamp,
    signatures: &Signatures,
) -> Result<Findings, NotInScope> {
    let Some(documents) = documents.filter(|_| policy.reads()) else {
        return crate::evaluate(policy, record, facts, now, signatures);
    };
    let scope = policy.scope_for(&facts.selection()).ok_or_else(|| NotInScope { policy: policy.id().to_owned() })?;
    let limits: Vec<_> = policy.limits_for(&facts.code.code).collect();
    let ask = |record| policy.logic.answers(&About { record, facts, limits: &limits, now }, &scope.questions);
    let (without, with) = (ask(record), ask(documents.record));
    let weighed = Weigher { policy, scope, record: documents.record }.all(without, with);
    let (answers, texts): (Vec<Answer>, Vec<Option<FromText>>) = weighed.into_iter().unzip();
    let mut findings = assembled(policy, scope, documents.record, &answers, facts, signatures);
    for (finding, text) in findings.criteria.iter_mut().zip(texts) {
        finding.text = text;
        if let Some(criterion) = policy.criteria.iter().find(|one| one.id == finding.id) {
            let text = finding.text.iter_mut().map(|text| &mut text.evidence);
            text.chain([&mut finding.evidence]).for_each(|evidence| in_order(&criterion.items, evidence));
        }
    }
    findings.reading = Some(documents.reading);
    ask_for_readable(&mut findings);
    Ok(findings)
}

/// Words that answer the criterion's own items come first, in the order of the items; what they are held against comes after.
fn in_order(items: &[String], evidence: &mut [Evidence]) {
    let place = |one: &Evidence| {
        let item = one.resource.rsplit_once(':').filter(|_| one.quote.is_some()).map(|(_, item)| item);
        item.and_then(|item| items.iter().position(|known| known == item)).unwrap_or(items.len())
    };
    if evidence.iter().any(|one| one.quote.is_some()) {
        evidence.sort_by_key(place);
    }
}

/// What is missing while a document could not be read: a readable one, said with the reason.
fn ask_for_readable(findings: &mut Findings) {
    let mut asks: Vec<String> =
        findings.unread().map(|(_, unread)| format!("A document could not be read: {}", unread.reason)).collect();
    asks.dedup();
    let Some(root) = findings.criteria.first().map(|root| root.id.clone()) else { return };
    if !asks.is_empty() && findings.root != Truth::NotMet {
        let criteria = vec![root; asks.len()];
        match findings.missing.first_mut() {
            // The best way to a decision now takes the document too; the others stay as they are.
            Some(best) => {
                best.criteria.extend(criteria);
                best.asks.extend(asks);
            }
            None => findings.missing.push(MissingSet { criteria, asks }),
        }
    }
}

struct Weigher<'a> {
    policy: &'a Policy,
    scope: &'a Scope,
    record: &'a Record,
}

type Weighed = (Answer, Option<FromText>);

impl Weigher<'_> {
    /// Every criterion of the scope: leaves by the rule, groups by what their leaves have become.
    fn all(&self, without: Vec<Answer>, with: Vec<Answer>) -> Vec<Weighed> {
        let denied = self.denied();
        let leaf = |(index, (without, with)): (usize, (Answer, Answer))| {
            let criterion = &self.policy.criteria[self.scope.tree[index].criterion];
            if criterion.kind == Kind::Group { (without, None) } else { self.leaf(index, without, &with, &denied) }
        };
        let mut weighed: Vec<Weighed> = without.into_iter().zip(with).enumerate().map(leaf).collect();
        if weighed.iter().any(|(_, text)| text.is_some()) {
            self.groups(&mut weighed);
        }
        weighed
    }

    fn leaf(&self, index: usize, without: Answer, with: &Answer, denied: &[Coded]) -> Weighed {
        let criterion = &self.policy.criteria[self.scope.tree[index].criterion];
        let trust = criterion.trust.unwrap_or(self.policy.text.trust);
        if trust == Trust::None {
            return (without, None);
        }
        let words: Vec<Rest> = with.rests_on.iter().filter(|rest| self.record.is_text(rest.resource)).copied().collect();
        let refuted = self.refuted(&without.rests_on, denied);
        let text = |standing, rests_on: &[Rest]| Some(FromText { says: with.truth, standing, evidence: self.shown(rests_on) });
        let contradicts =
            without.truth != Truth::Unknown && (with.truth != without.truth && !words.is_empty() || !refuted.is_empty());
        if contradicts {
            let both: Vec<Rest> = words.iter().chain(&refuted).copied().collect();
            let text = text(Standing::Contradicts, &both);
            return (Answer { truth: Truth::Unknown, rests_on: without.rests_on }, text);
        }
        if without.truth != Truth::Unknown || words.is_empty() {
            return (without, None);
        }
        let against = self.refuted(&words, denied);
        if !against.is_empty() {
            let both: Vec<Rest> = words.iter().chain(&against).copied().collect();
            return (without, text(Standing::Contradicts, &both));
        }
        let least = criterion.least_quality.unwrap_or(self.policy.text.least_quality);
        let well_read = words.iter().all(|rest| self.well_read(*rest, least));
        if trust == Trust::Satisfy && with.truth == Truth::Met && well_read {
            return (with.clone(), text(Standing::Satisfies, &[]));
        }
        (without, text(Standing::Suggests, &words))
    }

    fn groups(&self, weighed: &mut [Weighed]) {
        let mut truths = vec![Truth::Unknown; self.policy.criteria.len()];
        for (node, (answer, _)) in self.scope.tree.iter().zip(weighed.iter()) {
            truths[node.criterion] = answer.truth;
        }
        let leaf = |define: &str| {
            let leaves = self.scope.tree.iter().map(|node| node.criterion);
            let mut leaves = leaves.filter(|index| self.policy.criteria[*index].kind != Kind::Group);
            leaves.find(|index| self.policy.criteria[*index].define == define)
        };
        for (node, (answer, _)) in self.scope.tree.iter().zip(weighed.iter_mut()) {
            let criterion = &self.policy.criteria[node.criterion];
            if criterion.kind == Kind::Group {
                // A group that is no combination of leaves was refused at load; unknown is what is left to say.
                let formula = self.policy.logic.formula(&criterion.define, &leaf);
                answer.truth = formula.map_or(Truth::Unknown, |formula| formula.truth(&truths));
            }
        }
    }

    fn provenance(&self, rest: Rest) -> Option<Provenance> {
        Provenance::of(&self.record.at(rest.resource).1)
    }

    /// Were these words read well enough, letter by letter?
    fn well_read(&self, rest: Rest, least: u8) -> bool {
        self.provenance(rest).is_some_and(|place| place.quality >= least && !place.fuzzy)
    }

    fn shown(&self, rests_on: &[Rest]) -> Vec<Evidence> {
        Rendered::of(self.record).all(rests_on)
    }

    /// What texts deny, by its codes: refuted conditions, medications not taken, procedures not done.
    fn denied(&self) -> Vec<Coded> {
        let mut out = Vec::new();
        for (resource, value) in self.record.text() {
            let status = |key: &str| value.get(key).and_then(|status| status.as_str()).unwrap_or_default();
            let refuted = || {
                let coding = value.get("verificationStatus").and_then(|v| v.get("coding")).and_then(|coding| coding.at(0));
                coding.and_then(|coding| coding.get("code")).is_some_and(|code| code.is_str("refuted"))
            };
            let denied = match resource.kind.as_str() {
                "Condition" => refuted(),
                "MedicationStatement" => status("status") == "not-taken",
                "Procedure" => status("status") == "not-done",
                _ => false,
            };
            if let (true, Some(index)) = (denied, self.record.index_of_node(value.document(), value.id())) {
                out.push(Coded { rest: Rest { resource: index, part: value.id() }, codes: codes(&value) });
            }
        }
        out
    }

    /// What of the denied is said to be so by one of these.
    fn refuted(&self, rests_on: &[Rest], denied: &[Coded]) -> Vec<Rest> {
        if denied.is_empty() {
            return Vec::new();
        }
        let held: Vec<_> = rests_on
            .iter()
            .flat_map(|rest| {
                let (_, value) = self.record.at(rest.resource);
                codes(&value.document().value(rest.part))
            })
            .collect();
        let speaks_of = |one: &&Coded| one.codes.iter().any(|(name, code)| held.iter().any(|(n, c)| covers(name, code, n, c)));
        denied.iter().filter(speaks_of).map(|one| one.rest).collect()
    }
}

/// Something coded, and where it stands.
struct Coded {
    rest: Rest,
    codes: Vec<(String, String)>,
}

/// Every `system` and `code`, and every medication's name in lower case under an empty system, below a value.
fn codes(value: &Value<'_>) -> Vec<(String, String)> {
    let mut out = BTreeMap::new();
    collect(*value, 0, &mut out);
    out.into_keys().collect()
}

fn collect(value: Value<'_>, depth: usize, out: &mut BTreeMap<(String, String), ()>) {
    if depth > 8 || out.len() > 64 {
        return;
    }
    let text = |key: &str| value.get(key).and_then(|v| v.as_str()).map(|v| v.into_owned());
    if let (Some(system), Some(code)) = (text("system"), text("code")) {
        // What a status or a unit says is no concept that a text could deny.
        if !system.contains("condition-") && !system.contains("unitsofmeasure") && !system.starts_with("urn:avedis:") {
            out.insert((system, code), ());
        }
    }
    if let Some(display) = text("display") {
        out.insert((String::new(), display.to_lowercase()), ());
    }
    let inner = |member: &Value<'_>| member.key_raw().is_none_or(|key| key != b"extension" && key != b"meta");
    match value.kind() {
        json::Kind::Array => value.items().for_each(|item| collect(item, depth + 1, out)),
        json::Kind::Object => value.members().filter(inner).for_each(|member| collect(member, depth + 1, out)),
        _ => {}
    }
}

/// Does denying the first deny the second? The same code; of ICD-10-CM also the unspecified code of a category against the category's
/// codes ("no diabetes", E11.9, against E11.65); of names also a general name against one that begins with it.
fn covers(system: &str, code: &str, other_system: &str, other: &str) -> bool {
    if system != other_system {
        return false;
    }
    match system {
        "" => other == code || other.strip_prefix(code).is_some_and(|rest| rest.starts_with(' ')),
        evidence::codes::ICD10CM => {
            let category = code.strip_suffix(".9").or_else(|| code.strip_suffix('9').filter(|head| head.contains('.')));
            other == code
                || category.is_some_and(|category| other.starts_with(category))
                || !code.contains('.') && other.starts_with(code)
        }
        _ => other == code,
    }
}

/// Where a resource was read, for the finding that rests on it.
pub(crate) fn quote(resource: &Value<'_>) -> Option<Quote> {
    let place = Provenance::of(resource)?;
    Some(Quote {
        document: place.document,
        part: place.part,
        page: place.page,
        start: place.span.start,
        end: place.span.end,
        quality: place.quality,
        words: Phi::new(place.words.into_inner()),
    })
}

#[cfg(test)]
mod tests {
    use super::covers;
    use evidence::codes::ICD10CM;

    #[test]
    fn what_a_denial_denies() {
        for (code, other, denies) in [
            ("I10", "I10", true),
            ("E11.9", "E11.65", true),
            ("E11.65", "E11.9", false),
            ("J44.9", "J44.1", true),
            ("J44.9", "J45.901", false),
            ("E11.319", "E11.65", false),
            ("E11", "E11.65", true),
        ] {
            assert_eq!(covers(ICD10CM, code, ICD10CM, other), denies, "{code} {other}");
        }
        assert!(covers("", "insulin", "", "insulin glargine"));
        assert!(!covers("", "insulin glargine", "", "insulin"));
        assert!(!covers("http://loinc.org", "I10", ICD10CM, "I10"));
    }
}
