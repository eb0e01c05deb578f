//! PAS request Bundles, written element by element.

use crate::people::{Member, Provider};
use base::{Date, system};
use serde_json::{Value, json};

const PAS: &str = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition";

/// One requested service.
#[derive(Debug, Clone)]
pub struct Ask {
    /// HCPCS Level II code.
    pub code: String,
    /// First day of service.
    pub from: Date,
    /// Last day of service.
    pub to: Date,
    /// Units.
    pub quantity: u32,
    /// X12 1322 certification type (`I`, `R`, `4`, `3` ...).
    pub certification: &'static str,
}

/// A Bundle in the making.
#[derive(Debug, Clone)]
pub struct Bundle {
    base: String,
    number: String,
    member: Member,
    provider: Provider,
    created: String,
    priority: &'static str,
    asks: Vec<Ask>,
    diagnoses: Vec<String>,
    resources: Vec<Value>,
    related: Option<(String, &'static str)>,
    cancel_all: bool,
}

impl Bundle {
    /// Starts a request: `number` becomes `Claim.identifier`, `created` is an instant with offset.
    #[must_use]
    pub fn new(number: &str, member: &Member, provider: &Provider, created: &str) -> Self {
        Self {
            base: "http://provider.example/fhir".to_owned(),
            number: number.to_owned(),
            member: member.clone(),
            provider: provider.clone(),
            created: created.to_owned(),
            priority: "normal",
            asks: Vec::new(),
            diagnoses: Vec::new(),
            resources: Vec::new(),
            related: None,
            cancel_all: false,
        }
    }

    /// The same request under another number.
    #[must_use]
    pub fn numbered(mut self, number: &str) -> Self {
        number.clone_into(&mut self.number);
        self
    }

    /// Asks for an expedited answer.
    #[must_use]
    pub const fn urgent(mut self) -> Self {
        self.priority = "stat";
        self
    }

    /// Adds a requested service.
    #[must_use]
    pub fn ask(mut self, code: &str, from: Date, to: Date, quantity: u32) -> Self {
        self.asks.push(Ask { code: code.to_owned(), from, to, quantity, certification: "I" });
        self
    }

    /// Marks the last requested service with another certification type.
    #[must_use]
    pub fn certification(mut self, code: &'static str) -> Self {
        if let Some(ask) = self.asks.last_mut() {
            ask.certification = code;
        }
        self
    }

    /// Adds an ICD-10-CM diagnosis to the Claim and as a Condition.
    #[must_use]
    pub fn diagnosis(mut self, code: &str) -> Self {
        self.diagnoses.push(code.to_owned());
        let id = format!("condition-{}", self.diagnoses.len());
        let condition = json!({
            "resourceType": "Condition", "id": id,
            "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]},
            "verificationStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "confirmed"}]},
            "code": {"coding": [{"system": system::ICD10CM, "code": code}]},
            "subject": {"reference": self.patient()},
            "asserter": {"reference": self.practitioner()},
        });
        self.resources.push(condition);
        self
    }

    /// Adds an Observation with a quantity.
    #[must_use]
    pub fn measured(self, loinc: &str, value: &str, unit: &str, at: &str) -> Self {
        self.measured_with(loinc, value, unit, at, Value::Null)
    }

