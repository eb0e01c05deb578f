//! Notes to one FHIR Bundle.

use crate::apart::{Apart, Why, addressed};
use crate::note::Note;
use crate::pattern::Met;
use crate::people::People;
use crate::provenance::{self, Place, mark};
use crate::resource::{self, Shared};
use crate::statement::{Gives, Statement};
use base::Phi;
use serde_json::{Value, json};
use text::scan::Scanned;
use text::{Axes, Cue, Fact, Input, Kind, Lexicon, Reading, Sentence, Span};

/// A note with what was read in it.
#[derive(Debug, Clone)]
pub struct Read {
    /// The note.
    pub note: Note,
    /// Its facts.
    pub reading: Reading,
}

/// What several notes say, as FHIR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// A Bundle of type `collection`; every resource says where it stands. The same notes, lexicon and statements give the same bytes.
    pub bundle: Vec<u8>,
    /// How many resources it has.
    pub resources: usize,
    /// What is mentioned and is no evidence.
    pub apart: Vec<Apart>,
}

/// The most resources of one Bundle: text beyond that is a book, not a record.
pub const MOST_RESOURCES: usize = 20_000;

/// Reads a note.
///
/// # Errors
/// As [`text::read()`]: the text is too long.
pub fn read(lexicon: &Lexicon, note: Note) -> Result<Read, text::read::TooLong> {
    let opened = &note.opened;
    // The words of a text layer have boxes only: nothing of them was recognized.
    let words = if opened.scanned { opened.words.as_slice() } else { &[] };
    let input = Input { text: note.text(), pages: &opened.pages, words, written: note.written() };
    let reading = text::read(lexicon, &input)?;
    Ok(Read { note, reading })
}

/// What notes say of the patient, and how they answer a policy's items.
#[must_use]
pub fn bundle(notes: &[Read], lexicon: &Lexicon, statements: &[Statement], people: &People) -> Derived {
    let mut writer = Writer { entries: Vec::new(), apart: Vec::new(), lexicon: lexicon.hash() };
    for read in notes {
        let scanned = text::scan::scan(read.note.text(), lexicon);
        let author = read.note.author.as_deref().or_else(|| people.signed(read.note.text()));
        writer.facts(read, &scanned, author, people);
        let says = Says { note: &read.note, scanned: &scanned, author: author.or(people.sender.as_deref()), people };
        writer.statements(&says, statements);
        writer.coded(&says, &read.reading.facts, statements);
    }
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": writer.entries});
    Derived { bundle: bundle.to_string().into_bytes(), resources: writer.entries.len(), apart: writer.apart }
}

/// A note, its words, and who says them.
struct Says<'a, 's> {
    note: &'a Note,
    scanned: &'a Scanned<'s>,
    author: Option<&'a str>,
    people: &'a People,
}

struct Writer<'a> {
    entries: Vec<Value>,
    apart: Vec<Apart>,
    lexicon: &'a str,
}

