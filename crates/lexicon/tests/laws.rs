//! Laws of reading, with the shipped lexicon, over any text: evidence stands where it says, and the same text gives the same reading.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

use proptest::prelude::*;
use std::sync::LazyLock;
use text::{Fact, Input, Lexicon, Span};

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| lexicon::builtin().unwrap());

/// Every span a fact points at.
fn spans(fact: &Fact) -> Vec<Span> {
    let mut all = vec![fact.span, fact.extent];
    all.extend(fact.cues.iter().map(|c| c.span));
    all.extend(fact.value.iter().map(|v| v.span));
    all.extend(fact.when.iter().map(|w| w.span));
    all.extend(fact.sig.iter().flat_map(|s| s.spans.iter().copied()));
    all.extend(fact.therapy.iter().flat_map(|t| [Some(t.cue), t.reason, t.lasted.as_ref().map(|l| l.1)]).flatten());
    all
}

fn check(text: &str) {
    let input = Input { text, ..Input::default() };
    let reading = text::read(&LEXICON, &input).unwrap();
    for fact in &reading.facts {
        assert!(!fact.span.is_empty() && fact.extent.contains(fact.span), "{fact:?}");
        for span in spans(fact) {
            assert!(span.start <= span.end, "{fact:?}");
            let surface = text.get(span.range());
            assert_eq!(surface, Some(span.of(text)), "{fact:?}");
        }
        let sentence = reading.sentences[fact.sentence as usize].span;
        assert!(sentence.contains(fact.span), "{fact:?}");
    }
    assert!(reading.facts.is_sorted_by_key(|f| f.span));
    for pair in reading.sentences.windows(2) {
        assert!(pair[0].span.end <= pair[1].span.start);
    }
    let again = text::read(&LEXICON, &input).unwrap();
    assert_eq!(serde_json::to_vec(&again).unwrap(), serde_json::to_vec(&reading).unwrap());
}

/// Pieces of notes: names, cues, headings, outcomes, values, marks, and what scanners leave behind.
const PIECES: [&str; 60] = [
    "chest pain",
    "hypertension",
    "HYPERTENSION",
    "methotrexate",
    "Humira 40 mg SC q2wk",
    "sleep apnea",
    "denies",
    "no",
    "No",
    "not",
    "without",
    "failed",
    "has failed",
    "intolerant to",
    "discontinued due to",
    "rash",
    "for 6 weeks",
    "x 3 months",
    "but",
    "then",
    "possible",
    "rule out",
    "history of",
    "mother",
    "if",
    "on exertion",
    "PAST MEDICAL HISTORY:",
    "FAMILY HISTORY:",
    "Plan:",
    "ALLERGIES:",
    "A1c 8.2%",
    "BP 120/80",
    "BMI",
    "= 41",
    ">=",
    "< 7",
    "left",
    "bilateral",
    "severe",
    "mild to moderate",
    "in 2019",
    "03/04/2021",
    "last year",
    ":",
    "?",
    ",",
    ";",
    ".",
    "(",
    ")",
    "[ ]",
    "[x]",
    "/",
    "-",
    "\n",
    "\r\n",
    "\n\n",
    "  ",
    "\u{2610}",
    "\u{2022}",
];

proptest! {
    #[test]
    fn any_characters(text in "\\PC{0,200}") {
        check(&text);
    }

    #[test]
    fn pieces_of_notes(pieces in prop::collection::vec((0..PIECES.len(), "[ ]?|é|\u{301}|\u{feff}|¼|µ|’|–|\u{5d0}|[0-9]"), 0..40)) {
        let text: String = pieces.iter().map(|(i, noise)| format!("{}{noise} ", PIECES[*i])).collect();
        check(&text);
    }

    #[test]
    fn scanned_noise(pieces in prop::collection::vec((0..PIECES.len(), 0..12_usize, "[~|_.1lI0O ]"), 0..30)) {
        // A character of each piece is taken for another, as a scan does.
        let text: String = pieces.iter().map(|(i, at, wrong)| {
            let mut chars: Vec<char> = PIECES[*i].chars().collect();
            let at = at % chars.len();
            chars[at] = wrong.chars().next().unwrap_or(' ');
            chars.into_iter().collect::<String>() + " "
        }).collect();
        check(&text);
    }
}

#[test]
fn long_lines_without_marks_are_read_in_time() {
    // A quarter of a million words in one line: every step looks at a bounded piece at once.
    let started = std::time::Instant::now();
    check(&"denies chest pain failed methotrexate for 6 weeks ".repeat(if cfg!(debug_assertions) { 300 } else { 32_000 }));
    check(&"no. ".repeat(if cfg!(debug_assertions) { 2_000 } else { 20_000 }));
    check(&"a: ".repeat(if cfg!(debug_assertions) { 2_000 } else { 20_000 }));
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
