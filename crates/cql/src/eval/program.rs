//! A plan made ready, and its evaluation over one patient's data.

use super::error::EvalError;
use super::evidence::Evidence;
use super::heap::{Heap, V};
use super::machine::{Machine, Memo};
use super::render::Trace;
use super::trace::{EvId, Graph, Off, On, Tracer};
use crate::data::{Data, Terminology};
use crate::ir::{DefinitionId, LibraryId, Plan};
use crate::ops::Env;
use crate::plan::{Candidates, Code, place_memos};
use crate::value::{DateTime, Tri, Value};
use std::sync::{Arc, OnceLock};

/// A program: a plan with its constants made, ready to be evaluated. Cheap to clone, and
/// shared between threads.
#[derive(Clone)]
pub struct Program(pub(super) Arc<Prepared>);

/// What is made from a plan once.
pub(super) struct Prepared {
    pub(super) plan: Plan,
    pub(super) code: Code,
    public: Vec<DefinitionId>,
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

    pub(super) fn values(&self) -> impl Iterator<Item = &Value> {
        self.values.iter().map(|(_, _, value)| value)
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
    /// A list or tuple that was evaluated on the way and not asked for.
    Other,
    Value(Value),
    Failed(Arc<EvalError>),
}

impl Program {
    /// Makes a plan ready.
    pub fn new(plan: Plan) -> Program {
        Program::made(plan, true)
    }

    /// A program as it is, or with nothing folded: to tell that the answers are the same.
    pub(crate) fn made(plan: Plan, fold: bool) -> Program {
        let mut code = crate::plan::lower(&plan);
        let candidates = Candidates::of(&plan, &code);
        place_memos(&plan, &mut code);
        let mut prepared = Prepared { code, public: public_definitions(&plan), plan };
        if fold {
            prepared.fold(candidates);
        }
        Program(Arc::new(prepared))
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
        self.evaluate_with(data, parameters, now, options, None)
    }

    /// As [`Program::evaluate`], with the values that rest on the request alone as far as they are known.
    pub(super) fn evaluate_with<'e, 'a>(
        &'e self,
        data: &'e Data<'a>,
        parameters: &'e Parameters,
        now: DateTime,
        options: &EvalOptions<'e>,
        settled: Option<&'e [OnceLock<Value>]>,
    ) -> Result<Evaluation<'e, 'a>, EvalError> {
        if options.trace {
            let (results, evidence, on) = self.run(On::default(), data, (parameters, now), options, None)?;
            let graph = Graph { on, of_definition: evidence, data };
            return Ok(Evaluation { program: self, data, results, graph: Some(graph) });
        }
        let (results, _, _) = self.run(Off, data, (parameters, now), options, settled)?;
        Ok(Evaluation { program: self, data, results, graph: None })
    }

    fn run<'a, T: Tracer>(
        &self,
        tracer: T,
        data: &Data<'a>,
        (parameters, now): (&Parameters, DateTime),
        options: &EvalOptions<'_>,
        settled: Option<&[OnceLock<Value>]>,
    ) -> Result<(Vec<Done>, Vec<EvId>, T), EvalError> {
        let heap = Heap::new();
        let mut env = Env::new(now);
        env.objects = Some(data);
        env.cancel = options.limits.cancel;
        let mut machine = Machine::new(&self.0, data, parameters, (env, &heap), options, settled, tracer);
        let wanted = options.definitions.unwrap_or(self.public_definitions());
        for definition in wanted {
            if let Err(stop) = machine.definition(*definition)
                && stop.problem.is_final()
            {
                return Err(*stop);
            }
        }
        let mut results = Vec::with_capacity(machine.memo.len());
        let mut evidence = Vec::new();
        for memo in &machine.memo {
            let (done, ev) = match memo {
                Memo::Done(value, ev) => (Done::of(*value), T::id(*ev)),
                Memo::Failed(error) => (Done::Failed(Arc::clone(error)), EvId(0)),
                _ => (Done::NotAsked, EvId(0)),
            };
            results.push(done);
            if T::ON {
                evidence.push(ev);
            }
        }
        for definition in wanted {
            if let (Memo::Done(value, _), Some(Done::Other)) =
                (&machine.memo[definition.index()], results.get(definition.index()))
            {
                results[definition.index()] = Done::Value(value.to_value());
            }
        }
        Ok((results, evidence, machine.tracer))
    }
}

impl Done {
    /// A value as it is kept when it was not asked for: lists and tuples are not.
    fn of(value: V<'_>) -> Done {
        match value {
            V::List(_) | V::Tuple(_) => Done::Other,
            other => Done::Value(other.to_value()),
        }
    }
}

impl<'e, 'a> Evaluation<'e, 'a> {
    /// The value of a definition; null when it failed (see [`Evaluation::error`]) or was not asked for. Of the definitions that were evaluated on the way to those
    /// asked for, lists and tuples are not kept.
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