    /// Adds an Observation with a quantity and further members (`component`, `method`, `note`, `performer` ...).
    #[must_use]
    pub fn measured_with(mut self, loinc: &str, value: &str, unit: &str, at: &str, more: Value) -> Self {
        let number: Value = serde_json::from_str(value).unwrap_or(Value::Null);
        let mut observation = json!({
            "resourceType": "Observation", "id": format!("observation-{}", self.resources.len() + 1), "status": "final",
            "code": {"coding": [{"system": system::LOINC, "code": loinc}]},
            "subject": {"reference": self.patient()},
            "effectiveDateTime": at,
            "performer": [{"reference": self.practitioner()}],
            "valueQuantity": {"value": number, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
        });
        if let (Value::Object(target), Value::Object(extra)) = (&mut observation, more) {
            target.extend(extra);
        }
        self.resources.push(observation);
        self
    }

    /// Adds the practitioner's answers to a policy's questionnaire: `(linkId, answer)` with the answer as a FHIR `value[x]` object.
    #[must_use]
    pub fn answers(mut self, questionnaire: &str, authored: &str, answers: &[(&str, Value)]) -> Self {
        let items: Vec<Value> = answers.iter().map(|(id, value)| json!({"linkId": id, "answer": [value]})).collect();
        let response = json!({
            "resourceType": "QuestionnaireResponse", "id": format!("answers-{}", self.resources.len() + 1),
            "questionnaire": questionnaire, "status": "completed",
            "subject": {"reference": self.patient()}, "authored": authored,
            "author": {"reference": self.practitioner()}, "item": items,
        });
        self.resources.push(response);
        self
    }

    /// Adds any other resource; `subject` is set to the patient when absent.
    #[must_use]
    pub fn resource(mut self, mut resource: Value) -> Self {
        let patient = self.patient();
        if let Some(object) = resource.as_object_mut() {
            let next = self.resources.len() + 1;
            object.entry("id").or_insert_with(|| json!(format!("resource-{next}")));
            object.entry("subject").or_insert_with(|| json!({"reference": patient}));
        }
        self.resources.push(resource);
        self
    }

    /// Attaches a document by the practitioner, written on that day.
    #[must_use]
    pub fn attached(self, title: &str, media_type: &str, bytes: &[u8], written: &str) -> Self {
        let author = self.practitioner();
        self.document(title, media_type, bytes, written, Some(author))
    }

    /// Attaches a document of which nobody says who wrote it.
    #[must_use]
    pub fn attached_by_nobody(self, title: &str, media_type: &str, bytes: &[u8], written: &str) -> Self {
        self.document(title, media_type, bytes, written, None)
    }

    fn document(self, title: &str, media_type: &str, bytes: &[u8], written: &str, author: Option<String>) -> Self {
        let data = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
        let mut reference = json!({
            "resourceType": "DocumentReference", "id": format!("document-{}", self.resources.len() + 1), "status": "current",
            "type": {"text": title}, "date": format!("{written}T10:00:00-05:00"),
            "content": [{"attachment": {"contentType": media_type, "title": title, "data": data}}],
        });
        if let Some(author) = author {
            reference["author"] = json!([{"reference": author}]);
        }
        self.resource(reference)
    }

    /// Makes it an update of (or a follow-on to) the request with this number.
    #[must_use]
    pub fn related(mut self, number: &str, relationship: &'static str) -> Self {
        self.related = Some((number.to_owned(), relationship));
        self
    }

    /// Cancels the whole request.
    #[must_use]
    pub const fn cancel_all(mut self) -> Self {
        self.cancel_all = true;
        self
    }

    fn patient(&self) -> String {
        format!("Patient/{}", self.member.member_id)
    }

    fn practitioner(&self) -> String {
        format!("Practitioner/{}", self.provider.npi)
    }

    /// The Bundle as a value.
    #[must_use]
    pub fn value(&self) -> Value {
        let mut entries = vec![self.entry(self.claim(&self.number, &self.asks))];
        if let Some((number, _)) = &self.related {
            entries.push(self.entry(self.claim(number, &self.asks)));
        }
        entries.extend(self.parties().into_iter().map(|r| self.entry(r)));
        entries.extend(self.resources.iter().map(|r| self.entry(r.clone())));
        json!({
            "resourceType": "Bundle", "id": format!("bundle-{}", self.number),
            "meta": {"profile": [format!("{PAS}/profile-pas-request-bundle")]},
            "identifier": {"system": "http://provider.example/bundles", "value": format!("B-{}", self.number)},
            "type": "collection", "timestamp": self.created, "entry": entries,
        })
    }

    /// The Bundle as bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.value().to_string().into_bytes()
    }

    fn entry(&self, resource: Value) -> Value {
        let kind = resource["resourceType"].as_str().unwrap_or_default();
        let id = resource["id"].as_str().unwrap_or_default();
        json!({"fullUrl": format!("{}/{kind}/{id}", self.base), "resource": resource})
    }

