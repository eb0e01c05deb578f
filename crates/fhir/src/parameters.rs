//! `Parameters`: what operations take besides a Bundle (CDex `$submit-attachment`, DTR `$questionnaire-package`).

use json::Value;

use crate::resource::Resource;
use crate::types::{Attachment, CodeableConcept, Coding, Identifier, Reference};
use crate::view::views;

views! {
    /// A Parameters resource.
    Parameters resource "Parameters" {
        /// The parameters, in the order of the sender; names may repeat.
        parameters: many<Parameter> = "parameter";
    }

    /// `Parameters.parameter`, and its parts.
    Parameter {
        /// Name from the definition of the operation.
        name: text = "name";
        /// Parts of a parameter with structure.
        parts: many<Parameter> = "part";
        /// `valueBoolean`.
        boolean: boolean = "valueBoolean";
        /// `valueString`.
        string: text = "valueString";
        /// `valueCode`.
        code: text = "valueCode";
        /// `valueCanonical`.
        canonical: text = "valueCanonical";
        /// `valueUri`.
        uri: text = "valueUri";
        /// `valueUrl`.
        url: text = "valueUrl";
        /// `valueDate`.
        date: date = "valueDate";
        /// `valueDateTime`.
        date_time: date_time = "valueDateTime";
        /// `valueCoding`.
        coding: one<Coding> = "valueCoding";
        /// `valueCodeableConcept`.
        concept: one<CodeableConcept> = "valueCodeableConcept";
        /// `valueIdentifier`.
        identifier: one<Identifier> = "valueIdentifier";
        /// `valueReference`.
        reference: one<Reference> = "valueReference";
        /// `valueAttachment`.
        attachment: one<Attachment> = "valueAttachment";
    }
}

impl<'a> Parameters<'a> {
    /// The parameters with this name.
    ///
    /// ```
    /// let body = br#"{"resourceType":"Parameters","parameter":[{"name":"Final","valueBoolean":true}]}"#;
    /// let document = json::Document::parse(body.to_vec(), &json::Limits::default()).unwrap();
    /// let parameters = fhir::Parameters::new(document.root());
    /// assert_eq!(parameters.named("Final").next().unwrap().boolean(), Some(true));
    /// ```
    pub fn named<'n>(&self, name: &'n str) -> impl Iterator<Item = Parameter<'a>> + use<'a, 'n> {
        self.parameters().filter(move |parameter| parameter.is(name))
    }
}

impl<'a> Parameter<'a> {
    /// True when this parameter has this name.
    pub fn is(&self, name: &str) -> bool {
        self.value().get("name").is_some_and(|own| own.is_str(name))
    }

    /// The parts with this name.
    pub fn part<'n>(&self, name: &'n str) -> impl Iterator<Item = Parameter<'a>> + use<'a, 'n> {
        self.parts().filter(move |part| part.is(name))
    }

    /// The resource carried by this parameter.
    pub fn resource(&self) -> Option<Resource<'a>> {
        self.value().get("resource").and_then(Resource::new)
    }

    /// The value of whatever type, as JSON.
    pub fn any_value(&self) -> Option<Value<'a>> {
        self.value().members().find(|member| member.key_raw().is_some_and(|key| key.starts_with(b"value")))
    }
}
