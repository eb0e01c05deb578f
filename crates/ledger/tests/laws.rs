//! Laws of the tree that hold for every size: proofs verify, alterations are refused, stopping and undoing leave no trace.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use ledger::{
    ConsistencyProof, FullTilesOnly, Hash, InclusionProof, MemoryTiles, NoTiles, ProofError, ProveError, ResumeError, Tree,
    TreeHead, prove_consistency, prove_inclusion, root_from_tiles,
};
use proptest::prelude::*;

fn leaf(index: u64) -> Hash {
    Hash::leaf(format!("leaf {index}").as_bytes())
}

/// `MTH` as RFC 6962 section 2.1 defines it, word for word and slowly: the oracle.
fn oracle_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::EMPTY_ROOT,
        [one] => *one,
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            Hash::node(&oracle_root(&leaves[..split]), &oracle_root(&leaves[split..]))
        }
    }
}

/// `PATH` as RFC 6962 section 2.1.1 defines it.
fn oracle_path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let split = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(split);
    let (mut path, sibling) =
        if index < split { (oracle_path(index, left), right) } else { (oracle_path(index - split, right), left) };
    path.push(oracle_root(sibling));
    path
}

/// `SUBPROOF` as RFC 6962 section 2.1.2 defines it.
fn oracle_subproof(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole { Vec::new() } else { vec![oracle_root(leaves)] };
    }
    let split = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(split);
    let (mut path, other) = if old <= split {
        (oracle_subproof(old, left, whole), right)
    } else {
        (oracle_subproof(old - split, right, false), left)
    };
    path.push(oracle_root(other));
    path
}

/// A tree, its stored tiles and its leaves, written in the given batches.
struct Log {
    tree: Tree,
    tiles: MemoryTiles,
    leaves: Vec<Hash>,
}

impl Log {
    fn new() -> Self {
        Self { tree: Tree::empty(), tiles: MemoryTiles::new(), leaves: Vec::new() }
    }

    fn batch(&mut self, count: u64) {
        for _ in 0..count {
            let hash = leaf(self.leaves.len() as u64);
            assert_eq!(self.tree.append_hash(hash), self.leaves.len() as u64);
            self.leaves.push(hash);
        }
        for tile in self.tree.dirty_tiles() {
            assert_eq!(tile.bytes.len(), usize::from(tile.width) * Hash::LEN);
            self.tiles.put(tile);
        }
        self.tree.commit();
    }

    fn of(size: u64) -> Self {
        let mut log = Self::new();
        log.batch(size);
        log
    }
}

fn assert_altered_inclusion_is_refused(good: &InclusionProof, leaf: &Hash, root: &Hash) {
    let flip = |hash: &Hash, bit: usize| {
        let mut altered = *hash;
        altered.0[bit / 8 % 32] ^= 1 << (bit % 8);
        altered
    };
    let bit = good.index as usize * 7 + good.size as usize;
    assert_eq!(good.verify(&flip(leaf, bit), root), Err(ProofError::RootMismatch));
    assert_eq!(good.verify(leaf, &flip(root, bit)), Err(ProofError::RootMismatch));
    for place in 0..good.path.len() {
        let mut altered = good.clone();
        altered.path[place] = flip(&altered.path[place], bit);
        assert_eq!(altered.verify(leaf, root), Err(ProofError::RootMismatch));
        altered.path.remove(place);
        assert!(matches!(altered.verify(leaf, root), Err(ProofError::WrongLength { .. })));
    }
    let mut longer = good.clone();
    longer.path.push(*root);
    assert!(matches!(longer.verify(leaf, root), Err(ProofError::WrongLength { .. })));
    for index in [good.index ^ 1, good.index + 1, good.size, u64::MAX] {
        if index != good.index {
            let moved = InclusionProof { index, ..good.clone() };
            assert!(moved.verify(leaf, root).is_err(), "{good:?} at {index}");
        }
    }
}

