//! Prints a complete home oxygen request for a member of the demo's plan: `cargo run -p fiction --example oxygen > request.json`.
#![allow(clippy::unwrap_used)]

fn main() {
    let day = std::env::args().nth(1).unwrap_or_else(|| "2026-11-21".to_owned()).parse().unwrap();
    let number = std::env::args().nth(2).unwrap_or_else(|| "EXAMPLE-1".to_owned());
    let mut plan = fiction::Plan::new(7, day);
    plan.members.rotate_left(100);
    let bundle = fiction::benchmark_request(&plan, &number).value();
    println!("{}", serde_json::to_string_pretty(&bundle).unwrap());
}
