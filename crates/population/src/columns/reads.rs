//! Which elements of a resource an expression reads, and whether it reads nothing else.

use cql::ir::{
    Access, DefinitionId, Expr, FunctionId, Intrinsic, LocalId, NodeId, Plan, Query, QueryResult, Retrieve, Type, UnaryOp,
};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// Deeper nesting of nodes, definitions and functions is left to the row engine.
const MAX_DEPTH: u32 = 200;

/// JSON members of a resource that are read together, sorted: one element, or all alternatives of a choice.
pub(super) type Group = Arc<[Arc<str>]>;

/// What an expression reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reads {
    /// Of the resource the row stands for.
    pub(super) row: BTreeSet<Group>,
    /// Of the Patient resource.
    pub(super) patient: BTreeSet<Group>,
    /// The Patient resource is asked for (perhaps only whether there is one).
    pub(super) uses_patient: bool,
}

/// The expression reads something that is no element of the row or the Patient; the reason, for people.
pub(super) type Opaque = &'static str;

/// The members an access reads of a resource; `None` when they cannot be told.
pub(super) fn group(access: &Access) -> Option<Group> {
    let mut names: Vec<Arc<str>> = match access {
        Access::Model { name, .. } => vec![Arc::clone(name)],
        Access::ModelChoice { alternatives, .. } => alternatives.iter().map(|(name, _)| Arc::clone(name)).collect(),
        Access::Element(_) | Access::Dynamic(_) | Access::ModelValue => return None,
    };
    names.sort();
    names.dedup();
    Some(names.into())
}

/// The definition a plain `Patient` refers to: the one patient of the context.
pub(super) fn is_patient(plan: &Plan, definition: DefinitionId) -> bool {
    let definition = plan.definition(definition);
    let Expr::Unary { op: UnaryOp::SingletonFrom, operand } = &plan.node(definition.body).expr else { return false };
    match &plan.node(*operand).expr {
        Expr::Retrieve(retrieve) => {
            let Retrieve { resource, codes, dates, context, fixed, .. } = &**retrieve;
            definition.implicit
                && **resource == *"Patient"
                && codes.is_none()
                && dates.is_none()
                && context.is_none()
                && fixed.is_empty()
        }
        _ => false,
    }
}

/// What stands in the slots of a frame.
#[derive(Clone, Default)]
struct Frame {
    row: HashSet<LocalId>,
    patient: HashSet<LocalId>,
    bound: HashSet<LocalId>,
}

struct Walk<'p> {
    plan: &'p Plan,
    reads: Reads,
    done: HashSet<DefinitionId>,
    calls: Vec<FunctionId>,
    depth: u32,
}

/// What `nodes` read, evaluated in one frame in which `row` stands for a resource.
pub(super) fn reads(plan: &Plan, nodes: &[NodeId], row: Option<LocalId>, lets: &[(LocalId, NodeId)]) -> Result<Reads, Opaque> {
    let mut walk = Walk { plan, reads: Reads::default(), done: HashSet::new(), calls: Vec::new(), depth: 0 };
    let mut frame = Frame { row: row.into_iter().collect(), ..Frame::default() };
    walk.lets(lets, &mut frame)?;
    for node in nodes {
        walk.node(*node, &mut frame)?;
    }
    Ok(walk.reads)
}

