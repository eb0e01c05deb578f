//! UMLS: `MRCONSO.RRF` (CUI column 1, LAT 2, TS 3, ISPREF 7, STR 15, SUPPRESS 17) and `MRSTY.RRF` (CUI 1, TUI 2), UMLS Reference Manual
//! chapter 3.

use super::{Fault, Gathered, lines};
use std::collections::HashMap;
use std::io::BufRead;
use text::fact::Kind;

/// English names that are not suppressed; without `MRSTY.RRF` nothing says what they are and they count as other.
pub(super) fn gather(file: &mut dyn BufRead, types: Option<&mut dyn BufRead>) -> Result<Gathered, Fault> {
    let kinds = types.map(kinds).transpose()?;
    let mut gathered = Gathered::default();
    lines(file, '|', |line, row| {
        let [cui, language, status, _, _, _, preferred, _, _, _, _, _, _, _, name, _, suppressed, ..] = row else {
            return Err(Fault::Format { line, what: "MRCONSO.RRF has 18 columns separated by |" });
        };
        let kind = match &kinds {
            Some(kinds) => kinds.get(*cui).copied(),
            None => Some(Kind::Other),
        };
        if let (Some(kind), "ENG", "N") = (kind, *language, *suppressed) {
            gathered.add(cui, name, *status == "P" && *preferred == "Y")?.kind = Some(kind);
        }
        Ok(())
    })?;
    Ok(gathered)
}

fn kinds(file: &mut dyn BufRead) -> Result<HashMap<String, Kind>, Fault> {
    let mut kinds = HashMap::new();
    lines(file, '|', |line, row| {
        let [cui, kind, ..] = row else { return Err(Fault::Format { line, what: "MRSTY.RRF has 6 columns separated by |" }) };
        if let Some(kind) = kind_of(kind) {
            kinds.insert((*cui).to_owned(), kind);
        }
        Ok(())
    })?;
    Ok(kinds)
}

/// Semantic types of which notes speak.
fn kind_of(tui: &str) -> Option<Kind> {
    Some(match tui {
        "T019" | "T020" | "T037" | "T046" | "T047" | "T048" | "T190" | "T191" => Kind::Problem,
        "T033" | "T184" => Kind::Finding,
        "T121" | "T195" | "T200" => Kind::Medication,
        "T060" | "T061" => Kind::Procedure,
        "T074" | "T203" => Kind::Device,
        "T034" | "T059" | "T201" => Kind::Measurement,
        "T109" | "T123" | "T131" | "T197" => Kind::Other,
        _ => return None,
    })
}
