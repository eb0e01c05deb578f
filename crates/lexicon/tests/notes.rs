//! The labelled notes of `crates/text/tests/notes`: every file parses, every criterion exists in its policy, and ranking finds the words.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use text::score::notes::{Note, parse, ranked};

const SETS: [(&str, &str, &str); 4] = [
    ("cpap", include_str!("../../text/tests/notes/cpap.txt"), include_str!("../../../policies/ncd-240.4-cpap/policy.toml")),
    (
        "bed",
        include_str!("../../text/tests/notes/bed.txt"),
        include_str!("../../../policies/lcd-L33820-hospital-bed/policy.toml"),
    ),
    ("cgm", include_str!("../../text/tests/notes/cgm.txt"), include_str!("../../../policies/lcd-L33822-cgm/policy.toml")),
    (
        "oxygen",
        include_str!("../../text/tests/notes/oxygen.txt"),
        include_str!("../../../policies/ncd-240.2-home-oxygen/policy.toml"),
    ),
];

/// Titles of a policy's criteria: each `[[criteria]]` table has its id before its title.
fn titles(policy: &str) -> BTreeMap<&str, &str> {
    policy
        .split("[[criteria]]")
        .skip(1)
        .filter_map(|table| {
            let find = |key: &str| table.lines().find_map(|l| l.strip_prefix(key)).map(|v| v.trim_end_matches('"'));
            Some((find("id = \"")?, find("title = \"")?))
        })
        .collect()
}

/// The criteria below a root, by the parents each names.
fn below<'p>(policy: &'p str, root: &'p str) -> Vec<&'p str> {
    let tables: Vec<(&str, &str)> = policy
        .split("[[criteria]]")
        .skip(1)
        .filter_map(|table| {
            let find = |key: &str| table.lines().find_map(|l| l.strip_prefix(key));
            Some((find("id = \"")?.trim_end_matches('"'), find("parent = ").unwrap_or_default()))
        })
        .collect();
    let mut all = vec![root];
    let mut at = 0;
    while let Some(parent) = all.get(at).copied() {
        let quoted = format!("\"{parent}\"");
        for (id, parents) in &tables {
            if parents.contains(&quoted) && !all.contains(id) {
                all.push(id);
            }
        }
        at += 1;
    }
    all
}

#[test]
fn sixty_notes_are_labelled_by_criteria_that_exist() {
    let mut all = 0;
    for (name, file, policy) in SETS {
        let notes: Vec<Note> = parse(file).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
        let titles = titles(policy);
        for note in &notes {
            assert!(policy.contains(&format!("root = \"{}\"", note.scope)), "{}: no scope {}", note.id, note.scope);
            let asked = below(policy, &note.scope);
            for label in &note.labels {
                assert!(
                    asked.contains(&label.criterion.as_str()),
                    "{}: {} is not asked under {}",
                    note.id,
                    label.criterion,
                    note.scope
                );
                assert!(titles.contains_key(label.criterion.as_str()), "{}: no criterion {}", note.id, label.criterion);
                let twice = note.labels.iter().filter(|l| l.criterion == label.criterion).count();
                assert_eq!(twice, 1, "{}: {} labelled twice", note.id, label.criterion);
            }
        }
        all += notes.len();
    }
    assert_eq!(all, 60);
}

#[test]
fn ranking_finds_the_words() {
    let lexicon = lexicon::builtin().unwrap();
    for (name, file, policy) in SETS {
        let titles = titles(policy);
        let notes = parse(file).unwrap();
        let result = ranked(&notes, &lexicon, |_, criterion| titles.get(criterion).copied());
        let (first, three) = result.shares();
        println!("{name}: {} labels, hit@1 {first:.3}, hit@3 {three:.3}", result.asked);
        for (note, criterion) in &result.missed {
            println!("  missed {note} {criterion}");
        }
        assert!(three > 0.5, "{name}: hit@3 {three}");
    }
}
