//! `bench_read NOTES [SECONDS]`: notes a second of one core over a JSON Lines file of notes (`{"text": ...}`, as `tools/text-bench/run.py`
//! makes it), and how long the start takes. Prints one JSON object. The rate is by the processor time of this process where the system tells it,
//! as the peers are timed: other work on the machine does not count.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

use std::time::Instant;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().expect("a JSON Lines file of notes");
    let seconds: f64 = arguments.next().map_or(5.0, |s| s.parse().unwrap());
    let lines = std::fs::read_to_string(&file).unwrap();
    let notes: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["text"].as_str().unwrap().to_owned())
        .collect();
    let bytes: usize = notes.iter().map(String::len).sum();

    let start = Instant::now();
    let lexicon = lexicon::builtin().unwrap();
    let read = |text: &str| text::read(&lexicon, &text::Input { text, ..text::Input::default() }).unwrap().facts.len();
    read("Denies chest pain.");
    let started = start.elapsed();

    let (mut best, mut facts, mut slowest, mut passes) = (f64::MAX, 0, 0.0_f64, 0);
    let begun = Instant::now();
    let busy = processor_seconds();
    while begun.elapsed().as_secs_f64() < seconds {
        let start = Instant::now();
        facts = 0;
        slowest = 0.0;
        for note in &notes {
            let one = Instant::now();
            facts += read(note);
            slowest = slowest.max(one.elapsed().as_secs_f64());
        }
        best = best.min(start.elapsed().as_secs_f64());
        passes += 1;
    }
    // Hundredths of a second are enough over all passes; where the system does not say, the best pass by the clock counts.
    let took = processor_seconds() - busy;
    let pass = if took > 0.0 { took / f64::from(passes) } else { best };
    println!(
        "{{\"notes\":{},\"mean_bytes\":{},\"facts\":{facts},\"terms\":{},\"start_ms\":{:.1},\"notes_per_second\":{:.0},\"slowest_ms\":{:.2},\"resident_mb\":{}}}",
        notes.len(),
        bytes / notes.len(),
        lexicon.entries(),
        started.as_secs_f64() * 1000.0,
        notes.len() as f64 / pass,
        slowest * 1000.0,
        resident_mb(),
    );
}

/// Processor time of this process so far, user and system; 0 where the system does not say.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u32 = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<u32>().ok()).sum();
    f64::from(ticks) / 100.0
}

/// Resident memory, where the system says it.
fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or_default() / 1024
}
