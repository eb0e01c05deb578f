//! Worked cases: what is refused, with which code, where.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use json::{Document, FaultCode, Limits};

fn faults(text: &[u8]) -> Vec<(FaultCode, usize, u32, u32, String)> {
    match Document::parse(text.to_vec(), &Limits::default()) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.into_iter().map(|f| (f.code, f.offset, f.line, f.column, f.path)).collect(),
    }
}

#[test]
fn every_kind_of_fault_is_named_and_placed() {
    use FaultCode::*;
    let cases: &[(&[u8], FaultCode, usize, &str)] = &[
        (b"", Empty, 0, "$"),
        (b" \n ", Empty, 0, "$"),
        (b"\xEF\xBB\xBF{}", ByteOrderMark, 0, "$"),
        (b"[\"\xff\"]", InvalidUtf8, 2, "$"),
        (b"{", UnexpectedEnd, 1, "$"),
        (b"[1", UnexpectedEnd, 2, "$"),
        (b"{\"a\"", UnexpectedEnd, 4, "$"),
        (b"\"abc", UnexpectedEnd, 4, "$"),
        (b"\"\\", UnexpectedEnd, 2, "$"),
        (b"\"\\u12", UnexpectedEnd, 5, "$"),
        (b"\"\\ud800\\", UnexpectedEnd, 8, "$"),
        (b"tru", UnexpectedEnd, 3, "$"),
        (b"-", UnexpectedEnd, 1, "$"),
        (b"1.", UnexpectedEnd, 2, "$"),
        (b"1e", UnexpectedEnd, 2, "$"),
        (b"1e+", UnexpectedEnd, 3, "$"),
        (b"[1,]", UnexpectedByte, 3, "$"),
        (b"[1 2]", UnexpectedByte, 3, "$"),
        (b"[1}", UnexpectedByte, 2, "$"),
        (b"{,}", UnexpectedByte, 1, "$"),
        (b"{\"a\":1,}", UnexpectedByte, 7, "$"),
        (b"{\"a\" 1}", UnexpectedByte, 5, "$"),
        (b"{a:1}", UnexpectedByte, 1, "$"),
        (b"NaN", UnexpectedByte, 0, "$"),
        (b"nulL", UnexpectedByte, 0, "$"),
        (b"[\"a\nb\"]", ControlCharacter, 3, "$"),
        (b"[\"\\x\"]", BadEscape, 2, "$"),
        (b"[\"\\u12g4\"]", BadEscape, 6, "$"),
        (b"[\"\\ud800\"]", LoneSurrogate, 2, "$"),
        (b"[\"\\ud800\\u0041\"]", LoneSurrogate, 2, "$"),
        (b"[\"\\udc00 \"]", LoneSurrogate, 2, "$"),
        (b"[01]", BadNumber, 2, "$"),
        (b"[1.x]", BadNumber, 3, "$"),
        (b"[+1]", UnexpectedByte, 1, "$"),
        (b"[-x]", BadNumber, 2, "$"),
        (b"{} x", TrailingBytes, 3, "$"),
        (b"{\"resourceType\":\"Bundle\",\"entry\":[{},{\"x\":tru}]}", UnexpectedByte, 42, "Bundle.entry[1]"),
        (b"{\"a\":1,\"a\":2}", DuplicateKey, 8, "$.a"),
        (b"{\"a\":1,\"\\u0061\":2}", DuplicateKey, 8, "$.a"),
        (b"[{\"John Smith\":1,\"John Smith\":2}]", DuplicateKey, 18, "$[0].?"),
    ];
    for (text, code, offset, path) in cases {
        let found = faults(text);
        let shown = String::from_utf8_lossy(text);
        assert_eq!(found.len(), 1, "{shown}: {found:?}");
        assert_eq!((found[0].0, found[0].1), (*code, *offset), "{shown}");
        assert_eq!(found[0].4, *path, "{shown}");
    }
}

#[test]
fn all_duplicates_are_reported_with_line_and_column_even_before_a_syntax_error() {
    let text = "{\n \"é\":1, \"é\":2,\n \"b\":{\"c\":1,\"c\":2,\"c\":3},\n \"é\": oops";
    let found = faults(text.as_bytes());
    let places: Vec<_> = found.iter().map(|f| (f.0, f.2, f.3)).collect();
    assert_eq!(
        places,
        [
            (FaultCode::DuplicateKey, 2, 10),
            (FaultCode::DuplicateKey, 3, 14),
            (FaultCode::DuplicateKey, 3, 20),
            (FaultCode::UnexpectedByte, 4, 7),
        ]
    );
}

#[test]
fn a_key_is_a_duplicate_in_small_and_large_objects_alike() {
    for size in [2usize, 24, 25, 400] {
        let mut text = String::from("{");
        for index in 0..size {
            text.push_str(&format!("\"key{index}\":{index},"));
        }
        text.push_str("\"key0\":1,\"key1\":2}");
        let found = faults(text.as_bytes());
        let paths: Vec<_> = found.iter().map(|f| f.4.as_str()).collect();
        assert_eq!(paths, ["$.key0", "$.key1"], "{size}");
    }
}

