//! The expression that the `evaluate` target makes of a file: `cargo run --example show FILE`.

fn main() -> std::io::Result<()> {
    for path in std::env::args().skip(1) {
        println!("{}", fuzz::expression(&std::fs::read(path)?));
    }
    Ok(())
}
