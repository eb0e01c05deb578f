//! `speed FILE...`: notes a second of one core, stage by stage, over all notes of the files (CSV files hold a note a quoted field; a
//! file without quotes is one note).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

use text::{Input, OcrWord, Span, tokens::Tokens};

fn main() {
    let mut notes: Vec<String> = Vec::new();
    for file in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&file).unwrap();
        let fields = text.split('"').filter(|field| field.len() > 500).map(str::to_owned);
        notes.extend(fields);
    }
    let start = std::time::Instant::now();
    let lexicon = lexicon::builtin().unwrap();
    println!("start {:?}, {} entries, {} concepts", start.elapsed(), lexicon.entries(), lexicon.concepts());
    let bytes: usize = notes.iter().map(String::len).sum();
    println!("{} notes, mean {} bytes", notes.len(), bytes / notes.len());
    let time = |name: &str, work: &dyn Fn(&str) -> usize| {
        let mut best = f64::MAX;
        let mut found = 0;
        for _ in 0..5 {
            let start = std::time::Instant::now();
            found = notes.iter().map(|n| work(n)).sum();
            best = best.min(start.elapsed().as_secs_f64());
        }
        println!("{name:>8}: {:>7.0} notes/s, {found} found", notes.len() as f64 / best);
    };
    time("tokens", &|n| Tokens::of(n).len());
    time("layout", &|n| text::layout::of(n, &Tokens::of(n), &lexicon).sentences.len());
    time("scan", &|n| text::scan::scan(n, &lexicon).mentions.len());
    time("read", &|n| text::read(&lexicon, &Input { text: n, ..Input::default() }).unwrap().facts.len());
    time("ocr", &|n| {
        let words = [OcrWord { span: Span::new(0, n.len()), quality: 60, at: [0; 4] }];
        text::scan::scan_ocr(n, &lexicon, &words).mentions.iter().filter(|m| m.fuzzy).count()
    });
    if std::env::var("SHOW").is_ok() {
        for n in &notes {
            let words = [OcrWord { span: Span::new(0, n.len()), quality: 60, at: [0; 4] }];
            for m in text::scan::scan_ocr(n, &lexicon, &words).mentions.iter().filter(|m| m.fuzzy) {
                println!("{} -> {}", m.span.of(n), lexicon.name(m.entries[0].target));
            }
        }
    }
}
