//! A program gives the same answers over what its projection keeps as over everything, and over a prepared
//! patient as over a parsed one: for every definition of every library at hand, over random patients made of
//! whatever elements the model has, some of them of the wrong JSON type.
//!
//! The libraries are those of the repository's policies, UMBench when the shared folder is there, and any
//! folders named in `CQL_FOLDERS` (separated by `:`).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cql::data::{Data, Prepared, ProjectionOptions, Terminology};
use cql::ir::{Plan, Type};
use cql::value::{DateTime, Value};
use cql::{DefinitionId, EvalOptions, Options, Parameters, Program, Source, compile, model};
use json::{Document, Limits};
use serde_json::{Map, Value as Json, json};
use std::path::{Path, PathBuf};

/// Patients a library is tried with.
const PATIENTS: u64 = if cfg!(debug_assertions) { 4 } else { 24 };

#[test]
fn what_is_kept_gives_the_same_answers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var_os("AVEDIS_SHARED").map_or_else(|| root.join("../../../shared"), PathBuf::from);
    let mut folders = vec![shared.join("data/cql/umbench")];
    let common = root.join("../../policies/shared");
    for entry in std::fs::read_dir(root.join("../../policies")).into_iter().flatten().flatten() {
        folders.push(entry.path());
    }
    folders.extend(std::env::var_os("CQL_FOLDERS").iter().flat_map(std::env::split_paths));
    let mut compared = 0;
    for folder in folders {
        let mut sources = sources(&folder);
        if sources.is_empty() {
            println!("skipped: no libraries in {}", folder.file_name().unwrap_or_default().to_string_lossy());
            continue;
        }
        if folder.join("policy.toml").exists() {
            sources.extend(self::sources(&common));
        }
        if compiled(&sources).is_ok() {
            compared += check(&sources);
            continue;
        }
        // One by one, each with what it includes.
        for main in &sources {
            compared += check(&closure(main, &sources));
        }
    }
    println!("{compared} answers compared");
    assert!(compared > 0);
}

/// Constructs that real libraries use seldom, each by itself.
#[test]
fn every_way_to_read_is_followed() {
    let bodies = [
        "[Observation] O where O.value as FHIR.Quantity > 5 'mg' return O.code",
        "[Observation] O return Tuple { o: O, p: O.effective }",
        "([Observation] O return Tuple { o: O, p: O.effective }) T return all T.o.status",
        "[Patient] P return P.birthDate.extension.url",
        "[Patient] P where exists P.extension E where E.url = 'http://hl7.org/fhir/StructureDefinition/patient-religion'",
        "[Encounter] E where E.status.extension is not null return E.id",
        "[Encounter] E return all E.participant.individual.reference",
        "distinct ([Condition] union [Procedure])",
        "Count([Condition] union [Procedure])",
        "[Condition] except ([Condition] C where C.onset is not null)",
        "exists ([Condition] C where C = First([Condition]))",
        "[Condition] C sort by recordedDate.value desc",
        "[Observation] O return all Descendents(O.code)",
        "[Encounter] E with [Condition] C such that E.diagnosis.condition.reference contains ('Condition/' + C.id)",
        "[Observation] O let v: O.value return if v is FHIR.Quantity then (v as FHIR.Quantity).value.value else null",
        "[Resource] R return R.id",
        "[DomainResource] R where R is FHIR.Claim",
        "flatten([Encounter] E return E.location)",
        "[Encounter] E aggregate r starting 0: r + Count(E.type)",
        "First([Coverage]).type ~ First([Condition]).code",
        "[Bundle] B return B.entry.fullUrl",
        "[MedicationRequest] M return M.medication",
        "[ServiceRequest] S return AgeInYearsAt(S.authoredOn)",
    ];
    let mut text = "using FHIR version '4.0.1' include FHIRHelpers version '4.0.1' context Patient\n".to_owned();
    text.push_str("define function Stat(o Observation): o.status\ndefine S: [Observation] O return Stat(O)\n");
    text.push_str("parameter Given Encounter\ndefine G: Given.period.start\n");
    let mut kept = Vec::new();
    for (at, body) in bodies.iter().enumerate() {
        let with = format!("{text}define D{at}: {body}\n");
        let alone = vec![("constructs".to_owned(), with.clone())];
        match compiled(&alone) {
            Ok(_) => kept.push(format!("define D{at}: {body}\n")),
            Err(fault) => println!("left out: {body}: {fault}"),
        }
    }
    assert!(kept.len() + 4 >= bodies.len(), "too few of the constructs compile");
    for one in &kept {
        check(&[("constructs".to_owned(), format!("{text}{one}"))]);
    }
    check(&[("constructs".to_owned(), format!("{text}{}", kept.concat()))]);
}

