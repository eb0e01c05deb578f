//! What came of therapies: the two hundred sentences of `crates/text/tests/data`. The first half was looked at while the words of
//! `outcomes.tsv` were collected, the second only measured.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use text::score::therapy::{Scored, parse, score};

fn scored(set: &str) -> Scored {
    let lexicon = lexicon::builtin().unwrap();
    let scored = score(&parse(set).unwrap(), &lexicon);
    for (outcome, counts) in &scored.outcomes {
        println!("{outcome}: {counts:?} F1 {:.3}", counts.f1());
    }
    println!("macro-F1 {:.3}, durations F1 {:.3}", scored.macro_f1(), scored.durations.f1());
    scored
}

#[test]
fn outcomes_of_therapies() {
    let dev = scored(include_str!("../../text/tests/data/therapy-dev.tsv"));
    assert!(dev.macro_f1() >= 0.90 && dev.durations.f1() >= 0.90, "{:?}", dev.wrong);
    let test = scored(include_str!("../../text/tests/data/therapy-test.tsv"));
    assert!(test.macro_f1() >= 0.80 && test.durations.f1() >= 0.85, "macro-F1 {}", test.macro_f1());
}