impl Writer<'_> {
    fn facts(&mut self, read: &Read, scanned: &Scanned<'_>, author: Option<&str>, people: &People) {
        let measured: Vec<Span> = read
            .reading
            .facts
            .iter()
            .filter(|fact| fact.kind == Kind::Measurement)
            .map(|fact| fact.value.as_ref().map_or(fact.span, |value| value.span.join(fact.span)))
            .collect();
        let patient = people.patient.as_deref();
        let shared = Shared { scanned, patient, author, written: read.note.written(), measured: &measured };
        for fact in &read.reading.facts {
            match resource::of(fact, &shared) {
                Ok(resource) => {
                    let span = extent(fact, scanned);
                    let place = Place {
                        span,
                        page: fact.page,
                        quality: fact.quality,
                        section: fact.section,
                        cues: &fact.cues,
                        fuzzy: fact.fuzzy,
                    };
                    self.push(resource, &read.note, &place, "");
                }
                Err(Some(why)) => self.set_apart(&read.note, fact.span, fact.page, why),
                Err(None) => {}
            }
        }
    }

    /// Answers by words.
    fn statements(&mut self, says: &Says<'_, '_>, statements: &[Statement]) {
        let (note, scanned) = (says.note, says.scanned);
        let times = text::quantity::find(scanned, note.written()).times;
        for statement in statements {
            let mut met: Vec<_> = statement.words.iter().flat_map(|pattern| pattern.find(scanned, &times)).collect();
            met.sort_by_key(|one| (one.span.start, std::cmp::Reverse(one.span.end)));
            let mut last = 0;
            for one in met {
                if one.span.start < last {
                    continue;
                }
                last = one.span.end;
                // A cue whose negating word is a word of the statement is part of it ("is [not explained by ...]", not "not [on insulin]").
                let (_, mut cues) = text::assertion::axes_of(scanned, one.span);
                cues.retain(|cue| !own(cue.span, one.span, scanned.text));
                let mut axes = axes(&cues);
                // Unless the pattern means no itself: then a "no" before its last word denies it ("echo: no cor pulmonale").
                if let Some((inner, inner_cues)) = one.last.map(|last| text::assertion::axes_of(scanned, last))
                    && inner.negated
                    && !axes.negated
                {
                    axes.negated = true;
                    cues.extend(inner_cues.into_iter().filter(|cue| cue.axis == text::Axis::Negated));
                }
                let sentence = scanned.layout.sentences[one.sentence];
                let why = if addressed(sentence.span.of(scanned.text)) { Some(Why::Addressed) } else { Why::of(axes) };
                if let Some(why) = why {
                    self.set_apart(note, one.span, text::read::page_of(&note.opened.pages, one.span.start), why);
                    continue;
                }
                let Some(answer) = answer(&statement.gives, &one, axes) else { continue };
                self.answered(says, statement, answer, one.span, sentence, &cues);
            }
        }
    }

    /// Answers by the code of a condition that is said to be there, or not.
    fn coded(&mut self, says: &Says<'_, '_>, facts: &[Fact], statements: &[Statement]) {
        let asked: Vec<&Statement> = statements.iter().filter(|s| !s.codes.is_empty()).collect();
        for fact in facts.iter().filter(|f| matches!(f.kind, Kind::Problem | Kind::Finding) && !asked.is_empty()) {
            let Some(sentence) = says.scanned.layout.sentences.get(fact.sentence as usize).copied() else { continue };
            if Why::of(fact.axes).is_some() || fact.fuzzy || addressed(sentence.span.of(says.scanned.text)) {
                continue;
            }
            let codes = crate::codes::of(fact, fact.span.of(says.scanned.text));
            let begins =
                |prefix: &String| codes.iter().any(|c| c.system == crate::codes::ICD10CM && c.code.starts_with(prefix.as_str()));
            for statement in asked.iter().filter(|s| s.codes.iter().any(begins)) {
                self.answered(says, statement, json!({"valueBoolean": !fact.axes.negated}), fact.span, sentence, &fact.cues);
            }
        }
    }

    fn answered(
        &mut self,
        says: &Says<'_, '_>,
        statement: &Statement,
        answer: Value,
        words: Span,
        sentence: Sentence,
        cues: &[Cue],
    ) {
        let (note, text) = (says.note, says.scanned.text);
        let span = cues.iter().filter(|c| sentence.span.contains(c.span)).fold(words, |all, cue| all.join(cue.span));
        let page = text::read::page_of(&note.opened.pages, words.start);
        let place = Place { span, page, quality: quality(note, words), section: sentence.section, cues, fuzzy: false };
        let mut form = json!({
            "resourceType": "QuestionnaireResponse", "status": "completed",
            "item": [{"linkId": statement.item, "text": provenance::quoted(span, text), "answer": [answer]}],
        });
        if let Some(author) = says.author {
            form["author"] = json!({"reference": author});
        }
        if let Some(patient) = &says.people.patient {
            form["subject"] = json!({"reference": patient});
        }
        if let Some(day) = note.written().filter(|day| day.day().is_some()) {
            form["authored"] = json!(day.to_string());
        }
        self.push(form, note, &place, &statement.item);
    }

    fn push(&mut self, mut resource: Value, note: &Note, place: &Place<'_>, item: &str) {
        if self.entries.len() >= MOST_RESOURCES {
            return;
        }
        mark(&mut resource, note, place, self.lexicon);
        let opened = &note.opened;
        let kind = resource["resourceType"].as_str().unwrap_or_default().to_owned();
        let item = if item.is_empty() { String::new() } else { format!(":{item}") };
        let span = place.span;
        let url = format!("urn:avedis:text:{}:{}:{}-{}:{kind}{item}", opened.document, opened.part, span.start, span.end);
        self.entries.push(json!({"fullUrl": url, "resource": resource}));
    }

    fn set_apart(&mut self, note: &Note, span: Span, page: u32, why: Why) {
        let words = Phi::new(provenance::quoted(span, note.text()));
        let opened = &note.opened;
        self.apart.push(Apart { document: opened.document, part: opened.part, page, span, words, why });
    }
}

