//! Tables of what a line of text says: values with their unit, times, sigs. The right-hand side is written as [`shown`] writes it.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use text::detail::{Comparator, Measured, PartialDate, Sig, When};
use text::lexicon::{Builder, Entry, Role};
use text::{Coding, Fact, Kind, Lexicon, Section};

const LOINC: &str = "http://loinc.org";

/// LOINC, usual unit, lowest and highest value, other units, whether a bare number is in the usual unit.
const VARIABLES: [(&str, &str, &str, &str, &str, bool); 20] = [
    ("85354-9", "mm[Hg]", "15", "320", "", true),
    ("8867-4", "/min", "15", "320", "", true),
    ("9279-1", "/min", "2", "90", "", true),
    ("8310-5", "[degF]", "28", "113", "Cel", false),
    ("59408-5", "%", "30", "100", "", true),
    ("39156-5", "kg/m2", "7", "120", "", true),
    ("4548-4", "%", "2", "22", "mmol/mol", true),
    ("10230-1", "%", "5", "90", "", true),
    ("718-7", "g/dL", "1", "28", "g/L", true),
    ("2160-0", "mg/dL", "0.1", "40", "umol/L", true),
    ("2951-2", "mmol/L", "90", "200", "meq/L", true),
    ("2823-3", "mmol/L", "1", "12", "meq/L", true),
    ("6301-6", "{INR}", "0.5", "30", "", true),
    ("69990-9", "/h", "0", "200", "", true),
    ("62238-1", "mL/min/{1.73_m2}", "1", "250", "mL/min", true),
    ("777-3", "10*3/uL", "1", "3000", "10*9/L", true),
    ("6690-2", "10*3/uL", "0.1", "1000", "10*9/L", true),
    ("20150-9", "L", "0.2", "8", "%|mL", false),
    ("2019-8", "mm[Hg]", "8", "180", "kPa", true),
    ("2703-7", "mm[Hg]", "10", "700", "kPa", true),
];

/// Name, LOINC (measurements) or kind, further terms.
const TERMS: [(&str, &str, &str); 61] = [
    ("a1c", "4548-4", "hba1c|hemoglobin a1c"),
    ("spo2", "59408-5", "oxygen saturation|o2 sat|saturation"),
    ("ahi", "69990-9", "apnea hypopnea index"),
    ("ef", "10230-1", "ejection fraction|lvef"),
    ("bmi", "39156-5", "body mass index"),
    ("blood pressure", "85354-9", "bp"),
    ("heart rate", "8867-4", "hr|pulse"),
    ("respiratory rate", "9279-1", "rr"),
    ("temperature", "8310-5", "temp"),
    ("hemoglobin", "718-7", "hgb|hb"),
    ("creatinine", "2160-0", "cr"),
    ("sodium", "2951-2", "na"),
    ("potassium", "2823-3", "k"),
    ("chloride", "2075-0", "cl"),
    ("platelets", "777-3", "plt|platelet count"),
    ("white blood cell count", "6690-2", "wbc"),
    ("inr", "6301-6", ""),
    ("egfr", "62238-1", "gfr"),
    ("pao2", "2703-7", "po2"),
    ("paco2", "2019-8", "pco2"),
    ("fev1", "20150-9", ""),
    ("fev1/fvc", "19926-5", "fev1/fvc ratio"),
    ("weight", "29463-7", "wt"),
    ("height", "8302-2", "ht"),
    ("phq-9", "44261-6", "phq 9"),
    ("ana", "8061-4", "ana titer"),
    ("ast", "1920-8", ""),
    ("alt", "1742-6", ""),
    ("psa", "2857-1", ""),
    ("crp", "1988-5", ""),
    ("esr", "4537-7", ""),
    ("t-score", "38263-0", "t score"),
    ("troponin", "6598-7", ""),
    ("glucose", "2345-7", ""),
    ("albumin", "1751-7", ""),
    ("tsh", "3016-3", ""),
    ("ferritin", "2276-4", ""),
    ("ldl", "13457-7", ""),
    ("bilirubin", "1975-2", ""),
    ("pain", "finding", ""),
    ("cough", "finding", ""),
    ("fever", "finding", ""),
    ("dyspnea", "finding", ""),
    ("palpitations", "finding", ""),
    ("back pain", "finding", ""),
    ("mass", "problem", ""),
    ("nodule", "problem", ""),
    ("stroke", "problem", ""),
    ("diabetes", "problem", ""),
    ("murmur", "finding", ""),
    ("knee replacement", "procedure", "tka"),
    ("physical therapy", "procedure", "pt"),
    ("colonoscopy", "procedure", ""),
    ("mri", "procedure", ""),
    ("epidural steroid injection", "procedure", "esi"),
    ("metformin", "medication", ""),
    ("prednisone", "medication", ""),
    ("hydrocodone-acetaminophen", "medication", "norco"),
    ("adalimumab", "medication", "humira"),
    ("insulin glargine", "medication", "lantus"),
    ("albuterol", "medication", ""),
];

