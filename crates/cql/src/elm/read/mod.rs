//! Reading ELM JSON libraries as one plan.

mod expressions;
mod operators;
mod property;
mod query;
mod references;
mod typing;

use super::names;
use crate::ir::{
    Code, CodeId, CodeSystem, CodeSystemId, Concept, ConceptId, Context, Definition, DefinitionId, Expr, Function, FunctionId,
    Library, LibraryId, Local, LocalId, LocalKind, Node, NodeId, Parameter, ParameterId, Plan, Span, Type, ValueSet, ValueSetId,
};
use crate::syntax::{Diagnostic, DiagnosticCode};
use json::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// Faults reported before giving up.
const MAX_FAULTS: usize = 100;
/// Nesting of expressions in one statement.
const MAX_DEPTH: u32 = 600;

/// Makes a plan of ELM libraries: (name for messages, JSON text). Their order does not matter. A library called FHIRHelpers is passed over: it is built in.
///
/// # Errors
/// Every fault of every library.
pub fn read(sources: &[(&str, &str)]) -> Result<Plan, Vec<Diagnostic>> {
    let limits =
        json::Limits { max_bytes: 64 << 20, max_depth: 2 * MAX_DEPTH as usize, max_nodes: 8_000_000, ..json::Limits::default() };
    let mut documents = Vec::with_capacity(sources.len());
    let mut faults = Vec::new();
    for (name, text) in sources {
        let name: Arc<str> = (*name).into();
        match json::Document::parse(text.as_bytes(), &limits) {
            Ok(document) => documents.push((name, *text, document)),
            Err(found) => faults.extend(found.into_iter().map(|f| {
                let span = f.offset..f.offset + 1;
                Diagnostic::new(DiagnosticCode::BadElm, &name, text, span, f.message)
            })),
        }
    }
    let mut reader = Reader {
        plan: Plan::default(),
        faults,
        libraries: Vec::new(),
        library: 0,
        locals: Vec::new(),
        scope: Vec::new(),
        depth: 0,
    };
    for (name, text, document) in &documents {
        reader.add_library(name, text, document.root());
    }
    reader.read_all();
    let Reader { plan, mut faults, .. } = reader;
    if faults.is_empty() {
        return Ok(plan);
    }
    faults.truncate(MAX_FAULTS);
    Err(faults)
}

/// A fault was reported.
struct Failed;
type Read<T = NodeId> = Result<T, Failed>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress<T> {
    Waiting,
    Working,
    Done(T),
    Failed,
}

#[derive(Clone, Copy)]
enum Included {
    Library(usize),
    Helpers,
}

struct Statement<'d, T> {
    name: Arc<str>,
    value: Value<'d>,
    progress: Progress<T>,
}

/// A library being read.
struct Elm<'d> {
    source: Arc<str>,
    text: &'d str,
    root: Value<'d>,
    name: String,
    version: Option<Arc<str>>,
    id: LibraryId,
    started: bool,
    includes: HashMap<String, Included>,
    definitions: Vec<Statement<'d, DefinitionId>>,
    functions: Vec<Statement<'d, FunctionId>>,
    parameters: Vec<Statement<'d, ParameterId>>,
    value_sets: HashMap<String, ValueSetId>,
    code_systems: HashMap<String, CodeSystemId>,
    codes: HashMap<String, CodeId>,
    concepts: HashMap<String, ConceptId>,
}

struct Reader<'d> {
    plan: Plan,
    faults: Vec<Diagnostic>,
    libraries: Vec<Elm<'d>>,
    library: usize,
    locals: Vec<Local>,
    scope: Vec<(Arc<str>, LocalId)>,
    depth: u32,
}

fn text<'d>(value: &Value<'d>, name: &str) -> Option<String> {
    value.get(name).and_then(|v| v.as_str().map(|s| s.into_owned()))
}

/// The entries of `section.def`.
fn defs<'d>(root: &Value<'d>, section: &str) -> Vec<Value<'d>> {
    let found = root.get(section).and_then(|s| s.get("def"));
    found.map(|d| d.items().collect()).unwrap_or_default()
}

