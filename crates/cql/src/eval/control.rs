//! Ops that choose, loop or build: `case`, `Message`, `repeat`, intervals.

use super::error::{Problem, Stop};
use super::heap::{V, equal};
use super::lists::Growing;
use super::machine::{Machine, Result1};
use super::trace::Tracer;
use crate::ops::interval;
use crate::plan::{OpId, Shape, Slot};
use crate::value::Value;

impl<'m, 'a: 'm, T: Tracer> Machine<'m, 'a, T> {
    pub(super) fn interval(&mut self, low: OpId, high: OpId, shape: Shape, checked: bool) -> Result1<'m, T> {
        let (l, h, ev) = self.pair(low, high)?;
        let made = shape.interval(l.to_value(), h.to_value());
        // Bounds written as literals are checked; bounds from data may be the wrong way round, and then contain nothing.
        let value = if checked { interval::checked(&self.env, made)? } else { Value::interval(made) };
        Ok((self.heap.take(value), ev))
    }

    pub(super) fn case(&mut self, comparand: Option<OpId>, items: &[(OpId, OpId)], otherwise: OpId) -> Result1<'m, T> {
        let (wanted, mut all) = match comparand {
            Some(op) => {
                let (value, ev) = self.eval(op)?;
                (Some(value), ev)
            }
            None => (None, T::Ev::default()),
        };
        for (when, then) in items {
            let (chosen, ev) = match wanted {
                Some(wanted) => {
                    let (value, ev) = self.eval(*when)?;
                    (equal(&self.env, wanted, value), ev)
                }
                None => self.truth(*when)?,
            };
            all = self.tracer.join(all, ev);
            if chosen == Some(true) {
                let (value, ev) = self.eval(*then)?;
                return Ok((value, self.tracer.join(all, ev)));
            }
        }
        let (value, ev) = self.eval(otherwise)?;
        Ok((value, self.tracer.join(all, ev)))
    }

    pub(super) fn repeat(&mut self, source: OpId, slot: Slot, element: OpId) -> Result1<'m, T> {
        let (start, mut all) = self.eval(source)?;
        let mut out = Growing::default();
        let mut pending: Vec<V<'m>> = match start {
            V::Null => return Ok((V::Null, all)),
            V::List(items) => items.iter().rev().copied().collect(),
            one => vec![one],
        };
        while let Some(item) = pending.pop() {
            self.step()?;
            self.set_slot(slot, (item, all));
            let (value, ev) = self.eval(element)?;
            all = self.tracer.join(all, ev);
            let found = match value {
                V::Null => continue,
                V::List(items) => items,
                _ => &[value],
            };
            for item in found {
                if out.add(&self.env, *item) {
                    pending.push(*item);
                }
            }
        }
        Ok((self.heap.list(&out.items)?, all))
    }

    pub(super) fn message(&mut self, ops: &[OpId; 5]) -> Result1<'m, T> {
        let [source, condition, code, severity, message] = *ops;
        let (value, ev) = self.eval(source)?;
        if self.truth(condition)?.0 == Some(true) {
            let (severity, _) = self.eval(severity)?;
            if severity.as_str().is_some_and(|s| s.eq_ignore_ascii_case("error")) {
                let (code, _) = self.eval(code)?;
                let (text, _) = self.eval(message)?;
                let text = format!("{}: {}", code.as_str().unwrap_or_default(), text.as_str().unwrap_or_default());
                return Err(Stop::from(Problem::Message(text)));
            }
        }
        Ok((value, ev))
    }
}
