//! Is this resource shaped like FHIR R4? Every fault at once, each with its FHIRPath.
//!
//! The check is driven by the element table (`data/elements.txt`). It allocates nothing for a sound
//! resource. What it finds is graded so that nobody is turned away for more than they broke:
//!
//! * **error**: a wrong JSON type, a malformed date, number or base64, a malformed code, id or URI in
//!   `Bundle`, `Claim` and `ClaimResponse`, two values of one choice, a required base element missing
//!   from these three or from a datatype, a date out of all plausibility in the claim itself, no
//!   `resourceType`, more of anything than a limit allows;
//! * **warning**: unknown members and resource types (kept as they are), modifier extensions not in
//!   [`Options::known_modifiers`], elsewhere than above required elements that are missing, malformed
//!   codes, ids and URIs and codes outside a closed list, empty strings, arrays and objects.

use std::ops::RangeInclusive;

use json::Value;

use crate::issue::{Collector, Issue, IssueType, Severity};
use crate::primitive::{Date, Primitive};
use crate::resource::CONTAINED_MAX;
use crate::schema::{Element, Kind, Schema, Type};

/// How deep objects may nest inside one resource before the check refuses to follow.
const DEPTH_MAX: usize = 100;

/// Most members of one object. No R4 type has a tenth of this; more only makes every lookup slow.
const MEMBERS_MAX: usize = 1_000;

/// Resource types whose base requirements are errors: what processing reads.
const STRICT: [&str; 3] = ["Bundle", "Claim", "ClaimResponse"];

/// Settings of the shape check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Years a date may plausibly have.
    pub plausible_years: RangeInclusive<i16>,
    /// How bad an implausible date is in a Claim, a Bundle or as a birth date. Elsewhere it is a
    /// warning, and the year 9999 (customary for "no end") is not mentioned.
    pub implausible: Severity,
    /// URLs of the modifier extensions that the caller understands.
    pub known_modifiers: Vec<String>,
    /// Most errors reported, and most remarks; one more of each says that the list was cut.
    pub issues_max: usize,
}

impl Default for Options {
    /// Years 1900 to 2100, implausible dates are errors, the PAS modifier extension is known, 200 errors and 200 remarks.
    fn default() -> Self {
        Self {
            plausible_years: 1900..=2100,
            implausible: Severity::Error,
            known_modifiers: vec![crate::pas::INFO_CANCELLED.to_owned()],
            issues_max: 200,
        }
    }
}

/// What the walk over a resource found.
#[derive(Debug, Default)]
pub struct Shape<'a> {
    /// Every fault and remark, in writing order of the objects.
    pub issues: Vec<Issue>,
    /// Every `Reference` object, in writing order.
    pub references: Vec<Value<'a>>,
}

/// Checks a resource and everything in it.
///
/// ```
/// use fhir::shape::{check, Options};
/// let body = br#"{"resourceType":"Patient","birthDate":"2024-13","name":{"family":1},"age":3}"#;
/// let document = json::Document::parse(body.to_vec(), &json::Limits::default()).unwrap();
/// let found = check(document.root(), &Options::default());
/// let places: Vec<_> = found.issues.iter().filter_map(|issue| issue.expression.as_deref()).collect();
/// assert_eq!(places, ["Patient.birthDate", "Patient.name", "Patient.age"]);
/// assert_eq!(found.issues.iter().filter(|issue| issue.is_refusal()).count(), 2);
/// ```
pub fn check<'a>(resource: Value<'a>, options: &Options) -> Shape<'a> {
    let mut walker = Walker {
        schema: Schema::get(),
        options,
        issues: Collector::new(options.issues_max),
        references: Vec::new(),
        strict: false,
    };
    walker.resource(resource, 0);
    Shape { issues: walker.issues.into_issues(), references: walker.references }
}

struct Walker<'a, 'o> {
    schema: &'static Schema,
    options: &'o Options,
    issues: Collector,
    references: Vec<Value<'a>>,
    /// Inside a resource type of [`STRICT`].
    strict: bool,
}

