//! A plan made ready, and its evaluation over one patient's data.

use super::error::EvalError;
use super::evidence::Evidence;
use super::literals;
use super::machine::{Machine, Memo};
use super::render::Trace;
use super::trace::{EvId, Graph, Off, On, Tracer};
use super::types::{TypeTest, point_type, types};
use crate::data::{Data, Terminology};
use crate::ir::{Access, DefinitionId, Expr, LibraryId, Plan, Type};
use crate::ops::Env;
use crate::value::{DateTime, PointType, Text, Tri, TypeId, Value};
use std::sync::Arc;

/// A program: a plan with its constants made, ready to be evaluated. Cheap to clone, and
/// shared between threads.
#[derive(Clone)]
pub struct Program(pub(super) Arc<Prepared>);

/// What is made from a plan once.
pub(super) struct Prepared {
    pub(super) plan: Plan,
    /// Per node of the plan.
    pub(super) side: Vec<Side>,
    pub(super) codes: Vec<Value>,
    pub(super) concepts: Vec<Value>,
    pub(super) value_sets: Vec<Value>,
    pub(super) code_systems: Vec<Value>,
    public: Vec<DefinitionId>,
}

/// What a node needs beside its expression.
pub(super) enum Side {
    None,
    Constant(Value),
    Test(TypeTest),
    Element(TypeId),
    Elements(Vec<TypeId>),
    Point(PointType),
    Names(Vec<Text>),
}

/// Parameter values, by name.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    values: Vec<(Option<String>, String, Value)>,
}

impl Parameters {
    /// None.
    pub fn new() -> Parameters {
        Parameters::default()
    }

    /// Adds a parameter, of whichever library declares it.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Parameters {
        self.values.push((None, name.to_owned(), value));
        self
    }

    /// Adds a parameter of one library.
    #[must_use]
    pub fn with_in(mut self, library: &str, name: &str, value: Value) -> Parameters {
        self.values.push((Some(library.to_owned()), name.to_owned(), value));
        self
    }

    pub(super) fn find(&self, library: &str, name: &str) -> Option<&Value> {
        let of_library = |l: &Option<String>| l.as_deref().is_none_or(|l| l == library);
        self.values.iter().rev().find(|(l, n, _)| n == name && of_library(l)).map(|(_, _, v)| v)
    }
}

/// How far an evaluation may go.
#[derive(Clone, Copy)]
pub struct Limits<'e> {
    /// Plan nodes evaluated in all.
    pub max_steps: u64,
    /// Nested plan nodes.
    pub max_depth: u32,
    /// Asked now and then; true ends the evaluation. The place for a time budget.
    pub cancel: Option<&'e dyn Fn() -> bool>,
}

impl Default for Limits<'_> {
    fn default() -> Self {
        Limits { max_steps: 100_000_000, max_depth: 500, cancel: None }
    }
}

/// How to evaluate.
#[derive(Clone, Copy, Default)]
pub struct EvalOptions<'e> {
    /// Keep evidence.
    pub trace: bool,
    /// Boolean definitions to take as given, in place of evaluating them.
    pub assume: &'e [(DefinitionId, Option<bool>)],
    /// Limits.
    pub limits: Limits<'e>,
    /// Value sets.
    pub terminology: Option<&'e Terminology>,
    /// The definitions wanted; by default all public ones of the last library.
    pub definitions: Option<&'e [DefinitionId]>,
}

/// The values of a program's definitions for one patient.
pub struct Evaluation<'e, 'a> {
    program: &'e Program,
    data: &'e Data<'a>,
    results: Vec<Done>,
    graph: Option<Graph<'e, 'a>>,
}

pub(super) enum Done {
    NotAsked,
    Value(Value),
    Failed(Arc<EvalError>),
}

impl Program {
    /// Makes a plan ready.
    pub fn new(plan: Plan) -> Program {
        let side = plan.nodes.iter().map(|node| side(&node.expr, &node.ty, &plan)).collect();
        let codes = plan.codes.iter();
        let concepts = plan.concepts.iter();
        Program(Arc::new(Prepared {
            side,
            codes: codes.map(|c| Value::Code(Arc::new(literals::code(&plan, c)))).collect(),
            concepts: concepts.map(|c| Value::Concept(Arc::new(literals::concept(&plan, c)))).collect(),
            value_sets: plan.value_sets.iter().map(literals::value_set).collect(),
            code_systems: plan.code_systems.iter().map(literals::code_system).collect(),
            public: public_definitions(&plan),
            plan,
        }))
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.0.plan
    }

    /// The definition of a name, in the last library that has one.
    pub fn definition(&self, name: &str) -> Option<DefinitionId> {
        let found = self.0.plan.definitions.iter().rposition(|d| *d.name == *name);
        found.map(|index| DefinitionId(index as u32))
    }

    /// The definition of a name in a library.
    pub fn definition_in(&self, library: &str, name: &str) -> Option<DefinitionId> {
        let plan = &self.0.plan;
        let found = plan.definitions.iter().position(|d| *d.name == *name && *plan.libraries[d.library.index()].name == *library);
        found.map(|index| DefinitionId(index as u32))
    }

    /// The public definitions of the last library, in order.
    pub fn public_definitions(&self) -> &[DefinitionId] {
        &self.0.public
    }

