//! How sentences are read with the shipped lexicon: the marked words and what is said of them.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use text::{Axes, Span};

/// The axes of the words between `[` and `]`, by their first letters: Negated, Uncertain, hYpothetical, Historical, Family, Conditional.
fn axes(marked: &str) -> String {
    let (start, end) = (marked.find('[').unwrap(), marked.find(']').unwrap() - 1);
    let plain = marked.replace(['[', ']'], "");
    let lexicon = lexicon::builtin().unwrap();
    let scanned = text::scan::scan(&plain, &lexicon);
    let (axes, cues) = text::assertion::axes_of(&scanned, Span::new(start, end));
    assert!(cues.iter().all(|cue| !cue.span.of(&plain).is_empty()));
    let Axes { negated, uncertain, hypothetical, historical, family, conditional } = axes;
    let all = [(negated, 'N'), (uncertain, 'U'), (hypothetical, 'Y'), (historical, 'H'), (family, 'F'), (conditional, 'C')];
    all.iter().filter(|(set, _)| *set).map(|(_, letter)| *letter).collect()
}

#[test]
fn sentences() {
    for (sentence, wanted) in [
        ("He denies [chest pain].", "N"),
        ("No evidence of [pneumonia], effusion or edema.", "N"),
        ("No evidence of pneumonia, effusion or [edema].", "N"),
        ("No fever but [cough] persists.", ""),
        ("[Pulmonary embolism] was ruled out.", "N"),
        ("[Pneumonia] cannot be ruled out.", "U"),
        ("Possible [sleep apnea].", "U"),
        ("Rule out [myocardial infarction].", "U"),
        ("No increase in [dyspnea].", ""),
        ("Gram negative [bacteremia] on admission.", ""),
        ("History of [stroke] in 2019.", "H"),
        ("Status post [appendectomy].", "H"),
        ("Mother had [diabetes].", "F"),
        ("Return if [fever] develops.", "Y"),
        ("[Dyspnea] on exertion.", "C"),
        ("PAST MEDICAL HISTORY: [Hypertension].", "H"),
        ("FAMILY HISTORY: [Breast cancer].", "F"),
        ("COMPLICATIONS: None\nPOSTOPERATIVE DIAGNOSIS: [Hiatal hernia].", ""),
        ("She has [osteoarthritis] of the knee.", ""),
    ] {
        assert_eq!(axes(sentence), wanted, "{sentence}");
    }
}

#[test]
fn a_note_gives_facts_with_codes_at_their_place() {
    let lexicon = lexicon::builtin().unwrap();
    let note = "ASSESSMENT:\nChronic obstructive pulmonary disease.\nDenies hemoptysis. Takes Humira.";
    let reading = text::read(&lexicon, &text::Input { text: note, ..text::Input::default() }).unwrap();
    let seen: Vec<(&str, bool, Option<&str>)> =
        reading.facts.iter().map(|f| (f.span.of(note), f.axes.negated, f.codes.first().map(|c| c.code.as_str()))).collect();
    assert!(seen.iter().any(|s| s.0 == "Chronic obstructive pulmonary disease" && !s.1 && s.2 == Some("J44.9")), "{seen:?}");
    assert!(seen.iter().any(|s| s.0 == "hemoptysis" && s.1), "{seen:?}");
    assert!(seen.iter().any(|s| s.0 == "Humira"), "{seen:?}");
    assert_eq!(reading.lexicon, lexicon.hash());
}
