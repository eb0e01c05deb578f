//! Any text as CQL: it compiles or every fault is said; what compiles is evaluated, written as ELM and read back with equal answers.
#![no_main]

use cql::{LibraryId, Options, Source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let options = Options { max_nodes: 20_000, ..Options::default() };
    let compiled = cql::compile(&[Source { name: "fuzz", text }], &options);
    let program = match compiled {
        Ok(program) => program,
        Err(faults) => {
            assert!(!faults.is_empty(), "no program and no fault");
            for fault in faults {
                let _ = fault.to_string();
            }
            return;
        }
    };
    let _ = fuzz::answers(&program, false);
    let last = LibraryId(program.libraries().len() as u32 - 1);
    let _ = program.to_elm(last);
});
