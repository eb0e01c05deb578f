//! From the files of `data/` to the bytes of a lexicon. The build script and `avedis lexicon check` both use it; it reads nothing itself.

use std::collections::{HashMap, HashSet};
use text::cue;
use text::fact::{Axis, Coding, Kind, Section};
use text::layout::section_number;
use text::lexicon::{BuildFault, Builder, ConceptId, DRUG_CLASS, Entry, OWN, Role};

/// A file of the data, by name; none when there is no such file.
pub type Files<'f> = &'f dyn Fn(&str) -> Option<String>;

/// A row that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// File and line.
    pub place: String,
    /// What is wrong.
    pub what: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Letters of the term files and the systems they stand for, as FHIR names them.
pub const SYSTEMS: [(&str, &str); 15] = [
    ("I", "http://hl7.org/fhir/sid/icd-10-cm"),
    ("L", "http://loinc.org"),
    ("C", "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"),
    ("H", "http://human-phenotype-ontology.org"),
    ("D", "http://purl.obolibrary.org/obo/doid.owl"),
    ("U", "http://fdasis.nlm.nih.gov"),
    ("B", "http://www.drugbank.ca"),
    ("M", "http://id.nlm.nih.gov/mesh"),
    ("S", "http://snomed.info/sct"),
    ("R", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    ("T", "http://www.ama-assn.org/go/cpt"),
    ("N", "http://www.nlm.nih.gov/research/umls"),
    ("K", DRUG_CLASS),
    ("O", OWN),
    ("A", "urn:avedis:sleep-test"),
];

/// Files of helpers whose rows are a term and what is said of it.
const HELPERS: [(&str, Role); 5] = [
    ("units.tsv", Role::Unit),
    ("routes.tsv", Role::Route),
    ("frequencies.tsv", Role::Frequency),
    ("outcomes.tsv", Role::Outcome),
    ("qualifiers.tsv", Role::Qualifier),
];

/// Salts and forms that a drug's name may end with.
const SALTS: [&str; 26] = [
    "hydrochloride",
    "sodium",
    "potassium",
    "calcium",
    "sulfate",
    "succinate",
    "tartrate",
    "maleate",
    "mesylate",
    "phosphate",
    "acetate",
    "citrate",
    "fumarate",
    "besylate",
    "hydrobromide",
    "magnesium",
    "bromide",
    "furoate",
    "propionate",
    "xinafoate",
    "disodium",
    "monohydrate",
    "anhydrous",
    "dihydrate",
    "trihydrate",
    "hemihydrate",
];

/// Makes the lexicon.
///
/// # Errors
/// Every [`Fault`] of every file.
pub fn assemble(files: Files<'_>) -> Result<Vec<u8>, Vec<Fault>> {
    let mut work = Work::default();
    work.cues(files);
    work.headings(files);
    work.helpers(files);
    work.stops(files);
    work.classes(files);
    work.variables(files);
    work.own(files);
    work.open(files);
    work.missing_members();
    work.abbreviations(files);
    if work.faults.is_empty() { Ok(work.builder.finish()) } else { Err(work.faults) }
}

#[derive(Default)]
struct Work {
    builder: Builder,
    faults: Vec<Fault>,
    /// Classes of a drug by its name.
    members: HashMap<String, Vec<String>>,
    /// Members with their brands, to be made when no source knows them.
    drugs: Vec<Vec<String>>,
    /// Terms that count only with support, in lower case.
    doubtful: HashSet<String>,
    concepts: Vec<Kind>,
}

impl Work {
    fn fault(&mut self, place: &str, what: impl Into<String>) {
        self.faults.push(Fault { place: place.to_owned(), what: what.into() });
    }

    /// The rows of a file with their places; a missing file has none.
    fn rows(&mut self, files: Files<'_>, name: &str) -> Vec<(String, Vec<String>)> {
        let Some(text) = files(name) else { return Vec::new() };
        let lines = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#'));
        let split = |l: &str| l.split('\t').map(|c| c.trim().to_owned()).collect();
        lines.map(|(i, l)| (format!("{name}:{}", i + 1), split(l))).collect()
    }

    fn columns<const N: usize>(&mut self, place: &str, row: Vec<String>) -> Option<[String; N]> {
        let found = row.len();
        let columns = row.try_into().ok();
        if columns.is_none() {
            self.fault(place, format!("{found} columns, {N} wanted"));
        }
        columns
    }

    fn add(&mut self, place: &str, written: &str, role: Role, target: u32) {
        // A cue may itself be a question mark.
        let (term, capitals, marked) = if role == Role::Cue { (written, false, false) } else { sigils(written) };
        let ambiguous = marked || role == Role::Concept && self.doubtful.contains(&term.to_lowercase());
        if let Err(fault) = self.builder.term(term, Entry { role, target, capitals, ambiguous }) {
            self.fault(place, fault.to_string());
        }
    }

    fn cues(&mut self, files: Files<'_>) {
        for (place, row) in self.rows(files, "cues.tsv") {
            let Some([term, axis, reach]) = self.columns(&place, row) else { continue };
            match (axis_of(&axis), cue::Reach::named(&reach)) {
                (Some(axis), Some(reach)) => self.add(&place, &term, Role::Cue, cue::code(axis, reach)),
                _ => self.fault(&place, format!("no axis `{axis}` or reach `{reach}`")),
            }
        }
    }

    fn headings(&mut self, files: Files<'_>) {
        for (place, row) in self.rows(files, "headings.tsv") {
            let Some([term, section]) = self.columns(&place, row) else { continue };
            match section_of(&section) {
                Some(section) => self.add(&place, &term, Role::Heading, section_number(section)),
                None => self.fault(&place, format!("no section `{section}`")),
            }
        }
    }

    /// Units, routes and the like: what is said of a term is kept as it is written.
    fn helpers(&mut self, files: Files<'_>) {
        for (name, role) in HELPERS {
            for (place, row) in self.rows(files, name) {
                let [term, rest @ ..] = &row[..] else { continue };
                let target = self.builder.string(&rest.join("\t"));
                self.add(&place, term, role, target);
            }
        }
    }

    /// Everyday words, which name nothing, and words of several senses, which need support.
    fn stops(&mut self, files: Files<'_>) {
        for (place, row) in self.rows(files, "stop.tsv") {
            for term in row.iter().flat_map(|c| c.split('|')) {
                self.add(&place, term, Role::Stop, 0);
            }
        }
        for (_, row) in self.rows(files, "ambiguous.tsv") {
            self.doubtful.extend(row.iter().flat_map(|c| c.split('|')).map(str::to_lowercase));
        }
    }

    /// Drug classes: code, names of the class, members with their brands (`ingredient/brand/brand`; `\` stands for a
    /// stroke within a name).
    fn classes(&mut self, files: Files<'_>) {
        for (place, row) in self.rows(files, "classes.tsv") {
            let Some([code, names, members]) = self.columns(&place, row) else { continue };
            let mut names = names.split('|');
            let name = names.next().unwrap_or_default();
            let codings = code.split(' ').filter_map(|c| coding(&format!("K:{c}"))).collect();
            let concept = self.concept(Kind::Medication, name.trim_start_matches(['=', '?']), codings);
            for term in std::iter::once(name).chain(names) {
                self.add(&place, term, Role::Concept, concept.0);
            }
            for member in members.split('|').filter(|m| !m.is_empty()) {
                let spellings: Vec<String> = member.split('/').map(|m| m.trim().replace('\\', "/")).collect();
                let ingredient = spellings.first().map(|s| s.trim_start_matches(['=', '?']).to_lowercase()).unwrap_or_default();
                self.members.entry(ingredient).or_default().extend(code.split(' ').map(str::to_owned));
                self.drugs.push(spellings);
            }
        }
    }

    /// Measured things: name, codes, unit, bounds, whether the unit is implied, other units, terms.
    fn variables(&mut self, files: Files<'_>) {
        for (place, row) in self.rows(files, "variables.tsv") {
            let Some([name, codes, unit, low, high, implied, others, terms]) = self.columns(&place, row) else { continue };
            if low.parse::<f64>().is_err() || high.parse::<f64>().is_err() || !matches!(implied.as_str(), "yes" | "no") {
                self.fault(&place, "bounds are numbers and the sixth column says yes or no");
                continue;
            }
            let concept = self.concept(Kind::Measurement, &name, codings(&codes));
            self.builder.variable(concept, &unit, (&low, &high), &others, implied == "yes");
            for term in std::iter::once(name.as_str()).chain(terms.split('|')).filter(|t| !t.is_empty()) {
                self.add(&place, term, Role::Concept, concept.0);
            }
        }
    }

    /// Our own terms: sort, codes, terms.
    fn own(&mut self, files: Files<'_>) {
        for (place, row) in self.rows(files, "um.tsv") {
            let Some([sort, codes, terms]) = self.columns(&place, row) else { continue };
            let Some(kind) = kind_of(&sort) else {
                self.fault(&place, format!("no sort `{sort}`"));
                continue;
            };
            self.concept_with_terms(&place, kind, &codes, terms.split('|'), false);
        }
    }

    /// The open terminologies. What has an ICD-10-CM code comes first: of several concepts of one term the first is taken.
    fn open(&mut self, files: Files<'_>) {
        let rows = self.rows(files, "open-terms.tsv");
        let (coded, others): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|(_, row)| row.get(1).is_some_and(|c| c.starts_with("I:")));
        for (place, row) in coded.into_iter().chain(others) {
            let Some([sort, codes, terms]) = self.columns(&place, row) else { continue };
            let Some(kind) = kind_of(&sort) else { continue };
            self.concept_with_terms(&place, kind, &codes, terms.split('|'), true);
        }
    }

    /// Adds a concept, or its codes and terms to the one that has its name.
    fn concept_with_terms<'t>(&mut self, place: &str, kind: Kind, codes: &str, terms: impl Iterator<Item = &'t str>, open: bool) {
        let terms: Vec<&str> = terms.filter(|t| !t.is_empty()).collect();
        let Some(name) = terms.first().map(|t| t.trim_start_matches(['=', '?'])) else { return };
        let mut known = codings(codes);
        if kind == Kind::Medication {
            known.extend(self.classes_of(name));
        }
        let same = self.same(kind, name);
        let concept = match same {
            Some(concept) => {
                known.iter().for_each(|coding| self.builder.coding(concept, coding));
                concept
            }
            None => self.concept(kind, name, known),
        };
        for term in terms {
            if !open {
                self.add(place, term, Role::Concept, concept.0);
                continue;
            }
            // An acronym, or so few letters that it could be anything.
            let letters = term.chars().filter(|c| c.is_alphanumeric()).count();
            let capitals =
                letters < 4 || letters < 7 && !term.chars().any(char::is_lowercase) && term.chars().any(char::is_alphabetic);
            let ambiguous = letters < 3 || self.doubtful.contains(&term.to_lowercase());
            match self.builder.term(term, Entry { role: Role::Concept, target: concept.0, capitals, ambiguous }) {
                // A term of many words or none at all is never met; the rest of the concept stays.
                Ok(()) | Err(BuildFault::Long(_) | BuildFault::Empty(_)) => {}
            }
        }
    }

    fn concept(&mut self, kind: Kind, name: &str, codings: Vec<Coding>) -> ConceptId {
        self.concepts.push(kind);
        self.builder.concept(kind, name, codings)
    }

    /// The concept a name already stands for without doubt.
    fn same(&self, kind: Kind, name: &str) -> Option<ConceptId> {
        let alike = |found: Kind| match kind {
            Kind::Problem | Kind::Finding => matches!(found, Kind::Problem | Kind::Finding),
            _ => found == kind,
        };
        let concepts = self.builder.entries(name).iter().filter(|e| e.role == Role::Concept && !e.ambiguous);
        let kind_of = |e: &Entry| self.concepts.get(e.target as usize).copied();
        concepts.filter(|e| kind_of(e).is_some_and(alike)).map(|e| ConceptId(e.target)).next()
    }

    /// The classes of a drug by its name, with or without its salt.
    fn classes_of(&self, name: &str) -> Vec<Coding> {
        let mut plain = name.to_lowercase();
        loop {
            if let Some(classes) = self.members.get(&plain) {
                return classes.iter().filter_map(|c| coding(&format!("K:{c}"))).collect();
            }
            let shorter = plain.rsplit_once(' ').filter(|(_, salt)| SALTS.contains(salt)).map(|(rest, _)| rest.to_owned());
            match shorter {
                Some(rest) => plain = rest,
                None => return Vec::new(),
            }
        }
    }

    /// Members of classes that no source has, and brands.
    fn missing_members(&mut self) {
        for spellings in std::mem::take(&mut self.drugs) {
            self.concept_with_terms("classes.tsv", Kind::Medication, "", spellings.iter().map(String::as_str), false);
        }
    }

    /// Short forms of what has a name: they count in capitals and with support.
    fn abbreviations(&mut self, files: Files<'_>) {
        for (_, row) in self.rows(files, "abbreviations.tsv") {
            let [short, long] = &row[..] else { continue };
            let known: Option<u32> =
                self.builder.entries(long).iter().find(|e| e.role == Role::Concept && !e.ambiguous).map(|e| e.target);
            let taken = self.builder.entries(short).iter().any(|e| e.role == Role::Concept);
            if let (Some(target), false) = (known, taken) {
                let entry = Entry { role: Role::Concept, target, capitals: true, ambiguous: true };
                match self.builder.term(short, entry) {
                    Ok(()) | Err(BuildFault::Long(_) | BuildFault::Empty(_)) => {}
                }
            }
        }
    }
}

