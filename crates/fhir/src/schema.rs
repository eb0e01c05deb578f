//! The element table of FHIR R4: `data/elements.txt`, read once.
//!
//! The table is written by `tools/fhir_elements.py` from public descriptions of FHIR 4.0.1.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::primitive::Primitive;

const TABLE: &str = include_str!("../data/elements.txt");
const EMPTY: u16 = u16::MAX;

/// What stands at an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Primitive(Primitive),
    /// Index of a complex type.
    Complex(u16),
    /// Any resource.
    Resource,
}

/// One member an object of a type may have; a choice has one per type.
#[derive(Debug)]
pub(crate) struct Element {
    pub name: Box<str>,
    pub kind: Kind,
    pub repeats: bool,
    /// Bit of a required element in [`Type::required`]; 0 when optional. Members of a choice share it.
    pub required: u32,
    /// Bit of the choice this member belongs to; 0 when it belongs to none.
    pub choice: u32,
    /// The complete list of codes, when the specification closes it.
    pub codes: Option<Box<[&'static str]>>,
}

/// One complex type or resource type.
#[derive(Debug)]
pub(crate) struct Type {
    pub name: &'static str,
    pub is_resource: bool,
    pub elements: Vec<Element>,
    /// All bits of required elements.
    pub required: u32,
    /// Names of required elements, by bit.
    pub required_names: Vec<&'static str>,
    /// Open addressing over `elements`; the length is a power of two.
    slots: Box<[u16]>,
}

impl Type {
    /// The element with this name.
    pub fn element(&self, name: &[u8]) -> Option<&Element> {
        let mask = self.slots.len() - 1;
        let mut at = hash(name) & mask;
        loop {
            let slot = self.slots[at];
            if slot == EMPTY {
                return None;
            }
            let element = &self.elements[slot as usize];
            if element.name.as_bytes() == name {
                return Some(element);
            }
            at = (at + 1) & mask;
        }
    }

    fn fill_slots(&mut self) {
        let size = (self.elements.len() * 2 + 1).next_power_of_two();
        let mut slots = vec![EMPTY; size].into_boxed_slice();
        for (index, element) in self.elements.iter().enumerate() {
            let mut at = hash(element.name.as_bytes()) & (size - 1);
            while slots[at] != EMPTY {
                at = (at + 1) & (size - 1);
            }
            slots[at] = index as u16;
        }
        self.slots = slots;
    }
}

/// Enough to spread the names of one type; the table is ours, so nobody can choose collisions.
fn hash(name: &[u8]) -> usize {
    let byte = |at: usize| usize::from(name.get(at).copied().unwrap_or_default());
    let length = name.len();
    byte(0).wrapping_mul(31)
        ^ byte(length / 2).wrapping_mul(7)
        ^ byte(length.saturating_sub(1)).wrapping_mul(131)
        ^ (length * 17)
        ^ (byte(length.wrapping_sub(3)) << 2)
}

/// All types.
#[derive(Debug)]
pub(crate) struct Schema {
    pub types: Vec<Type>,
    /// Resource types sorted by name.
    resources: Vec<(&'static str, u16)>,
    /// The type of `_name` members.
    pub element: u16,
    /// References are collected.
    pub reference: u16,
}

impl Schema {
    /// The table, read at first use (about a millisecond).
    pub fn get() -> &'static Schema {
        static SCHEMA: OnceLock<Schema> = OnceLock::new();
        SCHEMA.get_or_init(|| read(TABLE))
    }

    /// The resource type with this name.
    pub fn resource(&self, name: &str) -> Option<u16> {
        let found = self.resources.binary_search_by(|(other, _)| (*other).cmp(name)).ok()?;
        self.resources.get(found).map(|(_, index)| *index)
    }
}

/// A type as its lines say, before names become indexes.
struct Draft {
    name: &'static str,
    parent: Option<&'static str>,
    is_resource: bool,
    lines: Vec<&'static str>,
}

fn read(table: &'static str) -> Schema {
    let mut drafts: Vec<Draft> = Vec::new();
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(element) = line.strip_prefix("  ") {
            if let Some(draft) = drafts.last_mut() {
                draft.lines.push(element);
            }
            continue;
        }
        let (head, parent) = line.split_once(" : ").map_or((line, None), |(head, parent)| (head, Some(parent)));
        let name = head.strip_suffix(" resource").unwrap_or(head);
        drafts.push(Draft { name, parent, is_resource: head.len() > name.len(), lines: Vec::new() });
    }
    let index: HashMap<&'static str, usize> = drafts.iter().enumerate().map(|(at, draft)| (draft.name, at)).collect();
    let types: Vec<Type> = drafts.iter().map(|draft| build(draft, &drafts, &index)).collect();
    let mut resources: Vec<_> =
        types.iter().enumerate().filter(|(_, kind)| kind.is_resource).map(|(at, kind)| (kind.name, at as u16)).collect();
    resources.sort_unstable();
    let place = |name: &str| index.get(name).map_or(0, |at| *at as u16);
    Schema { element: place("Element"), reference: place("Reference"), resources, types }
}

