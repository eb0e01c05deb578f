//! A criterion in plain words, asked of a note without a language model.
//!
//! Most criteria of the world are not computable text; this answers the few kinds that are (age, sex, agreement to take part, one named
//! condition, a condition nobody mentions) and leaves the rest unknown. It is measured on TrialGPT's criteria (`score::trial`); coverage
//! policies are never decided by it, they have their CQL.
//!
//! ```
//! use text::criterion::{Answer, Note, Silence, judge};
//! let lexicon = text::Lexicon::from_bytes(text::lexicon::Builder::new().finish())?;
//! let note = Note::read(&lexicon, "A 58-year-old woman comes with chest pain.")?;
//! assert_eq!(judge(&note, "Age 25 to 65 years", Silence::Unknown).answer, Answer::Met);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod age;
pub mod person;

use crate::fact::{Fact, Kind};
use crate::rank::words::{fields, stem, stems};
use crate::read::TooLong;
use crate::{Input, Lexicon, Reading, Span};
use person::{Person, Sex};
use std::collections::BTreeSet;

/// What a note says of a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// What the criterion says holds of the patient.
    Met,
    /// It does not.
    NotMet,
    /// The note does not tell, or not in a way that can be read without doubt.
    Unknown,
}

/// What it means that a note is silent about a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Silence {
    /// Nothing: the answer stays unknown. So it is everywhere in Avedis.
    Unknown,
    /// The condition is absent, as annotators of trials read an exclusion: who writes a note would have named it.
    Absent,
}

/// Which rule answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// The age told.
    Age,
    /// The sex told.
    Sex,
    /// Consent or compliance told.
    Agreement,
    /// A fact of the note with the criterion's concept.
    Concept,
    /// The note is silent ([`Silence::Absent`] only).
    Silence,
    /// None.
    None,
}

/// An answer with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The answer.
    pub answer: Answer,
    /// The rule that gave it.
    pub rule: Rule,
    /// The words of the note it rests on; empty for silence and for unknown.
    pub evidence: Vec<Span>,
}

impl Judgement {
    fn new(answer: Answer, rule: Rule, evidence: Vec<Span>) -> Judgement {
        Judgement { answer, rule, evidence }
    }
}

/// A note made ready to be asked.
#[derive(Debug)]
pub struct Note<'a> {
    text: &'a str,
    lexicon: &'a Lexicon,
    reading: Reading,
    person: Person,
    stems: BTreeSet<String>,
}

impl<'a> Note<'a> {
    /// Reads a note.
    ///
    /// # Errors
    /// [`TooLong`], see [`crate::read()`].
    pub fn read(lexicon: &'a Lexicon, text: &'a str) -> Result<Note<'a>, TooLong> {
        let reading = crate::read(lexicon, &Input { text, ..Input::default() })?;
        let mut all = BTreeSet::new();
        stems(text, |s| _ = all.insert(s.to_owned()));
        Ok(Note { text, lexicon, reading, person: person::of(text), stems: all })
    }
}

/// Asks a note about a criterion.
#[must_use]
pub fn judge(note: &Note<'_>, criterion: &str, silence: Silence) -> Judgement {
    let asked = Asked::of(note.lexicon, criterion);
    let rules = [by_person, by_agreement, by_concept];
    let unknown = || Judgement::new(Answer::Unknown, Rule::None, Vec::new());
    rules.iter().find_map(|rule| rule(note, &asked)).unwrap_or_else(|| match silence {
        Silence::Absent if silent(note, &asked) => Judgement::new(Answer::NotMet, Rule::Silence, Vec::new()),
        _ => unknown(),
    })
}

/// A criterion made ready.
struct Asked {
    lower: String,
    stems: BTreeSet<String>,
    facts: Vec<Fact>,
    text: String,
}

impl Asked {
    fn of(lexicon: &Lexicon, criterion: &str) -> Asked {
        let cut = (0..=criterion.len().min(4096)).rev().find(|i| criterion.is_char_boundary(*i)).unwrap_or(0);
        let text = criterion[..cut].to_owned();
        let mut all = BTreeSet::new();
        stems(&text, |s| _ = all.insert(s.to_owned()));
        let facts = crate::read(lexicon, &Input { text: &text, ..Input::default() }).map(|r| r.facts).unwrap_or_default();
        Asked { lower: text.to_lowercase(), stems: all, facts, text }
    }

    fn says(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.stems.contains(stem(word)))
    }

    /// Words that none of the given ones explains.
    fn besides<'s>(&'s self, words: &'s [&str]) -> impl Iterator<Item = &'s String> {
        self.stems.iter().filter(move |s| !words.iter().any(|w| stem(w) == s.as_str()))
    }
}