#[test]
fn limits_hold_and_are_met_fast() {
    let started = std::time::Instant::now();
    let limits = Limits::default();
    let code = |bytes: Vec<u8>, limits: &Limits| Document::parse(bytes, limits).unwrap_err()[0].code;
    assert_eq!(code(vec![b' '; 50 << 20], &limits), FaultCode::TooLarge);
    assert_eq!(code(vec![b'['; 100_000], &limits), FaultCode::TooDeep);
    assert_eq!(code("{\"a\":".repeat(100_000).into_bytes(), &limits), FaultCode::TooDeep);
    assert_eq!(code(vec![b'9'; 9 << 20], &limits), FaultCode::NumberTooLong);
    let few = Limits { max_nodes: 10, ..Limits::default() };
    assert_eq!(code(b"[1,2,3,4,5,6,7,8,9,10]".to_vec(), &few), FaultCode::TooManyNodes);
    let many_faults = format!("{{{}\"a\":1}}", "\"a\":1,".repeat(200_000));
    assert_eq!(Document::parse(many_faults.into_bytes(), &limits).unwrap_err().len(), 100);
    assert!(started.elapsed().as_secs() < 8, "{:?}", started.elapsed());
}

#[test]
fn depth_can_be_raised_without_using_the_stack() {
    let limits = Limits { max_depth: 200_000, ..Limits::default() };
    let text = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let document = Document::parse(text.clone().into_bytes(), &limits).unwrap();
    assert_eq!(json::canonical(document.root()), text.as_bytes());
    assert_eq!(document.node_count(), 100_000);
}

#[test]
fn values_are_read_as_written() {
    let text = br#" {"a":[1.50,-0,1E+2,true,false,null,"x\ud83d\ude00\n\/"], "b":{}, "c":[], "d\"":7} "#;
    let document = Document::parse(text.to_vec(), &Limits::default()).unwrap();
    let root = document.root();
    let a = root.get("a").unwrap();
    assert_eq!(a.len(), 7);
    assert_eq!(a.at(0).unwrap().as_number(), Some("1.50"));
    assert_eq!(a.at(0).unwrap().as_i64(), None);
    assert_eq!(a.at(1).unwrap().as_i64(), Some(0));
    assert_eq!(a.at(2).unwrap().as_decimal().unwrap().to_string(), "100");
    assert_eq!(a.at(3).unwrap().as_bool(), Some(true));
    assert_eq!(a.at(4).unwrap().as_bool(), Some(false));
    assert!(a.at(5).unwrap().is_null());
    assert_eq!(a.at(6).unwrap().as_str().unwrap(), "x😀\n/");
    assert!(a.at(6).unwrap().is_str("x😀\n/"));
    assert!(a.at(7).is_none());
    assert!(root.get("b").unwrap().is_empty() && root.get("c").unwrap().is_empty());
    assert_eq!(root.get("b").unwrap().raw(), b"{}");
    assert_eq!(root.get("d\"").and_then(|v| v.as_i64()), Some(7));
    assert_eq!(root.get("d\"").unwrap().key_raw(), Some(&b"d\\\""[..]));
    assert!(root.get("x").is_none() && a.get("a").is_none() && root.at(0).is_none());
    assert_eq!(root.span(), 1..text.len() - 1);
    assert_eq!(root.member(&json::Key::new("d\"")).and_then(|v| v.as_i64()), Some(7));
    assert!(root.member(&json::Key::new("a")).is_some() && root.member(&json::Key::new("x")).is_none());
    assert!(document.has_underscore_keys(), "an escaped name may be any");
    for (text, underscores) in [(&b"{\"_a\":1}"[..], true), (b"{\"a_\":\"_b\"}", false), (b"[\"_\"]", false)] {
        assert_eq!(Document::parse(text.to_vec(), &Limits::default()).unwrap().has_underscore_keys(), underscores);
    }
    let id = a.at(6).unwrap().id();
    assert_eq!(document.value(id).path(), "$.a[6]");
    assert_eq!(format!("{:?}", a.at(0).unwrap()), "Value { kind: Number, span: 7..11 }");
}

#[test]
fn exact_decimals_or_none() {
    let cases = [
        ("0.00", Some("0.00")),
        ("12.5e1", Some("125")),
        ("12.5e-3", Some("0.0125")),
        ("1e28", Some("10000000000000000000000000000")),
        ("1e29", None),
        ("0.1234567890123456789012345678", Some("0.1234567890123456789012345678")),
        ("0.12345678901234567890123456789", None),
        ("1e99999999999999", None),
        ("1e-99999999999999", None),
    ];
    for (text, expected) in cases {
        let document = Document::parse(text.as_bytes().to_vec(), &Limits::default()).unwrap();
        let shown = document.root().as_decimal().map(|d| d.to_string());
        assert_eq!(shown.as_deref(), expected, "{text}");
    }
}
