//! Notes to one FHIR Bundle.

use crate::apart::{Apart, Why, addressed};
use crate::note::Note;
use crate::people::People;
use crate::provenance::{self, Place, mark};
use crate::resource::{self, Shared};
use crate::statement::{Gives, Statement};
use base::Phi;
use serde_json::{Value, json};
use text::scan::Scanned;
use text::{Axes, Input, Kind, Lexicon, Reading, Span};

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
        writer.statements(&read.note, &scanned, statements, author.or(people.sender.as_deref()), people);
    }
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": writer.entries});
    Derived { bundle: bundle.to_string().into_bytes(), resources: writer.entries.len(), apart: writer.apart }
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

    fn statements(
        &mut self,
        note: &Note,
        scanned: &Scanned<'_>,
        statements: &[Statement],
        author: Option<&str>,
        people: &People,
    ) {
        for statement in statements {
            let mut met: Vec<_> = statement.words.iter().flat_map(|pattern| pattern.find(scanned)).collect();
            met.sort_by_key(|one| (one.span.start, std::cmp::Reverse(one.span.end)));
            let mut last = 0;
            for one in met {
                if one.span.start < last {
                    continue;
                }
                last = one.span.end;
                let page = text::read::page_of(&note.opened.pages, one.span.start);
                // A cue whose negating word is a word of the statement is part of it ("is [not explained by ...]", not "not [on insulin]").
                let (_, mut cues) = text::assertion::axes_of(scanned, one.span);
                cues.retain(|cue| !own(cue.span, one.span, scanned.text));
                let axes = axes(&cues);
                let sentence = scanned.layout.sentences[one.sentence];
                let why = if addressed(sentence.span.of(scanned.text)) { Some(Why::Addressed) } else { Why::of(axes) };
                if let Some(why) = why {
                    self.set_apart(note, one.span, page, why);
                    continue;
                }
                let Some(answer) = answer(&statement.gives, one.number, axes) else { continue };
                let span = cues.iter().filter(|c| sentence.span.contains(c.span)).fold(one.span, |all, cue| all.join(cue.span));
                let place =
                    Place { span, page, quality: quality(note, one.span), section: sentence.section, cues: &cues, fuzzy: false };
                let mut form = json!({
                    "resourceType": "QuestionnaireResponse", "status": "completed",
                    "item": [{"linkId": statement.item, "text": provenance::quoted(span, scanned.text), "answer": [answer]}],
                });
                if let Some(author) = author {
                    form["author"] = json!({"reference": author});
                }
                if let Some(patient) = &people.patient {
                    form["subject"] = json!({"reference": patient});
                }
                if let Some(day) = note.written().filter(|day| day.day().is_some()) {
                    form["authored"] = json!(day.to_string());
                }
                self.push(form, note, &place, &statement.item);
            }
        }
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
fn extent(fact: &text::Fact, scanned: &Scanned<'_>) -> Span {
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

fn answer(gives: &Gives, number: Option<rust_decimal::Decimal>, axes: Axes) -> Option<Value> {
    match gives {
        Gives::Yes => Some(json!({"valueBoolean": !axes.negated})),
        _ if axes.negated => None,
        Gives::Number => {
            let number: Value = serde_json::from_str(&number?.to_string()).ok()?;
            Some(json!({"valueDecimal": number}))
        }
        Gives::Code(code) => Some(json!({"valueCoding": {"code": code}})),
    }
}

/// The lowest confidence of the words under a span.
fn quality(note: &Note, span: Span) -> u8 {
    let words = &note.opened.words;
    let from = words.partition_point(|w| w.span.end <= span.start);
    words[from..].iter().take_while(|w| w.span.start < span.end).map(|w| w.quality).min().unwrap_or(note.opened.quality)
}
