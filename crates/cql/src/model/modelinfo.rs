//! ModelInfo XML to the compact table the crate embeds: one line opens a class, the lines after it are its elements.
//!
//! ```text
//! #Name|version|class of the Patient context
//! @Context
//! =Class|Base|primary code path|FHIR class it profiles|profile URL|label|r
//! element<TAB>type|target
//! ```
//!
//! A type is a class of the same model, `$Name` of System, `*T` a list, `<T` an interval, `(A/B)` a choice. A target of `v` is the System value of the FHIR element
//! of the same name. Only facts about names and types are taken; descriptions, definitions, comments and bindings are not.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::fmt::Write;

/// The largest ModelInfo file that is read. The published ones have up to 4 MB.
const MAX_BYTES: usize = 64 << 20;
/// The deepest nesting of elements that is read. Published files have about eight.
const MAX_DEPTH: usize = 32;

/// What is wrong with a ModelInfo file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelFault {
    /// Not well-formed XML.
    #[error("byte {at}: this is not well-formed XML: {message}")]
    Xml {
        /// Byte offset.
        at: u64,
        /// What the XML reader says.
        message: String,
    },
    /// The root is not `modelInfo`.
    #[error("the root element is `{found}`, not `modelInfo`; give the ModelInfo XML of a data model")]
    NotModelInfo {
        /// Name of the root.
        found: String,
    },
    /// An attribute that must be there is not.
    #[error("byte {at}: `{element}` has no `{attribute}`")]
    Missing {
        /// Byte offset.
        at: u64,
        /// Element.
        element: String,
        /// Attribute.
        attribute: &'static str,
    },
    /// A name the table cannot hold.
    #[error("byte {at}: `{name}` is not a name a class or element can have")]
    BadName {
        /// Byte offset.
        at: u64,
        /// The name.
        name: String,
    },
    /// Too large or too deep.
    #[error("the file is larger than {MAX_BYTES} bytes or nested deeper than {MAX_DEPTH} elements")]
    TooLarge,
}

/// The compact table of a ModelInfo file.
///
/// # Errors
/// Every fault of the file.
pub fn compact(xml: &str) -> Result<String, Vec<ModelFault>> {
    let root = tree(xml).map_err(|fault| vec![fault])?;
    if root.tag != "modelInfo" {
        return Err(vec![ModelFault::NotModelInfo { found: root.tag }]);
    }
    let mut writer = Writer { model: String::new(), faults: Vec::new(), out: String::new() };
    writer.model(&root);
    if writer.faults.is_empty() { Ok(writer.out) } else { Err(writer.faults) }
}

/// An XML element without its text.
struct Element {
    tag: String,
    at: u64,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
}

impl Element {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    fn all<'e>(&'e self, tag: &'e str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |c| c.tag == tag)
    }
}

/// Reads the whole file. The subtrees no model needs are left out.
fn tree(xml: &str) -> Result<Element, ModelFault> {
    if xml.len() > MAX_BYTES {
        return Err(ModelFault::TooLarge);
    }
    let mut reader = Reader::from_str(xml);
    let mut open: Vec<Element> = Vec::new();
    loop {
        let at = reader.buffer_position();
        let event = reader.read_event().map_err(|e| ModelFault::Xml { at, message: e.to_string() })?;
        let closed = match event {
            Event::Start(start) => {
                open.push(element(&start, at)?);
                if open.len() > MAX_DEPTH {
                    return Err(ModelFault::TooLarge);
                }
                continue;
            }
            Event::Empty(start) => Some(element(&start, at)?),
            Event::End(_) => open.pop(),
            Event::Eof => return Err(ModelFault::Xml { at, message: "the file ends before its root element does".to_owned() }),
            _ => continue,
        };
        let Some(closed) = closed else { continue };
        match open.last_mut() {
            Some(parent) if !matches!(closed.tag.as_str(), "binding" | "constraint" | "search" | "contextRelationship") => {
                parent.children.push(closed);
            }
            Some(_) => {}
            None => return Ok(closed),
        }
    }
}

fn element(start: &BytesStart<'_>, at: u64) -> Result<Element, ModelFault> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|e| ModelFault::Xml { at, message: e.to_string() })?;
        let name = attribute.key.local_name();
        if matches!(name.as_ref(), b"description" | b"definition" | b"comment") {
            continue;
        }
        let raw = text(&attribute.value);
        let value = quick_xml::escape::unescape(&raw).map_err(|e| ModelFault::Xml { at, message: e.to_string() })?;
        attributes.push((text(name.as_ref()), value.into_owned()));
    }
    Ok(Element { tag: text(start.local_name().as_ref()), at, attributes, children: Vec::new() })
}

struct Writer {
    model: String,
    faults: Vec<ModelFault>,
    out: String,
}