impl<'d> Reader<'d> {
    fn fault(&mut self, at: Value<'d>, message: impl Into<String>) -> Failed {
        let library = &self.libraries[self.library];
        let fault = Diagnostic::new(DiagnosticCode::BadElm, &library.source, library.text, at.span(), message);
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
        Failed
    }

    fn add_library(&mut self, source: &Arc<str>, source_text: &'d str, document: Value<'d>) {
        let Some(root) = document.get("library") else {
            let message = "this is not ELM: it has no `library`";
            self.faults.push(Diagnostic::new(DiagnosticCode::BadElm, source, source_text, 0..1, message));
            return;
        };
        let identifier = root.get("identifier");
        let name = identifier.and_then(|i| text(&i, "id")).unwrap_or_default();
        if name == "FHIRHelpers" {
            return;
        }
        let version = identifier.and_then(|i| text(&i, "version")).map(Arc::from);
        let waiting = |value: Value<'d>| (Arc::<str>::from(text(&value, "name").unwrap_or_default()), value);
        let mut definitions = Vec::new();
        let mut functions = Vec::new();
        for value in defs(&root, "statements") {
            let (name, value) = waiting(value);
            let is_function = text(&value, "type").as_deref() == Some("FunctionDef");
            if is_function {
                functions.push(Statement { name, value, progress: Progress::Waiting });
            } else {
                definitions.push(Statement { name, value, progress: Progress::Waiting });
            }
        }
        let parameters = defs(&root, "parameters").into_iter().map(waiting);
        self.libraries.push(Elm {
            source: source.clone(),
            text: source_text,
            root,
            name,
            version,
            id: LibraryId(0),
            started: false,
            includes: HashMap::new(),
            definitions,
            functions,
            parameters: parameters.map(|(name, value)| Statement { name, value, progress: Progress::Waiting }).collect(),
            value_sets: HashMap::new(),
            code_systems: HashMap::new(),
            codes: HashMap::new(),
            concepts: HashMap::new(),
        });
    }

    fn read_all(&mut self) {
        for index in 0..self.libraries.len() {
            self.start(index, 0);
        }
        for index in 0..self.libraries.len() {
            for i in 0..self.libraries[index].parameters.len() {
                let _ = self.parameter(index, i);
            }
            for i in 0..self.libraries[index].functions.len() {
                let _ = self.function(index, i);
            }
            for i in 0..self.libraries[index].definitions.len() {
                let _ = self.definition(index, i);
            }
        }
    }

    /// Enters a library after those it includes.
    fn start(&mut self, index: usize, depth: u32) {
        if self.libraries[index].started || depth > 100 {
            return;
        }
        self.libraries[index].started = true;
        let root = self.libraries[index].root;
        for include in defs(&root, "includes") {
            let alias = text(&include, "localIdentifier").unwrap_or_default();
            let path = text(&include, "path").unwrap_or_default();
            let version = text(&include, "version");
            if path.rsplit('.').next() == Some("FHIRHelpers") || path.ends_with("/FHIRHelpers") {
                self.libraries[index].includes.insert(alias, Included::Helpers);
                continue;
            }
            let wanted = path.rsplit('/').next().unwrap_or(&path).to_owned();
            let same_name = |l: &Elm| l.name == path || l.name == wanted;
            let exact = self
                .libraries
                .iter()
                .position(|l| same_name(l) && (version.is_none() || l.version.as_deref() == version.as_deref()));
            let found = exact.or_else(|| self.libraries.iter().position(|l| same_name(l) && l.version.is_none()));
            match found {
                Some(target) => {
                    self.start(target, depth + 1);
                    self.libraries[index].includes.insert(alias, Included::Library(target));
                }
                None => {
                    self.library = index;
                    let version = version.map(|v| format!(" version {v}")).unwrap_or_default();
                    self.fault(include, format!("there is no library {path}{version} among the input"));
                }
            }
        }
        let id = LibraryId(self.plan.libraries.len() as u32);
        let library = &mut self.libraries[index];
        library.id = id;
        self.plan.libraries.push(Library {
            name: library.name.as_str().into(),
            version: library.version.clone(),
            source_name: library.source.clone(),
            text: "".into(),
            built_in: false,
        });
        self.library = index;
        self.terminology(root);
    }

