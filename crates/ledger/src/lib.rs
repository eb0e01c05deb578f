//! The ledger: a transparency log that lets anyone with a receipt check, offline, that what they were told is what was
//! recorded, and that nothing recorded was later changed or removed.
//!
//! # What it is for
//! Each event that matters to a determination commits a [`Leaf`] to one append-only Merkle tree per payer ([`Tree`]). The
//! head of the tree is signed ([`Checkpoint`], [`Signer`]); a [`Receipt`] shows that one event is under a signed head; a
//! [`ConsistencyProof`] shows that a later head only added to an earlier one. All formats are public ones, so that others
//! can check them with programs that are not ours: RFC 6962 / RFC 9162 hashing, and C2SP tlog-tiles, signed-note,
//! tlog-checkpoint and tlog-proof. `tools/verifier` holds two such programs, in Python and in Go.
//!
//! # What it deliberately does not know
//! - Events, cases, people: it sees bytes and commits to them under a salt. [`Tree::append`] takes a [`Leaf`] and nothing
//!   else, so health information cannot get into the log.
//! - Files, databases, clocks, random numbers: salts and seeds are given, tiles to keep are handed out
//!   ([`Tree::dirty_tiles`]), stored tiles are read through [`TileSource`] and checked before anything rests on them.
//! - Witness cosignatures and post-quantum signatures: foreign signature lines are carried and ignored, as C2SP asks, so
//!   both can be added without a change of format.
//!
//! # Example: from event to verified receipt
//! ```
//! use ledger::{Leaf, LeafClass, NoTiles, Receipt, ReceiptFile, Salt, Signer, Tree};
//!
//! // The shell gives the secrets; the store keeps event, salt, leaf text and tiles in one transaction.
//! let signer = Signer::from_seed("payer.example/um/main", &[7; 32])?;
//! let salt = Salt::new([9; 32]);
//! let event = br#"{"type":"determined","outcome":"approved"}"#;
//!
//! let mut tree = Tree::empty();
//! let leaf = Leaf::commit(LeafClass::Determination, &salt, event);
//! let index = tree.append(&leaf);
//! let checkpoint = tree.checkpoint(signer.name())?.sign(&signer)?;
//! let _to_keep = (leaf.to_text(), tree.dirty_tiles(), checkpoint.text());
//! tree.commit();
//!
//! let proof = tree.inclusion_proof(index, &NoTiles)?;
//! let receipt = Receipt::new(LeafClass::Determination, salt, proof, &checkpoint)?;
//!
//! // The partner: no network, only the event, the receipt text and the key the payer published.
//! let kept = Receipt::parse(&receipt.to_text())?;
//! let verified = kept.verify(event, signer.verifier())?;
//! assert_eq!((verified.index, verified.class), (0, LeafClass::Determination));
//! assert!(kept.verify(br#"{"type":"determined","outcome":"denied"}"#, signer.verifier()).is_err());
//!
//! // The same in one file, for `avedis verify`.
//! let file = ReceiptFile::new(event, &receipt, signer.verifier()).to_json();
//! assert!(ReceiptFile::parse(&file)?.verify(Some(signer.verifier())).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod bundle;
mod checkpoint;
mod hash;
mod key;
mod leaf;
mod note;
mod prove;
mod receipt;
mod receipt_file;
mod tile;
mod tree;
mod verify;

pub use bundle::{BundleError, decode_bundle, encode_bundle};
pub use checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
pub use hash::{BadHash, Hash};
pub use key::{KeyError, Signer, Verifier};
pub use leaf::{BadLeaf, Leaf, LeafClass, Salt};
pub use note::{MAX_NOTE, Note, NoteError};
pub use prove::{ConsistencyProof, InclusionProof, ProveError, prove_consistency, prove_inclusion, root_from_tiles};
pub use receipt::{MAX_RECEIPT, Receipt, ReceiptError, Verified, VerifyError, verify_parts};
pub use receipt_file::{FieldFault, ReceiptFile, ReceiptFileError};
pub use tile::{
    Absent, FullTilesOnly, MAX_SIZE, MemoryTiles, NoTiles, TILE_HEIGHT, TILE_WIDTH, Tile, TileSource, entries_path, tile_path,
};
pub use tree::{ResumeError, Tree, TreeHead};
pub use verify::ProofError;