    /// Evaluates the definitions asked for over one patient's data.
    ///
    /// # Errors
    /// When a limit was reached or the caller cancelled. Every other error belongs to its
    /// definition: see [`Evaluation::error`].
    pub fn evaluate<'e, 'a>(
        &'e self,
        data: &'e Data<'a>,
        parameters: &'e Parameters,
        now: DateTime,
        options: &EvalOptions<'e>,
    ) -> Result<Evaluation<'e, 'a>, EvalError> {
        if options.trace {
            let (results, evidence, on) = self.run(On::default(), data, parameters, now, options)?;
            let graph = Graph { on, of_definition: evidence, data };
            return Ok(Evaluation { program: self, data, results, graph: Some(graph) });
        }
        let (results, _, _) = self.run(Off, data, parameters, now, options)?;
        Ok(Evaluation { program: self, data, results, graph: None })
    }

    fn run<'e, 'a, T: Tracer>(
        &'e self,
        tracer: T,
        data: &'e Data<'a>,
        parameters: &'e Parameters,
        now: DateTime,
        options: &EvalOptions<'e>,
    ) -> Result<(Vec<Done>, Vec<EvId>, T), EvalError> {
        let mut env = Env::new(now);
        env.objects = Some(data);
        let mut machine = Machine::new(&self.0, data, parameters, env, options, tracer);
        let wanted = options.definitions.unwrap_or(self.public_definitions());
        for definition in wanted {
            if let Err(stop) = machine.definition(*definition)
                && stop.problem.is_final()
            {
                return Err(*stop);
            }
        }
        let mut evidence = Vec::new();
        let results = machine
            .memo
            .into_iter()
            .map(|memo| match memo {
                Memo::Done(value, ev) => {
                    if T::ON {
                        evidence.push(T::id(ev));
                    }
                    Done::Value(value)
                }
                other => {
                    if T::ON {
                        evidence.push(EvId(0));
                    }
                    match other {
                        Memo::Failed(error) => Done::Failed(error),
                        _ => Done::NotAsked,
                    }
                }
            })
            .collect();
        Ok((results, evidence, machine.tracer))
    }
}

impl<'e, 'a> Evaluation<'e, 'a> {
    /// The value of a definition; null when it failed (see [`Evaluation::error`]) or was
    /// not asked for.
    pub fn value(&self, definition: DefinitionId) -> &Value {
        match self.results.get(definition.index()) {
            Some(Done::Value(value)) => value,
            _ => &Value::Null,
        }
    }

    /// Why a definition has no value.
    pub fn error(&self, definition: DefinitionId) -> Option<&EvalError> {
        match self.results.get(definition.index()) {
            Some(Done::Failed(error)) => Some(error),
            _ => None,
        }
    }

    /// The first error of any definition.
    pub fn first_error(&self) -> Option<&EvalError> {
        self.results.iter().find_map(|done| match done {
            Done::Failed(error) => Some(&**error),
            _ => None,
        })
    }

    /// The truth value of a definition; unknown when it failed.
    pub fn tri(&self, definition: DefinitionId) -> Tri {
        self.value(definition).tri()
    }

    /// What a definition's value rests on; empty when the evaluation was not traced.
    pub fn evidence(&self, definition: DefinitionId) -> Evidence {
        self.graph.as_ref().map(|graph| Evidence::collect(self.program.plan(), graph, definition)).unwrap_or_default()
    }

    /// The tree of conditions behind a definition's value; empty without tracing.
    pub fn trace(&self, definition: DefinitionId) -> Trace {
        Trace::build(self, definition)
    }

    pub(super) fn graph(&self) -> Option<&Graph<'e, 'a>> {
        self.graph.as_ref()
    }

    /// The program evaluated.
    pub fn program(&self) -> &'e Program {
        self.program
    }

    /// The data it was evaluated over.
    pub fn data(&self) -> &'e Data<'a> {
        self.data
    }
}

fn public_definitions(plan: &Plan) -> Vec<DefinitionId> {
    let last = LibraryId(plan.libraries.len().saturating_sub(1) as u32);
    let ids = (0..plan.definitions.len() as u32).map(DefinitionId);
    ids.filter(|id| {
        let definition = plan.definition(*id);
        definition.public && definition.library == last
    })
    .collect()
}

fn side(expr: &Expr, ty: &Type, plan: &Plan) -> Side {
    match expr {
        Expr::Literal(literal) => Side::Constant(literals::value(literal)),
        Expr::Is { ty, .. } | Expr::As { ty, .. } => Side::Test(TypeTest::new(ty)),
        Expr::Property { access, .. } => match access {
            Access::Model { ty, .. } => Side::Element(types().of(ty).unwrap_or(unknown_type())),
            Access::ModelChoice { alternatives, .. } => {
                Side::Elements(alternatives.iter().map(|(_, ty)| types().of(ty).unwrap_or(unknown_type())).collect())
            }
            _ => Side::None,
        },
        // Should both bounds be null, only a cast states the type they have.
        Expr::Interval { low, high, low_closed, high_closed } => {
            let stated = [low, high].iter().any(|n| matches!(plan.node(**n).expr, Expr::As { .. } | Expr::Literal(_)));
            let otherwise = if *low_closed && *high_closed { PointType::Unstated } else { PointType::Unknown };
            let point = ty.point().and_then(point_type).unwrap_or_default();
            Side::Point(if stated || point == PointType::Unknown { point } else { otherwise })
        }
        Expr::MinValue(ty) | Expr::MaxValue(ty) => {
            let maximum = matches!(expr, Expr::MaxValue(_));
            let end = point_type(ty).and_then(|p| crate::ops::arithmetic::extreme(p, maximum));
            Side::Constant(end.unwrap_or_default())
        }
        Expr::Tuple(elements) | Expr::Instance { elements, .. } => {
            Side::Names(elements.iter().map(|(n, _)| Text::new(n)).collect())
        }
        _ => Side::None,
    }
}

/// The type of elements whose class the tables do not have.
fn unknown_type() -> TypeId {
    types().id("Element").unwrap_or(TypeId(0))
}
