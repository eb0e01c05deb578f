//! The tenants' logs: the growing tree in memory, its stored tiles, and what a commit adds to both.

use crate::codec;
use crate::engine::Read;
use crate::rows::{Head, LeafBatch};
use crate::{Error, Options};
use base::TenantId;
use ledger::{Hash, Leaf, SignedCheckpoint, Signer, TILE_WIDTH, Tile, TileSource, Tree};
use std::cell::RefCell;

/// One tenant's log as the writer holds it.
pub(crate) struct Log {
    pub tree: Tree,
    pub signer: Signer,
    /// What the database says since the last commit.
    pub stored: Head,
    /// What it will say after the next one.
    pub next: Head,
    /// Class and commitment of the leaves added since.
    pub added: Vec<u8>,
}

impl Log {
    /// Takes up a tenant's log: the newest checkpoint must carry our signature, and the stored tiles must give its root.
    pub fn open(tenant: &TenantId, head: Head, engine: &mut dyn Read, options: &Options) -> Result<Self, Error> {
        let signer = (options.signers)(tenant)?;
        let tree = match &head.checkpoint {
            None if head.size == 0 => Tree::empty(),
            None => return Err(Error::Corrupt(format!("the log of {tenant} has leaves and no checkpoint"))),
            Some(text) => {
                let signed = open_checkpoint(tenant, &head, text, &signer)?;
                let tiles = StoredTiles::new(tenant, head.size, engine);
                Tree::resume(head.size, &signed.checkpoint().root, &tiles)
                    .map_err(|e| Error::Corrupt(format!("the log of {tenant}: {e}")))?
            }
        };
        Ok(Self { tree, signer, next: head.clone(), stored: head, added: Vec::new() })
    }

    /// Adds a leaf to the tree, provisionally.
    pub fn add(&mut self, leaf: &Leaf, hash: Hash) -> u64 {
        self.added.push(codec::class_number(leaf.class()));
        self.added.extend_from_slice(&leaf.commitment().0);
        self.tree.append_hash(hash)
    }

    /// Signs the tree as it stands, when it grew: gives the batch of leaves and the tiles to be kept.
    ///
    /// Partial tiles of level 0 are not kept: they are in the batches of leaves. That saves writing one at every commit.
    pub fn seal(&mut self) -> Result<Option<(SignedCheckpoint, LeafBatch, Vec<Tile>)>, Error> {
        if self.added.is_empty() {
            return Ok(None);
        }
        let unsigned = |e| Error::Corrupt(format!("the checkpoint cannot be signed: {e}"));
        let checkpoint = self.tree.checkpoint(self.signer.name()).map_err(unsigned)?.sign(&self.signer).map_err(unsigned)?;
        let text = checkpoint.text().to_owned();
        self.next.size = self.tree.size();
        self.next.checkpoint = Some(text.clone());
        let leaves = std::mem::take(&mut self.added);
        let batch = LeafBatch { first: self.stored.size, leaves, checkpoint: text };
        let mut tiles = self.tree.dirty_tiles();
        tiles.retain(|tile| tile.level > 0 || tile.is_full());
        Ok(Some((checkpoint, batch, tiles)))
    }

    /// The database has committed.
    pub fn committed(&mut self) {
        self.tree.commit();
        self.stored = self.next.clone();
    }
}

/// Reads the newest checkpoint of a head and checks signature and size.
pub(crate) fn open_checkpoint(tenant: &TenantId, head: &Head, text: &str, signer: &Signer) -> Result<SignedCheckpoint, Error> {
    let signed = SignedCheckpoint::open(text, signer.verifier())
        .map_err(|e| Error::Corrupt(format!("the newest checkpoint of {tenant} does not hold: {e}")))?;
    if signed.checkpoint().size != head.size {
        return Err(Error::Corrupt(format!("the log of {tenant} is not of the size its checkpoint says")));
    }
    Ok(signed)
}

/// The tiles of a stored log of some size: from the tile table, and at the right edge of level 0 from the leaves.
pub(crate) struct StoredTiles<'a> {
    tenant: &'a TenantId,
    size: u64,
    engine: RefCell<&'a mut dyn Read>,
}

impl<'a> StoredTiles<'a> {
    pub const fn new(tenant: &'a TenantId, size: u64, engine: &'a mut dyn Read) -> Self {
        Self { tenant, size, engine: RefCell::new(engine) }
    }
}

impl TileSource for StoredTiles<'_> {
    type Error = Error;

    fn tile(&self, level: u8, index: u64, width: u16) -> Result<Vec<u8>, Error> {
        let full_width = u64::from(TILE_WIDTH);
        let mut engine = self.engine.borrow_mut();
        if level > 0 || (index + 1) * full_width <= self.size {
            let bytes = engine.tile(self.tenant, level, index)?.unwrap_or_default();
            // A later, wider version begins with the same hashes; a shorter one is refused by the reader.
            return Ok(bytes);
        }
        let from = index * full_width;
        let to = from + u64::from(width);
        let mut bytes = Vec::with_capacity(usize::from(width) * Hash::LEN);
        for leaf in leaves(*engine, self.tenant, from, to)? {
            bytes.extend_from_slice(&leaf.hash().0);
        }
        Ok(bytes)
    }
}

/// The stored leaves `from..to`, as far as there are any.
pub(crate) fn leaves(engine: &mut dyn Read, tenant: &TenantId, from: u64, to: u64) -> Result<Vec<Leaf>, Error> {
    let mut out = Vec::new();
    for batch in engine.leaves(tenant, from, to)? {
        for (index, class, commitment) in batch.iter() {
            if (from..to).contains(&index) {
                let class = class.ok_or_else(|| Error::Corrupt(format!("leaf {index} of {tenant} has no known class")))?;
                out.push(leaf_of(class, commitment)?);
            }
        }
    }
    Ok(out)
}

/// A leaf from its stored parts.
fn leaf_of(class: ledger::LeafClass, commitment: [u8; 32]) -> Result<Leaf, Error> {
    let text = format!("um-event/v1\n{}\n{class}\n", Hash(commitment));
    Leaf::parse(&text).map_err(|e| Error::Corrupt(format!("a stored leaf: {e}")))
}
