//! Resources that need not be asked, because their dates lie elsewhere: see [`crate::plan::Narrow`].
//!
//! Only without a trace: evidence names what was tried and failed.

use super::error::Stop;
use super::heap::V;
use super::machine::Machine;
use super::stream::Sink;
use super::trace::Tracer;
use crate::data::minutes;
use crate::plan::{Fetch, Narrow, Op, OpId, Side};
use crate::value::Value;
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// Fewer resources are asked one by one.
const WORTH: usize = 32;

impl<'m, 'a: 'm, T: Tracer> Machine<'m, 'a, T> {
    /// Gives the resources of a source that may satisfy its condition; `None` when it has to be read as ever.
    pub(super) fn each_candidate(&mut self, narrow: &'m Narrow, sink: Sink<'_, 'm, 'a, T>) -> Result<Option<()>, Stop> {
        if T::ON {
            return Ok(None);
        }
        let Some(rows) = self.candidates(narrow)? else { return Ok(None) };
        let data = self.data;
        for row in rows.iter() {
            if !sink(self, V::Object(data.object(*row)), T::Ev::default())? {
                break;
            }
        }
        Ok(Some(()))
    }

    fn candidates(&mut self, narrow: &'m Narrow) -> Result<Option<Cow<'m, [u32]>>, Stop> {
        let code = self.code;
        let (id, is_kept) = match code.op(narrow.fetch) {
            Op::Memo(_, inner) => (*inner, true),
            _ => (narrow.fetch, false),
        };
        let Op::Retrieve(fetch) = code.op(id) else { return Ok(None) };
        let data = self.data;
        if data.rows(&fetch.resource).len() < WORTH {
            return Ok(None);
        }
        // What is kept is long known when it is short.
        if is_kept && self.eval(narrow.fetch)?.0.as_list().is_none_or(|list| list.len() < WORTH) {
            return Ok(None);
        }
        self.enter(1)?;
        let rows = self.rows_of(fetch).map_err(|stop| self.placed(id, stop))?;
        self.leave(1);
        let Some(rows) = rows else { return Ok(None) };
        if rows.len() < WORTH {
            return Ok(Some(rows));
        }
        Ok(Some(match self.touching(narrow, fetch) {
            Some(near) if rows.len() == data.rows(&fetch.resource).len() => Cow::Owned(near),
            Some(near) => {
                let mut rows = rows.into_owned();
                rows.retain(|row| near.binary_search(row).is_ok());
                Cow::Owned(rows)
            }
            None => rows,
        }))
    }

    /// The rows of the type, in order, whose dates may satisfy the condition; `None` when all may.
    fn touching(&mut self, narrow: &'m Narrow, fetch: &Fetch) -> Option<Vec<u32>> {
        let index = self.data.date_index_asked_again(&fetch.resource, &narrow.path)?;
        // What fails here would fail for the first resource that is asked: then they are asked.
        for once in &narrow.once {
            self.tried(*once)?;
        }
        let with = self.tried(narrow.with)?;
        let span = with.with(span_of)?;
        let (low, high) = (span.start().saturating_sub(narrow.reach), span.end().saturating_add(narrow.reach));
        let mut rows = Vec::new();
        index.touching(
            match narrow.side {
                Side::Touching => low..=high,
                Side::UpTo => i32::MIN..=high,
                Side::From => low..=i32::MAX,
            },
            &mut rows,
        );
        rows.sort_unstable();
        Some(rows)
    }

    /// The value of an op, unless it fails.
    fn tried(&mut self, op: OpId) -> Option<V<'m>> {
        let (scratch, depth) = (self.scratch.len(), self.depth());
        let value = self.eval(op);
        if value.is_err() {
            self.scratch.truncate(scratch);
            self.set_depth(depth);
        }
        value.ok().map(|(value, _)| value)
    }
}

/// The minutes a moment or an interval of moments lies in; a bound that is not known is open.
fn span_of(value: &Value) -> Option<RangeInclusive<i32>> {
    let moment = |value: &Value| match value {
        Value::Date(date) => Some(minutes(date.to_date_time())),
        Value::DateTime(time) => Some(minutes(*time)),
        _ => None,
    };
    let bound = |value: &Value, open: i32, end: fn(&RangeInclusive<i32>) -> &i32| match value {
        Value::Null => Some(open),
        value => moment(value).map(|span| *end(&span)),
    };
    match value {
        Value::Interval(interval) => {
            let low = bound(&interval.low, i32::MIN, RangeInclusive::start)?;
            let high = bound(&interval.high, i32::MAX, RangeInclusive::end)?;
            Some(low..=high)
        }
        value => moment(value),
    }
}
