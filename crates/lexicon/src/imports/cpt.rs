//! CPT, for those who hold the licence of the American Medical Association: a line is a code of five characters, white space, a
//! descriptor. Lines before the first code are the notice of the file.

use super::{Fault, Gathered, lines};
use std::io::BufRead;
use text::fact::Kind;

/// Codes with their descriptors.
pub(super) fn gather(file: &mut dyn BufRead) -> Result<Gathered, Fault> {
    let mut gathered = Gathered::default();
    lines(file, '\n', |_, row| {
        let line = row.first().copied().unwrap_or_default();
        if let Some((code, name)) = line.split_once([' ', '\t'])
            && code.len() == 5
            && code.bytes().take(4).all(|b| b.is_ascii_digit())
            && code.bytes().all(|b| b.is_ascii_alphanumeric())
        {
            gathered.add(code, name.trim(), true)?.kind = Some(Kind::Procedure);
        }
        Ok(())
    })?;
    Ok(gathered)
}
