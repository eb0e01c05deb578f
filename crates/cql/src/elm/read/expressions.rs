//! Expressions of ELM that are no plain operators.

use super::{MAX_DEPTH, Read, Reader, names, text, typing};
use crate::ir::{Expr, Literal, NodeId, NullaryOp, QuantityLiteral, Type, UnaryOp};
use json::Value;
use std::sync::Arc;

impl<'d> Reader<'d> {
    /// Reads a field that must be there.
    pub(super) fn field(&mut self, value: Value<'d>, name: &str) -> Read {
        match value.get(name) {
            Some(found) => self.expression(found),
            None => Err(self.missing(value, name)),
        }
    }

    pub(super) fn expression(&mut self, value: Value<'d>) -> Read {
        if self.depth >= MAX_DEPTH {
            return Err(self.fault(value, format!("this is nested more than {MAX_DEPTH} levels deep")));
        }
        self.depth += 1;
        let result = self.expression_inner(value);
        self.depth -= 1;
        result
    }

    fn expression_inner(&mut self, value: Value<'d>) -> Read {
        let Some(kind) = text(&value, "type") else {
            return Err(self.fault(value, "this expression has no type"));
        };
        match kind.as_str() {
            "Null" => Ok(self.node(Expr::Null, Type::ANY)),
            "Literal" => self.literal(value),
            "Quantity" => {
                let quantity = self.quantity(value)?;
                Ok(self.node(Expr::Literal(Literal::Quantity(quantity)), Type::QUANTITY))
            }
            "Ratio" => {
                let (Some(n), Some(d)) = (value.get("numerator"), value.get("denominator")) else {
                    return Err(self.missing(value, "numerator"));
                };
                let literal = Literal::Ratio(self.quantity(n)?, self.quantity(d)?);
                Ok(self.node(Expr::Literal(literal), Type::RATIO))
            }
            "Property" => self.property(value),
            "FunctionRef" => self.call(value),
            "ExpressionRef" | "ParameterRef" | "CodeSystemRef" | "CodeRef" | "ConceptRef" => self.reference(&kind, value),
            "ValueSetRef" => self.value_set_value(value),
            "AliasRef" | "QueryLetRef" | "OperandRef" => {
                let name = text(&value, "name").unwrap_or_default();
                self.named_local(value, &name)
            }
            "IdentifierRef" => self.identifier(value),
            "Current" => self.named_local(value, "$this"),
            "Query" => self.query(value),
            "Retrieve" => self.retrieve(value),
            _ => match self.operator(&kind, value) {
                Some(result) => result,
                None => self.structure(&kind, value),
            },
        }
    }

    fn structure(&mut self, kind: &str, value: Value<'d>) -> Read {
        match kind {
            "Now" => Ok(self.node(Expr::Nullary(NullaryOp::Now), Type::DATE_TIME)),
            "Today" => Ok(self.node(Expr::Nullary(NullaryOp::Today), Type::DATE)),
            "TimeOfDay" => Ok(self.node(Expr::Nullary(NullaryOp::TimeOfDay), Type::TIME)),
            "Date" | "DateTime" | "Time" => self.temporal(kind, value),
            "Interval" => self.interval(value),
            "List" => self.list(value),
            "Tuple" | "Instance" => self.record(kind, value),
            "Is" => {
                let operand = self.field(value, "operand")?;
                let Some(ty) = typing::declared(&value, "isType", "isTypeSpecifier") else {
                    return Err(self.missing(value, "isType"));
                };
                Ok(self.node(Expr::Is { operand, ty }, Type::BOOLEAN))
            }
            "As" => {
                let operand = self.field(value, "operand")?;
                let Some(ty) = typing::declared(&value, "asType", "asTypeSpecifier") else {
                    return Err(self.missing(value, "asType"));
                };
                let strict = value.get("strict").and_then(|s| s.as_bool()).unwrap_or(false);
                let expr = Expr::As { operand, ty: ty.clone(), strict };
                Ok(self.node(expr, ty))
            }
            "Convert" => self.convert(value),
            "If" => {
                let condition = self.field(value, "condition")?;
                let then = self.field(value, "then")?;
                let otherwise = self.field(value, "else")?;
                let ty = crate::sema::merge(&self.type_of(then), &self.type_of(otherwise));
                let expr = Expr::If { condition, then, otherwise };
                Ok(self.node(expr, ty))
            }
            "Case" => self.case(value),
            "MinValue" | "MaxValue" => {
                let ty = text(&value, "valueType").map_or(Type::ANY, |n| typing::named(&n));
                let expr = if kind == "MinValue" { Expr::MinValue(ty.clone()) } else { Expr::MaxValue(ty.clone()) };
                Ok(self.node(expr, ty))
            }
            "ForEach" => {
                let (source, local, element) = self.iteration(value, "element")?;
                let ty = Type::list(self.type_of(element));
                let expr = Expr::ForEach { source, local, element };
                Ok(self.node(expr, ty))
            }
            "Filter" => {
                let (source, local, condition) = self.iteration(value, "condition")?;
                let ty = self.type_of(source);
                let expr = crate::sema::element_query(source, local, Some(condition));
                Ok(self.node(expr, ty))
            }
            "Repeat" => {
                let (source, local, element) = self.iteration(value, "element")?;
                let ty = self.type_of(element);
                let ty = Type::list(ty.element().cloned().unwrap_or(ty));
                let expr = Expr::Repeat { source, local, element };
                Ok(self.node(expr, ty))
            }
            "Message" => self.message(value),
            _ => self.between(kind, value),
        }
    }