fn build(draft: &Draft, drafts: &[Draft], index: &HashMap<&'static str, usize>) -> Type {
    let mut lines: Vec<&'static str> = Vec::new();
    let mut ancestry = vec![draft];
    while let Some(parent) = ancestry.last().and_then(|last| last.parent).and_then(|name| index.get(name)) {
        ancestry.push(&drafts[*parent]);
    }
    for ancestor in ancestry.iter().rev() {
        lines.extend(&ancestor.lines);
    }
    let mut out = Type {
        name: draft.name,
        is_resource: draft.is_resource,
        elements: Vec::new(),
        required: 0,
        required_names: Vec::new(),
        slots: Box::default(),
    };
    let mut choices = 0u32;
    for line in lines {
        push_element(&mut out, line, &mut choices, index);
    }
    out.fill_slots();
    out
}

fn push_element(out: &mut Type, line: &'static str, choices: &mut u32, index: &HashMap<&'static str, usize>) {
    let mut words = line.split(' ');
    let (Some(name), Some(kinds)) = (words.next(), words.next()) else { return };
    let (mut is_required, mut repeats, mut codes) = (false, false, None);
    for word in words {
        match word {
            "1" => is_required = true,
            "*" => repeats = true,
            _ => codes = word.strip_prefix('=').map(|list| list.split('|').collect::<Box<[_]>>()),
        }
    }
    let kind_of = |name: &str| match (name, Primitive::from_name(name)) {
        ("Resource", _) => Kind::Resource,
        (_, Some(primitive)) => Kind::Primitive(primitive),
        _ => Kind::Complex(index.get(name).map_or(0, |at| *at as u16)),
    };
    let base = name.strip_suffix("[x]").unwrap_or(name);
    let mut required = 0;
    if is_required {
        required = 1 << out.required_names.len();
        out.required |= required;
        out.required_names.push(base);
    }
    if base.len() == name.len() {
        out.elements.push(Element { name: base.into(), kind: kind_of(kinds), repeats, required, choice: 0, codes });
        return;
    }
    let choice = 1 << *choices;
    *choices += 1;
    for kind in kinds.split('|') {
        let (first, rest) = kind.split_at(1);
        let name = format!("{base}{}{rest}", first.to_ascii_uppercase());
        out.elements.push(Element { name: name.into(), kind: kind_of(kind), repeats, required, choice, codes: None });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let schema = Schema::get();
        let known: std::collections::HashSet<&str> = schema.types.iter().map(|kind| kind.name).collect();
        assert_eq!(known.len(), schema.types.len(), "a type stands twice");
        for line in TABLE.lines().filter(|line| line.starts_with("  ")) {
            let kinds = line.split(' ').nth(3).unwrap();
            for kind in kinds.split('|') {
                assert!(kind == "Resource" || Primitive::from_name(kind).is_some() || known.contains(kind), "{line}");
            }
        }
        for kind in &schema.types {
            assert!(kind.required_names.len() <= 32, "{}", kind.name);
            assert!(kind.elements.iter().all(|element| kind.element(element.name.as_bytes()).is_some()), "{}", kind.name);
            assert!(kind.element(b"noSuchElement").is_none());
        }
        for name in ["Bundle", "Claim", "ClaimResponse", "QuestionnaireResponse", "NutritionOrder", "Specimen"] {
            assert!(schema.resource(name).is_some(), "{name}");
        }
        assert_eq!(schema.resource("HumanName"), None);
        assert_eq!(schema.types[schema.element as usize].name, "Element");
    }

    #[test]
    fn facts_of_the_specification() {
        let schema = Schema::get();
        let claim = &schema.types[schema.resource("Claim").unwrap() as usize];
        for required in ["status", "type", "use", "patient", "created", "provider", "priority", "insurance"] {
            assert!(claim.required_names.contains(&required), "{required}");
        }
        assert_eq!(claim.required_names.len(), 8);
        let Kind::Complex(item) = claim.element(b"item").unwrap().kind else { panic!() };
        let item = &schema.types[item as usize];
        assert!(item.element(b"servicedDate").unwrap().choice != 0);
        assert!(item.element(b"modifierExtension").unwrap().repeats);
        assert!(item.element(b"serviced").is_none());
        let extension = schema.types.iter().find(|kind| kind.name == "Extension").unwrap();
        assert_eq!(extension.elements.len(), 3 + 50);
    }
}
