//! A limit on everything.

/// The longest number accepted, in bytes as written. A longer one has no clinical or financial
/// meaning and only serves to make later arithmetic expensive.
pub const NUMBER_BYTES_MAX: usize = 1_024;

/// What one document may cost. Exceeding any of these is a [`crate::Fault`], never a panic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Longest input in bytes; checked before anything is read.
    pub max_bytes: usize,
    /// Deepest nesting of arrays and objects; a scalar at the root has depth 0.
    pub max_depth: usize,
    /// Most values (scalars, arrays and objects together).
    pub max_nodes: usize,
    /// Most faults reported; the parse stops when this many were found.
    pub max_faults: usize,
}

impl Default for Limits {
    /// 10 MiB, depth 64, a million values, a hundred faults.
    fn default() -> Self {
        Self { max_bytes: 10 * 1024 * 1024, max_depth: 64, max_nodes: 1_000_000, max_faults: 100 }
    }
}
