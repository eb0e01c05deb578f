//! Writing a library as ELM JSON.

mod expression;
mod literal;
mod query;
mod types;

use super::names;
use crate::ir::{Context, Definition, DefinitionId, Expr, Function, LibraryId, Local, NodeId, Plan};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One library of a plan as an ELM library.
#[must_use]
pub fn to_json(plan: &Plan, library: LibraryId) -> Value {
    let mut writer = Writer { plan, library, includes: BTreeMap::new(), subjects: Vec::new(), locals: &[], uses_helpers: false };
    writer.library()
}

/// The state of writing one library.
struct Writer<'p> {
    plan: &'p Plan,
    library: LibraryId,
    /// Libraries referred to, with the alias they get.
    includes: BTreeMap<LibraryId, String>,
    /// Subject definitions (`Patient`) referred to: ELM wants each library to have its own.
    subjects: Vec<DefinitionId>,
    locals: &'p [Local],
    uses_helpers: bool,
}

fn insert(object: &mut Value, key: &str, value: Value) {
    if let Some(map) = object.as_object_mut() {
        map.insert(key.to_owned(), value);
    }
}

impl<'p> Writer<'p> {
    fn library(&mut self) -> Value {
        let plan = self.plan;
        let library = &plan.libraries[self.library.index()];
        let mut statements = Vec::new();
        // Functions and definitions in the order of the source.
        let mut items: Vec<(u32, Result<&Definition, &Function>)> = Vec::new();
        let own = self.library;
        let definitions = plan.definitions.iter().filter(|d| d.library == own && !d.implicit);
        items.extend(definitions.map(|d| (d.span.start, Ok(d))));
        let functions = plan.functions.iter().filter(|f| f.library == own);
        items.extend(functions.map(|f| (f.span.start, Err(f))));
        items.sort_by_key(|(start, _)| *start);
        for (_, item) in items {
            statements.push(match item {
                Ok(definition) => self.definition(definition),
                Err(function) => self.function(function),
            });
        }
        // Every library about a patient has its own definition of the patient.
        let about_patient = plan.definitions.iter().any(|d| d.library == own && d.context == Context::Patient);
        if about_patient && self.subjects.is_empty() {
            let patient = plan.definitions.iter().position(|d| d.implicit && &*d.name == "Patient");
            self.subjects.extend(patient.map(|i| DefinitionId(i as u32)));
        }
        let parameters = self.parameters();
        let terminology = self.terminology();
        let mut subjects = Vec::new();
        for id in std::mem::take(&mut self.subjects) {
            subjects.push(self.definition(plan.definition(id)));
        }
        subjects.append(&mut statements);
        let mut identifier = json!({});
        insert(&mut identifier, "id", json!(&*library.name));
        if let Some(version) = &library.version {
            insert(&mut identifier, "version", json!(&**version));
        }
        let mut out = json!({
            "identifier": identifier,
            "schemaIdentifier": { "id": "urn:hl7-org:elm", "version": "r1" },
            "usings": { "def": [
                { "localIdentifier": "System", "uri": names::SYSTEM },
                { "localIdentifier": "FHIR", "uri": names::FHIR, "version": "4.0.1" },
            ] },
        });
        let includes = self.include_lines();
        let mut section = |name: &str, def: Vec<Value>| {
            if !def.is_empty() {
                insert(&mut out, name, json!({ "def": def }));
            }
        };
        section("includes", includes);
        section("parameters", parameters);
        for (name, def) in terminology {
            section(name, def);
        }
        section("contexts", vec![json!({ "name": "Patient" })]);
        section("statements", subjects);
        json!({ "library": out })
    }

    fn include_lines(&self) -> Vec<Value> {
        let mut lines = Vec::new();
        if self.uses_helpers {
            lines.push(json!({ "localIdentifier": "FHIRHelpers", "path": "FHIRHelpers", "version": "4.0.1" }));
        }
        for (id, alias) in &self.includes {
            let library = &self.plan.libraries[id.index()];
            let mut line = json!({ "localIdentifier": alias, "path": &*library.name });
            if let Some(version) = &library.version {
                insert(&mut line, "version", json!(&**version));
            }
            lines.push(line);
        }
        lines
    }

    /// Adds `libraryName` to a reference into another library.
    fn qualify(&mut self, reference: &mut Value, library: LibraryId) {
        if library == self.library {
            return;
        }
        let plan = self.plan;
        let name = &plan.libraries[library.index()].name;
        let taken = self.includes.len();
        let alias = self.includes.entry(library).or_insert_with(|| {
            let last = name.rsplit('.').next().unwrap_or(name);
            if last.is_empty() { format!("Library{taken}") } else { last.to_owned() }
        });
        let alias = alias.clone();
        insert(reference, "libraryName", json!(alias));
    }

