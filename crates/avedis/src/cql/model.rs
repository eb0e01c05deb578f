//! `--model`: which ModelInfo files are given, and whether they are what is built in.

use super::files;
use crate::Failure;
use std::path::{Path, PathBuf};

/// Checks that every ModelInfo file is one of the built-in models in its version.
pub fn check(paths: &[PathBuf]) -> Result<(), Failure> {
    for path in paths {
        let text = files::text(path)?;
        let (name, version) = identity(&text).ok_or_else(|| no_model(path))?;
        if name == "System" {
            continue;
        }
        match ::cql::model::by_name(&name) {
            None => {
                return Err(Failure::new(format!(
                    "{}: model {name} {version} is not known; built in are System, FHIR 4.0.1, QICore 6.0.0 and USCore 6.1.0",
                    path.display()
                )));
            }
            Some(model) if *version != *model.version => {
                eprintln!("warning: {}: {name} {version} is read as the built-in {name} {}", path.display(), model.version);
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn no_model(path: &Path) -> Failure {
    Failure::new(format!("{}: not a ModelInfo file: no modelInfo element with name and version", path.display()))
}

/// Name and version of the `modelInfo` element.
fn identity(text: &str) -> Option<(String, String)> {
    let mut from = 0;
    while let Some(at) = text[from..].find("modelInfo") {
        let start = text[..from + at].rfind('<')?;
        let end = start + text[start..].find('>')?;
        let element = &text[start..end];
        if let (Some(name), Some(version)) = (attribute(element, "name"), attribute(element, "version")) {
            return Some((name, version));
        }
        from += at + "modelInfo".len();
    }
    None
}

fn attribute(element: &str, name: &str) -> Option<String> {
    let key = format!(" {name}=\"");
    let (_, rest) = element.split_once(&key)?;
    rest.split('"').next().map(str::to_owned)
}
