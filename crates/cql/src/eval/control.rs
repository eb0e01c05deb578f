//! Nodes that choose, loop or build: `case`, `Message`, loops over lists, intervals, ages.

use super::error::Problem;
use super::machine::{Machine, Result1};
use super::program::Side;
use super::trace::Tracer;
use crate::ir::{Expr, LocalId, NodeId};
use crate::ops::interval;
use crate::value::{Interval, Value};

impl<T: Tracer> Machine<'_, '_, T> {
    pub(super) fn age(&mut self, period: crate::ir::Precision, birth: NodeId, as_of: Option<NodeId>) -> Result1<T> {
        let (birth, ev) = self.eval(birth)?;
        match as_of {
            None => Ok((crate::ops::clinical::age(&self.env, &birth, period)?, ev)),
            Some(at) => {
                let (at, at_ev) = self.eval(at)?;
                let value = crate::ops::clinical::age_at(&self.env, &birth, &at, period)?;
                Ok((value, self.tracer.join(ev, at_ev)))
            }
        }
    }

    pub(super) fn interval(&mut self, id: NodeId) -> Result1<T> {
        let program = self.program;
        let Expr::Interval { low, high, low_closed, high_closed } = &program.plan.nodes[id.index()].expr else {
            return Ok((Value::Null, T::Ev::default()));
        };
        let point = match &program.side[id.index()] {
            Side::Point(point) => *point,
            _ => crate::value::PointType::Unknown,
        };
        let (l, h, ev) = self.pair(*low, *high)?;
        let made = Interval::new(l, h, *low_closed, *high_closed, point);
        // Bounds written as literals are checked; bounds from data may be the wrong way
        // round, and then contain nothing.
        let literal = |n: &NodeId| self.is_literal(*n);
        if literal(low) && literal(high) {
            return Ok((interval::checked(&self.env, made)?, ev));
        }
        Ok((Value::interval(made), ev))
    }

    fn is_literal(&self, id: NodeId) -> bool {
        match &self.program.plan.nodes[id.index()].expr {
            Expr::Literal(_) => true,
            Expr::Unary { operand, .. } | Expr::As { operand, .. } => self.is_literal(*operand),
            // ELM writes the literal `@2014` as this constructor.
            Expr::Date(parts) | Expr::DateTime(parts) | Expr::Time(parts) => parts
                .iter()
                .all(|part| matches!(self.program.plan.nodes[part.index()].expr, Expr::Null) || self.is_literal(*part)),
            _ => false,
        }
    }

    pub(super) fn case(&mut self, comparand: Option<NodeId>, items: &[(NodeId, NodeId)], otherwise: NodeId) -> Result1<T> {
        let (wanted, mut all) = match comparand {
            Some(node) => {
                let (value, ev) = self.eval(node)?;
                (Some(value), ev)
            }
            None => (None, T::Ev::default()),
        };
        for (when, then) in items {
            let (value, ev) = self.eval(*when)?;
            all = self.tracer.join(all, ev);
            let chosen = match &wanted {
                Some(wanted) => crate::ops::comparison::equal(&self.env, wanted, &value),
                None => value.tri(),
            };
            if chosen == Some(true) {
                let (value, ev) = self.eval(*then)?;
                return Ok((value, self.tracer.join(all, ev)));
            }
        }
        let (value, ev) = self.eval(otherwise)?;
        Ok((value, self.tracer.join(all, ev)))
    }

    pub(super) fn for_each(&mut self, source: NodeId, local: LocalId, element: NodeId) -> Result1<T> {
        let (list, list_ev) = self.eval(source)?;
        let Value::List(items) = &list else {
            return Ok((Value::Null, list_ev));
        };
        let mut out = Vec::with_capacity(items.len());
        let mut all = list_ev;
        for item in items.iter() {
            let ev = self.element_ev(item, list_ev);
            self.set_local(local, (item.clone(), ev));
            let (value, ev) = self.eval(element)?;
            out.push(value);
            all = self.tracer.join(all, ev);
        }
        Ok((Value::list(out), all))
    }

    pub(super) fn repeat(&mut self, source: NodeId, local: LocalId, element: NodeId) -> Result1<T> {
        let (start, mut all) = self.eval(source)?;
        let mut out: Vec<Value> = Vec::new();
        let mut pending: Vec<Value> = match start {
            Value::Null => return Ok((Value::Null, all)),
            Value::List(items) => items.as_ref().clone(),
            one => vec![one],
        };
        pending.reverse();
        while let Some(item) = pending.pop() {
            self.step()?;
            self.set_local(local, (item, all));
            let (value, ev) = self.eval(element)?;
            all = self.tracer.join(all, ev);
            let found = match value {
                Value::Null => continue,
                Value::List(items) => items.as_ref().clone(),
                one => vec![one],
            };
            for item in found {
                if !out.iter().any(|known| crate::ops::list::same(&self.env, known, &item)) {
                    out.push(item.clone());
                    pending.push(item);
                }
            }
        }
        Ok((Value::list(out), all))
    }

    pub(super) fn message(&mut self, nodes: [NodeId; 5]) -> Result1<T> {
        let [source, condition, code, severity, message] = nodes;
        let (value, ev) = self.eval(source)?;
        if self.truth(condition)?.0 == Some(true) {
            let (severity, _) = self.eval(severity)?;
            if severity.as_str().is_some_and(|s| s.eq_ignore_ascii_case("error")) {
                let (code, _) = self.eval(code)?;
                let (text, _) = self.eval(message)?;
                let text = format!("{}: {}", code.as_str().unwrap_or_default(), text.as_str().unwrap_or_default());
                return Err(Problem::Message(text).into());
            }
        }
        Ok((value, ev))
    }
}
