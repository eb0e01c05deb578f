//! Builds the lexicon from `data/` into one block of bytes that the library carries.

#![allow(clippy::disallowed_methods)] // A build script is told its folder by the environment.

use std::path::Path;
use text::cue;
use text::fact::{Axis, Coding, Kind, Section};
use text::layout::section_number;
use text::lexicon::{BuildFault, Builder, Entry, Role};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome {
    println!("cargo::rerun-if-changed=data");
    let mut builder = Builder::new();
    for (file, row) in rows("cues")? {
        let [term, axis, reach] = columns(&file, &row)?;
        add(&mut builder, term, Role::Cue, cue::code(axis_of(axis)?, reach_of(reach)?))?;
    }
    for (file, row) in rows("headings")? {
        let [term, section] = columns(&file, &row)?;
        add(&mut builder, term, Role::Heading, section_number(section_of(section)?))?;
    }
    for (name, role) in [("outcomes", Role::Outcome), ("qualifiers", Role::Qualifier)] {
        for (_, row) in rows(name)? {
            let (term, rest) = row.split_once('\t').ok_or_else(|| format!("{name}: a row without columns"))?;
            let target = builder.string(rest);
            add(&mut builder, term, role, target)?;
        }
    }
    open_terms(&mut builder)?;
    let out = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&out).join("avedis.lex"), builder.finish())?;
    Ok(())
}

/// The concepts of the open terminologies.
fn open_terms(builder: &mut Builder) -> Outcome {
    let path = "data/open-terms.tsv.zst";
    let packed = std::fs::read(path).map_err(|e| format!("{path}: {e}"))?;
    let text = String::from_utf8(zstd::decode_all(&packed[..])?)?;
    for system in SYSTEMS {
        builder.string(system.1);
    }
    // What has an ICD-10-CM code comes first: of several concepts of one term the first is taken.
    let (coded, others): (Vec<&str>, Vec<&str>) = text.lines().partition(|row| row.contains("\tI:"));
    for row in coded.into_iter().chain(others) {
        let [sort, codes, terms] = columns(path, row)?;
        let kind = match sort {
            "P" => Kind::Problem,
            "F" => Kind::Finding,
            "M" => Kind::Medication,
            _ => Kind::Measurement,
        };
        let codings = codes.split(' ').filter_map(coding).collect();
        let mut names = terms.split('|');
        let name = names.next().unwrap_or_default();
        let concept = builder.concept(kind, name, codings);
        for term in std::iter::once(name).chain(names) {
            let short = term.chars().filter(|c| c.is_alphanumeric()).count() < 4;
            let entry = Entry { role: Role::Concept, target: concept.0, capitals: short, ambiguous: false };
            match builder.term(term, entry) {
                // A term of many words or none at all is never met; the rest of the concept stays.
                Ok(()) | Err(BuildFault::Long(_) | BuildFault::Empty(_)) => {}
            }
        }
    }
    Ok(())
}

/// Letters of the term file and what they stand for.
const SYSTEMS: [(&str, &str); 5] = [
    ("I", "http://hl7.org/fhir/sid/icd-10-cm"),
    ("H", "http://human-phenotype-ontology.org"),
    ("D", "http://purl.obolibrary.org/obo/doid.owl"),
    ("U", "http://fdasis.nlm.nih.gov"),
    ("B", "http://www.drugbank.ca"),
];

fn coding(code: &str) -> Option<Coding> {
    let (letter, code) = code.split_once(':')?;
    let system = SYSTEMS.iter().find(|s| s.0 == letter)?.1;
    Some(Coding { system: system.to_owned(), code: code.to_owned() })
}

fn add(builder: &mut Builder, term: &str, role: Role, target: u32) -> Outcome {
    builder.term(term, Entry { role, target, capitals: false, ambiguous: false })?;
    Ok(())
}

fn rows(name: &str) -> Outcome<Vec<(String, String)>> {
    let path = format!("data/{name}.tsv");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
    let kept = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#'));
    Ok(kept.map(|(i, l)| (format!("{path}:{}", i + 1), l.to_owned())).collect())
}

fn columns<'r, const N: usize>(place: &str, row: &'r str) -> Outcome<[&'r str; N]> {
    let all: Vec<&str> = row.split('\t').map(str::trim).collect();
    all.try_into().map_err(|all: Vec<&str>| format!("{place}: {} columns, {N} wanted", all.len()).into())
}

fn axis_of(name: &str) -> Outcome<Axis> {
    cue::axes()
        .into_iter()
        .find(|a| format!("{a:?}").eq_ignore_ascii_case(name))
        .ok_or_else(|| format!("no axis `{name}`").into())
}

fn reach_of(name: &str) -> Outcome<cue::Reach> {
    cue::Reach::named(name).ok_or_else(|| format!("no reach `{name}`").into())
}

fn section_of(name: &str) -> Outcome<Section> {
    let plain = name.replace('-', "");
    text::layout::SECTIONS
        .into_iter()
        .find(|s| format!("{s:?}").eq_ignore_ascii_case(&plain))
        .ok_or_else(|| format!("no section `{name}`").into())
}