impl Writer {
    /// An attribute that must be there, without the characters the table uses itself.
    fn required<'e>(&mut self, element: &'e Element, attribute: &'static str) -> &'e str {
        let Some(value) = element.attribute(attribute).filter(|v| !v.is_empty()) else {
            self.faults.push(ModelFault::Missing { at: element.at, element: element.tag.clone(), attribute });
            return "";
        };
        if value.contains(['|', '/', '(', ')', '<', '*', '#', '@', '=', '\t', '\n']) {
            self.faults.push(ModelFault::BadName { at: element.at, name: value.to_owned() });
        }
        value
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end_matches('|'));
        self.out.push('\n');
    }

    fn model(&mut self, root: &Element) {
        self.model = self.required(root, "name").to_owned();
        let version = self.required(root, "version");
        let patient = root.attribute("patientClassName").unwrap_or_default();
        let patient = self.own(patient).to_owned();
        self.line(&format!("#{}|{version}|{patient}", self.model));
        for context in root.all("contextInfo") {
            let name = self.required(context, "name");
            self.line(&format!("@{name}"));
        }
        for info in root.all("typeInfo") {
            self.class(info);
        }
    }

    /// A class name without the name of this model before it.
    fn own<'n>(&self, name: &'n str) -> &'n str {
        name.strip_prefix(self.model.as_str()).and_then(|rest| rest.strip_prefix('.')).unwrap_or(name)
    }

    fn class(&mut self, info: &Element) {
        let name = self.required(info, "name");
        let name = self.own(name).to_owned();
        let base = match info.attribute("baseType") {
            Some(base) => self.named(base),
            None => info.all("baseTypeSpecifier").next().map(|spec| self.specifier(spec)).unwrap_or_default(),
        };
        let plain = |attribute: &str| info.attribute(attribute).filter(|v| !v.contains(['|', '\n'])).unwrap_or_default();
        // In FHIR itself the profile of a class is the class.
        let profile = if self.model == "FHIR" { "" } else { plain("identifier") };
        let label = if plain("label") == name { "" } else { plain("label") };
        let retrievable = if info.attribute("retrievable") == Some("true") { "r" } else { "" };
        let (path, target) = (plain("primaryCodePath"), plain("target"));
        self.line(&format!("={name}|{base}|{path}|{target}|{profile}|{label}|{retrievable}"));
        for element in info.all("element") {
            self.element(element);
        }
    }

    fn element(&mut self, element: &Element) {
        let name = self.required(element, "name");
        let ty = match element.attribute("elementType").or_else(|| element.attribute("type")) {
            Some(named) => self.named(named),
            None => {
                let spec = element.children.iter().find(|c| matches!(c.tag.as_str(), "elementTypeSpecifier" | "typeSpecifier"));
                spec.map_or_else(|| "$Any".to_owned(), |spec| self.specifier(spec))
            }
        };
        let target = match element.attribute("target") {
            Some(target) if target == "%value.value" || (target.ends_with("(%value)") && !target.contains(';')) => {
                "|v".to_owned()
            }
            Some(target) if !target.contains('\n') => format!("|{target}"),
            _ => String::new(),
        };
        let _ = writeln!(self.out, "{name}\t{ty}{target}");
    }

    /// A type given by name; older files write `list<T>` and `interval<T>` in it.
    fn named(&self, name: &str) -> String {
        let inner = |prefix: &str| name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix('>'));
        if let Some(of) = inner("list<") {
            return format!("*{}", self.named(of));
        }
        if let Some(of) = inner("interval<") {
            return format!("<{}", self.named(of));
        }
        match name.strip_prefix("System.") {
            Some(system) => format!("${system}"),
            None => self.own(name).to_owned(),
        }
    }

    fn specifier(&self, spec: &Element) -> String {
        let kind = spec.attribute("type").unwrap_or_default();
        let kind = kind.rsplit(':').next().unwrap_or_default();
        let inner = |attribute: &str| match spec.attribute(attribute) {
            Some(named) => self.named(named),
            None => spec.children.first().map_or_else(|| "$Any".to_owned(), |child| self.specifier(child)),
        };
        match kind {
            "ListTypeSpecifier" => format!("*{}", inner("elementType")),
            "IntervalTypeSpecifier" => format!("<{}", inner("pointType")),
            "ChoiceTypeSpecifier" => {
                let choices = spec.children.iter().filter(|c| matches!(c.tag.as_str(), "choice" | "type"));
                let choices: Vec<String> = choices.map(|choice| self.specifier(choice)).collect();
                format!("({})", choices.join("/"))
            }
            "TupleTypeSpecifier" => "$Any".to_owned(),
            _ => {
                let name = spec.attribute("name").unwrap_or_default();
                match spec.attribute("namespace").or_else(|| spec.attribute("modelName")) {
                    Some(space) => self.named(&format!("{space}.{name}")),
                    None => self.named(name),
                }
            }
        }
    }
}
