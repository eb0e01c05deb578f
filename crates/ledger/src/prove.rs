//! Building inclusion and consistency proofs (RFC 9162 sections 2.1.3.1 and 2.1.4.1) from memory and stored tiles.

use crate::Hash;
use crate::tile::{self, MAX_SIZE, TILE_HEIGHT, TILE_WIDTH, TileSource};
use crate::tree::{Tree, TreeHead};

/// Proof that a leaf is at `index` in the tree of `size` leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// Place of the leaf, counted from 0.
    pub index: u64,
    /// Leaves in the tree.
    pub size: u64,
    /// Sibling hashes from the leaf's up to the root's child.
    pub path: Vec<Hash>,
}

/// Proof that the tree of `old_size` leaves is a beginning of the tree of `new_size` leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// Leaves in the earlier tree.
    pub old_size: u64,
    /// Leaves in the later tree.
    pub new_size: u64,
    /// Node hashes in the order of RFC 9162 section 2.1.4.1.
    pub path: Vec<Hash>,
}

/// Why a proof could not be built.
#[derive(Debug, thiserror::Error)]
pub enum ProveError<E: std::error::Error + 'static> {
    /// The leaf or the earlier tree asked about lies beyond the tree.
    #[error("{asked} is beyond the tree of {size} leaves")]
    Beyond {
        /// Leaf index or earlier size.
        asked: u64,
        /// Size of the tree.
        size: u64,
    },
    /// The size is beyond [`MAX_SIZE`].
    #[error("a tree of {0} leaves is larger than this log can be")]
    TooLarge(u64),
    /// A tile could not be read.
    #[error("tile {index} of level {level} could not be read")]
    Source {
        /// Level of the tile.
        level: u8,
        /// Tile within the level.
        index: u64,
        /// What the source said.
        source: E,
    },
    /// A tile has fewer hashes than the tree calls for.
    #[error("tile {index} of level {level} is too short")]
    ShortTile {
        /// Level of the tile.
        level: u8,
        /// Tile within the level.
        index: u64,
    },
    /// The proof built from the stored tiles does not lead to the root: they were altered.
    #[error("the stored tiles do not lead to the root of the tree")]
    AlteredTiles,
}

/// Proves a leaf from stored tiles alone, for readers that have a checkpoint and not the [`Tree`]. The proof is checked
/// against the root before it is given out.
///
/// # Errors
/// When there is no such leaf, or a tile is absent or altered.
pub fn prove_inclusion<S: TileSource>(index: u64, head: &TreeHead, source: &S) -> Result<InclusionProof, ProveError<S::Error>> {
    let mut reader = Reader::new(head.size, source, None);
    let proof = inclusion(index, &mut reader)?;
    let leaf = reader.node(0, index)?;
    proof.verify(&leaf, &head.root).map_err(|_| ProveError::AlteredTiles)?;
    Ok(proof)
}

/// Proves from stored tiles alone that one tree is a beginning of another. The proof is checked against both roots.
///
/// # Errors
/// When the older tree is larger, or a tile is absent or altered.
pub fn prove_consistency<S: TileSource>(
    old: &TreeHead,
    new: &TreeHead,
    source: &S,
) -> Result<ConsistencyProof, ProveError<S::Error>> {
    let mut reader = Reader::new(new.size, source, None);
    let proof = consistency(old.size, &mut reader)?;
    proof.verify(&old.root, &new.root).map_err(|_| ProveError::AlteredTiles)?;
    Ok(proof)
}

/// The root that stored tiles give for a tree of `size` leaves.
///
/// # Errors
/// When a tile is absent or short.
pub fn root_from_tiles<S: TileSource>(size: u64, source: &S) -> Result<Hash, ProveError<S::Error>> {
    let mut reader = Reader::new(size, source, None);
    reader.check_size()?;
    reader.range(0, size)
}

/// Siblings of the nodes on the way from a leaf to the root.
pub(crate) fn inclusion<S: TileSource>(index: u64, reader: &mut Reader<'_, S>) -> Result<InclusionProof, ProveError<S::Error>> {
    reader.check_size()?;
    let size = reader.size;
    if index >= size {
        return Err(ProveError::Beyond { asked: index, size });
    }
    let mut path = Vec::with_capacity(u64::BITS as usize);
    let (mut node, mut last, mut height) = (index, size - 1, 0);
    while last > 0 {
        if node & 1 == 1 {
            path.push(reader.node(height, node - 1)?);
        } else if node < last {
            let start = (node + 1) << height;
            // The sibling may be the ragged right edge: then it is the root of what there is.
            let end = size.min(start + (1 << height));
            path.push(reader.range(start, end)?);
        }
        node >>= 1;
        last >>= 1;
        height += 1;
    }
    Ok(InclusionProof { index, size, path })
}