    fn claim(&self, number: &str, asks: &[Ask]) -> Value {
        let items: Vec<Value> = asks.iter().enumerate().map(|(n, ask)| item(n + 1, ask)).collect();
        let diagnoses: Vec<Value> = self
            .diagnoses
            .iter()
            .enumerate()
            .map(|(n, code)| json!({"sequence": n + 1, "diagnosisCodeableConcept": {"coding": [{"system": system::ICD10CM, "code": code}]}}))
            .collect();
        let mut claim = json!({
            "resourceType": "Claim", "id": format!("claim-{number}"),
            "meta": {"profile": [format!("{PAS}/profile-claim")]},
            "identifier": [{"system": "http://provider.example/requests", "value": number}],
            "status": "active", "use": "preauthorization",
            "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": "professional"}]},
            "patient": {"reference": self.patient()}, "created": self.created,
            "insurer": {"reference": "Organization/fiction-health"},
            "provider": {"reference": format!("Organization/office-{}", self.provider.npi)},
            "priority": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/processpriority", "code": self.priority}]},
            "careTeam": [{"sequence": 1, "provider": {"reference": self.practitioner()}}],
            "insurance": [{"sequence": 1, "focal": true, "coverage": {"reference": "Coverage/cover"}}],
            "item": items,
        });
        if !diagnoses.is_empty() {
            claim["diagnosis"] = json!(diagnoses);
        }
        if self.cancel_all {
            claim["extension"] = json!([certification("3")]);
        }
        if let Some((related, relationship)) = &self.related
            && related != number
        {
            claim["related"] = json!([{"claim": {"reference": format!("Claim/claim-{related}")},
                "relationship": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "code": relationship}]}}]);
        }
        claim
    }

    fn parties(&self) -> Vec<Value> {
        let m = &self.member;
        let p = &self.provider;
        vec![
            json!({"resourceType": "Patient", "id": m.member_id,
                "identifier": [{"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MB"}]},
                    "system": "http://fiction-health.example/members", "value": m.member_id}],
                "name": [{"family": m.family, "given": [m.given]}], "gender": m.gender, "birthDate": m.birth_date.to_string()}),
            json!({"resourceType": "Coverage", "id": "cover", "status": "active", "subscriberId": m.member_id,
                "beneficiary": {"reference": self.patient()}, "subscriber": {"reference": self.patient()},
                "relationship": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/subscriber-relationship", "code": "self"}]},
                "payor": [{"reference": "Organization/fiction-health"}]}),
            json!({"resourceType": "Organization", "id": "fiction-health", "active": true, "name": "Fiction Health",
                "identifier": [{"system": "http://fiction-health.example/payers", "value": "FICTION1"}]}),
            json!({"resourceType": "Organization", "id": format!("office-{}", p.npi), "active": true, "name": p.name,
                "identifier": [{"system": system::NPI, "value": p.npi}]}),
            json!({"resourceType": "Practitioner", "id": p.npi, "name": [{"text": p.clinician}],
                "identifier": [{"system": system::NPI, "value": p.npi}]}),
        ]
    }
}

fn certification(code: &str) -> Value {
    json!({"url": format!("{PAS}/extension-certificationType"),
        "valueCodeableConcept": {"coding": [{"system": system::X12_CERTIFICATION, "code": code}]}})
}

fn item(sequence: usize, ask: &Ask) -> Value {
    json!({
        "sequence": sequence,
        "extension": [
            {"url": format!("{PAS}/extension-serviceItemRequestType"),
             "valueCodeableConcept": {"coding": [{"system": "https://codesystem.x12.org/005010/1525", "code": "HS"}]}},
            certification(ask.certification),
        ],
        "category": {"coding": [{"system": "https://codesystem.x12.org/005010/1365", "code": "12"}]},
        "productOrService": {"coding": [{"system": system::HCPCS, "code": ask.code}]},
        "servicedPeriod": {"start": ask.from.to_string(), "end": ask.to.to_string()},
        "quantity": {"value": ask.quantity},
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Plan;

    #[test]
    fn claim_stands_first_and_every_reference_resolves() {
        let plan = Plan::new(1, Date::constant(2026, 11, 21));
        let day = Date::constant(2026, 11, 21);
        let bundle = Bundle::new("R-1", &plan.members[0], &plan.providers[0], "2026-11-21T10:00:00-05:00")
            .ask("E1390", day, day, 1)
            .diagnosis("J44.9")
            .measured("59408-5", "88", "%", "2026-11-20")
            .value();
        assert_eq!(bundle["entry"][0]["resource"]["resourceType"], "Claim");
        let urls: Vec<&str> = bundle["entry"].as_array().unwrap().iter().map(|e| e["fullUrl"].as_str().unwrap()).collect();
        fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
            match value {
                Value::Object(map) => map.iter().for_each(|(k, v)| match (k.as_str(), v.as_str()) {
                    ("reference", Some(text)) => found.push(text),
                    _ => references(v, found),
                }),
                Value::Array(list) => list.iter().for_each(|v| references(v, found)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        references(&bundle, &mut found);
        assert!(found.len() > 5);
        for reference in found {
            assert!(urls.iter().any(|u| u.ends_with(reference)), "{reference} is not in the bundle");
        }
    }
}
