//! CodeSystem resources (FHIR R4, *CodeSystem*): concepts in concepts, and properties that say what is above and below.

use super::TerminologyFault;
use super::system::{CodeSystem, Concept, Content, Property};
use super::table::CodeTable;
use crate::value::Text;
use json::{Kind, Value};
use std::borrow::Cow;
use std::collections::HashMap;

/// What a property is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Above,
    Below,
    Inactive,
    Grouping,
    Status,
    Other,
}

/// The properties FHIR defines (*CodeSystem*, Defined Concept Properties), and those of HL7's own code systems.
fn role(name: &str) -> Role {
    match name {
        "parent" | "subsumedBy" => Role::Above,
        "child" | "subsumes" => Role::Below,
        "inactive" => Role::Inactive,
        "notSelectable" | "abstract" => Role::Grouping,
        "status" => Role::Status,
        _ => Role::Other,
    }
}

/// Where the URIs of the properties that FHIR defines begin.
const DEFINED: &str = "http://hl7.org/fhir/concept-properties#";

/// Reads a CodeSystem; its codes get numbers in the table.
pub(super) fn code_system(resource: Value<'_>, codes: &mut CodeTable) -> Result<CodeSystem, TerminologyFault> {
    let text = |name: &str| resource.get(name).and_then(|v| v.as_str());
    let url = text("url").ok_or(TerminologyFault::NoUrl("CodeSystem"))?.into_owned();
    let meaning = text("hierarchyMeaning").filter(|m| matches!(&**m, "grouped-by" | "part-of"));
    let mut reader = Reader {
        system: codes.system_of(&url),
        codes,
        made: CodeSystem {
            url,
            version: text("version").map(Cow::into_owned),
            content: Content::of(text("content").as_deref()),
            no_subsumption: meaning.map(Cow::into_owned),
            ..CodeSystem::default()
        },
        known: HashMap::new(),
        names: HashMap::new(),
        named: Vec::new(),
    };
    for declared in resource.get("property").into_iter().flat_map(|p| p.items()) {
        if let Some(name) = declared.get("code").and_then(|c| c.as_str()) {
            let uri = declared.get("uri").and_then(|u| u.as_str());
            let role = uri.as_deref().and_then(|u| u.strip_prefix(DEFINED)).map_or_else(|| role(&name), role);
            reader.property(&name, role);
        }
    }
    reader.concepts(resource, None);
    Ok(reader.finish())
}

struct Reader<'t> {
    made: CodeSystem,
    codes: &'t mut CodeTable,
    system: u32,
    /// Positions by number.
    known: HashMap<u32, u32>,
    names: HashMap<Text, (u32, Role)>,
    /// (concept, code beside it, whether that code is above), resolved when all are read.
    named: Vec<(u32, Text, bool)>,
}

impl Reader<'_> {
    /// The concepts in a resource or concept. JSON bounds the depth.
    fn concepts(&mut self, node: Value<'_>, above: Option<u32>) {
        for item in node.get("concept").into_iter().flat_map(|c| c.items()) {
            let Some(code) = item.get("code").and_then(|c| c.as_str()) else {
                self.concepts(item, above);
                continue;
            };
            let number = self.codes.intern_in(self.system, &code);
            let next = self.made.concepts.len() as u32;
            let at = *self.known.entry(number.0).or_insert(next);
            if at == next {
                let display = item.get("display").and_then(|d| d.as_str()).map(|d| Text::new(&d));
                self.made.concepts.push(Concept { number, display, inactive: false, grouping: false });
            }
            self.made.above.extend(above.map(|above| (at, above)));
            for property in item.get("property").into_iter().flat_map(|p| p.items()) {
                self.value(at, property);
            }
            self.concepts(item, Some(at));
        }
    }

    fn property(&mut self, name: &str, role: Role) -> (u32, Role) {
        if let Some(known) = self.names.get(name) {
            return *known;
        }
        let number = self.made.property_names.len() as u32;
        self.made.property_names.push(Text::new(name));
        self.names.insert(Text::new(name), (number, role));
        (number, role)
    }

    fn value(&mut self, concept: u32, property: Value<'_>) {
        let Some(name) = property.get("code").and_then(|c| c.as_str()) else { return };
        let (name, role) = self.property(&name, role(&name));
        let Some(value) = property.members().find_map(value_text) else { return };
        let holder = &mut self.made.concepts[concept as usize];
        match role {
            Role::Above | Role::Below => self.named.push((concept, value.clone(), role == Role::Above)),
            Role::Inactive => holder.inactive |= &*value == "true",
            Role::Grouping => holder.grouping |= &*value == "true",
            Role::Status => holder.inactive |= matches!(&*value, "retired" | "inactive"),
            Role::Other => {}
        }
        self.made.properties.push(Property { concept, name, value });
    }

    fn finish(mut self) -> CodeSystem {
        let position = |code: &Text| {
            let number = self.codes.find_in(self.system, code.as_bytes())?;
            self.known.get(&number.0).copied()
        };
        for (concept, code, is_above) in &self.named {
            if let Some(other) = position(code) {
                self.made.above.push(if *is_above { (*concept, other) } else { (other, *concept) });
            }
        }
        let made = &mut self.made;
        made.above.retain(|(below, above)| below != above);
        made.above.sort_unstable();
        made.above.dedup();
        made.below = made.above.iter().map(|(below, above)| (*above, *below)).collect();
        made.below.sort_unstable();
        made.by_number = made.concepts.iter().enumerate().map(|(at, concept)| (concept.number, at as u32)).collect();
        made.by_number.sort_unstable();
        made.properties.sort_by_key(|p| p.concept);
        self.made
    }
}

/// The text of `value[x]`.
fn value_text(member: Value<'_>) -> Option<Text> {
    if !member.key_raw()?.starts_with(b"value") {
        return None;
    }
    match member.kind() {
        Kind::String => member.as_str().map(|text| Text::new(&text)),
        Kind::Number => member.as_number().map(Text::new),
        Kind::Bool => Some(Text::new(if member.as_bool()? { "true" } else { "false" })),
        Kind::Object => member.get("code").and_then(|code| code.as_str()).map(|code| Text::new(&code)),
        _ => None,
    }
}
