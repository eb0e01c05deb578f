//! Measures parsing of the files named on the command line: `cargo run --release -p json --example parse_speed FILE…`
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for name in std::env::args().skip(1) {
        let bytes: std::sync::Arc<[u8]> = std::fs::read(&name)?.into();
        let limits = json::Limits::default();
        let rounds = (64_000_000 / bytes.len().max(1)).clamp(1, 20_000);
        let started = Instant::now();
        for _ in 0..rounds {
            let document = json::Document::parse(bytes.clone(), &limits).map_err(|f| f[0].to_string())?;
            std::hint::black_box(document.node_count());
        }
        let each = started.elapsed().as_secs_f64() * 1e6 / rounds as f64;
        let speed = bytes.len() as f64 / each;
        println!("{each:8.1} us  {speed:6.0} MB/s  {:>9} B  {name}", bytes.len());
    }
    Ok(())
}
