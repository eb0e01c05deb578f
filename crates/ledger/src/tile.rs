//! Tiles: 256 consecutive hashes of one level, the unit in which a log is kept and served (C2SP tlog-tiles).

use crate::Hash;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Tree heights between one tile level and the next.
pub const TILE_HEIGHT: u8 = 8;
/// Hashes in a full tile.
pub const TILE_WIDTH: u16 = 256;
/// Largest tree this crate reads or proves about: 2^48 leaves, so that no shift or sum of sizes can overflow.
pub const MAX_SIZE: u64 = 1 << 48;

/// Consecutive hashes of one level, as they are to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// 0 holds leaf hashes; each hash of level n + 1 is the root of a full tile of level n.
    pub level: u8,
    /// Position within the level.
    pub index: u64,
    /// Hashes held, 1 to 256.
    pub width: u16,
    /// `width` times 32 bytes.
    pub bytes: Vec<u8>,
}

impl Tile {
    /// A full tile never changes again; a partial one is replaced by wider versions of itself.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// Where C2SP tlog-tiles serves it.
    #[must_use]
    pub fn path(&self) -> String {
        tile_path(self.level, self.index, self.width)
    }
}

/// `tile/<level>/<index>[.p/<width>]`, for example `tile/0/x001/067` or `tile/0/000.p/5`. Width 256 is a full tile.
#[must_use]
pub fn tile_path(level: u8, index: u64, width: u16) -> String {
    path(&format!("tile/{level}/"), index, width)
}

/// `tile/entries/<index>[.p/<width>]`: the bundle with the entries of the level-0 tile of the same index and width.
#[must_use]
pub fn entries_path(index: u64, width: u16) -> String {
    path("tile/entries/", index, width)
}

fn path(prefix: &str, index: u64, width: u16) -> String {
    let mut groups = vec![index % 1000];
    let mut rest = index / 1000;
    while rest > 0 {
        groups.push(rest % 1000);
        rest /= 1000;
    }
    let mut out = String::from(prefix);
    for (place, group) in groups.iter().enumerate().rev() {
        // Writing to a String cannot fail.
        let _ = if place == 0 { write!(out, "{group:03}") } else { write!(out, "x{group:03}/") };
    }
    if width < TILE_WIDTH {
        let _ = write!(out, ".p/{width}");
    }
    out
}

/// Where stored tiles are read from.
///
/// `tile` must return at least `width` hashes of the tile; more are ignored, because a later, wider version of a tile
/// begins with the same hashes. The answers are not trusted: what is built from them is checked against the tree.
pub trait TileSource {
    /// Why a tile could not be read.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The first `width` hashes of a tile, 32 bytes each.
    ///
    /// # Errors
    /// When the tile is not there or cannot be read.
    fn tile(&self, level: u8, index: u64, width: u16) -> Result<Vec<u8>, Self::Error>;
}

impl<S: TileSource + ?Sized> TileSource for &S {
    type Error = S::Error;
    fn tile(&self, level: u8, index: u64, width: u16) -> Result<Vec<u8>, S::Error> {
        (**self).tile(level, index, width)
    }
}

/// The tile is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("tile {index} of level {level} with {width} hashes is not there")]
pub struct Absent {
    /// The level asked for.
    pub level: u8,
    /// The tile asked for.
    pub index: u64,
    /// The hashes asked for.
    pub width: u16,
}

/// A source without tiles: for proofs that the tree can give from memory.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTiles;

impl TileSource for NoTiles {
    type Error = Absent;
    fn tile(&self, level: u8, index: u64, width: u16) -> Result<Vec<u8>, Absent> {
        Err(Absent { level, index, width })
    }
}

/// Tiles in memory, for the memory store, tools and tests.
#[derive(Debug, Clone, Default)]
pub struct MemoryTiles(BTreeMap<(u8, u64), Vec<u8>>);

impl MemoryTiles {
    /// Without tiles.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a tile, in place of an earlier version of it.
    pub fn put(&mut self, tile: Tile) {
        self.0.insert((tile.level, tile.index), tile.bytes);
    }

