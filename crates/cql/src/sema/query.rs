//! Queries.

use super::checker::{Checker, Failed, Typed};
use crate::ir::{Expr, LocalId, LocalKind, NodeId, Query, QueryResult, QuerySource, Relationship, Sort, SortKey, Type, UnaryOp};
use crate::syntax::DiagnosticCode;
use crate::syntax::ast::{self, ExprId, Name, Range};
use std::sync::Arc;

impl Checker<'_> {
    pub(super) fn query(&mut self, query: &ast::Query, range: Range) -> Typed {
        // Sources are checked before any alias is in scope, except that a later source may name an earlier alias.
        let mut sources = Vec::with_capacity(query.sources.len());
        for source in &query.sources {
            sources.push(self.source(source)?);
        }
        let singular = sources.iter().all(|s| !s.list);
        let lets = self.lets(&query.lets)?;
        let mut relationships = Vec::with_capacity(query.relationships.len());
        for relationship in &query.relationships {
            relationships.push(self.scoped(|checker| checker.relationship(relationship))?);
        }
        let filter = match query.filter {
            Some(filter) => {
                let node = self.expression(filter)?;
                Some(self.convert(node, &Type::BOOLEAN, range, "the condition of `where`")?)
            }
            None => None,
        };
        let (result, element) = self.result(query, &sources, range)?;
        let is_aggregate = matches!(result, QueryResult::Aggregate { .. });
        let sort = match &query.sort {
            Some(sort) => Some(self.sort(sort, &element, range)?),
            None => None,
        };
        let ty = if singular || is_aggregate { element } else { Type::list(element) };
        let expr = Expr::Query(Box::new(Query {
            sources: sources.into(),
            lets: lets.into(),
            relationships: relationships.into(),
            filter,
            result,
            sort,
            singular,
        }));
        Ok(self.node(expr, ty, range))
    }

    fn source(&mut self, source: &ast::Source) -> Typed<QuerySource> {
        let mut expression = self.expression(source.expression)?;
        let mut ty = self.type_of(expression);
        if ty == Type::VALUE_SET {
            expression = self.convert(expression, &Type::list(Type::CODE), source.alias.span, "the source")?;
            ty = self.type_of(expression);
        }
        // A choice of which one alternative is a list is iterated as that list.
        if let Type::Choice(alternatives) = &ty
            && let Some(list) = alternatives.iter().find(|a| a.element().is_some())
        {
            let list = list.clone();
            expression = self.convert(expression, &list, source.alias.span, "the source")?;
            ty = list;
        }
        let (element, list) = match ty.element() {
            Some(element) => (element.clone(), true),
            None => (ty, false),
        };
        let local = self.alias(&source.alias, LocalKind::Alias, element);
        Ok(QuerySource { local, expression, list })
    }

    fn alias(&mut self, name: &Name, kind: LocalKind, ty: Type) -> LocalId {
        let local = self.local(&name.text, kind, ty);
        self.bind(&name.text, local, false);
        local
    }

    fn lets(&mut self, lets: &[(Name, ExprId)]) -> Typed<Vec<(LocalId, NodeId)>> {
        let mut checked = Vec::with_capacity(lets.len());
        for (name, value) in lets {
            let node = self.expression(*value)?;
            let ty = self.type_of(node);
            let local = self.alias(name, LocalKind::Let, ty);
            checked.push((local, node));
        }
        Ok(checked)
    }

    fn relationship(&mut self, relationship: &ast::Relationship) -> Typed<Relationship> {
        let source = self.source(&relationship.source)?;
        let node = self.expression(relationship.such_that)?;
        let span = self.ast().expr(relationship.such_that).span;
        let such_that = self.convert(node, &Type::BOOLEAN, span, "the condition of `such that`")?;
        Ok(Relationship { with: relationship.with, source, such_that: Some(such_that) })
    }

    /// The result clause and the type of one result (of the accumulator, for `aggregate`).
    fn result(&mut self, query: &ast::Query, sources: &[QuerySource], range: Range) -> Typed<(QueryResult, Type)> {
        match &query.result {
            ast::QueryResult::Return { expression, distinct } => {
                let node = self.expression(*expression)?;
                let ty = self.type_of(node);
                let result = QueryResult::Return { expression: node, distinct: *distinct };
                Ok((result, ty))
            }
            ast::QueryResult::Aggregate { name, start, expression, distinct } => {
                self.aggregate(name, *start, *expression, *distinct, range)
            }
            ast::QueryResult::None => match sources {
                [only] => {
                    let ty = self.frame.locals[only.local.index()].ty.clone();
                    Ok((QueryResult::Element, ty))
                }
                several => {
                    let span = self.span(range);
                    let mut elements: Vec<(Arc<str>, NodeId)> = Vec::with_capacity(several.len());
                    let mut types = Vec::with_capacity(several.len());
                    for source in several {
                        let name = self.frame.locals[source.local.index()].name.clone();
                        let node = self.local_ref(source.local, span);
                        types.push((name.clone(), self.type_of(node)));
                        elements.push((name, node));
                    }
                    let ty = Type::tuple(types);
                    let expression = self.node(Expr::Tuple(elements.into()), ty.clone(), range);
                    let result = QueryResult::Return { expression, distinct: true };
                    Ok((result, ty))
                }
            },
        }
    }

    fn aggregate(
        &mut self,
        name: &Name,
        start: Option<ExprId>,
        expression: ExprId,
        distinct: bool,
        range: Range,
    ) -> Typed<(QueryResult, Type)> {
        let start = match start {
            Some(start) => self.expression(start)?,
            None => self.node(Expr::Null, Type::ANY, range),
        };
        let start_type = self.type_of(start);
        let depth = self.frame.scope.len();
        let local = self.alias(name, LocalKind::Accumulator, start_type.clone());
        let mut node = self.expression(expression)?;
        let mut ty = self.type_of(node);
        if ty != start_type {
            // The accumulator has the type of what is accumulated; the body is checked once more with it.
            let merged = super::types::common_or_choice(&self.models, &[start_type, ty.clone()]);
            self.frame.locals[local.index()].ty = merged.clone();
            node = self.expression(expression)?;
            node = self.convert(node, &merged, range, "what is accumulated")?;
            ty = merged;
        }
        self.frame.scope.truncate(depth);
        let start = self.convert(start, &ty, range, "the starting value")?;
        let result = QueryResult::Aggregate { local, start, expression: node, distinct };
        Ok((result, ty))
    }

    fn sort(&mut self, sort: &ast::Sort, element: &Type, range: Range) -> Typed<Sort> {
        let local = self.local("$this", LocalKind::This, element.clone());
        let span = self.span(range);
        let keys = match sort {
            ast::Sort::Direction { descending } => {
                let this = self.local_ref(local, span);
                let expression = self.sort_key(this, range)?;
                vec![SortKey { expression, descending: *descending }]
            }
            ast::Sort::By(keys) => {
                // Only the element is in scope in a sort key.
                let outer = std::mem::take(&mut self.frame.scope);
                let keep: Vec<_> =
                    outer.iter().filter(|b| self.frame.locals[b.local.index()].kind == LocalKind::Operand).cloned().collect();
                self.frame.scope = keep;
                self.bind("$this", local, true);
                let checked: Vec<Typed<SortKey>> = keys
                    .iter()
                    .map(|(key, descending)| {
                        let node = self.expression(*key)?;
                        let span = self.ast().expr(*key).span;
                        Ok(SortKey { expression: self.sort_key(node, span)?, descending: *descending })
                    })
                    .collect();
                self.frame.scope = outer;
                checked.into_iter().collect::<Typed<Vec<SortKey>>>()?
            }
        };
        Ok(Sort { local, keys: keys.into() })
    }

    /// A sort key must have an order; classes around System values are unwrapped.
    fn sort_key(&mut self, node: NodeId, range: Range) -> Typed {
        let ty = self.type_of(node);
        if let Some((_, system)) = super::types::model_conversion(&self.models, &ty) {
            return self.convert(node, &system, range, "a sort key");
        }
        if let Type::List(of) = &ty {
            let of = of.clone();
            if self.options.list_demotion {
                let expr = Expr::Unary { op: UnaryOp::SingletonFrom, operand: node };
                let node = self.node(expr, (*of).clone(), range);
                return self.sort_key(node, range);
            }
            self.fault(DiagnosticCode::TypeMismatch, range, format!("values of type {ty} have no order to sort by"));
            return Err(Failed);
        }
        Ok(node)
    }
}
