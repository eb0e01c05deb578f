//! `trial FILE [wrong]`: scores a TrialGPT criterion set beside plain BM25, and prints the rows that came out otherwise.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::collections::{HashMap, HashSet};
use text::score::trial::{Retrieval, Row};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let rows: Vec<Row> = serde_json::from_str(&std::fs::read_to_string(&arguments[1]).unwrap()).unwrap();
    let lexicon = lexicon::builtin().unwrap();
    let retrieval = text::score::trial::retrieval(&rows, &lexicon);
    let mut plain = Retrieval::default();
    for row in rows.iter().filter(|r| !r.evidence().is_empty()) {
        let sentences: Vec<&str> = row.sentences().iter().map(|s| s.of(&row.note)).collect();
        plain.add(row.annotation_id, &bm25(&sentences, &row.criterion_text), &row.evidence());
    }
    for (name, r) in [("plain BM25", &plain), ("ranked", &retrieval)] {
        let (first, three, mean) = r.shares();
        println!("{name}: {} asked, hit@1 {first:.3}, hit@3 {three:.3}, MRR {mean:.3}", r.asked);
    }
    let labels = text::score::trial::labels(&rows, &lexicon);
    let (accuracy, coverage, false_met) = labels.shares();
    println!(
        "labels: accuracy on decided {accuracy:.3}, coverage {coverage:.3} ({} of {}), false met {false_met:.4} ({} of {} met)",
        labels.decided, labels.asked, labels.false_met, labels.met
    );
    println!("  by rule (decided, right): {:?}", labels.by_rule);
    if arguments.get(2).is_some_and(|a| a == "open") {
        for row in &rows {
            let text = row.sentences().iter().map(|s| s.of(&row.note)).collect::<Vec<_>>().join("\n");
            let note = text::criterion::Note::read(&lexicon, &text).unwrap();
            let silence = text::criterion::Silence::Absent;
            if text::criterion::judge(&note, &row.criterion_text, silence).answer == text::criterion::Answer::Unknown {
                println!("{} {} | {} | {}", row.annotation_id, row.criterion_type, row.expert_eligibility, row.criterion_text);
            }
        }
    }
    if arguments.get(2).is_some_and(|a| a == "labels") {
        for (id, rule) in &labels.wrong {
            let row = rows.iter().find(|r| r.annotation_id == *id).unwrap();
            println!("{id} {rule:?} {} | {} | {}", row.criterion_type, row.expert_eligibility, row.criterion_text);
        }
    }
    if arguments.get(2).is_some_and(|a| a == "wrong") {
        for row in rows.iter().filter(|r| retrieval.missed.contains(&r.annotation_id)) {
            println!("{} {}", row.annotation_id, row.criterion_text);
            let index = text::rank::Index::new(&lexicon, &row.note, &row.sentences());
            for hit in index.rank(&row.criterion_text) {
                let mark = if row.evidence().contains(&hit.sentence) { '*' } else { ' ' };
                println!("  {mark} {:.2} {}", hit.score, row.sentences()[hit.sentence].of(&row.note));
            }
        }
    }
}

/// The peer: BM25 over lower-case words, as in the study the issue names.
fn bm25(sentences: &[&str], question: &str) -> Vec<usize> {
    let words = |s: &str| -> Vec<String> {
        s.to_lowercase().split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
    };
    let documents: Vec<Vec<String>> = sentences.iter().map(|s| words(s)).collect();
    let mut spread: HashMap<&str, f64> = HashMap::new();
    for document in &documents {
        for word in document.iter().map(String::as_str).collect::<HashSet<_>>() {
            *spread.entry(word).or_default() += 1.0;
        }
    }
    let many = documents.len() as f64;
    let mean = documents.iter().map(Vec::len).sum::<usize>() as f64 / many;
    let asked: HashSet<String> = words(question).into_iter().collect();
    let score = |document: &[String]| -> f64 {
        let norm = 1.2 * (0.25 + 0.75 * document.len() as f64 / mean);
        let term = |w: &String| {
            let times = document.iter().filter(|d| *d == w).count() as f64;
            let rare = spread.get(w.as_str()).map_or(0.0, |n| (1.0 + (many - n + 0.5) / (n + 0.5)).ln());
            rare * times * 2.2 / (times + norm)
        };
        asked.iter().map(term).sum()
    };
    let scores: Vec<f64> = documents.iter().map(|d| score(d)).collect();
    let mut order: Vec<usize> = (0..documents.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    order
}
