//! What cases are about here: one fictional request for home oxygen, with turns.

use base::{Date, Hash, Phi, Timestamp};
use case::Truth;
use case::event::Queue;
use case::finding::{
    Evidence, Finding, Findings, FromText, MissingSet, PolicyRef, Quote, ReadDocument, Reading, Standing, Unread,
};
use store::NewDocument;

/// What a case is about.
#[derive(Clone)]
pub struct Story {
    pub name: String,
    pub member_id: String,
    pub requester: String,
    pub received_at: Timestamp,
    pub expedited: bool,
    pub matched: bool,
    pub root: Truth,
    pub signed: bool,
    pub queue: Option<Queue>,
    /// A note that was read, and the words in it that suggest the last criterion.
    pub note: Option<(&'static str, &'static str)>,
}

impl Story {
    /// Home oxygen whose saturation is above the limit and whose treatment notes are missing; it waits for a physician.
    pub fn unmet(now: Timestamp) -> Self {
        Self {
            name: "Ada Example".to_owned(),
            member_id: "FIC1000001".to_owned(),
            requester: "Lakeside Pulmonary (fictional)".to_owned(),
            received_at: now,
            expedited: false,
            matched: true,
            root: Truth::NotMet,
            signed: true,
            queue: Some(Queue::Physician),
            note: None,
        }
    }
}

/// Three criteria under one root, with evidence in the record of [`bundle`].
pub fn findings(root: Truth, signed: bool) -> Findings {
    let evidence = |resource: &str, says: &str| Evidence {
        resource: resource.to_owned(),
        elements: vec!["value".to_owned()],
        says: Phi::new(says.to_owned()),
        quote: None,
    };
    let finding = |id: &str, parent: Option<&str>, title: &str, citation: &str, truth: Truth, evidence: Vec<Evidence>| Finding {
        id: id.to_owned(),
        parent: parent.map(str::to_owned),
        title: title.to_owned(),
        citation: citation.to_owned(),
        truth,
        evidence,
        text: None,
    };
    let met = root == Truth::Met;
    let (saturation, notes) = if met { (Truth::Met, Truth::Met) } else { (root, Truth::Unknown) };
    Findings {
        line: 1,
        policy: PolicyRef {
            id: "ncd-240.2-home-oxygen".to_owned(),
            version: "2021-09-27.1".to_owned(),
            hash: Hash::of(b"policy"),
            source: "NCD 240.2; LCD L33797".to_owned(),
            signed,
        },
        date_of_service: Date::constant(2026, 11, 20),
        engine: "cql 0.1.0".to_owned(),
        root,
        criteria: vec![
            finding("root", None, "Home oxygen is reasonable and necessary", "NCD 240.2", root, vec![]),
            finding(
                "order",
                Some("root"),
                "A treating practitioner ordered it",
                "42 CFR 410.38",
                Truth::Met,
                vec![evidence("urn:uuid:2", "Order for E1390 by Dr. Lena Example on 2026-11-18")],
            ),
            finding(
                "blood-gas",
                Some("root"),
                "Hypoxemia is shown by a qualifying test",
                "NCD 240.2 section C",
                saturation,
                vec![],
            ),
            finding(
                "saturation",
                Some("blood-gas"),
                "Saturation at or below 88 % at rest, awake, on room air",
                "NCD 240.2 section C, group I(a)",
                saturation,
                vec![evidence("urn:uuid:1", "O2 saturation 93 % at rest on 2026-11-17")],
            ),
            finding(
                "timing",
                Some("blood-gas"),
                "Tested within 30 days of the order",
                "LCD L33797",
                Truth::Met,
                vec![evidence("Observation/spo2", "Tested 2026-11-17, ordered 2026-11-18")],
            ),
            finding(
                "alternatives",
                Some("root"),
                "Other treatment was tried or considered",
                "LCD L33797",
                notes,
                vec![evidence("urn:uuid:gone", "No note of other treatment")],
            ),
        ],
        reading: None,
        missing: if met {
            vec![]
        } else {
            vec![
                MissingSet {
                    criteria: vec!["saturation".to_owned(), "alternatives".to_owned()],
                    asks: vec![
                        "A saturation at rest, awake, on room air, with its date".to_owned(),
                        "A note that other treatment was tried or considered".to_owned(),
                    ],
                },
                MissingSet {
                    criteria: vec!["blood-gas".to_owned()],
                    asks: vec!["An arterial blood gas with PaO2 and its date".to_owned()],
                },
            ]
        },
    }
}

