//! The growing tree: its right edge in memory, the changed tiles for the store, undo for a transaction that failed.

use crate::leaf::Leaf;
use crate::prove::{self, ConsistencyProof, InclusionProof, ProveError, Reader};
use crate::tile::{self, MAX_SIZE, TILE_HEIGHT, TILE_WIDTH, Tile, TileSource};
use crate::{Checkpoint, CheckpointError, Hash};

/// Full tiles kept in memory behind the right edge of each level, so that recent leaves are proved without a read.
const RECENT_TILES: u64 = 4;

/// The size and root of a tree at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TreeHead {
    /// Number of leaves.
    pub size: u64,
    /// Root hash over them (RFC 6962 section 2.1).
    pub root: Hash,
}

/// Why a tree could not be taken up again.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError<E: std::error::Error + 'static> {
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
    /// A tile has fewer hashes than the size calls for.
    #[error("tile {index} of level {level} is too short")]
    ShortTile {
        /// Level of the tile.
        level: u8,
        /// Tile within the level.
        index: u64,
    },
    /// The tiles are not those of the tree whose root was given: stored data was changed or lost.
    #[error("the stored tiles give root {found}, the checkpoint says {expected}")]
    RootMismatch {
        /// Root of the checkpoint.
        expected: Hash,
        /// Root of the tiles.
        found: Hash,
    },
}

/// Consecutive complete nodes of one height, the leftmost dropped.
#[derive(Debug, Clone, Default)]
struct Row {
    first: u64,
    hashes: Vec<Hash>,
}

impl Row {
    fn get(&self, index: u64) -> Option<&Hash> {
        let place = index.checked_sub(self.first)?;
        self.hashes.get(usize::try_from(place).ok()?)
    }
}

/// An append-only Merkle tree with a single writer.
///
/// It holds the nodes of the newest tiles of each level (under 1 MiB for any size), everything appended since the last
/// [`Tree::commit`], and nothing else; older proofs read tiles from a [`TileSource`]. Appends are provisional until
/// `commit`; [`Tree::rollback`] undoes them.
///
/// ```
/// use ledger::{Leaf, LeafClass, NoTiles, Salt, Tree};
///
/// let mut tree = Tree::empty();
/// let leaf = Leaf::commit(LeafClass::Request, &Salt::new([7; 32]), br#"{"type":"received"}"#);
/// let index = tree.append(&leaf);
/// for tile in tree.dirty_tiles() {
///     assert_eq!(tile.path(), "tile/0/000.p/1"); // goes into the database transaction
/// }
/// tree.commit(); // after the database has committed
/// let proof = tree.inclusion_proof(index, &NoTiles)?;
/// assert!(proof.verify(&leaf.hash(), &tree.root()).is_ok());
/// # Ok::<(), ledger::ProveError<ledger::Absent>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Tree {
    size: u64,
    committed: u64,
    rows: Vec<Row>,
}

impl Tree {
    /// A tree without leaves.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Takes up a stored tree: reads the partial tile at the right edge of each level and checks that they give `root`,
    /// the root of the last signed checkpoint.
    ///
    /// # Errors
    /// When a tile is absent, short, or not of that tree.
    pub fn resume<S: TileSource>(size: u64, root: &Hash, source: &S) -> Result<Self, ResumeError<S::Error>> {
        if size > MAX_SIZE {
            return Err(ResumeError::TooLarge(size));
        }
        let mut tree = Self { size, committed: size, rows: Vec::new() };
        let mut level = 0;
        while size >> (TILE_HEIGHT * level) > 0 {
            let nodes = size >> (TILE_HEIGHT * level);
            let index = nodes / u64::from(TILE_WIDTH);
            let width = (nodes % u64::from(TILE_WIDTH)) as u16;
            let mut row = Vec::new();
            if width > 0 {
                let bytes = source.tile(level, index, width).map_err(|source| ResumeError::Source { level, index, source })?;
                row = tile::hashes(&bytes, width).ok_or(ResumeError::ShortTile { level, index })?;
            }
            for height in 0..TILE_HEIGHT {
                let above = tile::pair_up(&row);
                tree.rows.push(Row { first: index << (TILE_HEIGHT - height), hashes: row });
                row = above;
            }
            level += 1;
        }
        let found = tree.root();
        if found == *root { Ok(tree) } else { Err(ResumeError::RootMismatch { expected: *root, found }) }
    }

    /// Number of leaves, provisional ones included.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Number of leaves at the last [`Tree::commit`].
    #[must_use]
    pub const fn committed_size(&self) -> u64 {
        self.committed
    }

    /// Appends a leaf and gives its index, counted from 0.
    pub fn append(&mut self, leaf: &Leaf) -> u64 {
        self.append_hash(leaf.hash())
    }