impl<'a> Walker<'a, '_> {
    fn report(&mut self, place: Value<'_>, severity: Severity, code: IssueType, details: &'static str, text: String) {
        self.issues.add(severity, code, details, || (text, place.path()));
    }

    fn grade(&self) -> Severity {
        if self.strict { Severity::Error } else { Severity::Warning }
    }

    fn resource(&mut self, value: Value<'a>, depth: usize) {
        if value.kind() != json::Kind::Object {
            let text = format!("a resource is expected here, found {}", value.kind().as_str());
            return self.report(value, Severity::Error, IssueType::Structure, "wrong-type", text);
        }
        let Some(type_name) = value.get("resourceType").and_then(|name| name.as_str()) else {
            let text = "resourceType is missing or is not a string".to_owned();
            return self.report(value, Severity::Error, IssueType::Structure, "no-resource-type", text);
        };
        let Some(index) = self.schema.resource(&type_name) else {
            let text = "this resource type is not known here; it is kept and not looked into".to_owned();
            return self.report(value, Severity::Warning, IssueType::NotSupported, "unknown-resource-type", text);
        };
        let outer = std::mem::replace(&mut self.strict, STRICT.contains(&&*type_name));
        self.object(value, index, depth + 1);
        self.strict = outer;
    }

    fn object(&mut self, value: Value<'a>, index: u16, depth: usize) {
        let schema = self.schema;
        let kind = &schema.types[index as usize];
        if depth > DEPTH_MAX {
            let text = "elements are nested too deep".to_owned();
            return self.report(value, Severity::Error, IssueType::TooCostly, "too-deep", text);
        }
        if value.len() > MEMBERS_MAX {
            let text = format!("an object has more than {MEMBERS_MAX} members");
            return self.report(value, Severity::Error, IssueType::TooCostly, "too-many-members", text);
        }
        if value.is_empty() {
            let text = "an empty object says nothing".to_owned();
            self.report(value, Severity::Warning, IssueType::Structure, "empty", text);
        }
        if index == schema.reference {
            self.references.push(value);
        }
        let (mut seen, mut chosen) = (0u32, 0u32);
        for member in value.members() {
            let raw = member.key_raw().unwrap_or_default();
            if raw.contains(&b'\\') {
                // Element names need no escapes; decode and look again rather than call it unknown.
                let name = member.key().unwrap_or_default();
                self.member(member, name.as_bytes(), kind, value, (&mut seen, &mut chosen), depth);
            } else {
                self.member(member, raw, kind, value, (&mut seen, &mut chosen), depth);
            }
        }
        if seen & kind.required != kind.required {
            self.missing(value, kind, seen);
        }
    }

    fn missing(&mut self, value: Value<'a>, kind: &Type, seen: u32) {
        // Datatypes have no owner of their own, so what they lack counts in every resource.
        let is_datatype = !kind.is_resource && !kind.name.contains('.');
        let severity = if is_datatype { Severity::Error } else { self.grade() };
        for (bit, name) in kind.required_names.iter().enumerate() {
            if seen & (1 << bit) == 0 {
                let text = format!("{}.{name} is required", kind.name);
                self.issues.add(severity, IssueType::Required, "missing", || (text, format!("{}.{name}", value.path())));
            }
        }
    }

    fn member(
        &mut self,
        member: Value<'a>,
        name: &[u8],
        kind: &'static Type,
        parent: Value<'a>,
        (seen, chosen): (&mut u32, &mut u32),
        depth: usize,
    ) {
        if let Some(element) = kind.element(name) {
            *seen |= element.required;
            if element.choice & *chosen != 0 {
                let text = "only one type of this choice may be present".to_owned();
                self.report(member, Severity::Error, IssueType::Structure, "two-choices", text);
            }
            *chosen |= element.choice;
            return self.element(member, element, parent, depth);
        }
        if name == b"resourceType" && kind.is_resource {
            return;
        }
        if let Some(element) = name.strip_prefix(b"_").and_then(|name| kind.element(name))
            && matches!(element.kind, Kind::Primitive(_))
        {
            *seen |= element.required;
            return self.companion(member, element, depth);
        }
        if name == b"fhir_comments" {
            return;
        }
        let text = format!("{} has no such element; it is kept and ignored", kind.name);
        self.report(member, Severity::Warning, IssueType::Structure, "unknown-element", text);
    }

    /// The `_name` member that carries id and extensions of a primitive.
    fn companion(&mut self, member: Value<'a>, element: &Element, depth: usize) {
        let index = self.schema.element;
        match (member.kind(), element.repeats) {
            (json::Kind::Object, false) => self.object(member, index, depth + 1),
            (json::Kind::Array, true) => {
                for item in member.items() {
                    match item.kind() {
                        json::Kind::Object => self.object(item, index, depth + 1),
                        json::Kind::Null => {}
                        _ => self.wrong_type(item, "object"),
                    }
                }
            }
            (_, repeats) => self.wrong_type(member, if repeats { "array" } else { "object" }),
        }
    }

    fn wrong_type(&mut self, value: Value<'a>, expected: &str) {
        let text = format!("expected {expected}, found {}", value.kind().as_str());
        self.report(value, Severity::Error, IssueType::Structure, "wrong-type", text);
    }

    fn element(&mut self, value: Value<'a>, element: &'static Element, parent: Value<'a>, depth: usize) {
        if !element.repeats {
            return self.single(value, element, depth);
        }
        if value.kind() != json::Kind::Array {
            return self.wrong_type(value, "array");
        }
        if value.is_empty() {
            let text = "an empty array says nothing".to_owned();
            self.report(value, Severity::Warning, IssueType::Structure, "empty", text);
        }
        if &*element.name == "contained" && value.len() > CONTAINED_MAX {
            let text = format!("a resource contains more than {CONTAINED_MAX} resources");
            return self.report(value, Severity::Error, IssueType::TooCostly, "too-many-contained", text);
        }
        let mut has_companion = None;
        for item in value.items() {
            // A null holds the place of a primitive that has only extensions.
            let holds_place = item.is_null()
                && matches!(element.kind, Kind::Primitive(_))
                && *has_companion.get_or_insert_with(|| parent.get(&format!("_{}", element.name)).is_some());
            if !holds_place {
                self.single(item, element, depth);
            }
        }
        if &*element.name == "modifierExtension" {
            self.modifiers(value);
        }
    }

    fn modifiers(&mut self, list: Value<'a>) {
        for item in list.items() {
            let url = item.get("url").and_then(|url| url.as_str()).unwrap_or_default();
            if !self.options.known_modifiers.iter().any(|known| *known == url) {
                let text = "this modifier extension is not known here and may change the meaning of its element".to_owned();
                self.report(item, Severity::Warning, IssueType::Extension, "unknown-modifier", text);
            }
        }
    }

    fn single(&mut self, value: Value<'a>, element: &Element, depth: usize) {
        match element.kind {
            Kind::Primitive(primitive) => self.primitive(value, primitive, element),
            Kind::Resource => self.resource(value, depth),
            Kind::Complex(index) => {
                if value.kind() == json::Kind::Object {
                    self.object(value, index, depth + 1);
                } else {
                    self.wrong_type(value, "object");
                }
            }
        }
    }

    fn primitive(&mut self, value: Value<'a>, primitive: Primitive, element: &Element) {
        if value.kind() != primitive.json_kind() {
            return self.wrong_type(value, primitive.json_kind().as_str());
        }
        let decoded;
        let text: &[u8] = match value.kind() {
            json::Kind::String => match value.plain_bytes() {
                Some(plain) => plain,
                None => {
                    decoded = value.as_str().unwrap_or_default();
                    decoded.as_bytes()
                }
            },
            _ => value.raw(),
        };
        let is_text = matches!(primitive, Primitive::String | Primitive::Markdown | Primitive::Xhtml);
        if text.is_empty() && is_text {
            let text = "an empty string says nothing".to_owned();
            return self.report(value, Severity::Warning, IssueType::Value, "empty", text);
        }
        if text.is_empty() || !primitive.accepts(text) {
            let severity = if carries_meaning(primitive) { Severity::Error } else { self.grade() };
            let text = format!("malformed {}", primitive.name());
            return self.report(value, severity, IssueType::Value, "bad-format", text);
        }
        if let Some(codes) = &element.codes
            && !codes.iter().any(|code| code.as_bytes() == text)
        {
            let severity = self.grade();
            let text = format!("expected one of: {}", codes.join(", "));
            return self.report(value, severity, IssueType::CodeInvalid, "code-not-in-list", text);
        }
        if matches!(primitive, Primitive::Date | Primitive::DateTime | Primitive::Instant) {
            self.plausible(value, text, element);
        }
    }

    fn plausible(&mut self, value: Value<'a>, text: &[u8], element: &Element) {
        let Ok(date) = Date::parse(&text[..4]) else { return };
        if self.options.plausible_years.contains(&date.year()) {
            return;
        }
        let weighs = self.strict || &*element.name == "birthDate";
        if !weighs && date.year() == 9999 {
            return;
        }
        let severity = if weighs { self.options.implausible } else { Severity::Warning };
        let (first, last) = (self.options.plausible_years.start(), self.options.plausible_years.end());
        let text = format!("the year is not between {first} and {last}");
        self.report(value, severity, IssueType::Value, "implausible-date", text);
    }
}

/// True for primitives whose malformed text cannot be used at all; a code with a stray space can.
fn carries_meaning(primitive: Primitive) -> bool {
    use Primitive::{Canonical, Code, Id, Oid, Uri, Url, Uuid};
    !matches!(primitive, Code | Id | Uri | Url | Canonical | Oid | Uuid)
}
