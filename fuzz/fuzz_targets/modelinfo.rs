//! Any text as ModelInfo XML: a model, with which a library compiles or says its faults, or at least one fault.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let model = match cql::model::Model::from_modelinfo(text) {
        Ok(model) => model,
        Err(faults) => {
            assert!(!faults.is_empty(), "no model and no fault");
            faults.iter().for_each(|fault| drop(fault.to_string()));
            return;
        }
    };
    // One class is asked for by name, with an element of it.
    let class = model.class_names().next().unwrap_or("Patient").to_owned();
    let element = model.element_names(&class).first().map_or_else(|| "id".to_owned(), |name| (*name).to_owned());
    let quoted = |name: &str| format!("\"{}\"", name.replace(['\\', '"'], ""));
    let library = format!(
        "using {} version '{}'\ncontext Patient\ndefine X: [{}] A return A.{}",
        quoted(&model.name),
        model.version.replace(['\\', '\''], ""),
        quoted(&class),
        quoted(&element)
    );
    let options = cql::Options { models: vec![Arc::new(model)], ..cql::Options::default() };
    match cql::compile(&[cql::Source { name: "fuzz", text: &library }], &options) {
        Ok(program) => drop(fuzz::answers(&program, false)),
        Err(faults) => assert!(!faults.is_empty(), "no program and no fault"),
    }
});
