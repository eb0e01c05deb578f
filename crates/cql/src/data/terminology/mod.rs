//! Value sets and code systems, loaded once and shared by all evaluations.
//!
//! Every code is interned to a number; a value set is the sorted list of its numbers. A value set that is only
//! defined is expanded when it is first asked for, over the code systems given by then. What was not given, or
//! not given whole, has no answer: asking for it is an error that names it, never an empty set.

mod define;
mod expand;
mod fault;
mod filter;
mod read;
mod set;
mod shape;
mod system;
mod table;
#[cfg(test)]
mod tests;

pub use fault::TerminologyFault;
pub use set::ValueSetCodes;
pub use system::{CodeSystem, Content};

use crate::value::Code;
use define::{Body, Definition};
use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use table::CodeTable;

/// The number of an interned code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeNumber(u32);

impl CodeNumber {
    pub(super) fn from_u32(number: u32) -> CodeNumber {
        CodeNumber(number)
    }

    pub(super) fn to_u32(self) -> u32 {
        self.0
    }
}

/// Value sets and code systems.
///
/// ```
/// use cql::Terminology;
/// let text = r#"{ "resourceType": "CodeSystem", "url": "urn:animals", "content": "complete",
///     "concept": [{ "code": "mammal", "concept": [{ "code": "cat" }, { "code": "dog" }] }] }"#;
/// let system = json::Document::parse(text.as_bytes(), &json::Limits::default()).map_err(|_| "bad JSON")?;
/// let text = r#"{ "resourceType": "ValueSet", "url": "urn:mammals", "compose": { "include": [
///     { "system": "urn:animals", "filter": [{ "property": "concept", "op": "descendent-of", "value": "mammal" }] }] } }"#;
/// let set = json::Document::parse(text.as_bytes(), &json::Limits::default()).map_err(|_| "bad JSON")?;
/// let mut terminology = Terminology::new();
/// // The order does not matter: a definition is expanded when it is asked for.
/// terminology.add_fhir_value_set(set.root()).map_err(|fault| fault.to_string())?;
/// terminology.add_fhir_code_system(system.root()).map_err(|fault| fault.to_string())?;
/// let mammals = terminology.expansion("urn:mammals", None).map_err(|fault| fault.to_string())?;
/// assert_eq!(mammals.numbers().len(), 2);
/// assert!(terminology.expansion("urn:birds", None).is_err(), "never an empty set");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Default)]
pub struct Terminology {
    revision: u64,
    codes: CodeTable,
    value_sets: Vec<Entry>,
    sets_by_url: HashMap<String, Vec<usize>>,
    systems: Vec<CodeSystem>,
    systems_by_url: HashMap<String, Vec<usize>>,
    /// Some definition was expanded since the last change.
    expanded: OnceLock<()>,
}

/// One value set as it was given.
#[derive(Clone)]
struct Entry {
    url: String,
    version: Option<String>,
    /// How it is defined, when its codes were not given.
    definition: Option<Definition>,
    codes: OnceLock<Result<ValueSetCodes, TerminologyFault>>,
}

impl Terminology {
    /// No value sets.
    pub fn new() -> Terminology {
        Terminology::default()
    }

    /// A number no other state of any terminology has, so that what was read with one is
    /// never used with another.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// What was added may change what is in every set that is defined by others.
    fn changed(&mut self) {
        static REVISIONS: AtomicU64 = AtomicU64::new(1);
        self.revision = REVISIONS.fetch_add(1, Ordering::Relaxed);
        if self.expanded.take().is_some() {
            self.value_sets.iter_mut().filter(|set| set.definition.is_some()).for_each(|set| set.codes = OnceLock::new());
        }
    }

