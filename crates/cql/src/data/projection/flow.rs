//! Which parts of the data each node's value may be, and what is done with them.

use super::shapes::{ANY_RESOURCE, Part, Parts, Shapes, WHOLE};
use crate::ir::{BinaryOp, DefinitionId, Expr, FunctionId, LocalId, NaryOp, NodeId, Over, Plan, Query, QueryResult, UnaryOp};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The parts of the data a value may be or hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Flow {
    pub(super) parts: Parts,
    /// Of a tuple, by element.
    pub(super) elements: BTreeMap<Arc<str>, Flow>,
}

/// Tuples in tuples deeper than this are taken as one.
const NESTED_MAX: usize = 5;

/// Passes over the plan until nothing changes; more than any nesting of calls needs.
const PASSES_MAX: usize = 200;

impl Flow {
    pub(super) fn of(part: Part) -> Flow {
        Flow { parts: Parts::from([part]), elements: BTreeMap::new() }
    }

    pub(super) fn join(&mut self, other: &Flow) {
        self.parts.extend(&other.parts);
        for (name, flow) in &other.elements {
            self.elements.entry(Arc::clone(name)).or_default().join(flow);
        }
    }

    fn depth(&self) -> usize {
        self.elements.values().map(|flow| flow.depth() + 1).max().unwrap_or(0)
    }

    /// All parts, at whatever depth.
    pub(super) fn all(&self, out: &mut Parts) {
        out.extend(&self.parts);
        self.elements.values().for_each(|flow| flow.all(out));
    }
}

/// Whose slots a local is in.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Frame {
    Definition(u32),
    Function(u32),
    Parameter(u32),
}

pub(super) struct Follower<'p> {
    plan: &'p Plan,
    pub(super) shapes: &'p mut Shapes,
    flows: Vec<Flow>,
    frames: Vec<Option<Frame>>,
    /// Reached nodes, operands first.
    order: Vec<NodeId>,
    locals: HashMap<(Frame, LocalId), Flow>,
    changed: bool,
}

/// Adds to the shapes what a program asks for when these definitions are evaluated.
pub(super) fn follow(plan: &Plan, wanted: &[DefinitionId], results_as_references: bool, shapes: &mut Shapes) {
    let (frames, order) = match reach(plan, wanted) {
        Some(reached) => reached,
        None => return shapes.keep_whole(ANY_RESOURCE),
    };
    let mut follower = Follower {
        plan,
        shapes,
        flows: vec![Flow::default(); plan.nodes.len()],
        frames,
        order,
        locals: HashMap::new(),
        changed: false,
    };
    for pass in 0.. {
        follower.changed = false;
        follower.pass();
        if follower.shapes.settled() && !follower.changed {
            break;
        }
        if pass == PASSES_MAX {
            return follower.shapes.keep_whole(ANY_RESOURCE);
        }
    }
    for definition in wanted {
        let flow = follower.flows[plan.definition(*definition).body.index()].clone();
        follower.result(&flow, results_as_references);
    }
}

/// The nodes that may be evaluated with the frames they stand in, operands first. `None` when a node stands in two frames.
fn reach(plan: &Plan, wanted: &[DefinitionId]) -> Option<(Vec<Option<Frame>>, Vec<NodeId>)> {
    let mut frames: Vec<Option<Frame>> = vec![None; plan.nodes.len()];
    let mut open: Vec<(NodeId, Frame)> = wanted.iter().map(|d| (plan.definition(*d).body, Frame::Definition(d.0))).collect();
    while let Some((node, frame)) = open.pop() {
        match frames[node.index()] {
            Some(known) if known == frame => continue,
            Some(_) => return None,
            None => frames[node.index()] = Some(frame),
        }
        let expr = &plan.node(node).expr;
        expr.operands(&mut |operand| open.push((operand, frame)));
        match expr {
            Expr::ExpressionRef(id) => open.push((plan.definition(*id).body, Frame::Definition(id.0))),
            Expr::FunctionRef { function, .. } => {
                open.extend(plan.function(*function).body.map(|body| (body, Frame::Function(function.0))));
            }
            Expr::ParameterRef(id) => {
                open.extend(plan.parameters[id.index()].default.map(|body| (body, Frame::Parameter(id.0))));
            }
            _ => {}
        }
    }
    let order = (0..plan.nodes.len()).filter(|i| frames[*i].is_some()).map(|i| NodeId(i as u32)).collect();
    Some((frames, order))
}

