//! `values FOLDER [KIND [extra]]`: scores MACCROBAT (a folder of .txt and .ann) and prints what was missed of one type of label, or
//! read in excess. `values FILE...`: prints every quantity and time of text files.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

use text::score::maccrobat::{Outcome, score};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let lexicon = lexicon::builtin().unwrap();
    let folder = std::path::Path::new(&arguments[1]);
    if !folder.is_dir() {
        for file in &arguments[1..] {
            show(&std::fs::read_to_string(file).unwrap(), &lexicon);
        }
        return;
    }
    let mut outcome = Outcome::default();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "txt")) {
        let (Ok(text), Ok(labels)) = (std::fs::read_to_string(file), std::fs::read_to_string(file.with_extension("ann"))) else {
            continue;
        };
        score(&text, &labels, &lexicon, &mut outcome);
    }
    for (kind, c) in &outcome.by_kind {
        println!(
            "{kind:10} {:4} labels, recall: exact {:.3}, covered {:.3}, overlap {:.3}; read {:5}, precision {:.3}",
            c.labels,
            c.recall(c.exact),
            c.recall(c.covered),
            c.recall(c.overlap),
            c.read,
            c.precision()
        );
    }
    if let Some(wanted) = arguments.get(2) {
        if arguments.get(3).is_some() {
            outcome.extra.iter().filter(|m| m.0 == wanted).for_each(|m| println!("{}", m.1));
        } else {
            for (_, label, read, around) in outcome.missed.iter().filter(|m| m.0 == wanted) {
                println!("{label:?} read {read:?} in {around:?}");
            }
        }
    }
}

fn show(text: &str, lexicon: &text::Lexicon) {
    let scanned = text::scan::scan(text, lexicon);
    let found = text::quantity::find(&scanned, None);
    for q in &found.quantities {
        println!("{:?}: {:?} {} {:?} {:?} {:?}", q.span.of(text), q.comparator, q.low, q.high, q.unit, q.form);
    }
    for t in &found.times {
        println!("{:?}: {:?} {:?} {:?} {:?} {:?}", t.span.of(text), t.sense, t.from, t.to, t.lasted, t.every);
    }
}
