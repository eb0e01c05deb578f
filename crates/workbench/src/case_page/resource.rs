//! A FHIR resource as a row a reviewer can read: what it is about, what it says, when. Generic on purpose: it looks for the
//! elements most resources share and shows nothing it would have to interpret; the whole is one click away as JSON.

use json::Value;

/// Longest text shown of one element, in characters; the whole is in the document.
const MAX_TEXT: usize = 600;
/// Most answers or components shown of one resource.
const MAX_DETAILS: usize = 200;
/// Deepest nesting of questionnaire items shown.
const MAX_DEPTH: usize = 8;

/// A resource as a row.
pub(crate) struct Row {
    /// Its type.
    pub kind: String,
    /// What it is about, in words.
    pub label: String,
    /// Its code, when it has one.
    pub code: String,
    /// What it says.
    pub value: String,
    /// When.
    pub date: String,
    /// Its status.
    pub status: String,
    /// Questions and answers, components, notes: name and text.
    pub details: Vec<(String, String)>,
    /// Where links to it point.
    pub anchor: String,
    /// How evidence may name it: full URL and `Type/id`.
    pub names: Vec<String>,
}

const LABELS: [&str; 14] = [
    "code",
    "codeCodeableConcept",
    "medicationCodeableConcept",
    "productOrService",
    "vaccineCode",
    "type",
    "deviceName",
    "name",
    "title",
    "description",
    "category",
    "subscriberId",
    "questionnaire",
    "class",
];
const VALUES: [&str; 15] = [
    "valueQuantity",
    "valueCodeableConcept",
    "valueString",
    "valueBoolean",
    "valueInteger",
    "valueDateTime",
    "valuePeriod",
    "valueRange",
    "valueRatio",
    "conclusion",
    "clinicalStatus",
    "birthDate",
    "gender",
    "subscriberId",
    "dataAbsentReason",
];
const DATES: [&str; 21] = [
    "effectiveDateTime",
    "effectivePeriod",
    "effectiveInstant",
    "performedDateTime",
    "performedPeriod",
    "occurrenceDateTime",
    "occurrencePeriod",
    "onsetDateTime",
    "onsetPeriod",
    "servicedDate",
    "servicedPeriod",
    "period",
    "authoredOn",
    "authored",
    "recordedDate",
    "date",
    "created",
    "issued",
    "sent",
    "timestamp",
    "dateAsserted",
];

/// The row of a resource.
pub(crate) fn row(resource: Value<'_>, full_url: Option<String>, anchor: String) -> Row {
    let kind = text_of(resource, "resourceType");
    let id = text_of(resource, "id");
    let labelled = LABELS.iter().find_map(|name| Some((*name, resource.get(name)?)));
    let (label, code) = labelled.map_or_else(Default::default, |(_, value)| (shown(value), code_of(value)));
    let value = VALUES
        .iter()
        .filter(|name| labelled.is_none_or(|(label, _)| label != **name))
        .find_map(|name| resource.get(name))
        .map(shown)
        .unwrap_or_default();
    let date = DATES.iter().find_map(|name| resource.get(name)).map(|value| moment(&shown(value))).unwrap_or_default();
    let mut names: Vec<String> = full_url.into_iter().collect();
    if !id.is_empty() {
        names.push(format!("{kind}/{id}"));
    }
    let label = if label.is_empty() { crate::words::from_type(&kind) } else { label };
    Row { label, code, value, date, status: text_of(resource, "status"), details: details(resource), anchor, names, kind }
}

fn text_of(value: Value<'_>, name: &str) -> String {
    value.get(name).and_then(|v| v.as_str()).map(|text| cut(&text)).unwrap_or_default()
}

