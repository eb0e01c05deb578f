//! Files of licensed terminologies, made up here in their formats, become part of a lexicon.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use lexicon::imports::{Fault, Format, import};
use text::lexicon::{Builder, Entry, Lexicon, Role};
use text::{Coding, Kind};

/// A lexicon that knows one drug, one disease and one analyte.
fn base() -> Lexicon {
    let mut builder = Builder::new();
    for (kind, name, code) in
        [(Kind::Medication, "ibuprofen", "db1"), (Kind::Problem, "asthma", "i1"), (Kind::Measurement, "glucose", "l1")]
    {
        let id = builder.concept(kind, name, vec![Coding { system: "urn:base".to_owned(), code: code.to_owned() }]);
        builder.term(name, Entry { role: Role::Concept, target: id.0, capitals: false, ambiguous: false }).unwrap();
    }
    Lexicon::from_bytes(builder.finish()).unwrap()
}

/// Imports a file and says what a term stands for: kind and codes.
fn check(format: Format, file: &str, types: Option<&str>, term: &str, kind: Kind, codes: &[&str]) {
    let mut types = types.map(str::as_bytes);
    let types = types.as_mut().map(|t| t as &mut dyn std::io::BufRead);
    let (bytes, _) = import(format, &mut file.as_bytes(), types, &base()).unwrap();
    let lexicon = Lexicon::from_bytes(bytes).unwrap();
    lexicon.verify().unwrap();
    let words: Vec<&str> = term.split(' ').collect();
    let concept = lexicon.term(&words).first().unwrap_or_else(|| panic!("{term}")).target;
    let found: Vec<String> = lexicon.codings(concept).map(|c| c.code).collect();
    assert_eq!((lexicon.kind(concept), found.iter().map(String::as_str).collect::<Vec<_>>()), (kind, codes.to_vec()), "{term}");
}

#[test]
fn rxnorm() {
    let file = "1|ENG||||||||||RXNORM|IN|1|ibuprofen||N||\n1|ENG||||||||||RXNORM|BN|1|Zorvex||N||\n2|ENG||||||||||RXNORM|IN|2|zorumab||N||\n3|ENG||||||||||RXNORM|IN|3|gonestatin||O||\n";
    check(Format::RxNorm, file, None, "ibuprofen", Kind::Medication, &["db1", "1"]);
    check(Format::RxNorm, file, None, "zorvex", Kind::Medication, &["db1", "1"]);
    check(Format::RxNorm, file, None, "zorumab", Kind::Medication, &["2"]);
}

#[test]
fn loinc() {
    let file = "\"LOINC_NUM\",\"COMPONENT\",\"STATUS\",\"LONG_COMMON_NAME\",\"CONSUMER_NAME\"\n\"9-1\",\"X\",\"ACTIVE\",\"Glucose\",\"Sugar, in \"\"blood\"\"\nof a person\"\n\"9-2\",\"Y\",\"DEPRECATED\",\"Old thing\",\"\"\n\"9-3\",\"Y\",\"ACTIVE\",\"Zorin level\",\"\"\n";
    check(Format::Loinc, file, None, "glucose", Kind::Measurement, &["l1", "9-1"]);
    check(Format::Loinc, file, None, "zorin level", Kind::Measurement, &["9-3"]);
}

#[test]
fn snomed() {
    let header = "id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId\n";
    let row =
        |active: &str, concept: &str, sort: &str, term: &str| format!("1\t2026\t{active}\t9\t{concept}\ten\t{sort}\t{term}\t0\n");
    let (full, synonym) = ("900000000000003001", "900000000000013009");
    let file = [
        header.to_owned(),
        row("1", "70", full, "Asthma (disorder)"),
        row("1", "70", synonym, "Wheezy lung illness"),
        row("1", "71", full, "Zorectomy (procedure)"),
        row("1", "72", full, "Zorobacter (organism)"),
        row("0", "71", synonym, "Removed name"),
    ]
    .concat();
    check(Format::Snomed, &file, None, "asthma", Kind::Problem, &["i1", "70"]);
    check(Format::Snomed, &file, None, "wheezy lung illness", Kind::Problem, &["i1", "70"]);
    check(Format::Snomed, &file, None, "zorectomy", Kind::Procedure, &["71"]);
}

#[test]
fn umls() {
    let row = |cui: &str, status: &str, preferred: &str, name: &str| {
        format!("{cui}|ENG|{status}||||{preferred}||||||PT|1|{name}||N||\n")
    };
    let file =
        [row("C1", "S", "N", "Bronchial zoritis"), row("C1", "P", "Y", "Asthma"), row("C2", "P", "Y", "Zor place")].concat();
    let file = file.replace("||||||PT|", "|||||MSH|PT|");
    let types = "C1|T047|A|Disease or Syndrome|AT1||\nC2|T083|A|Geographic Area|AT2||\n";
    check(Format::Umls, &file, Some(types), "bronchial zoritis", Kind::Problem, &["i1", "C1"]);
}

#[test]
fn cpt() {
    let file = "Made-up notice of a file\n99999\tZorectomy of the elbow\n0001Z Zor imaging\n";
    check(Format::Cpt, file, None, "zorectomy of the elbow", Kind::Procedure, &["99999"]);
    check(Format::Cpt, file, None, "zor imaging", Kind::Procedure, &["0001Z"]);
}

#[test]
fn files_of_another_kind_are_refused() {
    let fault = |format, file: &str| import(format, &mut file.as_bytes(), None, &base()).unwrap_err();
    assert!(matches!(fault(Format::RxNorm, "hello\n"), Fault::Format { line: 1, .. }));
    assert!(matches!(fault(Format::Umls, "a|b\n"), Fault::Format { line: 1, .. }));
    assert!(matches!(fault(Format::Snomed, "a\tb\n"), Fault::Format { line: 1, .. }));
    assert!(matches!(fault(Format::Loinc, "a,b\n1,2\n"), Fault::Format { line: 2, .. }));
    assert!(matches!(fault(Format::Cpt, "nothing here\n"), Fault::Empty));
    let bytes: &[u8] = b"\xff\xfe|\n";
    assert!(matches!(import(Format::RxNorm, &mut { bytes }, None, &base()), Err(Fault::Unreadable { line: 1, .. })));
}
