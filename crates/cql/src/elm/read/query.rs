//! Queries and retrieves of ELM.

use super::{Read, Reader, text, typing};
use crate::ir::{
    Access, CodeComparator, CodeFilter, Context, DateFilter, Expr, LocalId, LocalKind, NodeId, Query, QueryResult, QuerySource,
    Relationship, Retrieve, Sort, SortKey, Type,
};
use crate::model;
use json::Value;
use std::sync::Arc;

fn items<'d>(value: &Value<'d>, name: &str) -> Vec<Value<'d>> {
    value.get(name).map(|v| v.items().collect()).unwrap_or_default()
}

impl<'d> Reader<'d> {
    pub(super) fn query(&mut self, value: Value<'d>) -> Read {
        let depth = self.scope.len();
        let result = self.query_in_scope(value);
        self.scope.truncate(depth);
        result
    }

    fn query_in_scope(&mut self, value: Value<'d>) -> Read {
        let mut sources = Vec::new();
        for source in items(&value, "source") {
            sources.push(self.source(source)?);
        }
        let singular = sources.iter().all(|s| !s.list);
        let mut lets = Vec::new();
        for clause in items(&value, "let") {
            let node = self.field(clause, "expression")?;
            let ty = self.type_of(node);
            let name = text(&clause, "identifier").unwrap_or_default();
            lets.push((self.local(&name, LocalKind::Let, ty), node));
        }
        let mut relationships = Vec::new();
        for clause in items(&value, "relationship") {
            let depth = self.scope.len();
            let source = self.source(clause)?;
            let such_that = clause.get("suchThat").map(|s| self.expression(s)).transpose()?;
            self.scope.truncate(depth);
            relationships.push(Relationship { with: text(&clause, "type").as_deref() != Some("Without"), source, such_that });
        }
        let filter = value.get("where").map(|w| self.expression(w)).transpose()?;
        let (result, element) = self.result(value, &sources)?;
        let is_aggregate = matches!(result, QueryResult::Aggregate { .. });
        let sort = value.get("sort").map(|s| self.sort(s, &element)).transpose()?;
        let ty = if singular || is_aggregate { element } else { Type::list(element) };
        let query = Query {
            sources: sources.into(),
            lets: lets.into(),
            relationships: relationships.into(),
            filter,
            result,
            sort,
            singular,
        };
        Ok(self.node(Expr::Query(Box::new(query)), ty))
    }

    fn source(&mut self, value: Value<'d>) -> Read<QuerySource> {
        let expression = self.field(value, "expression")?;
        let ty = self.type_of(expression);
        let (element, list) = match ty.element() {
            Some(element) => (element.clone(), true),
            None => (ty, false),
        };
        let name = text(&value, "alias").unwrap_or_default();
        Ok(QuerySource { local: self.local(&name, LocalKind::Alias, element), expression, list })
    }

    fn result(&mut self, value: Value<'d>, sources: &[QuerySource]) -> Read<(QueryResult, Type)> {
        if let Some(clause) = value.get("return") {
            let expression = self.field(clause, "expression")?;
            let ty = self.type_of(expression);
            let distinct = clause.get("distinct").and_then(|d| d.as_bool()).unwrap_or(true);
            return Ok((QueryResult::Return { expression, distinct }, ty));
        }
        if let Some(clause) = value.get("aggregate") {
            let start = match clause.get("starting") {
                Some(start) => self.expression(start)?,
                None => self.node(Expr::Null, Type::ANY),
            };
            let ty = self.type_of(start);
            let name = text(&clause, "identifier").unwrap_or_default();
            let local = self.local(&name, LocalKind::Accumulator, ty);
            let expression = self.field(clause, "expression")?;
            let ty = self.type_of(expression);
            let result = QueryResult::Aggregate {
                local,
                start,
                expression,
                distinct: clause.get("distinct").and_then(|d| d.as_bool()).unwrap_or(false),
            };
            return Ok((result, ty));
        }
        if let [only] = sources {
            return Ok((QueryResult::Element, self.locals[only.local.index()].ty.clone()));
        }
        let mut elements: Vec<(Arc<str>, NodeId)> = Vec::new();
        let mut types = Vec::new();
        for source in sources {
            let name = self.locals[source.local.index()].name.clone();
            let node = self.local_ref(source.local);
            types.push((name.clone(), self.type_of(node)));
            elements.push((name, node));
        }
        let ty = Type::tuple(types);
        let expression = self.node(Expr::Tuple(elements.into()), ty.clone());
        let result = QueryResult::Return { expression, distinct: true };
        Ok((result, ty))
    }