    /// Appends the hash of a leaf, as [`Leaf::hash`] gives it; for rebuilding a tree from kept hashes.
    pub fn append_hash(&mut self, leaf: Hash) -> u64 {
        let index = self.size;
        let mut place = index;
        let mut node = leaf;
        for height in 0.. {
            if height == self.rows.len() {
                self.rows.push(Row::default());
            }
            let row = &mut self.rows[height];
            row.hashes.push(node);
            // The left sibling of an odd node is the one just before it: both lie in one tile, so it is in memory.
            let [.., left, right] = row.hashes.as_slice() else { break };
            if place & 1 == 0 {
                break;
            }
            node = Hash::node(left, right);
            place >>= 1;
        }
        self.size += 1;
        index
    }

    /// Root hash over all leaves, provisional ones included.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut root: Option<Hash> = None;
        for (height, row) in self.rows.iter().enumerate() {
            if (self.size >> height) & 1 == 1
                && let Some(peak) = row.hashes.last()
            {
                root = Some(root.map_or(*peak, |right| Hash::node(peak, &right)));
            }
        }
        root.unwrap_or(Hash::EMPTY_ROOT)
    }

    /// Size and root together.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root() }
    }

    /// Every tile that changed since the last [`Tree::commit`], full and partial, lowest level first. All of them belong
    /// in the same database transaction as the events.
    #[must_use]
    pub fn dirty_tiles(&self) -> Vec<Tile> {
        let mut tiles = Vec::new();
        let width = u64::from(TILE_WIDTH);
        for (level, row) in self.rows.iter().step_by(usize::from(TILE_HEIGHT)).enumerate() {
            let shift = usize::from(TILE_HEIGHT) * level;
            let (old, new) = (self.committed >> shift, self.size >> shift);
            if old == new {
                break;
            }
            for index in old / width..=(new - 1) / width {
                let start = index * width;
                let count = width.min(new - start);
                let from = (start - row.first) as usize;
                let held = &row.hashes[from..from + count as usize];
                let bytes = held.iter().flat_map(|hash| hash.0).collect();
                tiles.push(Tile { level: level as u8, index, width: count as u16, bytes });
            }
        }
        tiles
    }

    /// Makes the appends final. To be called after the database transaction has committed.
    pub fn commit(&mut self) {
        self.committed = self.size;
        for (height, row) in self.rows.iter_mut().enumerate() {
            let height = height as u8;
            let in_tile = TILE_HEIGHT - height % TILE_HEIGHT;
            let keep_tile = (self.size >> (height + in_tile)).saturating_sub(RECENT_TILES);
            let keep = keep_tile << in_tile;
            // Dropping several tiles at a time keeps the cost of moving the rest far under one hash per leaf.
            if keep >= row.first + (RECENT_TILES << in_tile) {
                row.hashes.drain(..(keep - row.first) as usize);
                row.first = keep;
            }
        }
    }

    /// Undoes every append since the last [`Tree::commit`].
    pub fn rollback(&mut self) {
        self.size = self.committed;
        for (height, row) in self.rows.iter_mut().enumerate() {
            row.hashes.truncate(((self.size >> height) - row.first) as usize);
        }
    }

    /// Proof that a leaf is in the tree as it stands. The newest 1,024 leaves are proved from memory; older ones read at
    /// most one tile per level.
    ///
    /// # Errors
    /// When there is no such leaf, or a tile is absent or altered.
    pub fn inclusion_proof<S: TileSource>(&self, index: u64, source: &S) -> Result<InclusionProof, ProveError<S::Error>> {
        let mut reader = Reader::new(self.size, source, Some(self));
        let proof = prove::inclusion(index, &mut reader)?;
        if reader.has_read() {
            let leaf = reader.node(0, index)?;
            proof.verify(&leaf, &self.root()).map_err(|_| ProveError::AlteredTiles)?;
        }
        Ok(proof)
    }

    /// Proof that the tree of the first `old_size` leaves is a beginning of the tree as it stands.
    ///
    /// # Errors
    /// When `old_size` is beyond the tree, or a tile is absent or altered.
    pub fn consistency_proof<S: TileSource>(&self, old_size: u64, source: &S) -> Result<ConsistencyProof, ProveError<S::Error>> {
        let mut reader = Reader::new(self.size, source, Some(self));
        let proof = prove::consistency(old_size, &mut reader)?;
        if reader.has_read() {
            let old_root = reader.range(0, old_size)?;
            proof.verify(&old_root, &self.root()).map_err(|_| ProveError::AlteredTiles)?;
        }
        Ok(proof)
    }

    /// The unsigned checkpoint of the tree as it stands.
    ///
    /// # Errors
    /// When the origin is not fit for a checkpoint.
    pub fn checkpoint(&self, origin: &str) -> Result<Checkpoint, CheckpointError> {
        Checkpoint::new(origin, self.head())
    }

    /// A node that is in memory.
    pub(crate) fn node(&self, height: u8, index: u64) -> Option<Hash> {
        self.rows.get(usize::from(height))?.get(index).copied()
    }
}