fn sources(folder: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "cql")).collect();
    paths.sort();
    paths.iter().map(|p| (p.display().to_string(), std::fs::read_to_string(p).unwrap())).collect()
}

/// A library with those it includes, whatever their versions.
fn closure(main: &(String, String), all: &[(String, String)]) -> Vec<(String, String)> {
    let mut out = vec![main.clone()];
    let mut at = 0;
    while let Some((_, text)) = out.get(at) {
        let words = text.lines().filter_map(|line| line.trim().strip_prefix("include ")?.split_whitespace().next());
        let wanted: Vec<String> = words.map(|name| format!("library {name} ")).collect();
        for start in wanted {
            let found = all.iter().find(|(_, text)| text.contains(start.as_str()));
            out.extend(found.filter(|f| !out.iter().any(|known| known.0 == f.0)).cloned());
        }
        at += 1;
    }
    out
}

fn compiled(sources: &[(String, String)]) -> Result<Program, String> {
    let sources: Vec<Source<'_>> = sources.iter().map(|(name, text)| Source { name, text }).collect();
    compile(&sources, &Options::default()).map_err(|faults| faults[0].to_string())
}

/// Compares all definitions; gives how many answers were compared.
fn check(sources: &[(String, String)]) -> usize {
    let program = match compiled(sources) {
        Ok(program) => program,
        Err(fault) => {
            println!("skipped: {}", fault.lines().next().unwrap_or_default());
            return 0;
        }
    };
    let plan = program.plan();
    let all: Vec<DefinitionId> = (0..plan.definitions.len() as u32).map(DefinitionId).collect();
    let mut codes = codes(plan);
    let terminology = terminology(plan, &mut codes);
    let mut compared = 0;
    for results_as_references in [false, true] {
        let options = ProjectionOptions { definitions: Some(&all), results_as_references, also: &[] };
        let projection = program.projection(&options);
        for seed in 1..=PATIENTS {
            let mut maker = Maker { random: seed * 7919, codes: &codes, ids: Vec::new(), wrong: seed % 4 == 0 };
            let bytes = serde_json::to_vec(&maker.bundle(plan)).unwrap();
            let full = Document::parse(bytes.clone(), &Limits::default()).unwrap();
            let kept = Document::parse_projected(bytes, &projection, &Limits::default()).unwrap();
            let prepared = Prepared::compact(&kept);
            let want = answers(&program, &all, &Data::from_document(&full), &terminology, results_as_references);
            for data in [Data::from_document(&kept), prepared.data()] {
                let got = answers(&program, &all, &data, &terminology, results_as_references);
                for ((definition, want), got) in all.iter().zip(&want).zip(&got) {
                    let name = &plan.definition(*definition).name;
                    assert_eq!(want, got, "\"{name}\" of {}, patient {seed}", sources[0].0);
                    compared += 1;
                }
            }
        }
    }
    compared
}