fn lexicon() -> &'static Lexicon {
    static ONE: std::sync::OnceLock<Lexicon> = std::sync::OnceLock::new();
    ONE.get_or_init(made)
}

fn made() -> Lexicon {
    let mut builder = Builder::new();
    builder.string(LOINC);
    for (name, what, more) in TERMS {
        let kind = match what {
            "finding" => Kind::Finding,
            "problem" => Kind::Problem,
            "procedure" => Kind::Procedure,
            "medication" => Kind::Medication,
            _ => Kind::Measurement,
        };
        let code = (kind == Kind::Measurement).then(|| Coding { system: LOINC.to_owned(), code: what.to_owned() });
        let concept = builder.concept(kind, name, code.into_iter().collect());
        if let Some((_, unit, low, high, others, implied)) = VARIABLES.iter().find(|v| v.0 == what) {
            builder.variable(concept, unit, (low, high), others, *implied);
        }
        for term in std::iter::once(name).chain(more.split('|').filter(|t| !t.is_empty())) {
            let entry = Entry { role: Role::Concept, target: concept.0, capitals: false, ambiguous: false };
            builder.term(term, entry).unwrap();
        }
    }
    for (heading, section) in
        [("labs", Section::Results), ("assessment", Section::Assessment), ("medications", Section::Medications)]
    {
        let target = text::layout::section_number(section);
        builder.term(heading, Entry { role: Role::Heading, target, capitals: false, ambiguous: false }).unwrap();
    }
    Lexicon::from_bytes(builder.finish()).unwrap()
}

/// The facts of a text, with their values, sigs and times and nothing else.
fn facts(lexicon: &Lexicon, text: &str, written: Option<PartialDate>) -> Vec<Fact> {
    let scanned = text::scan::scan(text, lexicon);
    let plain = scanned.mentions.iter().filter_map(|mention| {
        let entry = mention.entry(Role::Concept)?;
        Some(Fact {
            codes: lexicon.codings(entry.target).collect(),
            name: lexicon.name(entry.target).to_owned(),
            sentence: mention.sentence,
            ..Fact::plain(lexicon.kind(entry.target), mention.span)
        })
    });
    let mut facts: Vec<Fact> = plain.collect();
    let found = text::quantity::find(&scanned, written);
    text::quantity::bind(&scanned, &found, &mut facts);
    text::medication::bind(&scanned, &found, &mut facts);
    text::time::bind(&scanned, &found, &mut facts);
    facts.sort_by_key(|f| (f.span, f.value.as_ref().map(|v| v.span), f.name.clone()));
    facts
}

fn value(value: &Measured) -> String {
    let sign = match value.comparator {
        Comparator::Is => "",
        Comparator::Less => "<",
        Comparator::AtMost => "<=",
        Comparator::Greater => ">",
        Comparator::AtLeast => ">=",
        Comparator::About => "~",
    };
    let high = value.high.map(|h| format!("..{h}")).unwrap_or_default();
    let unit = value.unit.as_ref().map(|u| format!(" {u}")).unwrap_or_default();
    format!("{sign}{}{high}{unit}{}", value.low, if value.implied_unit { "?" } else { "" })
}

fn when(when: &When) -> String {
    let date = |d: Option<PartialDate>| d.map(|d| d.to_string()).unwrap_or_default();
    let mut parts = Vec::new();
    match (when.from, when.to) {
        (None, None) => {}
        (from, to) if from == to => parts.push(date(from)),
        (from, to) => parts.push(format!("{}..{}", date(from), date(to))),
    }
    parts.extend(when.lasted.clone());
    parts.extend(when.every.as_ref().map(|e| format!("{}/{}", e.times, e.period)));
    parts.join(" ")
}

