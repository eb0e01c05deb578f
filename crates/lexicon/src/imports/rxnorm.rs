//! RxNorm, `RXNCONSO.RRF`: RXCUI is column 1, LAT 2, SAB 12, TTY 13, STR 15, SUPPRESS 17 (RxNorm technical documentation, section 12.4).

use super::{Fault, Gathered, lines};
use std::io::BufRead;
use text::fact::Kind;

/// Ingredients, precise and several ingredients, brands, synonyms.
const TYPES: [&str; 6] = ["IN", "PIN", "MIN", "BN", "SY", "PT"];

/// What the file has of RxNorm's own names.
pub(super) fn gather(file: &mut dyn BufRead) -> Result<Gathered, Fault> {
    let mut gathered = Gathered::default();
    lines(file, '|', |line, row| {
        let [cui, language, _, _, _, _, _, _, _, _, _, source, kind, _, name, _, suppressed, ..] = row else {
            return Err(Fault::Format { line, what: "RXNCONSO.RRF has 18 columns separated by |" });
        };
        if *language == "ENG" && *source == "RXNORM" && *suppressed == "N" && TYPES.contains(kind) {
            let best = matches!(*kind, "IN" | "PIN" | "MIN");
            gathered.add(cui, name, best)?.kind = Some(Kind::Medication);
        }
        Ok(())
    })?;
    Ok(gathered)
}
