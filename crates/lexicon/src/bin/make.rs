//! `make FOLDER OUT`: the term file of the lexicon from the open terminologies in FOLDER, compressed.

use lexicon::sources::{Concepts, disease_ontology, drugs, hpo, icd10cm, unii};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, out] = &arguments[..] else {
        return Err("usage: make FOLDER OUT\n  make ../shared/data/nlp/terminology crates/lexicon/data/open-terms.tsv.zst".into());
    };
    let read = |name: &str| std::fs::read_to_string(Path::new(folder).join(name)).map_err(|e| format!("{folder}/{name}: {e}"));
    let mut concepts = Concepts::default();
    icd10cm(&mut concepts, &read("icd10cm_2026_terms.tsv")?);
    disease_ontology(&mut concepts, &read("doid_2015_terms.tsv")?);
    hpo(&mut concepts, &read("hpo_2026_terms.tsv")?);
    unii(&mut concepts, &read("unii_bn_of.tsv")?);
    drugs(&mut concepts, &read("drug_canonical.tsv")?, &read("drug_variants.tsv")?);
    let text = concepts.write();
    let packed = zstd::encode_all(text.as_bytes(), 19)?;
    std::fs::write(out, &packed)?;
    println!("{} concepts, {} bytes of terms, {} packed", concepts.len(), text.len(), packed.len());
    Ok(())
}
