//! Models from ModelInfo files: the embedded tables are what the published files say, and content may bring its own.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use cql::model::{Model, compact};
use cql::{Options, Program, Source, compile, compile_with_warnings};
use std::sync::Arc;

const TABLES: [(&str, &str); 3] = [
    ("fhir-modelinfo-4.0.1.xml", include_str!("../src/model/data/fhir-4.0.1.txt")),
    ("qicore-modelinfo-6.0.0.xml", include_str!("../src/model/data/qicore-6.0.0.txt")),
    ("uscore-modelinfo-6.1.0.xml", include_str!("../src/model/data/uscore-6.1.0.txt")),
];

fn published(file: &str) -> Option<String> {
    let shared =
        std::env::var("AVEDIS_SHARED").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").to_owned());
    let text = std::fs::read_to_string(format!("{shared}/data/cql/models/{file}")).ok();
    if text.is_none() {
        println!("skipped: {file} is not there");
    }
    text
}

#[test]
fn the_tables_are_made_from_the_published_files() {
    for (file, table) in TABLES {
        if let Some(xml) = published(file) {
            assert!(compact(&xml).unwrap() == table, "{file}: make the table again with `cargo run -p cql --example modelinfo`");
        }
    }
}

const CONTENT: [&str; 3] = [
    "library A using QICore version '6.0.0' include FHIRHelpers version '4.4.000' called FHIRHelpers context Patient
     valueset \"VS\": 'http://example.org/vs'
     define Visits: [Encounter: \"VS\"] E where E.status = 'finished' and E.period starts 3 days or less after @2025-01-01 return E.type
     define Refused: [ProcedureNotDone: code in \"VS\"] P return Tuple { on: P.recorded, why: P.statusReason }
     define Drugs: [MedicationRequest: \"VS\"] M return M.medication
     define Race: Patient.race.ombCategory
     define Age: AgeInYears()",
    "library B using USCore version '6.1.0' context Patient
     define Weights: [BodyWeightProfile] O where O.value > 3 'kg' return O.VSCat
     define Sex: Patient.sex",
    "library C using FHIR version '4.0.1' include FHIRHelpers version '4.0.1' called FHIRHelpers context Patient
     define Results: [Observation] O where O.status = 'final' return O.value as Quantity",
];

fn elm(program: &Program) -> Vec<String> {
    program.libraries().iter().map(|library| program.to_elm(library.id).to_string()).collect()
}

#[test]
fn published_files_compile_what_the_tables_compile_to_the_same_elm() {
    let files: Vec<&str> = TABLES.iter().map(|(file, _)| *file).chain(["system-modelinfo.xml"]).collect();
    let Some(texts) = files.iter().map(|file| published(file)).collect::<Option<Vec<String>>>() else { return };
    let models = texts.iter().map(|xml| Arc::new(Model::from_modelinfo(xml).unwrap())).collect();
    let loaded = Options { models, ..Options::default() };
    for text in CONTENT {
        let source = [Source { name: "content", text }];
        let built_in = compile(&source, &Options::default()).unwrap_or_else(|f| panic!("{}", f[0]));
        let from_files = compile(&source, &loaded).unwrap_or_else(|f| panic!("{}", f[0]));
        assert!(elm(&built_in) == elm(&from_files), "{text}");
    }
}

/// A model nobody else has, over FHIR: an element by another name, one from an extension, one from a slice.
const CLINIC: &str = r#"<modelInfo xmlns="urn:hl7-org:elm-modelinfo:r1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
      name="Clinic" version="2.1" url="http://example.org/clinic" targetUrl="http://hl7.org/fhir" patientClassName="Person">
    <requiredModelInfo name="System" version="1.0.0"/>
    <typeInfo xsi:type="ClassInfo" name="Person" target="Patient" label="A Person" retrievable="true">
      <element name="birthDate" elementType="System.Date" target="%value.value"/>
      <element name="shoe" elementType="System.Integer" target="%parent.extension[url='http://example.org/shoe'].value.value"/>
    </typeInfo>
    <typeInfo xsi:type="ClassInfo" name="Visit" target="Encounter" retrievable="true" primaryCodePath="type">
      <element name="type" target="FHIRHelpers.ToConcept(%value)"><elementTypeSpecifier xsi:type="ListTypeSpecifier" elementType="System.Concept"/></element>
      <element name="period" target="FHIRHelpers.ToInterval(%value)"><elementTypeSpecifier xsi:type="IntervalTypeSpecifier" pointType="System.DateTime"/></element>
    </typeInfo>
  </modelInfo>"#;

#[test]
fn content_may_bring_a_model_of_its_own() {
    let options = Options { models: vec![Arc::new(Model::from_modelinfo(CLINIC).unwrap())], ..Options::default() };
    let text = "library L using Clinic version '2.1' context Patient
        define Shoe: Patient.shoe + 1
        define Visits: [Visit] V where V.period during Interval[@2025-01-01T00:00:00.0, @2025-12-31T00:00:00.0] return First(V.type)
        define People: [\"A Person\"]";
    let program = compile(&[Source { name: "l.cql", text }], &options).unwrap_or_else(|f| panic!("{}", f[0]));
    let ty = |name: &str| {
        let definition = program.definition(name).unwrap();
        program.plan().type_of(program.plan().definition(definition).body).to_string()
    };
    assert_eq!(ty("Shoe"), "Integer");
    assert_eq!(ty("Visits"), "List<Concept>");
    assert_eq!(ty("People"), "List<FHIR.Patient>");
}

#[test]
fn a_version_that_is_not_at_hand_is_read_as_the_one_that_is_with_a_warning() {
    let source = [Source { name: "l.cql", text: "using QICore version '4.1.1'\ncontext Patient\ndefine X: [Encounter]" }];
    let (_, warnings) = compile_with_warnings(&source, &Options::default()).unwrap_or_else(|f| panic!("{}", f[0]));
    let text: String = warnings.iter().map(|w| w.to_string()).collect();
    assert!(text.contains("QICore 4.1.1 is read as QICore 6.0.0") && text.contains("--model"), "{text}");
    // A file of the version asked for ends the warning; one of another version comes before the table.
    for (version, silent) in [("4.1.1", true), ("5.0.0", false)] {
        let xml = CLINIC.replace("\"Clinic\"", "\"QICore\"").replace("2.1", version).replace("\"Visit\"", "\"Encounter\"");
        let options = Options { models: vec![Arc::new(Model::from_modelinfo(&xml).unwrap())], ..Options::default() };
        let (_, warnings) = compile_with_warnings(&source, &options).unwrap_or_else(|f| panic!("{}", f[0]));
        assert_eq!(warnings.is_empty(), silent, "{version}");
        assert!(silent || warnings[0].to_string().contains("read as QICore 5.0.0"));
    }
    let faults = compile(&[Source { name: "l.cql", text: "using QUICK" }], &Options::default()).err().unwrap();
    assert!(faults[0].to_string().contains("--model"), "{}", faults[0]);
}
