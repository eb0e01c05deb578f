//! What a resource says, in a few words for a reviewer: `O2 saturation 87 % on 2026-11-02`. The result is protected.

use json::Value;

/// Renders the part of a resource that an answer rests on.
pub(crate) fn says(kind: &str, resource: &Value<'_>, elements: &[String], items: &[String]) -> String {
    let text = match kind {
        "Observation" => observation(resource),
        "QuestionnaireResponse" => answers(resource, elements, items),
        "Claim" => claim(resource),
        _ => coded(resource),
    };
    let day = day(resource);
    match (text.is_empty(), day) {
        (true, None) => kind.to_owned(),
        (true, Some(day)) => format!("{kind} of {day}"),
        (false, None) => text,
        (false, Some(day)) => format!("{text} on {day}"),
    }
}

/// The day the fact is about, as far as it is given.
fn day(resource: &Value<'_>) -> Option<String> {
    let period = |key: &str| resource.get(key).and_then(|period| period.get("start"));
    let value = resource
        .get("effectiveDateTime")
        .or_else(|| resource.get("effectiveInstant"))
        .or_else(|| period("effectivePeriod"))
        .or_else(|| resource.get("performedDateTime"))
        .or_else(|| period("performedPeriod"))
        .or_else(|| period("period"))
        .or_else(|| resource.get("authoredOn"))
        .or_else(|| resource.get("authored"))
        .or_else(|| resource.get("onsetDateTime"))
        .or_else(|| resource.get("recordedDate"))
        .or_else(|| resource.get("created"))?;
    let text = value.as_str()?;
    Some(text.get(..text.len().min(10)).unwrap_or_default().to_owned())
}

/// Text, display or code of a CodeableConcept.
fn concept(concept: &Value<'_>) -> Option<String> {
    if let Some(text) = concept.get("text").and_then(|text| text.as_str()) {
        return Some(text.into_owned());
    }
    let coding = concept.get("coding")?.at(0)?;
    let word = coding.get("display").or_else(|| coding.get("code"))?;
    Some(word.as_str()?.into_owned())
}

fn coded(resource: &Value<'_>) -> String {
    let keys = ["code", "medicationCodeableConcept", "codeCodeableConcept", "type"];
    let mut words: Vec<String> = Vec::new();
    for key in keys {
        if let Some(value) = resource.get(key) {
            words.extend(concept(&value).or_else(|| concept(&value.at(0)?)));
        }
    }
    if let Some(class) = resource.get("class").and_then(|class| class.get("code")).and_then(|code| code.as_str()) {
        words.push(class.into_owned());
    }
    words.join(", ")
}

/// Any `value[x]` in words.
fn value_of(holder: &Value<'_>) -> Option<String> {
    for (key, value) in holder.entries() {
        if !key.starts_with("value") {
            continue;
        }
        return match &*key {
            "valueQuantity" => {
                let number = value.get("value")?.as_number()?;
                let unit = value.get("unit").or_else(|| value.get("code")).and_then(|unit| unit.as_str());
                Some(unit.map_or_else(|| number.to_owned(), |unit| format!("{number} {unit}")))
            }
            "valueCodeableConcept" => concept(&value),
            "valueCoding" => Some(value.get("display").or_else(|| value.get("code"))?.as_str()?.into_owned()),
            "valueBoolean" => Some(if value.as_bool()? { "yes" } else { "no" }.to_owned()),
            _ => value.as_str().map(|text| text.into_owned()).or_else(|| value.as_number().map(str::to_owned)),
        };
    }
    None
}

fn observation(resource: &Value<'_>) -> String {
    let mut words: Vec<String> = Vec::new();
    words.extend(resource.get("code").and_then(|code| concept(&code)));
    words.extend(value_of(resource));
    let mut parts = Vec::new();
    for component in resource.get("component").iter().flat_map(Value::items) {
        let name = component.get("code").and_then(|code| concept(&code));
        if let (Some(name), Some(value)) = (name, value_of(&component)) {
            parts.push(format!("{name} {value}"));
        }
    }
    let mut text = words.join(" ");
    if !parts.is_empty() {
        text.push_str(" (");
        text.push_str(&parts.join(", "));
        text.push(')');
    }
    text
}

/// The answers to the items of a criterion, or to every item the engine read.
fn answers(resource: &Value<'_>, _elements: &[String], items: &[String]) -> String {
    let mut parts = Vec::new();
    collect(resource, items, 0, &mut parts);
    parts.join("; ")
}

fn collect(holder: &Value<'_>, items: &[String], depth: usize, parts: &mut Vec<String>) {
    if depth > 8 {
        return;
    }
    for item in holder.get("item").iter().flat_map(Value::items) {
        let link = item.get("linkId").and_then(|link| link.as_str()).unwrap_or_default();
        if items.iter().any(|wanted| *wanted == *link) {
            let name = item.get("text").and_then(|text| text.as_str()).unwrap_or_else(|| link.clone());
            for answer in item.get("answer").iter().flat_map(Value::items) {
                if let Some(value) = value_of(&answer) {
                    parts.push(format!("{name}: {value}"));
                }
            }
        }
        collect(&item, items, depth + 1, parts);
    }
}

/// The diagnoses of the request: what the policies read of a Claim.
fn claim(resource: &Value<'_>) -> String {
    let mut words = Vec::new();
    for diagnosis in resource.get("diagnosis").iter().flat_map(Value::items) {
        words.extend(diagnosis.get("diagnosisCodeableConcept").and_then(|code| concept(&code)));
    }
    if words.is_empty() { "request".to_owned() } else { format!("diagnosis {} in the request", words.join(", ")) }
}
