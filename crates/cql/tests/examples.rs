//! The examples are true: each is run, with its assertions.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../examples/elm.rs"]
mod elm;
#[path = "../examples/evidence.rs"]
mod evidence;
#[path = "../examples/missing_facts.rs"]
mod missing_facts;
#[path = "../examples/population.rs"]
mod population;
#[path = "../examples/quickstart.rs"]
mod quickstart;
#[path = "../examples/terminology.rs"]
mod terminology;

#[test]
fn quickstart_runs() {
    quickstart::main().unwrap();
}

#[test]
fn evidence_runs() {
    evidence::main().unwrap();
}

#[test]
fn missing_facts_runs() {
    missing_facts::main().unwrap();
}

#[test]
fn elm_runs() {
    elm::main().unwrap();
}

#[test]
fn terminology_runs() {
    terminology::main().unwrap();
}

#[test]
fn population_runs() {
    population::main().unwrap();
}
