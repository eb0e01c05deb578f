//! `avedis read eval`: labelled sets scored, in one table beside what the issue asks of them.

use crate::table::table;
use crate::{Done, Failure};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use text::Lexicon;
use text::score;

/// Which set, and where it is.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  avedis read eval context negex-context/dev.jsonl
  avedis read eval trial trialgpt-criteria/dev.json
  avedis read eval maccrobat maccrobat
  avedis read eval ner ner/BC5CDR-IOB/devel.tsv
  avedis read eval therapy crates/text/tests/data/therapy-test.tsv
  avedis read eval notes crates/text/tests/notes
  avedis read eval all ../shared/data/nlp     every set under this folder that is known by its name")]
pub struct Args {
    /// Which set.
    set: Set,
    /// File or folder of the set.
    path: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Set {
    /// Every set under a folder.
    All,
    /// NegEx/ConText rows (.jsonl).
    Context,
    /// TrialGPT criterion annotations (.json).
    Trial,
    /// MACCROBAT (.txt and .ann).
    Maccrobat,
    /// BC5CDR or NCBI-disease (.tsv with one token a line).
    Ner,
    /// Our sentences of therapies (.tsv).
    Therapy,
    /// Our labelled notes (.txt), asked of the policies' CQL as documents of a request.
    Notes,
}

/// One line of the table.
struct Score {
    set: &'static str,
    measure: String,
    value: f64,
    /// What is asked, at least; of `false met` at most.
    target: Option<f64>,
    of: String,
}

/// Runs the command.
pub fn run(args: &Args) -> Done {
    let lexicon = lexicon::builtin().map_err(|e| Failure::new(e.to_string()))?;
    let scores = match args.set {
        Set::All => all(&args.path, &lexicon)?,
        set => of(set, &args.path, &lexicon)?,
    };
    if scores.is_empty() {
        return Err(Failure::new(format!(
            "{}: no set that is known here; `avedis read eval --help` names them",
            args.path.display()
        )));
    }
    let rows: Vec<Vec<String>> = scores.iter().map(row).collect();
    print!("{}", table(&["set", "measure", "value", "target", "reached", "of"], &rows));
    Ok(ExitCode::SUCCESS)
}

fn row(score: &Score) -> Vec<String> {
    let at_most = score.measure.starts_with("false");
    let target = score.target.map(|t| format!("{} {t:.2}", if at_most { "<=" } else { ">=" })).unwrap_or_default();
    let reached =
        score.target.map_or("", |t| if if at_most { score.value <= t } else { score.value >= t } { "yes" } else { "no" });
    vec![score.set.to_owned(), score.measure.clone(), format!("{:.3}", score.value), target, reached.to_owned(), score.of.clone()]
}

/// Sets under a folder, known by their names.
fn all(folder: &Path, lexicon: &Lexicon) -> Result<Vec<Score>, Failure> {
    let known = [
        (Set::Context, "negex-context/dev.jsonl"),
        (Set::Trial, "trialgpt-criteria/dev.json"),
        (Set::Maccrobat, "maccrobat"),
        (Set::Ner, "ner/BC5CDR-IOB/devel.tsv"),
        (Set::Ner, "ner/NCBI-disease-IOB/devel.tsv"),
        (Set::Therapy, "therapy-dev.tsv"),
        (Set::Therapy, "therapy-test.tsv"),
        (Set::Therapy, "data/therapy-test.tsv"),
        (Set::Notes, "notes"),
    ];
    let mut out = Vec::new();
    for (set, name) in known {
        let path = folder.join(name);
        if path.exists() {
            out.extend(of(set, &path, lexicon)?);
        }
    }
    Ok(out)
}

fn of(set: Set, path: &Path, lexicon: &Lexicon) -> Result<Vec<Score>, Failure> {
    match set {
        Set::All => all(path, lexicon),
        Set::Context => context(&file(path)?, lexicon).map_err(|e| Failure::new(format!("{}: {e}", path.display()))),
        Set::Trial => trial(&file(path)?, lexicon).map_err(|e| Failure::new(format!("{}: {e}", path.display()))),
        Set::Maccrobat => maccrobat(path, lexicon),
        Set::Ner => Ok(ner(path, &file(path)?, lexicon)),
        Set::Therapy => therapy(path, lexicon),
        Set::Notes => notes(path, lexicon),
    }
}

fn file(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|e| Failure::new(format!("{}: {e}", path.display())))
}

/// Files of a folder with an ending, in the order of their names; the file itself when it is none.
fn files(path: &Path, ending: &str) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let listed = std::fs::read_dir(path).map_err(|e| Failure::new(format!("{}: {e}", path.display())))?;
    let mut found: Vec<PathBuf> =
        listed.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.extension().is_some_and(|e| e == ending)).collect();
    found.sort();
    Ok(found)
}

fn context(set: &str, lexicon: &Lexicon) -> Result<Vec<Score>, serde_json::Error> {
    let rows: Vec<score::context::Row> = set.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let outcome = score::context::score(&rows, lexicon);
    let axes = [
        ("negation F1", outcome.negation, 0.97),
        ("historical F1", outcome.historical, 0.72),
        ("hypothetical F1", outcome.hypothetical, 0.95),
    ];
    let of = format!("{} sentences", rows.len());
    let score = |(measure, counts, target): (&str, score::Counts, f64)| Score {
        set: "NegEx/ConText",
        measure: measure.to_owned(),
        value: counts.f1(),
        target: Some(target),
        of: of.clone(),
    };
    Ok(axes.into_iter().map(score).collect())
}

