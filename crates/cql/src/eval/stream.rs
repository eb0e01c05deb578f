//! Lists element by element, without being built: `exists`, `First`, `Count`, membership and the sources of queries stop where they know enough.

use super::error::Stop;
use super::heap::V;
use super::machine::{Machine, Traced};
use super::trace::{EvNode, Tracer};
use crate::plan::{End, Op, OpId, Outcome, Path, Related, Select, Source};

/// Takes one element with its evidence; false ends the reading.
pub(super) type Sink<'s, 'm, 'a, T> = &'s mut dyn FnMut(&mut Machine<'m, 'a, T>, V<'m>, <T as Tracer>::Ev) -> Result<bool, Stop>;

/// What was read.
pub(super) struct Read<'m, T: Tracer> {
    /// The evidence of the list, as far as it was read.
    pub(super) ev: T::Ev,
    pub(super) was: Was<'m>,
}

/// What kind of value was read.
#[derive(Clone, Copy)]
pub(super) enum Was<'m> {
    List,
    Null,
    /// No list: nothing was given.
    One(V<'m>),
}

/// The evidence of a query's rows so far.
struct Rows<T: Tracer> {
    kept: T::Ev,
    dropped: T::Ev,
    sources: T::Ev,
    any: bool,
    /// The first source is null.
    null: bool,
}

