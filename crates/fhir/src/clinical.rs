//! The resources around a Claim: people, organizations, orders, documents.

use crate::types::{
    Address, Attachment, CodeableConcept, Coding, ContactPoint, HumanName, Identifier, Period, Quantity, Reference, When, when,
};
use crate::view::views;

views! {
    /// A Patient.
    Patient resource "Patient" {
        /// Member numbers, medical record numbers.
        identifiers: many<Identifier> = "identifier";
        /// Whether the record is in use.
        active: boolean = "active";
        /// Names.
        names: many<HumanName> = "name";
        /// Phones, mail.
        telecoms: many<ContactPoint> = "telecom";
        /// male | female | other | unknown.
        gender: text = "gender";
        /// Date of birth, possibly partial.
        birth_date: protected_date = "birthDate";
        /// `deceasedBoolean`.
        deceased: boolean = "deceasedBoolean";
        /// Addresses.
        addresses: many<Address> = "address";
        /// Primary care providers.
        general_practitioners: many<Reference> = "generalPractitioner";
        /// Who keeps the record.
        managing_organization: one<Reference> = "managingOrganization";
    }

    /// A Coverage.
    Coverage resource "Coverage" {
        /// Business identifiers.
        identifiers: many<Identifier> = "identifier";
        /// active | cancelled | draft | entered-in-error.
        status: text = "status";
        /// Kind of coverage.
        kind: one<CodeableConcept> = "type";
        /// Who signed up.
        policy_holder: one<Reference> = "policyHolder";
        /// The subscriber.
        subscriber: one<Reference> = "subscriber";
        /// The subscriber's number.
        subscriber_id: protected = "subscriberId";
        /// Who is covered.
        beneficiary: one<Reference> = "beneficiary";
        /// Number of the dependent.
        dependent: protected = "dependent";
        /// Relation of the beneficiary to the subscriber.
        relationship: one<CodeableConcept> = "relationship";
        /// When the coverage holds.
        period: one<Period> = "period";
        /// Who pays.
        payors: many<Reference> = "payor";
        /// Group, plan and other classes.
        classes: many<CoverageClass> = "class";
        /// Order among several coverages.
        order: integer = "order";
        /// Network.
        network: text = "network";
    }

    /// `Coverage.class`.
    CoverageClass {
        /// group, plan, class …
        kind: one<CodeableConcept> = "type";
        /// The code of the class.
        class_value: text = "value";
        /// Its name.
        name: text = "name";
    }

    /// An Organization.
    Organization resource "Organization" {
        /// NPI, tax number, X12 payer number.
        identifiers: many<Identifier> = "identifier";
        /// Whether the record is in use.
        active: boolean = "active";
        /// Kinds of organization.
        kinds: many<CodeableConcept> = "type";
        /// Name.
        name: text = "name";
        /// Phones, mail.
        telecoms: many<ContactPoint> = "telecom";
        /// Addresses.
        addresses: many<Address> = "address";
        /// The organization this one is part of.
        part_of: one<Reference> = "partOf";
    }

    /// A Practitioner.
    Practitioner resource "Practitioner" {
        /// NPI, licences.
        identifiers: many<Identifier> = "identifier";
        /// Whether the record is in use.
        active: boolean = "active";
        /// Names.
        names: many<HumanName> = "name";
        /// Phones, mail.
        telecoms: many<ContactPoint> = "telecom";
        /// Addresses.
        addresses: many<Address> = "address";
        /// Qualifications.
        qualifications: many<Qualification> = "qualification";
    }

    /// `Practitioner.qualification`.
    Qualification {
        /// Licence or certificate numbers.
        identifiers: many<Identifier> = "identifier";
        /// What it is.
        code: one<CodeableConcept> = "code";
        /// When it is valid.
        period: one<Period> = "period";
        /// Who issued it.
        issuer: one<Reference> = "issuer";
    }

    /// A PractitionerRole.
    PractitionerRole resource "PractitionerRole" {
        /// Business identifiers.
        identifiers: many<Identifier> = "identifier";
        /// Whether the record is in use.
        active: boolean = "active";
        /// When the role is held.
        period: one<Period> = "period";
        /// The person.
        practitioner: one<Reference> = "practitioner";
        /// The organization.
        organization: one<Reference> = "organization";
        /// Roles.
        codes: many<CodeableConcept> = "code";
        /// Specialties.
        specialties: many<CodeableConcept> = "specialty";
        /// Places.
        locations: many<Reference> = "location";
        /// Phones, mail.
        telecoms: many<ContactPoint> = "telecom";
    }

    /// A ServiceRequest.
    ServiceRequest resource "ServiceRequest" {
        /// Business identifiers.
        identifiers: many<Identifier> = "identifier";
        /// draft | active | on-hold | revoked | completed | entered-in-error | unknown.
        status: text = "status";
        /// proposal | plan | order | …
        intent: text = "intent";
        /// routine | urgent | asap | stat.
        priority: text = "priority";
        /// True when the service is not to be done.
        do_not_perform: boolean = "doNotPerform";
        /// Categories.
        categories: many<CodeableConcept> = "category";
        /// What is ordered.
        code: one<CodeableConcept> = "code";
        /// Details of the order.
        order_details: many<CodeableConcept> = "orderDetail";
        /// `quantityQuantity`.
        quantity: one<Quantity> = "quantityQuantity";
        /// For whom.
        subject: one<Reference> = "subject";
        /// Encounter of the order.
        encounter: one<Reference> = "encounter";
        /// `occurrenceTiming`.
        occurrence_timing: json = "occurrenceTiming";
        /// When it was signed.
        authored_on: date_time = "authoredOn";
        /// Who orders.
        requester: one<Reference> = "requester";
        /// Who is asked to do it.
        performers: many<Reference> = "performer";
        /// Why, as codes.
        reason_codes: many<CodeableConcept> = "reasonCode";
        /// Why, as resources.
        reason_references: many<Reference> = "reasonReference";
        /// Coverages.
        insurance: many<Reference> = "insurance";
        /// Further information.
        supporting_info: many<Reference> = "supportingInfo";
        /// Body sites.
        body_sites: many<CodeableConcept> = "bodySite";
    }

    /// A DeviceRequest.
    DeviceRequest resource "DeviceRequest" {
        /// Business identifiers.
        identifiers: many<Identifier> = "identifier";
        /// draft | active | on-hold | revoked | completed | entered-in-error | unknown.
        status: text = "status";
        /// proposal | plan | order | …
        intent: text = "intent";
        /// routine | urgent | asap | stat.
        priority: text = "priority";
        /// The device as a code.
        code: one<CodeableConcept> = "codeCodeableConcept";
        /// The device as a resource.
        code_reference: one<Reference> = "codeReference";
        /// Details: number, length of use.
        parameters: many<DeviceParameter> = "parameter";
        /// For whom.
        subject: one<Reference> = "subject";
        /// Encounter of the order.
        encounter: one<Reference> = "encounter";
        /// `occurrenceTiming`.
        occurrence_timing: json = "occurrenceTiming";
        /// When it was signed.
        authored_on: date_time = "authoredOn";
        /// Who orders.
        requester: one<Reference> = "requester";
        /// Who is asked to deliver.
        performer: one<Reference> = "performer";
        /// Why, as codes.
        reason_codes: many<CodeableConcept> = "reasonCode";
        /// Why, as resources.
        reason_references: many<Reference> = "reasonReference";
        /// Coverages.
        insurance: many<Reference> = "insurance";
    }

    /// `DeviceRequest.parameter`.
    DeviceParameter {
        /// What is specified.
        code: one<CodeableConcept> = "code";
        /// `valueCodeableConcept`.
        value_concept: one<CodeableConcept> = "valueCodeableConcept";
        /// `valueQuantity`.
        value_quantity: one<Quantity> = "valueQuantity";
        /// `valueBoolean`.
        value_boolean: boolean = "valueBoolean";
    }

    /// A QuestionnaireResponse.
    QuestionnaireResponse resource "QuestionnaireResponse" {
        /// in-progress | completed | amended | entered-in-error | stopped.
        status: text = "status";
        /// Canonical URL of the form.
        questionnaire: text = "questionnaire";
        /// Orders this belongs to.
        based_on: many<Reference> = "basedOn";
        /// About whom.
        subject: one<Reference> = "subject";
        /// When it was filled in.
        authored: date_time = "authored";
        /// By whom.
        author: one<Reference> = "author";
        /// The answered groups and questions.
        items: many<ResponseItem> = "item";
    }

    /// `QuestionnaireResponse.item`.
    ResponseItem {
        /// The question this answers.
        link_id: text = "linkId";
        /// The question as shown.
        text: text = "text";
        /// Nested groups and questions.
        items: many<ResponseItem> = "item";
        /// The answers.
        answers: many<Answer> = "answer";
    }

    /// `QuestionnaireResponse.item.answer`.
    Answer {
        /// `valueBoolean`.
        boolean: boolean = "valueBoolean";
        /// `valueInteger`.
        integer: integer = "valueInteger";
        /// `valueDecimal`.
        decimal: decimal = "valueDecimal";
        /// `valueDate`.
        date: date = "valueDate";
        /// `valueDateTime`.
        date_time: date_time = "valueDateTime";
        /// `valueString`.
        string: protected = "valueString";
        /// `valueUri`.
        uri: text = "valueUri";
        /// `valueCoding`.
        coding: one<Coding> = "valueCoding";
        /// `valueQuantity`.
        quantity: one<Quantity> = "valueQuantity";
        /// `valueReference`.
        reference: one<Reference> = "valueReference";
        /// `valueAttachment`.
        attachment: one<Attachment> = "valueAttachment";
        /// Questions nested under this answer.
        items: many<ResponseItem> = "item";
    }

    /// A DocumentReference.
    DocumentReference resource "DocumentReference" {
        /// Business identifiers.
        identifiers: many<Identifier> = "identifier";
        /// current | superseded | entered-in-error.
        status: text = "status";
        /// preliminary | final | amended | entered-in-error.
        document_status: text = "docStatus";
        /// Kind of document.
        kind: one<CodeableConcept> = "type";
        /// Categories.
        categories: many<CodeableConcept> = "category";
        /// About whom.
        subject: one<Reference> = "subject";
        /// When this reference was made.
        date: text = "date";
        /// Who wrote the document.
        authors: many<Reference> = "author";
        /// Description for people.
        description: protected = "description";
        /// The documents.
        contents: many<DocumentContent> = "content";
    }

    /// `DocumentReference.content`.
    DocumentContent {
        /// The document.
        attachment: one<Attachment> = "attachment";
        /// Format beyond the MIME type.
        format: one<Coding> = "format";
    }
}

impl<'a> ServiceRequest<'a> {
    /// When the service is to happen.
    pub fn occurrence(&self) -> Option<When<'a>> {
        when(self, ["occurrenceDate", "occurrenceDateTime", "occurrencePeriod"])
    }
}

impl<'a> DeviceRequest<'a> {
    /// When the device is to be used.
    pub fn occurrence(&self) -> Option<When<'a>> {
        when(self, ["occurrenceDate", "occurrenceDateTime", "occurrencePeriod"])
    }
}

impl<'a> QuestionnaireResponse<'a> {
    /// Every item at any depth, nested answers included, in writing order.
    pub fn all_items(&self) -> Vec<ResponseItem<'a>> {
        let mut found = Vec::new();
        let mut open: Vec<ResponseItem<'a>> = self.items().collect();
        open.reverse();
        while let Some(item) = open.pop() {
            found.push(item);
            let below: Vec<_> = item.items().chain(item.answers().flat_map(|answer| answer.items())).collect();
            open.extend(below.into_iter().rev());
        }
        found
    }
}
