//! From facts to a FHIR Bundle.

use base::Date;
use serde_json::{Value, json};

use super::fact::{Fact, number};
use super::file::Case;

const BASE: &str = "https://example.org/fhir";
const LOINC: &str = "http://loinc.org";
const ICD: &str = "http://hl7.org/fhir/sid/icd-10-cm";
const HCPCS: &str = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets";
const NUCC: &str = "http://nucc.org/provider-taxonomy";

/// The people and organizations of every case.
const ACTORS: [(&str, &str); 8] = [
    ("clinician", "Practitioner/clinician"),
    ("unnamed", "Practitioner/unnamed"),
    ("office", "Organization/office"),
    ("laboratory", "Organization/laboratory"),
    ("idtf", "Organization/idtf"),
    ("hospital", "Organization/hospital"),
    ("supplier", "Organization/supplier"),
    ("patient", "Patient/patient"),
];

/// The Bundle of a case, or what is wrong with its facts.
pub(crate) fn bundle(case: &Case) -> Result<Value, String> {
    let mut build = Build { entries: actors(), diagnoses: Vec::new(), as_of: case.as_of };
    for fact in &case.facts {
        build.add(fact)?;
    }
    let diagnoses: Vec<Value> = build
        .diagnoses
        .iter()
        .enumerate()
        .map(|(index, code)| json!({"sequence": index + 1, "diagnosisCodeableConcept": concept(ICD, code)}))
        .collect();
    let claim = json!({
        "resourceType": "Claim", "id": "claim", "status": "active", "use": "preauthorization",
        "created": case.as_of.to_string(), "patient": {"reference": "Patient/patient"},
        "diagnosis": diagnoses,
        "item": [{"sequence": 1, "productOrService": concept(HCPCS, &case.code)}],
    });
    build.entries.insert(0, claim);
    let entries: Vec<Value> = build
        .entries
        .into_iter()
        .map(|resource| {
            let url = format!("{BASE}/{}/{}", text(&resource, "resourceType"), text(&resource, "id"));
            json!({"fullUrl": url, "resource": resource})
        })
        .collect();
    Ok(json!({"resourceType": "Bundle", "type": "collection", "entry": entries}))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn concept(system: &str, code: &str) -> Value {
    json!({"coding": [{"system": system, "code": code}]})
}

fn actors() -> Vec<Value> {
    let organization = |id: &str, code: Option<&str>| {
        let kinds: Vec<Value> = code.iter().map(|code| concept(NUCC, code)).collect();
        json!({"resourceType": "Organization", "id": id, "name": id, "type": kinds})
    };
    vec![
        json!({"resourceType": "Patient", "id": "patient", "name": [{"family": "Example"}]}),
        json!({"resourceType": "Patient", "id": "other", "name": [{"family": "Other"}]}),
        json!({"resourceType": "Practitioner", "id": "clinician", "name": [{"family": "Clinician", "given": ["Clara"]}]}),
        json!({"resourceType": "Practitioner", "id": "unnamed"}),
        organization("office", None),
        organization("laboratory", Some("291U00000X")),
        organization("idtf", Some("293D00000X")),
        organization("hospital", Some("282N00000X")),
        organization("supplier", Some("332B00000X")),
    ]
}

struct Build {
    entries: Vec<Value>,
    diagnoses: Vec<String>,
    as_of: Date,
}

impl Build {
    fn add(&mut self, fact: &Fact) -> Result<(), String> {
        if fact.leads() != 1 {
            return Err("a fact has exactly one leading key".to_owned());
        }
        if let Some(code) = &fact.diagnosis {
            self.diagnoses.push(code.clone());
            return Ok(());
        }
        if let Some(nights) = fact.nights {
            return self.nights(fact, nights);
        }
        let mut resource = self.resource(fact)?;
        let about = match fact.about.as_deref() {
            None | Some("patient") => "Patient/patient",
            Some("other") => "Patient/other",
            Some(_) => return Err("`about` is patient or other".to_owned()),
        };
        resource["subject"] = json!({"reference": about});
        if let Some(status) = &fact.status {
            resource["status"] = json!(status);
        }
        self.push(resource);
        Ok(())
    }

    fn push(&mut self, mut resource: Value) {
        resource["id"] = json!(format!("r{}", self.entries.len()));
        self.entries.push(resource);
    }

    fn resource(&self, fact: &Fact) -> Result<Value, String> {
        let day = self.day(fact)?;
        if let Some(answers) = &fact.form {
            return form(fact, answers, day);
        }
        if let Some(value) = &fact.saturation {
            return oxygen(fact, "59408-5", "O2 saturation", value, "%", day);
        }
        if let Some(value) = &fact.pressure {
            return oxygen(fact, "2703-7", "PaO2", value, "mm[Hg]", day);
        }
        if let Some(value) = &fact.sleep_index {
            return sleep(fact, value, day);
        }
        if let Some(code) = &fact.observe {
            return observe(fact, code, day);
        }
        if let Some(code) = &fact.condition {
            return Ok(json!({
                "resourceType": "Condition", "code": concept(ICD, code), "recordedDate": day.to_string(),
                "clinicalStatus": concept("http://terminology.hl7.org/CodeSystem/condition-clinical", fact.status.as_deref().unwrap_or("active")),
                "verificationStatus": concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", fact.verification.as_deref().unwrap_or("confirmed")),
            }));
        }
        if let Some(class) = &fact.visit {
            let reasons: Vec<Value> = fact.reason.iter().map(|code| concept(ICD, code)).collect();
            return Ok(json!({
                "resourceType": "Encounter", "status": "finished",
                "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": class},
                "period": {"start": day.to_string()}, "reasonCode": reasons,
            }));
        }
        if let Some(code) = &fact.order {
            return Ok(json!({
                "resourceType": "DeviceRequest", "status": "active", "intent": "order", "authoredOn": day.to_string(),
                "codeCodeableConcept": concept(HCPCS, code), "requester": actor(fact)?,
            }));
        }
        if let Some(code) = &fact.medication {
            let (system, code) = code.split_once('|').ok_or("a medication is system|code")?;
            let coding = json!({"system": system, "code": code, "display": fact.display});
            return Ok(json!({
                "resourceType": "MedicationRequest", "status": "active", "intent": "order", "authoredOn": day.to_string(),
                "medicationCodeableConcept": {"coding": [without_nulls(coding)]},
            }));
        }
        if let Some(since) = &fact.device_since {
            let since: Date = since.parse().map_err(|_| "device-since is not a date")?;
            return Ok(
                json!({"resourceType": "DeviceUseStatement", "status": "active", "timingPeriod": {"start": since.to_string()}}),
            );
        }
        Err("an empty fact".to_owned())
    }

    fn day(&self, fact: &Fact) -> Result<Date, String> {
        match &fact.day {
            None => Ok(self.as_of),
            Some(text) => text.parse().map_err(|_| format!("`{text}` is not a day that exists")),
        }
    }

    fn nights(&mut self, fact: &Fact, nights: u32) -> Result<(), String> {
        if nights > 400 {
            return Err("at most 400 nights".to_owned());
        }
        let hours = fact.hours.as_ref().and_then(number).ok_or("nights have `hours`")?;
        let mut day = self.day(fact)?;
        for _ in 0..nights {
            self.push(json!({
                "resourceType": "Observation", "status": "final", "subject": {"reference": "Patient/patient"},
                "code": concept("urn:avedis:device", "pap-hours"), "effectiveDateTime": day.to_string(),
                "valueQuantity": quantity(hours.clone(), "h"),
            }));
            day = day.tomorrow().map_err(|_| "a night past the end of time")?;
        }
        Ok(())
    }
}

