//! Operators of a plan, sent to the functions of [`crate::ops`].

use super::error::{Problem, Stop};
use super::heap::{V, with_both};
use super::lists::{distinct, extreme};
use super::machine::{Machine, Result1};
use super::stream::Was;
use super::trace::Tracer;
use crate::ir::{BinaryOp, Expr, NaryOp, NullaryOp, UnaryOp};
use crate::ops::arithmetic::{self, Operation};
use crate::ops::convert::{self, Target, converts};
use crate::ops::{OpError, aggregate, check_length, datetime, expand, interval, list, logical, string};
use crate::plan::{Op, OpId};
use crate::value::{Decimal, Interval, Value};

impl<'m, 'a: 'm, T: Tracer> Machine<'m, 'a, T> {
    pub(super) fn unary(&mut self, op: UnaryOp, operand: OpId) -> Result1<'m, T> {
        if matches!(op, UnaryOp::Distinct | UnaryOp::Max | UnaryOp::Min | UnaryOp::AllTrue | UnaryOp::AnyTrue) {
            return self.folded(op, operand);
        }
        let (value, ev) = self.eval(operand)?;
        let result = match (op, value) {
            (UnaryOp::ExpandValueSet, _) => self.expand_value_set(value)?,
            (UnaryOp::Children, _) => self.children(value, false),
            (UnaryOp::Descendents, _) => self.children(value, true),
            (UnaryOp::Start | UnaryOp::End, V::Null) => V::Null,
            (UnaryOp::Start, V::Boxed(Value::Interval(i))) => self.heap.take(interval::start(i)),
            (UnaryOp::End, V::Boxed(Value::Interval(i))) => self.heap.take(interval::end(i)),
            (UnaryOp::ListLength, V::List(items)) => V::Integer(i32::try_from(items.len()).unwrap_or(i32::MAX)),
            (UnaryOp::ToList, V::Null) => V::List(&[]),
            (UnaryOp::ToList, one) => self.heap.list(&[one])?,
            (UnaryOp::Tail, V::List(items)) => V::List(items.get(1..).unwrap_or_default()),
            _ => {
                let result = value.with(|v| self.unary_value(op, v))?;
                self.heap.take(result)
            }
        };
        let ev = if T::ON && op == UnaryOp::ListLength { self.objects_ev(value, ev) } else { ev };
        Ok((result, ev))
    }

    /// Operators that look at every element of a list.
    fn folded(&mut self, op: UnaryOp, operand: OpId) -> Result1<'m, T> {
        let start = self.scratch.len();
        let mut objects = T::Ev::default();
        let read = self.each(operand, &mut |machine, item, ev| {
            machine.scratch.push(item);
            if T::ON && matches!(item, V::Object(_)) {
                objects = machine.tracer.join(objects, ev);
            }
            check_length("Query", machine.scratch.len() - start)?;
            Ok(true)
        })?;
        let is_list = matches!(read.was, Was::List);
        let items = &self.scratch[start..];
        let result = match op {
            UnaryOp::AllTrue => V::Boolean(items.iter().all(|v| v.tri() != Some(false))),
            UnaryOp::AnyTrue => V::Boolean(items.iter().any(|v| v.tri() == Some(true))),
            UnaryOp::Max => extreme(&self.env, items, true),
            UnaryOp::Min => extreme(&self.env, items, false),
            _ if is_list => {
                distinct(&self.env, &mut self.scratch, start);
                self.list_from(start)?
            }
            _ => V::Null,
        };
        self.scratch.truncate(start);
        Ok((result, self.tracer.join(read.ev, objects)))
    }

    /// The evidence of a list used as a whole: its objects, or why it is empty.
    fn objects_ev(&mut self, value: V<'m>, ev: T::Ev) -> T::Ev {
        let mut all = ev;
        for item in value.as_list().unwrap_or_default() {
            if let V::Object(object) = item {
                let one = self.tracer.of_object(*object);
                all = self.tracer.join(all, one);
            }
        }
        all
    }

    #[inline(never)]
    fn unary_value(&self, op: UnaryOp, v: &Value) -> Result<Value, Stop> {
        let env = &self.env;
        Ok(match op {
            UnaryOp::Abs => arithmetic::abs(v)?,
            UnaryOp::Ceiling => arithmetic::to_whole("Ceiling", v, Decimal::ceiling)?,
            UnaryOp::Floor => arithmetic::to_whole("Floor", v, Decimal::floor)?,
            UnaryOp::Truncate => arithmetic::to_whole("Truncate", v, Decimal::truncate)?,
            UnaryOp::Exp => arithmetic::exp(v)?,
            UnaryOp::Ln => arithmetic::ln(v)?,
            UnaryOp::Negate => arithmetic::negate(v)?,
            UnaryOp::Precision => arithmetic::precision(v)?,
            UnaryOp::Predecessor => arithmetic::step(v, false)?,
            UnaryOp::Successor => arithmetic::step(v, true)?,
            UnaryOp::ToBoolean => convert::convert(v, Target::Boolean)?,
            UnaryOp::ToInteger => convert::convert(v, Target::Integer)?,
            UnaryOp::ToLong => convert::convert(v, Target::Long)?,
            UnaryOp::ToDecimal => convert::convert(v, Target::Decimal)?,
            UnaryOp::ToString => convert::convert(v, Target::String)?,
            UnaryOp::ToDate => convert::convert(v, Target::Date)?,
            UnaryOp::ToDateTime => convert::convert(v, Target::DateTime)?,
            UnaryOp::ToTime => convert::convert(v, Target::Time)?,
            UnaryOp::ToQuantity => convert::convert(v, Target::Quantity)?,
            UnaryOp::ToRatio => convert::convert(v, Target::Ratio)?,
            UnaryOp::ToConcept => convert::to_concept(v)?,
            UnaryOp::ToList if v.is_null() => Value::list(Vec::new()),
            UnaryOp::ToList => Value::list(vec![v.clone()]),
            UnaryOp::ToChars => string::to_chars(v)?,
            UnaryOp::ToInterval if v.is_null() => Value::Null,
            UnaryOp::ToInterval => Value::interval(Interval::closed(v.clone(), v.clone())),
            UnaryOp::ConvertsToBoolean => converts(v, Target::Boolean),
            UnaryOp::ConvertsToInteger => converts(v, Target::Integer),
            UnaryOp::ConvertsToLong => converts(v, Target::Long),
            UnaryOp::ConvertsToDecimal => converts(v, Target::Decimal),
            UnaryOp::ConvertsToString => converts(v, Target::String),
            UnaryOp::ConvertsToDate => converts(v, Target::Date),
            UnaryOp::ConvertsToDateTime => converts(v, Target::DateTime),
            UnaryOp::ConvertsToTime => converts(v, Target::Time),
            UnaryOp::ConvertsToQuantity => converts(v, Target::Quantity),
            UnaryOp::ConvertsToRatio => converts(v, Target::Ratio),
            UnaryOp::Length => string::length(v)?,
            UnaryOp::Upper => string::change_case(v, true)?,
            UnaryOp::Lower => string::change_case(v, false)?,
            UnaryOp::DateFrom => datetime::date_from(v)?,
            UnaryOp::TimeFrom => datetime::time_from(v)?,
            UnaryOp::TimezoneOffsetFrom => datetime::timezone_offset(env, v)?,
            UnaryOp::Start => interval_of(v).map_or(Value::Null, |i| interval::start(&i)),
            UnaryOp::End => interval_of(v).map_or(Value::Null, |i| interval::end(&i)),
            UnaryOp::Width => match interval_of(v) {
                Some(i) => interval::width(env, &i)?,
                None => Value::Null,
            },
            UnaryOp::Size => match interval_of(v) {
                Some(i) => interval::size(env, &i)?,
                None => Value::Null,
            },
            UnaryOp::PointFrom => match interval_of(v) {
                Some(i) => interval::point_from(env, &i)?,
                None => Value::Null,
            },
            UnaryOp::ListLength => list::length(v),
            UnaryOp::Distinct => list::distinct(env, v),
            UnaryOp::Flatten => list::flatten(v)?,
            UnaryOp::Tail => list::skip(v, &Value::Integer(1)),
            UnaryOp::AllTrue => aggregate::all_true(v),
            UnaryOp::AnyTrue => aggregate::any_true(v),
            UnaryOp::Avg => aggregate::average(env, v)?,
            UnaryOp::Count => aggregate::count(v),
            UnaryOp::GeometricMean => aggregate::geometric_mean(env, v)?,
            UnaryOp::Max => aggregate::extreme(env, v, true),
            UnaryOp::Median => aggregate::median(env, v)?,
            UnaryOp::Min => aggregate::extreme(env, v, false),
            UnaryOp::Mode => aggregate::mode(env, v),
            UnaryOp::PopulationStdDev => aggregate::spread(env, v, false, true)?,
            UnaryOp::PopulationVariance => aggregate::spread(env, v, false, false)?,
            UnaryOp::Product => aggregate::fold(env, v, Operation::Multiply)?,
            UnaryOp::StdDev => aggregate::spread(env, v, true, true)?,
            UnaryOp::Sum => aggregate::fold(env, v, Operation::Add)?,
            UnaryOp::Variance => aggregate::spread(env, v, true, false)?,
            _ => Value::Null,
        })
    }

    pub(super) fn binary(&mut self, op: BinaryOp, left: OpId, right: OpId) -> Result1<'m, T> {
        if op == BinaryOp::UnionLists {
            return self.union(left, right);
        }
        let (l, r, ev) = self.pair(left, right)?;
        let value = match op {
            BinaryOp::InValueSet | BinaryOp::AnyInValueSet => self.in_value_set(l, r)?,
            BinaryOp::InCodeSystem | BinaryOp::AnyInCodeSystem => self.in_code_system(l, r)?,
            BinaryOp::Subsumes => self.subsumes(l, r)?,
            BinaryOp::SubsumedBy => self.subsumes(r, l)?,
            BinaryOp::Indexer => {
                let position = match r {
                    V::Integer(i) => usize::try_from(i).ok(),
                    V::Long(i) => usize::try_from(i).ok(),
                    _ => None,
                };
                let picked = position.and_then(|at| l.as_list()?.get(at).copied()).unwrap_or(V::Null);
                let ev = self.element_ev(picked, ev);
                return Ok((picked, ev));
            }
            _ => {
                let value = with_both(l, r, |l, r| self.binary_value(op, l, r));
                // A sum beyond the range of dates is unknown (the end of an open encounter and a month); one that is written so is a fault.
                let is_lost = |stop: &Stop| matches!(stop.problem, Problem::Operator(OpError::Range(_)));
                let value = match value {
                    Err(stop) if is_lost(&stop) && !(self.is_written(left) && self.is_written(right)) => Value::Null,
                    value => value?,
                };
                self.heap.take(value)
            }
        };
        Ok((value, ev))
    }

    /// Whether the value stands in the source: a literal, or a constructor over literals.
    fn is_written(&self, id: OpId) -> bool {
        match self.code.op(self.code.made_of(id)) {
            Op::Null | Op::Constant(_) => true,
            Op::Rare(parts) => parts.iter().all(|part| self.is_written(*part)),
            _ => false,
        }
    }

    /// `A union B`: distinct elements of both; a null list is empty unless both are.
    fn union(&mut self, left: OpId, right: OpId) -> Result1<'m, T> {
        let start = self.scratch.len();
        let (l, l_ev) = self.eval(left)?;
        self.scratch.extend_from_slice(l.as_list().unwrap_or_default());
        let (r, r_ev) = self.eval(right)?;
        self.scratch.extend_from_slice(r.as_list().unwrap_or_default());
        let ev = self.tracer.join(l_ev, r_ev);
        if l.is_null() && r.is_null() {
            return Ok((V::Null, ev));
        }
        distinct(&self.env, &mut self.scratch, start);
        Ok((self.list_from(start)?, ev))
    }

    #[inline(never)]
    fn binary_value(&self, op: BinaryOp, l: &Value, r: &Value) -> Result<Value, Stop> {
        let env = &self.env;
        Ok(match op {
            BinaryOp::Add => arithmetic::apply(env, Operation::Add, l, r)?,
            BinaryOp::Subtract => arithmetic::apply(env, Operation::Subtract, l, r)?,
            BinaryOp::Multiply => arithmetic::apply(env, Operation::Multiply, l, r)?,
            BinaryOp::Divide => arithmetic::apply(env, Operation::Divide, l, r)?,
            BinaryOp::TruncatedDivide => arithmetic::apply(env, Operation::TruncatedDivide, l, r)?,
            BinaryOp::Modulo => arithmetic::apply(env, Operation::Modulo, l, r)?,
            BinaryOp::Power => arithmetic::power(l, r)?,
            BinaryOp::Log => arithmetic::log(l, r)?,
            BinaryOp::LowBoundary => arithmetic::boundary(l, r, false)?,
            BinaryOp::HighBoundary => arithmetic::boundary(l, r, true)?,
            BinaryOp::ConvertQuantity => convert::convert_quantity(env, l, r),
            BinaryOp::CanConvertQuantity => convert::can_convert_quantity(env, l, r),
            BinaryOp::StartsWith => string::affix(l, r, true)?,
            BinaryOp::EndsWith => string::affix(l, r, false)?,
            BinaryOp::Matches => string::matches(l, r)?,
            BinaryOp::PositionOf => string::position(l, r, false)?,
            BinaryOp::LastPositionOf => string::position(l, r, true)?,
            BinaryOp::SplitOnMatches => string::split_on_matches(l, r)?,
            BinaryOp::StringIndexer => string::indexer(l, r)?,
            BinaryOp::IndexOf => list::index_of(env, l, r),
            BinaryOp::Skip if l.is_null() => Value::Null,
            BinaryOp::Skip => list::skip(l, r),
            BinaryOp::Take if l.is_null() => Value::Null,
            BinaryOp::Take => list::take(l, r),
            BinaryOp::UnionLists => list::union(env, l, r),
            BinaryOp::IntersectLists => list::intersect(env, l, r),
            BinaryOp::ExceptLists => list::except(env, l, r),
            BinaryOp::UnionIntervals => two_intervals(l, r, |l, r| interval::union(env, l, r)),
            BinaryOp::IntersectIntervals => two_intervals(l, r, |l, r| interval::intersect(env, l, r)),
            BinaryOp::ExceptIntervals => two_intervals(l, r, |l, r| interval::except(env, l, r)),
            BinaryOp::Times => super::structures::times(l, r)?,
            _ => Value::Null,
        })
    }

    pub(super) fn nary(&mut self, op: NaryOp, operands: &[OpId]) -> Result1<'m, T> {
        let (values, ev) = self.all(operands)?;
        let at = |i: usize| values.get(i).unwrap_or(&Value::Null);
        let value = match op {
            NaryOp::Coalesce => Value::Null,
            NaryOp::CoalesceList => logical::coalesce(at(0).as_list().unwrap_or_default()),
            NaryOp::Concatenate => string::concatenate(&values)?,
            NaryOp::Combine => string::combine(at(0), at(1))?,
            NaryOp::Split => string::split(at(0), at(1))?,
            NaryOp::ReplaceMatches => string::replace_matches(at(0), at(1), at(2))?,
            NaryOp::Substring => string::substring(at(0), at(1), values.get(2))?,
            NaryOp::Round => arithmetic::round(at(0), at(1))?,
            NaryOp::Collapse => expand::collapse(&self.env, at(0), at(1))?,
            NaryOp::Expand => expand::expand(&self.env, at(0), at(1))?,
            NaryOp::Slice => list::slice(at(0), at(1), at(2)),
        };
        Ok((self.heap.take(value), ev))
    }

    pub(super) fn coalesce(&mut self, operands: &[OpId]) -> Result1<'m, T> {
        let mut all = T::Ev::default();
        for operand in operands {
            let (value, ev) = self.eval(*operand)?;
            all = self.tracer.join(all, ev);
            if !value.is_null() {
                return Ok((value, all));
            }
        }
        Ok((V::Null, all))
    }

    /// Ops that stand in few places; apart, to keep the frame of the others small.
    #[inline(never)]
    pub(super) fn rare(&mut self, id: OpId) -> Result1<'m, T> {
        let code = self.code;
        match code.op(id) {
            Op::Property(source) => self.property(id, *source),
            Op::Nary(op, operands) => self.nary(*op, operands),
            Op::Instance { system, tuple } => {
                let (tuple, ev) = self.eval(*tuple)?;
                Ok((self.instance(*system, tuple), ev))
            }
            Op::Repeat { source, slot, element } => self.repeat(*source, *slot, *element),
            Op::Message(operands) => self.message(operands),
            Op::Rare(operands) => self.temporal(id, operands),
            _ => Ok((V::Null, T::Ev::default())),
        }
    }

    /// Nodes about dates and times.
    fn temporal(&mut self, id: OpId, operands: &[OpId]) -> Result1<'m, T> {
        let program = self.program;
        let expr = &program.plan.node(self.code.origin(id).node).expr;
        if let (Expr::DurationBetween { precision, .. } | Expr::DifferenceBetween { precision, .. }, [left, right]) =
            (expr, operands)
        {
            let (l, r, ev) = self.pair(*left, *right)?;
            let count = if matches!(expr, Expr::DurationBetween { .. }) { datetime::duration } else { datetime::difference };
            let value = with_both(l, r, |l, r| count(&self.env, l, r, *precision))?;
            return Ok((self.heap.take(value), ev));
        }
        let (values, ev) = self.all(operands)?;
        let env = &self.env;
        let value = match (expr, values.as_slice()) {
            (Expr::Nullary(NullaryOp::Now), _) => Value::DateTime(env.now()),
            (Expr::Nullary(NullaryOp::Today), _) => Value::Date(env.now().date()),
            (Expr::Nullary(NullaryOp::TimeOfDay), _) => env.now().time().map(Value::Time).into(),
            (Expr::DateTimeComponentFrom { precision, .. }, [of]) => datetime::component(of, *precision)?,
            (Expr::CalculateAge { precision, .. }, [birth]) => crate::ops::clinical::age(env, birth, *precision)?,
            (Expr::CalculateAge { precision, .. }, [birth, at]) => crate::ops::clinical::age_at(env, birth, at, *precision)?,
            (Expr::Date(_), parts) => datetime::new_date(parts)?,
            (Expr::DateTime(_), parts) => datetime::new_date_time(parts)?,
            (Expr::Time(_), parts) => datetime::new_time(parts)?,
            _ => Value::Null,
        };
        Ok((self.heap.take(value), ev))
    }
}

/// An interval, or the interval an uncertain value stands for.
fn interval_of(value: &Value) -> Option<std::sync::Arc<Interval>> {
    match value {
        Value::Interval(i) => Some(std::sync::Arc::clone(i)),
        Value::Uncertain(bounds) => Some(std::sync::Arc::new(Interval::closed(bounds.0.clone(), bounds.1.clone()))),
        _ => None,
    }
}

fn two_intervals(l: &Value, r: &Value, f: impl Fn(&Interval, &Interval) -> Value) -> Value {
    match (interval_of(l), interval_of(r)) {
        (Some(l), Some(r)) => f(&l, &r),
        _ => Value::Null,
    }
}