/// Words of age, sex and of criteria in general, which ask for nothing else.
const PERSON: [&str; 40] = [
    "age",
    "aged",
    "old",
    "older",
    "year",
    "yr",
    "yo",
    "adult",
    "male",
    "female",
    "man",
    "men",
    "woman",
    "women",
    "boy",
    "girl",
    "sex",
    "gender",
    "greater",
    "less",
    "equal",
    "younger",
    "above",
    "below",
    "inclusive",
    "included",
    "entry",
    "time",
    "signing",
    "sign",
    "informed",
    "consent",
    "form",
    "month",
    "day",
    "least",
    "between",
    "range",
    "minimum",
    "maximum",
];

/// Age and sex, where nothing else is asked.
fn by_person(note: &Note<'_>, asked: &Asked) -> Option<Judgement> {
    let range = age::range(&asked.text);
    let sexes: Vec<Sex> =
        asked.lower.split(|c: char| !c.is_alphanumeric()).filter_map(|w| person::sex(w.strip_suffix('s').unwrap_or(w))).collect();
    let only = match (sexes.contains(&Sex::Female), sexes.contains(&Sex::Male)) {
        (true, false) => Some(Sex::Female),
        (false, true) => Some(Sex::Male),
        _ => None,
    };
    if range.is_none() && sexes.is_empty() {
        return None;
    }
    let plain = asked.besides(&PERSON).next().is_none();
    let mut evidence = Vec::new();
    if let Some(range) = range {
        let (days, span) = note.person.age_days?;
        if !range.holds(days) {
            // A condition joined by "and" fails with any of its parts.
            return plain.then(|| Judgement::new(Answer::NotMet, Rule::Age, vec![span]));
        }
        evidence.push(span);
    }
    if !sexes.is_empty() {
        let (sex, span) = note.person.sex?;
        if only.is_some_and(|only| only != sex) {
            return plain.then(|| Judgement::new(Answer::NotMet, Rule::Sex, vec![span]));
        }
        evidence.push(span);
    }
    plain.then(|| Judgement::new(Answer::Met, if range.is_some() { Rule::Age } else { Rule::Sex }, evidence))
}

/// Words that ask whether the patient takes part.
const AGREES: [&str; 10] =
    ["consent", "willing", "willingness", "voluntary", "comply", "compliance", "compliant", "adherence", "refusal", "unwilling"];

/// Words that turn such a criterion round.
const REFUSES: [&str; 12] = [
    "refuse",
    "refusal",
    "refused",
    "unable",
    "unwilling",
    "inability",
    "lack",
    "difficulty",
    "failure",
    "noncompliance",
    "fail",
    "decline",
];

/// Consent and compliance: what the note says in one plain sentence.
fn by_agreement(note: &Note<'_>, asked: &Asked) -> Option<Judgement> {
    let opposed = asked.lower.contains("not sign")
        || asked.lower.contains("no written")
        || asked.lower.contains("not able")
        || asked.lower.contains("not will")
        || asked.lower.contains("none consent")
        || asked.says(&REFUSES);
    let mixed = asked.says(&["pregnant", "pregnancy", "contraception", "minor", "prisoner", "investigator", "judgment"])
        || age::range(&asked.text).is_some();
    if !asked.says(&AGREES) || mixed {
        return None;
    }
    let said = note.reading.sentences.iter().map(|s| s.span).find(|span| {
        let mut words = BTreeSet::new();
        stems(span.of(note.text), |s| _ = words.insert(s.to_owned()));
        let lower = span.of(note.text).to_lowercase();
        let agrees = ["consent", "comply", "willing", "voluntary"].iter().any(|w| words.contains(stem(w)));
        let refuses = REFUSES.iter().any(|w| words.contains(stem(w))) && !lower.contains("without any");
        agrees && !refuses && !lower.contains("not consent") && !lower.contains("not compl") && !lower.contains("not will")
    })?;
    Some(Judgement::new(if opposed { Answer::NotMet } else { Answer::Met }, Rule::Agreement, vec![said]))
}

/// Words around a condition that ask for nothing more than the condition.
const PLAIN: [&str; 22] = [
    "diagnosis",
    "diagnosed",
    "clinical",
    "history",
    "medical",
    "documented",
    "confirmed",
    "presence",
    "present",
    "evidence",
    "current",
    "previous",
    "prior",
    "past",
    "suffering",
    "active",
    "suspected",
    "disease",
    "disorder",
    "condition",
    "having",
    "use",
];

