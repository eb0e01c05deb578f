//! `--model`: data models from ModelInfo files.

use super::files;
use crate::Failure;
use ::cql::Options;
use ::cql::model::Model;
use std::path::PathBuf;
use std::sync::Arc;

/// Options with the models of the files; System is part of the language and passed over.
pub fn options(paths: &[PathBuf]) -> Result<Options, Failure> {
    let mut models = Vec::new();
    for path in paths {
        let model = Model::from_modelinfo(&files::text(path)?).map_err(|faults| {
            let lines: Vec<String> = faults.iter().take(20).map(|f| format!("  {f}")).collect();
            Failure::new(format!("{}: not a ModelInfo file that can be used\n{}", path.display(), lines.join("\n")))
        })?;
        if &*model.name != "System" {
            models.push(Arc::new(model));
        }
    }
    // Measures are written against the reference engine; policies are compiled elsewhere, with what the specification says.
    Ok(Options { models, unbounded_nulls: true, ..Options::default() })
}
