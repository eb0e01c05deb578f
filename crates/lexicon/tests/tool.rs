//! The lexicon of the program is made of the data of the repository, and what it must know is there.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use text::lexicon::{DRUG_CLASS, Role};
use text::tokens::{Class, Tokens};
use text::{Kind, Lexicon};

fn concept(lexicon: &Lexicon, term: &str) -> u32 {
    let tokens = Tokens::of(term);
    let words: Vec<&str> =
        tokens.list.iter().filter(|t| t.class != Class::Break).map(|t| tokens.normal(t)).filter(|w| *w != "-").collect();
    let entries = lexicon.term(&words);
    entries.iter().find(|e| e.role == Role::Concept).unwrap_or_else(|| panic!("{term}")).target
}

#[test]
fn the_program_carries_what_the_data_make() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    lexicon::tool::check(&data).unwrap();
    let missing = lexicon::tool::check(Path::new("no-such-folder")).unwrap_err();
    assert!(missing.to_string().starts_with("lexicon-differs"), "{missing}");
    let info = lexicon::tool::info(&lexicon::builtin().unwrap());
    assert!(info.contains("codes of http://loinc.org"), "{info}");
}

#[test]
fn terms_stand_for_their_codes() {
    let lexicon = lexicon::builtin().unwrap();
    for (term, kind, code) in [
        ("COPD", Kind::Problem, "J44.9"),
        ("OSA", Kind::Problem, "G47.33"),
        ("osteoarthritis of the right knee", Kind::Problem, "M17.11"),
        ("stage 3 pressure ulcer", Kind::Problem, "pressure-ulcer-stage-3"),
        ("wound vac", Kind::Device, "E2402"),
        ("CPAP", Kind::Device, "E0601"),
        ("home O2", Kind::Device, "E1390"),
        ("AHI", Kind::Measurement, "69990-1"),
        ("A1c", Kind::Measurement, "4548-4"),
        ("SpO2", Kind::Measurement, "59408-5"),
        ("LVEF", Kind::Measurement, "10230-1"),
        ("epidural steroid injection", Kind::Procedure, "epidural-steroid-injection"),
        ("TKA", Kind::Procedure, "total-knee-arthroplasty"),
        ("Ozempic", Kind::Medication, "glp-1-ra"),
        ("GLP-1 RA", Kind::Medication, "glp-1-ra"),
        ("naproxen", Kind::Medication, "nsaid"),
        ("metformin hydrochloride", Kind::Medication, "biguanide"),
    ] {
        let concept = concept(&lexicon, term);
        assert_eq!(lexicon.kind(concept), kind, "{term}");
        assert!(lexicon.codings(concept).any(|c| c.code == code), "{term}: {:?}", lexicon.codings(concept).collect::<Vec<_>>());
    }
}

#[test]
fn a_drug_has_every_class_it_is_in_once() {
    let lexicon = lexicon::builtin().unwrap();
    let codings: Vec<String> =
        lexicon.codings(concept(&lexicon, "apremilast")).filter(|c| c.system == DRUG_CLASS).map(|c| c.code).collect();
    let mut once = codings.clone();
    once.sort();
    once.dedup();
    assert_eq!(once, ["conventional-dmard", "pde4-inhibitor"]);
    assert_eq!(codings.len(), once.len());
}

#[test]
fn measured_things_have_plausible_bounds() {
    let lexicon = lexicon::builtin().unwrap();
    let mut seen = 0;
    for concept in 0..lexicon.concepts() as u32 {
        if let Some(variable) = lexicon.variable(concept) {
            seen += 1;
            assert!(variable.low < variable.high, "{}", lexicon.name(concept));
        }
    }
    assert!(seen > 300, "{seen}");
    let saturation = lexicon.variable(concept(&lexicon, "oxygen saturation")).unwrap();
    assert_eq!((saturation.unit, saturation.implied), ("%", true));
}

#[test]
fn everyday_words_name_nothing() {
    let lexicon = lexicon::builtin().unwrap();
    let note = "The goal of the plan is action. Score was low, and the patient did well on the program with mild, chronic, severe and central things.";
    let reading = text::read(&lexicon, &text::Input { text: note, ..text::Input::default() }).unwrap();
    let named: Vec<&str> = reading.facts.iter().map(|f| f.span.of(note)).collect();
    assert_eq!(named, Vec::<&str>::new());
}
