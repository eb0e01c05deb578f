//! Retrieves and questions about value sets (ELM, *Retrieve*, *InValueSet*).

use super::error::{Problem, Stop};
use super::machine::{Machine, Result1};
use super::trace::{EvNode, Tracer};
use crate::data::{CodePath, Terminology, ValueSetCodes, Wanted, WantedCode, minutes};
use crate::ir::{Access, CodeFilter, DateFilter, Expr, NodeId, Retrieve};
use crate::ops::interval;
use crate::value::{Code, Text, Value, Vocabulary};
use std::ops::RangeInclusive;
use std::sync::Arc;

impl<'e, T: Tracer> Machine<'e, '_, T> {
    pub(super) fn retrieve(&mut self, id: NodeId, retrieve: &Retrieve) -> Result1<T> {
        if let Some(context) = retrieve.context
            && self.eval(context)?.0.is_null()
        {
            return Ok((Value::Null, T::Ev::default()));
        }
        let mut rows = match &retrieve.codes {
            None => self.data.rows(&retrieve.resource).to_vec(),
            Some(filter) => self.coded_rows(retrieve, filter)?,
        };
        for (access, allowed) in &retrieve.fixed {
            rows.retain(|row| self.is_fixed(*row, access, allowed));
        }
        if let Some(dates) = &retrieve.dates {
            rows = self.dated_rows(retrieve, dates, rows)?;
        }
        let ev = if T::ON {
            let count = rows.len() as u32;
            self.tracer.push(|| EvNode::Retrieve { ir: id, count })
        } else {
            T::Ev::default()
        };
        let objects = rows.into_iter().map(|row| Value::Object(self.data.object(row))).collect();
        Ok((Value::list(objects), ev))
    }

    fn coded_rows(&mut self, retrieve: &Retrieve, filter: &CodeFilter) -> Result<Vec<u32>, Stop> {
        let (codes, _) = self.eval(filter.codes)?;
        let Some(wanted) = self.wanted(&codes)? else {
            return Ok(Vec::new());
        };
        static NONE: std::sync::OnceLock<Terminology> = std::sync::OnceLock::new();
        let terminology = match self.terminology {
            Some(terminology) => terminology,
            None => NONE.get_or_init(Terminology::new),
        };
        let path = code_path(&filter.access);
        let index = self.data.code_index(&retrieve.resource, &path, terminology);
        let mut rows = Vec::new();
        index.rows(self.data, terminology, &wanted, |row| rows.push(row));
        Ok(rows)
    }

    /// The codes a value stands for; `None` when it stands for none.
    fn wanted(&self, codes: &Value) -> Result<Option<Wanted<'e>>, Stop> {
        let mut list = Vec::new();
        match codes {
            Value::ValueSet(reference) => {
                return Ok(Some(Wanted::Set(self.value_set(reference)?)));
            }
            Value::Null => return Ok(None),
            Value::List(items) => items.iter().for_each(|item| add_codes(item, &mut list)),
            other => add_codes(other, &mut list),
        }
        Ok(Some(Wanted::Codes(list)))
    }

    /// The expansion of a value set.
    pub(super) fn value_set(&self, reference: &Vocabulary) -> Result<&'e ValueSetCodes, Stop> {
        self.terminology.and_then(|t| t.value_set(&reference.id, reference.version.as_deref())).ok_or_else(|| {
            let name = match &reference.name {
                Some(name) => format!("\"{name}\" ({})", reference.id),
                None => reference.id.to_string(),
            };
            Problem::ValueSetAbsent(name.into()).into()
        })
    }

    /// `X in "Value Set"` of a string, code, concept, or a list of these (any of them).
    pub(super) fn in_value_set(&self, value: &Value, set: &Value) -> Result<Value, Stop> {
        let Value::ValueSet(reference) = set else {
            return Ok(Value::Null);
        };
        let codes = self.value_set(reference)?;
        if value.is_null() {
            return Ok(Value::Boolean(false));
        }
        Ok(Value::Boolean(self.any_code_in(value, codes)))
    }

    fn any_code_in(&self, value: &Value, set: &ValueSetCodes) -> bool {
        match value {
            Value::Code(code) => self.code_in(code, set),
            Value::Concept(concept) => concept.codes.iter().any(|c| self.code_in(c, set)),
            Value::List(items) => items.iter().any(|item| self.any_code_in(item, set)),
            Value::String(code) => {
                let terminology = self.terminology;
                set.numbers().iter().any(|n| terminology.is_some_and(|t| t.code(*n).1 == code.as_str()))
            }
            _ => false,
        }
    }

    fn code_in(&self, code: &Code, set: &ValueSetCodes) -> bool {
        let (Some(code_text), Some(terminology)) = (&code.code, self.terminology) else {
            return false;
        };
        let system = code.system.as_deref().unwrap_or_default();
        terminology.number(system.as_bytes(), code_text.as_str().as_bytes()).is_some_and(|number| set.contains(number))
    }

    /// Membership in a code system cannot be told without its content.
    pub(super) fn in_code_system(&self, system: &Value) -> Result<Value, Stop> {
        match system {
            Value::CodeSystem(reference) => Err(Problem::CodeSystemAbsent(reference.id.as_str().into()).into()),
            _ => Ok(Value::Null),
        }
    }

    /// The codes of a value set as values.
    pub(super) fn expand_value_set(&self, set: &Value) -> Result<Value, Stop> {
        let Value::ValueSet(reference) = set else {
            return Ok(Value::Null);
        };
        let codes = self.value_set(reference)?;
        let Some(terminology) = self.terminology else {
            return Ok(Value::Null);
        };
        let values = codes.numbers().iter().map(|number| {
            let (system, code) = terminology.code(*number);
            Value::Code(Arc::new(Code { code: Some(Text::new(code)), system: Some(Text::new(system)), ..Code::default() }))
        });
        Ok(Value::list(values.collect()))
    }

    /// Whether an element a profile fixes has one of its allowed codes.
    fn is_fixed(&self, row: u32, access: &Access, allowed: &[Arc<str>]) -> bool {
        let resource = self.data.resource(row).value;
        let path = code_path(access);
        let Some(element) = path.members.iter().find_map(|m| resource.get(m)) else {
            return false;
        };
        let one = |value: json::Value<'_>| value.as_str().is_some_and(|text| allowed.iter().any(|a| **a == *text));
        let codings = element.get("coding");
        one(element)
            || element.as_bool().is_some_and(|b| allowed.iter().any(|a| **a == *if b { "true" } else { "false" }))
            || codings.into_iter().flat_map(|c| c.items()).any(|c| c.get("code").is_some_and(one))
    }

    fn dated_rows(&mut self, retrieve: &Retrieve, dates: &DateFilter, mut rows: Vec<u32>) -> Result<Vec<u32>, Stop> {
        let (range, _) = self.eval(dates.range)?;
        let Value::Interval(range) = range else {
            return Ok(Vec::new());
        };
        let path = code_path(&dates.access);
        let bound = |value: &Value, open: i32, end: fn(&RangeInclusive<i32>) -> &i32| match value {
            Value::DateTime(time) => *end(&minutes(*time)),
            _ => open,
        };
        let near = bound(&range.low, i32::MIN, RangeInclusive::start)..=bound(&range.high, i32::MAX, RangeInclusive::end);
        let mut touching = Vec::new();
        self.data.date_index(&retrieve.resource, &path).touching(near, &mut touching);
        touching.sort_unstable();
        rows.retain(|row| touching.binary_search(row).is_ok());
        let mut kept = Vec::with_capacity(rows.len());
        for row in rows {
            let resource = self.data.resource(row).value;
            let element = path.members.iter().find_map(|m| resource.get(m));
            let value = element.map_or(Value::Null, super::intrinsics::json_to_temporal);
            let during = match &value {
                Value::Interval(period) => interval::relate(&self.env, interval::Relation::IncludedIn, period, &range, None),
                Value::Null => Some(false),
                point => interval::contains(&self.env, &range, point, None, false),
            };
            if during == Some(true) {
                kept.push(row);
            }
        }
        Ok(kept)
    }
}

