//! What a resource says, in a few words for a reviewer: `O2 saturation 87 % on 2026-11-02`. The result is protected.

use json::Value;

/// Words and elements for a piece of evidence.
pub(crate) struct Said {
    /// In a few words.
    pub text: String,
    /// The elements that say it, as FHIRPath below the resource.
    pub elements: Vec<String>,
}

/// Renders a resource, or the part of it that an answer rests on.
pub(crate) fn says(kind: &str, resource: &Value<'_>, part: &Value<'_>) -> Said {
    let whole = part.id() == resource.id();
    let (mut text, elements) = match kind {
        "QuestionnaireResponse" if !whole => (item(part), vec![format!("{}.answer.value", path(resource, part))]),
        "Claim" if !whole => (diagnosis(part), vec![format!("{}.diagnosis", path(resource, part))]),
        "Observation" => (observation(resource), words(&["value", "component", "effective"], resource)),
        _ => (
            coded(resource),
            words(
                &["code", "medication", "type", "class", "reasonCode", "effective", "period", "timing", "authoredOn"],
                resource,
            ),
        ),
    };
    if text.is_empty() {
        kind.clone_into(&mut text);
    }
    if let Some(day) = day(resource) {
        text.push_str(" on ");
        text.push_str(&day);
    }
    Said { text, elements }
}

/// Those of the elements that the resource has; a choice by its FHIRPath name.
fn words(wanted: &[&str], resource: &Value<'_>) -> Vec<String> {
    let has = |name: &str| {
        resource.members().any(|member| {
            member.key_raw().is_some_and(|key| {
                let rest = key.strip_prefix(name.as_bytes());
                rest.is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_uppercase))
            })
        })
    };
    wanted.iter().filter(|name| has(name)).map(|name| (*name).to_owned()).collect()
}

/// The path from a resource down to one of its nodes: `item[1].item[0]`.
fn path(resource: &Value<'_>, part: &Value<'_>) -> String {
    let (mut out, mut at) = (String::new(), *resource);
    while at.id() != part.id() {
        let children = match at.kind() {
            json::Kind::Array => at.items(),
            _ => at.members(),
        };
        let Some((index, child)) = children.enumerate().take_while(|(_, child)| child.id() <= part.id()).last() else {
            return out;
        };
        match child.key() {
            Some(key) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(&key);
            }
            None => out.push_str(&format!("[{index}]")),
        }
        at = child;
    }
    out
}

/// The day the fact is about, as far as it is given.
fn day(resource: &Value<'_>) -> Option<String> {
    let period = |key: &str| resource.get(key).and_then(|period| period.get("start"));
    let value = resource
        .get("effectiveDateTime")
        .or_else(|| resource.get("effectiveInstant"))
        .or_else(|| period("effectivePeriod"))
        .or_else(|| period("period"))
        .or_else(|| period("timingPeriod"))
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
        words.push(format!("visit {class}"));
    }
    words.join(", ")
}

/// Any `value[x]` in words.
fn value_of(holder: &Value<'_>) -> Option<String> {
    for value in holder.members() {
        let Some(kind) = value.key_raw().and_then(|key| key.strip_prefix(b"value")) else { continue };
        return match kind {
            b"Quantity" => {
                let number = value.get("value")?.as_number()?;
                let unit = value.get("unit").or_else(|| value.get("code")).and_then(|unit| unit.as_str());
                Some(unit.map_or_else(|| number.to_owned(), |unit| format!("{number} {unit}")))
            }
            b"CodeableConcept" => concept(&value),
            b"Coding" => Some(value.get("display").or_else(|| value.get("code"))?.as_str()?.into_owned()),
            b"Boolean" => Some(if value.as_bool()? { "yes" } else { "no" }.to_owned()),
            _ => value.as_str().map(|text| text.into_owned()).or_else(|| value.as_number().map(str::to_owned)),
        };
    }
    None
}

fn observation(resource: &Value<'_>) -> String {
    let mut text = resource.get("code").and_then(|code| concept(&code)).unwrap_or_default();
    if let Some(value) = value_of(resource) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&value);
    }
    let mut open = false;
    for component in resource.get("component").iter().flat_map(Value::items) {
        let name = component.get("code").and_then(|code| concept(&code));
        if let (Some(name), Some(value)) = (name, value_of(&component)) {
            text.push_str(if open { ", " } else { " (" });
            text.push_str(&name);
            text.push(' ');
            text.push_str(&value);
            open = true;
        }
    }
    if open {
        text.push(')');
    }
    text
}

/// An item of a form with its answers.
fn item(item: &Value<'_>) -> String {
    let name = item.get("text").or_else(|| item.get("linkId")).and_then(|name| name.as_str()).unwrap_or_default();
    let answers: Vec<String> = item.get("answer").iter().flat_map(Value::items).filter_map(|answer| value_of(&answer)).collect();
    format!("{name}: {}", answers.join(", "))
}

/// A diagnosis of the request.
fn diagnosis(part: &Value<'_>) -> String {
    let code = part.get("diagnosisCodeableConcept").and_then(|code| concept(&code));
    format!("diagnosis {} in the request", code.unwrap_or_default())
}
