//! CQL to ELM JSON and back: the plan is ELM-shaped, so other engines can run it and their ELM runs here. `cargo run -p cql --example elm`.

use cql::value::DateTime;
use cql::{Data, EvalOptions, Options, Parameters, Program, Source, compile, compile_elm};

const LIBRARY: &str = "
library Dates version '1'
define \"Months\": months between @2014-01-31 and @2014-03-01
define \"Uncertain\": @2014 before @2014-06-15
define \"Merged\": collapse { Interval[1, 3], Interval[4, 7], Interval[12, 19] }";

/// Prints the ELM, and shows that the answers are the same after the round.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let source = Source { name: "dates.cql", text: LIBRARY };
    let program = compile(&[source], &Options::default()).map_err(|faults| faults[0].to_string())?;
    let elm = serde_json::to_string_pretty(&program.to_elm(program.libraries()[0].id))?;
    println!("{elm}");

    let again = compile_elm(&[("dates.json", &elm)]).map_err(|faults| faults[0].to_string())?;
    let (ours, theirs) = (answers(&program)?, answers(&again)?);
    assert_eq!(ours, theirs);
    println!("{}", ours.join("\n"));
    Ok(())
}

fn answers(program: &Program) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let (data, parameters) = (Data::load([]), Parameters::new());
    let now = DateTime::parse("2026-01-15T12:00:00.000Z").ok_or("no such time")?;
    let answers = program.evaluate(&data, &parameters, now, &EvalOptions::default())?;
    let definitions = program.definitions(program.libraries()[0].id);
    Ok(definitions.into_iter().map(|d| format!("{} = {}", d.name, data.value_to_json(answers.value(d.id)))).collect())
}