/// `=` before a term: only in capitals; `?`: only with support.
fn sigils(written: &str) -> (&str, bool, bool) {
    let term = written.trim().trim_start_matches(['=', '?']);
    let marks = &written.trim()[..written.trim().len() - term.len()];
    (term, marks.contains('='), marks.contains('?'))
}

fn codings(codes: &str) -> Vec<Coding> {
    codes.split(' ').filter_map(coding).collect()
}

/// `letter:code` as a coding.
#[must_use]
pub fn coding(code: &str) -> Option<Coding> {
    let (letter, code) = code.split_once(':')?;
    let system = SYSTEMS.iter().find(|s| s.0 == letter)?.1;
    Some(Coding { system: system.to_owned(), code: code.to_owned() })
}

fn kind_of(sort: &str) -> Option<Kind> {
    Some(match sort {
        "P" => Kind::Problem,
        "F" => Kind::Finding,
        "M" => Kind::Medication,
        "L" => Kind::Measurement,
        "R" => Kind::Procedure,
        "E" => Kind::Device,
        "X" => Kind::Other,
        _ => return None,
    })
}

fn axis_of(name: &str) -> Option<Axis> {
    cue::axes().into_iter().find(|a| format!("{a:?}").eq_ignore_ascii_case(name))
}

fn section_of(name: &str) -> Option<Section> {
    let plain = name.replace('-', "");
    text::layout::SECTIONS.into_iter().find(|s| format!("{s:?}").eq_ignore_ascii_case(&plain))
}
