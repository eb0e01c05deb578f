//! How diseases and chemicals are named: heads, the words before them, endings.

use super::{Part, Sort};
use crate::lexicon::Role;
use crate::scan::{Mention, Scanned};
use crate::tokens::Class;

/// MeSH, whose classes of substances are no substances.
pub(super) const MESH: &str = "http://id.nlm.nih.gov/mesh";

/// Words that join two things into one name.
pub(super) const JOINS: [&str; 9] = ["and", "or", "with", "/", "induced", "associated", "related", "treated", "dependent"];

/// Last words of a class that is named by what it does.
pub(super) const FUNCTIONS: [&str; 52] = [
    "inhibitor",
    "blocker",
    "agonist",
    "antagonist",
    "agent",
    "drug",
    "therapy",
    "medication",
    "chemotherapy",
    "analgesic",
    "anesthetic",
    "anticoagulant",
    "antibiotic",
    "immunosuppressant",
    "neuroleptic",
    "stimulant",
    "psychostimulant",
    "sedative",
    "hypnotic",
    "diuretic",
    "vasodilator",
    "anticoagulation",
    "haart",
    "androgen",
    "convulsant",
    "carcinogen",
    "chemotherapeutic",
    "cholinergic",
    "adrenergic",
    "muscarinic",
    "vaccine",
    "volunteer",
    "sympathomimetic",
    "neurotransmitter",
    "tracer",
    "antidote",
    "cytostatic",
    "emetic",
    "insecticide",
    "herbicide",
    "pesticide",
    "autoantibody",
    "hormone",
    "factor",
    "immunotherapy",
    "biologic",
    "injection",
    "steroid injection",
    "immunoglobulin",
    "radiopharmaceutical",
    "anorectic",
    "antihypertensive",
];

/// Names that say nothing alone.
pub(super) const GENERAL: [&str; 49] = [
    "disease",
    "syndrome",
    "disorder",
    "lesion",
    "injury",
    "illness",
    "mortality",
    "symptom",
    "infection",
    "infected",
    "pregnancy",
    "pregnant",
    "smoking",
    "smoker",
    "sedation",
    "analgesia",
    "mass",
    "nodule",
    "toxic",
    "bleed",
    "wound",
    "trauma",
    "blind",
    "surgery",
    "attack",
    "metastatic",
    "died",
    "dead",
    "death",
    "healthy",
    "add",
    "condition",
    "defect",
    "deficiency",
    "abnormality",
    "complication",
    "episode",
    "attack",
    "failure",
    "damage",
    "dysfunction",
    "impairment",
    "malformation",
    "insufficiency",
    "deformity",
    "sign",
    "loss",
    "change",
    "event",
];

/// Names of several words that say nothing alone.
const GENERAL_NAMES: [&str; 26] = [
    "side effect",
    "adverse effect",
    "adverse event",
    "adverse reaction",
    "adverse drug reaction",
    "toxic effect",
    "drug use",
    "cannabis use",
    "renal transplant",
    "renal transplantation",
    "kidney transplant",
    "kidney transplantation",
    "liver transplant",
    "liver transplantation",
    "organ transplant",
    "cocaine use",
    "alcohol use",
    "normal saline",
    "water",
    "milk",
    "hemoglobin",
    "nonadherence",
    "noncompliance",
    "tobacco use",
    "drug abuser",
    "family history",
];

/// Heads that make a disease of the words before them.
const HEADS: [&str; 62] = [
    "toxicity",
    "syndrome",
    "disease",
    "disorder",
    "deficiency",
    "dysfunction",
    "failure",
    "insufficiency",
    "injury",
    "damage",
    "lesion",
    "infection",
    "impairment",
    "abnormality",
    "defect",
    "malformation",
    "anomaly",
    "tumor",
    "tumour",
    "cancer",
    "carcinoma",
    "neoplasm",
    "hemorrhage",
    "haemorrhage",
    "necrosis",
    "fibrosis",
    "stenosis",
    "thrombosis",
    "embolism",
    "infarction",
    "ischemia",
    "ischaemia",
    "inflammation",
    "degeneration",
    "atrophy",
    "dystrophy",
    "neuropathy",
    "nephropathy",
    "myopathy",
    "palsy",
    "seizure",
    "calcification",
    "ulcer",
    "fracture",
    "spasm",
    "pain",
    "edema",
    "oedema",
    "hypertension",
    "hypotension",
    "reaction",
    "hypertrophy",
    "hyperplasia",
    "dysplasia",
    "complication",
    "disturbance",
    "deficit",
    "disability",
    "arrest",
    "occlusion",
    "rupture",
    "depression",
];