/// `2026-11-17T09:30:00-05:00` as `2026-11-17 09:30 -05:00`: a date and time as sent, without its seconds. Anything else as it is.
fn moment(text: &str) -> String {
    let Some((day, time)) = text.split_once('T').filter(|(day, _)| day.len() == 10) else { return text.to_owned() };
    let (Some(clock), Some(rest)) = (time.get(..5), time.get(5..)) else { return text.to_owned() };
    let zone = rest.find(['Z', '+', '-']).map_or("", |at| &rest[at..]);
    format!("{day} {clock} {zone}").trim_end().to_owned()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// An element in words: a concept's text, a quantity with its unit, a name, a period, a first of several.
pub(crate) fn shown(value: Value<'_>) -> String {
    match value.kind() {
        json::Kind::String => value.as_str().map(|text| cut(&text)).unwrap_or_default(),
        json::Kind::Number => value.as_number().unwrap_or_default().to_owned(),
        json::Kind::Bool => if value.as_bool() == Some(true) { "yes" } else { "no" }.to_owned(),
        json::Kind::Null => String::new(),
        json::Kind::Array => value.items().take(3).map(shown).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", "),
        json::Kind::Object => object(value),
    }
}

fn object(value: Value<'_>) -> String {
    let has = |name: &str| value.get(name).is_some();
    if has("coding") || (has("text") && !has("family") && !has("given")) {
        return concept(value);
    }
    if has("family") || has("given") {
        let given = value.get("given").map(shown).unwrap_or_default().replace(", ", " ");
        return format!("{given} {}", text_of(value, "family")).trim().to_owned();
    }
    if has("numerator") || has("denominator") {
        let part = |name: &str| value.get(name).map(shown).unwrap_or_default();
        return format!("{} / {}", part("numerator"), part("denominator"));
    }
    if has("low") || has("high") {
        let part = |name: &str| value.get(name).map_or_else(|| "…".to_owned(), shown);
        return format!("{} to {}", part("low"), part("high"));
    }
    if has("start") || has("end") {
        return format!("{} to {}", text_of(value, "start"), text_of(value, "end")).trim_end_matches(" to ").to_owned();
    }
    if has("value") {
        let unit = ["unit", "code"].iter().map(|name| text_of(value, name)).find(|unit| !unit.is_empty()).unwrap_or_default();
        let number = value.get("value").map(shown).unwrap_or_default();
        return format!("{}{number} {unit}", text_of(value, "comparator")).trim_end().to_owned();
    }
    ["display", "code", "name", "reference", "url", "title"]
        .iter()
        .map(|name| text_of(value, name))
        .find(|t| !t.is_empty())
        .unwrap_or_default()
}

fn concept(value: Value<'_>) -> String {
    let text = text_of(value, "text");
    if !text.is_empty() {
        return text;
    }
    let coding = value.get("coding").and_then(|codings| codings.at(0));
    let Some(coding) = coding else { return String::new() };
    let display = text_of(coding, "display");
    if display.is_empty() { text_of(coding, "code") } else { display }
}

fn code_of(value: Value<'_>) -> String {
    let concept = if value.kind() == json::Kind::Array { value.at(0) } else { Some(value) };
    let codings = concept.and_then(|concept| concept.get("coding"));
    codings
        .map(|codings| codings.items().take(3).map(|coding| text_of(coding, "code")).collect::<Vec<_>>().join(", "))
        .unwrap_or_default()
}

fn details(resource: Value<'_>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let each = |name: &str| resource.get(name).into_iter().flat_map(|list| list.items().collect::<Vec<_>>());
    for component in each("component") {
        let value = VALUES.iter().find_map(|name| component.get(name)).map(shown).unwrap_or_default();
        out.push((component.get("code").map(shown).unwrap_or_default(), value));
    }
    if resource.get("resourceType").is_some_and(|kind| kind.is_str("QuestionnaireResponse")) {
        each("item").for_each(|item| answers(item, 0, &mut out));
    }
    for content in each("content") {
        let attachment = content.get("attachment");
        let title = attachment.map(|a| text_of(a, "title")).unwrap_or_default();
        let kind = attachment.map(|a| text_of(a, "contentType")).unwrap_or_default();
        out.push(("Attachment".to_owned(), [title, kind].join(" ").trim().to_owned()));
    }
    for note in each("note") {
        out.push(("Note".to_owned(), text_of(note, "text")));
    }
    for dosage in each("dosageInstruction") {
        out.push(("Dosage".to_owned(), text_of(dosage, "text")));
    }
    out.retain(|(name, text)| !name.is_empty() || !text.is_empty());
    out.truncate(MAX_DETAILS);
    out
}