fn assert_altered_consistency_is_refused(good: &ConsistencyProof, old: &Hash, new: &Hash) {
    let flip = |hash: &Hash| {
        let mut altered = *hash;
        altered.0[(good.old_size % 32) as usize] ^= 0x10;
        altered
    };
    if good.old_size > 0 {
        assert!(good.verify(old, &flip(new)).is_err());
    }
    assert!(good.verify(&flip(old), new).is_err());
    for place in 0..good.path.len() {
        let mut altered = good.clone();
        altered.path[place] = flip(&altered.path[place]);
        assert!(altered.verify(old, new).is_err());
        altered.path.remove(place);
        assert!(altered.verify(old, new).is_err());
    }
    let mut longer = good.clone();
    longer.path.push(*old);
    assert!(longer.verify(old, new).is_err());
    let swapped = ConsistencyProof { old_size: good.new_size, new_size: good.old_size, path: good.path.clone() };
    if good.old_size != good.new_size {
        assert_eq!(swapped.verify(new, old), Err(ProofError::OldBeyondNew));
    }
}

/// Every leaf of every small tree, and every pair of sizes.
#[test]
fn all_proofs_of_small_trees_equal_the_definition_and_verify() {
    let leaves: Vec<Hash> = (0..70).map(leaf).collect();
    let mut tree = Tree::empty();
    for size in 0..=leaves.len() {
        let root = tree.root();
        assert_eq!(root, oracle_root(&leaves[..size]));
        for (index, leaf) in leaves[..size].iter().enumerate() {
            let proof = tree.inclusion_proof(index as u64, &NoTiles).unwrap();
            assert_eq!(proof.path, oracle_path(index, &leaves[..size]));
            assert_eq!(proof.verify(leaf, &root), Ok(()));
            assert_altered_inclusion_is_refused(&proof, leaf, &root);
        }
        for old in 0..=size {
            let proof = tree.consistency_proof(old as u64, &NoTiles).unwrap();
            let expected = if old == 0 { Vec::new() } else { oracle_subproof(old, &leaves[..size], true) };
            assert_eq!(proof.path, expected, "{old} of {size}");
            let old_root = oracle_root(&leaves[..old]);
            assert_eq!(proof.verify(&old_root, &root), Ok(()), "{old} of {size}");
            assert_altered_consistency_is_refused(&proof, &old_root, &root);
        }
        if size < leaves.len() {
            tree.append_hash(leaves[size]);
        }
    }
}

#[test]
fn questions_beyond_the_tree_are_refused() {
    let log = Log::of(5);
    assert!(matches!(log.tree.inclusion_proof(5, &NoTiles), Err(ProveError::Beyond { asked: 5, size: 5 })));
    assert!(matches!(log.tree.consistency_proof(6, &NoTiles), Err(ProveError::Beyond { asked: 6, size: 5 })));
    let huge = TreeHead { size: u64::MAX, root: Hash::EMPTY_ROOT };
    assert!(matches!(prove_inclusion(0, &huge, &NoTiles), Err(ProveError::TooLarge(_))));
    assert!(matches!(root_from_tiles(u64::MAX, &NoTiles), Err(ProveError::TooLarge(_))));
    assert!(matches!(Tree::resume(u64::MAX, &huge.root, &NoTiles), Err(ResumeError::TooLarge(_))));
    let absurd = InclusionProof { index: u64::MAX - 1, size: u64::MAX, path: vec![Hash::EMPTY_ROOT; 3] };
    assert!(matches!(absurd.verify(&leaf(0), &leaf(0)), Err(ProofError::WrongLength { .. })));
    let absurd = ConsistencyProof { old_size: u64::MAX - 1, new_size: u64::MAX, path: vec![] };
    assert!(matches!(absurd.verify(&leaf(0), &leaf(0)), Err(ProofError::WrongLength { .. })));
}

