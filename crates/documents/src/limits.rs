//! A limit on everything.

/// What is read at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: usize,
    /// Pages of the file.
    pub pages: u32,
    /// Pages that are recognized (an image costs about a second of one core).
    pub scans: u32,
    /// Bytes of everything that is decompressed or decoded out of the file.
    pub inflated: usize,
    /// Bytes of text of one document; the reader of text takes no more than 16 MiB.
    pub text: usize,
    /// Documents in one file.
    pub parts: usize,
}

impl Default for Limits {
    /// A large fax or chart: 64 MiB, 2,000 pages of text, 200 pages of images.
    fn default() -> Limits {
        Limits { bytes: 64 << 20, pages: 2_000, scans: 200, inflated: 256 << 20, text: 16 << 20, parts: 200 }
    }
}