fn trial(set: &str, lexicon: &Lexicon) -> Result<Vec<Score>, serde_json::Error> {
    let rows: Vec<score::trial::Row> = serde_json::from_str(set)?;
    let retrieval = score::trial::retrieval(&rows, lexicon);
    let (first, three, mean) = retrieval.shares();
    let labels = score::trial::labels(&rows, lexicon);
    let (accuracy, coverage, false_met) = labels.shares();
    let line =
        |measure: &str, value, target, of: String| Score { set: "TrialGPT", measure: measure.to_owned(), value, target, of };
    let (asked, decided) = (format!("{} with evidence", retrieval.asked), format!("{} of {}", labels.decided, labels.asked));
    Ok(vec![
        line("evidence hit@1", first, None, asked.clone()),
        line("evidence hit@3", three, Some(0.89), asked.clone()),
        line("evidence MRR", mean, None, asked),
        line("label accuracy on decided", accuracy, Some(0.90), decided.clone()),
        line("label coverage", coverage, Some(0.40), decided),
        line("false met", false_met, Some(0.02), format!("{} pairs", labels.asked)),
    ])
}

fn maccrobat(folder: &Path, lexicon: &Lexicon) -> Result<Vec<Score>, Failure> {
    let mut outcome = score::maccrobat::Outcome::default();
    for path in files(folder, "txt")? {
        // A text that nobody annotated says nothing of the reader.
        if !path.with_extension("ann").exists() {
            continue;
        }
        score::maccrobat::score(&file(&path)?, &file(&path.with_extension("ann"))?, lexicon, &mut outcome);
    }
    let mut out = Vec::new();
    for (kind, found) in &outcome.by_kind {
        // The peers were measured by exact cover of a laboratory value and by overlap of the others.
        let (how, hits, target) = match *kind {
            "Lab_value" => ("covered", found.covered, Some(0.88)),
            "Dosage" => ("overlap", found.overlap, Some(0.85)),
            "Duration" => ("overlap", found.overlap, Some(0.95)),
            _ => ("overlap", found.overlap, None),
        };
        let of = format!("{} labels", found.labels);
        out.push(Score { set: "MACCROBAT", measure: format!("{kind} recall, {how}"), value: found.recall(hits), target, of });
    }
    Ok(out)
}

fn ner(path: &Path, set: &str, lexicon: &Lexicon) -> Vec<Score> {
    let outcome = score::ner::score(&score::ner::Set::parse(set), lexicon);
    // The targets are those of BC5CDR; NCBI-disease stands beside it.
    let of = path.parent().and_then(|p| p.file_name()).map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let target = |t| of.starts_with("BC5CDR").then_some(t);
    let kinds = [("chemical strict F1", outcome.chemical, 0.78), ("disease strict F1", outcome.disease, 0.65)];
    let labelled = kinds.into_iter().filter(|(_, c, _)| c.hit + c.missed > 0);
    labelled
        .map(|(measure, c, t)| Score {
            set: "entities",
            measure: measure.to_owned(),
            value: c.f1(),
            target: target(t),
            of: of.clone(),
        })
        .collect()
}

fn therapy(path: &Path, lexicon: &Lexicon) -> Result<Vec<Score>, Failure> {
    let mut out = Vec::new();
    for path in files(path, "tsv")? {
        let wrong = |faults: Vec<score::therapy::Fault>| {
            let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
            Failure::new(format!("{}: {}", path.display(), said.join("; ")))
        };
        let rows = score::therapy::parse(&file(&path)?).map_err(wrong)?;
        let scored = score::therapy::score(&rows, lexicon);
        let name = path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let of = format!("{name}, {} sentences", rows.len());
        let line =
            |measure: &str, value| Score { set: "therapies", measure: measure.to_owned(), value, target: None, of: of.clone() };
        out.push(line("outcome macro-F1", scored.macro_f1()));
        out.push(line("duration F1", scored.durations.f1()));
    }
    Ok(out)
}

/// The file of a set of notes, the policy it is about, and whether its words were tuned on it.
const POLICIES: [(&str, &str, &str); 4] = [
    ("cpap", "ncd-240.4-cpap", "dev"),
    ("bed", "lcd-L33820-hospital-bed", "dev"),
    ("cgm", "lcd-L33822-cgm", "test"),
    ("oxygen", "ncd-240.2-home-oxygen", "test"),
];

fn notes(path: &Path, lexicon: &Lexicon) -> Result<Vec<Score>, Failure> {
    let library = crate::policy::library(None)?;
    let mut out = Vec::new();
    for path in files(path, "txt")? {
        let wrong = |faults: Vec<score::notes::Fault>| {
            let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
            Failure::new(format!("{}: {}", path.display(), said.join("; ")))
        };
        let set = score::notes::parse(&file(&path)?).map_err(wrong)?;
        let name = path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let Some((_, policy, part)) = POLICIES.iter().find(|(file, ..)| *file == name) else { continue };
        let policy = library.by_id(policy).ok_or_else(|| Failure::new(format!("the policy {policy} is not in the library")))?;
        let scored = super::notes::score(policy, lexicon, &set)?;
        let title = |id: &str| policy.criteria().iter().find(|c| c.id == id).map(|c| c.title.as_str());
        let (first, _) = score::notes::ranked(&set, lexicon, |_, id| title(id)).shares();
        let of = format!("{name} ({part}), {} notes, {} shown", set.len(), scored.shown);
        let line =
            |measure: &str, value, target| Score { set: "own notes", measure: measure.to_owned(), value, target, of: of.clone() };
        out.push(line("criterion macro-F1", scored.macro_f1(), Some(0.90)));
        out.push(line("evidence hit@1", scored.hit_at_1(), Some(0.95)));
        out.push(line("sentences ranked by title: hit@1", first, None));
    }
    Ok(out)
}
