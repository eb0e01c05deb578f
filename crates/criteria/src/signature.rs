//! Who signed which policy version. Signatures stand outside the policy folders: the library ships unsigned.

use crate::policy::Signature;
use base::Hash;
use std::collections::BTreeMap;

/// Signatures the caller knows of, by the hash of the policy they sign.
///
/// A policy without an entry here is evaluated all the same; its findings say `signed: false`
/// and nothing may be approved on them without a person.
#[derive(Debug, Clone, Default)]
pub struct Signatures(BTreeMap<Hash, Signature>);

impl Signatures {
    /// No signature at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds one. A signature whose own `hash` is not the policy's does not count and is dropped;
    /// returns whether it was kept.
    pub fn add(&mut self, policy: Hash, signature: Signature) -> bool {
        let kept = signature.hash == policy && !signature.name.trim().is_empty();
        if kept {
            self.0.insert(policy, signature);
        }
        kept
    }

    /// Who signed this version.
    #[must_use]
    pub fn of(&self, policy: &Hash) -> Option<&Signature> {
        self.0.get(policy)
    }
}
