//! Codes of one element of one resource type, read once per patient.

use super::{CodeNumber, Data, Terminology, ValueSetCodes};
use crate::value::Text;
use json::{Kind, NodeId, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// How to find the coded element: JSON member names, the first that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodePath {
    /// Member names to try (`code`; `medicationCodeableConcept`, `medicationReference`).
    pub members: Vec<Arc<str>>,
}

impl CodePath {
    /// The element in a resource.
    pub(crate) fn of<'a>(&self, resource: Value<'a>) -> Option<Value<'a>> {
        self.members.iter().find_map(|member| resource.get(member))
    }
}

/// The codes of all resources of one type at one element, in the order of the resources.
pub(crate) struct CodeIndex {
    resource_type: Text,
    path: CodePath,
    terminology: u64,
    entries: Box<[Entry]>,
    /// The document of each entry, when some reference led to another than the row's.
    documents: Box<[u32]>,
    /// Positions in `entries` by number; empty for few entries, which are quickly looked through, and for primitives.
    sorted: Box<[u32]>,
}

/// One code of one resource.
#[derive(Clone, Copy)]
struct Entry {
    row: u32,
    /// Its number; [`UNKNOWN`] or [`PRIMITIVE`] when it has none.
    number: u32,
    /// The Coding, or the primitive `code`.
    node: NodeId,
}

/// A Coding that no value set has.
const UNKNOWN: u32 = u32::MAX;
/// A primitive `code`, which has no system.
const PRIMITIVE: u32 = u32::MAX - 1;

/// So many entries are looked through as quickly as they are searched.
const SORT_FROM: usize = 32;

/// What the codes of a retrieve are compared with.
pub(crate) enum Wanted<'t> {
    /// A value set.
    Set(&'t ValueSetCodes),
    /// Any of these.
    Codes(Vec<WantedCode>),
}

/// A code asked for.
pub(crate) struct WantedCode {
    /// The code.
    pub(crate) code: Text,
    /// The system, empty for a code without one; `None` when only the code was asked for.
    pub(crate) system: Option<Text>,
}

impl CodeIndex {
    pub(super) fn is_for(&self, resource_type: &str, path: &CodePath, terminology: &Terminology) -> bool {
        self.terminology == terminology.revision() && self.path == *path && self.resource_type == *resource_type
    }

    pub(super) fn build(data: &Data<'_>, resource_type: &str, path: &CodePath, terminology: &Terminology) -> CodeIndex {
        let rows = data.rows(resource_type);
        let mut collector = Collector {
            data,
            terminology,
            row: 0,
            document: 0,
            entries: Vec::with_capacity(rows.len()),
            documents: Vec::new(),
            abroad: false,
        };
        for &row in rows {
            let resource = data.resource(row);
            (collector.row, collector.document) = (row, resource.document);
            if let Some(element) = path.of(resource.value) {
                collector.element(element, 0);
            }
        }
        let entries = collector.entries.into_boxed_slice();
        let documents = if collector.abroad { collector.documents.into_boxed_slice() } else { Box::default() };
        let mut sorted: Box<[u32]> = Box::default();
        if entries.len() >= SORT_FROM && entries.iter().all(|entry| entry.number != PRIMITIVE) {
            sorted = (0..entries.len() as u32).collect();
            sorted.sort_by_key(|at| entries[*at as usize].number);
        }
        CodeIndex {
            resource_type: Text::new(resource_type),
            path: path.clone(),
            terminology: terminology.revision(),
            entries,
            documents,
            sorted,
        }
    }

    /// Calls `found` with each row that has one of the codes wanted, once, in order.
    ///
    /// A Coding must have the system asked for: one without a system is not taken for it. A primitive `code`
    /// has no system and belongs by its code alone.
    pub(crate) fn rows(&self, data: &Data<'_>, terminology: &Terminology, wanted: &Wanted<'_>, mut found: impl FnMut(u32)) {
        let mut last = None;
        let mut add = |row: u32| {
            if last != Some(row) {
                last = Some(row);
                found(row);
            }
        };
        match wanted {
            Wanted::Set(set) => {
                for (at, entry) in self.entries.iter().enumerate() {
                    let accepted = match entry.number {
                        UNKNOWN => false,
                        PRIMITIVE => set.has_text(terminology, &self.text(data, at).code),
                        number => set.contains(CodeNumber::from_u32(number)),
                    };
                    if accepted {
                        add(entry.row);
                    }
                }
            }
            Wanted::Codes(codes) => {
                let known: Vec<Option<CodeNumber>> = codes.iter().map(|code| code.number(terminology)).collect();
                if let ([Some(number)], true) = (&*known, !self.sorted.is_empty()) {
                    return self.run(*number).for_each(|entry| add(entry.row));
                }
                for (at, entry) in self.entries.iter().enumerate() {
                    if codes.iter().zip(&known).any(|(code, number)| self.is(data, at, code, *number)) {
                        add(entry.row);
                    }
                }
            }
        }
    }

    /// The entries of one number; sorting kept their order.
    fn run(&self, number: CodeNumber) -> impl Iterator<Item = &Entry> {
        let entry = |at: &u32| &self.entries[*at as usize];
        let number = number.to_u32();
        let start = self.sorted.partition_point(|at| entry(at).number < number);
        self.sorted[start..].iter().map(entry).take_while(move |entry| entry.number == number)
    }

