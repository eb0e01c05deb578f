//! Any bytes as JSON: what is accepted is what serde_json accepts too, and means the same; what a Writer or the canonical form makes is read again.
#![no_main]

use json::{Document, FaultCode, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { max_bytes: 1 << 16, ..Limits::default() };
    let theirs = serde_json::from_slice::<serde_json::Value>(bytes);
    match Document::parse(bytes.to_vec(), &limits) {
        Ok(document) => {
            if let Err(error) = &theirs {
                assert!(error.to_string().contains("number out of range"), "accepted what serde_json refuses: {error}");
            }
            let canonical = json::canonical(document.root());
            let again = Document::parse(canonical.clone(), &limits).expect("the canonical form is JSON");
            assert_eq!(json::canonical(again.root()), canonical, "the canonical form is not stable");
            let _ = cql::Data::from_document(&document).resources().len();
        }
        Err(faults) => {
            assert!(!faults.is_empty(), "no document and no fault");
            let ours = |f: &json::Fault| f.code == FaultCode::DuplicateKey || f.code.is_limit();
            assert!(theirs.is_err() || faults.iter().all(ours), "refused what serde_json accepts: {:?}", faults[0]);
            for fault in faults {
                let _ = fault.to_string();
            }
        }
    }
});
