//! Well-typed expressions: with and without evidence, and through ELM and back, the answers are the same.
#![no_main]

use cql::{LibraryId, Options};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = fuzz::expression(bytes);
    let Ok(program) = cql::compile_expression(&text, &Options::default()) else { return };
    let plain = fuzz::answers(&program, false);
    assert_eq!(plain, fuzz::answers(&program, true), "the trace changes the answer of {text}");
    let elm = program.to_elm(LibraryId(0)).to_string();
    match cql::compile_elm(&[("fuzz", &elm)]) {
        Ok(again) => assert_eq!(plain, fuzz::answers(&again, false), "ELM changes the answer of {text}"),
        Err(faults) => panic!("our ELM of {text} is not read: {}", faults[0]),
    }
});
