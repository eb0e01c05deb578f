//! Receipts hold for exactly what was logged: one byte changed anywhere and they prove nothing.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use ledger::{
    FieldFault, Leaf, LeafClass, NoTiles, Receipt, ReceiptError, ReceiptFile, ReceiptFileError, Salt, SignedCheckpoint, Signer,
    Tree, Verified, VerifyError, verify_parts,
};

struct Issued {
    event: Vec<u8>,
    class: LeafClass,
    receipt: Receipt,
}

struct Payer {
    signer: Signer,
    checkpoint: SignedCheckpoint,
    issued: Vec<Issued>,
}

fn payer(leaves: u64) -> Payer {
    let signer = Signer::from_seed("payer.example/um/main", &[11; 32]).unwrap();
    let mut tree = Tree::empty();
    let mut made = Vec::new();
    for place in 0..leaves {
        let class = LeafClass::ALL[place as usize % LeafClass::ALL.len()];
        let event = format!(r#"{{"at":"2026-11-21T09:00:00Z","case":{place},"note":"a \"quoted\" é"}}"#).into_bytes();
        let salt = Salt::new(ledger::Hash::leaf(&place.to_be_bytes()).0);
        tree.append(&Leaf::commit(class, &salt, &event));
        made.push((event, class, salt));
    }
    let checkpoint = tree.checkpoint(signer.name()).unwrap().sign(&signer).unwrap();
    let issue = |(place, (event, class, salt)): (usize, (Vec<u8>, LeafClass, Salt))| {
        let proof = tree.inclusion_proof(place as u64, &NoTiles).unwrap();
        Issued { event, class, receipt: Receipt::new(class, salt, proof, &checkpoint).unwrap() }
    };
    let issued = made.into_iter().enumerate().map(issue).collect();
    Payer { signer, checkpoint: checkpoint.clone(), issued }
}

#[test]
fn every_receipt_of_a_log_verifies_and_states_what_was_logged() {
    let payer = payer(300);
    let head = payer.checkpoint.checkpoint().head();
    for (place, issued) in payer.issued.iter().enumerate() {
        let text = issued.receipt.to_text();
        let read = Receipt::parse(&text).unwrap();
        assert_eq!(read, issued.receipt);
        assert_eq!(read.to_text(), text);
        let expected = Verified {
            index: place as u64,
            size: head.size,
            root: head.root,
            origin: "payer.example/um/main".to_owned(),
            class: issued.class,
        };
        assert_eq!(read.verify(&issued.event, payer.signer.verifier()), Ok(expected.clone()));
        assert_eq!(verify_parts(&issued.event, &text, &payer.signer.verifier().to_string()), Ok(expected));
    }
}

#[test]
fn a_receipt_is_for_one_event_only() {
    let payer = payer(20);
    for issued in &payer.issued {
        for other in &payer.issued {
            let answer = issued.receipt.verify(&other.event, payer.signer.verifier());
            assert_eq!(answer.is_ok(), issued.event == other.event);
        }
    }
}

#[test]
fn one_bit_anywhere_makes_it_worthless() {
    let payer = payer(21);
    let Issued { event, receipt, .. } = &payer.issued[13];
    let (text, key) = (receipt.to_text(), payer.signer.verifier().to_string());
    assert!(verify_parts(event, &text, &key).is_ok());
    for place in 0..event.len() {
        let mut altered = event.clone();
        altered[place] ^= 1;
        assert_eq!(verify_parts(&altered, &text, &key).unwrap_err().code(), "event-not-in-log");
    }
    let alter = |text: &str, place: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[place] ^= 1;
        String::from_utf8(bytes).ok()
    };
    let mut codes = std::collections::BTreeSet::new();
    for altered in (0..text.len()).filter_map(|place| alter(&text, place)) {
        codes.insert(verify_parts(event, &altered, &key).expect_err(&altered).code());
    }
    for altered in (0..key.len()).filter_map(|place| alter(&key, place)) {
        codes.insert(verify_parts(event, &text, &altered).expect_err(&altered).code());
    }
    for cut in 0..text.len() {
        if let Some(part) = text.get(..cut) {
            assert!(verify_parts(event, part, &key).is_err(), "cut at {cut}");
        }
    }
    // A proof for a place that the signed tree does not have.
    assert_eq!(verify_parts(event, &text.replace("index 13", "index 21"), &key).unwrap_err().code(), "proof-malformed");
    let expected = [
        "checkpoint-unreadable",
        "event-not-in-log",
        "key-not-the-logs",
        "key-unreadable",
        "receipt-unreadable",
        "signature-invalid",
    ];
    assert!(expected.iter().all(|code| codes.contains(code)), "{codes:?}");
}