    /// Durations, differences, components, ages.
    fn between(&mut self, kind: &str, value: Value<'d>) -> Read {
        let precision = text(&value, "precision").and_then(|p| names::precision(&p));
        let operand = value.get("operand");
        let operands: Vec<Value<'d>> = match operand {
            Some(o) if o.kind() == json::Kind::Array => o.items().collect(),
            Some(o) => vec![o],
            None => Vec::new(),
        };
        let known =
            matches!(kind, "DurationBetween" | "DifferenceBetween" | "DateTimeComponentFrom" | "CalculateAge" | "CalculateAgeAt");
        if !known {
            return Err(self.fault(value, format!("this engine does not know `{kind}`")));
        }
        let Some(precision) = precision else {
            return Err(self.missing(value, "precision"));
        };
        let nodes: Vec<NodeId> = operands.into_iter().map(|o| self.expression(o)).collect::<Read<_>>()?;
        let expr = match (kind, nodes.as_slice()) {
            ("DurationBetween", [left, right]) => Expr::DurationBetween { precision, left: *left, right: *right },
            ("DifferenceBetween", [left, right]) => Expr::DifferenceBetween { precision, left: *left, right: *right },
            ("DateTimeComponentFrom", [operand]) => Expr::DateTimeComponentFrom { precision, operand: *operand },
            ("CalculateAge", [birth]) => Expr::CalculateAge { precision, birth: *birth, as_of: None },
            ("CalculateAgeAt", [birth, as_of]) => Expr::CalculateAge { precision, birth: *birth, as_of: Some(*as_of) },
            _ => return Err(self.fault(value, format!("{kind} has the wrong number of operands"))),
        };
        Ok(self.node(expr, Type::INTEGER))
    }

    fn literal(&mut self, value: Value<'d>) -> Read {
        let ty = text(&value, "valueType").map_or(Type::ANY, |n| typing::named(&n));
        let raw = text(&value, "value").unwrap_or_default();
        let bad = format!("`{raw}` is no literal of type {ty}");
        let literal = match &ty {
            t if *t == Type::BOOLEAN => raw.parse().ok().map(Literal::Boolean),
            t if *t == Type::INTEGER => raw.parse().ok().map(Literal::Integer),
            t if *t == Type::LONG => raw.trim_end_matches('L').parse().ok().map(Literal::Long),
            t if *t == Type::DECIMAL => raw.parse().ok().map(Literal::Decimal),
            t if *t == Type::STRING => Some(Literal::String(raw.as_str().into())),
            _ => None,
        };
        match literal {
            Some(literal) => Ok(self.node(Expr::Literal(literal), ty)),
            None => Err(self.fault(value, bad)),
        }
    }

    fn quantity(&mut self, value: Value<'d>) -> Read<QuantityLiteral> {
        let number = value.get("value").and_then(|v| v.as_number().map(str::to_owned));
        // As written where that is possible: `125` has no decimal point.
        let amount = number.as_deref().and_then(|n| n.parse().ok().or_else(|| crate::value::Decimal::parse_rounding(n)));
        let unit = text(&value, "unit").unwrap_or_else(|| "1".to_owned());
        match amount {
            Some(amount) => {
                Ok(QuantityLiteral { value: amount, calendar: crate::syntax::is_calendar_word(&unit), unit: unit.into() })
            }
            None => Err(self.missing(value, "value")),
        }
    }

    fn temporal(&mut self, kind: &str, value: Value<'d>) -> Read {
        const NAMES: &[&str] = &["year", "month", "day", "hour", "minute", "second", "millisecond", "timezoneOffset"];
        let names = match kind {
            "Date" => &NAMES[..3],
            "Time" => &NAMES[3..7],
            _ => NAMES,
        };
        let last = names.iter().rposition(|n| value.get(n).is_some());
        let Some(last) = last else {
            return Err(self.missing(value, names[0]));
        };
        let mut parts = Vec::with_capacity(last + 1);
        for name in &names[..=last] {
            parts.push(match value.get(name) {
                Some(part) => self.expression(part)?,
                None => self.node(Expr::Null, Type::ANY),
            });
        }
        let parts = parts.into();
        let (expr, ty) = match kind {
            "Date" => (Expr::Date(parts), Type::DATE),
            "Time" => (Expr::Time(parts), Type::TIME),
            _ => (Expr::DateTime(parts), Type::DATE_TIME),
        };
        Ok(self.node(expr, ty))
    }

    fn interval(&mut self, value: Value<'d>) -> Read {
        let mut bounds = Vec::with_capacity(2);
        for name in ["low", "high"] {
            bounds.push(match value.get(name) {
                Some(bound) => self.expression(bound)?,
                None => self.node(Expr::Null, Type::ANY),
            });
        }
        let point = crate::sema::merge(&self.type_of(bounds[0]), &self.type_of(bounds[1]));
        let ty = Type::interval(point);
        let mut closed: Vec<Result<bool, NodeId>> = Vec::with_capacity(2);
        for name in ["lowClosed", "highClosed"] {
            closed.push(match value.get(&format!("{name}Expression")) {
                Some(expression) => Err(self.expression(expression)?),
                None => Ok(value.get(name).and_then(|v| v.as_bool()).unwrap_or(true)),
            });
        }
        let form = |reader: &mut Self, low_closed: bool, high_closed: bool| {
            let expr = Expr::Interval { low: bounds[0], high: bounds[1], low_closed, high_closed };
            reader.node(expr, ty.clone())
        };
        // Computed openness: one of the forms.
        let high = |reader: &mut Self, low_closed: bool| match closed[1] {
            Ok(high_closed) => form(reader, low_closed, high_closed),
            Err(condition) => {
                let then = form(reader, low_closed, true);
                let otherwise = form(reader, low_closed, false);
                let expr = Expr::If { condition, then, otherwise };
                reader.node(expr, ty.clone())
            }
        };
        match closed[0] {
            Ok(low_closed) => Ok(high(self, low_closed)),
            Err(condition) => {
                let then = high(self, true);
                let otherwise = high(self, false);
                let expr = Expr::If { condition, then, otherwise };
                // An interval made of the parts of another is null when that one is.
                let made = self.node(expr, ty.clone());
                Ok(self.null_with_source(value, made, &ty))
            }
        }
    }

    /// `Interval[x.low, x.high]` with openness from `x`: null when `x` is.
    fn null_with_source(&mut self, value: Value<'d>, made: NodeId, ty: &Type) -> NodeId {
        let source = value.get("low").and_then(|low| find_source(low, 0));
        let Some(source) = source else { return made };
        let Ok(source) = self.expression(source) else { return made };
        let is_null = Expr::Unary { op: UnaryOp::IsNull, operand: source };
        let condition = self.node(is_null, Type::BOOLEAN);
        let null = self.node(Expr::Null, Type::ANY);
        let cast = Expr::As { operand: null, ty: ty.clone(), strict: false };
        let then = self.node(cast, ty.clone());
        let expr = Expr::If { condition, then, otherwise: made };
        self.node(expr, ty.clone())
    }

    fn list(&mut self, value: Value<'d>) -> Read {
        let items = value.get("element").map(|e| e.items().collect::<Vec<_>>()).unwrap_or_default();
        let nodes: Vec<NodeId> = items.into_iter().map(|i| self.expression(i)).collect::<Read<_>>()?;
        let declared = value.get("typeSpecifier").map(|t| typing::specifier(&t));
        let found = nodes.iter().map(|n| self.type_of(*n)).fold(Type::ANY, |a, b| crate::sema::merge(&a, &b));
        // A specifier names the list's type or, in older translators, its element's.
        let ty = match declared {
            Some(list @ Type::List(_)) => list,
            Some(element) if !element.is_any() => Type::list(element),
            _ => Type::list(found),
        };
        Ok(self.node(Expr::List(nodes.into()), ty))
    }

    fn record(&mut self, kind: &str, value: Value<'d>) -> Read {
        let items = value.get("element").map(|e| e.items().collect::<Vec<_>>()).unwrap_or_default();
        let mut elements: Vec<(Arc<str>, NodeId)> = Vec::with_capacity(items.len());
        let mut types = Vec::with_capacity(items.len());
        for item in items {
            let node = self.field(item, "value")?;
            let name: Arc<str> = text(&item, "name").unwrap_or_default().into();
            types.push((name.clone(), self.type_of(node)));
            elements.push((name, node));
        }
        let elements = elements.into();
        if kind == "Tuple" {
            return Ok(self.node(Expr::Tuple(elements), Type::tuple(types)));
        }
        let class = text(&value, "classType").map_or(Type::ANY, |n| typing::named(&n));
        let expr = Expr::Instance { class: class.clone(), elements };
        Ok(self.node(expr, class))
    }

    fn convert(&mut self, value: Value<'d>) -> Read {
        let operand = self.field(value, "operand")?;
        let Some(ty) = typing::declared(&value, "toType", "toTypeSpecifier") else {
            return Err(self.missing(value, "toType"));
        };
        if let Type::System(system) = &ty
            && let Some(op) = names::find(names::UNARY, &format!("To{}", system.name()))
        {
            return Ok(self.node(Expr::Unary { op, operand }, ty));
        }
        let expr = Expr::As { operand, ty: ty.clone(), strict: false };
        Ok(self.node(expr, ty))
    }

    fn case(&mut self, value: Value<'d>) -> Read {
        let comparand = value.get("comparand").map(|c| self.expression(c)).transpose()?;
        let cases = value.get("caseItem").map(|c| c.items().collect::<Vec<_>>()).unwrap_or_default();
        let mut items = Vec::with_capacity(cases.len());
        let mut ty = Type::ANY;
        for case in cases {
            let when = self.field(case, "when")?;
            let then = self.field(case, "then")?;
            ty = crate::sema::merge(&ty, &self.type_of(then));
            items.push((when, then));
        }
        let otherwise = self.field(value, "else")?;
        ty = crate::sema::merge(&ty, &self.type_of(otherwise));
        let expr = Expr::Case { comparand, items: items.into(), otherwise };
        Ok(self.node(expr, ty))
    }

    fn message(&mut self, value: Value<'d>) -> Read {
        let source = self.field(value, "source")?;
        let mut parts = Vec::with_capacity(4);
        for name in ["condition", "code", "severity", "message"] {
            parts.push(match value.get(name) {
                Some(part) => self.expression(part)?,
                None => self.node(Expr::Null, Type::ANY),
            });
        }
        let ty = self.type_of(source);
        let expr = Expr::Message { source, condition: parts[0], code: parts[1], severity: parts[2], message: parts[3] };
        Ok(self.node(expr, ty))
    }
}

/// The source of the property read at the bottom of a converted bound.
fn find_source(value: Value<'_>, depth: u32) -> Option<Value<'_>> {
    if depth > 8 {
        return None;
    }
    if text(&value, "type").as_deref() == Some("Property") {
        return value.get("source");
    }
    let operand = value.get("operand")?;
    let inner = if operand.kind() == json::Kind::Array { operand.items().next()? } else { operand };
    find_source(inner, depth + 1)
}
