//! SNOMED CT, description file of a release: id, effectiveTime, active, moduleId, conceptId, languageCode, typeId, term,
//! caseSignificanceId (RF2 specification, section 4.2.2). The tag of the fully specified name says what a concept is.

use super::{Fault, Gathered, lines};
use std::io::BufRead;
use text::fact::Kind;

/// Type of a fully specified name.
const FULL: &str = "900000000000003001";

/// Active English descriptions of concepts whose tag says a kind.
pub(super) fn gather(file: &mut dyn BufRead) -> Result<Gathered, Fault> {
    let mut gathered = Gathered::default();
    lines(file, '\t', |line, row| {
        let [_, _, active, _, concept, language, sort, term, _] = row else {
            return Err(Fault::Format { line, what: "a description file has 9 columns separated by tabs" });
        };
        if *active != "1" || *language != "en" {
            return Ok(());
        }
        if *sort != FULL {
            return gathered.add(concept, term, false).map(|_| ());
        }
        let Some((name, tag)) = term.strip_suffix(')').and_then(|t| t.rsplit_once(" (")) else { return Ok(()) };
        let found = gathered.add(concept, name, true)?;
        found.kind = kind(tag);
        Ok(())
    })?;
    gathered.concepts.retain(|_, found| found.kind.is_some());
    Ok(gathered)
}

fn kind(tag: &str) -> Option<Kind> {
    Some(match tag {
        "disorder" => Kind::Problem,
        "finding" => Kind::Finding,
        "procedure" | "regime/therapy" => Kind::Procedure,
        "physical object" => Kind::Device,
        "substance" => Kind::Other,
        "product" | "medicinal product" | "clinical drug" | "medicinal product form" => Kind::Medication,
        "observable entity" => Kind::Measurement,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn tags_say_the_kind() {
        assert_eq!(super::kind("disorder"), Some(text::Kind::Problem));
        assert_eq!(super::kind("organism"), None);
    }
}
