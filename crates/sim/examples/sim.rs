//! Plays a simulated year and prints what happened: `cargo run --release -p sim --example sim -- [seed] [days] [requests a day]`.
//!
//! Exit status 1 when the auditor found something that does not hold.
#![allow(clippy::expect_used)]

use indicatif::{ProgressBar, ProgressStyle};
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>().expect("arguments are numbers"));
    let seed = numbers.next().unwrap_or(1);
    let days = numbers.next().map_or(365, |days| days.min(3650) as u32);
    let requests_per_day = numbers.next().map_or(20, |requests| requests.min(10_000) as u32);
    let often = (days / 60).max(1);
    let config = sim::Config {
        seed,
        days,
        requests_per_day,
        members: 2000,
        audits: often,
        tellings: often,
        sample: 50,
        sample_at_end: if days > 100 { 5 } else { 1 },
        ..sim::Config::default()
    };

    let bar = ProgressBar::new(u64::from(days));
    bar.set_style(
        ProgressStyle::with_template("{msg} [{bar:40}] {pos}/{len} days {elapsed}").expect("a template").progress_chars("=> "),
    );
    bar.set_message("playing");
    let begun = Instant::now();
    let report = sim::run_watched(&config, &mut |day| bar.set_position(u64::from(day) + 1));
    bar.finish_and_clear();
    match report {
        Ok(report) => {
            println!("{report}");
            println!("  {} days played and audited in {:.1} s", days, begun.elapsed().as_secs_f64());
            if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}
