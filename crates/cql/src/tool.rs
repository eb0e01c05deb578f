//! What a command line needs, without being one: reports as text, answers as JSON, a prompt that remembers its definitions. Nothing here reads a file or a clock.

use crate::data::{Data, Terminology};
use crate::eval::{EvalOptions, Parameters, Program};
use crate::ir::{DefinitionId, LibraryId};
use crate::program::{compile_expression, compile_with_warnings};
use crate::sema::{Options, Source};
use crate::syntax::Severity;
use crate::value::{DateTime, Value};
use serde_json::json;

/// What `check` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckReport {
    /// Every fault and warning with its place, then one line that sums up.
    pub text: String,
    /// Number of errors; the sources make a program when it is zero.
    pub errors: usize,
    /// Number of warnings.
    pub warnings: usize,
}

/// Checks sources and says everything that is wrong with them.
///
/// ```
/// use cql::{Options, Source, tool::check};
/// let report = check(&[Source { name: "a.cql", text: "define X: 1 +" }], &Options::default());
/// assert_eq!(report.errors, 1);
/// assert!(report.text.contains("a.cql:1:14"));
/// ```
#[must_use]
pub fn check(sources: &[Source<'_>], options: &Options) -> CheckReport {
    let (faults, what) = match compile_with_warnings(sources, options) {
        Ok((program, warnings)) => {
            let plan = program.plan();
            let definitions = plan.definitions.iter().filter(|d| !d.implicit).count();
            let what =
                format!("{} libraries, {definitions} definitions, {} functions", plan.libraries.len(), plan.functions.len());
            (warnings, what)
        }
        Err(faults) => (faults, format!("{} sources", sources.len())),
    };
    let errors = faults.iter().filter(|f| f.severity == Severity::Error).count();
    let warnings = faults.len() - errors;
    let mut text: String = faults.iter().map(|f| format!("{f}\n\n")).collect();
    text.push_str(&format!("{what}: {errors} errors, {warnings} warnings\n"));
    CheckReport { text, errors, warnings }
}

/// Parameter values from `NAME=EXPRESSION` pairs; the expression is CQL of its own (`Interval[@2025-01-01, @2026-01-01)`).
///
/// # Errors
/// What is wrong with the first pair that cannot be used.
pub fn parameters<'t>(pairs: impl IntoIterator<Item = &'t str>, now: DateTime) -> Result<Parameters, String> {
    let mut parameters = Parameters::new();
    for pair in pairs {
        let (name, text) = pair.split_once('=').ok_or_else(|| format!("`{pair}` is not NAME=VALUE"))?;
        let program = compile_expression(text, &Options::default())
            .map_err(|faults| faults.first().map(ToString::to_string).unwrap_or_default())?;
        let data = Data::load([]);
        let none = Parameters::new();
        let answers = program.evaluate(&data, &none, now, &EvalOptions::default()).map_err(|e| e.to_string())?;
        if let Some(error) = answers.first_error() {
            return Err(format!("parameter {name}: {error}"));
        }
        let value = program.definition("Result").map(|d| answers.value(d).clone());
        parameters = parameters.with(name, value.unwrap_or_default());
    }
    Ok(parameters)
}

/// All definitions of a library for one patient as one JSON object: name to value; a definition that failed is `{"error": ...}`.
#[must_use]
pub fn evaluate(
    program: &Program,
    library: LibraryId,
    data: &Data<'_>,
    parameters: &Parameters,
    terminology: &Terminology,
    now: DateTime,
) -> serde_json::Value {
    let definitions = program.definitions(library);
    let ids: Vec<DefinitionId> = definitions.iter().map(|d| d.id).collect();
    let options = EvalOptions { terminology: Some(terminology), definitions: Some(&ids), ..EvalOptions::default() };
    let answers = match program.evaluate(data, parameters, now, &options) {
        Ok(answers) => answers,
        Err(error) => return json!({ "error": error.to_string() }),
    };
    let mut out = serde_json::Map::new();
    for definition in definitions {
        let value = match answers.error(definition.id) {
            Some(error) => json!({ "error": error.to_string() }),
            None => match answers.value(definition.id) {
                Value::Null => serde_json::Value::Null,
                value => data.value_to_json(value),
            },
        };
        out.insert(definition.name.to_string(), value);
    }
    serde_json::Value::Object(out)
}

/// A prompt: declarations are kept, expressions are answered.
#[derive(Clone, Debug, Default)]
pub struct Session {
    declarations: Vec<String>,
    options: Options,
}

