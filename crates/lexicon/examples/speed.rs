//! `speed FILE...`: notes a second of one core, over all notes of the files (CSV files hold a note a quoted field).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

fn main() {
    let mut notes: Vec<String> = Vec::new();
    for file in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&file).unwrap();
        notes.extend(text.split('"').filter(|field| field.len() > 500).map(str::to_owned));
    }
    let start = std::time::Instant::now();
    let lexicon = lexicon::builtin().unwrap();
    println!("start {:?}, {} entries", start.elapsed(), lexicon.entries());
    let bytes: usize = notes.iter().map(String::len).sum();
    let mut best = f64::MAX;
    let mut facts = 0;
    for _ in 0..5 {
        let start = std::time::Instant::now();
        facts = notes
            .iter()
            .map(|n| text::read(&lexicon, &text::Input { text: n, ..text::Input::default() }).unwrap().facts.len())
            .sum();
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!(
        "{} notes, mean {} bytes, {} facts, {:.0} notes/s",
        notes.len(),
        bytes / notes.len(),
        facts,
        notes.len() as f64 / best
    );
}
