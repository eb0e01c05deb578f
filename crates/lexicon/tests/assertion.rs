//! How sentences are read with the shipped lexicon: the marked words and what is said of them.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use text::{Axes, Lexicon};

/// The axes of the first marked words, by their first letters: Negated, Uncertain, hYpothetical, Historical, Family, Conditional.
fn axes(lexicon: &Lexicon, marked: &str) -> String {
    let (plain, marks) = text::score::therapy::unmark(&marked.replace("\\n", "\n")).unwrap();
    let scanned = text::scan::scan(&plain, lexicon);
    let (axes, cues) = text::assertion::axes_of(&scanned, marks[0]);
    assert!(cues.iter().all(|cue| !cue.span.of(&plain).is_empty()));
    let Axes { negated, uncertain, hypothetical, historical, family, conditional } = axes;
    let all = [(negated, 'N'), (uncertain, 'U'), (hypothetical, 'Y'), (historical, 'H'), (family, 'F'), (conditional, 'C')];
    all.iter().filter(|(set, _)| *set).map(|(_, letter)| *letter).collect()
}

#[test]
fn sentences() {
    let lexicon = lexicon::builtin().unwrap();
    let table = include_str!("../../text/tests/data/assertion.tsv");
    let rows = table.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty());
    let wrong: Vec<String> = rows
        .filter_map(|row| {
            let (sentence, wanted) = row.split_once('\t').unwrap_or((row, ""));
            let said = axes(&lexicon, sentence);
            (said != wanted.trim()).then(|| format!("{sentence}: said {said:?}, wanted {wanted:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
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
