//! Expressions as ELM.

use super::{Writer, insert, literal, names, types};
use crate::ir::{Access, BinaryOp, Expr, Intrinsic, NaryOp, NodeId, NullaryOp, Precision, Type, UnaryOp};
use serde_json::{Value, json};
use std::sync::Arc;

impl Writer<'_> {
    fn operands(&mut self, ids: &[NodeId]) -> Vec<Value> {
        ids.iter().map(|id| self.expression(*id)).collect()
    }

    pub(super) fn expression(&mut self, id: NodeId) -> Value {
        let plan = self.plan;
        let node = plan.node(id);
        match &node.expr {
            Expr::Null => json!({ "type": "Null" }),
            Expr::Literal(l) => literal::literal(l),
            Expr::Local(local) => self.local(*local),
            Expr::ExpressionRef(id) => {
                let definition = plan.definition(*id);
                if definition.implicit {
                    if !self.subjects.contains(id) {
                        self.subjects.push(*id);
                    }
                    return json!({ "type": "ExpressionRef", "name": &*definition.name });
                }
                self.reference("ExpressionRef", &definition.name, definition.library)
            }
            Expr::ParameterRef(id) => {
                let parameter = &plan.parameters[id.index()];
                self.reference("ParameterRef", &parameter.name, parameter.library)
            }
            Expr::ValueSetRef(id) => {
                let set = &plan.value_sets[id.index()];
                let mut reference = self.reference("ValueSetRef", &set.name, set.library);
                insert(&mut reference, "preserve", json!(true));
                reference
            }
            Expr::CodeSystemRef(id) => {
                let system = &plan.code_systems[id.index()];
                self.reference("CodeSystemRef", &system.name, system.library)
            }
            Expr::CodeRef(id) => {
                let code = &plan.codes[id.index()];
                self.reference("CodeRef", &code.name, code.library)
            }
            Expr::ConceptRef(id) => {
                let concept = &plan.concepts[id.index()];
                self.reference("ConceptRef", &concept.name, concept.library)
            }
            Expr::FunctionRef { function, arguments } => {
                let function = plan.function(*function);
                let operands = self.operands(arguments);
                let mut out = self.reference("FunctionRef", &function.name, function.library);
                let signature: Vec<Value> = function.operands.iter().map(|(_, ty)| types::specifier(ty)).collect();
                insert(&mut out, "signature", json!(signature));
                insert(&mut out, "operand", json!(operands));
                out
            }
            Expr::Intrinsic { function, operand } => self.intrinsic(*function, *operand),
            Expr::Nullary(op) => {
                let name = match op {
                    NullaryOp::Now => "Now",
                    NullaryOp::Today => "Today",
                    NullaryOp::TimeOfDay => "TimeOfDay",
                };
                json!({ "type": name })
            }
            Expr::Unary { op, operand } => self.unary(*op, *operand),
            Expr::Binary { op, left, right } => self.binary(*op, *left, *right),
            Expr::Nary { op, operands } => self.nary(*op, operands),
            Expr::Query(query) => self.query(query),
            Expr::Retrieve(retrieve) => self.retrieve(retrieve, &node.ty),
            Expr::ForEach { source, local, element } => self.for_each(*source, *local, *element),
            other => self.structure(other, &node.ty),
        }
    }

    /// Constructors, conditionals and what has fields of its own.
    fn structure(&mut self, expr: &Expr, ty: &Type) -> Value {
        match expr {
            Expr::Timed { op, precision, left, right, .. } => {
                let operands = self.operands(&[*left, *right]);
                let name = names::name_of(names::TIMED, op);
                let mut out = json!({ "type": name, "operand": operands });
                self.precision(&mut out, *precision);
                out
            }
            Expr::DurationBetween { precision, left, right } => {
                let operands = self.operands(&[*left, *right]);
                json!({ "type": "DurationBetween", "precision": names::precision_name(*precision), "operand": operands })
            }
            Expr::DifferenceBetween { precision, left, right } => {
                let operands = self.operands(&[*left, *right]);
                json!({ "type": "DifferenceBetween", "precision": names::precision_name(*precision), "operand": operands })
            }
            Expr::DateTimeComponentFrom { precision, operand } => {
                let operand = self.expression(*operand);
                json!({ "type": "DateTimeComponentFrom", "precision": names::precision_name(*precision), "operand": operand })
            }
            Expr::CalculateAge { precision, birth, as_of } => {
                let mut operands = vec![self.expression(*birth)];
                operands.push(match as_of {
                    Some(as_of) => self.expression(*as_of),
                    None if *self.plan.type_of(*birth) == Type::DATE => json!({ "type": "Today" }),
                    None => json!({ "type": "Now" }),
                });
                json!({ "type": "CalculateAgeAt", "precision": names::precision_name(*precision), "operand": operands })
            }
            Expr::MinValue(ty) => json!({ "type": "MinValue", "valueType": types::qualified(ty) }),
            Expr::MaxValue(ty) => json!({ "type": "MaxValue", "valueType": types::qualified(ty) }),
            Expr::Date(parts) => self.temporal("Date", parts, &["year", "month", "day"]),
            Expr::Time(parts) => self.temporal("Time", parts, &["hour", "minute", "second", "millisecond"]),
            Expr::DateTime(parts) => {
                const NAMES: &[&str] = &["year", "month", "day", "hour", "minute", "second", "millisecond", "timezoneOffset"];
                self.temporal("DateTime", parts, NAMES)
            }
            Expr::Interval { low, high, low_closed, high_closed } => {
                let low = self.expression(*low);
                let high = self.expression(*high);
                json!({ "type": "Interval", "lowClosed": low_closed, "highClosed": high_closed, "low": low, "high": high })
            }
            Expr::List(items) => {
                let items = self.operands(items);
                json!({ "type": "List", "typeSpecifier": types::specifier(ty), "element": items })
            }
            Expr::Tuple(elements) => json!({ "type": "Tuple", "element": self.elements(elements) }),
            Expr::Instance { class, elements } => {
                json!({ "type": "Instance", "classType": types::qualified(class), "element": self.elements(elements) })
            }
            Expr::Property { source, access } => {
                let path = match access {
                    Access::Element(name) | Access::Dynamic(name) => &**name,
                    Access::Model { name, .. } | Access::ModelChoice { name, .. } => &**name,
                    Access::ModelValue => "value",
                };
                let source = self.expression(*source);
                json!({ "type": "Property", "path": path, "source": source })
            }
            Expr::Is { operand, ty } => {
                let operand = self.expression(*operand);
                json!({ "type": "Is", "operand": operand, "isTypeSpecifier": types::specifier(ty) })
            }
            Expr::As { operand, ty, strict } => {
                let operand = self.expression(*operand);
                json!({ "type": "As", "strict": strict, "operand": operand, "asTypeSpecifier": types::specifier(ty) })
            }
            Expr::If { condition, then, otherwise } => {
                let parts = self.operands(&[*condition, *then, *otherwise]);
                json!({ "type": "If", "condition": parts[0], "then": parts[1], "else": parts[2] })
            }
            Expr::Case { comparand, items, otherwise } => {
                let comparand = comparand.map(|c| self.expression(c));
                let mut cases = Vec::with_capacity(items.len());
                for (when, then) in items {
                    let parts = self.operands(&[*when, *then]);
                    cases.push(json!({ "when": parts[0], "then": parts[1] }));
                }
                let otherwise = self.expression(*otherwise);
                let mut out = json!({ "type": "Case", "caseItem": cases, "else": otherwise });
                if let Some(comparand) = comparand {
                    insert(&mut out, "comparand", comparand);
                }
                out
            }
            Expr::Repeat { source, local, element } => {
                let source = self.expression(*source);
                let element = self.expression(*element);
                json!({ "type": "Repeat", "scope": self.local_name(*local), "source": source, "element": element })
            }
            Expr::Message { source, condition, code, severity, message } => {
                let parts = self.operands(&[*source, *condition, *code, *severity, *message]);
                json!({ "type": "Message", "source": parts[0], "condition": parts[1], "code": parts[2], "severity": parts[3], "message": parts[4] })
            }
            // Every other kind is handled by `expression`.
            _ => json!({ "type": "Null" }),
        }
    }

    fn precision(&self, out: &mut Value, precision: Option<Precision>) {
        if let Some(precision) = precision {
            insert(out, "precision", json!(names::precision_name(precision)));
        }
    }

    fn elements(&mut self, elements: &[(Arc<str>, NodeId)]) -> Vec<Value> {
        let mut out = Vec::with_capacity(elements.len());
        for (name, node) in elements {
            let value = self.expression(*node);
            out.push(json!({ "name": &**name, "value": value }));
        }
        out
    }

    fn temporal(&mut self, kind: &str, parts: &[NodeId], names: &[&str]) -> Value {
        let mut out = json!({ "type": kind });
        for (part, name) in parts.iter().zip(names) {
            let value = self.expression(*part);
            insert(&mut out, name, value);
        }
        out
    }

    fn intrinsic(&mut self, function: Intrinsic, operand: NodeId) -> Value {
        let operand = self.expression(operand);
        if function == Intrinsic::HasValue {
            let value = json!({ "type": "Property", "path": "value", "source": operand });
            return json!({ "type": "Not", "operand": { "type": "IsNull", "operand": value } });
        }
        self.uses_helpers = true;
        let name = names::name_of(names::HELPERS, &function);
        json!({ "type": "FunctionRef", "libraryName": "FHIRHelpers", "name": name, "operand": [operand] })
    }

    fn unary(&mut self, op: UnaryOp, operand: NodeId) -> Value {
        let written = self.expression(operand);
        if let Some(name) = names::name_of(names::UNARY, &op) {
            return json!({ "type": name, "operand": written });
        }
        if let Some(name) = names::name_of(names::SOURCE, &op) {
            return json!({ "type": name, "source": written });
        }
        match op {
            UnaryOp::ListLength => json!({ "type": "Length", "operand": written }),
            UnaryOp::Tail => {
                let start = literal::simple("Integer", 1);
                json!({ "type": "Slice", "source": written, "startIndex": start, "endIndex": { "type": "Null" } })
            }
            // UnaryOp::ToInterval: the interval of just this point; of null it is null.
            _ => {
                let condition = json!({ "type": "IsNull", "operand": written.clone() });
                let interval = json!({
                    "type": "Interval", "lowClosed": true, "highClosed": true, "low": written.clone(), "high": written,
                });
                json!({ "type": "If", "condition": condition, "then": { "type": "Null" }, "else": interval })
            }
        }
    }

    fn binary(&mut self, op: BinaryOp, left: NodeId, right: NodeId) -> Value {
        let parts = self.operands(&[left, right]);
        if let Some(name) = names::name_of(names::BINARY, &op) {
            return json!({ "type": name, "operand": parts });
        }
        if let Some((name, _, fields)) = names::NAMED_BINARY.iter().find(|(_, o, _)| *o == op) {
            let mut out = json!({ "type": name });
            for (field, part) in fields.iter().zip(parts) {
                insert(&mut out, field, part);
            }
            return out;
        }
        let [first, second] = <[Value; 2]>::try_from(parts).unwrap_or_default();
        match op {
            BinaryOp::UnionLists | BinaryOp::UnionIntervals => json!({ "type": "Union", "operand": [first, second] }),
            BinaryOp::IntersectLists | BinaryOp::IntersectIntervals => {
                json!({ "type": "Intersect", "operand": [first, second] })
            }
            BinaryOp::ExceptLists | BinaryOp::ExceptIntervals => json!({ "type": "Except", "operand": [first, second] }),
            BinaryOp::StringIndexer => json!({ "type": "Indexer", "operand": [first, second] }),
            BinaryOp::Skip => json!({ "type": "Slice", "source": first, "startIndex": second, "endIndex": { "type": "Null" } }),
            BinaryOp::Take => {
                let zero = literal::simple("Integer", 0);
                let count = json!({ "type": "Coalesce", "operand": [second, zero] });
                json!({ "type": "Slice", "source": first, "startIndex": zero, "endIndex": count })
            }
            BinaryOp::InValueSet => self.membership("InValueSet", "code", "valueset", first, second),
            BinaryOp::AnyInValueSet => self.membership("AnyInValueSet", "codes", "valueset", first, second),
            BinaryOp::InCodeSystem => self.membership("InCodeSystem", "code", "codesystem", first, second),
            _ => self.membership("AnyInCodeSystem", "codes", "codesystem", first, second),
        }
    }

    fn membership(&self, kind: &str, codes: &str, set: &str, first: Value, second: Value) -> Value {
        let direct = matches!(second["type"].as_str(), Some("ValueSetRef" | "CodeSystemRef"));
        let field = if direct { set.to_owned() } else { format!("{set}Expression") };
        let mut out = json!({ "type": kind });
        insert(&mut out, codes, first);
        insert(&mut out, &field, second);
        out
    }

    fn nary(&mut self, op: NaryOp, operands: &[NodeId]) -> Value {
        let parts = self.operands(operands);
        if let Some((name, _, fields)) = names::NAMED_NARY.iter().find(|(_, o, _)| *o == op) {
            let mut out = json!({ "type": name });
            for (field, part) in fields.iter().zip(parts) {
                insert(&mut out, field, part);
            }
            return out;
        }
        // A list operand of Coalesce is written as its only operand.
        let name = names::name_of(names::NARY, &op).unwrap_or("Coalesce");
        json!({ "type": name, "operand": parts })
    }
}