/// Heads that may follow a disease and belong to it.
pub(super) const FOLLOWS: [&str; 8] =
    ["syndrome", "disease", "disorder", "symptom", "attack", "deficiency", "episode", "complication"];

/// Words before a disease that say which it is and do not end like an adjective.
const WHICH: [&str; 78] = [
    "heart",
    "liver",
    "kidney",
    "lung",
    "brain",
    "nerve",
    "muscle",
    "skin",
    "bone",
    "marrow",
    "bladder",
    "breast",
    "colon",
    "stomach",
    "artery",
    "vein",
    "valve",
    "retina",
    "cord",
    "bowel",
    "duct",
    "bile",
    "joint",
    "eye",
    "ear",
    "hearing",
    "vision",
    "memory",
    "cognitive",
    "movement",
    "sleep",
    "mood",
    "anxiety",
    "panic",
    "personality",
    "behavior",
    "behavioral",
    "motor",
    "sensory",
    "acute",
    "chronic",
    "subacute",
    "malignant",
    "benign",
    "autoimmune",
    "immune",
    "severe combined",
    "end",
    "stage",
    "tissue",
    "soft",
    "cell",
    "small",
    "large",
    "blood",
    "vessel",
    "tract",
    "valvular",
    "thyroid",
    "pancreas",
    "prostate",
    "ovarian",
    "uterine",
    "neck",
    "head",
    "neuronal",
    "axonal",
    "mitochondrial",
    "learning",
    "attention",
    "speech",
    "language",
    "gait",
    "spine",
    "spinal",
    "knee",
    "hip",
    "back",
];

/// Words that end like an adjective and say nothing of a disease.
const NOT_WHICH: [&str; 120] = [
    "clinical",
    "typical",
    "total",
    "several",
    "initial",
    "final",
    "maximal",
    "minimal",
    "additional",
    "serious",
    "previous",
    "various",
    "general",
    "significant",
    "normal",
    "abnormal",
    "specific",
    "experimental",
    "animal",
    "individual",
    "potential",
    "critical",
    "medical",
    "natural",
    "usual",
    "basic",
    "dramatic",
    "partial",
    "local",
    "similar",
    "particular",
    "oral",
    "topical",
    "intravenous",
    "intramuscular",
    "numerous",
    "continuous",
    "subcutaneous",
    "pharmacological",
    "pharmacologic",
    "therapeutic",
    "diagnostic",
    "prognostic",
    "statistical",
    "genetic",
    "historical",
    "surgical",
    "physical",
    "chemical",
    "biological",
    "symptomatic",
    "asymptomatic",
    "marginal",
    "mutual",
    "primary",
    "temporary",
    "ordinary",
    "necessary",
    "secondary",
    "military",
    "voluntary",
    "regular",
    "irregular",
    "classical",
    "occasional",
    "additive",
    "positive",
    "negative",
    "effective",
    "active",
    "inactive",
    "relative",
    "alternative",
    "respective",
    "extensive",
    "massive",
    "excessive",
    "successive",
    "intensive",
    "sensitive",
    "protective",
    "preventive",
    "comparative",
    "cumulative",
    "prospective",
    "retrospective",
    "consecutive",
    "objective",
    "subjective",
    "five",
    "give",
    "have",
    "receive",
    "survive",
    "involve",
    "other",
    "periodic",
    "sporadic",
    "logistic",
    "public",
    "topic",
    "metric",
    "pediatric",
    "geriatric",
    "elderly",
    "maternal",
    "neonatal",
    "fetal",
    "adult",
    "real",
    "equal",
    "dual",
    "gradual",
    "unusual",
    "all",
    "trial",
    "journal",
    "control",
    "hospital",
    "proposal",
];

/// Endings of adjectives.
const ADJECTIVES: [&str; 7] = ["al", "ic", "ar", "ous", "ary", "ive", "eal"];