    /// Adds a value set of (system, code) pairs; one of the same URL and version is replaced.
    pub fn add_value_set<'c>(&mut self, url: &str, version: Option<&str>, codes: impl IntoIterator<Item = (&'c str, &'c str)>) {
        let numbers = codes.into_iter().map(|(system, code)| self.codes.intern(system, code)).collect();
        self.add_set(url.to_owned(), version.map(str::to_owned), Body::Codes(numbers, 0));
    }

    /// Adds a FHIR R4 ValueSet resource: its expansion, or else its definition (`compose`), which is expanded when the set is asked for.
    ///
    /// # Errors
    /// When there is no `url`, or neither of the two.
    pub fn add_fhir_value_set(&mut self, resource: json::Value<'_>) -> Result<(), TerminologyFault> {
        let read = define::value_set(resource, &mut self.codes)?;
        let fault = matches!(read.body, Body::Nothing).then(|| TerminologyFault::NoContent(read.url.clone()));
        // One with nothing in it is kept too, so that asking for it says why it has no answer.
        self.add_set(read.url, read.version, read.body);
        fault.map_or(Ok(()), Err)
    }

    fn add_set(&mut self, url: String, version: Option<String>, body: Body) {
        self.changed();
        let (definition, codes) = match body {
            Body::Nothing => (None, OnceLock::new()),
            Body::Definition(definition) => (Some(definition), OnceLock::new()),
            Body::Codes(numbers, unlisted) => {
                let set = ValueSetCodes::new(&url, version.as_deref(), numbers).with_unlisted(unlisted);
                (None, OnceLock::from(Ok(set)))
            }
        };
        let entry = Entry { url, version, definition, codes };
        let known = self.sets_by_url.entry(entry.url.clone()).or_default();
        place(&mut self.value_sets, known, entry, |set| set.version.as_deref());
    }

    /// Adds a FHIR R4 CodeSystem resource; one of the same URL and version is replaced.
    ///
    /// Codes are below others by nesting and by the properties `parent`, `child`, `subsumedBy` and `subsumes`.
    ///
    /// # Errors
    /// When there is no `url`.
    pub fn add_fhir_code_system(&mut self, resource: json::Value<'_>) -> Result<(), TerminologyFault> {
        let url = resource.get("url").and_then(|v| v.as_str());
        let folds = resource.get("caseSensitive").and_then(|v| v.as_bool()) == Some(false);
        if let (Some(url), true) = (&url, folds)
            && self.codes.fold(url)
        {
            self.renumber();
        }
        let system = read::code_system(resource, &mut self.codes)?;
        self.changed();
        let known = self.systems_by_url.entry(system.url.clone()).or_default();
        place(&mut self.systems, known, system, CodeSystem::version);
        Ok(())
    }

    /// Gives codes that turned out to be the same one number everywhere.
    fn renumber(&mut self) {
        let Terminology { codes, value_sets, systems, .. } = self;
        let number = |number| codes.kept(number);
        for set in value_sets {
            if let (None, Some(Ok(listed))) = (&set.definition, set.codes.get_mut()) {
                *listed = listed.renumbered(number);
            }
            for part in set.definition.iter_mut().flat_map(|d| d.include.iter_mut().chain(&mut d.exclude)) {
                part.codes.iter_mut().flatten().for_each(|code| *code = number(*code));
            }
        }
        for system in systems {
            system.concepts.iter_mut().for_each(|concept| concept.number = number(concept.number));
            system.by_number.iter_mut().for_each(|(code, _)| *code = number(*code));
            system.by_number.sort_unstable();
        }
    }

    /// Lets a URL name the value sets of another, when it names none itself.
    pub fn add_alias(&mut self, url: &str, of: &str) {
        if let (false, Some(sets)) = (self.sets_by_url.contains_key(url), self.sets_by_url.get(of)) {
            let sets = sets.clone();
            self.changed();
            self.sets_by_url.insert(url.to_owned(), sets);
        }
    }

    /// The codes of the value set of a URL (`|version` may follow it) and a version; without a version those of
    /// the highest. `None` when it was not given or cannot be expanded: [`Terminology::expansion`] says why.
    pub fn value_set(&self, url: &str, version: Option<&str>) -> Option<&ValueSetCodes> {
        self.expansion(url, version).ok()
    }

    /// The codes of a value set, as [`Terminology::value_set`].
    ///
    /// # Errors
    /// When it was not given; when it is defined and something its definition needs was not given, or not
    /// given whole; when it is defined in a circle or by a filter that cannot be answered.
    pub fn expansion(&self, url: &str, version: Option<&str>) -> Result<&ValueSetCodes, TerminologyFault> {
        let (url, version) = split(url, version);
        let known = self.sets_by_url.get(url).map(Vec::as_slice).unwrap_or_default();
        match pick(&self.value_sets, known, version, |set| set.version.as_deref()) {
            Some(index) => self.expand(index, &mut Vec::new()),
            None => Err(TerminologyFault::NoValueSet { named: named(url, version), versions: self.versions(known) }),
        }
    }

    fn versions(&self, known: &[usize]) -> Vec<String> {
        known.iter().filter_map(|index| self.value_sets[*index].version.clone()).collect()
    }

    /// The code system of a URL (`|version` may follow it) and a version; without a version the highest.
    pub fn code_system(&self, url: &str, version: Option<&str>) -> Option<&CodeSystem> {
        self.system(url, version).ok()
    }

    fn system(&self, url: &str, version: Option<&str>) -> Result<&CodeSystem, TerminologyFault> {
        let (url, version) = split(url, version);
        let known = self.systems_by_url.get(url).map(Vec::as_slice).unwrap_or_default();
        match pick(&self.systems, known, version, CodeSystem::version) {
            Some(index) => Ok(&self.systems[index]),
            None => Err(TerminologyFault::NoCodeSystem {
                named: named(url, version),
                versions: known.iter().filter_map(|index| self.systems[*index].version.clone()).collect(),
            }),
        }
    }

    /// Whether a code system has a code (CQL Appendix B, *In (Codesystem)*). `of` is the system the code says it
    /// is of, empty for a Code without one; `None` asks for the text of a code alone.
    ///
    /// # Errors
    /// When the code system was not given, or was not given whole and does not list the code.
    pub fn in_code_system(
        &self,
        url: &str,
        version: Option<&str>,
        code: &str,
        of: Option<&str>,
    ) -> Result<bool, TerminologyFault> {
        let system = self.system(url, version)?;
        if of.is_some_and(|of| of != system.url) {
            return Ok(false);
        }
        let number = self.codes.find(system.url.as_bytes(), code.as_bytes());
        let listed = system.content.defines() && number.is_some_and(|number| system.position(number).is_some());
        if !listed && system.content != Content::Complete {
            return Err(system.incomplete());
        }
        Ok(listed)
    }

    /// Whether a code is another or above it (CQL Appendix B, *Subsumes*); unknown for a code the system does
    /// not have, or one without a code or system.
    ///
    /// # Errors
    /// When their code system was not given (in the version a code asks for), was not given whole and does not
    /// show the one above the other, or has a hierarchy that is not one of kinds.
    pub fn subsumes(&self, above: &Code, below: &Code) -> Result<Option<bool>, TerminologyFault> {
        let parts = |code: &Code| Some((code.system.clone()?, code.code.clone()?));
        let (Some((system, a)), Some((other, b))) = (parts(above), parts(below)) else {
            return Ok(None);
        };
        if system != other {
            return Ok(Some(false));
        }
        let number = |code: &str| self.codes.find(system.as_bytes(), code.as_bytes());
        if a == b || number(&a).is_some_and(|a| Some(a) == number(&b)) {
            return Ok(Some(true));
        }
        let versions = [above.version.as_deref(), below.version.as_deref()];
        let system = match versions.into_iter().flatten().find_map(|version| self.code_system(&system, Some(version))) {
            Some(system) => system,
            None => self.system(&system, versions.into_iter().flatten().next())?,
        };
        let position = |code: &str| system.position(number(code)?);
        let (Some(a), Some(b)) = (position(&a), position(&b)) else {
            return if system.content == Content::Complete { Ok(None) } else { Err(system.incomplete()) };
        };
        if let Some(meaning) = &system.no_subsumption {
            return Err(TerminologyFault::NoSubsumption { system: system.named(), meaning: meaning.clone() });
        }
        if system.content.defines() && system.is_below(b, a) {
            return Ok(Some(true));
        }
        if system.content == Content::Complete { Ok(Some(false)) } else { Err(system.incomplete()) }
    }

    /// The number of a code, when any value set or code system has it.
    pub fn number(&self, system: &[u8], code: &[u8]) -> Option<CodeNumber> {
        self.codes.find(system, code)
    }

    /// The numbers a code has in all systems.
    fn numbers_of(&self, code: &[u8]) -> impl Iterator<Item = CodeNumber> {
        self.codes.numbers_of(code)
    }

    /// System and code of a number.
    pub fn code(&self, number: CodeNumber) -> (&str, &str) {
        self.codes.get(number)
    }

    /// URL and version of every value set, those that cannot be expanded too.
    pub fn value_sets(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.value_sets.iter().map(|set| (set.url.as_str(), set.version.as_deref()))
    }

    /// The code systems.
    pub fn code_systems(&self) -> impl Iterator<Item = &CodeSystem> {
        self.systems.iter()
    }

    /// How many value sets are loaded.
    pub fn len(&self) -> usize {
        self.value_sets.len()
    }

    /// Whether no value set is loaded.
    pub fn is_empty(&self) -> bool {
        self.value_sets.is_empty()
    }
}

