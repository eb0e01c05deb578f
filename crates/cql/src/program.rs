//! From sources to a [`Program`], and what can be asked of one.

use crate::eval::Program;
use crate::ir::{DefinitionId, Expr, LibraryId, NodeId, ParameterId, Span, Type};
use crate::sema::{Options, Source, check};
use crate::syntax::{Diagnostic, DiagnosticCode};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Compiles sources into one program. The order of the sources does not matter; the libraries that no other includes come last in the plan.
///
/// ```
/// use cql::{compile, Options, Source};
/// let faulty = Source { name: "a.cql", text: "define X: 1 +\ndefine Y: Z" };
/// let faults = compile(&[faulty], &Options::default()).err().unwrap_or_default();
/// assert_eq!(faults.len(), 2);
/// assert!(faults[0].to_string().contains("--> a.cql:2:1"));
/// ```
///
/// # Errors
/// Every fault of every source, by source and place.
pub fn compile(sources: &[Source<'_>], options: &Options) -> Result<Program, Vec<Diagnostic>> {
    compile_with_warnings(sources, options).map(|(program, _)| program)
}

/// As [`compile`], with the warnings.
///
/// # Errors
/// Every fault of every source, by source and place.
pub fn compile_with_warnings(sources: &[Source<'_>], options: &Options) -> Result<(Program, Vec<Diagnostic>), Vec<Diagnostic>> {
    let checked = check(sources, options);
    match checked.plan {
        Some(plan) => Ok((Program::new(plan), checked.diagnostics)),
        None => Err(checked.diagnostics),
    }
}

/// Compiles one expression, for a prompt or a test: a program whose only definition is called `Result`.
///
/// # Errors
/// Every fault of the expression.
pub fn compile_expression(text: &str, options: &Options) -> Result<Program, Vec<Diagnostic>> {
    let source = format!("define Result:\n{text}");
    let program = compile(&[Source { name: "expression", text: &source }], options)?;
    if program.plan().definitions.len() == 1 {
        return Ok(program);
    }
    // The text smuggled further declarations in.
    let name: Arc<str> = "expression".into();
    let fault = Diagnostic::new(DiagnosticCode::Syntax, &name, &source, 0..source.len(), "this is more than one expression");
    Err(vec![fault])
}

/// Makes a program of ELM JSON libraries, given as (name for messages, text): see [`crate::elm::read`].
///
/// # Errors
/// Every fault of every library.
pub fn compile_elm(sources: &[(&str, &str)]) -> Result<Program, Vec<Diagnostic>> {
    crate::elm::read(sources).map(Program::new)
}

/// A library of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryInfo {
    /// Its id.
    pub id: LibraryId,
    /// Its name; empty when it has no `library` line.
    pub name: Arc<str>,
    /// Its version.
    pub version: Option<Arc<str>>,
    /// Name of its source.
    pub source: Arc<str>,
}

/// A definition of a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinitionInfo {
    /// Its id.
    pub id: DefinitionId,
    /// Its name.
    pub name: Arc<str>,
    /// Type of its value.
    pub ty: Type,
    /// Not `private`.
    pub public: bool,
    /// Made by the language itself (`Patient`).
    pub implicit: bool,
}

/// A parameter of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterInfo {
    /// Its id.
    pub id: ParameterId,
    /// The library it stands in.
    pub library: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
    /// It has a default and need not be given.
    pub has_default: bool,
}

/// A place in a source, with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSpan<'p> {
    /// Name of the source.
    pub source: &'p str,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The text itself.
    pub text: &'p str,
}

impl Program {
    /// The libraries, an included one before what includes it.
    #[must_use]
    pub fn libraries(&self) -> Vec<LibraryInfo> {
        let libraries = self.plan().libraries.iter().enumerate();
        libraries
            .map(|(i, library)| LibraryInfo {
                id: LibraryId(i as u32),
                name: library.name.clone(),
                version: library.version.clone(),
                source: library.source_name.clone(),
            })
            .collect()
    }

    /// The definitions of a library, in the order of its source.
    #[must_use]
    pub fn definitions(&self, library: LibraryId) -> Vec<DefinitionInfo> {
        let plan = self.plan();
        let mut found: Vec<(u32, DefinitionInfo)> = plan
            .definitions
            .iter()
            .enumerate()
            .filter(|(_, d)| d.library == library)
            .map(|(i, d)| {
                let info = DefinitionInfo {
                    id: DefinitionId(i as u32),
                    name: d.name.clone(),
                    ty: plan.type_of(d.body).clone(),
                    public: d.public,
                    implicit: d.implicit,
                };
                (d.span.start, info)
            })
            .collect();
        found.sort_by_key(|(start, _)| *start);
        found.into_iter().map(|(_, info)| info).collect()
    }

    /// The parameters of all libraries.
    #[must_use]
    pub fn parameters(&self) -> Vec<ParameterInfo> {
        let plan = self.plan();
        let parameters = plan.parameters.iter().enumerate();
        parameters
            .map(|(i, parameter)| ParameterInfo {
                id: ParameterId(i as u32),
                library: plan.libraries[parameter.library.index()].name.clone(),
                name: parameter.name.clone(),
                ty: parameter.ty.clone(),
                has_default: parameter.default.is_some(),
            })
            .collect()
    }

    /// The definitions a definition refers to, directly or through the functions it calls; each once, in order of their ids.
    #[must_use]
    pub fn references(&self, definition: DefinitionId) -> Vec<DefinitionId> {
        let plan = self.plan();
        let mut found = BTreeSet::new();
        let mut functions = BTreeSet::new();
        let mut seen = vec![false; plan.nodes.len()];
        let mut open = vec![plan.definition(definition).body];
        while let Some(node) = open.pop() {
            if std::mem::replace(&mut seen[node.index()], true) {
                continue;
            }
            match &plan.node(node).expr {
                Expr::ExpressionRef(id) => {
                    found.insert(*id);
                }
                Expr::FunctionRef { function, .. } if functions.insert(*function) => {
                    open.extend(plan.function(*function).body);
                }
                _ => {}
            }
            plan.node(node).expr.operands(&mut |operand| open.push(operand));
        }
        found.into_iter().collect()
    }

    /// Where a definition stands in its source.
    #[must_use]
    pub fn source_span(&self, definition: DefinitionId) -> SourceSpan<'_> {
        self.place(self.plan().definition(definition).span)
    }

    /// Where a node of the plan stands in its source.
    #[must_use]
    pub fn node_span(&self, node: NodeId) -> SourceSpan<'_> {
        self.place(self.plan().node(node).span)
    }

    /// A library as ELM JSON: see [`crate::elm::to_json`].
    #[must_use]
    pub fn to_elm(&self, library: LibraryId) -> serde_json::Value {
        crate::elm::to_json(self.plan(), library)
    }

    /// Any span with its text.
    #[must_use]
    pub fn place(&self, span: Span) -> SourceSpan<'_> {
        let library = &self.plan().libraries[span.library.index()];
        let text: &str = &library.text;
        let start = (span.start as usize).min(text.len());
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        SourceSpan {
            source: &library.source_name,
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            text: text.get(start..span.end as usize).unwrap_or_default(),
        }
    }
}