fn answers(item: Value<'_>, depth: usize, out: &mut Vec<(String, String)>) {
    if depth > MAX_DEPTH || out.len() >= MAX_DETAILS {
        return;
    }
    let question = [text_of(item, "text"), text_of(item, "linkId")].into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    let given: Vec<Value<'_>> = item.get("answer").into_iter().flat_map(|list| list.items().collect::<Vec<_>>()).collect();
    if !given.is_empty() {
        let words = given.iter().map(|answer| {
            answer.entries().find(|(name, _)| name.starts_with("value")).map(|(_, v)| shown(v)).unwrap_or_default()
        });
        out.push((question, words.collect::<Vec<_>>().join(", ")));
    }
    let nested = given.iter().filter_map(|answer| answer.get("item")).chain(item.get("item"));
    for list in nested {
        list.items().for_each(|item| answers(item, depth + 1, out));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: [&str; 5]) -> Row {
        let document = json::Document::parse(json.as_bytes().to_vec(), &json::Limits::default()).unwrap();
        let row = row(document.root(), Some("urn:x".to_owned()), "r0".to_owned());
        assert_eq!([&row.label, &row.code, &row.value, &row.date, &row.status], expected, "{json}");
        row
    }

    #[test]
    fn rows_of_the_usual_resources() {
        let row = check(
            r#"{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"code":"59408-5","display":"SpO2"}]},"effectiveDateTime":"2026-11-02","valueQuantity":{"value":87.0,"unit":"%"}}"#,
            ["SpO2", "59408-5", "87.0 %", "2026-11-02", "final"],
        );
        assert_eq!(row.names, ["urn:x", "Observation/o"]);
        check(
            r#"{"resourceType":"Condition","code":{"text":"COPD","coding":[{"code":"J44.9"}]},"clinicalStatus":{"coding":[{"code":"active"}]},"onsetPeriod":{"start":"2020"}}"#,
            ["COPD", "J44.9", "active", "2020", ""],
        );
        check(
            r#"{"resourceType":"Patient","name":[{"family":"Doe","given":["A","B"]}],"birthDate":"1950-01-01"}"#,
            ["A B Doe", "", "1950-01-01", "", ""],
        );
        check(r#"{"resourceType":"Basic"}"#, ["Basic", "", "", "", ""]);
        check(
            r#"{"resourceType":"Observation","code":7,"valueRange":{"low":{"value":1,"unit":"L"}}}"#,
            ["7", "", "1 L to …", "", ""],
        );
    }

    #[test]
    fn questionnaire_answers_are_listed_with_their_questions() {
        let row = check(
            r#"{"resourceType":"QuestionnaireResponse","status":"completed","item":[{"linkId":"1","text":"Group","item":[
                {"linkId":"1.1","text":"Flow?","answer":[{"valueDecimal":2.50}]},{"linkId":"1.2","answer":[{"valueBoolean":true}]}]}]}"#,
            ["Questionnaire response", "", "", "", "completed"],
        );
        assert_eq!(row.details, [("Flow?".to_owned(), "2.50".to_owned()), ("1.2".to_owned(), "yes".to_owned())]);
    }

    #[test]
    fn moments_lose_only_their_seconds() {
        for (sent, shown) in [
            ("2026-11-17T09:30:00-05:00", "2026-11-17 09:30 -05:00"),
            ("2026-11-17T09:30:00.5Z", "2026-11-17 09:30 Z"),
            ("2026-11", "2026-11"),
            ("T", "T"),
            ("2026-11-17Té", "2026-11-17Té"),
        ] {
            assert_eq!(moment(sent), shown);
        }
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(cut(&"é".repeat(MAX_TEXT + 1)).chars().count(), MAX_TEXT + 1);
    }
}
