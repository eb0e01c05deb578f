//! The answers for one patient as one JSON line.

use ::cql::value::{Object, Value};
use ::cql::{Absent, Data, DefinitionId, Evaluation, Evidence, Program};
use serde_json::{Value as Json, json};

/// How answers are written.
#[derive(Clone, Copy, Default)]
pub struct Style {
    /// Whole resources; otherwise a resource is its type and id.
    pub full: bool,
    /// Evidence and the tree of conditions beside each value.
    pub trace: bool,
}

/// A JSON object whose members stay in the order they were added.
#[derive(Default)]
pub struct Members(String);

impl Members {
    /// Adds a member whose value is JSON text.
    pub fn add_text(&mut self, key: &str, value: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&Json::from(key).to_string());
        self.0.push(':');
        self.0.push_str(value);
    }

    /// Adds a member.
    pub fn add(&mut self, key: &str, value: &Json) {
        self.add_text(key, &value.to_string());
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The object as JSON text.
    pub fn finish(mut self) -> String {
        if self.0.is_empty() {
            self.0.push('{');
        }
        self.0.push('}');
        self.0
    }
}

/// A definition to be written, with the name it goes by.
pub struct Wanted {
    /// Its id.
    pub id: DefinitionId,
    /// Its name, with its library's where several are evaluated.
    pub name: String,
}

/// Writes the values of definitions; those that failed are `{"error": ...}`. Returns their names and messages.
pub fn write(
    program: &Program,
    answers: &Evaluation<'_, '_>,
    wanted: &[Wanted],
    style: Style,
    out: &mut Members,
    traces: &mut Members,
) -> Vec<(String, String)> {
    let data = answers.data();
    let mut failed = Vec::new();
    for definition in wanted {
        let value = match answers.error(definition.id) {
            Some(error) => {
                failed.push((definition.name.clone(), error.to_string()));
                error_json(program, error)
            }
            None => value_json(answers.value(definition.id), data, style.full),
        };
        out.add(&definition.name, &value);
        if style.trace {
            let evidence = evidence_json(program, &answers.evidence(definition.id));
            traces.add(&definition.name, &json!({ "evidence": evidence, "tree": answers.trace(definition.id).to_json() }));
        }
    }
    failed
}

/// A value as JSON; a resource of the data whole, or as its type and id.
pub fn value_json(value: &Value, data: &Data<'_>, full: bool) -> Json {
    value.to_json_with(&|object: Object| {
        let node = data.value(object);
        match (full, node.get("resourceType")) {
            (false, Some(kind)) => json!({
                "resourceType": kind.as_str(),
                "id": node.get("id").and_then(|id| id.as_str()),
            }),
            _ => data.value_to_json(&Value::Object(object)),
        }
    })
}

fn error_json(program: &Program, error: &::cql::EvalError) -> Json {
    let mut out = json!({ "error": error.to_string(), "code": error.problem.code() });
    if let Some(definition) = error.definition {
        out["in"] = json!(&*program.plan().definition(definition).name);
    }
    if let Some(place) = error.span.map(|s| program.place(s)).filter(|p| !p.text.is_empty()) {
        out["at"] = json!(format!("{}:{}:{}", place.source, place.line, place.column));
    }
    out
}

fn evidence_json(program: &Program, evidence: &Evidence) -> Json {
    let plan = program.plan();
    let at = |span| {
        let place = program.place(span);
        json!({ "at": format!("{}:{}:{}", place.source, place.line, place.column), "text": place.text })
    };
    let absent = evidence.absent.iter().map(|absent| match absent {
        Absent::Resource { resource_type, path, codes, found, span } => {
            json!({ "resource": resource_type, "path": path, "codes": codes, "found": found, "where": at(*span) })
        }
        Absent::Element { resource, path, span } => json!({ "element": path, "of": resource, "where": at(*span) }),
    });
    let clauses = evidence.clauses.iter().map(|c| {
        let mut clause = at(c.span);
        clause["outcome"] = json!(c.outcome);
        clause
    });
    json!({
        "resources": evidence.resources,
        "elements": evidence.elements.iter().map(|e| json!({ "resource": e.resource, "path": e.path })).collect::<Vec<_>>(),
        "absent": absent.collect::<Vec<_>>(),
        "clauses": clauses.collect::<Vec<_>>(),
        "definitions": evidence.definitions.iter().map(|d| &plan.definition(*d).name).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order() {
        let mut members = Members::default();
        assert!(members.is_empty());
        members.add("z", &json!(1));
        members.add("a \"b\"", &json!([null]));
        assert_eq!(members.finish(), r#"{"z":1,"a \"b\"":[null]}"#);
        assert_eq!(Members::default().finish(), "{}");
    }
}