/// Puts one among all, in the place of its own version, and its index among those of its URL, the highest version last.
fn place<T>(all: &mut Vec<T>, known: &mut Vec<usize>, one: T, version: fn(&T) -> Option<&str>) {
    if let Some(index) = known.iter().find(|index| version(&all[**index]) == version(&one)) {
        all[*index] = one;
        return;
    }
    let at = known.partition_point(|index| order(version(&all[*index])) <= order(version(&one)));
    known.insert(at, all.len());
    all.push(one);
}

/// The one of the version asked for; without a version the highest.
fn pick<T>(all: &[T], known: &[usize], version: Option<&str>, of: fn(&T) -> Option<&str>) -> Option<usize> {
    let asked = known.iter().find(|index| version.is_some() && of(&all[**index]) == version);
    // One that states no version serves any.
    let open = || known.last().filter(|index| version.is_none() || of(&all[**index]).is_none());
    asked.or_else(open).copied()
}

/// Versions in order: parts that are numbers as numbers.
fn order(version: Option<&str>) -> Vec<(u64, &str)> {
    version.unwrap_or_default().split(['.', '-', '/']).map(|part| (part.parse().unwrap_or(0), part)).collect()
}

/// A canonical reference, `url|version`, as its two parts.
fn split<'u>(url: &'u str, version: Option<&'u str>) -> (&'u str, Option<&'u str>) {
    match url.split_once('|') {
        Some((url, pinned)) => (url, Some(pinned)),
        None => (url, version),
    }
}

fn named(url: &str, version: Option<&str>) -> String {
    version.map_or_else(|| url.to_owned(), |version| format!("{url}|{version}"))
}
