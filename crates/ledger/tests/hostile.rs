//! No input makes a reader panic, and what is read writes back to the same bytes.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use ledger::{
    Checkpoint, ConsistencyProof, Hash, InclusionProof, Leaf, LeafClass, NoTiles, Note, Receipt, ReceiptFile, Salt,
    SignedCheckpoint, Signer, Tree, Verifier, decode_bundle, encode_bundle,
};
use proptest::prelude::*;

fn receipt_text() -> String {
    let signer = Signer::from_seed("payer.example/um/main", &[5; 32]).unwrap();
    let mut tree = Tree::empty();
    for byte in 0..9 {
        tree.append(&Leaf::commit(LeafClass::Case, &Salt::new([byte; 32]), b"{}"));
    }
    let checkpoint = tree.checkpoint(signer.name()).unwrap().sign(&signer).unwrap();
    let proof = tree.inclusion_proof(3, &NoTiles).unwrap();
    Receipt::new(LeafClass::Case, Salt::new([3; 32]), proof, &checkpoint).unwrap().to_text()
}

/// A receipt with some of its characters replaced, removed or repeated: nearer to the formats than random text.
fn near_receipt() -> impl Strategy<Value = String> {
    let edit = (any::<prop::sample::Index>(), 0_u8..4, any::<char>());
    prop::collection::vec(edit, 1..5).prop_map(|edits| {
        let mut text: Vec<char> = receipt_text().chars().collect();
        for (at, kind, new) in edits {
            if text.is_empty() {
                break;
            }
            let at = at.index(text.len());
            match kind {
                0 => text[at] = new,
                1 => drop(text.remove(at)),
                2 => text.insert(at, new),
                _ => text.truncate(at.max(1)),
            }
        }
        text.into_iter().collect()
    })
}

fn read_everything(text: &str) -> Result<(), TestCaseError> {
    let signer = Signer::from_seed("payer.example/um/main", &[5; 32]).unwrap();
    if let Ok(receipt) = Receipt::parse(text) {
        prop_assert_eq!(receipt.to_text(), text);
        let _ = receipt.verify(b"{}", signer.verifier());
    }
    if let Ok(leaf) = Leaf::parse(text) {
        prop_assert_eq!(leaf.to_text(), text);
    }
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        prop_assert_eq!(checkpoint.to_text(), text);
    }
    if let Ok(note) = Note::parse(text) {
        let _ = note.verify(signer.verifier());
    }
    let _ = SignedCheckpoint::open(text, signer.verifier());
    if let Ok(key) = text.parse::<Verifier>() {
        prop_assert_eq!(key.to_string(), text);
    }
    let _ = Signer::from_text(text);
    let _ = ReceiptFile::parse(text.as_bytes()).map(|file| file.verify(None));
    Ok(())
}

proptest! {
    #[test]
    fn arbitrary_text(text in ".{0,200}") {
        read_everything(&text)?;
    }

    #[test]
    fn nearly_a_receipt(text in near_receipt()) {
        read_everything(&text)?;
        let (_, checkpoint) = text.split_once("\n\n").unwrap_or_default();
        read_everything(checkpoint)?;
        read_everything(&format!("{}\n", checkpoint.lines().take(3).collect::<Vec<_>>().join("\n")))?;
    }

    #[test]
    fn arbitrary_bundles(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(entries) = decode_bundle(&bytes) {
            prop_assert_eq!(encode_bundle(entries).unwrap(), bytes.clone());
        }
        let _ = ReceiptFile::parse(&bytes);
    }

    #[test]
    fn arbitrary_proofs(
        a in any::<u64>(),
        b in any::<u64>(),
        path in prop::collection::vec(any::<[u8; 32]>().prop_map(Hash), 0..130),
    ) {
        let (one, other) = (Hash::leaf(b"one"), Hash::leaf(b"other"));
        let inclusion = InclusionProof { index: a, size: b, path: path.clone() }.verify(&one, &other);
        prop_assert!(inclusion.is_err());
        let consistency = ConsistencyProof { old_size: a, new_size: b, path }.verify(&one, &other);
        prop_assert!(consistency.is_err());
    }
}
