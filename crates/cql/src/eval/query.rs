//! Queries (Author's Guide, *Queries*; ELM, *Query*).

use super::error::Stop;
use super::machine::{Machine, Result1, Traced};
use super::trace::Tracer;
use crate::ir::{NodeId, Query, QueryResult, QuerySource, Relationship, Sort};
use crate::ops::{comparison, list};
use crate::value::{Text, Tuple, Value};
use std::cmp::Ordering;
use std::sync::Arc;

/// The rows a query has kept so far.
struct Rows<T: Tracer> {
    out: Vec<Value>,
    kept: T::Ev,
    dropped: T::Ev,
    sources: T::Ev,
    accumulator: Option<Traced<T>>,
    seen: Vec<Value>,
}

/// A source made ready: its items and its evidence.
struct Items<T: Tracer> {
    list: Arc<Vec<Value>>,
    ev: T::Ev,
}

impl<T: Tracer> Machine<'_, '_, T> {
    pub(super) fn query(&mut self, query: &Query) -> Result1<T> {
        let mut rows = Rows {
            out: Vec::new(),
            kept: T::Ev::default(),
            dropped: T::Ev::default(),
            sources: T::Ev::default(),
            accumulator: None,
            seen: Vec::new(),
        };
        if let QueryResult::Aggregate { start, .. } = &query.result {
            rows.accumulator = Some(self.eval(*start)?);
        }
        self.sources(query, 0, &mut rows)?;
        self.finish(query, rows)
    }

    /// Iterates over the source at `position`, inner sources varying fastest.
    fn sources(&mut self, query: &Query, position: usize, rows: &mut Rows<T>) -> Result<(), Stop> {
        let Some(source) = query.sources.get(position) else {
            return self.row(query, rows);
        };
        let items = self.items(source)?;
        rows.sources = self.tracer.join(rows.sources, items.ev);
        for item in items.list.iter() {
            let ev = self.element_ev(item, items.ev);
            self.set_local(source.local, (item.clone(), ev));
            self.sources(query, position + 1, rows)?;
        }
        Ok(())
    }

    /// The items of a source: a null is no item.
    fn items(&mut self, source: &QuerySource) -> Result<Items<T>, Stop> {
        let (value, ev) = self.eval(source.expression)?;
        let list = match value {
            Value::Null => Arc::new(Vec::new()),
            Value::List(list) if source.list => list,
            one => Arc::new(vec![one]),
        };
        Ok(Items { list, ev })
    }

    fn row(&mut self, query: &Query, rows: &mut Rows<T>) -> Result<(), Stop> {
        for (local, node) in &query.lets {
            let value = self.eval(*node)?;
            self.set_local(*local, value);
        }
        let mut row_ev = T::Ev::default();
        for relationship in &query.relationships {
            let (found, ev) = self.related(relationship)?;
            row_ev = self.tracer.join(row_ev, ev);
            if found != relationship.with {
                rows.dropped = self.tracer.join(rows.dropped, row_ev);
                return Ok(());
            }
        }
        if let Some(filter) = query.filter {
            let (truth, ev) = self.truth(filter)?;
            row_ev = self.tracer.join(row_ev, ev);
            if truth != Some(true) {
                rows.dropped = self.tracer.join(rows.dropped, row_ev);
                return Ok(());
            }
        }
        let ev = self.keep(query, rows)?;
        row_ev = self.tracer.join(row_ev, ev);
        rows.kept = self.tracer.join(rows.kept, row_ev);
        Ok(())
    }

    /// Whether an element of a `with` source satisfies its condition.
    fn related(&mut self, relationship: &Relationship) -> Result<(bool, T::Ev), Stop> {
        let items = self.items(&relationship.source)?;
        let mut tried = T::Ev::default();
        for item in items.list.iter() {
            let ev = self.element_ev(item, items.ev);
            self.set_local(relationship.source.local, (item.clone(), ev));
            let Some(condition) = relationship.such_that else {
                return Ok((true, ev));
            };
            let (truth, condition_ev) = self.truth(condition)?;
            if truth == Some(true) {
                return Ok((true, self.tracer.join(ev, condition_ev)));
            }
            tried = self.tracer.join(tried, condition_ev);
        }
        Ok((false, self.nothing(items.ev, tried)))
    }

