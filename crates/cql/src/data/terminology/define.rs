//! ValueSet resources (FHIR R4, *ValueSet*): an expansion, or what is to be included and excluded.

use super::table::CodeTable;
use super::{CodeNumber, TerminologyFault};
use json::Value;
use std::borrow::Cow;

/// A value set as read.
pub(super) struct Read {
    pub(super) url: String,
    pub(super) version: Option<String>,
    pub(super) body: Body,
}

/// What it says about its codes.
#[derive(Clone, Debug)]
pub(super) enum Body {
    /// Those of its expansion, and how many more that says there are.
    Codes(Vec<CodeNumber>, usize),
    /// What is to be included and excluded.
    Definition(Definition),
    /// Neither.
    Nothing,
}

/// `ValueSet.compose`.
#[derive(Clone, Debug, Default)]
pub(super) struct Definition {
    pub(super) include: Vec<Part>,
    pub(super) exclude: Vec<Part>,
    /// `compose.inactive` is false.
    pub(super) only_active: bool,
}

/// One `include` or `exclude`: the codes that are in all it names.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    /// URL and version.
    pub(super) system: Option<(String, Option<String>)>,
    pub(super) codes: Option<Vec<CodeNumber>>,
    pub(super) filters: Vec<Filter>,
    pub(super) value_sets: Vec<String>,
}

/// A condition on the codes of a code system.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    pub(super) property: String,
    pub(super) op: String,
    pub(super) value: String,
}

/// Reads a ValueSet; its codes get numbers in the table.
pub(super) fn value_set(resource: Value<'_>, codes: &mut CodeTable) -> Result<Read, TerminologyFault> {
    let url = text(resource, "url").ok_or(TerminologyFault::NoUrl("ValueSet"))?.into_owned();
    let version = text(resource, "version").map(Cow::into_owned);
    let compose = resource.get("compose");
    // An expansion that lists nothing beside a definition is what a server leaves that was not asked to expand.
    let expansion = resource.get("expansion").filter(|e| e.get("contains").is_some() || compose.is_none());
    let body = match (expansion, compose) {
        (Some(expansion), _) => expanded(expansion, codes),
        (None, Some(compose)) => {
            let parts = |key: &str, codes: &mut CodeTable| {
                compose.get(key).into_iter().flat_map(|parts| parts.items()).map(|value| part(value, codes)).collect()
            };
            Body::Definition(Definition {
                include: parts("include", codes),
                exclude: parts("exclude", codes),
                only_active: compose.get("inactive").and_then(|i| i.as_bool()) == Some(false),
            })
        }
        (None, None) => Body::Nothing,
    };
    Ok(Read { url, version, body })
}

fn expanded(expansion: Value<'_>, codes: &mut CodeTable) -> Body {
    let count = expansion.get("contains").map_or(0, |contains| contains.len());
    codes.reserve(count);
    let mut reader = Expansion { codes, numbers: Vec::with_capacity(count), listed: 0, system: None };
    reader.contains(expansion);
    let total = expansion.get("total").and_then(|t| t.as_i64()).and_then(|t| usize::try_from(t).ok()).unwrap_or(0);
    Body::Codes(reader.numbers, total.saturating_sub(reader.listed))
}

struct Expansion<'t, 'j> {
    codes: &'t mut CodeTable,
    numbers: Vec<CodeNumber>,
    /// Entries with a code, abstract ones too: what `total` counts.
    listed: usize,
    /// The system of the entry before, and its number: neighbours share it.
    system: Option<(Cow<'j, str>, u32)>,
}

impl<'j> Expansion<'_, 'j> {
    /// The entries below one. JSON bounds the depth.
    fn contains(&mut self, node: Value<'j>) {
        for item in node.get("contains").into_iter().flat_map(|c| c.items()) {
            let (mut system, mut code, mut grouping, mut below) = (None, None, false, false);
            for member in item.members() {
                match member.key_raw() {
                    Some(b"system") => system = member.as_str(),
                    Some(b"code") => code = member.as_str(),
                    Some(b"abstract") => grouping = member.as_bool() == Some(true),
                    Some(b"contains") => below = true,
                    _ => {}
                }
            }
            if let Some(code) = code {
                self.listed += 1;
                // An abstract entry is there to be walked through; it is no code of the set (`contains.abstract`).
                if !grouping {
                    let system = self.system_of(system.unwrap_or_default());
                    self.numbers.push(self.codes.intern_in(system, &code));
                }
            }
            if below {
                self.contains(item);
            }
        }
    }

    fn system_of(&mut self, url: Cow<'j, str>) -> u32 {
        match &self.system {
            Some((known, number)) if *known == url => *number,
            _ => {
                let number = self.codes.system_of(&url);
                self.system = Some((url, number));
                number
            }
        }
    }
}

fn part(value: Value<'_>, codes: &mut CodeTable) -> Part {
    let system = text(value, "system").map(|system| match system.split_once('|') {
        Some((url, version)) => (url.to_owned(), Some(version.to_owned())),
        None => (system.into_owned(), text(value, "version").map(Cow::into_owned)),
    });
    let listed = value.get("concept").map(|concepts| {
        let number = codes.system_of(system.as_ref().map_or("", |(url, _)| url));
        concepts.items().filter_map(|c| Some(codes.intern_in(number, &text(c, "code")?))).collect()
    });
    let filters = value.get("filter").into_iter().flat_map(|f| f.items()).map(|filter| {
        let part = |name: &str| text(filter, name).map(Cow::into_owned).unwrap_or_default();
        Filter { property: part("property"), op: part("op"), value: part("value") }
    });
    let value_sets = value.get("valueSet").into_iter().flat_map(|v| v.items());
    Part {
        codes: listed,
        filters: filters.collect(),
        value_sets: value_sets.filter_map(|v| v.as_str().map(Cow::into_owned)).collect(),
        system,
    }
}

fn text<'j>(value: Value<'j>, key: &str) -> Option<Cow<'j, str>> {
    value.get(key).and_then(|v| v.as_str())
}
