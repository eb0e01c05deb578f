//! Queries and retrieves as ELM.

use super::{Writer, insert, names, types};
use crate::ir::{Access, CodeComparator, Expr, LocalId, LocalKind, NodeId, Query, QueryResult, QuerySource, Retrieve, Type};
use serde_json::{Value, json};

impl Writer<'_> {
    /// The name a slot gets: its own, or a made one for slots that conversions have made (they must not hide a name of the source).
    pub(super) fn local_name(&self, local: LocalId) -> String {
        let slot = &self.locals[local.index()];
        match slot.kind {
            LocalKind::This if &*slot.name != "$this" => format!("X{}", local.0),
            LocalKind::This => format!("this{}", local.0),
            _ => slot.name.to_string(),
        }
    }

    pub(super) fn local(&self, local: LocalId) -> Value {
        let name = self.local_name(local);
        let kind = match self.locals[local.index()].kind {
            LocalKind::Operand => "OperandRef",
            LocalKind::Let | LocalKind::Accumulator => "QueryLetRef",
            LocalKind::Alias | LocalKind::This | LocalKind::Index => "AliasRef",
        };
        json!({ "type": kind, "name": name })
    }

    fn source(&mut self, source: &QuerySource) -> Value {
        let expression = self.expression(source.expression);
        json!({ "alias": self.local_name(source.local), "expression": expression })
    }

    pub(super) fn query(&mut self, query: &Query) -> Value {
        let sources: Vec<Value> = query.sources.iter().map(|s| self.source(s)).collect();
        let mut out = json!({ "type": "Query", "source": sources });
        let mut lets = Vec::new();
        for (local, node) in &query.lets {
            let expression = self.expression(*node);
            lets.push(json!({ "identifier": self.local_name(*local), "expression": expression }));
        }
        if !lets.is_empty() {
            insert(&mut out, "let", json!(lets));
        }
        let mut relationships = Vec::new();
        for relationship in &query.relationships {
            let mut one = self.source(&relationship.source);
            insert(&mut one, "type", json!(if relationship.with { "With" } else { "Without" }));
            let such_that = match relationship.such_that {
                Some(node) => self.expression(node),
                None => super::literal::simple("Boolean", true),
            };
            insert(&mut one, "suchThat", such_that);
            relationships.push(one);
        }
        insert(&mut out, "relationship", json!(relationships));
        if let Some(filter) = query.filter {
            let filter = self.expression(filter);
            insert(&mut out, "where", filter);
        }
        match &query.result {
            QueryResult::Element => {}
            QueryResult::Return { expression, distinct } => {
                let expression = self.expression(*expression);
                insert(&mut out, "return", json!({ "distinct": distinct, "expression": expression }));
            }
            QueryResult::Aggregate { local, start, expression, distinct } => {
                let start = self.expression(*start);
                let expression = self.expression(*expression);
                let clause = json!({
                    "identifier": self.local_name(*local),
                    "distinct": distinct,
                    "starting": start,
                    "expression": expression,
                });
                insert(&mut out, "aggregate", clause);
            }
        }
        if let Some(sort) = &query.sort {
            let by: Vec<Value> = sort
                .keys
                .iter()
                .map(|key| {
                    let direction = if key.descending { "desc" } else { "asc" };
                    match self.expr(key.expression) {
                        Expr::Local(local) if *local == sort.local => {
                            json!({ "type": "ByDirection", "direction": direction })
                        }
                        _ => {
                            let expression = self.sort_key(key.expression, sort.local);
                            json!({ "type": "ByExpression", "direction": direction, "expression": expression })
                        }
                    }
                })
                .collect();
            insert(&mut out, "sort", json!({ "by": by }));
        }
        out
    }

    /// A sort key names the element as `$this`.
    fn sort_key(&mut self, node: NodeId, this: LocalId) -> Value {
        let mut key = self.expression(node);
        rename(&mut key, &self.local_name(this), "$this");
        key
    }

    /// A list turned element by element: a query that returns all.
    pub(super) fn for_each(&mut self, source: NodeId, local: LocalId, element: NodeId) -> Value {
        let source = self.expression(source);
        let element = self.expression(element);
        json!({
            "type": "Query",
            "source": [{ "alias": self.local_name(local), "expression": source }],
            "relationship": [],
            "return": { "distinct": false, "expression": element },
        })
    }

    pub(super) fn retrieve(&mut self, retrieve: &Retrieve, ty: &Type) -> Value {
        let data_type = types::qualified(&Type::class("FHIR", &retrieve.resource));
        let template = match &retrieve.profile {
            Some(profile) => profile.to_string(),
            None => format!("{}/StructureDefinition/{}", names::FHIR, retrieve.resource),
        };
        let _ = ty;
        let mut out = json!({ "type": "Retrieve", "dataType": data_type, "templateId": template });
        if let Some(filter) = &retrieve.codes {
            let comparator = match filter.comparator {
                CodeComparator::In => "in",
                CodeComparator::Equivalent => "~",
                CodeComparator::Equal => "=",
            };
            let mut codes = self.expression(filter.codes);
            match self.plan.type_of(filter.codes) {
                t if *t == Type::CODE || *t == Type::STRING => {
                    codes = json!({ "type": "ToList", "operand": codes });
                }
                t if *t == Type::CONCEPT => codes = json!({ "type": "Property", "path": "codes", "source": codes }),
                _ => {}
            }
            insert(&mut out, "codeProperty", json!(&*filter.path));
            insert(&mut out, "codeComparator", json!(comparator));
            insert(&mut out, "codes", codes);
        }
        if let Some(context) = retrieve.context {
            let context = self.expression(context);
            insert(&mut out, "context", context);
        }
        // What a profile fixes becomes a condition around the retrieve.
        for (i, (access, allowed)) in retrieve.fixed.iter().enumerate() {
            let Access::Model { name, .. } = access else { continue };
            let alias = format!("F{i}");
            let value = json!({ "type": "Property", "path": "value", "source": {
                "type": "Property", "path": &**name, "source": { "type": "AliasRef", "name": alias } } });
            let text = json!({ "type": "ToString", "operand": value });
            let items: Vec<Value> = allowed.iter().map(|a| super::literal::simple("String", a)).collect();
            let filter = json!({ "type": "In", "operand": [text, { "type": "List", "element": items }] });
            out = json!({ "type": "Query", "source": [{ "alias": alias, "expression": out }], "relationship": [], "where": filter });
        }
        out
    }
}

/// Renames an alias throughout an expression.
fn rename(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::Object(map) => {
            if map.get("type").and_then(Value::as_str) == Some("AliasRef")
                && map.get("name").and_then(Value::as_str) == Some(from)
            {
                map.insert("name".to_owned(), json!(to));
            }
            map.values_mut().for_each(|v| rename(v, from, to));
        }
        Value::Array(items) => items.iter_mut().for_each(|v| rename(v, from, to)),
        _ => {}
    }
}
