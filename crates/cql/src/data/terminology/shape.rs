//! What of a file is read for terminology, so that parsing keeps no more than that.

use super::Terminology;
use json::{Projection, ShapeId};

impl Terminology {
    /// What is read of ValueSet and CodeSystem resources, alone, in Bundles or in arrays, for
    /// [`json::Document::parse_projected`]. Other resources keep their type; an object without one is kept whole.
    ///
    /// ```
    /// let text = r#"{"resourceType":"ValueSet","url":"u","title":"T","expansion":{"contains":[{"system":"s","code":"c","display":"D"}]}}"#;
    /// let document = json::Document::parse_projected(text.as_bytes(), &cql::Terminology::projection(), &json::Limits::default());
    /// let document = document.map_err(|_| "bad JSON")?;
    /// assert!(document.root().get("title").is_none());
    /// let mut terminology = cql::Terminology::new();
    /// assert_eq!(terminology.add_fhir(document.root()), Ok(true));
    /// assert_eq!(terminology.value_set("u", None).map(|set| set.numbers().len()), Some(1));
    /// # Ok::<(), String>(())
    /// ```
    pub fn projection() -> Projection {
        let mut made = Projection::new();
        let other = made.shape();
        made.keep(other, "resourceType", ShapeId::WHOLE);
        made.choose(ShapeId::ROOT, "resourceType", other);
        made.case(ShapeId::ROOT, "", ShapeId::WHOLE);
        let bundle = object(&mut made, &["resourceType"], &[]);
        let entry = object(&mut made, &[], &[("resource", ShapeId::ROOT)]);
        made.keep(bundle, "entry", entry);
        made.case(ShapeId::ROOT, "Bundle", bundle);

        let listed = object(&mut made, &["code"], &[]);
        let filter = object(&mut made, &["property", "op", "value"], &[]);
        let part = object(&mut made, &["system", "version", "valueSet"], &[("concept", listed), ("filter", filter)]);
        let compose = object(&mut made, &["inactive"], &[("include", part), ("exclude", part)]);
        let contains = object(&mut made, &["system", "code", "abstract"], &[]);
        made.keep(contains, "contains", contains);
        let expansion = object(&mut made, &["total"], &[("contains", contains)]);
        let head = ["resourceType", "id", "url", "version"];
        let set = object(&mut made, &head, &[("compose", compose), ("expansion", expansion)]);
        made.case(ShapeId::ROOT, "ValueSet", set);

        let coding = object(&mut made, &["code"], &[]);
        let values = ["code", "valueCode", "valueString", "valueBoolean", "valueInteger", "valueDecimal", "valueDateTime"];
        let property = object(&mut made, &values, &[("valueCoding", coding)]);
        let concept = object(&mut made, &["code", "display"], &[("property", property)]);
        made.keep(concept, "concept", concept);
        let declared = object(&mut made, &["code", "uri"], &[]);
        let system = object(&mut made, &head, &[("property", declared), ("concept", concept)]);
        for name in ["content", "caseSensitive", "hierarchyMeaning"] {
            made.keep(system, name, ShapeId::WHOLE);
        }
        made.case(ShapeId::ROOT, "CodeSystem", system);
        made
    }

    /// Adds a resource if it is a ValueSet or CodeSystem, and says whether it was.
    ///
    /// # Errors
    /// As [`Terminology::add_fhir_value_set`] and [`Terminology::add_fhir_code_system`].
    pub fn add_fhir(&mut self, resource: json::Value<'_>) -> Result<bool, super::TerminologyFault> {
        match resource.get("resourceType") {
            Some(name) if name.is_str("ValueSet") => self.add_fhir_value_set(resource).map(|()| true),
            Some(name) if name.is_str("CodeSystem") => self.add_fhir_code_system(resource).map(|()| true),
            _ => Ok(false),
        }
    }
}

/// A shape that keeps some members whole and others in their shapes.
fn object(made: &mut Projection, whole: &[&str], shaped: &[(&str, ShapeId)]) -> ShapeId {
    let shape = made.shape();
    whole.iter().for_each(|name| made.keep(shape, name, ShapeId::WHOLE));
    shaped.iter().for_each(|(name, of)| made.keep(shape, name, *of));
    shape
}
