//! From IR nodes to ops.

use super::{Asked, Body, Code, Fetch, Op, OpId, Order, Origin, Outcome, Question, Related, Select, Shape, Slot, Source, Test};
use crate::data::{CodePath, Wanted};
use crate::eval::{TypeTest, literals, point_type};
use crate::ir::{
    self, Access, BinaryOp, Expr, FunctionId, Literal, LocalId, NaryOp, NodeId, Over, Plan, QueryResult, QuerySource, SystemType,
    TimedOp, Type, UnaryOp,
};
use crate::value::{PointType, Text, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// Where a body is being laid: its slots begin here, and some of its operands are known.
pub(super) struct Place {
    pub(super) offset: u32,
    /// What stands for an operand, when it needs no slot of its own.
    pub(super) known: Vec<Option<OpId>>,
}

/// A plan on its way to code.
pub(super) struct Lower<'p> {
    pub(super) plan: &'p Plan,
    pub(super) code: Code,
    pub(super) places: Vec<Place>,
    /// Slots of the frame being laid out.
    pub(super) slots: u32,
    /// Functions being inlined, outermost first.
    pub(super) open: Vec<FunctionId>,
    pub(super) uses: HashMap<FunctionId, Arc<super::inline::Uses>>,
    wanted: Vec<FunctionId>,
}

/// Lowers a whole plan, without memos.
pub(crate) fn lower(plan: &Plan) -> Code {
    let mut lower = Lower {
        plan,
        code: Code { functions: vec![None; plan.functions.len()], ..Code::default() },
        places: Vec::new(),
        slots: 0,
        open: Vec::new(),
        uses: HashMap::new(),
        wanted: Vec::new(),
    };
    for definition in &plan.definitions {
        let body = lower.body(definition.locals.len(), definition.body);
        lower.code.definitions.push(body);
    }
    for parameter in &plan.parameters {
        let body = parameter.default.map(|default| lower.body(parameter.locals.len(), default));
        lower.code.parameters.push(body);
    }
    while let Some(id) = lower.wanted.pop() {
        let function = &plan.functions[id.index()];
        if let (Some(body), None) = (function.body, lower.code.functions[id.index()]) {
            lower.open = vec![id];
            let body = lower.body(function.locals.len().max(function.operands.len()), body);
            lower.code.functions[id.index()] = Some(body);
            lower.open.clear();
        }
    }
    super::narrow::place(plan, &mut lower.code);
    lower.code
}

