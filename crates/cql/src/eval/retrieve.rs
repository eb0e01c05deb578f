//! Retrieves and questions about value sets (ELM, *Retrieve*, *InValueSet*).

use super::convert::{Json, json_to_temporal};
use super::error::{Problem, Stop};
use super::heap::V;
use super::machine::{Machine, Result1, Truth};
use super::stream::{Read, Sink, Was};
use super::trace::{EvNode, Tracer};
use crate::data::{CodePath, Terminology, TerminologyFault, ValueSetCodes, Wanted, minutes};
use crate::ir::{Expr, Intrinsic, NodeId, ValueSetId};
use crate::ops::interval;
use crate::plan::{Asked, End, Fetch, Op, OpId, Path};
use crate::value::{Code, Object, Text, Tri, Value, Vocabulary};
use json::Kind;
use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::sync::{Arc, OnceLock};

/// A path to a code or concept, the object it begins at, and the evidence of that.
type CodedElement<'m, T> = (&'m Path, Object, <T as Tracer>::Ev);

/// The terminology of an evaluation that was given none.
fn no_terminology() -> &'static Terminology {
    static NONE: OnceLock<Terminology> = OnceLock::new();
    NONE.get_or_init(Terminology::new)
}

impl<'m, 'a: 'm, T: Tracer> Machine<'m, 'a, T> {
    /// A retrieve as a list.
    pub(super) fn retrieved(&mut self, id: OpId, fetch: &'m Fetch) -> Result1<'m, T> {
        let Some(rows) = self.rows_of(fetch)? else {
            return Ok((V::Null, T::Ev::default()));
        };
        let ev = self.retrieve_ev(id, rows.len());
        let data = self.data;
        let list = self.heap.list_of(rows.iter().map(|row| V::Object(data.object(*row))))?;
        Ok((list, ev))
    }

    /// A retrieve resource by resource.
    pub(super) fn each_resource(&mut self, id: OpId, fetch: &'m Fetch, sink: Sink<'_, 'm, 'a, T>) -> Result<Read<'m, T>, Stop> {
        let Some(rows) = self.rows_of(fetch)? else {
            return Ok(Read { ev: T::Ev::default(), was: Was::Null });
        };
        let ev = self.retrieve_ev(id, rows.len());
        for row in rows.iter() {
            let item = V::Object(self.data.object(*row));
            let item_ev = self.element_ev(item, ev);
            if !sink(self, item, item_ev)? {
                break;
            }
        }
        Ok(Read { ev, was: Was::List })
    }

    fn retrieve_ev(&mut self, id: OpId, count: usize) -> T::Ev {
        let (ir, count) = (self.code.origin(id).node, count as u32);
        self.tracer.push(|| EvNode::Retrieve { ir, count })
    }

    /// The rows a retrieve finds; `None` when the instance it is related to is null.
    pub(super) fn rows_of(&mut self, fetch: &'m Fetch) -> Result<Option<Cow<'m, [u32]>>, Stop> {
        if let Some(context) = fetch.context
            && self.eval(context)?.0.is_null()
        {
            return Ok(None);
        }
        let data = self.data;
        let mut rows = match &fetch.codes {
            None => Cow::Borrowed(data.rows(&fetch.resource)),
            Some((path, codes)) => Cow::Owned(self.coded_rows(fetch, path, codes)?),
        };
        for (path, allowed) in &fetch.fixed {
            rows.to_mut().retain(|row| self.is_fixed(*row, path, allowed));
        }
        match &fetch.dates {
            Some((path, range)) => Ok(Some(Cow::Owned(self.dated_rows(fetch, path, *range, rows.into_owned())?))),
            None => Ok(Some(rows)),
        }
    }

    fn coded_rows(&mut self, fetch: &'m Fetch, path: &CodePath, asked: &'m Asked) -> Result<Vec<u32>, Stop> {
        let made;
        let wanted = match asked {
            Asked::Codes(wanted) => wanted,
            Asked::Set(id) => {
                made = Wanted::Set(self.declared_set(*id)?);
                &made
            }
            Asked::Value(op) => {
                made = match self.eval(*op)?.0 {
                    V::Null => return Ok(Vec::new()),
                    V::Boxed(Value::ValueSet(reference)) => Wanted::Set(self.value_set(reference)?),
                    other => Wanted::of(&other.to_value()),
                };
                &made
            }
        };
        let terminology = match self.terminology {
            Some(terminology) => terminology,
            None => no_terminology(),
        };
        let index = self.data.code_index(&fetch.resource, path, terminology);
        let mut rows = Vec::new();
        index.rows(self.data, terminology, wanted, |row| rows.push(row));
        Ok(rows)
    }

    /// The expansion of a value set.
    pub(super) fn value_set(&self, reference: &Vocabulary) -> Result<&'m ValueSetCodes, Stop> {
        let absent = |why: Option<TerminologyFault>| -> Stop {
            let name = called(reference);
            match why {
                None | Some(TerminologyFault::NoValueSet { .. }) => Problem::ValueSetAbsent(name).into(),
                Some(why) => Problem::ValueSetUnexpanded(name, Box::new(why)).into(),
            }
        };
        let terminology = self.terminology.ok_or_else(|| absent(None))?;
        terminology.expansion(&reference.id, reference.version.as_deref()).map_err(|why| absent(Some(why)))
    }

    /// The expansion of a declared value set, looked up once.
    fn declared_set(&mut self, id: ValueSetId) -> Result<&'m ValueSetCodes, Stop> {
        if let Some(known) = self.value_sets[id.index()] {
            return Ok(known);
        }
        let declared = &self.program.plan.value_sets[id.index()];
        let set = match super::literals::value_set(declared) {
            Value::ValueSet(reference) => self.value_set(&reference)?,
            _ => return Err(Problem::ValueSetAbsent(Arc::clone(&declared.name)).into()),
        };
        self.value_sets[id.index()] = Some(set);
        Ok(set)
    }

    /// `X in "Value Set"` of a string, code, concept, or a list of these (any of them).
    pub(super) fn in_declared_set(&mut self, element: OpId, set: ValueSetId) -> Truth<T> {
        if let Some((path, object, ev)) = self.coded_element(element)? {
            let set = self.declared_set(set)?;
            let (found, ev) = self.walk(path, object, ev);
            return Ok((Some(found.first().is_some_and(|json| self.json_in(json, set, 0))), ev));
        }
        let (value, ev) = self.eval(element)?;
        let set = self.declared_set(set)?;
        Ok((Some(self.any_code_in(value, set)), ev))
    }

    /// A path to a code or concept of an object, which need not become a value to be compared.
    fn coded_element(&mut self, element: OpId) -> Result<Option<CodedElement<'m, T>>, Stop> {
        let code = self.code;
        let Op::Path(path) = code.op(element) else {
            return Ok(None);
        };
        let is_coded = matches!(path.end, End::Convert(Intrinsic::ToConcept | Intrinsic::ToCode));
        if !is_coded || !matches!(code.op(path.source), Op::Local(_)) {
            return Ok(None);
        }
        match self.eval(path.source)? {
            (V::Object(object), ev) => Ok(Some((path, object, ev))),
            _ => Ok(None),
        }
    }

    /// Whether a CodeableConcept, Coding or code belongs to a value set.
    fn json_in(&self, json: Json<'a>, set: &ValueSetCodes, depth: u32) -> bool {
        let coding = |coding: Json<'a>| {
            let (Some(code), Some(terminology)) = (coding.get("code").and_then(|c| c.as_str()), self.terminology) else {
                return false;
            };
            let system = coding.get("system").and_then(|s| s.as_str()).unwrap_or_default();
            terminology.number(system.as_bytes(), code.as_bytes()).is_some_and(|number| set.contains(number))
        };
        match json.kind() {
            Kind::String => self.terminology.is_some_and(|terminology| {
                let code = json.as_str().unwrap_or_default();
                terminology.number(b"", code.as_bytes()).is_some_and(|number| set.contains(number))
            }),
            Kind::Object if depth == 0 => match json.get("coding") {
                Some(codings) => codings.items().any(coding),
                None => coding(json),
            },
            _ => false,
        }
    }

    /// `path ~ code` without making a concept of the element.
    pub(super) fn equivalent_in_place(&mut self, left: OpId, right: OpId) -> Result<Option<(Tri, T::Ev)>, Stop> {
        let code = self.code;
        let Op::Constant(number) = code.op(right) else {
            return Ok(None);
        };
        let wanted: &[Code] = match &code.constants[*number as usize] {
            Value::Code(code) => std::slice::from_ref(&**code),
            Value::Concept(concept) => &concept.codes,
            _ => return Ok(None),
        };
        let Some((path, object, ev)) = self.coded_element(left)? else {
            return Ok(None);
        };
        let (found, ev) = self.walk(path, object, ev);
        let same = |coding: Json<'a>| {
            wanted.iter().any(|wanted| is_part(coding, "code", &wanted.code) && is_part(coding, "system", &wanted.system))
        };
        let truth = found.first().is_some_and(|json| match json.kind() {
            Kind::Object => match json.get("coding") {
                Some(codings) => codings.items().any(same),
                None => json.get("code").is_some() && same(json),
            },
            Kind::String => wanted.iter().any(|w| w.system.is_none() && w.code.as_deref().is_some_and(|c| json.is_str(c))),
            _ => false,
        });
        Ok(Some((Some(truth), ev)))
    }

    /// `X in set` where the set is a value.
    pub(super) fn in_value_set(&self, value: V<'m>, set: V<'m>) -> Result<V<'m>, Stop> {
        let V::Boxed(Value::ValueSet(reference)) = set else {
            return Ok(V::Null);
        };
        let codes = self.value_set(reference)?;
        Ok(V::Boolean(self.any_code_in(value, codes)))
    }

    fn any_code_in(&self, value: V<'m>, set: &ValueSetCodes) -> bool {
        match value {
            V::Boxed(Value::Code(code)) => self.code_in(code, set),
            V::Boxed(Value::Concept(concept)) => concept.codes.iter().any(|c| self.code_in(c, set)),
            V::List(items) => items.iter().any(|item| self.any_code_in(*item, set)),
            V::Text(code) => self.terminology.is_some_and(|terminology| set.has_text(terminology, code)),
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

    /// `X in system` of a string, code, concept, or a list of these (any of them).
    ///
    /// One that is in it decides; otherwise what cannot be told is an error.
    pub(super) fn in_code_system(&self, value: V<'m>, system: V<'m>) -> Result<V<'m>, Stop> {
        let V::Boxed(Value::CodeSystem(reference)) = system else {
            return Ok(V::Null);
        };
        let terminology = match self.terminology {
            Some(terminology) => terminology,
            None => no_terminology(),
        };
        let (url, version) = (&*reference.id, reference.version.as_deref());
        let found = any_code(value, &mut |code, of| terminology.in_code_system(url, version, code, of));
        match found {
            // No code asked for anything: the code system must be there all the same.
            Ok(None) if terminology.code_system(url, version).is_none() => {
                Err(Problem::CodeSystemAbsent(called(reference)).into())
            }
            Ok(found) => Ok(V::Boolean(found.unwrap_or(false))),
            Err(TerminologyFault::NoCodeSystem { .. }) => Err(Problem::CodeSystemAbsent(called(reference)).into()),
            Err(fault) => Err(Problem::Terminology(Box::new(fault)).into()),
        }
    }

    /// Whether a code, or any of a concept, is another or above it.
    pub(super) fn subsumes(&self, above: V<'m>, below: V<'m>) -> Result<V<'m>, Stop> {
        if above.is_null() || below.is_null() {
            return Ok(V::Null);
        }
        let terminology = match self.terminology {
            Some(terminology) => terminology,
            None => no_terminology(),
        };
        let (mut truth, mut fault) = (Some(false), None);
        for above in codes_of(&above) {
            for below in codes_of(&below) {
                match terminology.subsumes(above, below) {
                    Ok(Some(true)) => return Ok(V::Boolean(true)),
                    Ok(Some(false)) => {}
                    Ok(None) => truth = None,
                    Err(found) => fault = Some(found),
                }
            }
        }
        match (fault, truth) {
            (Some(TerminologyFault::NoCodeSystem { named, .. }), _) => Err(Problem::CodeSystemAbsent(named.into()).into()),
            (Some(fault), _) => Err(Problem::Terminology(Box::new(fault)).into()),
            (None, truth) => Ok(truth.map_or(V::Null, V::Boolean)),
        }
    }

    /// The codes of a value set as values.
    pub(super) fn expand_value_set(&self, set: V<'m>) -> Result<V<'m>, Stop> {
        let V::Boxed(Value::ValueSet(reference)) = set else {
            return Ok(V::Null);
        };
        let codes = self.value_set(reference)?;
        let Some(terminology) = self.terminology else {
            return Ok(V::Null);
        };
        let values = codes.numbers().iter().map(|number| {
            let (system, code) = terminology.code(*number);
            Value::Code(Arc::new(Code { code: Some(Text::new(code)), system: Some(Text::new(system)), ..Code::default() }))
        });
        Ok(self.heap.take(Value::list(values.collect())))
    }

    /// Whether an element a profile fixes has one of its allowed codes.
    fn is_fixed(&self, row: u32, path: &CodePath, allowed: &[Arc<str>]) -> bool {
        let resource = self.data.resource(row).value;
        let Some(element) = path.members.iter().find_map(|m| resource.get(m)) else {
            return false;
        };
        let one = |value: json::Value<'_>| value.as_str().is_some_and(|text| allowed.iter().any(|a| **a == *text));
        let codings = element.get("coding");
        one(element)
            || element.as_bool().is_some_and(|b| allowed.iter().any(|a| **a == *if b { "true" } else { "false" }))
            || codings.into_iter().flat_map(|c| c.items()).any(|c| c.get("code").is_some_and(one))
    }

    fn dated_rows(&mut self, fetch: &Fetch, path: &CodePath, range: OpId, mut rows: Vec<u32>) -> Result<Vec<u32>, Stop> {
        let V::Boxed(Value::Interval(range)) = self.eval(range)?.0 else {
            return Ok(Vec::new());
        };
        let bound = |value: &Value, open: i32, end: fn(&RangeInclusive<i32>) -> &i32| match value {
            Value::DateTime(time) => *end(&minutes(*time)),
            _ => open,
        };
        let near = bound(&range.low, i32::MIN, RangeInclusive::start)..=bound(&range.high, i32::MAX, RangeInclusive::end);
        let mut touching = Vec::new();
        self.data.date_index(&fetch.resource, path).touching(near, &mut touching);
        touching.sort_unstable();
        rows.retain(|row| touching.binary_search(row).is_ok());
        let mut kept = Vec::with_capacity(rows.len());
        for row in rows {
            let resource = self.data.resource(row).value;
            let element = path.members.iter().find_map(|m| resource.get(m));
            let value = element.map_or(Value::Null, json_to_temporal);
            let during = match &value {
                Value::Interval(period) => interval::relate(&self.env, interval::Relation::IncludedIn, period, range, None),
                Value::Null => Some(false),
                point => interval::contains(&self.env, range, point, None, false),
            };
            if during == Some(true) {
                kept.push(row);
            }
        }
        Ok(kept)
    }
}