    fn reference(&mut self, kind: &str, name: &Arc<str>, library: LibraryId) -> Value {
        let mut reference = json!({ "type": kind, "name": &**name });
        self.qualify(&mut reference, library);
        reference
    }

    fn in_frame(&mut self, locals: &'p [Local], body: NodeId) -> Value {
        self.locals = locals;
        self.expression(body)
    }

    fn definition(&mut self, definition: &'p Definition) -> Value {
        let expression = self.in_frame(&definition.locals, definition.body);
        json!({
            "name": &*definition.name,
            "context": context(definition.context),
            "accessLevel": access_level(definition.public),
            "expression": expression,
        })
    }

    fn function(&mut self, function: &'p Function) -> Value {
        let operands: Vec<Value> = function
            .operands
            .iter()
            .map(|(name, ty)| json!({ "name": &**name, "operandTypeSpecifier": types::specifier(ty) }))
            .collect();
        let mut out = json!({
            "type": "FunctionDef",
            "name": &*function.name,
            "context": "Patient",
            "accessLevel": "Public",
            "operand": operands,
        });
        if function.fluent {
            insert(&mut out, "fluent", json!(true));
        }
        match function.body {
            Some(body) => {
                let expression = self.in_frame(&function.locals, body);
                insert(&mut out, "expression", expression);
            }
            None => {
                insert(&mut out, "external", json!(true));
                insert(&mut out, "resultTypeSpecifier", types::specifier(&function.result));
            }
        }
        out
    }

    fn parameters(&mut self) -> Vec<Value> {
        let plan = self.plan;
        let own = self.library;
        let mut out = Vec::new();
        for parameter in plan.parameters.iter().filter(|p| p.library == own) {
            let mut def = json!({
                "name": &*parameter.name,
                "accessLevel": "Public",
                "parameterTypeSpecifier": types::specifier(&parameter.ty),
            });
            if let Some(default) = parameter.default {
                let value = self.in_frame(&parameter.locals, default);
                insert(&mut def, "default", value);
            }
            out.push(def);
        }
        out
    }

    fn terminology(&mut self) -> Vec<(&'static str, Vec<Value>)> {
        let plan = self.plan;
        let own = self.library;
        let with_version = |mut def: Value, version: &Option<Arc<str>>| {
            if let Some(version) = version {
                insert(&mut def, "version", json!(&**version));
            }
            def
        };
        let systems = plan.code_systems.iter().filter(|c| c.library == own);
        let systems = systems
            .map(|c| with_version(json!({ "name": &*c.name, "id": &*c.url, "accessLevel": "Public" }), &c.version))
            .collect();
        let sets = plan.value_sets.iter().filter(|v| v.library == own);
        let sets =
            sets.map(|v| with_version(json!({ "name": &*v.name, "id": &*v.url, "accessLevel": "Public" }), &v.version)).collect();
        let mut codes = Vec::new();
        for code in plan.codes.iter().filter(|c| c.library == own) {
            let system = &plan.code_systems[code.system.index()];
            let mut reference = json!({ "name": &*system.name });
            self.qualify(&mut reference, system.library);
            let mut def = json!({ "name": &*code.name, "id": &*code.code, "accessLevel": "Public", "codeSystem": reference });
            if let Some(display) = &code.display {
                insert(&mut def, "display", json!(&**display));
            }
            codes.push(def);
        }
        let mut concepts = Vec::new();
        for concept in plan.concepts.iter().filter(|c| c.library == own) {
            let mut members = Vec::new();
            for id in &concept.codes {
                let code = &plan.codes[id.index()];
                let mut reference = json!({ "name": &*code.name });
                self.qualify(&mut reference, code.library);
                members.push(reference);
            }
            let mut def = json!({ "name": &*concept.name, "accessLevel": "Public", "code": members });
            if let Some(display) = &concept.display {
                insert(&mut def, "display", json!(&**display));
            }
            concepts.push(def);
        }
        vec![("codeSystems", systems), ("valueSets", sets), ("codes", codes), ("concepts", concepts)]
    }

    fn expr(&self, id: NodeId) -> &'p Expr {
        &self.plan.node(id).expr
    }
}

fn context(context: Context) -> &'static str {
    match context {
        Context::Patient => "Patient",
        Context::Unfiltered => "Unfiltered",
    }
}

fn access_level(public: bool) -> &'static str {
    if public { "Public" } else { "Private" }
}
