//! What the ledger costs: appends, proofs, receipts and checks per second, beside one plain SHA-256 of the same leaves.
//!
//! `cargo run --release -p ledger --example bench_ledger [LEAVES]` (100,000 unless told otherwise). One thread; each row
//! is the best of five runs, so that a busy machine disturbs it least.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use ledger::{Hash, Leaf, LeafClass, MemoryTiles, NoTiles, Receipt, Salt, SignedCheckpoint, Signer, Tree};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Leaves per commit: what one group commit of a busy store carries.
const BATCH: u64 = 256;

/// Keeps the optimiser from dropping work whose result nobody reads.
fn keep<T>(value: T) {
    black_box(value);
}

fn best_of_five(mut work: impl FnMut() -> u64) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        let count = work();
        best = best.min(start.elapsed().as_nanos() as f64 / count as f64);
    }
    best
}

fn row(name: &str, nanoseconds: f64, baseline: f64) {
    let per_second = Duration::from_secs(1).as_nanos() as f64 / nanoseconds;
    println!("{name:<58} {per_second:>12.0} /s {:>9.3} us {:>8.1} x", nanoseconds / 1000.0, nanoseconds / baseline);
}

fn main() {
    let leaves: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(100_000).max(2 * BATCH);
    let event = vec![b'e'; 1024];
    let signer = Signer::from_seed("payer.example/um/bench", &[7; 32]).unwrap();
    let salt = |place: u64| Salt::new(Hash::leaf(&place.to_be_bytes()).0);
    let made: Vec<Leaf> =
        (0..leaves).map(|place| Leaf::commit(LeafClass::Determination, &salt(place), &place.to_be_bytes())).collect();
    let texts: Vec<String> = made.iter().map(Leaf::to_text).collect();

    println!("{leaves} leaves of {} bytes, {BATCH} per commit, one thread\n", texts[0].len());
    let baseline = best_of_five(|| {
        texts.iter().for_each(|text| keep(Hash::leaf(text.as_bytes())));
        leaves
    });
    row("baseline: one SHA-256 of each leaf", baseline, baseline);

    let commit = best_of_five(|| {
        (0..20_000).for_each(|place| keep(Leaf::commit(LeafClass::Case, &salt(place), &event)));
        20_000
    });
    row("commit to an event of 1 KiB (with its salt)", commit, baseline);

    let append = best_of_five(|| {
        let mut tree = Tree::empty();
        for batch in made.chunks(BATCH as usize) {
            batch.iter().for_each(|leaf| keep(tree.append(leaf)));
            tree.commit();
        }
        black_box(tree.root());
        leaves
    });
    row("append (leaf text and tree)", append, baseline);

    let mut tiles = MemoryTiles::new();
    let mut tree = Tree::empty();
    let mut signed: Option<SignedCheckpoint> = None;
    let full = best_of_five(|| {
        tree = Tree::empty();
        for batch in made.chunks(BATCH as usize) {
            batch.iter().for_each(|leaf| keep(tree.append(leaf)));
            tree.dirty_tiles().into_iter().for_each(|tile| tiles.put(tile));
            signed = Some(tree.checkpoint(signer.name()).unwrap().sign(&signer).unwrap());
            tree.commit();
        }
        leaves
    });
    row("append, tiles and a signed checkpoint per commit", full, baseline);
    let signed = signed.unwrap();
    let root = tree.root();

    let recent = leaves - BATCH..leaves;
    let prove = best_of_five(|| {
        for _ in 0..40 {
            recent.clone().for_each(|place| keep(tree.inclusion_proof(place, &NoTiles)));
        }
        40 * BATCH
    });
    row("inclusion proof of a leaf of the last commit", prove, baseline);

    let step = (leaves / 2000).max(1);
    let prove_old = best_of_five(|| {
        let places = (0..leaves).step_by(step as usize);
        places.map(|place| keep(tree.inclusion_proof(place, &tiles).unwrap())).count() as u64
    });
    row("inclusion proof of any leaf, from stored tiles, checked", prove_old, baseline);

    let proof = tree.inclusion_proof(leaves - 2, &NoTiles).unwrap();
    let leaf = made[leaves as usize - 2].hash();
    let check = best_of_five(|| {
        (0..20_000).for_each(|_| keep(proof.verify(black_box(&leaf), &root)));
        20_000
    });
    row(&format!("check of an inclusion proof ({} hashes)", proof.path.len()), check, baseline);

    let consistency = best_of_five(|| {
        (0..20_000).for_each(|n| keep(tree.consistency_proof(leaves - n % BATCH - 1, &NoTiles)));
        20_000
    });
    row("consistency proof with a recent checkpoint", consistency, baseline);

    let receipt = || Receipt::new(LeafClass::Determination, salt(leaves - 2), proof.clone(), &signed).unwrap();
    let text = receipt().to_text();
    let write = best_of_five(|| {
        (0..20_000).for_each(|_| keep(receipt().to_text()));
        20_000
    });
    row(&format!("receipt as text ({} bytes)", text.len()), write, baseline);

    let sign = best_of_five(|| {
        (0..2000).for_each(|_| keep(tree.checkpoint(signer.name()).unwrap().sign(&signer)));
        2000
    });
    row("signed checkpoint", sign, baseline);

    let event = (leaves - 2).to_be_bytes();
    let verify = best_of_five(|| {
        for _ in 0..2000 {
            black_box(Receipt::parse(&text).unwrap().verify(&event, signer.verifier())).unwrap();
        }
        2000
    });
    row("receipt read and verified, signature included", verify, baseline);
}