/// How a value set or code system is called in errors.
fn called(reference: &Vocabulary) -> Arc<str> {
    let version = reference.version.as_ref().map(|version| format!("|{version}")).unwrap_or_default();
    match &reference.name {
        Some(name) => format!("\"{name}\" ({}{version})", reference.id).into(),
        None => format!("{}{version}", reference.id).into(),
    }
}

/// The codes of a code or concept.
fn codes_of<'v>(value: &V<'v>) -> &'v [Code] {
    match value {
        V::Boxed(Value::Code(code)) => std::slice::from_ref(&**code),
        V::Boxed(Value::Concept(concept)) => &concept.codes,
        _ => &[],
    }
}

/// A question about a code and the system it says it is of.
type Ask<'q> = dyn FnMut(&str, Option<&str>) -> Result<bool, TerminologyFault> + 'q;

/// An answer; `None` when there was no code to ask about.
type Known = Result<Option<bool>, TerminologyFault>;

/// Whether a question has a yes for any code of a string, code, concept, or list of these, each with the system
/// it says it is of. A yes decides; a fault otherwise; `None` when there is no code to ask about.
fn any_code(value: V<'_>, ask: &mut Ask<'_>) -> Known {
    let mut all: Known = Ok(None);
    let mut add = |answer: Known| match (&all, answer) {
        (Ok(Some(true)), _) | (_, Ok(None)) => {}
        (_, Ok(Some(true))) => all = Ok(Some(true)),
        (Err(_), _) => {}
        (_, answer) => all = answer,
    };
    match value {
        V::Text(text) => add(std::str::from_utf8(text).map_or(Ok(Some(false)), |code| ask(code, None).map(Some))),
        V::List(items) => items.iter().for_each(|item| add(any_code(*item, ask))),
        value => {
            for code in codes_of(&value) {
                if let Some(text) = &code.code {
                    add(ask(text, Some(code.system.as_deref().unwrap_or_default())).map(Some));
                }
            }
        }
    }
    all
}

/// Whether a Coding has this text at a member, or neither has any.
fn is_part(coding: Json<'_>, name: &str, wanted: &Option<Text>) -> bool {
    match (coding.get(name), wanted) {
        (Some(part), Some(wanted)) => part.is_str(wanted),
        (None, None) => true,
        _ => false,
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
