//! Codes of one element of one resource type, read once per patient.

use super::{CodeNumber, Data, Terminology};
use json::{Kind, Value};
use std::borrow::Cow;

/// How to find the coded element: JSON member names, the first that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodePath {
    /// Member names to try (`code`; `medicationCodeableConcept`, `medicationReference`).
    pub members: Vec<std::sync::Arc<str>>,
}

/// One code of one resource.
pub(crate) struct Coded<'a> {
    pub(crate) row: u32,
    /// The system, empty when a Coding gives none; `None` for a primitive `code`, which cannot have one. As UTF-8 bytes: they are only
    /// compared.
    pub(crate) system: Option<Cow<'a, [u8]>>,
    pub(crate) code: Cow<'a, [u8]>,
    /// Its number, when a value set knows it.
    pub(crate) number: Option<CodeNumber>,
}

pub(super) struct Index<'a> {
    resource_type: String,
    path: CodePath,
    terminology: u64,
    codes: Vec<Coded<'a>>,
}

impl<'a> Index<'a> {
    pub(super) fn is_for(&self, resource_type: &str, path: &CodePath, terminology: &Terminology) -> bool {
        self.resource_type == resource_type && self.path == *path && self.terminology == terminology.revision()
    }

    pub(super) fn codes(&self) -> &[Coded<'a>] {
        &self.codes
    }

    pub(super) fn build(
        data: &Data<'a>,
        resource_type: &str,
        path: &CodePath,
        terminology: &Terminology,
        rows: &[u32],
    ) -> Index<'a> {
        let mut collector = Collector { data, terminology, codes: Vec::with_capacity(rows.len()) };
        for &row in rows {
            let resource = data.resources()[row as usize].value;
            let element = path.members.iter().find_map(|m| resource.get(m));
            if let Some(element) = element {
                collector.element(row, element, 0);
            }
        }
        Index {
            resource_type: resource_type.to_owned(),
            path: path.clone(),
            terminology: terminology.revision(),
            codes: collector.codes,
        }
    }
}

struct Collector<'d, 'a, 't> {
    data: &'d Data<'a>,
    terminology: &'t Terminology,
    codes: Vec<Coded<'a>>,
}

impl<'a> Collector<'_, 'a, '_> {
    /// A CodeableConcept, Coding, code, Reference, or a list of these.
    fn element(&mut self, row: u32, element: Value<'a>, depth: usize) {
        if depth > 3 {
            return;
        }
        match element.kind() {
            Kind::Array => {
                for item in element.items() {
                    self.element(row, item, depth + 1);
                }
            }
            Kind::String => {
                if let Some(code) = text_bytes(element) {
                    self.codes.push(Coded { row, system: None, code, number: None });
                }
            }
            Kind::Object => self.object(row, element, depth),
            _ => {}
        }
    }

    fn object(&mut self, row: u32, element: Value<'a>, depth: usize) {
        if let Some(coding) = element.get("coding") {
            for item in coding.items() {
                self.coding(row, item);
            }
        } else if element.get("code").is_some() {
            self.coding(row, element);
        } else if let Some(reference) = element.get("reference").and_then(|r| r.as_str()) {
            let target = self.data.resolve(&reference).and_then(|r| r.value.get("code"));
            if let Some(code) = target {
                self.element(row, code, depth + 1);
            }
        }
    }

    fn coding(&mut self, row: u32, coding: Value<'a>) {
        let Some(code) = coding.get("code").and_then(text_bytes) else {
            return;
        };
        let system = coding.get("system").and_then(text_bytes).unwrap_or_default();
        self.push(row, system, code);
    }

    fn push(&mut self, row: u32, system: Cow<'a, [u8]>, code: Cow<'a, [u8]>) {
        let number = self.terminology.number(&system, &code);
        self.codes.push(Coded { row, system: Some(system), code, number });
    }
}

/// The bytes of a string, decoded only when it is written with escapes.
fn text_bytes(value: Value<'_>) -> Option<Cow<'_, [u8]>> {
    match value.plain_bytes() {
        Some(bytes) => Some(Cow::Borrowed(bytes)),
        None => value.as_str().map(|text| Cow::Owned(text.into_owned().into_bytes())),
    }
}
