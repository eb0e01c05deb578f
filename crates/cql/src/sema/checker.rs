//! The state of a check, the nodes it makes and the faults it finds.

use super::Options;
use super::types::Generosity;
use crate::ir::{
    CodeId, CodeSystemId, ConceptId, DefinitionId, Expr, FunctionId, LibraryId, Local, LocalId, LocalKind, Node, NodeId,
    ParameterId, Plan, Span, Type, ValueSetId,
};
use crate::model::{Model, Models};
use crate::syntax::ast::{self, Range};
use crate::syntax::{Diagnostic, DiagnosticCode, Severity};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// A fault was reported; there is no node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed;
pub(super) type Typed<T = NodeId> = Result<T, Failed>;

/// How far something that is checked on demand has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress<T> {
    Waiting,
    Working,
    Done(T),
    Failed,
}

/// What a name of a library stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symbol {
    /// Index into the unit's definitions.
    Definition(usize),
    /// Index into the unit's parameters.
    Parameter(usize),
    ValueSet(ValueSetId),
    CodeSystem(CodeSystemId),
    Code(CodeId),
    Concept(ConceptId),
    /// An included library.
    Include(Included),
}

/// A library behind an alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Included {
    /// Index into the checker's units.
    Unit(usize),
    /// The built-in FHIRHelpers.
    Helpers,
    /// One that is not there, or is cut from a circle: that was reported, so its names are no further faults.
    Missing,
}

/// A library being checked.
pub(super) struct Unit {
    pub(super) source: Arc<str>,
    pub(super) text: Arc<str>,
    pub(super) ast: Rc<ast::Library>,
    pub(super) library: LibraryId,
    /// Models by the names they are used under, with their own names; the first is the default.
    pub(super) models: Vec<(Arc<str>, Arc<str>)>,
    pub(super) symbols: HashMap<Arc<str>, (Symbol, bool)>,
    pub(super) functions: HashMap<Arc<str>, Vec<usize>>,
    pub(super) definition_progress: Vec<Progress<DefinitionId>>,
    pub(super) parameter_progress: Vec<Progress<ParameterId>>,
    pub(super) function_progress: Vec<Progress<FunctionId>>,
    /// Operand types of the functions; `None` when they are faulty.
    pub(super) signatures: Vec<Option<Vec<Type>>>,
    /// The definition of each context that was named (`Patient`).
    pub(super) subjects: Vec<Option<DefinitionId>>,
}

/// The definition, function or parameter default being checked.
#[derive(Default)]
pub(super) struct Frame {
    pub(super) locals: Vec<Local>,
    /// Names in scope, innermost last.
    pub(super) scope: Vec<Binding>,
    /// Index of the context (into the unit's contexts).
    pub(super) context: Option<usize>,
}

/// A name in scope.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    pub(super) name: Arc<str>,
    pub(super) local: LocalId,
    /// Elements of it can be named without qualifying (sort keys, `where(...)`).
    pub(super) implicit: bool,
}

pub(super) struct Checker<'a> {
    pub(super) options: &'a Options,
    /// The models of the program.
    pub(super) models: Arc<Models>,
    pub(super) plan: Plan,
    pub(super) faults: Vec<Diagnostic>,
    pub(super) units: Vec<Unit>,
    /// The unit being checked.
    pub(super) unit: usize,
    pub(super) frame: Frame,
    /// Subject definitions by (model, class), shared by all libraries.
    pub(super) subjects: HashMap<(Arc<str>, Arc<str>), DefinitionId>,
}

impl Checker<'_> {
    pub(super) fn ast(&self) -> Rc<ast::Library> {
        self.units[self.unit].ast.clone()
    }

    /// The models the unit uses, the default one first.
    pub(super) fn used_models(&self) -> impl Iterator<Item = &Model> {
        self.units[self.unit].models.iter().filter_map(|(_, name)| self.models.get(name))
    }

    pub(super) fn generosity(&self) -> Generosity {
        Generosity {
            promotion: self.options.list_promotion,
            demotion: self.options.list_demotion,
            intervals: self.options.interval_promotion,
        }
    }

    pub(super) fn span(&self, range: Range) -> Span {
        Span { library: self.units[self.unit].library, start: range.start, end: range.end }
    }

    /// Adds a node.
    pub(super) fn node(&mut self, expr: Expr, ty: Type, range: Range) -> NodeId {
        let span = self.span(range);
        self.node_at(expr, ty, span)
    }

    /// Adds a node with the place of another.
    pub(super) fn node_at(&mut self, expr: Expr, ty: Type, span: Span) -> NodeId {
        let id = NodeId(self.plan.nodes.len() as u32);
        self.plan.nodes.push(Node { expr, ty, span });
        id
    }

    pub(super) fn type_of(&self, id: NodeId) -> Type {
        self.plan.node(id).ty.clone()
    }

    pub(super) fn span_of(&self, id: NodeId) -> Span {
        self.plan.node(id).span
    }

    /// Reports a fault in the unit being checked.
    pub(super) fn fault(&mut self, code: DiagnosticCode, range: Range, message: impl Into<String>) -> Failed {
        self.fault_with(code, range, message, None)
    }

    /// Reports a fault with advice.
    pub(super) fn fault_with(
        &mut self,
        code: DiagnosticCode,
        range: Range,
        message: impl Into<String>,
        advice: Option<String>,
    ) -> Failed {
        // The lines of a fault are counted through the whole text: a thousandth fault of a megabyte is not worth it.
        let full = self.faults.len() >= self.options.limits.max_faults;
        if full && self.faults.iter().any(|f| f.severity == Severity::Error) {
            return Failed;
        }
        let unit = &self.units[self.unit];
        let mut fault = Diagnostic::new(code, &unit.source, &unit.text, range.bytes(), message);
        fault.advice = advice;
        self.faults.push(fault);
        Failed
    }

    // --- locals -------------------------------------------------------------------------------------------------------------------------------------------

    /// A new slot of the frame.
    pub(super) fn local(&mut self, name: &str, kind: LocalKind, ty: Type) -> LocalId {
        let id = LocalId(self.frame.locals.len() as u32);
        self.frame.locals.push(Local { name: name.into(), kind, ty });
        id
    }

    /// Brings a slot into scope under a name.
    pub(super) fn bind(&mut self, name: &str, local: LocalId, implicit: bool) {
        self.frame.scope.push(Binding { name: name.into(), local, implicit });
    }

    /// The value of a slot.
    pub(super) fn local_ref(&mut self, local: LocalId, span: Span) -> NodeId {
        let ty = self.frame.locals[local.index()].ty.clone();
        self.node_at(Expr::Local(local), ty, span)
    }

    /// Runs with names that go out of scope again.
    pub(super) fn scoped<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.frame.scope.len();
        let result = run(self);
        self.frame.scope.truncate(depth);
        result
    }

    /// Runs in the frame of another definition (of another unit perhaps) and gives that frame's slots.
    pub(super) fn in_frame<T>(
        &mut self,
        unit: usize,
        context: Option<usize>,
        run: impl FnOnce(&mut Self) -> T,
    ) -> (T, Vec<Local>) {
        let outer_unit = std::mem::replace(&mut self.unit, unit);
        let frame = Frame { context, ..Frame::default() };
        let outer = std::mem::replace(&mut self.frame, frame);
        let result = run(self);
        self.unit = outer_unit;
        let frame = std::mem::replace(&mut self.frame, outer);
        (result, frame.locals)
    }
}
