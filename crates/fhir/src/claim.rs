//! The Claim: what a prior authorization asks for.

use crate::types::{Attachment, CodeableConcept, Coding, Identifier, Money, Period, Quantity, Reference, When, when};
use crate::view::views;

views! {
    /// A Claim (R4, used with `use = preauthorization`).
    Claim resource "Claim" {
        /// Business identifiers.
        identifiers: many<Identifier> = "identifier";
        /// active | cancelled | draft | entered-in-error.
        status: text = "status";
        /// Category: professional, institutional, oral, pharmacy, vision.
        kind: one<CodeableConcept> = "type";
        /// Finer type.
        sub_type: one<CodeableConcept> = "subType";
        /// claim | preauthorization | predetermination.
        use_code: text = "use";
        /// The person the services are for.
        patient: one<Reference> = "patient";
        /// Time frame of the services.
        billable_period: one<Period> = "billablePeriod";
        /// When the sender created the request.
        created: date_time = "created";
        /// Who entered it.
        enterer: one<Reference> = "enterer";
        /// Who is asked.
        insurer: one<Reference> = "insurer";
        /// Who asks.
        provider: one<Reference> = "provider";
        /// Desired urgency: stat, normal, deferred.
        priority: one<CodeableConcept> = "priority";
        /// Earlier claims this one follows.
        related: many<Related> = "related";
        /// The prescription behind the request.
        prescription: one<Reference> = "prescription";
        /// The referral behind the request.
        referral: one<Reference> = "referral";
        /// Where the services take place.
        facility: one<Reference> = "facility";
        /// The care team.
        care_team: many<CareTeamMember> = "careTeam";
        /// Supporting information: documents, dates, messages.
        supporting_info: many<SupportingInfo> = "supportingInfo";
        /// Diagnoses.
        diagnoses: many<ClaimDiagnosis> = "diagnosis";
        /// Procedures already done.
        procedures: many<ClaimProcedure> = "procedure";
        /// Coverages to use.
        insurance: many<Insurance> = "insurance";
        /// The accident behind the services.
        accident: json = "accident";
        /// The services asked for.
        items: many<Item> = "item";
        /// Total of the request.
        total: one<Money> = "total";
    }

    /// `Claim.related`.
    Related {
        /// The earlier claim.
        claim: one<Reference> = "claim";
        /// prior | associated | …
        relationship: one<CodeableConcept> = "relationship";
        /// File or case the claims belong to.
        reference: one<Identifier> = "reference";
    }

    /// `Claim.careTeam`.
    CareTeamMember {
        /// Number of this entry.
        sequence: integer = "sequence";
        /// The person or organization.
        provider: one<Reference> = "provider";
        /// True when this one is the lead.
        responsible: boolean = "responsible";
        /// Function within the team.
        role: one<CodeableConcept> = "role";
        /// Credential or specialty.
        qualification: one<CodeableConcept> = "qualification";
    }

    /// `Claim.supportingInfo`.
    SupportingInfo {
        /// Number of this entry.
        sequence: integer = "sequence";
        /// What kind of information.
        category: one<CodeableConcept> = "category";
        /// Finer type.
        code: one<CodeableConcept> = "code";
        /// `valueBoolean`.
        value_boolean: boolean = "valueBoolean";
        /// `valueString`: free text about the person.
        value_string: protected = "valueString";
        /// `valueQuantity`.
        value_quantity: one<Quantity> = "valueQuantity";
        /// `valueAttachment`.
        value_attachment: one<Attachment> = "valueAttachment";
        /// `valueReference`: a document, a questionnaire response, an observation.
        value_reference: one<Reference> = "valueReference";
        /// Why the information is given or missing.
        reason: one<Coding> = "reason";
    }

    /// `Claim.diagnosis`.
    ClaimDiagnosis {
        /// Number of this entry.
        sequence: integer = "sequence";
        /// The diagnosis as a code.
        concept: one<CodeableConcept> = "diagnosisCodeableConcept";
        /// The diagnosis as a Condition.
        reference: one<Reference> = "diagnosisReference";
        /// principal, admitting, …
        kinds: many<CodeableConcept> = "type";
        /// Present on admission.
        on_admission: one<CodeableConcept> = "onAdmission";
    }

    /// `Claim.procedure`.
    ClaimProcedure {
        /// Number of this entry.
        sequence: integer = "sequence";
        /// primary, secondary.
        kinds: many<CodeableConcept> = "type";
        /// When it was done.
        date: date_time = "date";
        /// The procedure as a code.
        concept: one<CodeableConcept> = "procedureCodeableConcept";
        /// The procedure as a resource.
        reference: one<Reference> = "procedureReference";
    }

    /// `Claim.insurance`.
    Insurance {
        /// Number of this entry.
        sequence: integer = "sequence";
        /// True for the coverage this request is made to.
        focal: boolean = "focal";
        /// Identifier of the request with this insurer.
        identifier: one<Identifier> = "identifier";
        /// The coverage.
        coverage: one<Reference> = "coverage";
        /// Authorization numbers already given.
        pre_auth_refs: texts = "preAuthRef";
    }

    /// `Claim.item`: one service line.
    Item {
        /// Number of this line; every answer names it.
        sequence: integer = "sequence";
        /// Care team members of this line.
        care_team_sequences: integers = "careTeamSequence";
        /// Diagnoses of this line.
        diagnosis_sequences: integers = "diagnosisSequence";
        /// Procedures of this line.
        procedure_sequences: integers = "procedureSequence";
        /// Supporting information of this line.
        information_sequences: integers = "informationSequence";
        /// Revenue code.
        revenue: one<CodeableConcept> = "revenue";
        /// Service category (X12 1365 in PAS).
        category: one<CodeableConcept> = "category";
        /// The product, drug or service.
        product_or_service: one<CodeableConcept> = "productOrService";
        /// Modifiers of the product or service.
        modifiers: many<CodeableConcept> = "modifier";
        /// Programs this is part of.
        program_codes: many<CodeableConcept> = "programCode";
        /// `servicedDate`.
        serviced_date: date = "servicedDate";
        /// `servicedPeriod`.
        serviced_period: one<Period> = "servicedPeriod";
        /// Place of service as a code.
        location_concept: one<CodeableConcept> = "locationCodeableConcept";
        /// Place of service as an address.
        location_address: json = "locationAddress";
        /// Place of service as a Location.
        location_reference: one<Reference> = "locationReference";
        /// How many.
        quantity: one<Quantity> = "quantity";
        /// Price of one.
        unit_price: one<Money> = "unitPrice";
        /// Price multiplier.
        factor: decimal = "factor";
        /// Price of the line.
        net: one<Money> = "net";
        /// Devices.
        udi: many<Reference> = "udi";
        /// Anatomical site.
        body_site: one<CodeableConcept> = "bodySite";
        /// Finer sites.
        sub_sites: many<CodeableConcept> = "subSite";
        /// Encounters of this line.
        encounters: many<Reference> = "encounter";
    }
}

impl<'a> Item<'a> {
    /// When the service takes place.
    pub fn serviced(&self) -> Option<When<'a>> {
        when(self, ["servicedDate", "servicedDateTime", "servicedPeriod"])
    }
}

impl<'a> SupportingInfo<'a> {
    /// When it occurred.
    pub fn timing(&self) -> Option<When<'a>> {
        when(self, ["timingDate", "timingDateTime", "timingPeriod"])
    }
}