/// Endings of drug names that no other words have.
const DRUG_ENDINGS: [&str; 64] = [
    "mycin",
    "micin",
    "cillin",
    "conazole",
    "nidazole",
    "prazole",
    "olol",
    "sartan",
    "vastatin",
    "azepam",
    "azolam",
    "caine",
    "oxacin",
    "tidine",
    "triptan",
    "umab",
    "ximab",
    "zumab",
    "tinib",
    "navir",
    "buvir",
    "tegravir",
    "platin",
    "rubicin",
    "taxel",
    "thiazide",
    "barbital",
    "gliptin",
    "gliflozin",
    "glitazone",
    "dronate",
    "parin",
    "setron",
    "curium",
    "curonium",
    "azosin",
    "dipine",
    "phylline",
    "trexate",
    "fibrate",
    "cycline",
    "bactam",
    "penem",
    "floxacin",
    "ciclovir",
    "citabine",
    "rabine",
    "tecan",
    "toposide",
    "lukast",
    "terol",
    "profen",
    "oxicam",
    "fenac",
    "butazone",
    "morphine",
    "morphone",
    "codone",
    "fentanil",
    "triptyline",
    "oxetine",
    "peridone",
    "quinoline",
    "zolamide",
];

/// The name of a mention says nothing alone.
pub(super) fn general(scanned: &Scanned<'_>, mention: &Mention) -> bool {
    let (from, to) = (mention.tokens.0 as usize, mention.tokens.1 as usize);
    match to - from {
        1 => GENERAL.contains(&scanned.normal(from)) || GENERAL_NAMES.contains(&scanned.normal(from)),
        2 | 3 => {
            let words = [scanned.normal(from), scanned.normal(to - 1)];
            GENERAL_NAMES.iter().any(|name| name.split_once(' ').is_some_and(|(a, b)| words == [a, b]))
        }
        _ => false,
    }
}

/// A disease that is only its head.
pub(super) fn alone(scanned: &Scanned<'_>, part: &Part) -> bool {
    part.to - part.from == 1 && GENERAL.contains(&scanned.normal(part.from))
}

/// A head with words before it that say which.
pub(super) fn head(scanned: &Scanned<'_>, at: usize) -> Option<Part> {
    if scanned.tokens.list[at].class != Class::Word || !HEADS.contains(&scanned.normal(at)) {
        return None;
    }
    Some(Part { sort: Sort::Disease, from: at, to: at + 1 })
}

/// The first of the words before a disease that belong to it, not before `free`.
pub(super) fn leftmost(scanned: &Scanned<'_>, from: usize, free: usize) -> usize {
    let mut first = from;
    while first > free && first + 3 > from {
        let mut before = first - 1;
        let token = &scanned.tokens.list[before];
        if token.class == Class::Mark && scanned.normal(before) == "-" && before > free {
            before -= 1;
        }
        if scanned.tokens.list[before].class != Class::Word || !which(scanned.normal(before)) {
            break;
        }
        first = before;
    }
    first
}

/// A word that says which disease.
fn which(word: &str) -> bool {
    if WHICH.contains(&word) {
        return true;
    }
    word.len() > 4 && !NOT_WHICH.contains(&word) && ADJECTIVES.iter().any(|ending| word.ends_with(ending))
}

/// A name that is made like a drug's, or a laboratory's number for one.
pub(super) fn chemical(scanned: &Scanned<'_>, at: usize) -> Option<Part> {
    let token = &scanned.tokens.list[at];
    if token.class != Class::Word {
        return None;
    }
    let known_helper = |i: usize| scanned.mentions.iter().any(|m| m.tokens.0 as usize == i && m.is(Role::Stop));
    let word = scanned.normal(at);
    if word.len() > 6 && DRUG_ENDINGS.iter().any(|ending| word.ends_with(ending)) && !known_helper(at) {
        return Some(Part { sort: Sort::Chemical, from: at, to: at + 1 });
    }
    numbered(scanned, at).map(|to| Part { sort: Sort::Chemical, from: at, to })
}

/// `MK-801`, `SSR103800`, `FR 139317`: one to four capitals and three digits or more.
fn numbered(scanned: &Scanned<'_>, at: usize) -> Option<usize> {
    let surface = |i: usize| scanned.tokens.list.get(i).map_or("", |t| t.span.of(scanned.text));
    let word = surface(at);
    let letters = word.bytes().take_while(u8::is_ascii_uppercase).count();
    if !(1..=4).contains(&letters) {
        return None;
    }
    let digits = |text: &str| text.len() >= 3 && text.len() <= 6 && text.bytes().all(|b| b.is_ascii_digit());
    if digits(&word[letters..]) {
        return Some(at + 1);
    }
    if letters < 2 || letters != word.len() {
        return None;
    }
    let number = if surface(at + 1) == "-" { at + 2 } else { at + 1 };
    (digits(surface(number)) && scanned.tokens.list[number].class == Class::Number).then_some(number + 1)
}