/// The JSON members an access reads.
pub(super) fn code_path(access: &Access) -> CodePath {
    CodePath {
        members: match access {
            Access::Model { name, .. } | Access::Element(name) | Access::Dynamic(name) => {
                vec![Arc::clone(name)]
            }
            Access::ModelChoice { alternatives, .. } => alternatives.iter().map(|(n, _)| Arc::clone(n)).collect(),
            Access::ModelValue => Vec::new(),
        },
    }
}

fn add_codes(value: &Value, list: &mut Vec<WantedCode>) {
    let mut add = |code: &Code| {
        if let Some(text) = &code.code {
            let system = code.system.clone().unwrap_or_else(|| Text::new(""));
            list.push(WantedCode { code: text.clone(), system: Some(system) });
        }
    };
    match value {
        Value::Code(code) => add(code),
        Value::Concept(concept) => concept.codes.iter().for_each(add),
        Value::String(text) => list.push(WantedCode { code: text.clone(), system: None }),
        _ => {}
    }
}

/// How a retrieve's terminology filter reads, for evidence: names of value sets and codes.
pub(super) fn filter_names(plan: &crate::ir::Plan, node: NodeId) -> Vec<Arc<str>> {
    match &plan.node(node).expr {
        Expr::ValueSetRef(i) => vec![Arc::clone(&plan.value_sets[i.index()].name)],
        Expr::CodeRef(i) => vec![Arc::clone(&plan.codes[i.index()].name)],
        Expr::ConceptRef(i) => vec![Arc::clone(&plan.concepts[i.index()].name)],
        Expr::CodeSystemRef(i) => vec![Arc::clone(&plan.code_systems[i.index()].name)],
        Expr::ExpressionRef(i) => vec![Arc::clone(&plan.definitions[i.index()].name)],
        Expr::Unary { operand, .. } | Expr::As { operand, .. } => filter_names(plan, *operand),
        Expr::Property { source, .. } => filter_names(plan, *source),
        Expr::List(items) => items.iter().flat_map(|i| filter_names(plan, *i)).collect(),
        Expr::Instance { elements, .. } => {
            elements.iter().filter(|(name, _)| &**name == "code").flat_map(|(_, node)| filter_names(plan, *node)).collect()
        }
        Expr::Literal(crate::ir::Literal::String(text)) => vec![Arc::clone(text)],
        _ => Vec::new(),
    }
}