/// One condition, and a fact of the note with the same concept.
fn by_concept(note: &Note<'_>, asked: &Asked) -> Option<Judgement> {
    let concepts: Vec<&Fact> = asked.facts.iter().filter(|f| matches!(f.kind, Kind::Problem | Kind::Finding)).collect();
    let first = concepts.first()?;
    let one = concepts.iter().all(|f| same(f, first));
    let turned = concepts.iter().any(|f| f.axes.negated || f.axes.family);
    let mut named = BTreeSet::new();
    concepts.iter().for_each(|f| stems(f.span.of(&asked.text), |s| _ = named.insert(s.to_owned())));
    let plain = asked.besides(&PLAIN).all(|s| named.contains(s));
    if !one || turned || !plain {
        return None;
    }
    let met: Vec<&Fact> = note.reading.facts.iter().filter(|f| same(f, first)).collect();
    let spans = |facts: &[&Fact]| facts.iter().map(|f| f.extent).collect::<Vec<_>>();
    let affirmed: Vec<&Fact> = met.iter().copied().filter(|f| f.axes.affirmed()).collect();
    let negated: Vec<&Fact> = met.iter().copied().filter(|f| f.axes.negated && !f.axes.family).collect();
    match (affirmed.is_empty(), negated.is_empty()) {
        (false, true) => Some(Judgement::new(Answer::Met, Rule::Concept, spans(&affirmed))),
        (true, false) => Some(Judgement::new(Answer::NotMet, Rule::Concept, spans(&negated))),
        _ => None,
    }
}

/// The same concept, by name or by a code both have.
fn same(a: &Fact, b: &Fact) -> bool {
    a.name.eq_ignore_ascii_case(&b.name) || a.codes.iter().any(|code| b.codes.contains(code))
}

/// What a note is silent about for other reasons than absence: what only a test or a question would show, and what is not of medicine.
const NOT_TOLD: [&str; 66] = [
    "pregnant",
    "pregnancy",
    "lactating",
    "nursing",
    "breast",
    "breastfeeding",
    "childbearing",
    "contraception",
    "contraceptive",
    "weight",
    "bmi",
    "kg",
    "study",
    "trial",
    "enrolled",
    "enrollment",
    "participation",
    "participant",
    "investigator",
    "protocol",
    "opinion",
    "screening",
    "positive",
    "contraindication",
    "contraindicated",
    "speak",
    "insurance",
    "registered",
    "guardianship",
    "plan",
    "planned",
    "intent",
    "move",
    "survive",
    "birth",
    "estimated",
    "classification",
    "score",
    "eligible",
    "available",
    "sample",
    "abnormal",
    "vaccination",
    "vaccine",
    "smoking",
    "smoker",
    "tobacco",
    "cigarette",
    "alcohol",
    "drunk",
    "interfere",
    "visible",
    "test",
    "testing",
    "laboratory",
    "culture",
    "ecg",
    "telemetry",
    "troponin",
    "radiographic",
    "radiography",
    "risk",
    "recruit",
    "inability",
    "undergo",
    "implement",
];

/// Conditions and treatments by words that stand in no list of terms alone.
const NAMED: [&str; 33] = [
    "dysfunction",
    "failure",
    "insufficiency",
    "impairment",
    "malignancy",
    "cancer",
    "dialysis",
    "hemodialysis",
    "allergy",
    "hypersensitivity",
    "intolerance",
    "transplant",
    "irradiation",
    "chemotherapy",
    "antineoplastic",
    "anticoagulation",
    "psychotherapy",
    "electroconvulsive",
    "amputation",
    "psychosis",
    "psychotic",
    "antibiotic",
    "antibacterial",
    "steroid",
    "corticosteroid",
    "antidepressant",
    "infection",
    "bleeding",
    "neutropenic",
    "malnourished",
    "immunosuppressive",
    "tricyclic",
    "expectancy",
];

/// A named condition, treatment or substance of which the note has no word.
fn silent(note: &Note<'_>, asked: &Asked) -> bool {
    let sort =
        |f: &&Fact| !f.axes.negated && matches!(f.kind, Kind::Problem | Kind::Finding | Kind::Medication | Kind::Procedure);
    let facts = asked.facts.iter().filter(sort).count();
    let threshold =
        asked.lower.contains(['<', '>', '≤', '≥']) || asked.lower.contains("less than") || asked.lower.contains("greater than");
    let organ = asked.says(&["dysfunction", "failure", "insufficiency", "impairment", "impaired"]);
    let named = facts > 0 || organ || asked.says(&NAMED) && !threshold;
    if !named || asked.says(&NOT_TOLD) {
        return false;
    }
    let shared = asked.facts.iter().any(|f| note.reading.facts.iter().any(|n| same(f, n)));
    let touched = asked.besides(&PLAIN).any(|s| note.stems.contains(s) && about_medicine(s));
    !shared && !touched
}

/// A word of a field of medicine; words of age, agreement, doses, time and places join what has nothing to do with one another.
fn about_medicine(stem: &str) -> bool {
    const GENERAL: [&str; 7] = ["age", "agree", "dose", "device", "visit", "hospital", "alone"];
    let general = |field: &u16| GENERAL.iter().any(|word| fields(crate::rank::words::stem(word)).contains(field));
    fields(stem).iter().any(|field| !general(field))
}
