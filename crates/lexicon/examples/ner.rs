//! `ner FILE... [--wrong N]`: scores IOB files (BC5CDR, NCBI-disease) and prints what came out otherwise, the most frequent first.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;
use text::score::ner::{Set, score};

fn main() {
    let mut files: Vec<String> = std::env::args().skip(1).collect();
    let shown = files.iter().position(|f| f == "--wrong").map_or(0, |i| files.drain(i..).nth(1).unwrap().parse().unwrap());
    let lexicon = lexicon::builtin().unwrap();
    for file in files {
        let outcome = score(&Set::parse(&std::fs::read_to_string(&file).unwrap()), &lexicon);
        println!("{file}");
        for (name, c) in [("chemical", outcome.chemical), ("disease", outcome.disease)] {
            println!(
                "  {name}: P {:.3} R {:.3} F1 {:.3} ({} hit, {} wrong, {} missed)",
                c.precision(),
                c.recall(),
                c.f1(),
                c.hit,
                c.wrong,
                c.missed
            );
        }
        let mut counted: HashMap<_, usize> = HashMap::new();
        for (sort, words, said) in &outcome.wrong {
            *counted.entry((*sort, *said, words.to_lowercase())).or_default() += 1;
        }
        let mut counted: Vec<_> = counted.into_iter().collect();
        counted.sort_by_key(|((sort, said, words), n)| (*sort, *said, usize::MAX - n, words.clone()));
        for said in [true, false] {
            for sort in [text::entity::Sort::Chemical, text::entity::Sort::Disease] {
                let rows = counted.iter().filter(|((s, d, _), _)| *s == sort && *d == said).take(shown);
                let line: Vec<String> = rows.map(|((_, _, words), n)| format!("{words} {n}")).collect();
                if !line.is_empty() {
                    println!("{sort:?} {}: {}", if said { "SAID" } else { "MISSED" }, line.join("; "));
                }
            }
        }
    }
}