    /// ELM keeps no place in a source text that this reader uses.
    fn nowhere(&self) -> Span {
        Span { library: self.libraries[self.library].id, start: 0, end: 0 }
    }

    fn terminology(&mut self, root: Value<'d>) {
        let library = self.libraries[self.library].id;
        let span = self.nowhere();
        let arc = |v: Option<String>| v.map(Arc::<str>::from);
        for def in defs(&root, "codeSystems") {
            let name = text(&def, "name").unwrap_or_default();
            let id = CodeSystemId(self.plan.code_systems.len() as u32);
            self.plan.code_systems.push(CodeSystem {
                library,
                name: name.as_str().into(),
                url: text(&def, "id").unwrap_or_default().into(),
                version: arc(text(&def, "version")),
                span,
            });
            self.libraries[self.library].code_systems.insert(name, id);
        }
        for def in defs(&root, "valueSets") {
            let name = text(&def, "name").unwrap_or_default();
            let id = ValueSetId(self.plan.value_sets.len() as u32);
            self.plan.value_sets.push(ValueSet {
                library,
                name: name.as_str().into(),
                url: text(&def, "id").unwrap_or_default().into(),
                version: arc(text(&def, "version")),
                code_systems: Vec::new(),
                span,
            });
            self.libraries[self.library].value_sets.insert(name, id);
        }
        for def in defs(&root, "codes") {
            let name = text(&def, "name").unwrap_or_default();
            let system = def.get("codeSystem").map(|s| self.code_system(s));
            let Some(Ok(system)) = system else {
                self.fault(def, format!("code `{name}` has no code system"));
                continue;
            };
            let id = CodeId(self.plan.codes.len() as u32);
            self.plan.codes.push(Code {
                library,
                name: name.as_str().into(),
                code: text(&def, "id").unwrap_or_default().into(),
                system,
                display: arc(text(&def, "display")),
                span,
            });
            self.libraries[self.library].codes.insert(name, id);
        }
        for def in defs(&root, "concepts") {
            let name = text(&def, "name").unwrap_or_default();
            let members = def.get("code").map(|c| c.items().collect::<Vec<_>>()).unwrap_or_default();
            let codes = members.into_iter().filter_map(|c| self.code(c).ok()).collect();
            let id = ConceptId(self.plan.concepts.len() as u32);
            self.plan.concepts.push(Concept {
                library,
                name: name.as_str().into(),
                codes,
                display: arc(text(&def, "display")),
                span,
            });
            self.libraries[self.library].concepts.insert(name, id);
        }
    }

    // --- nodes and frames ---------------------------------------------------------------------------------------------------------------------------------

    fn node(&mut self, expr: Expr, ty: Type) -> NodeId {
        let id = NodeId(self.plan.nodes.len() as u32);
        let span = self.nowhere();
        self.plan.nodes.push(Node { expr, ty, span });
        id
    }

    fn type_of(&self, id: NodeId) -> Type {
        self.plan.node(id).ty.clone()
    }

    fn local(&mut self, name: &str, kind: LocalKind, ty: Type) -> LocalId {
        let id = LocalId(self.locals.len() as u32);
        self.locals.push(Local { name: name.into(), kind, ty });
        self.scope.push((name.into(), id));
        id
    }

    fn local_ref(&mut self, local: LocalId) -> NodeId {
        let ty = self.locals[local.index()].ty.clone();
        self.node(Expr::Local(local), ty)
    }

    /// Runs in a frame of its own in another library.
    fn in_frame<T>(&mut self, library: usize, run: impl FnOnce(&mut Self) -> T) -> (T, Vec<Local>) {
        let library = std::mem::replace(&mut self.library, library);
        let locals = std::mem::take(&mut self.locals);
        let scope = std::mem::take(&mut self.scope);
        let result = run(self);
        self.library = library;
        self.scope = scope;
        (result, std::mem::replace(&mut self.locals, locals))
    }

    // --- statements, on demand ----------------------------------------------------------------------------------------------------------------------------

