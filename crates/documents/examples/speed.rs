//! `speed FILE`: the best of 20 times to open a file, without recognition.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

fn main() {
    let bytes = std::fs::read(std::env::args().nth(1).expect("a file")).unwrap();
    let mut best = f64::MAX;
    let mut pages = 0;
    for _ in 0..20 {
        let begun = std::time::Instant::now();
        let documents = documents::open(&bytes, None, &documents::Limits::default(), &documents::NoOcr).unwrap();
        best = best.min(begun.elapsed().as_secs_f64());
        pages = documents.iter().map(|d| d.pages.len()).sum();
    }
    println!("{pages} pages, best of 20: {:.2} ms", best * 1000.0);
}
