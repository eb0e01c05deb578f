//! What kind of document it is, from the words of its first page.

use serde::{Deserialize, Serialize};

/// Kind of a clinical document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Nothing says what it is.
    #[default]
    Unknown,
    /// A visit, progress or consultation note, history and physical.
    Note,
    /// Results of a laboratory.
    LabReport,
    /// A report of imaging.
    Imaging,
    /// A sleep study: polysomnography, home sleep apnea test, titration.
    SleepStudy,
    /// An order, prescription or certificate of medical necessity.
    Order,
    /// A face-to-face encounter for equipment or home health.
    FaceToFace,
    /// A discharge summary.
    DischargeSummary,
    /// A letter.
    Letter,
    /// The cover of a fax.
    FaxCover,
}

impl Kind {
    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Unknown => "document",
            Kind::Note => "note",
            Kind::LabReport => "lab report",
            Kind::Imaging => "imaging report",
            Kind::SleepStudy => "sleep study",
            Kind::Order => "order",
            Kind::FaceToFace => "face-to-face encounter",
            Kind::DischargeSummary => "discharge summary",
            Kind::Letter => "letter",
            Kind::FaxCover => "fax cover",
        }
    }
}

/// Words that tell a kind, with how much they tell. As a title they tell three times as much.
const SIGNS: &[(Kind, i32, &[&str])] = &[
    (
        Kind::FaxCover,
        6,
        &["fax cover", "facsimile transmittal", "fax transmission", "facsimile cover", "fax transmittal", "cover sheet"],
    ),
    (
        Kind::FaxCover,
        2,
        &["number of pages", "pages including cover", "total pages", "if you received this fax in error", "fax to:", "to fax:"],
    ),
    (
        Kind::SleepStudy,
        6,
        &["polysomnogra", "sleep study", "home sleep apnea test", "home sleep test", "cpap titration", "sleep apnea testing"],
    ),
    (
        Kind::SleepStudy,
        2,
        &["apnea-hypopnea index", "apnea hypopnea index", "sleep efficiency", "total sleep time", "sleep latency"],
    ),
    (Kind::FaceToFace, 6, &["face-to-face", "face to face encounter", "f2f encounter"]),
    (Kind::DischargeSummary, 6, &["discharge summary", "hospital discharge"]),
    (
        Kind::DischargeSummary,
        2,
        &["date of discharge", "discharge date", "discharge diagnos", "hospital course", "discharge disposition"],
    ),
    (
        Kind::LabReport,
        5,
        &["laboratory report", "lab report", "laboratory results", "lab results", "pathology report", "clinical laboratory"],
    ),
    (
        Kind::LabReport,
        2,
        &[
            "reference range",
            "reference interval",
            "specimen",
            "collected:",
            "date collected",
            "collection date",
            "ref range",
            "accession",
        ],
    ),
    (
        Kind::Imaging,
        5,
        &[
            "radiology report",
            "imaging report",
            "diagnostic imaging",
            "mri of",
            "ct of",
            "mri lumbar",
            "mri brain",
            "x-ray of",
            "echocardiogram report",
            "ultrasound of",
        ],
    ),
    (
        Kind::Imaging,
        2,
        &["technique:", "comparison:", "findings:", "impression:", "exam:", "contrast", "radiologist", "study date"],
    ),
    (
        Kind::Order,
        5,
        &[
            "physician order",
            "physician's order",
            "prescription",
            "certificate of medical necessity",
            "detailed written order",
            "standard written order",
            "order form",
            "letter of order",
            "order requisition",
            "referral order",
        ],
    ),
    (Kind::Order, 2, &["length of need", "quantity:", "refills", "hcpcs", "ordering provider", "ordering physician", "dispense"]),
    (Kind::Letter, 5, &["letter of medical necessity", "to whom it may concern"]),
    (Kind::Letter, 3, &["dear ", "sincerely", "re: ", "kind regards", "yours truly"]),
    (
        Kind::Note,
        4,
        &[
            "progress note",
            "office visit",
            "consultation note",
            "clinic note",
            "history and physical",
            "follow-up visit",
            "visit note",
            "soap note",
            "encounter note",
            "admission note",
            "operative note",
            "consult note",
            "therapy note",
            "initial evaluation",
        ],
    ),
    (
        Kind::Note,
        2,
        &[
            "chief complaint",
            "history of present illness",
            "review of systems",
            "physical exam",
            "assessment and plan",
            "assessment & plan",
            "assessment/plan",
            "subjective:",
            "objective:",
            "hpi:",
            "past medical history",
        ],
    ),
];

/// Bytes of the first page that are looked at, and lines that may be titles.
const LOOKED_AT: usize = 4_000;
const TITLE_LINES: usize = 12;
/// A kind needs as much to be named.
const ENOUGH: i32 = 5;

/// The kind that a title names; none when no line is a title.
#[must_use]
pub fn titled(top: &str) -> Option<Kind> {
    let lower = top.to_lowercase();
    let mut lines = lower.lines().map(str::trim).filter(|l| !l.is_empty());
    lines.find_map(|line| {
        SIGNS.iter().find(|(_, weight, words)| *weight > 3 && words.iter().any(|w| title(line, w))).map(|(k, ..)| *k)
    })
}

/// A title is short: the words fill much of their line.
fn title(line: &str, words: &str) -> bool {
    line.contains(words) && line.len() <= words.len() * 2 + 12
}

/// The kind of a document whose first page reads so.
#[must_use]
pub fn of(first_page: &str) -> Kind {
    let mut end = first_page.len().min(LOOKED_AT);
    while !first_page.is_char_boundary(end) {
        end -= 1;
    }
    let lower = first_page[..end].to_lowercase();
    let titles: Vec<&str> =
        lower.lines().map(str::trim).filter(|l| !l.is_empty()).take(TITLE_LINES).filter(|l| l.len() <= 70).collect();
    let mut best = (ENOUGH - 1, Kind::Unknown);
    let mut kinds: Vec<Kind> = SIGNS.iter().map(|(k, ..)| *k).collect();
    kinds.dedup();
    for kind in kinds {
        let mut told = 0;
        for (_, weight, words) in SIGNS.iter().filter(|(k, ..)| *k == kind) {
            for word in *words {
                if lower.contains(word) {
                    let titled = *weight > 3 && titles.iter().any(|l| title(l, word));
                    told += weight * if titled { 3 } else { 1 };
                }
            }
        }
        if told > best.0 {
            best = (told, kind);
        }
    }
    best.1
}
