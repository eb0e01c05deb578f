//! The evaluation of ops.

use super::error::{EvalError, Problem, Stop};
use super::fold::is_kept;
use super::heap::{Heap, V};
use super::program::{EvalOptions, Limits, Parameters, Prepared};
use super::trace::{EvNode, Tracer};
use crate::data::{Data, Terminology, ValueSetCodes};
use crate::ir::{DefinitionId, FunctionId, ParameterId};
use crate::ops::Env;
use crate::plan::{Body, Code, Op, OpId, Slot};
use crate::value::{Tri, Unit, Value};
use std::sync::{Arc, OnceLock};

/// A value with its evidence.
pub(super) type Traced<'m, T> = (V<'m>, <T as Tracer>::Ev);

/// What an op gives.
pub(super) type Result1<'m, T> = Result<Traced<'m, T>, Stop>;

/// What a condition gives.
pub(super) type Truth<T> = Result<(Tri, <T as Tracer>::Ev), Stop>;

/// What is known of a definition.
#[derive(Clone)]
pub(super) enum Memo<'m, Ev> {
    Unset,
    Running,
    Done(V<'m>, Ev),
    Failed(Arc<EvalError>),
}

/// The state of one evaluation.
pub(super) struct Machine<'m, 'a, T: Tracer> {
    pub(super) program: &'m Prepared,
    pub(super) code: &'m Code,
    pub(super) data: &'m Data<'a>,
    pub(super) heap: &'m Heap,
    pub(super) env: Env<'m>,
    pub(super) terminology: Option<&'m Terminology>,
    pub(super) tracer: T,
    pub(super) memo: Vec<Memo<'m, T::Ev>>,
    memos: Vec<Option<Traced<'m, T>>>,
    /// What rests on the request alone, by number of place.
    settled: Option<&'m [OnceLock<Value>]>,
    given: &'m Parameters,
    parameters: Vec<Option<V<'m>>>,
    /// Expansions already looked up, by number of declaration.
    pub(super) value_sets: Vec<Option<&'m ValueSetCodes>>,
    /// Units already read.
    pub(super) units: Vec<Unit>,
    stack: Vec<Traced<'m, T>>,
    base: usize,
    /// Elements of lists being made.
    pub(super) scratch: Vec<V<'m>>,
    limits: Limits<'m>,
    steps: u64,
    depth: u32,
}