impl Session {
    /// An empty prompt. `head` holds the lines every answer starts from (`using`, `include`, `context`...), or nothing.
    #[must_use]
    pub fn new(head: &str, options: Options) -> Session {
        let declarations = if head.is_empty() { Vec::new() } else { vec![head.to_owned()] };
        Session { declarations, options }
    }

    /// Names that can be completed: definitions, functions, parameters and terminology declared so far.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let text = self.declarations.join("\n");
        let (library, _) = crate::syntax::parse(&"prompt".into(), &text, &self.options.limits);
        let definitions = library.definitions.iter().map(|d| &d.name.text);
        let functions = library.functions.iter().map(|f| &f.name.text);
        let parameters = library.parameters.iter().map(|p| &p.name.text);
        let value_sets = library.value_sets.iter().map(|v| &v.name.text);
        let codes = library.codes.iter().map(|c| &c.name.text);
        let all = definitions.chain(functions).chain(parameters).chain(value_sets).chain(codes);
        all.map(ToString::to_string).collect()
    }

    /// Takes one line: a declaration is checked and kept, an expression is answered as CQL text.
    ///
    /// # Errors
    /// The faults of the line, or the error of its evaluation, as text; what was kept before stays.
    pub fn line(
        &mut self,
        line: &str,
        libraries: &[Source<'_>],
        data: &Data<'_>,
        terminology: &Terminology,
        now: DateTime,
    ) -> Result<String, String> {
        const NAME: &str = "the line at the prompt";
        let first = line.split_whitespace().next().unwrap_or_default();
        let declares = matches!(
            first,
            "using"
                | "include"
                | "codesystem"
                | "valueset"
                | "code"
                | "concept"
                | "parameter"
                | "context"
                | "define"
                | "public"
                | "private"
        );
        let mut text = self.declarations.join("\n");
        text.push('\n');
        if declares {
            text.push_str(line);
        } else {
            text.push_str(&format!("define \"{NAME}\":\n{line}"));
        }
        let mut sources = libraries.to_vec();
        sources.push(Source { name: "prompt", text: &text });
        let program = compile_with_warnings(&sources, &self.options)
            .map(|(program, _)| program)
            .map_err(|faults| faults.iter().map(|f| format!("{f}\n")).collect::<String>())?;
        if declares {
            self.declarations.push(line.to_owned());
            return Ok(String::new());
        }
        let Some(definition) = program.definition(NAME) else {
            return Ok(String::new());
        };
        let parameters = Parameters::new();
        let ids = [definition];
        let options = EvalOptions { terminology: Some(terminology), definitions: Some(&ids), ..EvalOptions::default() };
        let answers = program.evaluate(data, &parameters, now, &options).map_err(|e| e.to_string())?;
        match answers.error(definition) {
            Some(error) => Err(error.to_string()),
            None => Ok(match answers.value(definition) {
                Value::Null => "null".to_owned(),
                value => data.value_to_json(value).to_string(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime {
        DateTime::parse("2026-01-15T12:00:00.000Z").unwrap()
    }

    #[test]
    fn a_prompt_keeps_declarations_and_answers_expressions() {
        let mut session = Session::new("", Options::default());
        let (data, terminology) = (Data::load([]), Terminology::new());
        let mut say = |line: &str| session.line(line, &[], &data, &terminology, now());
        assert_eq!(say("define X: 20"), Ok(String::new()));
        assert_eq!(say("X + 1"), Ok("21".to_owned()));
        assert!(say("X +").is_err());
        assert!(say("define X: 3").is_err());
        assert_eq!(say("X"), Ok("20".to_owned()));
        assert_eq!(session.names(), ["X"]);
    }

    #[test]
    fn parameters_are_expressions() {
        let made = parameters(["A=1 + 1", "P=Interval[@2025-01-01, @2026-01-01)"], now()).unwrap();
        let source = Source {
            name: "t",
            text: "library T\nparameter A Integer\nparameter P Interval<Date>\ndefine X: A\ndefine Y: @2025-06-01 in P",
        };
        let program = crate::compile(&[source], &Options::default()).unwrap();
        let library = program.libraries()[0].id;
        let answers = evaluate(&program, library, &Data::load([]), &made, &Terminology::new(), now());
        assert_eq!(answers, json!({ "X": 2, "Y": true }));
        assert!(parameters(["A"], now()).is_err());
        assert!(parameters(["A=1 +"], now()).is_err());
    }
}
