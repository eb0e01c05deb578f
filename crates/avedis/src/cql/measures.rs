//! The measures under `--measure`.

use super::files;
use crate::Failure;
use measure::Measure;
use std::path::PathBuf;

/// A measure and where it was found.
pub struct Found {
    /// The measure.
    pub measure: Measure,
    /// Its file.
    pub place: String,
}

/// Reads every Measure of the files, Bundles and folders. In a folder, files without one are passed over.
///
/// Returns the measures and the messages of those that cannot be used; a file named itself must be usable.
pub fn load(paths: &[PathBuf]) -> Result<(Vec<Found>, Vec<String>), Failure> {
    let mut found: Vec<Found> = Vec::new();
    let mut unusable = Vec::new();
    for file in files::walk(paths, &|e| e == "json")? {
        let place = file.path.display().to_string();
        if !file.named
            && !std::fs::read(&file.path).is_ok_and(|b| std::str::from_utf8(&b).is_ok_and(|t| t.contains("\"Measure\"")))
        {
            continue;
        }
        let documents = match files::documents(&file.path) {
            Ok(documents) => documents,
            Err(error) if file.named => return Err(error),
            Err(error) => {
                unusable.push(error.to_string());
                continue;
            }
        };
        let mut any = false;
        for document in &documents {
            let mut faults = Vec::new();
            files::resources(document.root(), &mut |resource| {
                if files::string(resource, "resourceType").as_deref() != Some("Measure") {
                    return;
                }
                any = true;
                match measure::read(resource) {
                    Ok(measure) => found.push(Found { measure, place: place.clone() }),
                    Err(of_one) => faults.extend(of_one.iter().map(|f| format!("{place}: {f}"))),
                }
            });
            if !faults.is_empty() && file.named {
                return Err(Failure::new(faults.join("\n")));
            }
            unusable.append(&mut faults);
        }
        if !any && file.named {
            return Err(Failure::new(format!("{place}: no Measure in it; give a Measure resource or a Bundle that holds one")));
        }
    }
    if found.is_empty() && !paths.is_empty() {
        return Err(Failure::new(format!("no usable Measure under --measure\n{}", unusable.join("\n"))));
    }
    // A measure and the bundle it ships in are one.
    let mut kept: Vec<Found> = Vec::new();
    for one in found {
        if !kept.iter().any(|k| k.measure.canonical() == one.measure.canonical()) {
            kept.push(one);
        }
    }
    Ok((kept, unusable))
}