/// Far past what memory keeps: the oldest leaves come from tiles, the newest 1,024 never need one.
#[test]
fn old_leaves_are_proved_from_tiles_and_new_ones_from_memory() {
    let mut log = Log::new();
    for _ in 0..25 {
        log.batch(211);
    }
    let size = log.leaves.len() as u64;
    let root = log.tree.root();
    assert_eq!(root, oracle_root(&log.leaves));
    for index in 0..size {
        let proof = log.tree.inclusion_proof(index, &log.tiles).unwrap();
        assert_eq!(proof.verify(&log.leaves[index as usize], &root), Ok(()));
        let from_memory = log.tree.inclusion_proof(index, &NoTiles);
        if index + 1024 >= size {
            assert_eq!(from_memory.unwrap(), proof);
        } else if index < 1024 {
            assert!(matches!(from_memory, Err(ProveError::Source { .. })));
        }
    }
}

/// A batch may be larger than what memory keeps; nothing of it is dropped before it is committed.
#[test]
fn a_batch_of_any_size_is_provable_and_undoable() {
    let mut log = Log::of(300);
    let before = log.tree.head();
    for index in 300..4000 {
        log.tree.append_hash(leaf(index));
    }
    for index in [0, 299, 300, 2000, 3999] {
        let proof = log.tree.inclusion_proof(index, &NoTiles).unwrap();
        assert_eq!(proof.verify(&leaf(index), &log.tree.root()), Ok(()));
    }
    log.tree.rollback();
    assert_eq!(log.tree.head(), before);
    log.batch(1);
    assert_eq!(log.tree.root(), oracle_root(&log.leaves));
}