fn answers(
    program: &Program,
    definitions: &[DefinitionId],
    data: &Data<'_>,
    terminology: &Terminology,
    references: bool,
) -> Vec<Result<Json, String>> {
    let now = DateTime::parse("2026-03-01T12:00:00.000Z").unwrap();
    let parameters = Parameters::new();
    let options = EvalOptions { terminology: Some(terminology), definitions: Some(definitions), ..EvalOptions::default() };
    let evaluation = program.evaluate(data, &parameters, now, &options).unwrap();
    let write = |value: &Value| {
        if references { value.to_json_with(&|object| Json::from(named(data, object))) } else { data.value_to_json(value) }
    };
    let answer = |d: &DefinitionId| match evaluation.error(*d) {
        Some(error) => Err(error.to_string()),
        None => Ok(write(evaluation.value(*d))),
    };
    definitions.iter().map(answer).collect()
}

/// A resource by its place; anything else by what is under it.
fn named(data: &Data<'_>, object: cql::value::Object) -> String {
    let value = data.value(object);
    match value.get("resourceType") {
        Some(_) => value.path(),
        _ => String::from_utf8(json::canonical(value)).unwrap(),
    }
}

type Coding = (String, String);

fn codes(plan: &Plan) -> Vec<Coding> {
    let declared = plan.codes.iter().map(|c| (plan.code_systems[c.system.index()].url.to_string(), c.code.to_string()));
    let invented = ["a", "b", "c"].map(|c| ("http://example.org/codes".to_owned(), c.to_owned()));
    declared.chain(invented).collect()
}

/// Every value set of the plan with a few codes, which the patients then have.
fn terminology(plan: &Plan, codes: &mut Vec<Coding>) -> Terminology {
    let mut terminology = Terminology::new();
    for (at, set) in plan.value_sets.iter().enumerate() {
        let own = ("http://example.org/codes".to_owned(), format!("v{at}"));
        let some = [&own, &codes[at % codes.len()]].map(|(s, c)| (s.as_str(), c.as_str()));
        terminology.add_value_set(&set.url, set.version.as_deref(), some);
        codes.push(own);
    }
    terminology
}

/// Makes resources out of the model.
struct Maker<'c> {
    random: u64,
    codes: &'c [Coding],
    ids: Vec<String>,
    /// Some values have the wrong JSON type.
    wrong: bool,
}

