//! Checking proofs (RFC 9162 sections 2.1.3.2 and 2.1.4.2). Needs no log, only hashes.

use crate::Hash;
use crate::prove::{ConsistencyProof, InclusionProof};

/// Why a proof does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf index is not below the tree size.
    #[error("the leaf index is beyond the tree")]
    IndexBeyondTree,
    /// The earlier tree is larger than the later one.
    #[error("the earlier tree is larger than the later one")]
    OldBeyondNew,
    /// Not as many hashes as index and size call for.
    #[error("the proof has {found} hashes, its place in the tree calls for {expected}")]
    WrongLength {
        /// Hashes that the place calls for.
        expected: usize,
        /// Hashes in the proof.
        found: usize,
    },
    /// The hashes do not lead to the root of the (later) tree.
    #[error("the proof does not lead to the root")]
    RootMismatch,
    /// The hashes do not lead to the root of the earlier tree.
    #[error("the proof does not lead to the root of the earlier tree")]
    OldRootMismatch,
}

impl InclusionProof {
    /// Checks that the leaf with this hash is at `index` in the tree with this root.
    ///
    /// # Errors
    /// Says what does not hold.
    pub fn verify(&self, leaf: &Hash, root: &Hash) -> Result<(), ProofError> {
        if self.index >= self.size {
            return Err(ProofError::IndexBeyondTree);
        }
        let expected = inclusion_length(self.index, self.size);
        if self.path.len() != expected {
            return Err(ProofError::WrongLength { expected, found: self.path.len() });
        }
        let (mut node, mut last) = (self.index, self.size - 1);
        let mut hash = *leaf;
        for sibling in &self.path {
            // On the right edge a level without a sibling passes the hash up unchanged.
            while node == last && node & 1 == 0 && last > 0 {
                node >>= 1;
                last >>= 1;
            }
            hash = if node & 1 == 1 { Hash::node(sibling, &hash) } else { Hash::node(&hash, sibling) };
            node >>= 1;
            last >>= 1;
        }
        if hash == *root { Ok(()) } else { Err(ProofError::RootMismatch) }
    }
}

/// Siblings on the way up: one per level until the paths of leaf and last leaf meet, then one per left turn.
fn inclusion_length(index: u64, size: u64) -> usize {
    let inner = u64::BITS - (index ^ (size - 1)).leading_zeros();
    let edge = index.checked_shr(inner).unwrap_or(0).count_ones();
    (inner + edge) as usize
}

impl ConsistencyProof {
    /// Checks that the tree with `old_root` is a beginning of the tree with `new_root`.
    ///
    /// # Errors
    /// Says what does not hold.
    pub fn verify(&self, old_root: &Hash, new_root: &Hash) -> Result<(), ProofError> {
        let (old_size, new_size) = (self.old_size, self.new_size);
        if old_size > new_size {
            return Err(ProofError::OldBeyondNew);
        }
        if old_size == 0 || old_size == new_size {
            return self.verify_trivial(old_root, new_root);
        }
        let expected = consistency_length(old_size, new_size);
        if self.path.len() != expected {
            return Err(ProofError::WrongLength { expected, found: self.path.len() });
        }
        let mut path = self.path.iter();
        // The smallest complete subtree at the old right edge starts both climbs; when it is the whole old tree, its
        // root is the one given.
        let shift = old_size.trailing_zeros();
        let (mut node, mut last) = ((old_size - 1) >> shift, (new_size - 1) >> shift);
        let first = if node == 0 { *old_root } else { *path.next().unwrap_or(old_root) };
        let (mut old_hash, mut new_hash) = (first, first);
        for hash in path {
            while node & 1 == 0 && node == last && last > 0 {
                node >>= 1;
                last >>= 1;
            }
            if node & 1 == 1 || node == last {
                old_hash = Hash::node(hash, &old_hash);
                new_hash = Hash::node(hash, &new_hash);
            } else {
                new_hash = Hash::node(&new_hash, hash);
            }
            node >>= 1;
            last >>= 1;
        }
        if old_hash != *old_root {
            return Err(ProofError::OldRootMismatch);
        }
        if new_hash == *new_root { Ok(()) } else { Err(ProofError::RootMismatch) }
    }

    fn verify_trivial(&self, old_root: &Hash, new_root: &Hash) -> Result<(), ProofError> {
        if !self.path.is_empty() {
            return Err(ProofError::WrongLength { expected: 0, found: self.path.len() });
        }
        // Every tree begins with the empty one, whose root is fixed.
        let expected_old = if self.old_size == 0 { &Hash::EMPTY_ROOT } else { new_root };
        if old_root != expected_old {
            return Err(ProofError::OldRootMismatch);
        }
        if self.new_size == 0 && *new_root != Hash::EMPTY_ROOT { Err(ProofError::RootMismatch) } else { Ok(()) }
    }
}

/// Hashes in `PROOF(old, D_new)` for 0 < old < new.
fn consistency_length(old_size: u64, new_size: u64) -> usize {
    let shift = old_size.trailing_zeros();
    let node = (old_size - 1) >> shift;
    let last = (new_size - 1) >> shift;
    let inner = u64::BITS - (node ^ last).leading_zeros();
    let edge = node.checked_shr(inner).unwrap_or(0).count_ones();
    (inner + edge) as usize + usize::from(node != 0)
}
