//! The evaluation of plan nodes.

use super::error::{EvalError, Problem, Stop};
use super::program::{EvalOptions, Limits, Parameters, Prepared, Side};
use super::trace::{EvNode, Tracer};
use crate::data::{Data, Terminology};
use crate::ir::{BinaryOp, DefinitionId, Expr, FunctionId, LocalId, NodeId, NullaryOp, ParameterId, SystemType, Type};
use crate::ops::{Env, OpError, datetime, logical};
use crate::value::{Tri, Value};
use std::sync::Arc;

/// A value with its evidence.
pub(super) type Traced<T> = (Value, <T as Tracer>::Ev);

/// What a node gives.
pub(super) type Result1<T> = Result<Traced<T>, Stop>;

/// What is known of a definition.
pub(super) enum Memo<Ev> {
    Unset,
    Running,
    Done(Value, Ev),
    Failed(Arc<EvalError>),
}

/// The state of one evaluation.
pub(super) struct Machine<'e, 'a, T: Tracer> {
    pub(super) program: &'e Prepared,
    pub(super) data: &'e Data<'a>,
    pub(super) env: Env<'e>,
    pub(super) terminology: Option<&'e Terminology>,
    pub(super) tracer: T,
    pub(super) memo: Vec<Memo<T::Ev>>,
    given: &'e Parameters,
    parameters: Vec<Option<Value>>,
    stack: Vec<Traced<T>>,
    base: usize,
    limits: Limits<'e>,
    steps: u64,
    depth: u32,
}

impl<'e, 'a, T: Tracer> Machine<'e, 'a, T> {
    pub(super) fn new(
        program: &'e Prepared,
        data: &'e Data<'a>,
        given: &'e Parameters,
        env: Env<'e>,
        options: &EvalOptions<'e>,
        mut tracer: T,
    ) -> Machine<'e, 'a, T> {
        let count = program.plan.definitions.len();
        let mut memo: Vec<Memo<T::Ev>> = Vec::with_capacity(count);
        memo.resize_with(count, || Memo::Unset);
        for (definition, outcome) in options.assume {
            if let Some(slot) = memo.get_mut(definition.index()) {
                let ev = tracer.push(|| EvNode::Assumed(*definition));
                *slot = Memo::Done(Value::from_tri(*outcome), ev);
            }
        }
        Machine {
            program,
            data,
            env,
            terminology: options.terminology,
            tracer,
            memo,
            given,
            parameters: vec![None; program.plan.parameters.len()],
            stack: Vec::with_capacity(64),
            base: 0,
            limits: options.limits,
            steps: 0,
            depth: 0,
        }
    }

    /// The value of a definition, evaluated once.
    pub(super) fn definition(&mut self, id: DefinitionId) -> Result1<T> {
        match &self.memo[id.index()] {
            Memo::Done(value, ev) => return Ok((value.clone(), *ev)),
            Memo::Failed(error) => return Err(Box::new(error.as_ref().clone())),
            Memo::Running => {
                let name = Arc::clone(&self.program.plan.definition(id).name);
                return Err(Problem::Circular(name).into());
            }
            Memo::Unset => {}
        }
        self.memo[id.index()] = Memo::Running;
        let definition = &self.program.plan.definitions[id.index()];
        let result = self.in_frame(definition.locals.len(), Vec::new(), definition.body);
        match result {
            Ok((value, ev)) => {
                self.memo[id.index()] = Memo::Done(value.clone(), ev);
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

    /// Evaluates a body in a frame of its own.
    fn in_frame(&mut self, slots: usize, arguments: Vec<Traced<T>>, body: NodeId) -> Result1<T> {
        let (base, length) = (self.base, self.stack.len());
        self.base = length;
        self.stack.extend(arguments);
        self.stack.resize_with(length + slots, || (Value::Null, T::Ev::default()));
        let result = self.eval(body);
        self.stack.truncate(length);
        self.base = base;
        result
    }

    fn call(&mut self, id: FunctionId, arguments: &[NodeId]) -> Result1<T> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.eval(*argument)?);
        }
        let function = &self.program.plan.functions[id.index()];
        let Some(body) = function.body else {
            return Err(Problem::External(Arc::clone(&function.name)).into());
        };
        self.in_frame(function.locals.len().max(values.len()), values, body)
    }

