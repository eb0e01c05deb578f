//! Operators of a plan, sent to the functions of [`crate::ops`].

use super::error::{Problem, Stop};
use super::machine::{Machine, Result1};
use super::trace::{EvNode, Tracer};
use crate::ir::{BinaryOp, NaryOp, NodeId, Over, Precision, TimedOp, UnaryOp};
use crate::ops::arithmetic::{self, Operation};
use crate::ops::comparison::{self, compare_temporal, equal, equivalent, relation};
use crate::ops::convert::{self, Target, converts};
use crate::ops::interval::{self, Relation, relate};
use crate::ops::{Outcomes, aggregate, datetime, expand, list, logical, string};
use crate::value::{Decimal, Interval, Tri, Value};

impl<T: Tracer> Machine<'_, '_, T> {
    pub(super) fn unary(&mut self, op: UnaryOp, operand: NodeId) -> Result1<T> {
        let (value, ev) = self.eval(operand)?;
        let result = match op {
            UnaryOp::Not => Value::from_tri(logical::not(value.tri())),
            UnaryOp::IsNull => Value::Boolean(value.is_null()),
            UnaryOp::IsTrue => Value::Boolean(value.tri() == Some(true)),
            UnaryOp::IsFalse => Value::Boolean(value.tri() == Some(false)),
            UnaryOp::Exists => {
                let ev = self.exists_ev(&value, ev);
                return Ok((Value::Boolean(list::exists(&value)), ev));
            }
            UnaryOp::First | UnaryOp::Last | UnaryOp::SingletonFrom => {
                let picked = match op {
                    UnaryOp::First => list::first(&value),
                    UnaryOp::Last => list::last(&value),
                    _ => list::singleton_from(&value)?,
                };
                let ev = self.element_ev(&picked, ev);
                return Ok((picked, ev));
            }
            UnaryOp::ExpandValueSet => self.expand_value_set(&value)?,
            UnaryOp::Children => self.children(&value, false),
            UnaryOp::Descendents => self.children(&value, true),
            _ => self.unary_value(op, &value)?,
        };
        let ev = if T::ON && is_aggregate(op) { self.exists_ev(&value, ev) } else { ev };
        Ok((result, ev))
    }

    /// The evidence of a list used as a whole: its objects, or why it is empty.
    fn exists_ev(&mut self, value: &Value, ev: T::Ev) -> T::Ev {
        if !T::ON {
            return ev;
        }
        let mut all = ev;
        for item in value.as_list().unwrap_or_default() {
            if let Value::Object(object) = item {
                let one = self.tracer.of_object(*object);
                all = self.tracer.join(all, one);
            }
        }
        all
    }