/// The words to show for a fact: its own, its value and its cues, as far as they stand in its sentence.
fn extent(fact: &Fact, scanned: &Scanned<'_>) -> Span {
    let Some(sentence) = scanned.layout.sentences.get(fact.sentence as usize) else { return fact.span };
    let value = fact.value.as_ref().map(|value| value.span);
    let cues = fact.cues.iter().map(|cue| cue.span);
    let whole = std::iter::once(fact.extent).chain(value).chain(cues).filter(|span| sentence.span.contains(*span));
    whole.fold(fact.span, Span::join)
}

/// Words that negate by themselves.
const NEGATING: [&str; 9] = ["not", "no", "none", "neither", "nor", "without", "cannot", "never", "unable"];

/// Does a statement hold the negating word of a cue that reaches into it?
fn own(cue: Span, statement: Span, text: &str) -> bool {
    let shared = Span { start: cue.start.max(statement.start), end: cue.end.min(statement.end) };
    cue.overlaps(statement) && shared.of(text).to_lowercase().split_whitespace().any(|word| NEGATING.contains(&word))
}

fn axes(cues: &[text::Cue]) -> Axes {
    let has = |axis: text::Axis| cues.iter().any(|cue| cue.axis == axis);
    Axes {
        negated: has(text::Axis::Negated),
        uncertain: has(text::Axis::Uncertain),
        hypothetical: has(text::Axis::Hypothetical),
        historical: has(text::Axis::Historical),
        family: has(text::Axis::Family),
        conditional: has(text::Axis::Conditional),
    }
}

fn answer(gives: &Gives, met: &Met, axes: Axes) -> Option<Value> {
    match gives {
        Gives::Yes => Some(json!({"valueBoolean": !axes.negated})),
        // Words that say no hold their own negation: "unable to operate the controls".
        Gives::No => Some(json!({"valueBoolean": false})),
        _ if axes.negated => None,
        Gives::Number => {
            let number: Value = serde_json::from_str(&met.number?.to_string()).ok()?;
            Some(json!({"valueDecimal": number}))
        }
        Gives::Date => Some(json!({"valueDate": met.date?.to_string()})),
        Gives::Code(code) => Some(json!({"valueCoding": {"code": code}})),
    }
}

/// The lowest confidence of the words under a span.
fn quality(note: &Note, span: Span) -> u8 {
    let words = &note.opened.words;
    let from = words.partition_point(|w| w.span.end <= span.start);
    words[from..].iter().take_while(|w| w.span.start < span.end).map(|w| w.quality).min().unwrap_or(note.opened.quality)
}