    fn parameter(&mut self, id: ParameterId) -> Result1<T> {
        let ev = self.tracer.push(|| EvNode::Parameter(id));
        if let Some(value) = &self.parameters[id.index()] {
            return Ok((value.clone(), ev));
        }
        let declared = &self.program.plan.parameters[id.index()];
        let library = &self.program.plan.libraries[declared.library.index()].name;
        let value = match (self.given.find(library, &declared.name), declared.default) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => self.in_frame(declared.locals.len(), Vec::new(), default)?.0,
            (None, None) => Value::Null,
        };
        self.parameters[id.index()] = Some(value.clone());
        Ok((value, ev))
    }

    pub(super) fn set_local(&mut self, id: LocalId, value: Traced<T>) {
        let slot = self.base + id.index();
        self.stack[slot] = value;
    }

    pub(super) fn local(&self, id: LocalId) -> &Traced<T> {
        &self.stack[self.base + id.index()]
    }

    /// Counts a step; the limits are asked here.
    pub(super) fn step(&mut self) -> Result<(), Stop> {
        self.steps += 1;
        if self.steps > self.limits.max_steps {
            return Err(Problem::Steps(self.limits.max_steps).into());
        }
        if self.steps.is_multiple_of(1024) && self.limits.cancel.is_some_and(|cancel| cancel()) {
            return Err(Problem::Cancelled.into());
        }
        Ok(())
    }

    /// The value of a node.
    pub(super) fn eval(&mut self, id: NodeId) -> Result1<T> {
        self.step()?;
        let program = self.program;
        match &program.plan.nodes[id.index()].expr {
            Expr::Null => return Ok((Value::Null, T::Ev::default())),
            Expr::Local(local) => return Ok(self.local(*local).clone()),
            Expr::Literal(_) | Expr::MinValue(_) | Expr::MaxValue(_) => {
                return Ok((self.constant(id), T::Ev::default()));
            }
            _ => {}
        }
        if self.depth >= self.limits.max_depth {
            return Err(Problem::Depth(self.limits.max_depth).into());
        }
        self.depth += 1;
        let result = self.compound(id);
        self.depth -= 1;
        match result {
            Ok(traced) if T::ON => Ok(self.as_clause(id, traced)),
            Ok(traced) => Ok(traced),
            Err(mut stop) => {
                if stop.span.is_none() {
                    stop.span = Some(program.plan.nodes[id.index()].span);
                }
                Err(stop)
            }
        }
    }

    fn constant(&self, id: NodeId) -> Value {
        match &self.program.side[id.index()] {
            Side::Constant(value) => value.clone(),
            _ => Value::Null,
        }
    }

    /// A condition is kept in the trace with its outcome.
    fn as_clause(&mut self, id: NodeId, (value, ev): Traced<T>) -> Traced<T> {
        let node = &self.program.plan.nodes[id.index()];
        let is_condition = node.ty == Type::System(SystemType::Boolean)
            && !matches!(node.expr, Expr::ExpressionRef(_) | Expr::ParameterRef(_) | Expr::As { .. } | Expr::Intrinsic { .. });
        if !is_condition {
            return (value, ev);
        }
        let outcome = value.tri();
        let inner = T::id(ev);
        let ev = self.tracer.push(|| EvNode::Clause { ir: id, outcome, inner });
        (value, ev)
    }

    fn compound(&mut self, id: NodeId) -> Result1<T> {
        let program = self.program;
        match &program.plan.nodes[id.index()].expr {
            Expr::ExpressionRef(definition) => {
                let (value, _) = self.definition(*definition)?;
                let ev = self.tracer.push(|| EvNode::Definition(*definition));
                Ok((value, ev))
            }
            Expr::ParameterRef(parameter) => self.parameter(*parameter),
            Expr::Property { source, access } => self.property(id, *source, access),
            Expr::Intrinsic { function, operand } => {
                let (value, ev) = self.eval(*operand)?;
                Ok((self.intrinsic(*function, &value), ev))
            }
            Expr::Binary { op, left, right } => self.binary(*op, *left, *right),
            Expr::Unary { op, operand } => self.unary(*op, *operand),
            Expr::Timed { op, over, precision, left, right } => self.timed(*op, *over, *precision, *left, *right),
            Expr::Query(query) => {
                // A query or a call stands on several frames of the host's stack.
                self.depth += 3;
                let result = self.query(query);
                self.depth -= 3;
                result
            }
            Expr::Retrieve(retrieve) => self.retrieve(id, retrieve),
            Expr::Is { operand, .. } | Expr::As { operand, .. } => self.type_test(id, *operand),
            Expr::If { condition, then, otherwise } => {
                let (truth, ev) = self.truth(*condition)?;
                let branch = if truth == Some(true) { *then } else { *otherwise };
                let (value, branch_ev) = self.eval(branch)?;
                Ok((value, self.tracer.join(ev, branch_ev)))
            }
            Expr::FunctionRef { function, arguments } => {
                self.depth += 3;
                let result = self.call(*function, arguments);
                self.depth -= 3;
                result
            }
            _ => self.rare(id),
        }
    }

    /// Nodes that stand in few places; apart, to keep the frame of `compound` small.
    #[inline(never)]
    fn rare(&mut self, id: NodeId) -> Result1<T> {
        let program = self.program;
        let node = &program.plan.nodes[id.index()];
        let none = T::Ev::default();
        match &node.expr {
            Expr::ValueSetRef(i) => Ok((program.value_sets[i.index()].clone(), none)),
            Expr::CodeSystemRef(i) => Ok((program.code_systems[i.index()].clone(), none)),
            Expr::CodeRef(i) => Ok((program.codes[i.index()].clone(), none)),
            Expr::ConceptRef(i) => Ok((program.concepts[i.index()].clone(), none)),
            Expr::Nullary(op) => Ok((self.nullary(*op), none)),
            Expr::Nary { op, operands } => self.nary(*op, operands),
            Expr::DurationBetween { precision, left, right } => {
                let (l, r, ev) = self.pair(*left, *right)?;
                Ok((datetime::duration(&self.env, &l, &r, *precision)?, ev))
            }
            Expr::DifferenceBetween { precision, left, right } => {
                let (l, r, ev) = self.pair(*left, *right)?;
                Ok((datetime::difference(&self.env, &l, &r, *precision)?, ev))
            }
            Expr::DateTimeComponentFrom { precision, operand } => {
                let (value, ev) = self.eval(*operand)?;
                Ok((datetime::component(&value, *precision)?, ev))
            }
            Expr::CalculateAge { precision, birth, as_of } => self.age(*precision, *birth, *as_of),
            Expr::Date(parts) => self.construct(parts, datetime::new_date),
            Expr::DateTime(parts) => self.construct(parts, datetime::new_date_time),
            Expr::Time(parts) => self.construct(parts, datetime::new_time),
            Expr::Interval { .. } => self.interval(id),
            Expr::List(items) => {
                let (values, ev) = self.all(items)?;
                Ok((Value::list(values), ev))
            }
            Expr::Tuple(elements) => self.tuple(id, elements, None),
            Expr::Instance { class, elements } => self.instance(id, class, elements),
            Expr::Case { comparand, items, otherwise } => self.case(*comparand, items, *otherwise),
            Expr::ForEach { source, local, element } => self.for_each(*source, *local, *element),
            Expr::Repeat { source, local, element } => self.repeat(*source, *local, *element),
            Expr::Message { source, condition, code, severity, message } => {
                self.message([*source, *condition, *code, *severity, *message])
            }
            _ => Ok((Value::Null, none)),
        }
    }

    fn nullary(&self, op: NullaryOp) -> Value {
        match op {
            NullaryOp::Now => Value::DateTime(self.env.now),
            NullaryOp::Today => Value::Date(self.env.now.date()),
            NullaryOp::TimeOfDay => self.env.now.time().map(Value::Time).into(),
        }
    }

    /// Two operands and the evidence of both.
    pub(super) fn pair(&mut self, left: NodeId, right: NodeId) -> Result<(Value, Value, T::Ev), Stop> {
        let (l, left_ev) = self.eval(left)?;
        let (r, right_ev) = self.eval(right)?;
        Ok((l, r, self.tracer.join(left_ev, right_ev)))
    }

    /// All operands and the evidence of all.
    pub(super) fn all(&mut self, nodes: &[NodeId]) -> Result<(Vec<Value>, T::Ev), Stop> {
        let mut values = Vec::with_capacity(nodes.len());
        let mut all = T::Ev::default();
        for node in nodes {
            let (value, ev) = self.eval(*node)?;
            values.push(value);
            all = self.tracer.join(all, ev);
        }
        Ok((values, all))
    }

    fn construct(&mut self, parts: &[NodeId], make: fn(&[Value]) -> Result<Value, OpError>) -> Result1<T> {
        let (values, ev) = self.all(parts)?;
        Ok((make(&values)?, ev))
    }

    /// The truth value of a condition.
    pub(super) fn truth(&mut self, id: NodeId) -> Result<(Tri, T::Ev), Stop> {
        let (value, ev) = self.eval(id)?;
        Ok((value.tri(), ev))
    }

    /// `and`, `or`, `xor`, `implies`: the right side is left out when the left settles it,
    /// and the evidence is that of the side which settled it.
    pub(super) fn connective(&mut self, op: BinaryOp, left: NodeId, right: NodeId) -> Result1<T> {
        // A chain `a and b and c` hangs to the left: it is walked in a loop, so that its
        // length costs no depth.
        let mut rest = vec![right];
        let mut first = left;
        while let Expr::Binary { op: inner, left, right } = &self.program.plan.nodes[first.index()].expr {
            if *inner != op || !matches!(op, BinaryOp::And | BinaryOp::Or) {
                break;
            }
            rest.push(*right);
            first = *left;
        }
        let (mut result, mut ev) = self.truth(first)?;
        while let Some(next) = rest.pop() {
            (result, ev) = self.connect(op, (result, ev), next)?;
        }
        Ok((Value::from_tri(result), ev))
    }

    /// One step of a connective: what is known of the left side, and the node to the right.
    fn connect(&mut self, op: BinaryOp, (l, left_ev): (Tri, T::Ev), right: NodeId) -> Result<(Tri, T::Ev), Stop> {
        let settling = match op {
            BinaryOp::And => Some(false),
            BinaryOp::Or => Some(true),
            BinaryOp::Implies => Some(false),
            _ => None,
        };
        if settling.is_some() && l == settling {
            return Ok((Some(op != BinaryOp::And), left_ev));
        }
        let (r, right_ev) = self.truth(right)?;
        let result = match op {
            BinaryOp::And => logical::and(l, r),
            BinaryOp::Or => logical::or(l, r),
            BinaryOp::Xor => logical::xor(l, r),
            _ => logical::implies(l, r),
        };
        let right_settles = match op {
            BinaryOp::And => r == Some(false),
            BinaryOp::Or | BinaryOp::Implies => r == Some(true),
            _ => false,
        };
        let ev = if right_settles { right_ev } else { self.tracer.join(left_ev, right_ev) };
        Ok((result, ev))
    }

    /// The evidence of one element of a list: its own object, or the list's.
    pub(super) fn element_ev(&mut self, item: &Value, list: T::Ev) -> T::Ev {
        if !T::ON {
            return list;
        }
        match item {
            Value::Object(object) => self.tracer.of_object(*object),
            _ => list,
        }
    }

    fn type_test(&mut self, id: NodeId, operand: NodeId) -> Result1<T> {
        let (value, ev) = self.eval(operand)?;
        let program = self.program;
        let Side::Test(test) = &program.side[id.index()] else {
            return Ok((Value::Null, ev));
        };
        let accepted = test.accepts(self.data, &value);
        match &program.plan.nodes[id.index()].expr {
            Expr::Is { .. } => Ok((Value::Boolean(accepted), ev)),
            Expr::As { strict, ty, .. } => {
                if accepted || value.is_null() {
                    return Ok((value, ev));
                }
                if *strict {
                    return Err(Problem::Cast(value.type_name(), ty.to_string()).into());
                }
                Ok((Value::Null, ev))
            }
            _ => Ok((value, ev)),
        }
    }
}
