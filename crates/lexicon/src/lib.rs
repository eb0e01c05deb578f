//! The words of medicine that Avedis ships, built from `data/` and carried inside the program: the operating system maps them when they
//! are first asked for, nothing is parsed at start.
//!
//! ```
//! let lexicon = lexicon::builtin()?;
//! assert!(!lexicon.term(&["no", "history", "of"]).is_empty());
//! # Ok::<(), text::lexicon::Broken>(())
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod assemble;
pub mod imports;
pub mod sources;
pub mod tool;

use text::lexicon::{Broken, Lexicon};

static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/avedis.lex"));

/// The lexicon of this build.
///
/// # Errors
/// [`Broken`] when the bytes do not fit this program, which a build of both together rules out.
pub fn builtin() -> Result<Lexicon, Broken> {
    Lexicon::from_bytes(BYTES)
}