    /// Adds the row to the result; gives the evidence of what was added.
    fn keep(&mut self, query: &Query, rows: &mut Rows<T>) -> Result<T::Ev, Stop> {
        match &query.result {
            QueryResult::Element => {
                let Some(source) = query.sources.first() else {
                    return Ok(T::Ev::default());
                };
                let (value, ev) = self.local(source.local).clone();
                rows.out.push(value);
                Ok(ev)
            }
            QueryResult::Return { expression, .. } => {
                let mut ev = self.row_objects(query);
                let (value, value_ev) = self.eval(*expression)?;
                ev = self.tracer.join(ev, value_ev);
                crate::ops::check_length("Query", rows.out.len() + 1)?;
                rows.out.push(value);
                Ok(ev)
            }
            QueryResult::Aggregate { local, expression, distinct, .. } => {
                if *distinct && self.repeated(query, rows) {
                    return Ok(T::Ev::default());
                }
                let accumulator = rows.accumulator.take().unwrap_or((Value::Null, T::Ev::default()));
                self.set_local(*local, accumulator);
                let (value, ev) = self.eval(*expression)?;
                rows.accumulator = Some((value, ev));
                Ok(ev)
            }
        }
    }

    /// The evidence of the elements a row is made of.
    fn row_objects(&mut self, query: &Query) -> T::Ev {
        let mut all = T::Ev::default();
        if T::ON {
            for source in &query.sources {
                let ev = self.local(source.local).1;
                all = self.tracer.join(all, ev);
            }
        }
        all
    }

    /// Whether an equal row came before.
    fn repeated(&mut self, query: &Query, rows: &mut Rows<T>) -> bool {
        let row = match &*query.sources {
            [one] => self.local(one.local).0.clone(),
            several => Value::Tuple(Arc::new(Tuple {
                class: None,
                elements: several
                    .iter()
                    .map(|s| {
                        let name = Text::new(&s.local.0.to_string());
                        (name, self.local(s.local).0.clone())
                    })
                    .collect(),
            })),
        };
        let known = rows.seen.iter().any(|seen| list::same(&self.env, seen, &row));
        if !known {
            rows.seen.push(row);
        }
        known
    }

    fn finish(&mut self, query: &Query, rows: Rows<T>) -> Result1<T> {
        if let Some((value, ev)) = rows.accumulator {
            let all = self.tracer.join(rows.kept, ev);
            return Ok((value, all));
        }
        let is_empty = rows.out.is_empty();
        let mut out = rows.out;
        if let QueryResult::Return { distinct: true, .. } = &query.result
            && !query.singular
        {
            out = list::distinct_items(&self.env, out);
        }
        let mut ev = if is_empty { self.nothing(rows.sources, rows.dropped) } else { rows.kept };
        if let Some(sort) = &query.sort {
            let (sorted, sort_ev) = self.sort(sort, out)?;
            out = sorted;
            ev = self.tracer.join(ev, sort_ev);
        }
        if query.singular {
            return Ok((out.into_iter().next().unwrap_or_default(), ev));
        }
        Ok((Value::list(out), ev))
    }

    fn sort(&mut self, sort: &Sort, items: Vec<Value>) -> Result<(Vec<Value>, T::Ev), Stop> {
        let mut keyed: Vec<(Vec<Value>, Value)> = Vec::with_capacity(items.len());
        for item in items {
            let ev = self.element_ev(&item, T::Ev::default());
            self.set_local(sort.local, (item.clone(), ev));
            let mut keys = Vec::with_capacity(sort.keys.len());
            for key in &sort.keys {
                keys.push(self.sort_key(key.expression)?);
            }
            keyed.push((keys, item));
        }
        let env = &self.env;
        keyed.sort_by(|(a, _), (b, _)| {
            for (key, (a, b)) in sort.keys.iter().zip(a.iter().zip(b)) {
                let ordering = comparison::sort_order(env, a, b);
                if ordering != Ordering::Equal {
                    return if key.descending { ordering.reverse() } else { ordering };
                }
            }
            Ordering::Equal
        });
        let sorted = keyed.into_iter().map(|(_, item)| item).collect();
        Ok((sorted, T::Ev::default()))
    }

    fn sort_key(&mut self, expression: NodeId) -> Result<Value, Stop> {
        let (value, _) = self.eval(expression)?;
        Ok(value)
    }
}
