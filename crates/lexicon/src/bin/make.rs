//! `make FOLDER DATA`: the term files of the lexicon from the published terminologies in FOLDER. It is a program of its own because
//! `avedis lexicon` carries the lexicon that it makes.

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, data] = &arguments[..] else {
        return Err("usage: make FOLDER DATA, for example make ../shared/data/nlp/terminology crates/lexicon/data".into());
    };
    println!("{}", lexicon::tool::build(Path::new(folder), Path::new(data))?);
    Ok(())
}
