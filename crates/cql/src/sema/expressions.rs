//! One expression of the syntax tree to a node.

use super::checker::{Checker, Failed, Typed};
use crate::ir::{Access, Expr, Literal, NodeId, Type, UnaryOp};
use crate::syntax::DiagnosticCode;
use crate::syntax::ast::{ConvertTarget, ExprId, ExprKind, Infix, Range, Tested, TypeSpec};
use std::sync::Arc;

impl Checker<'_> {
    /// Checks an expression of the unit's arena.
    pub(super) fn expression(&mut self, id: ExprId) -> Typed {
        if self.plan.nodes.len() > self.options.max_nodes {
            return Err(self.too_many_nodes(id));
        }
        let ast = self.ast();
        let expr = ast.expr(id);
        let range = expr.span;
        match &expr.kind {
            ExprKind::Null => Ok(self.node(Expr::Null, Type::ANY, range)),
            ExprKind::Literal(literal) => Ok(self.literal(literal.clone(), range)),
            ExprKind::Name(name) => self.name(name, range),
            ExprKind::Dollar(name) => self.dollar(name, range),
            ExprKind::External(name) => self.external(name, range),
            ExprKind::Member { source, name } => match self.library_named(&ast.expr(*source).kind) {
                Some(included) => self.library_member(included, name, range),
                None => {
                    let source = self.expression(*source)?;
                    self.property(source, &name.text, range)
                }
            },
            ExprKind::Call { name, arguments } => self.call(name, arguments, range),
            ExprKind::Method { source, name, arguments } => self.method(*source, name, arguments, range),
            ExprKind::Index { source, index } => {
                let operands = self.all([*source, *index])?;
                self.operator("Indexer", &operands, None, range)
            }
            ExprKind::Prefix { op, operand } => self.prefix(*op, *operand, range),
            ExprKind::Infix { op, left, right } => self.infix(*op, *left, *right, range),
            ExprKind::Timing { timing, left, right } => self.timing(timing, *left, *right, range),
            ExprKind::Retrieve(retrieve) => self.retrieve(retrieve, range),
            ExprKind::Query(query) => self.scoped(|checker| checker.query(query, range)),
            ExprKind::Test { operand, not, what } => self.test(*operand, *not, *what, range),
            _ => self.other(&expr.kind, range),
        }
    }

    /// The rarer kinds.
    fn other(&mut self, kind: &ExprKind, range: Range) -> Typed {
        match kind {
            ExprKind::Interval { low, high, low_closed, high_closed } => {
                self.interval([*low, *high], [*low_closed, *high_closed], range)
            }
            ExprKind::List { element, items } => self.list(element.as_ref(), items, range),
            ExprKind::Tuple(elements) => self.tuple(elements, range),
            ExprKind::Instance { ty, elements } => self.instance(ty, elements, range),
            ExprKind::Code { code, system, display } => self.code_selector(code, system, display.as_ref(), range),
            ExprKind::Concept { codes, display } => self.concept_selector(codes, display.as_ref(), range),
            ExprKind::Is { operand, ty } => self.is(*operand, ty, range),
            ExprKind::As { operand, ty, strict } => self.as_type(*operand, ty, *strict, range),
            ExprKind::Convert { operand, to } => self.convert_to(*operand, to, range),
            ExprKind::Between { operand, low, high, properly } => self.between(*operand, *low, *high, *properly, range),
            ExprKind::Span { difference, precision, left, right } => {
                let operands = self.all([*left, *right])?;
                self.span_between(*difference, *precision, [operands[0], operands[1]], range)
            }
            ExprKind::SpanOf { difference, precision, operand } => {
                let operand = self.expression(*operand)?;
                let start = self.operator("Start", &[operand], None, range)?;
                let end = self.operator("End", &[operand], None, range)?;
                self.span_between(*difference, *precision, [start, end], range)
            }
            ExprKind::Membership { contains, precision, left, right } => {
                let operands = self.all([*left, *right])?;
                let left_type = self.type_of(operands[0]);
                if *contains && (left_type == Type::VALUE_SET || left_type == Type::CODE_SYSTEM) {
                    // Asking a value set whether it contains a code is asking whether the code is in it.
                    return self.operator("In", &[operands[1], operands[0]], *precision, range);
                }
                let name = if *contains { "Contains" } else { "In" };
                self.operator(name, &operands, *precision, range)
            }
            ExprKind::ComponentFrom { component, operand } => self.component_from(*component, *operand, range),
            ExprKind::Extent { minimum, ty } => self.extent(*minimum, ty, range),
            ExprKind::If { condition, then, otherwise } => self.if_then_else(*condition, *then, *otherwise, range),
            ExprKind::Case { comparand, items, otherwise } => self.case(*comparand, items, *otherwise, range),
            ExprKind::SetAggregate { expand, operand, per } => self.set_aggregate(*expand, *operand, *per, range),
            // Every other kind is handled by `expression`.
            _ => Err(Failed),
        }
    }

    fn too_many_nodes(&mut self, id: ExprId) -> Failed {
        let ast = self.ast();
        let limit = self.options.max_nodes;
        // Said once: every further expression would only repeat it.
        if self.faults.iter().any(|f| f.code == DiagnosticCode::SourceTooLarge) {
            return Failed;
        }
        self.fault(DiagnosticCode::SourceTooLarge, ast.expr(id).span, format!("the program needs more than {limit} operations"))
    }

    pub(super) fn literal(&mut self, literal: Literal, range: Range) -> NodeId {
        let ty = match &literal {
            Literal::Boolean(_) => Type::BOOLEAN,
            Literal::Integer(_) => Type::INTEGER,
            Literal::Long(_) => Type::LONG,
            Literal::Decimal(_) => Type::DECIMAL,
            Literal::String(_) => Type::STRING,
            Literal::Date(_) => Type::DATE,
            Literal::DateTime(_) => Type::DATE_TIME,
            Literal::Time(_) => Type::TIME,
            Literal::Quantity(_) => Type::QUANTITY,
            Literal::Ratio(..) => Type::RATIO,
        };
        self.node(Expr::Literal(literal), ty, range)
    }

    pub(super) fn string(&mut self, text: &Arc<str>, range: Range) -> NodeId {
        self.literal(Literal::String(text.clone()), range)
    }

    /// Checks several expressions; all their faults are reported.
    pub(super) fn all<const N: usize>(&mut self, ids: [ExprId; N]) -> Typed<Vec<NodeId>> {
        self.each(&ids)
    }

    /// As [`Checker::all`] for a slice.
    pub(super) fn each(&mut self, ids: &[ExprId]) -> Typed<Vec<NodeId>> {
        let checked: Vec<Typed> = ids.iter().map(|id| self.expression(*id)).collect();
        checked.into_iter().collect()
    }

    fn test(&mut self, operand: ExprId, not: bool, what: Tested, range: Range) -> Typed {
        let operand = self.expression(operand)?;
        let name = match what {
            Tested::Null => "IsNull",
            Tested::True => "IsTrue",
            Tested::False => "IsFalse",
        };
        let node = self.operator(name, &[operand], None, range)?;
        Ok(if not { self.not(node, range) } else { node })
    }

    pub(super) fn not(&mut self, operand: NodeId, range: Range) -> NodeId {
        let expr = Expr::Unary { op: UnaryOp::Not, operand };
        self.node(expr, Type::BOOLEAN, range)
    }

    fn is(&mut self, operand: ExprId, spec: &TypeSpec, range: Range) -> Typed {
        let operand = self.expression(operand)?;
        let ty = self.type_spec(spec)?;
        let expr = Expr::Is { operand, ty: self.models.runtime_type(&ty) };
        Ok(self.node(expr, Type::BOOLEAN, range))
    }

    fn as_type(&mut self, operand: ExprId, spec: &TypeSpec, strict: bool, range: Range) -> Typed {
        let operand = self.expression(operand)?;
        let ty = self.type_spec(spec)?;
        self.as_node(operand, ty, strict, range)
    }

    /// `operand as ty`. A cast that can never succeed is a fault; one that FHIRHelpers would convert is converted.
    pub(super) fn as_node(&mut self, operand: NodeId, ty: Type, strict: bool, range: Range) -> Typed {
        let from = self.type_of(operand);
        if super::convert::can_cast(&self.models, &from, &ty) {
            let expr = Expr::As { operand, ty: self.models.runtime_type(&ty), strict };
            return Ok(self.node(expr, ty, range));
        }
        if let Some(node) = self.try_convert(operand, &ty) {
            return Ok(node);
        }
        Err(self.fault(DiagnosticCode::TypeMismatch, range, format!("a value of type {from} is never {ty}")))
    }

    fn convert_to(&mut self, operand: ExprId, to: &ConvertTarget, range: Range) -> Typed {
        let operand = self.expression(operand)?;
        match to {
            ConvertTarget::Unit(unit) => {
                let unit = self.string(unit, range);
                self.operator("ConvertQuantity", &[operand, unit], None, range)
            }
            ConvertTarget::Type(spec) => {
                let ty = self.type_spec(spec)?;
                if let Type::System(system) = &ty {
                    let name = format!("To{}", system.name());
                    if super::signatures::is_operator(&name) {
                        return self.operator(&name, &[operand], None, range);
                    }
                }
                self.convert(operand, &ty, range, "what is converted")
            }
        }
    }

    fn between(&mut self, operand: ExprId, low: ExprId, high: ExprId, properly: bool, range: Range) -> Typed {
        let operands = self.all([operand, low, high])?;
        // Of a point: comparison with both ends. Of an interval: inclusion.
        let is_interval = self.type_of(operands[0]).point().is_some();
        if is_interval {
            let interval = self.interval_nodes([operands[1], operands[2]], [true, true], range)?;
            let name = if properly { "ProperIncludedIn" } else { "IncludedIn" };
            return self.operator(name, &[operands[0], interval], None, range);
        }
        let (above, below) = if properly { ("Greater", "Less") } else { ("GreaterOrEqual", "LessOrEqual") };
        let low = self.operator(above, &[operands[0], operands[1]], None, range)?;
        let high = self.operator(below, &[operands[0], operands[2]], None, range)?;
        self.operator("And", &[low, high], None, range)
    }

    /// Chains of one operator are walked along their left spine, so that a long chain costs no stack.
    fn infix(&mut self, op: Infix, left: ExprId, right: ExprId, range: Range) -> Typed {
        let ast = self.ast();
        let mut spine = vec![(op, right, range)];
        let mut first = left;
        while let ExprKind::Infix { op, left, right } = &ast.expr(first).kind {
            spine.push((*op, *right, ast.expr(first).span));
            first = *left;
        }
        spine.reverse();
        let mut rights = Vec::with_capacity(spine.len());
        let mut result = self.expression(first);
        for (op, right, range) in spine {
            rights.push((op, self.expression(right), range));
        }
        for (op, right, range) in rights {
            result = match (result, right) {
                (Ok(left), Ok(right)) => self.infix_nodes(op, left, right, range),
                _ => Err(Failed),
            };
        }
        result
    }

    /// Reads an element of a tuple or structured System value.
    pub(super) fn element(&mut self, source: NodeId, name: &str, ty: Type, range: Range) -> NodeId {
        let expr = Expr::Property { source, access: Access::Element(name.into()) };
        self.node(expr, ty, range)
    }
}
