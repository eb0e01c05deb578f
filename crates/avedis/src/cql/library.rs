//! The libraries under `--library`: CQL, ELM JSON, FHIR Library resources; which of them is meant, and what it needs.
//!
//! Every library is only looked at for its name, version and includes. What is compiled is the main library and what it includes, so that a fault elsewhere in a
//! folder stops nothing.

use super::files::{self, string};
use crate::Failure;
use ::cql::syntax::{ParseLimits, parse};
use ::cql::{Options, Program, Source};
use base64::Engine;
use json::{Document, Value};
use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

/// In which form a library was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// CQL text.
    Cql,
    /// ELM JSON.
    Elm,
}

/// A library that was found.
pub struct Found {
    /// Its name; the file's when it has no `library` line.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// CQL or ELM.
    pub form: Form,
    /// Where, for messages.
    pub place: String,
    /// The text.
    pub text: String,
    /// What it includes: name and version.
    pub includes: Vec<(String, Option<String>)>,
    /// The URL of the Library resource it came in.
    pub url: Option<String>,
}

/// All libraries that were found.
#[derive(Default)]
pub struct Shelf {
    /// By place.
    pub libraries: Vec<Found>,
    /// What is worth knowing but stops nothing: twins with different text, unreadable neighbours.
    pub remarks: Vec<String>,
}

impl Shelf {
    /// Reads every library under the paths.
    pub fn load(paths: &[PathBuf]) -> Result<Shelf, Failure> {
        let mut shelf = Shelf::default();
        for file in files::walk(paths, &|e| matches!(e, "cql" | "json" | "ndjson"))? {
            let before = shelf.libraries.len();
            let result = shelf.file(&file.path);
            match result {
                Err(error) if file.named => return Err(error),
                Err(error) => shelf.remarks.push(error.to_string()),
                Ok(()) if file.named && shelf.libraries.len() == before => {
                    return Err(Failure::new(format!(
                        "{}: no library in it; CQL text (.cql), ELM JSON, a FHIR Library resource or a Bundle of them is taken",
                        file.path.display()
                    )));
                }
                Ok(()) => {}
            }
        }
        shelf.twins();
        Ok(shelf)
    }

