//! Value sets from files: ValueSet and CodeSystem resources, Bundles, arrays, NDJSON, and maps of codes as cql-execution's code service takes them.
//!
//! A value set with an expansion is taken as expanded. One that is only defined is expanded here when that needs nothing but listed codes, other value sets and
//! complete code systems that were read too; a definition by filter is not guessed at.

use super::files::{self, string};
use crate::Failure;
use ::cql::{Program, Terminology};
use json::{Kind, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// (system, code), shared between value sets.
type Code = (Arc<str>, Arc<str>);

/// One value set as read.
struct Set {
    url: String,
    version: Option<String>,
    content: Content,
}

enum Content {
    /// Every code.
    Codes(Vec<Code>),
    /// To be expanded: includes and excludes.
    Definition { include: Vec<Part>, exclude: Vec<Part> },
    /// Cannot be expanded here, and why.
    Opaque(&'static str),
}

/// One `include` or `exclude` of a definition: the codes that are in all it names.
#[derive(Default)]
struct Part {
    codes: Option<Vec<Code>>,
    system: Option<Arc<str>>,
    value_sets: Vec<String>,
    filtered: bool,
}

/// Everything about terminology that was read.
#[derive(Default)]
pub struct Vocabulary {
    sets: Vec<Set>,
    systems: BTreeMap<String, Vec<Code>>,
    /// What is worth knowing: incomplete expansions, unreadable neighbours.
    pub remarks: Vec<String>,
}

/// A value set that a program names and nobody gave.
pub struct Absent {
    /// Its URL as the program names it, with `|version` when it asks for one.
    pub url: String,
    /// Its name in the program.
    pub name: String,
    /// Why, when more is known than that no file has it.
    pub why: Option<String>,
}

impl Vocabulary {
    /// Adds what the files hold; a file named itself must hold something.
    pub fn add_paths(&mut self, paths: &[PathBuf]) -> Result<(), Failure> {
        for file in files::walk(paths, &|e| matches!(e, "json" | "ndjson" | "jsonl"))? {
            let before = self.sets.len() + self.systems.len();
            match self.file(&file.path) {
                Err(error) if file.named => return Err(error),
                Err(error) => self.remarks.push(error.to_string()),
                Ok(()) if file.named && before == self.sets.len() + self.systems.len() => {
                    return Err(Failure::new(format!(
                        "{}: no value set in it; ValueSet and CodeSystem resources, Bundles and arrays of them, NDJSON, and maps of {{url: {{version: [code]}}}} are taken",
                        file.path.display()
                    )));
                }
                Ok(()) => {}
            }
        }
        Ok(())
    }

    /// Adds the value sets that stand among other things: measure bundles, test data.
    pub fn add_from_others(&mut self, paths: &[PathBuf]) -> Result<(), Failure> {
        for file in files::walk(paths, &|e| matches!(e, "json" | "ndjson"))? {
            let mentions = std::fs::read(&file.path).is_ok_and(|bytes| {
                std::str::from_utf8(&bytes).is_ok_and(|t| t.contains("\"ValueSet\"") || t.contains("\"CodeSystem\""))
            });
            if mentions && let Ok(documents) = files::documents(&file.path) {
                documents.iter().for_each(|d| self.resources(d.root()));
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Result<(), Failure> {
        for document in files::documents(path)? {
            let root = document.root();
            if root.kind() == Kind::Object && root.get("resourceType").is_none() {
                self.code_service(root);
            } else {
                self.resources(root);
            }
        }
        Ok(())
    }

    fn resources(&mut self, root: Value<'_>) {
        files::resources(root, &mut |resource| match string(resource, "resourceType").as_deref() {
            Some("ValueSet") => self.value_set(resource),
            Some("CodeSystem") => self.code_system(resource),
            _ => {}
        });
    }

    /// `{ url: { version: [ {code, system, version, display} ] } }`.
    fn code_service(&mut self, root: Value<'_>) {
        for (url, versions) in root.entries() {
            for (version, codes) in versions.entries() {
                if codes.kind() == Kind::Array {
                    let codes = codes.items().filter_map(|c| Some((string(c, "system")?.into(), string(c, "code")?.into())));
                    let version = (!version.is_empty()).then(|| version.to_string());
                    self.sets.push(Set { url: url.to_string(), version, content: Content::Codes(codes.collect()) });
                }
            }
        }
    }

    fn code_system(&mut self, resource: Value<'_>) {
        let Some(url) = string(resource, "url") else { return };
        if string(resource, "content").as_deref() != Some("complete") {
            return;
        }
        let mut codes = Vec::new();
        collect_concepts(resource, &url.as_str().into(), &mut codes, 0);
        self.systems.insert(url, codes);
    }

    fn value_set(&mut self, resource: Value<'_>) {
        let Some(url) = string(resource, "url") else {
            let id = string(resource, "id").unwrap_or_default();
            self.remarks.push(format!("ValueSet/{id} has no url and cannot be named"));
            return;
        };
        let version = string(resource, "version");
        let expansion = resource.get("expansion");
        let listed = expansion.filter(|e| e.get("contains").is_some() || resource.get("compose").is_none());
        let content = match (listed, resource.get("compose")) {
            (Some(expansion), _) => {
                let mut codes = Vec::new();
                collect_contains(expansion, &mut codes, 0);
                let total = expansion.get("total").and_then(|t| t.as_i64()).unwrap_or(0);
                if usize::try_from(total).is_ok_and(|total| total > codes.len()) {
                    self.remarks.push(format!(
                        "value set {url}: its expansion lists {} of {total} codes; give the whole expansion, or codes will be missed",
                        codes.len()
                    ));
                }
                Content::Codes(codes)
            }
            (None, Some(compose)) => {
                let parts = |key: &str| compose.get(key).into_iter().flat_map(|p| p.items()).map(part).collect::<Vec<Part>>();
                Content::Definition { include: parts("include"), exclude: parts("exclude") }
            }
            (None, None) => Content::Opaque("it has neither an expansion nor a definition"),
        };
        self.sets.push(Set { url, version, content });
    }

    /// All value sets with their codes. `programs` tell which are needed: those may be given under another spelling of their URL.
    pub fn build(&self, programs: &[&Program]) -> (Terminology, Vec<Absent>) {
        let mut terminology = Terminology::new();
        let mut order: Vec<&Set> = self.sets.iter().collect();
        // The highest version last: it is taken where a program asks for none.
        order.sort_by_key(|s| (&s.url, version_key(s.version.as_deref())));
        let mut failed: BTreeMap<&str, &'static str> = BTreeMap::new();
        for set in &order {
            match self.codes(set, &mut Vec::new()) {
                Ok(codes) => add(&mut terminology, &set.url, set.version.as_deref(), &codes),
                Err(why) => {
                    failed.insert(&set.url, why);
                }
            }
        }
        let needed: BTreeSet<(&str, Option<&str>, &str)> =
            programs.iter().flat_map(|p| p.plan().value_sets.iter()).map(|v| (&*v.url, v.version.as_deref(), &*v.name)).collect();
        let mut absent = Vec::new();
        for (url, version, name) in needed {
            if terminology.value_set(url, version).is_some() {
                continue;
            }
            let base = url.split('|').next().unwrap_or(url);
            let alias = order.iter().rev().find(|s| s.url != base && same_set(&s.url, base));
            if let Some(Ok(codes)) = alias.map(|s| self.codes(s, &mut Vec::new())) {
                add(&mut terminology, base, version, &codes);
                continue;
            }
            let others: Vec<&str> = order.iter().filter(|s| s.url == base).filter_map(|s| s.version.as_deref()).collect();
            let why = failed.get(base).map(|w| (*w).to_owned());
            let why = why.or_else(|| (!others.is_empty()).then(|| format!("only version {} of it was given", others.join(", "))));
            let url = version.map_or_else(|| url.to_owned(), |v| format!("{url}|{v}"));
            absent.push(Absent { url, name: name.to_owned(), why });
        }
        (terminology, absent)
    }

    /// How many value sets were read.
    pub fn len(&self) -> usize {
        self.sets.len()
    }

    fn codes(&self, set: &Set, path: &mut Vec<String>) -> Result<Vec<Code>, &'static str> {
        let (include, exclude) = match &set.content {
            Content::Codes(codes) => return Ok(codes.clone()),
            Content::Opaque(why) => return Err(why),
            Content::Definition { include, exclude } => (include, exclude),
        };
        if path.contains(&set.url) || path.len() > 16 {
            return Err("value sets are defined by each other in a circle");
        }
        path.push(set.url.clone());
        let mut codes = BTreeSet::new();
        for part in include {
            codes.extend(self.part(part, path)?);
        }
        for part in exclude {
            for code in self.part(part, path)? {
                codes.remove(&code);
            }
        }
        path.pop();
        Ok(codes.into_iter().collect())
    }

    fn part(&self, part: &Part, path: &mut Vec<String>) -> Result<BTreeSet<Code>, &'static str> {
        if part.filtered {
            return Err("it is defined by a filter and was not expanded; give its expansion");
        }
        let mut found: Option<BTreeSet<Code>> = part.codes.as_ref().map(|c| c.iter().cloned().collect());
        if let (None, Some(system)) = (&found, &part.system) {
            match self.systems.get(&**system) {
                Some(codes) => found = Some(codes.iter().cloned().collect()),
                None if part.value_sets.is_empty() => {
                    return Err("it is a whole code system whose content was not given; give its expansion");
                }
                None => {}
            }
        }
        for url in &part.value_sets {
            let base = url.split('|').next().unwrap_or(url);
            let set = self.sets.iter().rev().find(|s| s.url == base);
            let codes: BTreeSet<Code> =
                self.codes(set.ok_or("it includes a value set that was not given")?, path)?.into_iter().collect();
            found = Some(match found {
                Some(before) => before.intersection(&codes).cloned().collect(),
                None => codes,
            });
        }
        Ok(found.unwrap_or_default())
    }
}

fn add(terminology: &mut Terminology, url: &str, version: Option<&str>, codes: &[Code]) {
    terminology.add_value_set(url, version, codes.iter().map(|(s, c)| (&**s, &**c)));
}

fn part(value: Value<'_>) -> Part {
    let system: Option<Arc<str>> = string(value, "system").map(Into::into);
    let codes = value.get("concept").map(|concepts| {
        let system = system.clone().unwrap_or_else(|| "".into());
        concepts.items().filter_map(|c| Some((system.clone(), string(c, "code")?.into()))).collect()
    });
    let value_sets = value.get("valueSet").into_iter().flat_map(|v| v.items());
    Part {
        codes,
        system,
        value_sets: value_sets.filter_map(|v| v.as_str().map(|s| s.into_owned())).collect(),
        filtered: value.get("filter").is_some_and(|f| f.items().next().is_some()),
    }
}

fn collect_contains(node: Value<'_>, codes: &mut Vec<Code>, depth: usize) {
    for item in node.get("contains").into_iter().flat_map(|c| c.items()) {
        let is_abstract = item.get("abstract").and_then(|a| a.as_bool()) == Some(true);
        if let (Some(code), false) = (string(item, "code"), is_abstract) {
            codes.push((string(item, "system").unwrap_or_default().into(), code.into()));
        }
        if depth < 64 {
            collect_contains(item, codes, depth + 1);
        }
    }
}

fn collect_concepts(node: Value<'_>, system: &Arc<str>, codes: &mut Vec<Code>, depth: usize) {
    for concept in node.get("concept").into_iter().flat_map(|c| c.items()) {
        if let Some(code) = string(concept, "code") {
            codes.push((system.clone(), code.into()));
        }
        if depth < 64 {
            collect_concepts(concept, system, codes, depth + 1);
        }
    }
}

/// `urn:oid:2.16.1`, `2.16.1` and `http://cts.nlm.nih.gov/fhir/ValueSet/2.16.1` name one value set; so do http and https.
fn same_set(a: &str, b: &str) -> bool {
    let oid = |url: &str| {
        let tail = url.rsplit(['/', ':']).next().unwrap_or(url).to_owned();
        (tail.contains('.') && tail.bytes().all(|b| b.is_ascii_digit() || b == b'.')).then_some(tail)
    };
    let bare = |url: &str| url.split_once("://").map(|(_, rest)| rest.to_owned());
    matches!((oid(a), oid(b)), (Some(a), Some(b)) if a == b) || matches!((bare(a), bare(b)), (Some(a), Some(b)) if a == b)
}

fn version_key(version: Option<&str>) -> Vec<(u64, String)> {
    version.unwrap_or_default().split(['.', '-']).map(|p| (p.parse().unwrap_or(0), p.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn vocabulary(texts: &[&str]) -> Vocabulary {
        let mut vocabulary = Vocabulary::default();
        for text in texts {
            let document = json::Document::parse(text.as_bytes(), &files::limits()).unwrap();
            if document.root().get("resourceType").is_some() {
                vocabulary.resources(document.root());
            } else {
                vocabulary.code_service(document.root());
            }
        }
        vocabulary
    }

    /// A program that names one value set.
    fn program(url: &str) -> Program {
        let text = format!(
            "library T\nusing FHIR version '4.0.1'\nvalueset \"V\": '{url}'\ncontext Patient\ndefine X: [Condition: \"V\"]"
        );
        ::cql::compile(&[::cql::Source { name: "t", text: &text }], &::cql::Options::default()).unwrap()
    }

    #[test]
    fn value_sets_are_found_and_expanded() {
        let given = [
            r#"{"resourceType":"ValueSet","url":"http://x/a","expansion":{"contains":[{"system":"s","code":"1"},{"system":"s","code":"2","abstract":true,"contains":[{"system":"s","code":"3"}]}]}}"#,
            r#"{"resourceType":"ValueSet","url":"http://x/b","compose":{"include":[{"valueSet":["http://x/a"]},{"system":"t"}],"exclude":[{"system":"s","concept":[{"code":"1"}]}]}}"#,
            r#"{"resourceType":"CodeSystem","url":"t","content":"complete","concept":[{"code":"t1","concept":[{"code":"t2"}]}]}"#,
            r#"{"resourceType":"ValueSet","url":"http://x/f","compose":{"include":[{"system":"t","filter":[{"property":"p","op":"=","value":"v"}]}]}}"#,
            r#"{"resourceType":"ValueSet","url":"http://x/loop","compose":{"include":[{"valueSet":["http://x/loop"]}]}}"#,
            r#"{"2.16.840.1":{"2019":[{"code":"9","system":"s"}]}}"#,
        ];
        let vocabulary = vocabulary(&given);
        for (url, want) in [
            ("http://x/a", Some(2)),
            ("https://x/a", Some(2)),
            ("http://x/b", Some(3)),
            ("http://x/f", None),
            ("http://x/loop", None),
            ("urn:oid:2.16.840.1", Some(1)),
            ("http://cts.nlm.nih.gov/fhir/ValueSet/2.16.840.1", Some(1)),
            ("http://x/none", None),
        ] {
            let (terminology, absent) = vocabulary.build(&[&program(url)]);
            assert_eq!(terminology.value_set(url, None).map(|s| s.numbers().len()), want, "{url}");
            assert_eq!(absent.len(), usize::from(want.is_none()), "{url}");
            assert_eq!(absent.first().is_some_and(|a| a.why.is_some()), matches!(url, "http://x/f" | "http://x/loop"), "{url}");
        }
    }

    #[test]
    fn an_incomplete_expansion_is_said() {
        let vocabulary = vocabulary(&[
            r#"{"resourceType":"ValueSet","url":"u","expansion":{"total":5,"contains":[{"system":"s","code":"1"}]}}"#,
        ]);
        assert!(vocabulary.remarks[0].contains("1 of 5"));
    }
}