/// A request as it might come: the resources the evidence names, and some that nobody reads.
pub fn bundle(story: &Story) -> String {
    let text = |text: &str| serde_json::to_string(text).unwrap();
    format!(
        r#"{{"resourceType":"Bundle","type":"collection","timestamp":"2026-11-20T15:00:00Z","entry":[
{{"fullUrl":"urn:uuid:0","resource":{{"resourceType":"Claim","id":"claim","status":"active","use":"preauthorization","created":"2026-11-20","item":[{{"sequence":1,"productOrService":{{"coding":[{{"code":"E1390"}}]}}}}]}}}},
{{"fullUrl":"urn:uuid:1","resource":{{"resourceType":"Observation","id":"spo2","status":"final","code":{{"coding":[{{"system":"http://loinc.org","code":"59408-5"}}],"text":"Oxygen saturation by pulse oximetry, at rest"}},"effectiveDateTime":"2026-11-17T09:30:00-05:00","valueQuantity":{{"value":93,"unit":"%"}}}}}},
{{"fullUrl":"urn:uuid:3","resource":{{"resourceType":"Observation","id":"fev1","status":"final","code":{{"text":"FEV1, percent of predicted"}},"effectiveDateTime":"2026-10-02","valueQuantity":{{"value":41.50,"unit":"%"}}}}}},
{{"fullUrl":"urn:uuid:4","resource":{{"resourceType":"Condition","id":"copd","clinicalStatus":{{"coding":[{{"code":"active"}}]}},"code":{{"coding":[{{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"J44.9"}}],"text":"Chronic obstructive pulmonary disease, unspecified"}},"onsetDateTime":"2019-03"}}}},
{{"fullUrl":"urn:uuid:2","resource":{{"resourceType":"DeviceRequest","id":"order","status":"active","intent":"order","codeCodeableConcept":{{"coding":[{{"code":"E1390"}}],"text":"Oxygen concentrator, single delivery port"}},"authoredOn":"2026-11-18"}}}},
{{"fullUrl":"urn:uuid:5","resource":{{"resourceType":"QuestionnaireResponse","id":"qr","status":"completed","authored":"2026-11-19","item":[{{"linkId":"1","text":"Prescribed flow rate","answer":[{{"valueQuantity":{{"value":2.0,"unit":"L/min"}}}}]}},{{"linkId":"2","text":"Tested while awake and at rest","answer":[{{"valueBoolean":true}}]}}]}}}},
{{"fullUrl":"urn:uuid:6","resource":{{"resourceType":"Patient","id":"patient","name":[{{"text":{}}}],"birthDate":"1950-04-01"}}}},
{{"fullUrl":"urn:uuid:7","resource":{{"resourceType":"Organization","id":"office","name":{}}}}}
]}}"#,
        text(&story.name),
        text(&story.requester)
    )
}

/// The note of a story as it is kept when it was read, and what the findings then say of it.
pub fn read(findings: &mut Findings, (note, words): (&str, &str)) -> Vec<NewDocument> {
    let document = Hash::of(note.as_bytes());
    let kept = evidence::Opened::plain(document, "text/plain", note.to_owned()).to_bytes();
    let opened = Hash::of(&kept);
    let start = note.find(words).unwrap();
    let place = |n: usize| u32::try_from(n).unwrap();
    let quote = Quote {
        document,
        part: 0,
        page: 1,
        start: place(start),
        end: place(start + words.len()),
        quality: 100,
        words: Phi::new(words.to_owned()),
    };
    let said = Evidence {
        resource: "urn:avedis:text:1".to_owned(),
        elements: Vec::new(),
        says: Phi::new(String::new()),
        quote: Some(quote),
    };
    let last = findings.criteria.last_mut().unwrap();
    last.text = Some(FromText { says: Truth::Met, standing: Standing::Suggests, evidence: vec![said] });
    let one = ReadDocument { document, media_type: "text/plain".to_owned(), opened: vec![opened], unread: None };
    let unread = Unread { code: "Damaged".to_owned(), reason: "the PDF is damaged: ask the sender for it again".to_owned() };
    let lost = ReadDocument {
        document: Hash::of(b"lost"),
        media_type: "application/pdf".to_owned(),
        opened: Vec::new(),
        unread: Some(unread),
    };
    findings.reading = Some(Reading { lexicon: "0".repeat(64), bundle: Hash::of(b"bundle"), documents: vec![one, lost] });
    vec![
        NewDocument { hash: document, media_type: "text/plain".to_owned(), bytes: note.as_bytes().into() },
        NewDocument { hash: opened, media_type: evidence::OPENED.to_owned(), bytes: kept.into() },
    ]
}
