//! Operators: choosing the overload, converting the operands, making the node.

use super::checker::{Checker, Typed};
use super::signatures::{self, Chosen, Emit};
use super::types::{self, is_subtype};
use crate::ir::{BinaryOp, Expr, Literal, NaryOp, NodeId, Over, Precision, QuantityLiteral, SystemType, TimedOp, Type, UnaryOp};
use crate::model::Models;
use crate::syntax::DiagnosticCode;
use crate::syntax::ast::{Component, ExprId, Infix, Per, Prefix, QualifiedName, Range};

impl Checker<'_> {
    /// A system operator over these operands.
    pub(super) fn operator(&mut self, name: &str, operands: &[NodeId], precision: Option<Precision>, range: Range) -> Typed {
        let types: Vec<Type> = operands.iter().map(|o| self.type_of(*o)).collect();
        match signatures::choose(&self.models, name, &types, self.generosity()) {
            Some(chosen) => Ok(self.emit(&chosen, operands, precision, range)),
            None => Err(self.no_overload(name, &types, range)),
        }
    }

    fn no_overload(&mut self, name: &str, types: &[Type], range: Range) -> super::checker::Failed {
        let given: Vec<String> = types.iter().map(Type::to_string).collect();
        let mut forms = signatures::describe(name);
        forms.truncate(12);
        self.fault_with(
            DiagnosticCode::NoOverload,
            range,
            format!("{name} has no form for ({})", given.join(", ")),
            Some(format!("it takes {}", forms.join(", "))),
        )
    }

    pub(super) fn emit(&mut self, chosen: &Chosen, operands: &[NodeId], precision: Option<Precision>, range: Range) -> NodeId {
        let operands: Vec<NodeId> =
            operands.iter().zip(&chosen.conversions).map(|(node, conversion)| self.apply(*node, conversion)).collect();
        let ty = chosen.result.clone();
        let expr = match chosen.emit {
            Emit::Nullary(op) => Expr::Nullary(op),
            Emit::Unary(op) => Expr::Unary { op, operand: operands[0] },
            Emit::Binary(op) => Expr::Binary { op, left: operands[0], right: operands[1] },
            Emit::Nary(op) => Expr::Nary { op, operands: operands.into() },
            Emit::Timed(op, over) => Expr::Timed { op, over, precision, left: operands[0], right: operands[1] },
            Emit::TimedPoint(op, which) => return self.timed_point(op, which, &operands, precision, range),
            Emit::Message => {
                let ty = self.type_of(operands[0]);
                let expr = Expr::Message {
                    source: operands[0],
                    condition: operands[1],
                    code: operands[2],
                    severity: operands[3],
                    message: operands[4],
                };
                return self.node(expr, ty, range);
            }
        };
        self.node(expr, ty, range)
    }

    /// A comparison of a point with an interval: the point becomes the interval of itself.
    fn timed_point(&mut self, op: TimedOp, which: u8, operands: &[NodeId], precision: Option<Precision>, range: Range) -> NodeId {
        let mut operands = [operands[0], operands[1]];
        let point = operands[usize::from(which)];
        let ty = self.type_of(point);
        let expr = Expr::Unary { op: UnaryOp::ToInterval, operand: point };
        let span = self.span_of(point);
        operands[usize::from(which)] = self.node_at(expr, Type::interval(ty), span);
        let expr = Expr::Timed { op, over: Over::Intervals, precision, left: operands[0], right: operands[1] };
        self.node(expr, Type::BOOLEAN, range)
    }

    pub(super) fn prefix(&mut self, op: Prefix, operand: ExprId, range: Range) -> Typed {
        let operand = self.expression(operand)?;
        let name = match op {
            Prefix::Not => "Not",
            Prefix::Exists => "Exists",
            Prefix::Plus => return self.plus(operand, range),
            Prefix::Negate => "Negate",
            Prefix::StartOf => "Start",
            Prefix::EndOf => "End",
            Prefix::WidthOf => "Width",
            Prefix::SuccessorOf => "Successor",
            Prefix::PredecessorOf => "Predecessor",
            Prefix::SingletonFrom => "SingletonFrom",
            Prefix::PointFrom => "PointFrom",
            Prefix::Distinct => "Distinct",
            Prefix::Flatten => return self.flatten(operand, range),
        };
        self.operator(name, &[operand], None, range)
    }

    /// `+x` is x, when x is a number.
    fn plus(&mut self, operand: NodeId, range: Range) -> Typed {
        let ty = self.type_of(operand);
        match signatures::choose(&self.models, "Negate", std::slice::from_ref(&ty), self.generosity()) {
            Some(chosen) => Ok(self.apply(operand, &chosen.conversions[0])),
            None => Err(self.no_overload("Negate", &[ty], range)),
        }
    }

    /// Flatten also takes lists in which only some elements are lists.
    pub(super) fn flatten(&mut self, operand: NodeId, range: Range) -> Typed {
        let ty = self.type_of(operand);
        if let Some(element) = ty.element()
            && element.element().is_none()
            && !element.is_any()
        {
            let inner = match element {
                Type::Choice(alternatives) => alternatives
                    .iter()
                    .map(|a| a.element().unwrap_or(a).clone())
                    .fold(Type::ANY, |a, b| types::merge(&self.models, &a, &b)),
                other => other.clone(),
            };
            let expr = Expr::Unary { op: UnaryOp::Flatten, operand };
            return Ok(self.node(expr, Type::list(inner), range));
        }
        self.operator("Flatten", &[operand], None, range)
    }

    pub(super) fn infix_nodes(&mut self, op: Infix, left: NodeId, right: NodeId, range: Range) -> Typed {
        let name = match op {
            Infix::Or => "Or",
            Infix::Xor => "Xor",
            Infix::And => "And",
            Infix::Implies => "Implies",
            Infix::Union | Infix::Intersect | Infix::Except => return self.set_operator(op, left, right, range),
            Infix::Equal => "Equal",
            Infix::NotEqual => return self.not_equal(left, right, range),
            Infix::Equivalent => "Equivalent",
            Infix::NotEquivalent => {
                let node = self.operator("Equivalent", &[left, right], None, range)?;
                return Ok(self.not(node, range));
            }
            Infix::Less => "Less",
            Infix::LessOrEqual => "LessOrEqual",
            Infix::Greater => "Greater",
            Infix::GreaterOrEqual => "GreaterOrEqual",
            Infix::Add => "Add",
            Infix::Subtract => "Subtract",
            Infix::Ampersand => return self.ampersand(left, right, range),
            Infix::Multiply => "Multiply",
            Infix::Divide => "Divide",
            Infix::TruncatedDivide => "TruncatedDivide",
            Infix::Modulo => "Modulo",
            Infix::Power => "Power",
        };
        self.operator(name, &[left, right], None, range)
    }

    fn not_equal(&mut self, left: NodeId, right: NodeId, range: Range) -> Typed {
        let equal = self.operator("Equal", &[left, right], None, range)?;
        if let Expr::Binary { left, right, .. } = self.plan.node(equal).expr {
            let expr = Expr::Binary { op: BinaryOp::NotEqual, left, right };
            return Ok(self.node(expr, Type::BOOLEAN, range));
        }
        Ok(self.not(equal, range))
    }

    /// `a & b`: concatenation in which null is the empty string.
    fn ampersand(&mut self, left: NodeId, right: NodeId, range: Range) -> Typed {
        let mut operands = Vec::with_capacity(2);
        for operand in [left, right] {
            let text = self.convert(operand, &Type::STRING, range, "an operand of `&`")?;
            let empty = self.string(&"".into(), range);
            let expr = Expr::Nary { op: NaryOp::Coalesce, operands: Box::new([text, empty]) };
            operands.push(self.node(expr, Type::STRING, range));
        }
        let expr = Expr::Nary { op: NaryOp::Concatenate, operands: operands.into() };
        Ok(self.node(expr, Type::STRING, range))
    }

    /// `union`, `intersect`, `except`, of intervals or of lists. Lists of different elements make a list of the choice.
    pub(super) fn set_operator(&mut self, op: Infix, left: NodeId, right: NodeId, range: Range) -> Typed {
        let (a, b) = (self.type_of(left), self.type_of(right));
        let is_interval = |t: &Type| t.point().is_some();
        let (interval_name, list_op) = match op {
            Infix::Union => ("UnionIntervals", BinaryOp::UnionLists),
            Infix::Intersect => ("IntersectIntervals", BinaryOp::IntersectLists),
            _ => ("ExceptIntervals", BinaryOp::ExceptLists),
        };
        let is_list = |t: &Type| t.element().is_some();
        if (is_interval(&a) || is_interval(&b)) && !is_list(&a) && !is_list(&b) {
            return self.operator(interval_name, &[left, right], None, range);
        }
        let mut operands = Vec::with_capacity(2);
        for (node, ty) in [(left, &a), (right, &b)] {
            operands.push(self.list_operand(node, ty, range)?);
        }
        let (a, b) = (self.type_of(operands[0]), self.type_of(operands[1]));
        let (Some(x), Some(y)) = (a.element(), b.element()) else {
            return Err(self.no_overload("Union", &[a, b], range));
        };
        // Values of related types keep their identity; numbers and the like are brought to one type.
        let element = if is_subtype(&self.models, x, y) || is_subtype(&self.models, y, x) {
            types::merge(&self.models, x, y)
        } else {
            system_common(&self.models, x, y).unwrap_or_else(|| types::merge(&self.models, x, y))
        };
        let ty = Type::list(element);
        let left = self.convert(operands[0], &ty, range, "the left operand")?;
        let right = self.convert(operands[1], &ty, range, "the right operand")?;
        let expr = Expr::Binary { op: list_op, left, right };
        let result = match op {
            Infix::Except => Type::list(x.clone()),
            _ => ty.clone(),
        };
        let result = if result.element().is_some_and(Type::is_any) { ty } else { result };
        Ok(self.node(expr, result, range))
    }

    /// A list operand of a set operator: null becomes a null list, a value set its codes, one value a list of it.
    fn list_operand(&mut self, node: NodeId, ty: &Type, range: Range) -> Typed {
        match ty {
            Type::List(_) => Ok(node),
            Type::System(SystemType::Any) => self.convert(node, &Type::list(Type::ANY), range, "the operand"),
            Type::System(SystemType::ValueSet) => self.convert(node, &Type::list(Type::CODE), range, "the operand"),
            Type::Choice(alternatives) if alternatives.iter().any(|a| a.element().is_some()) => {
                let lists = alternatives.iter().filter_map(Type::element).cloned();
                let element = lists.fold(Type::ANY, |a, b| types::merge(&self.models, &a, &b));
                self.convert(node, &Type::list(element), range, "the operand")
            }
            other => self.convert(node, &Type::list(other.clone()), range, "the operand"),
        }
    }

    pub(super) fn component_from(&mut self, component: Component, operand: ExprId, range: Range) -> Typed {
        let operand = self.expression(operand)?;
        let precision = match component {
            Component::Date => return self.operator("DateFrom", &[operand], None, range),
            Component::Time => return self.operator("TimeFrom", &[operand], None, range),
            Component::Offset => return self.operator("TimezoneOffsetFrom", &[operand], None, range),
            Component::Precision(precision) => precision,
        };
        let ty = self.type_of(operand);
        let wanted: &[Type] =
            if precision < Precision::Hour { &[Type::DATE, Type::DATE_TIME] } else { &[Type::DATE_TIME, Type::TIME] };
        let best = wanted
            .iter()
            .filter_map(|to| self.fit(&ty, to, self.generosity()).map(|cost| (cost, to)))
            .min_by_key(|(cost, _)| *cost);
        let Some((_, to)) = best else {
            return Err(self.fault(DiagnosticCode::NoOverload, range, format!("a value of type {ty} has no such component")));
        };
        let operand = self.convert(operand, to, range, "the operand")?;
        let expr = Expr::DateTimeComponentFrom { precision, operand };
        Ok(self.node(expr, Type::INTEGER, range))
    }

    /// `days between`, `difference in days between`.
    pub(super) fn span_between(&mut self, difference: bool, precision: Precision, operands: [NodeId; 2], range: Range) -> Typed {
        let types = [self.type_of(operands[0]), self.type_of(operands[1])];
        let cost_of =
            |to: &Type| -> Option<u32> { types.iter().map(|from| self.fit(from, to, self.generosity())).sum::<Option<u32>>() };
        // Hours of a date are counted from its midnight.
        let wanted: &[Type] =
            if precision < Precision::Hour { &[Type::DATE, Type::DATE_TIME, Type::TIME] } else { &[Type::DATE_TIME, Type::TIME] };
        let best = wanted.iter().filter_map(|to| cost_of(to).map(|cost| (cost, to))).min_by_key(|(cost, _)| *cost);
        let Some((_, to)) = best else {
            return Err(self.fault(
                DiagnosticCode::NoOverload,
                range,
                format!("there is no duration between {} and {}", types[0], types[1]),
            ));
        };
        let left = self.convert(operands[0], to, range, "the start")?;
        let right = self.convert(operands[1], to, range, "the end")?;
        let expr = if difference {
            Expr::DifferenceBetween { precision, left, right }
        } else {
            Expr::DurationBetween { precision, left, right }
        };
        Ok(self.node(expr, Type::INTEGER, range))
    }

    pub(super) fn extent(&mut self, minimum: bool, name: &QualifiedName, range: Range) -> Typed {
        let ty = self.named_type(name)?;
        let ordered = matches!(
            &ty,
            Type::System(
                SystemType::Integer
                    | SystemType::Long
                    | SystemType::Decimal
                    | SystemType::Quantity
                    | SystemType::Date
                    | SystemType::DateTime
                    | SystemType::Time
            )
        );
        if !ordered {
            return Err(self.fault(DiagnosticCode::TypeMismatch, range, format!("type {ty} has no minimum and no maximum")));
        }
        let expr = if minimum { Expr::MinValue(ty.clone()) } else { Expr::MaxValue(ty.clone()) };
        Ok(self.node(expr, ty, range))
    }

    pub(super) fn set_aggregate(&mut self, expand: bool, operand: ExprId, per: Option<Per>, range: Range) -> Typed {
        let operand = self.expression(operand);
        let per = match per {
            None => {
                let null = self.node(Expr::Null, Type::ANY, range);
                let span = self.span(range);
                Ok(self.cast(null, &Type::QUANTITY, span))
            }
            Some(Per::Expression(step)) => self.expression(step),
            Some(Per::Precision(precision)) => {
                let unit = precision_word(precision);
                let quantity = QuantityLiteral { value: crate::value::Decimal::ONE, unit: unit.into(), calendar: true };
                Ok(self.literal(Literal::Quantity(quantity), range))
            }
        };
        let name = if expand { "Expand" } else { "Collapse" };
        self.operator(name, &[operand?, per?], None, range)
    }
}

/// The calendar word of a precision.
pub(super) fn precision_word(precision: Precision) -> &'static str {
    match precision {
        Precision::Year => "year",
        Precision::Month => "month",
        Precision::Week => "week",
        Precision::Day => "day",
        Precision::Hour => "hour",
        Precision::Minute => "minute",
        Precision::Second => "second",
        Precision::Millisecond => "millisecond",
    }
}

/// The common type of two plain System types.
fn system_common(m: &Models, a: &Type, b: &Type) -> Option<Type> {
    let plain = |t: &Type| matches!(t, Type::System(_));
    (plain(a) && plain(b)).then(|| types::common(m, &[a.clone(), b.clone()])).flatten()
}