    #[inline(never)]
    fn unary_value(&mut self, op: UnaryOp, v: &Value) -> Result<Value, Stop> {
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
            UnaryOp::Start => as_interval(v).map_or(Value::Null, |i| interval::start(&i)),
            UnaryOp::End => as_interval(v).map_or(Value::Null, |i| interval::end(&i)),
            UnaryOp::Width => match as_interval(v) {
                Some(i) => interval::width(env, &i)?,
                None => Value::Null,
            },
            UnaryOp::Size => match as_interval(v) {
                Some(i) => interval::size(env, &i)?,
                None => Value::Null,
            },
            UnaryOp::PointFrom => match as_interval(v) {
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

    pub(super) fn binary(&mut self, op: BinaryOp, left: NodeId, right: NodeId) -> Result1<T> {
        if matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Xor | BinaryOp::Implies) {
            return self.connective(op, left, right);
        }
        let (l, r, ev) = self.pair(left, right)?;
        let env = &self.env;
        let value = match op {
            BinaryOp::Equal => Value::from_tri(equal(env, &l, &r)),
            BinaryOp::NotEqual => Value::from_tri(logical::not(equal(env, &l, &r))),
            BinaryOp::Equivalent => Value::Boolean(equivalent(env, &l, &r)),
            BinaryOp::Less => relation(env, &l, &r, Outcomes::less),
            BinaryOp::LessOrEqual => relation(env, &l, &r, Outcomes::less_or_equal),
            BinaryOp::Greater => relation(env, &l, &r, Outcomes::greater),
            BinaryOp::GreaterOrEqual => relation(env, &l, &r, Outcomes::greater_or_equal),
            BinaryOp::InValueSet | BinaryOp::AnyInValueSet => self.in_value_set(&l, &r)?,
            BinaryOp::InCodeSystem | BinaryOp::AnyInCodeSystem => self.in_code_system(&r)?,
            BinaryOp::Subsumes | BinaryOp::SubsumedBy => self.subsumes(&l, &r)?,
            BinaryOp::Indexer => {
                let picked = list::indexer(&l, &r);
                let ev = self.element_ev(&picked, ev);
                return Ok((picked, ev));
            }
            _ => self.binary_value(op, &l, &r)?,
        };
        Ok((value, ev))
    }

    #[inline(never)]
    fn binary_value(&mut self, op: BinaryOp, l: &Value, r: &Value) -> Result<Value, Stop> {
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

    pub(super) fn timed(
        &mut self,
        op: TimedOp,
        over: Over,
        precision: Option<Precision>,
        left: NodeId,
        right: NodeId,
    ) -> Result1<T> {
        let (l, r, ev) = self.pair(left, right)?;
        let truth = match over {
            Over::Points => self.timed_points(op, precision, &l, &r),
            Over::Intervals => self.timed_intervals(op, precision, &l, &r),
            Over::Lists => self.timed_lists(op, precision, &l, &r),
        };
        let ev = match (over, truth) {
            (Over::Lists, _) => ev,
            _ => ev,
        };
        Ok((Value::from_tri(truth), ev))
    }

    fn timed_points(&self, op: TimedOp, precision: Option<Precision>, l: &Value, r: &Value) -> Tri {
        let env = &self.env;
        let outcomes = match precision {
            Some(_) => compare_temporal(env, l, r, precision),
            None => comparison::compare(env, l, r),
        }?;
        match op {
            TimedOp::Before => outcomes.less(),
            TimedOp::After => outcomes.greater(),
            TimedOp::SameOrBefore => outcomes.less_or_equal(),
            TimedOp::SameOrAfter => outcomes.greater_or_equal(),
            _ => outcomes.equal(),
        }
    }

    fn timed_intervals(&self, op: TimedOp, precision: Option<Precision>, l: &Value, r: &Value) -> Tri {
        let env = &self.env;
        let membership = |interval: &Value, point: &Value, proper: bool| {
            match as_interval(interval) {
                Some(i) => interval::contains(env, &i, point, precision, proper),
                // Nothing is in a null interval; but an unknown point is unknown.
                None if point.is_null() && proper => None,
                None => Some(false),
            }
        };
        let relation = match op {
            TimedOp::Contains => return membership(l, r, false),
            TimedOp::In => return membership(r, l, false),
            TimedOp::ProperContains => return membership(l, r, true),
            TimedOp::ProperIn => return membership(r, l, true),
            TimedOp::Before => Relation::Before,
            TimedOp::After => Relation::After,
            TimedOp::SameAs => Relation::SameAs,
            TimedOp::SameOrBefore => Relation::SameOrBefore,
            TimedOp::SameOrAfter => Relation::SameOrAfter,
            TimedOp::Includes => Relation::Includes,
            TimedOp::IncludedIn => Relation::IncludedIn,
            TimedOp::ProperIncludes => Relation::ProperIncludes,
            TimedOp::ProperIncludedIn => Relation::ProperIncludedIn,
            TimedOp::Overlaps => Relation::Overlaps,
            TimedOp::OverlapsBefore => Relation::OverlapsBefore,
            TimedOp::OverlapsAfter => Relation::OverlapsAfter,
            TimedOp::Meets => Relation::Meets,
            TimedOp::MeetsBefore => Relation::MeetsBefore,
            TimedOp::MeetsAfter => Relation::MeetsAfter,
            TimedOp::Starts => Relation::Starts,
            TimedOp::Ends => Relation::Ends,
        };
        let (l, r) = (as_interval(l)?, as_interval(r)?);
        relate(env, relation, &l, &r, precision)
    }

    fn timed_lists(&self, op: TimedOp, precision: Option<Precision>, l: &Value, r: &Value) -> Tri {
        let env = &self.env;
        if precision.is_some() {
            return self.timed_lists_at(op, precision, l, r);
        }
        match op {
            TimedOp::Contains => list::contains(env, l, r),
            TimedOp::In => list::contains(env, r, l),
            TimedOp::ProperContains => list::properly_contains(env, l, r),
            TimedOp::ProperIn => list::properly_contains(env, r, l),
            TimedOp::Includes => list::includes(env, l, r),
            TimedOp::IncludedIn => list::includes(env, r, l),
            TimedOp::ProperIncludes => list::properly_includes(env, l, r),
            TimedOp::ProperIncludedIn => list::properly_includes(env, r, l),
            _ => None,
        }
    }

    /// Membership of a temporal value in a list, at a precision.
    fn timed_lists_at(&self, op: TimedOp, precision: Option<Precision>, l: &Value, r: &Value) -> Tri {
        let (items, element) = match op {
            TimedOp::Contains | TimedOp::ProperContains => (l, r),
            _ => (r, l),
        };
        let mut found = Some(false);
        for item in items.as_list().unwrap_or_default() {
            let same = compare_temporal(&self.env, item, element, precision).and_then(Outcomes::equal);
            found = logical::or(found, same);
        }
        found
    }

    pub(super) fn nary(&mut self, op: NaryOp, operands: &[NodeId]) -> Result1<T> {
        if op == NaryOp::Coalesce {
            return self.coalesce(operands);
        }
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
        Ok((value, ev))
    }

    fn coalesce(&mut self, operands: &[NodeId]) -> Result1<T> {
        let mut all = T::Ev::default();
        for operand in operands {
            let (value, ev) = self.eval(*operand)?;
            all = self.tracer.join(all, ev);
            if !value.is_null() {
                return Ok((value, all));
            }
        }
        Ok((Value::Null, all))
    }

    fn subsumes(&self, l: &Value, r: &Value) -> Result<Value, Stop> {
        if l.is_null() || r.is_null() {
            return Ok(Value::Null);
        }
        // A code subsumes itself whatever the hierarchy says.
        if equivalent(&self.env, l, r) {
            return Ok(Value::Boolean(true));
        }
        Err(Problem::HierarchyAbsent.into())
    }

    /// Marks a query that kept nothing.
    pub(super) fn nothing(&mut self, source: T::Ev, tried: T::Ev) -> T::Ev {
        let (source, tried) = (T::id(source), T::id(tried));
        self.tracer.push(|| EvNode::Nothing { source, tried })
    }
}

const fn is_aggregate(op: UnaryOp) -> bool {
    matches!(op, UnaryOp::Count | UnaryOp::ListLength | UnaryOp::Distinct | UnaryOp::Flatten)
}

/// An interval, or the interval an uncertain value stands for.
fn as_interval(value: &Value) -> Option<std::sync::Arc<Interval>> {
    match value {
        Value::Interval(i) => Some(std::sync::Arc::clone(i)),
        Value::Uncertain(bounds) => Some(std::sync::Arc::new(Interval::closed(bounds.0.clone(), bounds.1.clone()))),
        _ => None,
    }
}

fn two_intervals(l: &Value, r: &Value, f: impl Fn(&Interval, &Interval) -> Value) -> Value {
    match (as_interval(l), as_interval(r)) {
        (Some(l), Some(r)) => f(&l, &r),
        _ => Value::Null,
    }
}
