//! Terminologies that may not travel with Avedis, for those who hold their licence: RxNorm, LOINC, SNOMED CT, UMLS, CPT.
//!
//! An import takes the built-in lexicon and adds codes and terms to its concepts where the name is known, and concepts where it is not.
//! What comes out is one complete lexicon, so that a reading still names one hash.
//!
//! ```
//! use lexicon::imports::{Format, import};
//! let rows = "5640|ENG||||||||||RXNORM|IN|5640|ibuprofen||N||\n5640|ENG||||||||||RXNORM|BN|1|Motrin||N||\n";
//! let (bytes, summary) = import(Format::RxNorm, &mut rows.as_bytes(), None, &lexicon::builtin()?)?;
//! let lexicon = text::Lexicon::from_bytes(bytes)?;
//! let ibuprofen = lexicon.term(&["ibuprofen"])[0].target;
//! assert!(lexicon.codings(ibuprofen).any(|c| c.code == "5640"));
//! assert_eq!((summary.concepts, summary.known), (1, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cpt;
mod loinc;
mod rxnorm;
mod snomed;
mod umls;

use crate::assemble::coding;
use std::collections::BTreeMap;
use std::io::BufRead;
use text::fact::Kind;
use text::lexicon::{BuildFault, Builder, ConceptId, Entry, Lexicon, Role};

/// What is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `RXNCONSO.RRF` of the National Library of Medicine.
    RxNorm,
    /// `Loinc.csv` of the Regenstrief Institute.
    Loinc,
    /// A description file of a SNOMED CT release (RF2), with its fully specified names.
    Snomed,
    /// `MRCONSO.RRF` of the UMLS, with `MRSTY.RRF` for what each concept is.
    Umls,
    /// The code list of the American Medical Association: a code, white space, a descriptor.
    Cpt,
}

impl Format {
    /// By its name on the command line.
    #[must_use]
    pub fn named(name: &str) -> Option<Format> {
        Some(match name {
            "rxnorm" => Format::RxNorm,
            "loinc" => Format::Loinc,
            "snomed" => Format::Snomed,
            "umls" => Format::Umls,
            "cpt" => Format::Cpt,
            _ => return None,
        })
    }
}

/// A file that cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It could not be read.
    #[error("lexicon-import-unreadable: line {line}: {what}; give the file as it was published, unpacked, in UTF-8")]
    Unreadable {
        /// Line, from 1.
        line: usize,
        /// What went wrong.
        what: String,
    },
    /// It has other columns.
    #[error("lexicon-import-format: line {line}: {what}")]
    Format {
        /// Line, from 1.
        line: usize,
        /// What was wanted.
        what: &'static str,
    },
    /// Nothing in it can be used.
    #[error("lexicon-import-empty: no row of the file can be used; look whether it is the file that the format asks for")]
    Empty,
    /// Too much.
    #[error("lexicon-import-size: more than {MOST_TERMS} terms; import a part (a language, a source) of it")]
    TooMany,
}

/// More terms than this are not taken: what a lexicon can address is far more, what a machine holds while building is not.
pub const MOST_TERMS: usize = 6_000_000;

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Concepts of the file.
    pub concepts: usize,
    /// Of these, such as the lexicon knew by name.
    pub known: usize,
    /// Terms of the file.
    pub terms: usize,
}

/// A concept of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Found {
    /// What it is; none when the file does not say.
    kind: Option<Kind>,
    /// The best name, when a row marks it.
    name: Option<String>,
    terms: Vec<String>,
}

/// Concepts of a file by code.
#[derive(Debug, Default)]
struct Gathered {
    concepts: BTreeMap<String, Found>,
    terms: usize,
}

impl Gathered {
    fn add(&mut self, code: &str, term: &str, best: bool) -> Result<&mut Found, Fault> {
        self.terms += 1;
        if self.terms > MOST_TERMS {
            return Err(Fault::TooMany);
        }
        let found = self.concepts.entry(code.to_owned()).or_default();
        if best {
            found.name = Some(term.to_owned());
        }
        found.terms.push(term.to_owned());
        Ok(found)
    }
}