/// One bit anywhere in the stored tiles is noticed by whatever reads that tile, and never becomes a proof.
#[test]
fn altered_tiles_are_refused() {
    let log = Log::of(600);
    let head = log.tree.head();
    let stored: Vec<_> = log.tiles.iter().map(|(level, index, bytes)| (level, index, bytes.to_vec())).collect();
    for (level, index, bytes) in stored {
        for place in (0..bytes.len()).step_by(32) {
            let mut altered = bytes.clone();
            altered[place] ^= 1;
            let mut tiles = log.tiles.clone();
            let width = (bytes.len() / 32) as u16;
            tiles.put(ledger::Tile { level, index, width, bytes: altered });
            // On the right edge a restart sees it; a full tile is seen by a proof of the leaf it holds.
            if width < 256 {
                assert!(matches!(Tree::resume(600, &head.root, &tiles), Err(ResumeError::RootMismatch { .. })));
            } else {
                let leaf = index * 256 + place as u64 / 32;
                assert!(matches!(prove_inclusion(leaf, &head, &tiles), Err(ProveError::AlteredTiles)));
            }
        }
        let mut short = log.tiles.clone();
        short.put(ledger::Tile { level, index, width: 1, bytes: bytes[..31].to_vec() });
        assert!(prove_inclusion(index * 256, &head, &short).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn proofs_from_tiles_verify(size in 1_u64..2000, picks in prop::collection::vec(any::<prop::sample::Index>(), 6)) {
        let log = Log::of(size);
        let head = log.tree.head();
        prop_assert_eq!(head.root, oracle_root(&log.leaves));
        prop_assert_eq!(root_from_tiles(size, &log.tiles).unwrap(), head.root);
        for pick in picks {
            let index = pick.index(size as usize);
            let proof = prove_inclusion(index as u64, &head, &log.tiles).unwrap();
            prop_assert_eq!(&proof, &log.tree.inclusion_proof(index as u64, &log.tiles).unwrap());
            prop_assert_eq!(&proof.path, &oracle_path(index, &log.leaves));
            prop_assert_eq!(proof.verify(&log.leaves[index], &head.root), Ok(()));
            assert_altered_inclusion_is_refused(&proof, &log.leaves[index], &head.root);

            let old_size = index as u64 + 1;
            let old = TreeHead { size: old_size, root: oracle_root(&log.leaves[..=index]) };
            let proof = prove_consistency(&old, &head, &log.tiles).unwrap();
            prop_assert_eq!(&proof, &log.tree.consistency_proof(old_size, &log.tiles).unwrap());
            prop_assert_eq!(proof.verify(&old.root, &head.root), Ok(()));
            assert_altered_consistency_is_refused(&proof, &old.root, &head.root);
        }
    }

    /// A later, wider version of a tile serves proofs of earlier trees.
    #[test]
    fn earlier_trees_are_provable_from_later_tiles(size in 2_u64..1500, at in any::<prop::sample::Index>()) {
        let log = Log::of(size);
        let earlier = at.index(size as usize - 1) + 1;
        let head = TreeHead { size: earlier as u64, root: oracle_root(&log.leaves[..earlier]) };
        for index in [0, earlier / 2, earlier - 1] {
            let proof = prove_inclusion(index as u64, &head, &log.tiles).unwrap();
            prop_assert_eq!(proof.verify(&log.leaves[index], &head.root), Ok(()));
        }
    }

    #[test]
    fn stopping_and_undoing_leave_no_trace(
        batches in prop::collection::vec((0_u64..400, any::<bool>(), any::<bool>(), any::<bool>()), 1..12),
    ) {
        let mut log = Log::new();
        let mut unstopped = Tree::empty();
        for (count, undo, restart, full_only) in batches {
            if undo {
                for index in 0..count {
                    log.tree.append_hash(leaf(1_000_000 + index));
                }
                let _ = log.tree.dirty_tiles();
                log.tree.rollback();
            }
            if restart {
                let size = log.tree.size();
                let root = log.tree.root();
                log.tree = if full_only {
                    let tail = log.leaves[(size / 256 * 256) as usize..].to_vec();
                    Tree::resume(size, &root, &FullTilesOnly::new(&log.tiles, size, tail)).unwrap()
                } else {
                    Tree::resume(size, &root, &log.tiles).unwrap()
                };
            }
            for index in 0..count {
                unstopped.append_hash(leaf(log.leaves.len() as u64 + index));
            }
            let mut again = log.tree.clone();
            log.batch(count);
            for index in log.leaves.len() as u64 - count..log.leaves.len() as u64 {
                again.append_hash(leaf(index));
            }
            prop_assert_eq!(again.dirty_tiles(), unstopped.dirty_tiles());
            unstopped.commit();
            prop_assert_eq!(log.tree.head(), unstopped.head());
            prop_assert_eq!(log.tree.committed_size(), log.leaves.len() as u64);
        }
        prop_assert_eq!(log.tree.root(), oracle_root(&log.leaves));
        for index in (0..log.tree.size()).step_by(11) {
            prop_assert_eq!(
                log.tree.inclusion_proof(index, &log.tiles).unwrap(),
                unstopped.inclusion_proof(index, &log.tiles).unwrap()
            );
        }
    }

    /// What the store keeps, put together again by the specification's own words, is the same tree.
    #[test]
    fn tiles_reassemble_to_the_same_tree(counts in prop::collection::vec(1_u64..500, 1..6)) {
        let mut log = Log::new();
        for count in counts {
            log.batch(count);
        }
        let mut rows: Vec<Vec<u8>> = Vec::new();
        for (level, index, bytes) in log.tiles.iter() {
            if rows.len() <= usize::from(level) {
                rows.push(Vec::new());
            }
            prop_assert_eq!(rows[usize::from(level)].len() as u64, index * 8192);
            rows[usize::from(level)].extend(bytes);
        }
        for (level, row) in rows.iter().enumerate() {
            let span = 256_usize.pow(level as u32);
            let expected: Vec<u8> = log.leaves.chunks_exact(span).flat_map(|part| oracle_root(part).0).collect();
            prop_assert_eq!(row, &expected);
        }
    }

    #[test]
    fn a_wrong_root_stops_a_restart(size in 1_u64..700, bit in 0_usize..256) {
        let log = Log::of(size);
        let mut root = log.tree.root();
        root.0[bit / 8] ^= 1 << (bit % 8);
        let refused = matches!(Tree::resume(size, &root, &log.tiles), Err(ResumeError::RootMismatch { .. }));
        prop_assert!(refused);
    }
}