    /// The kept bytes of every tile by (level, index), in order.
    pub fn iter(&self) -> impl Iterator<Item = (u8, u64, &[u8])> {
        self.0.iter().map(|(&(level, index), bytes)| (level, index, bytes.as_slice()))
    }
}

impl TileSource for MemoryTiles {
    type Error = Absent;
    fn tile(&self, level: u8, index: u64, width: u16) -> Result<Vec<u8>, Absent> {
        match self.0.get(&(level, index)) {
            Some(bytes) if bytes.len() >= usize::from(width) * Hash::LEN => Ok(bytes.clone()),
            _ => Err(Absent { level, index, width }),
        }
    }
}

/// Lets a store keep only full tiles and the leaf hashes after the last full one, which saves rewriting the partial tiles
/// at every commit. Partial tiles of level 0 come from the tail, those above from the roots of the full tiles below
/// (at most 255 tiles read per level: some 20 ms, once at start).
#[derive(Debug, Clone)]
pub struct FullTilesOnly<S> {
    source: S,
    size: u64,
    tail: Vec<Hash>,
}

impl<S: TileSource> FullTilesOnly<S> {
    /// `tail` holds the leaf hashes from the last multiple of 256 up to `size`.
    pub const fn new(source: S, size: u64, tail: Vec<Hash>) -> Self {
        Self { source, size, tail }
    }
}

impl<S: TileSource> TileSource for FullTilesOnly<S> {
    type Error = S::Error;

    fn tile(&self, level: u8, index: u64, width: u16) -> Result<Vec<u8>, S::Error> {
        let full = u32::from(level) + 1 < 8 && index < self.size >> (TILE_HEIGHT * (level + 1));
        if full {
            return self.source.tile(level, index, TILE_WIDTH);
        }
        let mut bytes = Vec::with_capacity(usize::from(width) * Hash::LEN);
        if level == 0 {
            // A tail that is too short gives a short tile, which the reader refuses.
            for hash in self.tail.iter().take(usize::from(width)) {
                bytes.extend(hash.0);
            }
            return Ok(bytes);
        }
        let first = index.saturating_mul(u64::from(TILE_WIDTH));
        for below in first..first.saturating_add(u64::from(width)) {
            let tile = self.tile(level - 1, below, TILE_WIDTH)?;
            match hashes(&tile, TILE_WIDTH) {
                Some(hashes) => bytes.extend(full_root(hashes).0),
                // As above: short, so refused.
                None => break,
            }
        }
        Ok(bytes)
    }
}

/// The first `width` hashes of a tile; `None` when there are fewer.
pub(crate) fn hashes(bytes: &[u8], width: u16) -> Option<Vec<Hash>> {
    let wanted = bytes.get(..usize::from(width) * Hash::LEN)?;
    Some(
        wanted
            .chunks_exact(Hash::LEN)
            .map(|chunk| {
                let mut hash = Hash([0; 32]);
                hash.0.copy_from_slice(chunk);
                hash
            })
            .collect(),
    )
}

/// Root of a complete subtree; `row` holds a power of two of hashes.
pub(crate) fn full_root(mut row: Vec<Hash>) -> Hash {
    while row.len() > 1 {
        row = pair_up(&row);
    }
    row.first().copied().unwrap_or(Hash::EMPTY_ROOT)
}

/// The row above: parents of complete pairs only.
pub(crate) fn pair_up(row: &[Hash]) -> Vec<Hash> {
    row.chunks_exact(2).map(|pair| Hash::node(&pair[0], &pair[1])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_follow_c2sp() {
        let cases = [
            (0, 0, 256, "tile/0/000"),
            (0, 0, 5, "tile/0/000.p/5"),
            (0, 1067, 256, "tile/0/x001/067"),
            (3, 1_234_067, 255, "tile/3/x001/x234/067.p/255"),
            (63, 999, 256, "tile/63/999"),
            (1, 1_000_000, 256, "tile/1/x001/x000/000"),
        ];
        for (level, index, width, expected) in cases {
            assert_eq!(tile_path(level, index, width), expected);
        }
        assert_eq!(entries_path(273, 112), "tile/entries/273.p/112");
        assert_eq!(entries_path(1000, 256), "tile/entries/x001/000");
    }
}