impl<'m, 'a: 'm, T: Tracer> Machine<'m, 'a, T> {
    pub(super) fn new(
        program: &'m Prepared,
        data: &'m Data<'a>,
        given: &'m Parameters,
        (env, heap): (Env<'m>, &'m Heap),
        options: &EvalOptions<'m>,
        settled: Option<&'m [OnceLock<Value>]>,
        mut tracer: T,
    ) -> Machine<'m, 'a, T> {
        let mut memo: Vec<Memo<'m, T::Ev>> = vec![Memo::Unset; program.plan.definitions.len()];
        for (definition, outcome) in options.assume {
            if let Some(slot) = memo.get_mut(definition.index()) {
                let ev = tracer.push(|| EvNode::Assumed(*definition));
                *slot = Memo::Done(V::from_tri(*outcome), ev);
            }
        }
        Machine {
            program,
            code: &program.code,
            data,
            heap,
            env,
            terminology: options.terminology,
            tracer,
            memo,
            memos: vec![None; program.code.memos as usize],
            settled,
            given,
            parameters: vec![None; program.plan.parameters.len()],
            value_sets: vec![None; program.plan.value_sets.len()],
            units: Vec::new(),
            stack: Vec::with_capacity(64),
            base: 0,
            scratch: Vec::with_capacity(64),
            limits: options.limits,
            steps: 0,
            depth: 0,
        }
    }

    /// The value of a definition, evaluated once.
    pub(super) fn definition(&mut self, id: DefinitionId) -> Result1<'m, T> {
        match &self.memo[id.index()] {
            Memo::Done(value, ev) => return Ok((*value, *ev)),
            Memo::Failed(error) => return Err(Box::new(error.as_ref().clone())),
            Memo::Running => {
                let name = Arc::clone(&self.program.plan.definition(id).name);
                return Err(Problem::Circular(name).into());
            }
            Memo::Unset => {}
        }
        self.memo[id.index()] = Memo::Running;
        match self.in_frame(self.stack.len(), self.code.definitions[id.index()]) {
            Ok((value, ev)) => {
                self.memo[id.index()] = Memo::Done(value, ev);
                Ok((value, ev))
            }
            Err(mut stop) => {
                if stop.definition.is_none() {
                    stop.definition = Some(id);
                }
                self.memo[id.index()] = Memo::Failed(Arc::new(stop.as_ref().clone()));
                Err(stop)
            }
        }
    }

    /// Forgets what was remembered of expressions.
    pub(super) fn forget(&mut self) {
        self.memos.fill(None);
    }

    /// Evaluates a body in a frame of its own, which begins at `bottom`: what stands there already are its operands.
    pub(super) fn in_frame(&mut self, bottom: usize, body: Body) -> Result1<'m, T> {
        let base = self.base;
        let (scratch, depth) = (self.scratch.len(), self.depth);
        self.base = bottom;
        self.stack.resize(bottom + body.slots as usize, (V::Null, T::Ev::default()));
        let mut result = self.eval(body.op);
        if self.env.is_stopped() {
            result = Err(Problem::Cancelled.into());
        }
        self.stack.truncate(bottom);
        self.scratch.truncate(scratch);
        self.depth = depth;
        self.base = base;
        result
    }

    fn call(&mut self, id: FunctionId, arguments: &[OpId]) -> Result1<'m, T> {
        let bottom = self.stack.len();
        for argument in arguments {
            match self.eval(*argument) {
                Ok(value) => self.stack.push(value),
                Err(stop) => {
                    self.stack.truncate(bottom);
                    return Err(stop);
                }
            }
        }
        match self.code.functions[id.index()] {
            Some(body) => self.in_frame(bottom, body),
            None => {
                self.stack.truncate(bottom);
                Err(Problem::External(Arc::clone(&self.program.plan.functions[id.index()].name)).into())
            }
        }
    }

    fn parameter(&mut self, id: ParameterId) -> Result1<'m, T> {
        let ev = self.tracer.push(|| EvNode::Parameter(id));
        if let Some(value) = self.parameters[id.index()] {
            return Ok((value, ev));
        }
        let declared = &self.program.plan.parameters[id.index()];
        let library = &self.program.plan.libraries[declared.library.index()].name;
        let value = match (self.given.find(library, &declared.name), self.code.parameters[id.index()]) {
            (Some(value), _) => self.heap.view(value),
            (None, Some(default)) => self.in_frame(self.stack.len(), default)?.0,
            (None, None) => V::Null,
        };
        self.parameters[id.index()] = Some(value);
        Ok((value, ev))
    }

    pub(super) fn set_slot(&mut self, slot: Slot, value: Traced<'m, T>) {
        let index = self.base + slot as usize;
        if let Some(place) = self.stack.get_mut(index) {
            *place = value;
        }
    }

    pub(super) fn slot(&self, slot: Slot) -> Traced<'m, T> {
        self.stack.get(self.base + slot as usize).copied().unwrap_or((V::Null, T::Ev::default()))
    }

    /// Counts a step; the limits are asked here.
    pub(super) fn step(&mut self) -> Result<(), Stop> {
        self.steps += 1;
        if self.steps > self.limits.max_steps {
            return Err(Problem::Steps(self.limits.max_steps).into());
        }
        if self.steps.is_multiple_of(1024) {
            return self.check();
        }
        Ok(())
    }

    #[cold]
    fn check(&self) -> Result<(), Stop> {
        if self.env.is_stopped() || self.limits.cancel.is_some_and(|cancel| cancel()) {
            return Err(Problem::Cancelled.into());
        }
        self.heap.room().map_err(Stop::from)
    }

    /// One level deeper; the caller leaves it with [`Machine::leave`].
    pub(super) fn enter(&mut self, levels: u32) -> Result<(), Stop> {
        self.step()?;
        if self.depth >= self.limits.max_depth {
            return Err(Problem::Depth(self.limits.max_depth).into());
        }
        self.depth += levels;
        Ok(())
    }

    pub(super) fn leave(&mut self, levels: u32) {
        self.depth -= levels;
    }

    pub(super) fn depth(&self) -> u32 {
        self.depth
    }

    /// Back to a depth, after an error that is not passed on.
    pub(super) fn set_depth(&mut self, depth: u32) {
        self.depth = depth;
    }

    /// An error gets the place of the innermost op that saw it.
    pub(super) fn placed(&self, id: OpId, mut stop: Stop) -> Stop {
        if stop.span.is_none() {
            stop.span = Some(self.program.plan.nodes[self.code.origin(id).node.index()].span);
        }
        stop
    }

    /// The value of an op.
    pub(super) fn eval(&mut self, id: OpId) -> Result1<'m, T> {
        let code = self.code;
        match code.op(id) {
            Op::Null => return Ok((V::Null, T::Ev::default())),
            Op::Local(slot) => return Ok(self.slot(*slot)),
            Op::Constant(number) => return Ok((self.heap.view(&code.constants[*number as usize]), T::Ev::default())),
            Op::Memo(number, _) => {
                if let Some(known) = self.memos[*number as usize] {
                    return Ok(known);
                }
            }
            Op::Folded(number, inner) => {
                if T::ON {
                    return self.eval(*inner);
                }
                return Ok((self.heap.view(&code.constants[*number as usize]), T::Ev::default()));
            }
            Op::Settled(number, inner) => return self.settled(*number, *inner),
            // What most conditions over tuples read, at once.
            Op::Field { source, name, at } if !T::ON => {
                if let Op::Local(slot) = code.op(*source) {
                    self.step()?;
                    let (value, ev) = self.slot(*slot);
                    return Ok((self.field(value, name, *at as usize), ev));
                }
            }
            op if is_condition(op) => {
                let (truth, ev) = self.truth(id)?;
                return Ok((V::from_tri(truth), ev));
            }
            _ => {}
        }
        let levels = levels(code.op(id));
        self.enter(levels)?;
        let result = self.compound(id);
        self.leave(levels);
        match result {
            Ok((value, ev)) if T::ON && code.origin(id).clause => Ok((value, self.as_clause(id, value.tri(), ev))),
            Ok(traced) => Ok(traced),
            Err(stop) => Err(self.placed(id, stop)),
        }
    }

    /// What rests on the request alone: known from a patient before, or evaluated and kept for the next.
    fn settled(&mut self, number: u32, inner: OpId) -> Result1<'m, T> {
        let Some(place) = self.settled.and_then(|all| all.get(number as usize)) else {
            return self.eval(inner);
        };
        if let Some(known) = place.get() {
            return Ok((self.heap.view(known), T::Ev::default()));
        }
        let (value, ev) = self.eval(inner)?;
        let kept = value.to_value();
        // What a cancelled operator gave means nothing, for the next patient too.
        if is_kept(&kept) && !self.env.is_stopped() {
            // Another thread may have been first; its value is the same.
            let _ = place.set(kept);
        }
        Ok((value, ev))
    }

    /// The same, for whoever would rather read a list element by element, and so perhaps never come to the one that fails.
    pub(super) fn settled_list(&mut self, number: u32, inner: OpId) -> Option<V<'m>> {
        self.settled?;
        let (scratch, depth) = (self.scratch.len(), self.depth);
        let found = self.settled(number, inner);
        if found.is_err() {
            self.scratch.truncate(scratch);
            self.depth = depth;
        }
        found.ok().map(|(value, _)| value)
    }

    /// A condition is kept in the trace with its outcome.
    fn as_clause(&mut self, id: OpId, outcome: Tri, ev: T::Ev) -> T::Ev {
        let (ir, inner) = (self.code.origin(id).node, T::id(ev));
        self.tracer.push(|| EvNode::Clause { ir, outcome, inner })
    }

    fn compound(&mut self, id: OpId) -> Result1<'m, T> {
        let code = self.code;
        match code.op(id) {
            Op::Definition(definition) => {
                let (value, _) = self.definition(*definition)?;
                let ev = self.tracer.push(|| EvNode::Definition(*definition));
                Ok((value, ev))
            }
            Op::Parameter(parameter) => self.parameter(*parameter),
            Op::Path(path) => self.path(path),
            Op::Field { source, name, at } => {
                let (value, ev) = self.eval(*source)?;
                Ok((self.field(value, name, *at as usize), ev))
            }
            Op::Let(given, body) => {
                for (slot, op) in given {
                    let value = self.eval(*op)?;
                    self.set_slot(*slot, value);
                }
                self.eval(*body)
            }
            Op::Memo(number, inner) => {
                let value = self.eval(*inner)?;
                self.memos[*number as usize] = Some(value);
                Ok(value)
            }
            Op::If { condition, then, otherwise } => {
                let (truth, ev) = self.truth(*condition)?;
                let (value, branch_ev) = self.eval(if truth == Some(true) { *then } else { *otherwise })?;
                Ok((value, self.tracer.join(ev, branch_ev)))
            }
            Op::Convert(function, operand) => {
                let (value, ev) = self.eval(*operand)?;
                Ok((self.convert(*function, value)?, ev))
            }
            Op::As { operand, test, strict } => {
                let (value, ev) = self.eval(*operand)?;
                if value.is_null() || test.test.accepts(self.data, value) {
                    return Ok((value, ev));
                }
                if *strict {
                    return Err(Problem::Cast(value.type_name(), test.ty.to_string()).into());
                }
                Ok((V::Null, ev))
            }
            Op::Query(select) => self.query(select),
            Op::Retrieve(fetch) => self.retrieved(id, fetch),
            Op::First(_) | Op::Last(_) | Op::Count(_) | Op::Flatten(_) | Op::Singleton(_) | Op::List(_) | Op::ForEach { .. } => {
                self.list_op(id)
            }
            Op::Call(function, arguments) => self.call(*function, arguments),
            Op::Tuple { names, values, class } => {
                let (start, ev) = self.scratch_all(values)?;
                let record = self.heap.record(class.as_ref(), names, &self.scratch[start..]);
                self.scratch.truncate(start);
                Ok((record, ev))
            }
            Op::Interval { low, high, shape, checked } => self.interval(*low, *high, *shape, *checked),
            Op::Coalesce(operands) => self.coalesce(operands),
            Op::Case { comparand, items, otherwise } => self.case(*comparand, items, *otherwise),
            Op::Unary(op, operand) => self.unary(*op, *operand),
            Op::Binary(op, left, right) => self.binary(*op, *left, *right),
            _ => self.rare(id),
        }
    }

    /// Two operands and the evidence of both.
    pub(super) fn pair(&mut self, left: OpId, right: OpId) -> Result<(V<'m>, V<'m>, T::Ev), Stop> {
        let (l, left_ev) = self.eval(left)?;
        let (r, right_ev) = self.eval(right)?;
        Ok((l, r, self.tracer.join(left_ev, right_ev)))
    }

    /// All operands as operator values, and the evidence of all.
    pub(super) fn all(&mut self, ops: &[OpId]) -> Result<(Vec<Value>, T::Ev), Stop> {
        let mut values = Vec::with_capacity(ops.len());
        let mut all = T::Ev::default();
        for op in ops {
            let (value, ev) = self.eval(*op)?;
            values.push(value.to_value());
            all = self.tracer.join(all, ev);
        }
        Ok((values, all))
    }

    /// All operands on the scratch stack: where they begin, and the evidence of all. The caller takes them off again.
    pub(super) fn scratch_all(&mut self, ops: &[OpId]) -> Result<(usize, T::Ev), Stop> {
        let start = self.scratch.len();
        let mut all = T::Ev::default();
        for op in ops {
            let (value, ev) = self.eval(*op)?;
            self.scratch.push(value);
            all = self.tracer.join(all, ev);
        }
        Ok((start, all))
    }

    /// The truth value of a condition.
    pub(super) fn truth(&mut self, id: OpId) -> Truth<T> {
        let code = self.code;
        if !is_condition(code.op(id)) {
            let (value, ev) = self.eval(id)?;
            return Ok((value.tri(), ev));
        }
        self.enter(1)?;
        let result = self.condition(id);
        self.leave(1);
        match result {
            Ok((truth, ev)) if T::ON && code.origin(id).clause => Ok((truth, self.as_clause(id, truth, ev))),
            Ok(traced) => Ok(traced),
            Err(stop) => Err(self.placed(id, stop)),
        }
    }

    /// The evidence of one element of a list: its own object, or the list's.
    pub(super) fn element_ev(&mut self, item: V<'m>, list: T::Ev) -> T::Ev {
        match item {
            V::Object(object) if T::ON => self.tracer.of_object(object),
            _ => list,
        }
    }
}

/// A query or a call stands on several frames of the host's stack.
const fn levels(op: &Op) -> u32 {
    match op {
        Op::Query(_) | Op::Call(..) => 4,
        _ => 1,
    }
}

/// Ops whose value is a truth value.
const fn is_condition(op: &Op) -> bool {
    matches!(
        op,
        Op::And(_)
            | Op::Or(_)
            | Op::Xor(..)
            | Op::Implies(..)
            | Op::Not(_)
            | Op::IsNull(_)
            | Op::IsTruth(..)
            | Op::Equal { .. }
            | Op::Equivalent(..)
            | Op::Order(..)
            | Op::Timed { .. }
            | Op::In { .. }
            | Op::InTexts { .. }
            | Op::InValueSet { .. }
            | Op::Is(..)
            | Op::Exists(_)
    )
}