/// Reads a file and gives a lexicon that has it.
///
/// # Errors
/// [`Fault`] when the file is not of the format or nothing of it can be used.
pub fn import(
    format: Format,
    file: &mut dyn BufRead,
    types: Option<&mut dyn BufRead>,
    base: &Lexicon,
) -> Result<(Vec<u8>, Summary), Fault> {
    let (gathered, letter) = match format {
        Format::RxNorm => (rxnorm::gather(file)?, 'R'),
        Format::Loinc => (loinc::gather(file)?, 'L'),
        Format::Snomed => (snomed::gather(file)?, 'S'),
        Format::Umls => (umls::gather(file, types)?, 'N'),
        Format::Cpt => (cpt::gather(file)?, 'T'),
    };
    if gathered.concepts.is_empty() {
        return Err(Fault::Empty);
    }
    let mut builder = Builder::new();
    builder.extend(base);
    let mut summary = Summary { concepts: gathered.concepts.len(), terms: gathered.terms, ..Summary::default() };
    for (code, found) in &gathered.concepts {
        summary.known += usize::from(join(&mut builder, &format!("{letter}:{code}"), found));
    }
    Ok((builder.finish(), summary))
}

/// Adds a concept of a file; true when the lexicon knew it by a name.
fn join(builder: &mut Builder, code: &str, found: &Found) -> bool {
    let kind = found.kind.unwrap_or(Kind::Other);
    let Some(name) = found.name.as_deref().or_else(|| found.terms.first().map(String::as_str)) else { return false };
    let same =
        std::iter::once(name).chain(found.terms.iter().map(String::as_str)).find_map(|term| known(builder, term, found.kind));
    let coding = coding(code);
    let concept = match same {
        Some(concept) => {
            coding.iter().for_each(|coding| builder.coding(concept, coding));
            concept
        }
        None => builder.concept(kind, name, coding.into_iter().collect()),
    };
    for term in std::iter::once(name).chain(found.terms.iter().map(String::as_str)) {
        let letters = term.chars().filter(|c| c.is_alphanumeric()).count();
        let entry = Entry { role: Role::Concept, target: concept.0, capitals: letters < 4, ambiguous: letters < 3 };
        match builder.term(term, entry) {
            // A term of many words or none at all is never met; the rest of the concept stays.
            Ok(()) | Err(BuildFault::Long(_) | BuildFault::Empty(_)) => {}
        }
    }
    same.is_some()
}

/// The concept of the same kind that a term names without doubt.
fn known(builder: &Builder, term: &str, kind: Option<Kind>) -> Option<ConceptId> {
    let alike = |found: Kind| match kind {
        None => true,
        Some(Kind::Problem | Kind::Finding) => matches!(found, Kind::Problem | Kind::Finding),
        Some(kind) => found == kind,
    };
    let entries = builder.entries(term).iter().filter(|e| e.role == Role::Concept && !e.ambiguous);
    entries.map(|e| ConceptId(e.target)).find(|id| builder.kind(*id).is_some_and(alike))
}

/// The columns of each line of a file, split at a character.
fn lines(file: &mut dyn BufRead, split: char, mut each: impl FnMut(usize, &[&str]) -> Result<(), Fault>) -> Result<(), Fault> {
    let mut line = String::new();
    for number in 1.. {
        line.clear();
        let read = file.read_line(&mut line).map_err(|e| Fault::Unreadable { line: number, what: e.to_string() })?;
        if read == 0 {
            break;
        }
        let row = line.trim_end_matches(['\n', '\r']).trim_start_matches('\u{feff}');
        if !row.is_empty() {
            each(number, &row.split(split).collect::<Vec<_>>())?;
        }
    }
    Ok(())
}