    /// Adds the libraries that stand among other things, such as a measure's bundle.
    pub fn add_others(&mut self, paths: &[PathBuf]) -> Result<(), Failure> {
        for file in files::walk(paths, &|e| matches!(e, "cql" | "json"))? {
            if let Err(error) = self.file(&file.path) {
                self.remarks.push(error.to_string());
            }
        }
        self.twins();
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Result<(), Failure> {
        let place = path.display().to_string();
        if files::extension(path) == "cql" {
            let text = files::text(path)?;
            self.cql(text, &place, &stem(path), None);
            return Ok(());
        }
        let bytes = files::bytes(path)?;
        // Folders of measures hold megabytes of value sets and patients; they are not parsed.
        let mentions = |word: &str| std::str::from_utf8(&bytes).is_ok_and(|text| text.contains(word));
        if !mentions("\"library\"") && !mentions("\"Library\"") {
            return Ok(());
        }
        for document in files::documents(path)? {
            if let Some(library) = document.root().get("library").filter(|l| l.get("identifier").is_some()) {
                let text = String::from_utf8_lossy(document.bytes()).into_owned();
                self.elm(library, text, &place, &stem(path), None);
                continue;
            }
            let mut faults = Vec::new();
            files::resources(document.root(), &mut |resource| {
                if let Err(fault) = self.resource(resource, &place) {
                    faults.push(fault);
                }
            });
            self.remarks.append(&mut faults);
        }
        Ok(())
    }

    fn cql(&mut self, text: String, place: &str, stem: &str, url: Option<String>) {
        let (library, _) = parse(&place.into(), &text, &ParseLimits::default());
        let includes = library.includes.iter();
        self.libraries.push(Found {
            name: library.name.as_ref().map_or_else(|| stem.to_owned(), |n| n.dotted()),
            version: library.version.as_deref().map(str::to_owned),
            form: Form::Cql,
            place: place.to_owned(),
            includes: includes.map(|i| (i.library.dotted(), i.version.as_deref().map(str::to_owned))).collect(),
            text,
            url,
        });
    }

    fn elm(&mut self, library: Value<'_>, text: String, place: &str, stem: &str, url: Option<String>) {
        let identifier = library.get("identifier");
        let of_identifier = |key: &str| identifier.and_then(|i| string(i, key));
        let includes = library.get("includes").and_then(|i| i.get("def"));
        let includes = includes.into_iter().flat_map(|d| d.items());
        self.libraries.push(Found {
            name: of_identifier("id").unwrap_or_else(|| stem.to_owned()),
            version: of_identifier("version"),
            form: Form::Elm,
            place: place.to_owned(),
            includes: includes.filter_map(|i| Some((string(i, "path")?, string(i, "version")))).collect(),
            text,
            url,
        });
    }

    /// A FHIR Library resource: its content in base64.
    fn resource(&mut self, resource: Value<'_>, file: &str) -> Result<(), String> {
        if string(resource, "resourceType").as_deref() != Some("Library") {
            return Ok(());
        }
        let id = string(resource, "id").unwrap_or_default();
        let place = format!("{file}#Library/{id}");
        let name = string(resource, "name").unwrap_or_else(|| id.clone());
        let url = string(resource, "url");
        for content in resource.get("content").into_iter().flat_map(|c| c.items()) {
            let media = string(content, "contentType").unwrap_or_default();
            let media = media.split(';').next().unwrap_or_default().trim();
            let is_cql = media == "text/cql";
            if !is_cql && media != "application/elm+json" {
                continue;
            }
            let Some(data) = string(content, "data") else { continue };
            let data: String = data.chars().filter(|c| !c.is_ascii_whitespace()).collect();
            let bytes = base64::engine::general_purpose::STANDARD.decode(data);
            let text = bytes.ok().and_then(|b| String::from_utf8(b).ok());
            let text = text.ok_or_else(|| format!("{place}: its {media} content is not text in base64"))?;
            if is_cql {
                self.cql(text, &place, &name, url.clone());
                continue;
            }
            let document = Document::parse(text.as_bytes(), &files::limits()).map_err(|faults| {
                format!("{place}: its ELM is not JSON: {}", faults.first().map(ToString::to_string).unwrap_or_default())
            })?;
            match document.root().get("library") {
                Some(library) => self.elm(library, text, &place, &name, url.clone()),
                None => return Err(format!("{place}: its ELM has no `library`")),
            }
        }
        Ok(())
    }

    /// Of two libraries of one name, version and form the first is kept.
    fn twins(&mut self) {
        let mut kept: Vec<Found> = Vec::with_capacity(self.libraries.len());
        for library in std::mem::take(&mut self.libraries) {
            let twin = kept.iter_mut().find(|k| k.form == library.form && k.name == library.name && k.version == library.version);
            let Some(twin) = twin else {
                kept.push(library);
                continue;
            };
            if !same_text(&twin.text, &library.text) {
                self.remarks.push(format!(
                    "{}: another {} {}, with different text, is in {}; the latter is used",
                    library.place,
                    library.name,
                    library.version.as_deref().unwrap_or("without version"),
                    twin.place
                ));
            }
            twin.url = twin.url.take().or(library.url);
        }
        self.libraries = kept;
    }

    /// The library of a name (`Name`, `Name|version`) or of a Library URL (`http://.../Name|version`); CQL before ELM, the highest version when none is asked for.
    pub fn find(&self, wanted: &str) -> Option<usize> {
        let (base, version) = wanted.split_once('|').map_or((wanted, None), |(b, v)| (b, Some(v)));
        let tail = base.rsplit('/').next().unwrap_or(base);
        let of_version = |l: &&(usize, &Found)| version.is_none_or(|v| l.1.version.as_deref().is_none_or(|own| own == v));
        let all: Vec<(usize, &Found)> = self.libraries.iter().enumerate().collect();
        let by_url: Vec<&(usize, &Found)> = all.iter().filter(|l| l.1.url.as_deref() == Some(base)).filter(of_version).collect();
        let named = |l: &&(usize, &Found)| l.1.name == base || l.1.name == tail;
        let by_name: Vec<&(usize, &Found)> = all.iter().filter(named).filter(of_version).collect();
        // A URL names the resource, whose library may be called differently.
        let candidates = if by_url.is_empty() { by_name } else { by_url };
        let best = candidates
            .into_iter()
            .max_by(|a, b| (b.1.form, version_key(&a.1.version)).cmp(&(a.1.form, version_key(&b.1.version))).then(b.0.cmp(&a.0)));
        best.map(|(index, _)| *index)
    }

    /// Libraries that no other includes, CQL before ELM where both are there.
    pub fn roots(&self) -> Vec<usize> {
        let included: BTreeSet<&str> = self.libraries.iter().flat_map(|l| l.includes.iter().map(|(n, _)| tail(n))).collect();
        let free = self.libraries.iter().enumerate().filter(|(_, l)| !included.contains(tail(&l.name)) && !is_helpers(&l.name));
        free.filter(|(_, l)| l.form == Form::Cql || !self.has(&l.name, Form::Cql)).map(|(i, _)| i).collect()
    }

    fn has(&self, name: &str, form: Form) -> bool {
        self.libraries.iter().any(|l| l.form == form && l.name == name)
    }

    /// A library and all it includes, in its own form; in the other form when only that is complete.
    pub fn closure(&self, main: usize) -> Vec<usize> {
        let (own, missing) = self.closure_in(main);
        if missing == 0 {
            return own;
        }
        let library = &self.libraries[main];
        let other =
            self.libraries.iter().position(|l| l.form != library.form && l.name == library.name && l.version == library.version);
        match other.map(|o| self.closure_in(o)) {
            Some((whole, 0)) => whole,
            _ => own,
        }
    }

    /// The libraries reached, the main one last, and how many includes lead nowhere.
    fn closure_in(&self, main: usize) -> (Vec<usize>, usize) {
        let form = self.libraries[main].form;
        let mut reached = vec![main];
        let mut open = VecDeque::from([main]);
        let mut missing = 0;
        while let Some(index) = open.pop_front() {
            for (name, version) in &self.libraries[index].includes {
                if is_helpers(name) {
                    continue;
                }
                let found = self.included(name, version.as_deref(), form);
                missing += usize::from(found.is_none());
                if let Some(index) = found.filter(|index| !reached.contains(index)) {
                    reached.push(index);
                    open.push_back(index);
                }
            }
        }
        reached.reverse();
        (reached, missing)
    }

    /// The library an include means: of its version, or without one; otherwise the highest version there is (see [`Shelf::substitutes`]).
    fn included(&self, name: &str, version: Option<&str>, form: Form) -> Option<usize> {
        let all = || self.libraries.iter().enumerate().filter(move |(_, l)| l.form == form);
        let mut same: Vec<(usize, &Found)> = all().filter(|(_, l)| l.name == name).collect();
        if same.is_empty() {
            same = all().filter(|(_, l)| tail(&l.name) == tail(name)).collect();
        }
        let exact = |v: &str| same.iter().find(|(_, l)| l.version.as_deref() == Some(v)).map(|(i, _)| *i);
        let unversioned = || same.iter().find(|(_, l)| l.version.is_none()).map(|(i, _)| *i);
        let highest = || same.iter().max_by_key(|(_, l)| version_key(&l.version)).map(|(i, _)| *i);
        version.and_then(|v| exact(v).or_else(unversioned)).or_else(highest)
    }

    /// Includes whose version is not there, each with the version that is taken in its place.
    pub fn substitutes(&self, closure: &[usize]) -> Vec<Substitute> {
        let mut found = Vec::new();
        for index in closure.iter().filter(|i| self.libraries[**i].form == Form::Cql) {
            for (name, version) in &self.libraries[*index].includes {
                let Some(version) = version.as_deref().filter(|_| !is_helpers(name)) else { continue };
                let taken = self.included(name, Some(version), Form::Cql).and_then(|i| self.libraries[i].version.clone());
                if let Some(taken) = taken.filter(|t| t != version) {
                    found.push(Substitute { library: *index, name: name.clone(), asked: version.to_owned(), taken });
                }
            }
        }
        found
    }

    /// Compiles libraries of one form. `complete` may add to the text of the last one.
    pub fn compile(
        &self,
        closure: &[usize],
        complete: impl FnOnce(String) -> Result<String, Failure>,
        options: &Options,
    ) -> Result<Program, Failure> {
        let libraries: Vec<&Found> = closure.iter().map(|i| &self.libraries[*i]).collect();
        let is_cql = libraries.last().is_some_and(|l| l.form == Form::Cql);
        let mut texts: Vec<String> = libraries.iter().map(|l| l.text.clone()).collect();
        for substitute in self.substitutes(closure) {
            if let Some(position) = closure.iter().position(|i| *i == substitute.library) {
                texts[position] = substitute.apply(&texts[position]);
            }
        }
        if let Some(last) = texts.last_mut() {
            *last = complete(std::mem::take(last))?;
        }
        let compiled = if is_cql {
            let sources: Vec<Source<'_>> =
                libraries.iter().zip(&texts).map(|(l, text)| Source { name: &l.place, text }).collect();
            ::cql::compile(&sources, options)
        } else {
            let sources: Vec<(&str, &str)> =
                libraries.iter().zip(&texts).map(|(l, text)| (l.place.as_str(), text.as_str())).collect();
            ::cql::compile_elm(&sources)
        };
        compiled.map_err(|faults| faults_of(&faults))
    }
}

/// An include whose version is not there.
pub struct Substitute {
    /// The library that includes.
    pub library: usize,
    /// What it includes.
    pub name: String,
    /// In which version.
    pub asked: String,
    /// The version that is there.
    pub taken: String,
}

impl Substitute {
    /// The text of the library with the version that is there; columns after it may move, lines do not.
    fn apply(&self, text: &str) -> String {
        let asked = format!("'{}'", self.asked);
        let is_meant =
            |line: &str| line.trim_start().starts_with("include") && line.contains(tail(&self.name)) && line.contains(&asked);
        match text.split_inclusive('\n').find(|line| is_meant(line)) {
            Some(line) => text.replacen(line, &line.replace(&asked, &format!("'{}'", self.taken)), 1),
            None => text.to_owned(),
        }
    }
}

/// All errors of a compilation as one message; warnings are left to `check`.
pub fn faults_of(faults: &[::cql::Diagnostic]) -> Failure {
    let errors: Vec<&::cql::Diagnostic> = faults.iter().filter(|f| f.severity == ::cql::Severity::Error).collect();
    let text: Vec<String> = errors.iter().take(50).map(|f| format!("{f}\n")).collect();
    let more = if errors.len() > 50 { format!("\n... and {} more", errors.len() - 50) } else { String::new() };
    let noun = if errors.len() == 1 { "error" } else { "errors" };
    Failure::new(format!("{} {noun} in the CQL\n{}{more}", errors.len(), text.join("\n")))
}

/// FHIRHelpers is part of the engine.
pub fn is_helpers(name: &str) -> bool {
    tail(name) == "FHIRHelpers"
}

fn tail(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
}

/// `1.10.0` is after `1.9.0`.
fn version_key(version: &Option<String>) -> Vec<(u64, String)> {
    version.as_deref().unwrap_or_default().split(['.', '-']).map(|p| (p.parse().unwrap_or(0), p.to_owned())).collect()
}

/// Whether two texts are equal but for white space at the ends of lines.
fn same_text(a: &str, b: &str) -> bool {
    a.lines().map(str::trim_end).eq(b.lines().map(str::trim_end))
}
