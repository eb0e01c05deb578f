//! Queries as values, and the operators that read a list to its end or its first element.

use super::error::{Problem, Stop};
use super::heap::{V, with_both};
use super::lists::{Growing, distinct};
use super::machine::{Machine, Result1};
use super::stream::Was;
use super::trace::Tracer;
use crate::ops::{OpError, check_length, comparison};
use crate::plan::{Op, OpId, Order, Outcome, Select};
use crate::value::Value;
use std::cmp::Ordering;

impl<'m, 'a: 'm, T: Tracer> Machine<'m, 'a, T> {
    pub(super) fn query(&mut self, select: &'m Select) -> Result1<'m, T> {
        if let Outcome::Aggregate { .. } = &select.result {
            return self.aggregate(select);
        }
        let start = self.scratch.len();
        let read = self.all_rows(select, &mut |machine, value, _| {
            machine.scratch.push(value);
            check_length("Query", machine.scratch.len() - start)?;
            Ok(!select.singular)
        })?;
        let mut ev = read.ev;
        if matches!(read.was, Was::Null) {
            self.scratch.truncate(start);
            return Ok((V::Null, ev));
        }
        if let Outcome::Return { distinct: true, .. } = &select.result
            && !select.singular
        {
            distinct(&self.env, &mut self.scratch, start);
        }
        if let Some(order) = &select.sort {
            let sort_ev = self.sort(order, start)?;
            ev = self.tracer.join(ev, sort_ev);
        }
        if select.singular {
            let first = self.scratch.get(start).copied().unwrap_or(V::Null);
            self.scratch.truncate(start);
            return Ok((first, ev));
        }
        Ok((self.list_from(start)?, ev))
    }

    /// The list of what stands on the scratch stack from `start` on.
    pub(super) fn list_from(&mut self, start: usize) -> Result<V<'m>, Problem> {
        let list = self.heap.list(&self.scratch[start..]);
        self.scratch.truncate(start);
        list
    }

    fn aggregate(&mut self, select: &'m Select) -> Result1<'m, T> {
        let Outcome::Aggregate { slot, start, op, distinct } = &select.result else {
            return Ok((V::Null, T::Ev::default()));
        };
        let mut accumulator = self.eval(*start)?;
        let mut seen = Growing::default();
        let read = self.all_rows(select, &mut |machine, _, _| {
            if *distinct {
                let row = machine.whole_row(select)?;
                if !seen.add(&machine.env, row) {
                    return Ok(true);
                }
            }
            machine.set_slot(*slot, accumulator);
            accumulator = machine.eval(*op)?;
            Ok(true)
        })?;
        let value = if matches!(read.was, Was::Null) { V::Null } else { accumulator.0 };
        Ok((value, self.tracer.join(read.ev, accumulator.1)))
    }

    /// The elements a row is made of, as one value to compare.
    fn whole_row(&mut self, select: &Select) -> Result<V<'m>, Problem> {
        match &*select.sources {
            [one] => Ok(self.slot(one.slot).0),
            several => self.heap.list_of(several.iter().map(|s| self.slot(s.slot).0)),
        }
    }

    fn sort(&mut self, order: &'m Order, start: usize) -> Result<T::Ev, Stop> {
        let items: Vec<V<'m>> = self.scratch.drain(start..).collect();
        let mut keyed: Vec<(Vec<V<'m>>, V<'m>)> = Vec::with_capacity(items.len());
        for item in items {
            let ev = self.element_ev(item, T::Ev::default());
            self.set_slot(order.slot, (item, ev));
            let mut keys = Vec::with_capacity(order.keys.len());
            for (key, _) in &order.keys {
                keys.push(self.eval(*key)?.0);
            }
            keyed.push((keys, item));
        }
        let env = &self.env;
        let compare = |a: &[V<'m>], b: &[V<'m>]| {
            for ((_, descending), (a, b)) in order.keys.iter().zip(a.iter().zip(b)) {
                let ordering = with_both(*a, *b, |a, b| comparison::sort_order(env, a, b));
                if ordering != Ordering::Equal {
                    return if *descending { ordering.reverse() } else { ordering };
                }
            }
            Ordering::Equal
        };
        keyed.sort_by(|(a, _), (b, _)| compare(a, b));
        // The specification leaves the order of ties open. Content is written against an engine that gives ties of dates, times and quantities
        // last first when they ascend, so that `First` and `Last` choose among them as it does.
        if matches!(order.keys[..], [(_, false)]) {
            for ties in keyed.chunk_by_mut(|(a, _), (b, _)| compare(a, b).is_eq()) {
                if ties.len() > 1 && ties[0].0[0].with(is_moment_or_quantity) {
                    ties.reverse();
                }
            }
        }
        self.scratch.extend(keyed.into_iter().map(|(_, item)| item));
        Ok(T::Ev::default())
    }

    /// Operators over a list as a whole.
    pub(super) fn list_op(&mut self, id: OpId) -> Result1<'m, T> {
        let code = self.code;
        match code.op(id) {
            Op::Count(operand) => self.count(*operand),
            Op::First(operand) => self.first(*operand),
            Op::Last(operand) => self.last(*operand),
            Op::Singleton(operand) => self.singleton(*operand),
            Op::List(items) => {
                let (start, ev) = self.scratch_all(items)?;
                Ok((self.list_from(start)?, ev))
            }
            Op::Flatten(_) => {
                let start = self.scratch.len();
                let read = self.each(id, &mut |machine, item, _| {
                    machine.scratch.push(item);
                    check_length("Flatten", machine.scratch.len() - start)?;
                    Ok(true)
                })?;
                let list = self.list_from(start)?;
                Ok((if matches!(read.was, Was::List) { list } else { V::Null }, read.ev))
            }
            Op::ForEach { source, slot, element } => {
                let start = self.scratch.len();
                let mut all = T::Ev::default();
                let read = self.each(*source, &mut |machine, item, ev| {
                    machine.set_slot(*slot, (item, ev));
                    let (value, ev) = machine.eval(*element)?;
                    machine.scratch.push(value);
                    all = machine.tracer.join(all, ev);
                    Ok(true)
                })?;
                let list = self.list_from(start)?;
                let ev = self.tracer.join(read.ev, all);
                Ok((if matches!(read.was, Was::List) { list } else { V::Null }, ev))
            }
            _ => Ok((V::Null, T::Ev::default())),
        }
    }

    fn count(&mut self, operand: OpId) -> Result1<'m, T> {
        let mut count: i32 = 0;
        let mut objects = T::Ev::default();
        let read = self.each(operand, &mut |machine, item, ev| {
            if !item.is_null() {
                count = count.saturating_add(1);
            }
            if T::ON && matches!(item, V::Object(_)) {
                objects = machine.tracer.join(objects, ev);
            }
            Ok(true)
        })?;
        Ok((V::Integer(count), self.tracer.join(read.ev, objects)))
    }

    fn first(&mut self, operand: OpId) -> Result1<'m, T> {
        let mut found = None;
        let read = self.each(operand, &mut |_, item, ev| {
            found = Some((item, ev));
            Ok(false)
        })?;
        Ok(self.picked(found.map(|(item, _)| item), read.ev))
    }

    fn last(&mut self, operand: OpId) -> Result1<'m, T> {
        let mut found = None;
        let read = self.each(operand, &mut |_, item, _| {
            found = Some(item);
            Ok(true)
        })?;
        Ok(self.picked(found, read.ev))
    }

    /// Null of none, an error of several; what is no list is itself.
    fn singleton(&mut self, operand: OpId) -> Result1<'m, T> {
        let mut found = None;
        let read = self.each(operand, &mut |_, item, _| {
            if found.replace(item).is_some() {
                return Err(OpError::Several("SingletonFrom").into());
            }
            Ok(true)
        })?;
        if let Was::One(value) = read.was {
            found = Some(value);
        }
        Ok(self.picked(found, read.ev))
    }

    /// An element taken out of a list.
    fn picked(&mut self, item: Option<V<'m>>, list: T::Ev) -> super::machine::Traced<'m, T> {
        let item = item.unwrap_or(V::Null);
        let ev = self.element_ev(item, list);
        (item, ev)
    }
}

fn is_moment_or_quantity(value: &Value) -> bool {
    matches!(value, Value::Date(_) | Value::DateTime(_) | Value::Time(_) | Value::Quantity(_))
}
