//! Terminology from files: ValueSet and CodeSystem resources, Bundles, arrays, NDJSON, and maps of codes as cql-execution's code service takes them.
//!
//! A value set with an expansion is taken as expanded. One that is only defined is expanded by the engine over the code systems that were read too.

use super::files::{self, string};
use crate::Failure;
use ::cql::data::TerminologyFault;
use ::cql::{Program, Terminology};
use json::{Document, Kind, Projection, Value};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Everything about terminology that was read.
#[derive(Default)]
pub struct Vocabulary {
    /// Value sets and code systems.
    pub terminology: Terminology,
    /// How many resources and sets of codes were read.
    read: usize,
    /// What is worth knowing: incomplete expansions, unreadable neighbours.
    pub remarks: Vec<String>,
}

/// A value set that a program names and that has no answer.
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
        let projection = Terminology::projection();
        for file in files::walk(paths, &|e| matches!(e, "json" | "ndjson" | "jsonl"))? {
            let before = self.read;
            match files::bytes(&file.path).and_then(|bytes| self.file(&file.path, bytes, &projection)) {
                Err(error) if file.named => return Err(error),
                Err(error) => self.remarks.push(error.to_string()),
                Ok(()) if file.named && before == self.read => {
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
        let projection = Terminology::projection();
        for file in files::walk(paths, &|e| matches!(e, "json" | "ndjson"))? {
            let Ok(bytes) = files::bytes(&file.path) else { continue };
            let mentions = std::str::from_utf8(&bytes).is_ok_and(|t| t.contains("\"ValueSet\"") || t.contains("\"CodeSystem\""));
            if mentions {
                // What cannot be read here is said where it is read for what it is.
                let _ =
                    files::each_document(&file.path, bytes, Some(&projection), &mut |document| self.resources(document.root()));
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, bytes: Vec<u8>, projection: &Projection) -> Result<(), Failure> {
        files::each_document(path, bytes, Some(projection), &mut |document: Document| {
            let root = document.root();
            if root.kind() == Kind::Object && root.get("resourceType").is_none() {
                self.code_service(root);
            } else {
                self.resources(root);
            }
        })
    }

    fn resources(&mut self, root: Value<'_>) {
        files::resources(root, &mut |resource| {
            let added = self.terminology.add_fhir(resource);
            self.read += usize::from(added != Ok(false));
            if let Err(fault) = added {
                let kind = string(resource, "resourceType").unwrap_or_default();
                let id = string(resource, "id").unwrap_or_default();
                self.remarks.push(format!("{kind}/{id}: {fault}"));
            } else if let (true, Some(expansion)) = (added == Ok(true), resource.get("expansion")) {
                self.remark_unlisted(resource, expansion);
            }
        });
    }

    /// An expansion that says it has more codes than it lists.
    fn remark_unlisted(&mut self, resource: Value<'_>, expansion: Value<'_>) {
        let Some(total) = expansion.get("total").and_then(|t| t.as_i64()) else { return };
        let (Some(url), version) = (string(resource, "url"), string(resource, "version")) else { return };
        let unlisted = self.terminology.value_set(&url, version.as_deref()).map_or(0, |set| set.unlisted());
        if unlisted > 0 && expansion.get("contains").is_some() {
            self.remarks.push(format!(
                "value set {url}: its expansion lists {} of {total} codes; give the whole expansion, or codes will be missed",
                usize::try_from(total).unwrap_or(0).saturating_sub(unlisted)
            ));
        }
    }

    /// `{ url: { version: [ {code, system, version, display} ] } }`.
    fn code_service(&mut self, root: Value<'_>) {
        for (url, versions) in root.entries() {
            for (version, codes) in versions.entries() {
                if codes.kind() == Kind::Array {
                    let pairs: Vec<_> = codes
                        .items()
                        .filter_map(|code| Some((code.get("system")?.as_str()?, code.get("code")?.as_str()?)))
                        .collect();
                    let version = (!version.is_empty()).then_some(&*version);
                    self.terminology.add_value_set(&url, version, pairs.iter().map(|(system, code)| (&**system, &**code)));
                    self.read += 1;
                }
            }
        }
    }

    /// The value sets that programs name and that have no answer. Those that were given under another spelling of their URL are found by it from now on.
    pub fn settle(&mut self, programs: &[&Program]) -> Vec<Absent> {
        let needed: BTreeSet<(&str, Option<&str>, &str)> =
            programs.iter().flat_map(|p| p.plan().value_sets.iter()).map(|v| (&*v.url, v.version.as_deref(), &*v.name)).collect();
        let mut absent = Vec::new();
        for (url, version, name) in needed {
            let mut found = self.terminology.expansion(url, version).map(|_| ());
            if let Err(TerminologyFault::NoValueSet { versions, .. }) = &found
                && versions.is_empty()
            {
                let base = url.split('|').next().unwrap_or(url);
                let other = self.terminology.value_sets().map(|(other, _)| other).find(|other| same_set(other, base));
                if let Some(other) = other.map(str::to_owned) {
                    self.terminology.add_alias(base, &other);
                    found = self.terminology.expansion(url, version).map(|_| ());
                }
            }
            if let Err(fault) = found {
                let is_unseen = matches!(&fault, TerminologyFault::NoValueSet { versions, .. } if versions.is_empty());
                let url = version.map_or_else(|| url.to_owned(), |v| format!("{url}|{v}"));
                absent.push(Absent { url, name: name.to_owned(), why: (!is_unseen).then(|| fault.to_string()) });
            }
        }
        absent
    }

    /// How many resources and sets of codes were read.
    pub fn len(&self) -> usize {
        self.read
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
            r#"{"resourceType":"ValueSet","url":"http://x/g","compose":{"include":[{"system":"t","filter":[{"property":"concept","op":"is-a","value":"t1"}]}]}}"#,
            r#"{"resourceType":"ValueSet","url":"http://x/u","compose":{"include":[{"system":"unseen"}]}}"#,
            r#"{"resourceType":"ValueSet","url":"http://x/loop","compose":{"include":[{"valueSet":["http://x/loop"]}]}}"#,
            r#"{"2.16.840.1":{"2019":[{"code":"9","system":"s"}]}}"#,
        ];
        let mut vocabulary = vocabulary(&given);
        for (url, want) in [
            ("http://x/a", Some(2)),
            ("https://x/a", Some(2)),
            ("http://x/b", Some(3)),
            ("http://x/f", None),
            ("http://x/g", Some(2)),
            ("http://x/u", None),
            ("http://x/loop", None),
            ("urn:oid:2.16.840.1", Some(1)),
            ("http://cts.nlm.nih.gov/fhir/ValueSet/2.16.840.1", Some(1)),
            ("http://x/none", None),
        ] {
            let absent = vocabulary.settle(&[&program(url)]);
            assert_eq!(vocabulary.terminology.value_set(url, None).map(|s| s.numbers().len()), want, "{url}");
            assert_eq!(absent.len(), usize::from(want.is_none()), "{url}");
            assert_eq!(
                absent.first().is_some_and(|a| a.why.is_some()),
                matches!(url, "http://x/f" | "http://x/u" | "http://x/loop"),
                "{url}"
            );
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
