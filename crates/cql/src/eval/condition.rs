//! Conditions: three-valued, without a value being made of them.

use super::heap::{V, equal, with_both};
use super::machine::{Machine, Truth};
use super::trace::Tracer;
use crate::ir::{Over, Precision, TimedOp};
use crate::ops::comparison::{self, compare, compare_temporal, equivalent};
use crate::ops::interval::{self, Relation, relate};
use crate::ops::{Outcomes, list, logical};
use crate::plan::{Op, OpId, Question};
use crate::value::{Interval, Tri, Value};
use std::borrow::Cow;

impl<'m, 'a: 'm, T: Tracer> Machine<'m, 'a, T> {
    pub(super) fn condition(&mut self, id: OpId) -> Truth<T> {
        let code = self.code;
        match code.op(id) {
            Op::And(parts) => self.chain(parts, false),
            Op::Or(parts) => self.chain(parts, true),
            Op::Equal { left, right, negated } => {
                let (l, r, ev) = self.pair(*left, *right)?;
                let truth = equal(&self.env, l, r);
                Ok((if *negated { logical::not(truth) } else { truth }, ev))
            }
            Op::Equivalent(left, right) => self.equivalent(*left, *right),
            Op::Order(question, left, right) => {
                let (l, r, ev) = self.pair(*left, *right)?;
                Ok((self.order(*question, l, r), ev))
            }
            Op::InTexts { element, texts } => {
                let (value, ev) = self.eval(*element)?;
                let truth = match value {
                    V::Text(text) => texts.iter().any(|known| **known == *text),
                    _ => false,
                };
                Ok((Some(truth), ev))
            }
            Op::Exists(operand) => self.exists(*operand),
            Op::IsNull(operand) => {
                let (value, ev) = self.eval(*operand)?;
                Ok((Some(value.is_null()), ev))
            }
            Op::Not(operand) => {
                let (truth, ev) = self.truth(*operand)?;
                Ok((logical::not(truth), ev))
            }
            Op::IsTruth(operand, wanted) => {
                let (truth, ev) = self.truth(*operand)?;
                Ok((Some(truth == Some(*wanted)), ev))
            }
            Op::Timed { op, over, precision, left, right } => {
                let (l, r, ev) = self.pair(*left, *right)?;
                let truth = match over {
                    Over::Points => self.timed_points(*op, *precision, l, r),
                    Over::Intervals => self.timed_intervals(*op, *precision, l, r),
                    Over::Lists => with_both(l, r, |l, r| self.timed_lists(*op, *precision, l, r)),
                };
                Ok((truth, ev))
            }
            Op::In { element, list } => self.is_in(*element, *list),
            Op::InValueSet { element, set } => self.in_declared_set(*element, *set),
            Op::Is(operand, test) => {
                let (value, ev) = self.eval(*operand)?;
                Ok((Some(test.test.accepts(self.data, value)), ev))
            }
            Op::Xor(left, right) => {
                let (l, left_ev) = self.truth(*left)?;
                let (r, right_ev) = self.truth(*right)?;
                Ok((logical::xor(l, r), self.tracer.join(left_ev, right_ev)))
            }
            Op::Implies(left, right) => {
                let (l, left_ev) = self.truth(*left)?;
                if l == Some(false) {
                    return Ok((Some(true), left_ev));
                }
                let (r, right_ev) = self.truth(*right)?;
                let ev = if r == Some(true) { right_ev } else { self.tracer.join(left_ev, right_ev) };
                Ok((logical::implies(l, r), ev))
            }
            _ => Ok((None, T::Ev::default())),
        }
    }

    /// `and`, `or`: what follows a settling operand is left out, and the evidence is that of the operand which settled it.
    fn chain(&mut self, parts: &[OpId], settling: bool) -> Truth<T> {
        let mut result = Some(!settling);
        let mut all = T::Ev::default();
        for part in parts {
            let (truth, ev) = self.truth(*part)?;
            if truth == Some(settling) {
                return Ok((truth, ev));
            }
            if truth.is_none() {
                result = None;
            }
            all = self.tracer.join(all, ev);
        }
        Ok((result, all))
    }

    fn order(&self, question: Question, l: V<'m>, r: V<'m>) -> Tri {
        let ask = match question {
            Question::Less => Outcomes::less,
            Question::LessOrEqual => Outcomes::less_or_equal,
            Question::Greater => Outcomes::greater,
            Question::GreaterOrEqual => Outcomes::greater_or_equal,
        };
        let outcomes = match (l, r) {
            (V::Null, _) | (_, V::Null) => None,
            (V::Integer(l), V::Integer(r)) => Some(l.cmp(&r).into()),
            (V::Decimal(l), V::Decimal(r)) => Some(l.cmp(&r).into()),
            (V::Text(l), V::Text(r)) => Some(l.cmp(r).into()),
            _ => with_both(l, r, |l, r| compare(&self.env, l, r)),
        };
        outcomes.and_then(ask)
    }

    fn equivalent(&mut self, left: OpId, right: OpId) -> Truth<T> {
        if let Some(found) = self.equivalent_in_place(left, right)? {
            return Ok(found);
        }
        let (l, r, ev) = self.pair(left, right)?;
        let truth = match (l, r) {
            (V::Null, V::Null) => true,
            (V::Null, _) | (_, V::Null) => false,
            (V::Text(l), V::Text(r)) if l == r => true,
            _ => with_both(l, r, |l, r| equivalent(&self.env, l, r)),
        };
        Ok((Some(truth), ev))
    }

    /// `element in list`: two nulls are equal, one null is another element.
    fn is_in(&mut self, element: OpId, list: OpId) -> Truth<T> {
        let (element, element_ev) = self.eval(element)?;
        let mut result = Some(false);
        let read = self.each(list, &mut |machine, item, _| {
            let truth = match (item.is_null(), element.is_null()) {
                (true, true) => Some(true),
                (false, false) => equal(&machine.env, item, element),
                _ => Some(false),
            };
            match truth {
                Some(true) => result = Some(true),
                Some(false) => {}
                None => result = None,
            }
            Ok(truth != Some(true))
        })?;
        Ok((result, self.tracer.join(element_ev, read.ev)))
    }

    fn timed_points(&self, op: TimedOp, precision: Option<Precision>, l: V<'m>, r: V<'m>) -> Tri {
        let env = &self.env;
        let outcomes = with_both(l, r, |l, r| match precision {
            Some(_) => compare_temporal(env, l, r, precision),
            None => comparison::compare(env, l, r),
        })?;
        match op {
            TimedOp::Before => outcomes.less(),
            TimedOp::After => outcomes.greater(),
            TimedOp::SameOrBefore => outcomes.less_or_equal(),
            TimedOp::SameOrAfter => outcomes.greater_or_equal(),
            _ => outcomes.equal(),
        }
    }

    fn timed_intervals(&self, op: TimedOp, precision: Option<Precision>, l: V<'m>, r: V<'m>) -> Tri {
        let env = &self.env;
        let membership = |interval: V<'m>, point: V<'m>, proper: bool| {
            match as_interval(interval) {
                Some(i) => point.with(|point| interval::contains(env, &i, point, precision, proper)),
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

    /// Whether a list has an element that is not null; the evidence is the first such element.
    fn exists(&mut self, operand: OpId) -> Truth<T> {
        let mut witness = None;
        let read = self.each(operand, &mut |_, item, ev| {
            if item.is_null() {
                return Ok(true);
            }
            witness = Some(ev);
            Ok(false)
        })?;
        let ev = match witness {
            Some(ev) => self.tracer.join(read.ev, ev),
            None => read.ev,
        };
        Ok((Some(witness.is_some()), ev))
    }
}

/// An interval, or the interval an uncertain value stands for.
pub(super) fn as_interval<'m>(value: V<'m>) -> Option<Cow<'m, Interval>> {
    match value {
        V::Boxed(Value::Interval(i)) => Some(Cow::Borrowed(i)),
        V::Boxed(Value::Uncertain(bounds)) => Some(Cow::Owned(Interval::closed(bounds.0.clone(), bounds.1.clone()))),
        _ => None,
    }
}
