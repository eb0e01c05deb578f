//! Builds the lexicon from `data/` into one block of bytes that the library carries.

#![allow(clippy::disallowed_methods)] // A build script is told its folder by the environment.

#[path = "src/assemble.rs"]
#[allow(dead_code)] // The library uses more of it.
mod assemble;

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=src/assemble.rs");
    let bytes = assemble::assemble(&|name| {
        let plain = std::fs::read_to_string(Path::new("data").join(name)).ok();
        plain.or_else(|| {
            let packed = std::fs::read(Path::new("data").join(format!("{name}.zst"))).ok()?;
            String::from_utf8(zstd::decode_all(&packed[..]).ok()?).ok()
        })
    });
    let bytes = bytes.map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("avedis.lex"), bytes)?;
    Ok(())
}
