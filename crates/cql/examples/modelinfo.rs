//! Turns a ModelInfo file into the compact table the crate embeds.
//!
//!     cargo run -p cql --example modelinfo -- fhir-modelinfo-4.0.1.xml > crates/cql/src/model/data/fhir-4.0.1.txt

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("name a ModelInfo file")?;
    let xml = std::fs::read_to_string(file)?;
    let table = cql::model::compact(&xml).map_err(|faults| faults.iter().map(|f| format!("{f}\n")).collect::<String>())?;
    print!("{table}");
    Ok(())
}
