//! Any text as ELM JSON: it is read and evaluated, or every fault is said.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match cql::compile_elm(&[("fuzz", text)]) {
        Ok(program) if !program.libraries().is_empty() => {
            let _ = fuzz::answers(&program, false);
        }
        Ok(_) => {}
        Err(faults) => {
            assert!(!faults.is_empty(), "no program and no fault");
            for fault in faults {
                let _ = fault.to_string();
            }
        }
    }
});