    fn text<'a>(&self, data: &Data<'a>, at: usize) -> Coded<'a> {
        let entry = self.entries[at];
        let document = self.documents.get(at).copied().unwrap_or_else(|| data.document_of(entry.row));
        let value = data.node(document, entry.node);
        match value.kind() {
            Kind::Object => Coded {
                system: Some(value.get("system").and_then(text_bytes).unwrap_or_default()),
                code: value.get("code").and_then(text_bytes).unwrap_or_default(),
            },
            _ => Coded { system: None, code: text_bytes(value).unwrap_or_default() },
        }
    }

    /// Whether an entry is the code wanted, which has this number if any value set has it.
    fn is(&self, data: &Data<'_>, at: usize, wanted: &WantedCode, number: Option<CodeNumber>) -> bool {
        let known = self.entries[at].number;
        if known != PRIMITIVE && wanted.system.is_some() && (number.is_some() || known != UNKNOWN) {
            return number.map(CodeNumber::to_u32) == Some(known);
        }
        let coded = self.text(data, at);
        let same_system = match (&wanted.system, &coded.system) {
            (Some(wanted), Some(system)) => *wanted.as_bytes() == **system,
            _ => true,
        };
        same_system && *wanted.code.as_bytes() == *coded.code
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of::<CodeIndex>() + size_of_val(&*self.entries) + size_of_val(&*self.documents) + size_of_val(&*self.sorted)
    }
}

impl Wanted<'_> {
    /// The codes of a code, concept, text or list of these.
    pub(crate) fn of(value: &crate::value::Value) -> Wanted<'static> {
        let mut codes = Vec::new();
        add_codes(value, &mut codes);
        Wanted::Codes(codes)
    }

    /// A text that two share only when they ask for the same.
    pub(crate) fn key(&self) -> String {
        match self {
            Wanted::Set(set) => format!("{}|{:?}", set.url(), set.version()),
            Wanted::Codes(codes) => codes.iter().map(|code| format!("{:?}{:?},", code.system, code.code)).collect(),
        }
    }
}

fn add_codes(value: &crate::value::Value, list: &mut Vec<WantedCode>) {
    let mut add = |code: &crate::value::Code| {
        if let Some(text) = &code.code {
            let system = code.system.clone().unwrap_or_else(|| Text::new(""));
            list.push(WantedCode { code: text.clone(), system: Some(system) });
        }
    };
    match value {
        crate::value::Value::Code(code) => add(code),
        crate::value::Value::Concept(concept) => concept.codes.iter().for_each(add),
        crate::value::Value::String(text) => list.push(WantedCode { code: text.clone(), system: None }),
        crate::value::Value::List(items) => items.iter().for_each(|item| add_codes(item, list)),
        _ => {}
    }
}

impl WantedCode {
    fn number(&self, terminology: &Terminology) -> Option<CodeNumber> {
        terminology.number(self.system.as_ref()?.as_bytes(), self.code.as_bytes())
    }
}

/// A code as it stands in the data, as UTF-8 bytes.
struct Coded<'a> {
    /// Empty when a Coding gives none; `None` for a primitive `code`, which cannot have one.
    system: Option<Cow<'a, [u8]>>,
    code: Cow<'a, [u8]>,
}

struct Collector<'d, 'a> {
    data: &'d Data<'a>,
    terminology: &'d Terminology,
    row: u32,
    document: u32,
    entries: Vec<Entry>,
    documents: Vec<u32>,
    abroad: bool,
}

impl<'a> Collector<'_, 'a> {
    /// A CodeableConcept, Coding, code, Reference, or a list of these. Anything else codes nothing.
    fn element(&mut self, element: Value<'a>, depth: usize) {
        if depth > 3 {
            return;
        }
        match element.kind() {
            Kind::Array => {
                for item in element.items() {
                    self.element(item, depth + 1);
                }
            }
            Kind::String => self.push(element, PRIMITIVE),
            Kind::Object => self.object(element, depth),
            _ => {}
        }
    }

    fn object(&mut self, element: Value<'a>, depth: usize) {
        if let Some(coding) = element.get("coding") {
            for item in coding.items() {
                self.coding(item);
            }
        } else if element.get("code").is_some() {
            self.coding(element);
        } else if let Some(reference) = element.get("reference").and_then(|r| r.as_str())
            && let Some(target) = self.data.resolve(&reference)
            && let Some(code) = target.value.get("code")
        {
            let document = std::mem::replace(&mut self.document, target.document);
            self.abroad |= document != target.document;
            self.element(code, depth + 1);
            self.document = document;
        }
    }

    fn coding(&mut self, coding: Value<'a>) {
        let Some(code) = coding.get("code").and_then(text_bytes) else {
            return;
        };
        let system = coding.get("system").and_then(text_bytes).unwrap_or_default();
        self.push(coding, self.terminology.number(&system, &code).map_or(UNKNOWN, CodeNumber::to_u32));
    }

    fn push(&mut self, value: Value<'a>, number: u32) {
        self.entries.push(Entry { row: self.row, number, node: value.id() });
        self.documents.push(self.document);
    }
}

/// The bytes of a string, decoded only when it is written with escapes.
fn text_bytes(value: Value<'_>) -> Option<Cow<'_, [u8]>> {
    match value.plain_bytes() {
        Some(bytes) => Some(Cow::Borrowed(bytes)),
        None => value.as_str().map(|text| Cow::Owned(text.into_owned().into_bytes())),
    }
}