    fn definition(&mut self, library: usize, index: usize) -> Read<DefinitionId> {
        let statement = &mut self.libraries[library].definitions[index];
        let (value, name) = (statement.value, statement.name.clone());
        match statement.progress {
            Progress::Done(id) => return Ok(id),
            Progress::Failed => return Err(Failed),
            Progress::Working => return Err(self.fault(value, format!("`{name}` is defined by itself"))),
            Progress::Waiting => statement.progress = Progress::Working,
        }
        let (body, locals) = self.in_frame(library, |reader| match value.get("expression") {
            Some(expression) => reader.expression(expression),
            None => Err(reader.fault(value, format!("`{name}` has no expression"))),
        });
        let Ok(body) = body else {
            self.libraries[library].definitions[index].progress = Progress::Failed;
            return Err(Failed);
        };
        let id = DefinitionId(self.plan.definitions.len() as u32);
        let patient = text(&value, "context").as_deref() != Some("Unfiltered");
        let owner = self.libraries[library].id;
        self.plan.definitions.push(Definition {
            library: owner,
            implicit: &*name == "Patient",
            name,
            public: text(&value, "accessLevel").as_deref() != Some("Private"),
            context: if patient { Context::Patient } else { Context::Unfiltered },
            body,
            locals,
            span: Span { library: owner, start: index as u32, end: index as u32 },
        });
        self.libraries[library].definitions[index].progress = Progress::Done(id);
        Ok(id)
    }

    fn parameter(&mut self, library: usize, index: usize) -> Read<ParameterId> {
        let statement = &mut self.libraries[library].parameters[index];
        let (value, name) = (statement.value, statement.name.clone());
        match statement.progress {
            Progress::Done(id) => return Ok(id),
            Progress::Failed => return Err(Failed),
            Progress::Working => return Err(self.fault(value, format!("`{name}` is defined by itself"))),
            Progress::Waiting => statement.progress = Progress::Working,
        }
        let (default, locals) = self.in_frame(library, |reader| value.get("default").map(|d| reader.expression(d)).transpose());
        let Ok(default) = default else {
            self.libraries[library].parameters[index].progress = Progress::Failed;
            return Err(Failed);
        };
        let ty = typing::declared(&value, "parameterType", "parameterTypeSpecifier");
        let ty = ty.or_else(|| default.map(|d| self.type_of(d))).unwrap_or(Type::ANY);
        let id = ParameterId(self.plan.parameters.len() as u32);
        let owner = self.libraries[library].id;
        self.plan.parameters.push(Parameter {
            library: owner,
            name,
            ty,
            default,
            locals,
            span: Span { library: owner, start: 0, end: 0 },
        });
        self.libraries[library].parameters[index].progress = Progress::Done(id);
        Ok(id)
    }

    fn function(&mut self, library: usize, index: usize) -> Read<FunctionId> {
        let statement = &mut self.libraries[library].functions[index];
        let (value, name) = (statement.value, statement.name.clone());
        match statement.progress {
            Progress::Done(id) => return Ok(id),
            Progress::Failed => return Err(Failed),
            Progress::Working => return Err(self.fault(value, format!("`{name}` is defined by itself"))),
            Progress::Waiting => statement.progress = Progress::Working,
        }
        let operands = typing::operands(&value);
        let (body, locals) = self.in_frame(library, |reader| {
            for (name, ty) in &operands {
                reader.local(name, LocalKind::Operand, ty.clone());
            }
            value.get("expression").map(|e| reader.expression(e)).transpose()
        });
        let Ok(body) = body else {
            self.libraries[library].functions[index].progress = Progress::Failed;
            return Err(Failed);
        };
        let declared = typing::declared(&value, "resultTypeName", "resultTypeSpecifier");
        let result = body.map(|b| self.type_of(b)).or(declared).unwrap_or(Type::ANY);
        let id = FunctionId(self.plan.functions.len() as u32);
        let owner = self.libraries[library].id;
        self.plan.functions.push(Function {
            library: owner,
            name,
            fluent: value.get("fluent").and_then(|f| f.as_bool()).unwrap_or(false),
            operands,
            result,
            body,
            locals,
            span: Span { library: owner, start: index as u32, end: index as u32 },
        });
        self.libraries[library].functions[index].progress = Progress::Done(id);
        Ok(id)
    }
}
