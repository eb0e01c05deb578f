//! Writes the first inputs of every target and the dictionary of CQL's words, from this repository's own policies and tests and, when it is there, the official suite.
//!
//! `cargo run --release --example seeds` in `fuzz/`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.join("..");
    let mut sources: Vec<String> = Vec::new();
    gather(&root.join("policies"), "cql", &mut sources)?;
    let mut bundles: Vec<String> = Vec::new();
    gather(&root.join("policies"), "json", &mut bundles)?;
    let mut tests: Vec<String> = Vec::new();
    gather(&root.join("crates/cql/tests"), "rs", &mut tests)?;
    gather(&root.join("crates/cql/src"), "rs", &mut tests)?;
    let mut expressions: BTreeSet<String> = tests.iter().flat_map(|t| strings(t)).filter(|s| compiles(s)).collect();
    let shared = std::env::var_os("AVEDIS_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    if let Ok(text) = fs::read_to_string(shared.join("conformance/cql-tests/canonical/tests.json")) {
        let tests: serde_json::Value = serde_json::from_str(&text)?;
        let all = tests.as_array().into_iter().flatten();
        expressions.extend(all.filter_map(|t| t["expr"].as_str()).map(str::to_owned));
    }
    let cql: Vec<String> = sources.into_iter().chain(expressions.into_iter().map(|e| format!("define X: {e}"))).collect();
    let elm: Vec<String> = cql.iter().filter_map(|text| elm(text)).collect();
    write(&here.join("corpus/compile"), &cql)?;
    write(&here.join("corpus/elm"), &elm)?;
    write(&here.join("corpus/json"), &bundles)?;
    // The generator's bytes have no meaning of their own: a few lengths are enough to start from.
    let bytes: Vec<String> = (1..64_u8).map(|n| (0..n).map(|i| char::from((i.wrapping_mul(37) ^ n) & 0x7f)).collect()).collect();
    write(&here.join("corpus/evaluate"), &bytes)?;
    let words = fs::read_to_string(root.join("crates/cql/src/syntax/words.rs"))?;
    let operators = fs::read_to_string(root.join("crates/cql/src/sema/signatures.rs"))?;
    let mut dictionary: BTreeSet<String> = strings(&words).into_iter().chain(strings(&operators)).filter(|w| is_word(w)).collect();
    dictionary.extend(["@2014-01-01T10:20:30.000+01:00", "@T10:20", "'mg'", "/*", "//", "[", "]", "!~", "1L", "%", "::"].map(str::to_owned));
    let lines: Vec<String> = dictionary.iter().map(|w| format!("\"{w}\"\n")).collect();
    fs::write(here.join("cql.dict"), lines.concat())?;
    let elm_words: BTreeSet<String> = elm.iter().flat_map(|t| strings(t)).filter(|w| is_word(w)).collect();
    let lines: Vec<String> = elm_words.iter().map(|w| format!("\"\\\"{w}\\\"\"\n")).collect();
    fs::write(here.join("elm.dict"), lines.concat())?;
    println!("{} texts of CQL, {} of ELM, {} of JSON, {} words", cql.len(), elm.len(), bundles.len(), dictionary.len());
    Ok(())
}

fn is_word(text: &str) -> bool {
    (2..40).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric())
}

fn compiles(text: &str) -> bool {
    cql::compile_expression(text, &cql::Options::default()).is_ok()
}

fn elm(text: &str) -> Option<String> {
    let program = cql::compile(&[cql::Source { name: "seed", text }], &cql::Options::default()).ok()?;
    Some(program.to_elm(program.libraries().last()?.id).to_string()).filter(|t| t.len() < 20_000)
}

/// The texts between quotes, without escapes undone.
fn strings(text: &str) -> Vec<String> {
    text.split('"').skip(1).step_by(2).filter(|s| s.len() < 400).map(str::to_owned).collect()
}

fn gather(folder: &Path, extension: &str, out: &mut Vec<String>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, extension, out)?;
        } else if path.extension().is_some_and(|e| e == extension) {
            out.push(fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

fn write(folder: &Path, texts: &[String]) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    for (i, text) in texts.iter().enumerate() {
        fs::write(folder.join(format!("seed-{i:05}")), text)?;
    }
    Ok(())
}