fn without_nulls(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, member| !member.is_null());
    }
    value
}

fn quantity(value: Value, unit: &str) -> Value {
    json!({"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit})
}

fn actor(fact: &Fact) -> Result<Value, String> {
    let name = fact.by.as_deref().unwrap_or("clinician");
    if name == "nobody" {
        return Ok(Value::Null);
    }
    let found = ACTORS.iter().find(|(actor, _)| *actor == name);
    found.map(|(_, reference)| json!({"reference": reference})).ok_or_else(|| format!("`{name}` is nobody of the cast"))
}

fn performers(fact: &Fact) -> Result<Value, String> {
    let actor = actor(fact)?;
    Ok(if actor.is_null() { json!([]) } else { json!([actor]) })
}

fn form(fact: &Fact, answers: &std::collections::BTreeMap<String, toml::Value>, day: Date) -> Result<Value, String> {
    let mut items = Vec::new();
    for (link, answer) in answers {
        let values: Vec<Value> = match answer {
            toml::Value::Array(several) => several.iter().map(answer_of).collect::<Result<_, _>>()?,
            one => vec![answer_of(one)?],
        };
        items.push(json!({"linkId": link, "answer": values}));
    }
    Ok(without_nulls(json!({
        "resourceType": "QuestionnaireResponse", "status": "completed", "authored": day.to_string(),
        "author": actor(fact)?, "item": [{"linkId": "form", "item": items}],
    })))
}

/// Booleans, dates, numbers; any other text is a choice.
fn answer_of(answer: &toml::Value) -> Result<Value, String> {
    Ok(match answer {
        toml::Value::Boolean(value) => json!({"valueBoolean": value}),
        toml::Value::Integer(value) => json!({"valueInteger": value}),
        toml::Value::String(text) if text.parse::<Date>().is_ok() => json!({"valueDate": text}),
        toml::Value::String(text) if text.parse::<base::Decimal>().is_ok() => json!({"valueDecimal": number(answer)}),
        toml::Value::String(text) => json!({"valueCoding": {"code": text}}),
        toml::Value::Float(_) => json!({"valueDecimal": number(answer)}),
        _ => return Err("an answer is yes or no, a number, a date or a choice".to_owned()),
    })
}

fn oxygen(fact: &Fact, code: &str, name: &str, value: &toml::Value, unit: &str, day: Date) -> Result<Value, String> {
    let value = number(value).ok_or("not a number")?;
    let mut components = Vec::new();
    let state = fact.state.as_deref().unwrap_or("rest");
    if state != "unstated" {
        let value = concept("urn:avedis:oximetry-state", state);
        components.push(json!({"code": concept("urn:avedis:oximetry", "state"), "valueCodeableConcept": value}));
    }
    if fact.air.unwrap_or(state != "exercise-oxygen") {
        components.push(json!({"code": concept("urn:avedis:oximetry", "room-air"), "valueBoolean": true}));
    }
    Ok(json!({
        "resourceType": "Observation", "status": "final", "effectiveDateTime": day.to_string(),
        "code": {"coding": [{"system": LOINC, "code": code}], "text": name},
        "valueQuantity": quantity(value, fact.unit.as_deref().unwrap_or(unit)),
        "performer": performers(fact)?, "component": components,
    }))
}

fn sleep(fact: &Fact, value: &toml::Value, day: Date) -> Result<Value, String> {
    let value = number(value).ok_or("not a number")?;
    let measure = fact.measure.as_deref().unwrap_or("ahi");
    let mut components = Vec::new();
    if let Some(events) = fact.events {
        components.push(json!({"code": concept("urn:avedis:sleep-test", "events"), "valueInteger": events}));
    }
    if let Some(kind) = &fact.kind {
        let kind = concept("urn:avedis:sleep-test-type", kind);
        components.push(json!({"code": concept("urn:avedis:sleep-test", "type"), "valueCodeableConcept": kind}));
    }
    Ok(json!({
        "resourceType": "Observation", "status": "final", "effectiveDateTime": day.to_string(),
        "code": {"coding": [{"system": "urn:avedis:sleep-test", "code": measure}], "text": measure.to_uppercase()},
        "valueQuantity": quantity(value, fact.unit.as_deref().unwrap_or("/h")),
        "performer": performers(fact)?, "component": components,
    }))
}

fn observe(fact: &Fact, code: &str, day: Date) -> Result<Value, String> {
    let (system, code) = code.split_once('|').unwrap_or((LOINC, code));
    let mut resource = json!({
        "resourceType": "Observation", "status": "final", "effectiveDateTime": day.to_string(),
        "code": concept(system, code), "performer": performers(fact)?,
    });
    match (&fact.value, fact.yes) {
        (Some(value), None) => {
            let value = number(value).ok_or("not a number")?;
            resource["valueQuantity"] = quantity(value, fact.unit.as_deref().unwrap_or("1"));
        }
        (None, Some(yes)) => resource["valueBoolean"] = json!(yes),
        _ => return Err("an observation has `value` or `yes`".to_owned()),
    }
    Ok(resource)
}