impl Maker<'_> {
    fn below(&mut self, limit: usize) -> usize {
        self.random = self.random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.random >> 33) as usize) % limit.max(1)
    }

    fn bundle(&mut self, plan: &Plan) -> Json {
        let mut types: Vec<String> = vec!["Observation".into(), "Encounter".into(), "Medication".into(), "Location".into()];
        for node in &plan.nodes {
            if let cql::ir::Expr::Retrieve(retrieve) = &node.expr {
                types.push(retrieve.resource.to_string());
            }
        }
        types.sort();
        types.dedup();
        types.retain(|t| !matches!(t.as_str(), "Patient" | "Resource" | "DomainResource"));
        let wanted: Vec<String> = (0..10 + types.len()).map(|_| types[self.below(types.len())].clone()).collect();
        self.ids = wanted.iter().enumerate().map(|(i, t)| format!("{t}/{i}")).collect();
        let mut entries = vec![json!({"fullUrl": "urn:uuid:p", "resource": self.resource("Patient", "p")})];
        for (at, class) in wanted.iter().enumerate() {
            let mut entry = json!({"resource": self.resource(class, &at.to_string())});
            if self.below(3) == 0 {
                entry["fullUrl"] = json!(format!("http://example.org/fhir/{class}/{at}"));
            }
            entries.push(entry);
            // The same resource again, or one of the same name that differs.
            if self.below(8) == 0 {
                let mut again = entries[entries.len() - 1].clone();
                if self.below(2) == 0 {
                    again["resource"]["language"] = json!("x");
                }
                entries.push(again);
            }
        }
        json!({"resourceType": "Bundle", "type": "collection", "entry": entries})
    }

    fn resource(&mut self, class: &str, id: &str) -> Json {
        let Json::Object(mut made) = self.object(class, 0) else { return Json::Null };
        made.insert("resourceType".into(), json!(class));
        if self.below(12) > 0 {
            made.insert("id".into(), json!(id));
        }
        Json::Object(made)
    }

    fn object(&mut self, class: &str, depth: usize) -> Json {
        let fhir = model::fhir();
        let mut out = Map::new();
        for name in fhir.element_names(class) {
            let present = [10, 5, 4, 3, 1][depth.min(4)];
            let coded = matches!(name, "code" | "coding" | "system" | "value" | "status" | "start" | "url");
            if self.below(20) >= present + if coded { 8 } else { 0 } || matches!(name, "contained" | "text" | "meta") {
                continue;
            }
            let Some(element) = fhir.element(class, name) else { continue };
            let (ty, list) = match &element.ty {
                Type::List(of) => (&**of, true),
                other => (other, false),
            };
            let (member, ty) = match ty {
                Type::Choice(alternatives) => {
                    let chosen = &alternatives[self.below(alternatives.len())];
                    let Type::Class { name: class, .. } = chosen else { continue };
                    let (first, rest) = class.split_at(1);
                    (format!("{name}{}{rest}", first.to_uppercase()), chosen)
                }
                one => (name.to_owned(), one),
            };
            let Type::Class { name: class, .. } = ty else { continue };
            let count = if list { 1 + self.below(2) } else { 1 };
            let values: Vec<Json> = (0..count).map(|_| self.value(class, name, depth)).collect();
            let primitive = fhir.primitive(class).is_some();
            let value = if list { Json::Array(values) } else { values.into_iter().next().unwrap() };
            if primitive && self.below(10) == 0 {
                let extension = json!({"extension": [self.object("Extension", 3)]});
                out.insert(format!("_{member}"), if list { json!([extension]) } else { extension });
                if self.below(2) == 0 {
                    continue;
                }
            }
            out.insert(member, value);
        }
        Json::Object(out)
    }

    fn value(&mut self, class: &str, name: &str, depth: usize) -> Json {
        if self.wrong && self.below(40) == 0 {
            return [json!(7), json!("wrong"), json!([1]), json!({"value": 3}), json!(true), Json::Null][self.below(6)].clone();
        }
        let (system, code) = self.codes[self.below(self.codes.len())].clone();
        let date = format!("202{}-{:02}-{:02}", 3 + self.below(4), 1 + self.below(12), 1 + self.below(28));
        match class {
            "boolean" => json!(self.below(2) == 0),
            "integer" | "positiveInt" | "unsignedInt" => json!(self.below(200)),
            "decimal" => json!(self.below(2000) as f64 / 8.0),
            "date" => json!(date[..[4, 7, 10][self.below(3)]]),
            "dateTime" | "instant" => {
                [json!(format!("{date}T10:30:00Z")), json!(date), json!(format!("{date}T23:00:00-05:00"))][self.below(3)].clone()
            }
            "time" => json!("10:30:00"),
            "Reference" => {
                let ids = self.ids.len() + 1;
                let target = self.below(ids);
                let target = self.ids.get(target).cloned().unwrap_or_else(|| "urn:uuid:p".into());
                if self.below(8) == 0 { self.object(class, depth + 2) } else { json!({"reference": target}) }
            }
            "Coding" => json!({"system": system, "code": code, "display": "shown"}),
            "CodeableConcept" if self.below(4) > 0 => json!({"coding": [{"system": system, "code": code}], "text": "shown"}),
            "Quantity" if self.below(4) > 0 => {
                json!({"value": self.below(300), "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"})
            }
            "Resource" => json!({}),
            _ if model::fhir().primitive(class).is_some() => match name {
                "status" => json!(["final", "finished", "active", "completed", "entered-in-error"][self.below(5)]),
                "system" => json!(system),
                "code" => json!(code),
                "url" => json!(["http://hl7.org/fhir/StructureDefinition/patient-religion", "x"][self.below(2)]),
                _ => json!(["x", "y", "final"][self.below(3)]),
            },
            _ if depth > 4 => json!({}),
            _ => self.object(class, depth + 1),
        }
    }
}
