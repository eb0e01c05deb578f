//! Turning conversions into nodes.

use super::checker::{Checker, Typed};
use super::types::{Conversion, conversion};
use crate::ir::{Expr, LocalKind, NodeId, Query, QueryResult, QuerySource, Span, Type, UnaryOp};
use crate::model::Models;
use crate::syntax::DiagnosticCode;
use crate::syntax::ast::Range;

impl Checker<'_> {
    /// The node converted to a type, or a fault that says what does not fit.
    pub(super) fn convert(&mut self, node: NodeId, to: &Type, range: Range, what: &str) -> Typed {
        let from = self.type_of(node);
        match conversion(&self.models, &from, to, self.generosity()) {
            Some((_, conversion)) => Ok(self.apply(node, &conversion)),
            None => Err(self.fault(DiagnosticCode::TypeMismatch, range, format!("{what} must be {to}, this is {from}"))),
        }
    }

    /// As [`Checker::convert`], `None` when there is no conversion.
    pub(super) fn try_convert(&mut self, node: NodeId, to: &Type) -> Option<NodeId> {
        let from = self.type_of(node);
        let (_, conversion) = conversion(&self.models, &from, to, self.generosity())?;
        Some(self.apply(node, &conversion))
    }

    /// The node with a conversion applied.
    pub(super) fn apply(&mut self, node: NodeId, conversion: &Conversion) -> NodeId {
        let span = self.span_of(node);
        match conversion {
            Conversion::None => node,
            Conversion::As(ty) => {
                // `Interval[null, null]` has no point type to be the ends of: it is an unknown interval, a null of the type wanted.
                if matches!(ty, Type::Interval(_)) && matches!(self.plan.node(node).expr, Expr::Interval { .. }) {
                    let null = self.node_at(Expr::Null, Type::ANY, span);
                    return self.cast(null, ty, span);
                }
                self.cast(node, ty, span)
            }
            Conversion::Unary(op, ty) => self.node_at(Expr::Unary { op: *op, operand: node }, ty.clone(), span),
            Conversion::Intrinsic(function, ty) => {
                self.node_at(Expr::Intrinsic { function: *function, operand: node }, ty.clone(), span)
            }
            Conversion::Chain(first, second) => {
                let first = self.apply(node, first);
                self.apply(first, second)
            }
            Conversion::Elements(inner, from, to) => {
                let local = self.local("X", LocalKind::This, from.clone());
                let element = self.local_ref(local, span);
                let element = self.apply(element, inner);
                let expr = Expr::ForEach { source: node, local, element };
                self.node_at(expr, Type::list(to.clone()), span)
            }
            Conversion::Bounds(inner, to) => self.convert_bounds(node, inner, to, span),
            Conversion::Alternatives(alternatives, to) => self.convert_alternatives(node, alternatives, to, span),
            Conversion::Promote(inner, to) => {
                let converted = self.apply(node, inner);
                let expr = Expr::Unary { op: UnaryOp::ToList, operand: converted };
                self.node_at(expr, Type::list(to.clone()), span)
            }
            Conversion::Point(inner, to) => {
                let point = self.apply(node, inner);
                let expr = Expr::Unary { op: UnaryOp::ToInterval, operand: point };
                self.node_at(expr, Type::interval(to.clone()), span)
            }
            Conversion::Demote(element, inner) => {
                let expr = Expr::Unary { op: UnaryOp::SingletonFrom, operand: node };
                let single = self.node_at(expr, element.clone(), span);
                self.apply(single, inner)
            }
        }
    }

    /// `node as ty`. A null literal simply becomes a null of that type.
    pub(super) fn cast(&mut self, node: NodeId, ty: &Type, span: Span) -> NodeId {
        let expr = Expr::As { operand: node, ty: ty.clone(), strict: false };
        self.node_at(expr, ty.clone(), span)
    }

    /// Converts both bounds; the interval keeps its openness through a one-row query that names it once.
    fn convert_bounds(&mut self, node: NodeId, inner: &Conversion, to: &Type, span: Span) -> NodeId {
        if let Expr::Interval { low, high, low_closed, high_closed } = self.plan.node(node).expr {
            let low = self.apply(low, inner);
            let high = self.apply(high, inner);
            let expr = Expr::Interval { low, high, low_closed, high_closed };
            return self.node_at(expr, Type::interval(to.clone()), span);
        }
        let from = self.type_of(node);
        let point = from.point().cloned().unwrap_or(Type::ANY);
        let local = self.local("X", LocalKind::This, from);
        let bound = |checker: &mut Self, name: &str| {
            let source = checker.local_ref(local, span);
            let expr = Expr::Property { source, access: crate::ir::Access::Element(name.into()) };
            let bound = checker.node_at(expr, point.clone(), span);
            checker.apply(bound, inner)
        };
        let low = bound(self, "low");
        let high = bound(self, "high");
        let closed = |checker: &mut Self, name: &str| {
            let source = checker.local_ref(local, span);
            let expr = Expr::Property { source, access: crate::ir::Access::Element(name.into()) };
            checker.node_at(expr, Type::BOOLEAN, span)
        };
        let low_closed = closed(self, "lowClosed");
        let high_closed = closed(self, "highClosed");
        let made = self.interval_of_flags([low, high], [low_closed, high_closed], to, span);
        let expr = Expr::Query(Box::new(Query {
            sources: Box::new([QuerySource { local, expression: node, list: false }]),
            lets: Box::new([]),
            relationships: Box::new([]),
            filter: None,
            result: QueryResult::Return { expression: made, distinct: false },
            sort: None,
            singular: true,
        }));
        let converted = self.node_at(expr, Type::interval(to.clone()), span);
        if self.options.unbounded_nulls { self.unbounded_when_null(node, converted, inner, to) } else { converted }
    }

    /// `if node is null then Interval[convert(node.low), convert(node.high)] else converted`: the bounds of the null are null without a cast, so that they
    /// state no type.
    fn unbounded_when_null(&mut self, node: NodeId, converted: NodeId, inner: &Conversion, to: &Type) -> NodeId {
        let span = self.plan.node(node).span;
        let point = self.type_of(node).point().cloned().unwrap_or(Type::ANY);
        let bound = |checker: &mut Self, name: &str| {
            let expr = Expr::Property { source: node, access: crate::ir::Access::Element(name.into()) };
            let bound = checker.node_at(expr, point.clone(), span);
            checker.apply(bound, inner)
        };
        let (low, high) = (bound(self, "low"), bound(self, "high"));
        let is_null = self.node_at(Expr::Unary { op: UnaryOp::IsNull, operand: node }, Type::BOOLEAN, span);
        let everything = Expr::Interval { low, high, low_closed: true, high_closed: true };
        let everything = self.node_at(everything, Type::interval(to.clone()), span);
        let choice = Expr::If { condition: is_null, then: everything, otherwise: converted };
        self.node_at(choice, Type::interval(to.clone()), span)
    }

    /// An interval whose openness is computed: one of the four forms.
    fn interval_of_flags(&mut self, bounds: [NodeId; 2], flags: [NodeId; 2], to: &Type, span: Span) -> NodeId {
        let form = |checker: &mut Self, low_closed: bool, high_closed: bool| {
            let expr = Expr::Interval { low: bounds[0], high: bounds[1], low_closed, high_closed };
            checker.node_at(expr, Type::interval(to.clone()), span)
        };
        let mut by_high = Vec::with_capacity(2);
        for low_closed in [true, false] {
            let closed = form(self, low_closed, true);
            let open = form(self, low_closed, false);
            let expr = Expr::If { condition: flags[1], then: closed, otherwise: open };
            by_high.push(self.node_at(expr, Type::interval(to.clone()), span));
        }
        let expr = Expr::If { condition: flags[0], then: by_high[0], otherwise: by_high[1] };
        self.node_at(expr, Type::interval(to.clone()), span)
    }

    /// `case when x is A then convert(x as A) when x is B ... else null end`, x evaluated once.
    fn convert_alternatives(&mut self, node: NodeId, alternatives: &[(Type, Conversion)], to: &Type, span: Span) -> NodeId {
        if let [(ty, inner)] = alternatives {
            let narrowed = self.cast(node, ty, span);
            return self.apply(narrowed, inner);
        }
        let source_type = self.type_of(node);
        let local = self.local("X", LocalKind::This, source_type);
        let mut items = Vec::with_capacity(alternatives.len());
        for (ty, inner) in alternatives {
            let tested = self.local_ref(local, span);
            let expr = Expr::Is { operand: tested, ty: ty.clone() };
            let when = self.node_at(expr, Type::BOOLEAN, span);
            let value = self.local_ref(local, span);
            let narrowed = self.cast(value, ty, span);
            items.push((when, self.apply(narrowed, inner)));
        }
        let null = self.node_at(Expr::Null, Type::ANY, span);
        let otherwise = self.cast(null, to, span);
        let expr = Expr::Case { comparand: None, items: items.into(), otherwise };
        let body = self.node_at(expr, to.clone(), span);
        self.with_value(node, local, body, span)
    }

    /// `body` with `local` standing for the value of `node`: a one-row query. Null stays null.
    pub(super) fn with_value(&mut self, node: NodeId, local: crate::ir::LocalId, body: NodeId, span: Span) -> NodeId {
        let ty = self.type_of(body);
        let expr = Expr::Query(Box::new(Query {
            sources: Box::new([QuerySource { local, expression: node, list: false }]),
            lets: Box::new([]),
            relationships: Box::new([]),
            filter: None,
            result: QueryResult::Return { expression: body, distinct: false },
            sort: None,
            singular: true,
        }));
        self.node_at(expr, ty, span)
    }
}

/// Can a value whose static type is `from` be a `to` at run time?
pub(super) fn can_cast(m: &Models, from: &Type, to: &Type) -> bool {
    use super::types::is_subtype;
    if from.is_any() || is_subtype(m, to, from) || is_subtype(m, from, to) {
        return true;
    }
    match (from, to) {
        (Type::Choice(alternatives), _) => alternatives.iter().any(|a| can_cast(m, a, to)),
        (_, Type::Choice(alternatives)) => alternatives.iter().any(|a| can_cast(m, from, a)),
        (Type::List(a), Type::List(b)) | (Type::Interval(a), Type::Interval(b)) => can_cast(m, a, b),
        _ => false,
    }
}