impl<'m, 'a: 'm, T: Tracer> Machine<'m, 'a, T> {
    /// Gives the elements of a list one by one.
    pub(super) fn each(&mut self, id: OpId, sink: Sink<'_, 'm, 'a, T>) -> Result<Read<'m, T>, Stop> {
        let code = self.code;
        // Evidence goes element by element as if nothing were known.
        let id = match code.op(id) {
            Op::Folded(_, inner) if T::ON => *inner,
            Op::Settled(number, inner) => match self.settled_list(*number, *inner) {
                Some(value) => return self.each_of((value, T::Ev::default()), sink),
                None => *inner,
            },
            _ => id,
        };
        match code.op(id) {
            Op::Query(select) if streams(select) => {
                self.enter(4)?;
                let read = self.each_row(select, sink);
                self.leave(4);
                read.map_err(|stop| self.placed(id, stop))
            }
            Op::Retrieve(fetch) => {
                self.enter(1)?;
                let read = self.each_resource(id, fetch, sink);
                self.leave(1);
                read.map_err(|stop| self.placed(id, stop))
            }
            Op::Path(path) if path.end == End::Object && path.steps.last().is_some_and(|s| s.list) => {
                self.enter(1)?;
                let read = self.each_on_path(path, sink);
                self.leave(1);
                read
            }
            Op::Flatten(inner) => {
                self.enter(1)?;
                let read = self.each_flat(*inner, sink);
                self.leave(1);
                read.map_err(|stop| self.placed(id, stop))
            }
            Op::List(items) => {
                self.enter(1)?;
                let read = self.each_item(items, sink);
                self.leave(1);
                read
            }
            Op::Let(given, body) => {
                self.enter(1)?;
                for (slot, op) in given {
                    let value = self.eval(*op)?;
                    self.set_slot(*slot, value);
                }
                let read = self.each(*body, sink);
                self.leave(1);
                read
            }
            _ => {
                let value = self.eval(id)?;
                self.each_of(value, sink)
            }
        }
    }

    /// The elements of a value that is there already.
    fn each_of(&mut self, (value, ev): Traced<'m, T>, sink: Sink<'_, 'm, 'a, T>) -> Result<Read<'m, T>, Stop> {
        let was = match value {
            V::Null => Was::Null,
            V::List(items) => {
                for item in items {
                    let item_ev = self.element_ev(*item, ev);
                    if !sink(self, *item, item_ev)? {
                        break;
                    }
                }
                Was::List
            }
            one => Was::One(one),
        };
        Ok(Read { ev, was })
    }

    fn each_item(&mut self, items: &'m [OpId], sink: Sink<'_, 'm, 'a, T>) -> Result<Read<'m, T>, Stop> {
        let mut all = T::Ev::default();
        for item in items {
            let (value, ev) = self.eval(*item)?;
            all = self.tracer.join(all, ev);
            if !sink(self, value, ev)? {
                break;
            }
        }
        Ok(Read { ev: all, was: Was::List })
    }

    /// Lists of lists as one; elements that are no lists stay, nulls go.
    fn each_flat(&mut self, inner: OpId, sink: Sink<'_, 'm, 'a, T>) -> Result<Read<'m, T>, Stop> {
        let mut elements = T::Ev::default();
        // A list of lists written out need not be built: each of its lists is read on its own.
        let known = if T::ON { self.code.made_of(inner) } else { inner };
        if let Op::List(items) = self.code.op(known) {
            for item in items {
                let mut go_on = true;
                let read = self.each(*item, &mut |machine, item, ev| {
                    go_on = sink(machine, item, ev)?;
                    Ok(go_on)
                })?;
                elements = self.tracer.join(elements, read.ev);
                if let Was::One(value) = read.was {
                    go_on = sink(self, value, read.ev)?;
                }
                if !go_on {
                    break;
                }
            }
            return Ok(Read { ev: elements, was: Was::List });
        }
        let mut read = self.each(inner, &mut |machine, item, ev| match item {
            V::Null => Ok(true),
            V::List(items) => {
                for item in items {
                    let item_ev = machine.element_ev(*item, ev);
                    if T::ON && matches!(item, V::Object(_)) {
                        elements = machine.tracer.join(elements, item_ev);
                    }
                    if !sink(machine, *item, item_ev)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            one => sink(machine, one, ev),
        })?;
        read.ev = self.tracer.join(read.ev, elements);
        Ok(read)
    }

    fn each_on_path(&mut self, path: &'m Path, sink: Sink<'_, 'm, 'a, T>) -> Result<Read<'m, T>, Stop> {
        let (source, ev) = self.eval(path.source)?;
        let V::Object(object) = source else {
            let value = self.path_of(path, source, ev)?;
            return self.each_of(value, sink);
        };
        let (found, ev) = self.walk(path, object, ev);
        let mut items = found.items();
        while let Some(item) = items.next(&found) {
            let item_ev = self.element_ev(item, ev);
            if !sink(self, item, item_ev)? {
                break;
            }
        }
        Ok(Read { ev, was: if found.is_list() { Was::List } else { Was::Null } })
    }

    fn each_row(&mut self, select: &'m Select, sink: Sink<'_, 'm, 'a, T>) -> Result<Read<'m, T>, Stop> {
        let none = T::Ev::default();
        let mut rows = Rows { kept: none, dropped: none, sources: none, any: false, null: false };
        self.rows(select, 0, &mut rows, sink)?;
        let ev = if rows.any { rows.kept } else { self.nothing(rows.sources, rows.dropped) };
        Ok(Read { ev, was: if rows.null { Was::Null } else { Was::List } })
    }

    /// Iterates over the source at `position`, inner sources varying fastest; false when the sink has enough.
    fn rows(&mut self, select: &'m Select, position: usize, rows: &mut Rows<T>, sink: Sink<'_, 'm, 'a, T>) -> Result<bool, Stop> {
        let Some(source) = select.sources.get(position) else {
            return self.row(select, rows, sink);
        };
        let mut go_on = true;
        let (ev, null) = self.each_from(source, &mut |machine, item, ev| {
            machine.set_slot(source.slot, (item, ev));
            go_on = machine.rows(select, position + 1, rows, sink)?;
            Ok(go_on)
        })?;
        rows.sources = self.tracer.join(rows.sources, ev);
        rows.null |= null && select.sources.len() == 1;
        Ok(go_on)
    }

    /// The items of a source: a null is no item, and what is no list is one. Says also whether the source is null.
    fn each_from(&mut self, source: &'m Source, sink: Sink<'_, 'm, 'a, T>) -> Result<(T::Ev, bool), Stop> {
        if !source.list {
            let (value, ev) = self.eval(source.op)?;
            if !value.is_null() {
                let item_ev = self.element_ev(value, ev);
                sink(self, value, item_ev)?;
            }
            return Ok((ev, value.is_null()));
        }
        if let Some(narrow) = &source.narrow
            && self.each_candidate(narrow, sink)?.is_some()
        {
            return Ok((T::Ev::default(), false));
        }
        let read = self.each(source.op, sink)?;
        if let Was::One(value) = read.was {
            let ev = self.element_ev(value, read.ev);
            sink(self, value, ev)?;
        }
        Ok((read.ev, matches!(read.was, Was::Null)))
    }

    fn row(&mut self, select: &'m Select, rows: &mut Rows<T>, sink: Sink<'_, 'm, 'a, T>) -> Result<bool, Stop> {
        for (slot, op) in &select.lets {
            let value = self.eval(*op)?;
            self.set_slot(*slot, value);
        }
        let mut row_ev = T::Ev::default();
        for related in &select.relationships {
            let (found, ev) = self.related(related)?;
            row_ev = self.tracer.join(row_ev, ev);
            if found != related.with {
                rows.dropped = self.tracer.join(rows.dropped, row_ev);
                return Ok(true);
            }
        }
        if let Some(filter) = select.filter {
            let (truth, ev) = self.truth(filter)?;
            row_ev = self.tracer.join(row_ev, ev);
            if truth != Some(true) {
                rows.dropped = self.tracer.join(rows.dropped, row_ev);
                return Ok(true);
            }
        }
        let (value, value_ev) = match &select.result {
            Outcome::Element => select.sources.first().map_or((V::Null, T::Ev::default()), |s| self.slot(s.slot)),
            Outcome::Return { op, .. } => {
                let objects = self.row_objects(select);
                let (value, ev) = self.eval(*op)?;
                (value, self.tracer.join(objects, ev))
            }
            Outcome::Aggregate { .. } => (V::Null, T::Ev::default()),
        };
        row_ev = self.tracer.join(row_ev, value_ev);
        rows.kept = self.tracer.join(rows.kept, row_ev);
        rows.any = true;
        let ev = self.element_ev(value, row_ev);
        sink(self, value, ev)
    }

    /// The evidence of the elements a row is made of.
    fn row_objects(&mut self, select: &Select) -> T::Ev {
        let mut all = T::Ev::default();
        if T::ON {
            for source in &select.sources {
                let ev = self.slot(source.slot).1;
                all = self.tracer.join(all, ev);
            }
        }
        all
    }

    /// Whether an element of a `with` source satisfies its condition.
    fn related(&mut self, related: &'m Related) -> Result<(bool, T::Ev), Stop> {
        let mut tried = T::Ev::default();
        let mut found = None;
        let (source_ev, _) = self.each_from(&related.source, &mut |machine, item, ev| {
            machine.set_slot(related.source.slot, (item, ev));
            let Some(condition) = related.such_that else {
                found = Some(ev);
                return Ok(false);
            };
            let (truth, condition_ev) = machine.truth(condition)?;
            if truth == Some(true) {
                found = Some(machine.tracer.join(ev, condition_ev));
                return Ok(false);
            }
            tried = machine.tracer.join(tried, condition_ev);
            Ok(true)
        })?;
        match found {
            Some(ev) => Ok((true, ev)),
            None => Ok((false, self.nothing(source_ev, tried))),
        }
    }

    /// The rows of any query into a sink, without looking at `distinct`, `sort` or `aggregate`.
    pub(super) fn all_rows(&mut self, select: &'m Select, sink: Sink<'_, 'm, 'a, T>) -> Result<Read<'m, T>, Stop> {
        self.each_row(select, sink)
    }

    /// Marks a query that kept nothing.
    pub(super) fn nothing(&mut self, source: T::Ev, tried: T::Ev) -> T::Ev {
        let (source, tried) = (T::id(source), T::id(tried));
        self.tracer.push(|| EvNode::Nothing { source, tried })
    }
}

/// Whether a query gives its rows one by one.
fn streams(select: &Select) -> bool {
    let is_plain = matches!(select.result, Outcome::Element | Outcome::Return { distinct: false, .. });
    is_plain && select.sort.is_none() && !select.singular
}