impl Walk<'_> {
    fn is_row(&self, node: NodeId, frame: &Frame) -> bool {
        match &self.plan.node(node).expr {
            Expr::Local(local) => frame.row.contains(local),
            Expr::As { operand, .. } => self.is_row(*operand, frame),
            _ => false,
        }
    }

    fn is_patient(&self, node: NodeId, frame: &Frame) -> bool {
        match &self.plan.node(node).expr {
            Expr::Local(local) => frame.patient.contains(local),
            Expr::ExpressionRef(definition) => is_patient(self.plan, *definition),
            Expr::As { operand, .. } => self.is_patient(*operand, frame),
            _ => false,
        }
    }

    fn node(&mut self, id: NodeId, frame: &mut Frame) -> Result<(), Opaque> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("it is nested too deeply");
        }
        let result = self.expr(id, frame);
        self.depth -= 1;
        result
    }

    fn expr(&mut self, id: NodeId, frame: &mut Frame) -> Result<(), Opaque> {
        let plan = self.plan;
        match &plan.node(id).expr {
            Expr::Local(local) if frame.bound.contains(local) => Ok(()),
            Expr::Local(_) => Err("it uses a whole resource, or one of another list"),
            Expr::Property { source, access } if self.is_row(*source, frame) => {
                self.reads.row.insert(group(access).ok_or("it reads an element whose type is not known")?);
                Ok(())
            }
            Expr::Property { source, access } if self.is_patient(*source, frame) => {
                self.reads.uses_patient = true;
                self.reads.patient.insert(group(access).ok_or("it reads an element whose type is not known")?);
                Ok(())
            }
            Expr::Is { operand, .. } | Expr::Unary { op: UnaryOp::IsNull, operand } if self.is_row(*operand, frame) => Ok(()),
            Expr::Is { operand, .. } | Expr::Unary { op: UnaryOp::IsNull, operand } if self.is_patient(*operand, frame) => {
                self.reads.uses_patient = true;
                Ok(())
            }
            Expr::ExpressionRef(definition) => self.definition(*definition),
            Expr::ParameterRef(parameter) => {
                if has_object(&plan.parameters[parameter.index()].ty) {
                    return Err("it uses a parameter that is a resource");
                }
                Ok(())
            }
            Expr::Intrinsic { function: Intrinsic::Resolve, .. } => Err("it follows a reference"),
            Expr::Retrieve(_) => Err("it looks at other resources of the patient"),
            Expr::FunctionRef { function, arguments } => self.call(*function, arguments, frame),
            Expr::Query(query) => self.query(query, frame),
            Expr::ForEach { source, local, element } | Expr::Repeat { source, local, element } => {
                self.node(*source, frame)?;
                frame.bound.insert(*local);
                self.node(*element, frame)
            }
            other => {
                let mut operands = Vec::new();
                other.operands(&mut |operand| operands.push(operand));
                operands.into_iter().try_for_each(|operand| self.node(operand, frame))
            }
        }
    }

    /// A definition is evaluated in its own frame: it may only rest on the Patient and on constants.
    fn definition(&mut self, id: DefinitionId) -> Result<(), Opaque> {
        if is_patient(self.plan, id) {
            return Err("it uses the whole Patient resource");
        }
        if self.done.insert(id) {
            self.node(self.plan.definition(id).body, &mut Frame::default())?;
        }
        Ok(())
    }

    fn call(&mut self, id: FunctionId, arguments: &[NodeId], frame: &mut Frame) -> Result<(), Opaque> {
        let function = self.plan.function(id);
        let body = function.body.ok_or("it calls an external function")?;
        if self.calls.contains(&id) {
            return Err("it calls a function that calls itself");
        }
        let mut inner = Frame::default();
        for (position, argument) in arguments.iter().enumerate() {
            let local = LocalId(position as u32);
            if self.is_row(*argument, frame) {
                inner.row.insert(local);
            } else if self.is_patient(*argument, frame) {
                self.reads.uses_patient = true;
                inner.patient.insert(local);
            } else {
                self.node(*argument, frame)?;
                inner.bound.insert(local);
            }
        }
        self.calls.push(id);
        let result = self.node(body, &mut inner);
        self.calls.pop();
        result
    }

    /// A `let` may stand for the row itself.
    fn lets(&mut self, lets: &[(LocalId, NodeId)], frame: &mut Frame) -> Result<(), Opaque> {
        for (local, node) in lets {
            self.alias(*local, *node, frame)?;
        }
        Ok(())
    }

    fn alias(&mut self, local: LocalId, node: NodeId, frame: &mut Frame) -> Result<(), Opaque> {
        if self.is_row(node, frame) {
            frame.row.insert(local);
        } else if self.is_patient(node, frame) {
            self.reads.uses_patient = true;
            frame.patient.insert(local);
        } else {
            self.node(node, frame)?;
            frame.bound.insert(local);
        }
        Ok(())
    }

    fn query(&mut self, query: &Query, frame: &mut Frame) -> Result<(), Opaque> {
        for source in &query.sources {
            self.alias(source.local, source.expression, frame)?;
        }
        self.lets(&query.lets, frame)?;
        for relationship in &query.relationships {
            self.alias(relationship.source.local, relationship.source.expression, frame)?;
            relationship.such_that.iter().try_for_each(|node| self.node(*node, frame))?;
        }
        query.filter.iter().try_for_each(|node| self.node(*node, frame))?;
        match &query.result {
            QueryResult::Element => {
                let whole = |l: &LocalId| frame.row.contains(l) || frame.patient.contains(l);
                if query.sources.iter().any(|s| whole(&s.local)) {
                    return Err("it uses a whole resource");
                }
            }
            QueryResult::Return { expression, .. } => self.node(*expression, frame)?,
            QueryResult::Aggregate { local, start, expression, .. } => {
                self.node(*start, frame)?;
                frame.bound.insert(*local);
                self.node(*expression, frame)?;
            }
        }
        if let Some(sort) = &query.sort {
            frame.bound.insert(sort.local);
            for key in &sort.keys {
                self.node(key.expression, frame)?;
            }
        }
        Ok(())
    }
}

/// Whether values of a type can be objects of the data.
pub(super) fn has_object(ty: &Type) -> bool {
    match ty {
        Type::System(_) => ty.is_any(),
        Type::Class { .. } => true,
        Type::List(of) | Type::Interval(of) => has_object(of),
        Type::Tuple(elements) => elements.iter().any(|(_, ty)| has_object(ty)),
        Type::Choice(alternatives) => alternatives.iter().any(has_object),
    }
}