impl Follower<'_> {
    fn pass(&mut self) {
        for at in 0..self.order.len() {
            let node = self.order[at];
            let mut flow = self.node(node);
            if flow.depth() > NESTED_MAX {
                let mut parts = Parts::new();
                flow.all(&mut parts);
                parts.iter().for_each(|part| self.shapes.keep_whole(*part));
                flow = Flow { parts, elements: BTreeMap::new() };
            }
            let known = &mut self.flows[node.index()];
            if *known != flow {
                // Flows only grow, so that the passes come to an end.
                let mut grown = known.clone();
                grown.join(&flow);
                self.changed |= grown != *known;
                *known = grown;
            }
        }
    }

    pub(super) fn flow(&self, node: NodeId) -> Flow {
        self.flows[node.index()].clone()
    }

    fn joined(&self, nodes: impl IntoIterator<Item = NodeId>) -> Flow {
        let mut out = Flow::default();
        nodes.into_iter().for_each(|node| out.join(&self.flows[node.index()]));
        out
    }

    fn set(&mut self, frame: Frame, local: LocalId, flow: &Flow) {
        let slot = self.locals.entry((frame, local)).or_default();
        let before = slot.clone();
        slot.join(flow);
        self.changed |= *slot != before;
    }

    /// Something looks at all of a value.
    pub(super) fn whole(&mut self, flow: &Flow) {
        let mut parts = Parts::new();
        flow.all(&mut parts);
        parts.iter().for_each(|part| self.shapes.keep_whole(*part));
    }

    /// Values are compared. Resources need not be kept whole for that.
    pub(super) fn compared(&mut self, flow: &Flow) {
        let mut parts = Parts::new();
        flow.all(&mut parts);
        for part in parts.into_iter().filter(|part| *part != WHOLE) {
            if !self.shapes.is_resource(part) {
                self.shapes.keep_whole(part);
            }
        }
    }

    fn result(&mut self, flow: &Flow, as_references: bool) {
        if as_references { self.compared(flow) } else { self.whole(flow) }
    }

    fn node(&mut self, id: NodeId) -> Flow {
        let plan = self.plan;
        let Some(frame) = self.frames[id.index()] else { return Flow::default() };
        match &plan.node(id).expr {
            Expr::Local(local) => self.locals.get(&(frame, *local)).cloned().unwrap_or_default(),
            Expr::ExpressionRef(definition) => self.flow(plan.definition(*definition).body),
            Expr::ParameterRef(parameter) => {
                let declared = &plan.parameters[parameter.index()];
                let mut flow = self.of_type(&declared.ty);
                flow.join(&self.joined(declared.default));
                flow
            }
            Expr::FunctionRef { function, arguments } => self.call(*function, arguments),
            Expr::Retrieve(retrieve) => self.retrieve(retrieve),
            Expr::Property { source, access } => {
                let source = self.flow(*source);
                self.property(&source, access)
            }
            Expr::Intrinsic { function, operand } => {
                let operand = self.flow(*operand);
                self.intrinsic(*function, operand)
            }
            Expr::Query(query) => self.query(frame, query),
            Expr::ForEach { source, local, element } => {
                let source = self.flow(*source);
                self.set(frame, *local, &source);
                self.flow(*element)
            }
            Expr::Repeat { source, local, element } => {
                let all = self.joined([*source, *element]);
                self.set(frame, *local, &all);
                self.compared(&all);
                self.flow(*element)
            }
            Expr::Is { operand, .. } => {
                let operand = self.flow(*operand);
                self.typed(&operand);
                Flow::default()
            }
            Expr::As { operand, ty, .. } => {
                let operand = self.flow(*operand);
                self.narrowed(operand, ty)
            }
            Expr::If { condition, then, otherwise } => {
                let condition = self.flow(*condition);
                self.whole(&condition);
                self.joined([*then, *otherwise])
            }
            Expr::Case { comparand, items, otherwise } => {
                let compared = self.joined(comparand.iter().copied().chain(items.iter().map(|(when, _)| *when)));
                self.compared(&compared);
                self.joined(items.iter().map(|(_, then)| *then).chain([*otherwise]))
            }
            Expr::List(items) => self.joined(items.iter().copied()),
            Expr::Tuple(elements) | Expr::Instance { elements, .. } => {
                let elements = elements.iter().map(|(name, node)| (Arc::clone(name), self.flow(*node)));
                let elements = elements.filter(|(_, flow)| *flow != Flow::default());
                Flow { parts: Parts::new(), elements: elements.collect() }
            }
            Expr::Message { source, condition, code, severity, message } => {
                let rest = self.joined([*condition, *code, *severity, *message]);
                self.whole(&rest);
                self.flow(*source)
            }
            other => self.operator(other),
        }
    }

    fn operator(&mut self, expr: &Expr) -> Flow {
        match expr {
            Expr::Unary { op, operand } => {
                let flow = self.flow(*operand);
                match op {
                    UnaryOp::Exists
                    | UnaryOp::IsNull
                    | UnaryOp::IsTrue
                    | UnaryOp::IsFalse
                    | UnaryOp::ListLength
                    | UnaryOp::Count => return Flow::default(),
                    UnaryOp::Flatten
                    | UnaryOp::SingletonFrom
                    | UnaryOp::First
                    | UnaryOp::Last
                    | UnaryOp::Tail
                    | UnaryOp::ToList => {}
                    UnaryOp::Distinct => self.compared(&flow),
                    _ => self.whole(&flow),
                }
                flow
            }
            Expr::Binary { op, left, right } => {
                let (l, both) = (self.flow(*left), self.joined([*left, *right]));
                match op {
                    BinaryOp::Indexer | BinaryOp::Skip | BinaryOp::Take => return l,
                    BinaryOp::Times => {}
                    BinaryOp::UnionLists | BinaryOp::IntersectLists | BinaryOp::ExceptLists => self.compared(&both),
                    BinaryOp::Equal | BinaryOp::NotEqual | BinaryOp::Equivalent | BinaryOp::IndexOf => {
                        self.compared(&both);
                        return Flow::default();
                    }
                    _ => self.whole(&both),
                }
                both
            }
            Expr::Timed { over, left, right, .. } => {
                let both = self.joined([*left, *right]);
                if *over == Over::Lists {
                    self.compared(&both)
                } else {
                    self.whole(&both)
                }
                Flow::default()
            }
            Expr::Nary { op: NaryOp::Coalesce | NaryOp::CoalesceList | NaryOp::Slice, operands } => {
                self.joined(operands.iter().copied())
            }
            other => {
                let mut all = Flow::default();
                other.operands(&mut |operand| all.join(&self.flows[operand.index()]));
                self.whole(&all);
                all
            }
        }
    }

    fn call(&mut self, function: FunctionId, arguments: &[NodeId]) -> Flow {
        for (at, argument) in arguments.iter().enumerate() {
            let flow = self.flow(*argument);
            self.set(Frame::Function(function.0), LocalId(at as u32), &flow);
        }
        self.joined(self.plan.function(function).body)
    }

    fn query(&mut self, frame: Frame, query: &Query) -> Flow {
        let relations = query.relationships.iter().map(|r| &r.source);
        for source in query.sources.iter().chain(relations) {
            let flow = self.flow(source.expression);
            self.set(frame, source.local, &flow);
        }
        for (local, node) in &query.lets {
            let flow = self.flow(*node);
            self.set(frame, *local, &flow);
        }
        let conditions = query.filter.into_iter().chain(query.relationships.iter().filter_map(|r| r.such_that));
        let conditions = self.joined(conditions);
        self.whole(&conditions);
        let sources = self.joined(query.sources.iter().map(|s| s.expression));
        let result = match &query.result {
            QueryResult::Element => sources,
            QueryResult::Return { expression, distinct } => {
                let flow = self.flow(*expression);
                if *distinct {
                    self.compared(&flow);
                }
                flow
            }
            QueryResult::Aggregate { local, start, expression, distinct } => {
                if *distinct {
                    self.compared(&sources);
                }
                let flow = self.joined([*start, *expression]);
                self.set(frame, *local, &flow);
                flow
            }
        };
        if let Some(sort) = &query.sort {
            self.set(frame, sort.local, &result);
            let keys = self.joined(sort.keys.iter().map(|key| key.expression));
            self.whole(&keys);
        }
        result
    }
}