fn sig(sig: &Sig) -> String {
    let mut parts: Vec<String> = sig.dose.iter().map(value).collect();
    parts.extend(sig.route.clone());
    parts.extend(sig.every.as_ref().map(|e| format!("{}/{}", e.times, e.period)));
    parts.extend(sig.lasts.as_ref().map(|l| format!("for {l}")));
    parts.extend(sig.as_needed.then(|| "prn".to_owned()));
    parts.join(" ")
}

/// All facts that have something to say, `name = what`.
fn shown(facts: &[Fact]) -> String {
    let rows = facts.iter().filter_map(|f| {
        let mut says: Vec<String> = f.value.iter().map(value).collect();
        says.extend(f.sig.iter().map(sig));
        says.extend(f.when.iter().map(|w| format!("@{}", when(w))));
        (!says.is_empty()).then(|| format!("{} = {}", f.name, says.join(" ")))
    });
    rows.collect::<Vec<_>>().join("; ")
}

/// Reads `tests/data/NAME.tsv`: text TAB what is expected; `\n` stands for a line end. The document is of 2024-06-15, a Saturday.
fn check(name: &str) {
    let path = format!("{}/tests/data/{name}.tsv", env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(&path).unwrap();
    let lexicon = lexicon();
    let written = "2024-06-15".parse().ok();
    let (mut rows, mut wrong) = (0, Vec::new());
    for (number, row) in table.lines().enumerate().filter(|(_, l)| !l.is_empty() && !l.starts_with('#')) {
        let (text, expected) = row.split_once('\t').unwrap_or_else(|| panic!("{name}:{}: no tab", number + 1));
        let text = text.replace("\\n", "\n").replace("\\t", "\t");
        let facts = facts(lexicon, &text, written);
        let found = shown(&facts);
        rows += 1;
        if found != expected {
            wrong.push(format!("{name}:{}: {text}\n  expected {expected}\n  found    {found}", number + 1));
        }
    }
    assert!(wrong.is_empty(), "{} of {rows} rows:\n{}", wrong.len(), wrong.join("\n"));
}

/// What no input may break: spans lie on characters of the text, by place; numbers and times never overlap; the same input gives the same.
fn hold(text: &str) {
    let lexicon = lexicon();
    let scanned = text::scan::scan(text, lexicon);
    let found = text::quantity::find(&scanned, "2024-06-15".parse().ok());
    assert_eq!(found, text::quantity::find(&scanned, "2024-06-15".parse().ok()));
    let mut spans: Vec<text::Span> = found.quantities.iter().map(|q| q.span).chain(found.times.iter().map(|t| t.span)).collect();
    spans.sort_unstable();
    for span in &spans {
        assert!(!span.is_empty() && text.get(span.range()).is_some(), "{span:?} in {text:?}");
    }
    for pair in spans.windows(2) {
        assert!(!pair[0].overlaps(pair[1]), "{pair:?} in {text:?}");
    }
    let shown: Vec<Fact> = facts(lexicon, text, "2024-06-15".parse().ok());
    for fact in &shown {
        let says = fact.value.iter().map(|v| v.span).chain(fact.when.iter().map(|w| w.span));
        for span in says.chain(fact.sig.iter().flat_map(|s| s.spans.clone())) {
            assert!(!span.is_empty() && text.get(span.range()).is_some(), "{span:?} in {text:?}");
        }
        for range in fact.when.iter().filter_map(|w| Some((w.from?, w.to?))) {
            assert!(range.0.first() <= range.1.last(), "{range:?} in {text:?}");
        }
    }
}

/// Words that numbers and times are made of, in any order.
const PIECES: &str = "(a1c|bp|mass|metformin|pain|mri|[0-9]{1,4}|[0-9]{1,2}[./-][0-9]{1,2}|120/80|mg|mmHg|%|kg/m2|weeks|days|ago|last|month|since|March|2024|for|the|past|x|to|-|–|between|and|q|every|h|daily|twice|low|s|<|≥|=|at|least|than|more|up|of|\\(|\\)|,|\\.|:|\n|10\\^9|/|L|½|two|half|a|POD|#|over|predicted|prior|admission|history|take|prn|\u{3bc}g|\u{b0})( |)";

proptest::proptest! {
    #[test]
    fn spans_hold_for_words(pieces in proptest::collection::vec(PIECES, 0..24)) {
        hold(&pieces.concat());
    }

    #[test]
    fn spans_hold_for_anything(text in "\\PC{0,60}") {
        hold(&text);
    }
}

#[test]
fn values() {
    check("values");
}

#[test]
fn times() {
    check("times");
}

#[test]
fn sigs() {
    check("sigs");
}
