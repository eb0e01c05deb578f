//! Facts made by other implementations: RFC 6962 roots, Tessera's published example log, the C2SP tiles example.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use ledger::{Hash, MemoryTiles, SignedCheckpoint, Signer, Tile, Tree, Verifier};

const TESSERA_KEY: &str = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
const TESSERA_SECRET: &str = "PRIVATE+KEY+example.com/log/testdata+33d7b496+AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg";
const TESSERA_ENTRIES: [&str; 15] = [
    "one", "two", "three", "four", "five", "six", "seven", "eit", "nain", "ten", "ileven", "twelf", "threeten", "fourten",
    "fivten",
];
/// Size, root and signature of checkpoints that Tessera made over those entries.
const TESSERA_CHECKPOINTS: [(u64, &str, &str); 4] = [
    (
        0,
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "M9e0lhxJACzE1KoUdqKuPa+9p6R7dSW8BlEvrg/noo8FkGg6PbJoRNOcdjqjOq89wVvTA60eubCc4oufo5BvIVEgtQc=",
    ),
    (
        7,
        "IrSXADBqJ7EQoUODSDKROySgNveeL6CFhik2w/+fS7U=",
        "M9e0luA5JhTRUki/BBQD0QNiH6AEJ2pdtsA5CQjqJErViuuKrN6513RCTL2640wXJv0dCed3neRGI6dMzBq9uANf2Qc=",
    ),
    (
        8,
        "bC+VwvrJbalNVjfkdI8kUgs7mJoXrqiXCE7bgnD28pY=",
        "M9e0lq1EK37dHtgv9O3UzPxisw5vwIPcJsX9ab0xt4mvVfbdUR1fbMjN6sBFYpBoBEmD4+cWhj/AVgI5MitCO5+mews=",
    ),
    (
        15,
        "rKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=",
        "M9e0luh4jTG+UMBqOUo9/q+yAEvx1ilBEniMvjf1zfcBOhg+CKubMt53MvIt/uEWP6zdkdIQzd/fmwlM/dlPWF74ewI=",
    ),
];

#[test]
fn tessera_log_has_our_roots_and_our_signatures() {
    let verifier: Verifier = TESSERA_KEY.parse().unwrap();
    let signer = Signer::from_text(TESSERA_SECRET).unwrap();
    for (size, root, signature) in TESSERA_CHECKPOINTS {
        let mut tree = Tree::empty();
        for entry in &TESSERA_ENTRIES[..size as usize] {
            tree.append_hash(Hash::leaf(entry.as_bytes()));
        }
        assert_eq!(tree.root().to_string(), root, "size {size}");
        let origin = verifier.name();
        let theirs = format!("{origin}\n{size}\n{root}\n\n— {origin} {signature}\n");
        let opened = SignedCheckpoint::open(&theirs, &verifier).unwrap();
        assert_eq!(opened.checkpoint().head(), tree.head());
        // Ed25519 is deterministic: the same key over the same text gives the same note.
        assert_eq!(tree.checkpoint(origin).unwrap().sign(&signer).unwrap().text(), theirs);
    }
}

#[test]
fn small_trees_hash_as_the_definition_says() {
    let leaf = |text: &str| Hash::leaf(text.as_bytes());
    let (a, b, c) = (leaf("a"), leaf("b"), leaf("c"));
    let mut tree = Tree::empty();
    assert_eq!(tree.root(), Hash::EMPTY_ROOT);
    for (hash, root) in [(a, a), (b, Hash::node(&a, &b)), (c, Hash::node(&Hash::node(&a, &b), &c))] {
        tree.append_hash(hash);
        assert_eq!(tree.root(), root);
    }
    // RFC 6962: the hash of an empty entry is not the hash of an empty tree.
    assert_eq!(leaf("").to_string(), "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=");
}

/// The example of C2SP tlog-tiles: what a tree of 70,000 is made of.
#[test]
fn seventy_thousand_leaves_make_the_tiles_of_the_specification() {
    let mut tree = Tree::empty();
    for place in 0..70_000_u32 {
        tree.append_hash(Hash::leaf(&place.to_be_bytes()));
    }
    let tiles = tree.dirty_tiles();
    let count = |level: u8, full: bool| tiles.iter().filter(|t| t.level == level && t.is_full() == full).count();
    let width = |level: u8| tiles.iter().find(|t| t.level == level && !t.is_full()).map(|t| t.width);
    assert_eq!((count(0, true), count(0, false), width(0)), (273, 1, Some(112)));
    assert_eq!((count(1, true), count(1, false), width(1)), (1, 1, Some(17)));
    assert_eq!((count(2, true), count(2, false), width(2)), (0, 1, Some(1)));
    assert_eq!(tiles.len(), 273 + 1 + 1 + 1 + 1);
    assert_eq!(tiles.iter().map(Tile::path).next_back().unwrap(), "tile/2/000.p/1");

    let mut stored = MemoryTiles::new();
    tiles.into_iter().for_each(|tile| stored.put(tile));
    tree.commit();
    let resumed = Tree::resume(70_000, &tree.root(), &stored).unwrap();
    for index in [0, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999] {
        let proof = resumed.inclusion_proof(index, &stored).unwrap();
        assert_eq!(proof, tree.inclusion_proof(index, &stored).unwrap());
        assert_eq!(proof.verify(&Hash::leaf(&(index as u32).to_be_bytes()), &tree.root()), Ok(()));
    }
}

#[test]
fn size_256_is_a_full_tile_and_one_hash_above() {
    let mut tree = Tree::empty();
    for place in 0..256_u32 {
        tree.append_hash(Hash::leaf(&place.to_be_bytes()));
    }
    let paths: Vec<String> = tree.dirty_tiles().iter().map(Tile::path).collect();
    assert_eq!(paths, ["tile/0/000", "tile/1/000.p/1"]);
    assert_eq!(tree.dirty_tiles()[1].bytes, tree.root().0);
}
