//! What one `$submit` costs this crate: parse, read, respond. `cargo bench -p exchange`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../tests/common/mod.rs"]
mod common;

use common::*;
use exchange::pas::{self, PasVersion};
use std::hint::black_box;
use std::time::{Duration, Instant};

const ROUNDS: usize = 3_000;

fn median(name: &str, mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort();
    let (half, high) = (times[ROUNDS / 2], times[ROUNDS * 99 / 100]);
    println!("{name:<42} median {half:>9.1?}   p99 {high:>9.1?}");
    half
}

fn main() {
    let bytes = fixture("submit-oxygen.json");
    let version = PasVersion::V2_2_1;
    let parsed = document(&bytes);
    let context_of = read_context(&bytes);
    let request = pas::read(version, &parsed, &context_of).unwrap().into_new_request().request;
    let approved = case(&request, &[due(&request), findings(1, true), approved(1), not_required(2)]);
    let pended = case(&request, &[due(&request), findings(1, false), pended(&[1, 2], "facts")]);
    println!("a Bundle of {} bytes", bytes.len());
    median("parse JSON", || {
        black_box(document(&bytes));
    });
    let read = median("read (shape, PAS rules, request)", || {
        black_box(pas::read(version, &parsed, &context_of).unwrap());
    });
    let respond = median("respond, approved", || {
        black_box(pas::respond(version, &parsed, &approved, &context(version)));
    });
    median("respond, pended with Task", || {
        black_box(pas::respond(version, &parsed, &pended, &context(version)));
    });
    println!("read + respond {:.1?} (the budget is 100 µs)", read + respond);
}
