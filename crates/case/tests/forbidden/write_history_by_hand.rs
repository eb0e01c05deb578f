//! This program cannot write any event by hand: events come from `decide` or from the bytes of history.

fn forged(at: base::Timestamp, by: case::Actor, what: case::What) -> case::Event {
    case::Event { at, by, concerns: String::new(), what }
}

fn main() {}