impl Lower<'_> {
    fn body(&mut self, locals: usize, node: NodeId) -> Body {
        self.slots = locals as u32;
        self.places.push(Place { offset: 0, known: Vec::new() });
        let op = self.op(node);
        self.places.pop();
        Body { op, slots: self.slots }
    }

    pub(super) fn push(&mut self, node: NodeId, op: Op) -> OpId {
        let clause = *self.plan.type_of(node) == Type::System(SystemType::Boolean)
            && !matches!(
                self.plan.node(node).expr,
                Expr::ExpressionRef(_) | Expr::ParameterRef(_) | Expr::As { .. } | Expr::Intrinsic { .. } | Expr::Local(_)
            )
            && !matches!(op, Op::Null | Op::Constant(_));
        let id = OpId(self.code.ops.len() as u32);
        self.code.ops.push(op);
        self.code.origins.push(Origin { node, clause });
        id
    }

    pub(super) fn constant(&mut self, node: NodeId, value: Value) -> OpId {
        let number = self.code.constants.len() as u32;
        self.code.constants.push(value);
        self.push(node, Op::Constant(number))
    }

    pub(super) fn slot(&self, local: LocalId) -> Slot {
        local.0 + self.places.last().map_or(0, |p| p.offset)
    }

    pub(super) fn ops(&mut self, nodes: &[NodeId]) -> Box<[OpId]> {
        nodes.iter().map(|node| self.op(*node)).collect()
    }

    pub(super) fn want(&mut self, function: FunctionId) {
        self.wanted.push(function);
    }

    /// The op of a node.
    pub(super) fn op(&mut self, id: NodeId) -> OpId {
        let plan = self.plan;
        match &plan.node(id).expr {
            Expr::Null => self.push(id, Op::Null),
            Expr::Literal(literal) => self.constant(id, literals::value(literal)),
            Expr::Local(local) => {
                let known = self.places.last().and_then(|p| p.known.get(local.index()).copied().flatten());
                let slot = self.slot(*local);
                known.unwrap_or_else(|| self.push(id, Op::Local(slot)))
            }
            Expr::ExpressionRef(definition) => self.push(id, Op::Definition(*definition)),
            Expr::ParameterRef(parameter) => self.push(id, Op::Parameter(*parameter)),
            Expr::Property { source, access } => self.property(id, *source, access),
            Expr::Intrinsic { function, operand } => self.convert(id, *function, *operand),
            Expr::Binary { op, left, right } => self.binary(id, *op, *left, *right),
            Expr::Unary { op, operand } => self.unary(id, *op, *operand),
            Expr::Timed { .. } => self.timed(id),
            Expr::Query(query) => self.query(id, query),
            Expr::Retrieve(retrieve) => self.retrieve(id, retrieve),
            Expr::Is { operand, ty } => {
                let operand = self.op(*operand);
                let test = Box::new(Test { test: TypeTest::new(ty), ty: ty.clone() });
                self.push(id, Op::Is(operand, test))
            }
            Expr::As { operand, ty, strict } => self.cast(id, *operand, ty, *strict),
            Expr::If { condition, then, otherwise } => {
                let [condition, then, otherwise] = [*condition, *then, *otherwise].map(|n| self.op(n));
                self.push(id, Op::If { condition, then, otherwise })
            }
            Expr::FunctionRef { function, arguments } => self.call(id, *function, arguments),
            _ => self.other(id),
        }
    }

    fn cast(&mut self, id: NodeId, operand: NodeId, ty: &Type, strict: bool) -> OpId {
        let operand = self.op(operand);
        if ty.is_any() || (!strict && self.narrowed(operand, ty)) {
            return operand;
        }
        let test = Box::new(Test { test: TypeTest::new(ty), ty: ty.clone() });
        self.push(id, Op::As { operand, test, strict })
    }

    /// Nodes that stand in few places; apart, to keep the frame of `op` small.
    #[inline(never)]
    fn other(&mut self, id: NodeId) -> OpId {
        let plan = self.plan;
        match &plan.node(id).expr {
            Expr::ValueSetRef(i) => self.constant(id, literals::value_set(&plan.value_sets[i.index()])),
            Expr::CodeSystemRef(i) => self.constant(id, literals::code_system(&plan.code_systems[i.index()])),
            Expr::CodeRef(i) => self.constant(id, Value::Code(Arc::new(literals::code(plan, &plan.codes[i.index()])))),
            Expr::ConceptRef(i) => {
                let concept = literals::concept(plan, &plan.concepts[i.index()]);
                self.constant(id, Value::Concept(Arc::new(concept)))
            }
            Expr::MinValue(ty) | Expr::MaxValue(ty) => {
                let maximum = matches!(plan.node(id).expr, Expr::MaxValue(_));
                let end = point_type(ty).and_then(|p| crate::ops::arithmetic::extreme(p, maximum));
                self.constant(id, end.unwrap_or_default())
            }
            Expr::Nary { op: NaryOp::Coalesce, operands } => {
                let operands = self.ops(operands);
                self.push(id, Op::Coalesce(operands))
            }
            Expr::Nary { op, operands } => {
                let operands = self.ops(operands);
                self.push(id, Op::Nary(*op, operands))
            }
            Expr::Interval { low, high, low_closed, high_closed } => {
                let checked = self.is_literal(*low) && self.is_literal(*high);
                let point = plan.type_of(id).point().and_then(point_type).unwrap_or(PointType::Unknown);
                // Bounds that turn out null tell no type, unless it was written beside the null.
                let is_told = [low, high].into_iter().any(|b| matches!(plan.node(*b).expr, Expr::As { .. } | Expr::Null));
                let point = if is_told || point == PointType::Unknown { point } else { PointType::Lost };
                let shape = Shape { low_closed: *low_closed, high_closed: *high_closed, point };
                let [low, high] = [*low, *high].map(|n| self.op(n));
                self.push(id, Op::Interval { low, high, shape, checked })
            }
            Expr::List(items) => {
                let items = self.ops(items);
                self.push(id, Op::List(items))
            }
            Expr::Tuple(elements) => self.tuple(id, elements, None),
            Expr::Instance { class, elements } => self.instance(id, class, elements),
            Expr::Case { comparand, items, otherwise } => {
                let comparand = comparand.map(|n| self.op(n));
                let items = items.iter().map(|(when, then)| (self.op(*when), self.op(*then))).collect();
                let otherwise = self.op(*otherwise);
                self.push(id, Op::Case { comparand, items, otherwise })
            }
            Expr::ForEach { source, local, element } => {
                let [source, element] = [*source, *element].map(|n| self.op(n));
                let slot = self.slot(*local);
                self.push(id, Op::ForEach { source, slot, element })
            }
            Expr::Repeat { source, local, element } => {
                let [source, element] = [*source, *element].map(|n| self.op(n));
                let slot = self.slot(*local);
                self.push(id, Op::Repeat { source, slot, element })
            }
            Expr::Message { source, condition, code, severity, message } => {
                let all = [*source, *condition, *code, *severity, *message].map(|n| self.op(n));
                self.push(id, Op::Message(Box::new(all)))
            }
            other => {
                let mut operands = Vec::new();
                other.operands(&mut |node| operands.push(node));
                let operands = self.ops(&operands);
                self.push(id, Op::Rare(operands))
            }
        }
    }

    fn tuple(&mut self, id: NodeId, elements: &[(Arc<str>, NodeId)], class: Option<Text>) -> OpId {
        let names = elements.iter().map(|(name, _)| Text::new(name)).collect();
        let values = elements.iter().map(|(_, node)| self.op(*node)).collect();
        self.push(id, Op::Tuple { names, values, class })
    }

    fn instance(&mut self, id: NodeId, class: &Type, elements: &[(Arc<str>, NodeId)]) -> OpId {
        match class {
            Type::Class { model, name } => {
                let class = Text::new(&crate::model::fhir_class(model, name));
                self.tuple(id, elements, Some(class))
            }
            Type::System(system) => {
                let tuple = self.tuple(id, elements, None);
                self.push(id, Op::Instance { system: *system, tuple })
            }
            _ => self.tuple(id, elements, None),
        }
    }

    fn is_literal(&self, id: NodeId) -> bool {
        match &self.plan.node(id).expr {
            Expr::Literal(_) => true,
            Expr::Unary { operand, .. } | Expr::As { operand, .. } => self.is_literal(*operand),
            // ELM writes the literal `@2014` as this constructor.
            Expr::Date(parts) | Expr::DateTime(parts) | Expr::Time(parts) => {
                let known = |part: &NodeId| matches!(self.plan.node(*part).expr, Expr::Null) || self.is_literal(*part);
                parts.iter().all(known)
            }
            _ => false,
        }
    }

    fn unary(&mut self, id: NodeId, op: UnaryOp, operand: NodeId) -> OpId {
        let operand = self.op(operand);
        let lowered = match op {
            UnaryOp::Not => Op::Not(operand),
            UnaryOp::IsNull => Op::IsNull(operand),
            UnaryOp::IsTrue => Op::IsTruth(operand, true),
            UnaryOp::IsFalse => Op::IsTruth(operand, false),
            UnaryOp::Exists => Op::Exists(operand),
            UnaryOp::Count => Op::Count(operand),
            UnaryOp::First => Op::First(operand),
            UnaryOp::Last => Op::Last(operand),
            UnaryOp::SingletonFrom => Op::Singleton(operand),
            UnaryOp::Flatten => Op::Flatten(operand),
            other => Op::Unary(other, operand),
        };
        self.push(id, lowered)
    }

    fn binary(&mut self, id: NodeId, op: BinaryOp, left: NodeId, right: NodeId) -> OpId {
        if matches!(op, BinaryOp::And | BinaryOp::Or) {
            return self.chain(id, op, left, right);
        }
        if let (BinaryOp::InValueSet | BinaryOp::AnyInValueSet, Expr::ValueSetRef(set)) = (op, &self.plan.node(right).expr) {
            let element = self.op(left);
            return self.push(id, Op::InValueSet { element, set: *set });
        }
        let [left, right] = [left, right].map(|n| self.op(n));
        let lowered = match op {
            BinaryOp::Xor => Op::Xor(left, right),
            BinaryOp::Implies => Op::Implies(left, right),
            BinaryOp::Equal => Op::Equal { left, right, negated: false },
            BinaryOp::NotEqual => Op::Equal { left, right, negated: true },
            BinaryOp::Equivalent => Op::Equivalent(left, right),
            BinaryOp::Less => Op::Order(Question::Less, left, right),
            BinaryOp::LessOrEqual => Op::Order(Question::LessOrEqual, left, right),
            BinaryOp::Greater => Op::Order(Question::Greater, left, right),
            BinaryOp::GreaterOrEqual => Op::Order(Question::GreaterOrEqual, left, right),
            other => Op::Binary(other, left, right),
        };
        self.push(id, lowered)
    }

    /// `a and b and c` hangs to the left: it becomes one flat op, so that its length costs no depth.
    fn chain(&mut self, id: NodeId, op: BinaryOp, left: NodeId, right: NodeId) -> OpId {
        let mut rest = vec![right];
        let mut first = left;
        while let Expr::Binary { op: inner, left, right } = &self.plan.node(first).expr {
            if *inner != op {
                break;
            }
            rest.push(*right);
            first = *left;
        }
        rest.push(first);
        rest.reverse();
        let parts = self.ops(&rest);
        self.push(id, if op == BinaryOp::And { Op::And(parts) } else { Op::Or(parts) })
    }

    fn timed(&mut self, id: NodeId) -> OpId {
        let plan = self.plan;
        let Expr::Timed { op, over, precision, left, right } = &plan.node(id).expr else {
            return self.push(id, Op::Null);
        };
        if (*op, *over, *precision) == (TimedOp::In, Over::Lists, None) {
            if let (Some(texts), true) = (self.literal_texts(*right), self.is_text(*left)) {
                let element = self.op(*left);
                return self.push(id, Op::InTexts { element, texts });
            }
            let [element, list] = [*left, *right].map(|n| self.op(n));
            return self.push(id, Op::In { element, list });
        }
        let (op, over, precision) = (*op, *over, *precision);
        let [left, right] = [*left, *right].map(|n| self.op(n));
        self.push(id, Op::Timed { op, over, precision, left, right })
    }

    /// The texts of a list of string literals.
    fn literal_texts(&self, list: NodeId) -> Option<Box<[Arc<[u8]>]>> {
        let Expr::List(items) = &self.plan.node(list).expr else {
            return None;
        };
        let text = |node: &NodeId| match &self.plan.node(*node).expr {
            Expr::Literal(Literal::String(text)) => Some(Arc::from(text.as_bytes())),
            _ => None,
        };
        items.iter().map(text).collect()
    }

    fn source(&mut self, source: &QuerySource) -> Source {
        Source { slot: self.slot(source.local), op: self.op(source.expression), list: source.list, narrow: None }
    }

    fn query(&mut self, id: NodeId, query: &ir::Query) -> OpId {
        let sources = query.sources.iter().map(|s| self.source(s)).collect();
        let lets = query.lets.iter().map(|(local, node)| (self.slot(*local), self.op(*node))).collect();
        let relationships = query.relationships.iter();
        let relationships = relationships
            .map(|r| Related { with: r.with, source: self.source(&r.source), such_that: r.such_that.map(|n| self.op(n)) })
            .collect();
        let filter = query.filter.map(|n| self.op(n));
        let result = match &query.result {
            QueryResult::Element => Outcome::Element,
            QueryResult::Return { expression, distinct } => Outcome::Return { op: self.op(*expression), distinct: *distinct },
            QueryResult::Aggregate { local, start, expression, distinct } => Outcome::Aggregate {
                slot: self.slot(*local),
                start: self.op(*start),
                op: self.op(*expression),
                distinct: *distinct,
            },
        };
        let sort = query.sort.as_ref().map(|sort| Order {
            slot: self.slot(sort.local),
            keys: sort.keys.iter().map(|key| (self.op(key.expression), key.descending)).collect(),
        });
        let select = Select { sources, lets, relationships, filter, result, sort, singular: query.singular };
        self.push(id, Op::Query(Box::new(select)))
    }

    fn asked(&mut self, codes: NodeId) -> Asked {
        if let Expr::ValueSetRef(set) = &self.plan.node(codes).expr {
            return Asked::Set(*set);
        }
        let op = self.op(codes);
        let Op::Constant(number) = self.code.op(op) else {
            return Asked::Value(op);
        };
        match &self.code.constants[*number as usize] {
            value @ (Value::Code(_) | Value::Concept(_) | Value::String(_)) => Asked::Codes(Wanted::of(value)),
            _ => Asked::Value(op),
        }
    }

    fn retrieve(&mut self, id: NodeId, retrieve: &ir::Retrieve) -> OpId {
        let context = retrieve.context.map(|n| self.op(n));
        let codes = retrieve.codes.as_ref().map(|filter| (code_path(&filter.access), self.asked(filter.codes)));
        let dates = retrieve.dates.as_ref().map(|filter| (code_path(&filter.access), self.op(filter.range)));
        let fixed = retrieve.fixed.iter().map(|(access, allowed)| (code_path(access), Arc::clone(allowed))).collect();
        let fetch = Fetch { resource: Arc::clone(&retrieve.resource), context, codes, dates, fixed };
        self.push(id, Op::Retrieve(Box::new(fetch)))
    }
}

/// The JSON members an access reads.
fn code_path(access: &Access) -> CodePath {
    CodePath {
        members: match access {
            Access::Model { name, .. } | Access::Element(name) | Access::Dynamic(name) => vec![Arc::clone(name)],
            Access::ModelChoice { alternatives, .. } => alternatives.iter().map(|(n, _)| Arc::clone(n)).collect(),
            Access::ModelValue => Vec::new(),
        },
    }
}
