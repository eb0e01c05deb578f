//! What was read, as a table and as JSON.

use super::Read;
use crate::Failure;
use crate::table::{cut, table as lines};
use text::Fact;

/// One line a fact, document by document.
pub fn table(all: &[Read]) -> String {
    let mut out = String::new();
    for Read { document, reading } in all {
        let written = document.written.map_or("date unknown".to_owned(), |d| d.to_string());
        let part = &document.part;
        out.push_str(&format!(
            "{} {} of {}: {written}, {} page(s) from page {}, {} facts\n",
            document.kind.name(),
            part.number,
            part.of,
            document.pages.len(),
            part.first_page,
            reading.facts.len()
        ));
        if !part.why.is_empty() {
            out.push_str(&format!("  taken apart here because {}\n", part.why));
        }
        let row = |fact: &Fact| {
            vec![
                format!("{}:{}", fact.page, fact.span.start),
                kind(fact),
                cut(&fact.name, 34),
                asserted(fact),
                cut(&said(fact), 44),
                if fact.quality == 100 { String::new() } else { format!("{}%", fact.quality) },
                cut(&one_line(fact.extent.of(&document.text)), 60),
            ]
        };
        let rows: Vec<Vec<String>> = reading.facts.iter().map(row).collect();
        out.push_str(&lines(&["page:byte", "kind", "fact", "asserted", "value, time, use", "quality", "words"], &rows));
        out.push('\n');
    }
    out
}

/// The kind of a fact, as its JSON names it.
pub fn kind(fact: &Fact) -> String {
    format!("{:?}", fact.kind).to_lowercase()
}

/// The axes that are set.
pub fn asserted(fact: &Fact) -> String {
    let a = fact.axes;
    let axes = [
        (a.negated, "negated"),
        (a.uncertain, "uncertain"),
        (a.hypothetical, "hypothetical"),
        (a.historical, "historical"),
        (a.family, "family"),
        (a.conditional, "conditional"),
    ];
    axes.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect::<Vec<_>>().join(" ")
}

/// Value, time, use and outcome in a few words.
pub fn said(fact: &Fact) -> String {
    let mut parts: Vec<String> = Vec::new();
    if let Some(value) = &fact.value {
        let mark = match value.comparator {
            text::detail::Comparator::Is => "",
            text::detail::Comparator::Less => "< ",
            text::detail::Comparator::AtMost => "<= ",
            text::detail::Comparator::Greater => "> ",
            text::detail::Comparator::AtLeast => ">= ",
            text::detail::Comparator::About => "~ ",
        };
        let high = value.high.map(|h| format!("-{h}")).unwrap_or_default();
        parts.push(format!("{mark}{}{high} {}", value.low, value.unit.as_deref().unwrap_or("")).trim().to_owned());
    }
    if let Some(therapy) = &fact.therapy {
        parts.push(format!("{:?}", therapy.outcome).to_lowercase());
        parts.extend(therapy.lasted.as_ref().map(|(lasted, _)| lasted.clone()));
    }
    if let Some(when) = &fact.when {
        let (from, to) = (when.from.map(|d| d.to_string()), when.to.map(|d| d.to_string()));
        match (from, to) {
            (Some(from), Some(to)) if from == to => parts.push(from),
            (None, None) => {}
            (from, to) => parts.push(format!("{}..{}", from.unwrap_or_default(), to.unwrap_or_default())),
        }
        parts.extend(when.lasted.clone());
    }
    if let Some(dose) = fact.sig.as_ref().and_then(|s| s.dose.as_ref()) {
        parts.push(format!("{} {}", dose.low, dose.unit.as_deref().unwrap_or("")));
    }
    parts.extend(fact.side.map(|s| format!("{s:?}").to_lowercase()));
    parts.extend(fact.severity.map(|s| format!("{s:?}").to_lowercase()));
    parts.join(", ")
}

/// White space in one line.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[derive(serde::Serialize)]
struct Whole<'a> {
    document: &'a documents::Document,
    faults: Vec<String>,
    reading: &'a text::Reading,
}

/// Everything, for a program.
pub fn json(all: &[Read]) -> Result<String, Failure> {
    let whole: Vec<Whole<'_>> = all
        .iter()
        .map(|r| Whole {
            document: &r.document,
            faults: r.document.faults.iter().map(ToString::to_string).collect(),
            reading: &r.reading,
        })
        .collect();
    serde_json::to_string_pretty(&whole).map_err(|e| Failure::new(e.to_string()))
}