    fn sort(&mut self, value: Value<'d>, element: &Type) -> Read<Sort> {
        let depth = self.scope.len();
        let local = self.local("$this", LocalKind::This, element.clone());
        let mut keys = Vec::new();
        for item in items(&value, "by") {
            let expression = match text(&item, "type").as_deref() {
                Some("ByColumn") => {
                    let mut node = self.local_ref(local);
                    for step in text(&item, "path").unwrap_or_default().split('.') {
                        node = self.element(node, step);
                    }
                    node
                }
                Some("ByExpression") => self.field(item, "expression")?,
                _ => self.local_ref(local),
            };
            let descending = matches!(text(&item, "direction").as_deref(), Some("desc" | "descending"));
            keys.push(SortKey { expression, descending });
        }
        self.scope.truncate(depth);
        Ok(Sort { local, keys: keys.into() })
    }

    /// Reads something looked at through an alias of its own.
    pub(super) fn iteration(&mut self, value: Value<'d>, body: &str) -> Read<(NodeId, LocalId, NodeId)> {
        let source = self.field(value, "source")?;
        let ty = self.type_of(source);
        let element = ty.element().cloned().unwrap_or(ty);
        let depth = self.scope.len();
        let name = text(&value, "scope").unwrap_or_else(|| "$this".to_owned());
        let local = self.local(&name, LocalKind::This, element);
        let node = self.field(value, body);
        self.scope.truncate(depth);
        Ok((source, local, node?))
    }

    pub(super) fn retrieve(&mut self, value: Value<'d>) -> Read {
        let ty = text(&value, "dataType").map_or(Type::ANY, |n| typing::named(&n));
        let Type::Class { name, .. } = &ty else {
            return Err(self.fault(value, "this engine retrieves FHIR resources only"));
        };
        let resource = name.clone();
        let codes = match value.get("codes") {
            Some(codes) => Some(self.code_filter(value, codes, &resource)?),
            None => None,
        };
        let dates = match (value.get("dateRange"), text(&value, "dateProperty")) {
            (Some(range), Some(path)) => {
                let range = self.expression(range)?;
                Some(DateFilter { access: access_of(&resource, &path), path: path.into(), range })
            }
            _ => None,
        };
        let context = value.get("context").map(|c| self.expression(c)).transpose()?;
        let profile = text(&value, "templateId").map(Arc::<str>::from);
        let base = format!("{}/StructureDefinition/{resource}", super::names::FHIR);
        let expr = Expr::Retrieve(Box::new(Retrieve {
            resource,
            profile: profile.filter(|p| **p != *base),
            codes,
            dates,
            context,
            scope: Context::Patient,
            fixed: Vec::new(),
        }));
        Ok(self.node(expr, Type::list(ty.clone())))
    }

    fn code_filter(&mut self, value: Value<'d>, codes: Value<'d>, resource: &str) -> Read<CodeFilter> {
        let path = text(&value, "codeProperty");
        let path = path.or_else(|| model::fhir().class(resource).and_then(|c| c.code_path.as_deref()).map(str::to_owned));
        let Some(path) = path else {
            return Err(self.missing(value, "codeProperty"));
        };
        let mut comparator = match text(&value, "codeComparator").as_deref() {
            Some("~") => CodeComparator::Equivalent,
            Some("=") => CodeComparator::Equal,
            _ => CodeComparator::In,
        };
        let is_set = text(&codes, "type").as_deref() == Some("ValueSetRef");
        let codes = if is_set { self.reference("ValueSetRef", codes)? } else { self.expression(codes)? };
        // `~` with a list of one code is membership in it.
        if self.type_of(codes).element().is_some() {
            comparator = CodeComparator::In;
        }
        Ok(CodeFilter { access: access_of(resource, &path), path: path.into(), comparator, codes })
    }
}

fn access_of(resource: &str, path: &str) -> Access {
    match model::fhir().element(resource, path.trim_end_matches("[x]")) {
        Some(element) => crate::sema::without_references(crate::sema::access(element)),
        None => Access::Dynamic(path.into()),
    }
}