/// `PROOF(m, D_n)` of RFC 9162, with the recursion turned into a walk down.
pub(crate) fn consistency<S: TileSource>(
    old_size: u64,
    reader: &mut Reader<'_, S>,
) -> Result<ConsistencyProof, ProveError<S::Error>> {
    reader.check_size()?;
    let new_size = reader.size;
    if old_size > new_size {
        return Err(ProveError::Beyond { asked: old_size, size: new_size });
    }
    let mut path = Vec::new();
    if old_size > 0 {
        let (mut start, mut end) = (0, new_size);
        while end > old_size {
            let split = start + largest_power_below(end - start);
            if old_size <= split {
                path.push(reader.range(split, end)?);
                end = split;
            } else {
                path.push(reader.range(start, split)?);
                start = split;
            }
        }
        // From the left edge the subtree is the old tree itself, whose root the verifier has.
        if start > 0 {
            path.push(reader.range(start, end)?);
        }
        path.reverse();
    }
    Ok(ConsistencyProof { old_size, new_size, path })
}

/// The largest power of two smaller than `count`, which is at least 2.
const fn largest_power_below(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// A tile that was read, with the rows above its hashes.
struct Loaded {
    level: u8,
    index: u64,
    rows: Vec<Vec<Hash>>,
}

/// Finds complete nodes of a tree: in memory when there, else from tiles, each read once.
pub(crate) struct Reader<'a, S> {
    size: u64,
    source: &'a S,
    tree: Option<&'a Tree>,
    loaded: Vec<Loaded>,
}

impl<'a, S: TileSource> Reader<'a, S> {
    pub(crate) const fn new(size: u64, source: &'a S, tree: Option<&'a Tree>) -> Self {
        Self { size, source, tree, loaded: Vec::new() }
    }

    /// Whether anything came from the source and so still needs to be checked against the root.
    pub(crate) const fn has_read(&self) -> bool {
        !self.loaded.is_empty()
    }

    const fn check_size(&self) -> Result<(), ProveError<S::Error>> {
        if self.size > MAX_SIZE { Err(ProveError::TooLarge(self.size)) } else { Ok(()) }
    }

    /// Root of the leaves `start..end`, where `start` is a multiple of a power of two that is at least the count.
    pub(crate) fn range(&mut self, start: u64, end: u64) -> Result<Hash, ProveError<S::Error>> {
        let mut root: Option<Hash> = None;
        let mut rest = end - start;
        while rest > 0 {
            let height = rest.trailing_zeros() as u8;
            let peak = self.node(height, ((start + rest) >> height) - 1)?;
            root = Some(root.map_or(peak, |right| Hash::node(&peak, &right)));
            rest &= rest - 1;
        }
        Ok(root.unwrap_or(Hash::EMPTY_ROOT))
    }

    /// The complete node at `height` that covers leaves `index << height ..`.
    pub(crate) fn node(&mut self, height: u8, index: u64) -> Result<Hash, ProveError<S::Error>> {
        if let Some(hash) = self.tree.and_then(|tree| tree.node(height, index)) {
            return Ok(hash);
        }
        let level = height / TILE_HEIGHT;
        let row = height % TILE_HEIGHT;
        let in_row = TILE_HEIGHT - row;
        let tile_index = index >> in_row;
        let place = (index - (tile_index << in_row)) as usize;
        let loaded = match self.loaded.iter().position(|tile| tile.level == level && tile.index == tile_index) {
            Some(found) => found,
            None => self.load(level, tile_index)?,
        };
        let found = self.loaded[loaded].rows.get(usize::from(row)).and_then(|row| row.get(place));
        found.copied().ok_or(ProveError::ShortTile { level, index: tile_index })
    }

    fn load(&mut self, level: u8, index: u64) -> Result<usize, ProveError<S::Error>> {
        let full = u64::from(TILE_WIDTH);
        let nodes = (self.size >> (TILE_HEIGHT * level)).saturating_sub(index * full);
        let width = nodes.min(full) as u16;
        let bytes = self.source.tile(level, index, width).map_err(|source| ProveError::Source { level, index, source })?;
        let first = tile::hashes(&bytes, width).ok_or(ProveError::ShortTile { level, index })?;
        let mut rows = vec![first];
        for row in 0..usize::from(TILE_HEIGHT) - 1 {
            rows.push(tile::pair_up(&rows[row]));
        }
        self.loaded.push(Loaded { level, index, rows });
        Ok(self.loaded.len() - 1)
    }
}