#[test]
fn another_logs_key_proves_nothing() {
    let payer = payer(3);
    let Issued { event, receipt, .. } = &payer.issued[1];
    for (name, seed) in [("payer.example/um/main", 12), ("other.example/um/main", 11)] {
        let other = Signer::from_seed(name, &[seed; 32]).unwrap();
        assert_eq!(receipt.verify(event, other.verifier()).unwrap_err().code(), "key-not-the-logs");
    }
}

#[test]
fn malformed_receipts_are_named() {
    let payer = payer(9);
    let text = payer.issued[4].receipt.to_text();
    let extra = text.lines().nth(1).unwrap().to_owned();
    let hash = text.lines().nth(3).unwrap().to_owned();
    let cases = [
        (String::new(), ReceiptError::Header),
        (text.replace("@v1", "@v2"), ReceiptError::Header),
        (text.replace(&format!("{extra}\n"), ""), ReceiptError::Extra),
        (text.replace(&extra, "extra !"), ReceiptError::Extra),
        (text.replace(&extra, "extra AQ=="), ReceiptError::Extra),
        (text.replace(&extra, "extra "), ReceiptError::Extra),
        (text.replace(&extra, "extra Ag=="), ReceiptError::ExtraVersion(2)),
        (text.replace(&extra, &format!("extra {}", "A".repeat(200))), ReceiptError::Extra),
        (text.replace(&extra, "extra AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), ReceiptError::Class),
        (text.replace("index 4", "index 04"), ReceiptError::Index),
        (text.replace("index 4", "index -4"), ReceiptError::Index),
        (text.replace("index 4\n", ""), ReceiptError::Index),
        (text.replace(&hash, "AAAA"), ReceiptError::Hash(1)),
        (text.replace(&hash, &[hash.as_str(); 65].join("\n")), ReceiptError::Hash(65)),
        (text.replace("\n\n", "\n"), ReceiptError::NoCheckpoint),
        (format!("{text}{}", "x".repeat(ledger::MAX_RECEIPT)), ReceiptError::TooLarge),
    ];
    for (place, (text, why)) in cases.into_iter().enumerate() {
        assert_eq!(Receipt::parse(&text).err(), Some(why), "case {place}");
    }
}

#[test]
fn proof_and_checkpoint_must_be_of_one_size() {
    let payer = payer(5);
    let mut tree = Tree::empty();
    let salt = Salt::new([0; 32]);
    tree.append(&Leaf::commit(LeafClass::Case, &salt, b"{}"));
    let proof = tree.inclusion_proof(0, &NoTiles).unwrap();
    let made = Receipt::new(LeafClass::Case, salt, proof, &payer.checkpoint);
    assert_eq!(made, Err(ReceiptError::OtherSize));
}

#[test]
fn receipts_print_no_salt_and_no_event() {
    let payer = payer(2);
    let Issued { event, receipt, .. } = &payer.issued[1];
    let file = ReceiptFile::new(event, receipt, payer.signer.verifier());
    let shown = format!("{receipt:?} {file:?}");
    assert!(shown.contains("salt: [secret]") && shown.contains("[phi]") && !shown.contains("quoted"), "{shown}");
}

#[test]
fn a_receipt_file_survives_being_reformatted() {
    let payer = payer(7);
    let key = payer.signer.verifier();
    let Issued { event, receipt, .. } = &payer.issued[5];
    let file = ReceiptFile::new(event, receipt, key);
    let json = String::from_utf8(file.to_json()).unwrap();
    assert!(json.starts_with(r#"{"event":{"at":"#), "{json:.40}");
    let spaced = json.replace(r#","note":"#, " ,\n\t\"note\" : ").replacen('{', "{\n  ", 2);
    let reordered = json.replacen(r#""at":"2026-11-21T09:00:00Z","case":5"#, r#""case":5,"at":"2026-11-21T09:00:00Z""#, 1);
    assert_ne!(json, reordered);
    for text in [&json, &spaced, &reordered] {
        let read = ReceiptFile::parse(text.as_bytes()).unwrap();
        assert_eq!(read.verify(Some(key)).unwrap().index, 5, "{text}");
        assert_eq!(read.verify(None).unwrap().index, 5);
    }
    let changed = spaced.replace("quoted", "quotes");
    assert_eq!(ReceiptFile::parse(changed.as_bytes()).unwrap().verify(Some(key)).unwrap_err().code(), "event-not-in-log");
}

#[test]
fn event_bytes_that_are_no_json_object_travel_as_base64() {
    let signer = Signer::from_seed("payer.example/um/main", &[11; 32]).unwrap();
    for event in [b"\xff\x00 not text".as_slice(), b"[1]", b" {}", b"", br#"{"a":1,"a":2}"#] {
        let mut tree = Tree::empty();
        let salt = Salt::new([1; 32]);
        tree.append(&Leaf::commit(LeafClass::Case, &salt, event));
        let checkpoint = tree.checkpoint(signer.name()).unwrap().sign(&signer).unwrap();
        let proof = tree.inclusion_proof(0, &NoTiles).unwrap();
        let receipt = Receipt::new(LeafClass::Case, salt, proof, &checkpoint).unwrap();
        let json = ReceiptFile::new(event, &receipt, signer.verifier()).to_json();
        assert!(json.starts_with(br#"{"event":""#));
        let read = ReceiptFile::parse(&json).unwrap();
        assert_eq!(read.event(), event);
        assert!(read.verify(Some(signer.verifier())).is_ok());
    }
}

#[test]
fn a_forged_file_with_its_own_key_is_not_trusted() {
    let (payer, forger) = (payer(3), Signer::from_seed("payer.example/um/main", &[66; 32]).unwrap());
    let event = br#"{"outcome":"denied"}"#;
    let salt = Salt::new([1; 32]);
    let mut tree = Tree::empty();
    tree.append(&Leaf::commit(LeafClass::Determination, &salt, event));
    let checkpoint = tree.checkpoint(forger.name()).unwrap().sign(&forger).unwrap();
    let proof = tree.inclusion_proof(0, &NoTiles).unwrap();
    let receipt = Receipt::new(LeafClass::Determination, salt, proof, &checkpoint).unwrap();
    let file = ReceiptFile::new(event, &receipt, forger.verifier());
    assert!(file.verify(None).is_ok());
    assert_eq!(file.verify(Some(payer.signer.verifier())), Err(VerifyError::UntrustedKey));
    let relabelled = ReceiptFile::from_parts(event.to_vec(), receipt.to_text(), payer.signer.verifier().to_string());
    assert_eq!(relabelled.verify(Some(payer.signer.verifier())).unwrap_err().code(), "key-not-the-logs");
}

#[test]
fn every_fault_of_a_file_is_named() {
    use FieldFault::{Event, EventBase64, Key, NotAnObject, Proof};
    let cases: [(&[u8], &[FieldFault]); 5] = [
        (b"[]", &[NotAnObject]),
        (b"{}", &[Event, Proof, Key]),
        (br#"{"event":5,"proof":{},"key":null}"#, &[Event, Proof, Key]),
        (br#"{"event":"%","proof":"p","key":"k"}"#, &[EventBase64]),
        (br#"{"event":{},"key":"k"}"#, &[Proof]),
    ];
    for (bytes, faults) in cases {
        assert_eq!(ReceiptFile::parse(bytes), Err(ReceiptFileError::Fields(faults.to_vec())));
    }
    for bytes in [b"".as_slice(), b"{", b"\xff", br#"{"event":{},"event":{},"proof":"","key":""}"#] {
        assert!(matches!(ReceiptFile::parse(bytes), Err(ReceiptFileError::Json(_))));
    }
    let unreadable = ReceiptFile::parse(br#"{"event":{},"proof":"p","key":"k"}"#).unwrap();
    assert_eq!(unreadable.verify(None).unwrap_err().code(), "key-unreadable");
}
