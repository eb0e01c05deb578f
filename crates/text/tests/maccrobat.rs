//! The case reports of MACCROBAT keep their scores. Skipped where the labelled data is not at hand.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::path::PathBuf;
use text::lexicon::Builder;
use text::score::maccrobat::{Outcome, score};

fn folder() -> PathBuf {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    std::env::var_os("AVEDIS_SHARED").map_or_else(beside, PathBuf::from).join("data/nlp/maccrobat")
}

#[test]
fn scores_hold() {
    let Ok(entries) = std::fs::read_dir(folder()) else {
        println!("skipped: no labelled data at {}", folder().display());
        return;
    };
    // Numbers, times and doses are read without any term of medicine.
    let lexicon = text::Lexicon::from_bytes(Builder::new().finish()).unwrap();
    let mut outcome = Outcome::default();
    let mut files: Vec<PathBuf> =
        entries.map(|e| e.unwrap().path()).filter(|f| f.extension().is_some_and(|e| e == "txt")).collect();
    files.sort();
    for file in &files {
        let (Ok(text), Ok(labels)) = (std::fs::read_to_string(file), std::fs::read_to_string(file.with_extension("ann"))) else {
            continue;
        };
        score(&text, &labels, &lexicon, &mut outcome);
    }
    for (kind, c) in &outcome.by_kind {
        println!(
            "{kind:10} {:4} labels, recall: exact {:.3}, covered {:.3}, overlap {:.3}; read {:5}, precision {:.3}",
            c.labels,
            c.recall(c.exact),
            c.recall(c.covered),
            c.recall(c.overlap),
            c.read,
            c.precision()
        );
    }
    let wanted = std::env::var("MISSED").unwrap_or_default();
    for (_, label, read, around) in outcome.missed.iter().filter(|m| m.0 == wanted) {
        println!("{label:?} read {read:?} in {around:?}");
    }
    for (_, read) in outcome.extra.iter().filter(|m| format!("extra {}", m.0) == wanted) {
        println!("{read:?}");
    }
    let of = |kind: &str| outcome.by_kind[kind];
    assert!(of("Lab_value").recall(of("Lab_value").exact) >= 0.85, "laboratory values at the same characters");
    assert!(of("Dosage").recall(of("Dosage").exact) >= 0.85, "dosages at the same characters");
    assert!(of("Duration").recall(of("Duration").overlap) >= 0.95, "durations that share a character");
}
