//! Queries and retrieves.

use super::{Parsed, Parser};
use crate::syntax::ast::{ExprId, ExprKind, Query, QueryResult, Relationship, Retrieve, RetrieveComparator, Sort, Source};
use crate::syntax::lexer::Kind;
use crate::syntax::words;

impl Parser<'_> {
    /// Does an alias stand here? (A word of the language is none, unless quoted.)
    pub(super) fn at_alias(&self) -> bool {
        let token = self.token();
        match token.kind {
            Kind::Quoted | Kind::Delimited => true,
            Kind::Word => !words::is_keyword(self.text_of(token)),
            _ => false,
        }
    }

    /// `from X a, Y b ...`.
    pub(super) fn multi_source_query(&mut self) -> Parsed<ExprId> {
        let start = self.token().start;
        self.at += 1;
        let mut sources = vec![self.aliased_source()?];
        while self.eat_mark(",") {
            sources.push(self.aliased_source()?);
        }
        self.query_clauses(sources, start)
    }

    /// The query whose only source was just read; the alias stands here.
    pub(super) fn query_after(&mut self, expression: ExprId) -> Parsed<ExprId> {
        let start = self.span_of(expression).start;
        let alias = self.name()?;
        self.query_clauses(vec![Source { expression, alias }], start)
    }

    fn aliased_source(&mut self) -> Parsed<Source> {
        let expression = self.query_source()?;
        let alias = self.name()?;
        Ok(Source { expression, alias })
    }

    /// Retrieve, parenthesized expression or (qualified) name; calls are accepted too.
    fn query_source(&mut self) -> Parsed<ExprId> {
        self.nested(Parser::postfix_without_query)
    }

    fn query_clauses(&mut self, sources: Vec<Source>, start: u32) -> Parsed<ExprId> {
        let mut query =
            Query { sources, lets: Vec::new(), relationships: Vec::new(), filter: None, result: QueryResult::None, sort: None };
        if self.eat_word("let") {
            loop {
                let name = self.name()?;
                self.expect_mark(":")?;
                query.lets.push((name, self.expression()?));
                if !self.eat_mark(",") {
                    break;
                }
            }
        }
        while matches!(self.word_at(0), "with" | "without") {
            query.relationships.push(self.relationship()?);
        }
        if self.eat_word("where") {
            query.filter = Some(self.expression()?);
        }
        if self.eat_word("aggregate") {
            query.result = self.aggregate()?;
        } else if self.eat_word("return") {
            let distinct = self.quantifier(true);
            query.result = QueryResult::Return { expression: self.expression()?, distinct };
        }
        if self.eat_word("sort") {
            query.sort = Some(self.sort()?);
        }
        let span = self.since(start);
        let children = query_children(&query);
        self.add(ExprKind::Query(Box::new(query)), span, &children)
    }

    /// `all` or `distinct`: true for distinct.
    fn quantifier(&mut self, default: bool) -> bool {
        if self.eat_word("all") {
            return false;
        }
        // `distinct` here belongs to the clause, not to the expression behind it.
        self.eat_word("distinct") || default
    }

    fn relationship(&mut self) -> Parsed<Relationship> {
        let with = self.word_at(0) == "with";
        self.at += 1;
        let source = self.aliased_source()?;
        if !self.eat_words(&["such", "that"]) {
            return Err(self.unexpected("`such that`"));
        }
        let such_that = self.expression()?;
        Ok(Relationship { with, source, such_that })
    }

    fn aggregate(&mut self) -> Parsed<QueryResult> {
        let distinct = self.quantifier(false);
        let name = self.name()?;
        let start = if self.eat_word("starting") { Some(self.term()?) } else { None };
        self.expect_mark(":")?;
        let expression = self.expression()?;
        Ok(QueryResult::Aggregate { name, start, expression, distinct })
    }

    fn sort(&mut self) -> Parsed<Sort> {
        if let Some(descending) = self.sort_direction() {
            return Ok(Sort::Direction { descending });
        }
        self.expect_word("by")?;
        let mut keys = Vec::new();
        loop {
            let key = self.term()?;
            keys.push((key, self.sort_direction().unwrap_or(false)));
            if !self.eat_mark(",") {
                return Ok(Sort::By(keys));
            }
        }
    }

    fn sort_direction(&mut self) -> Option<bool> {
        let descending = match self.word_at(0) {
            "asc" | "ascending" => false,
            "desc" | "descending" => true,
            _ => return None,
        };
        self.at += 1;
        Some(descending)
    }

    /// `[ctx -> Type: path in terminology]`.
    pub(super) fn retrieve(&mut self) -> Parsed<ExprId> {
        let start = self.token().start;
        self.at += 1;
        let context = self.retrieve_context()?;
        let ty = self.qualified_name()?;
        let mut retrieve = Retrieve { context, ty, path: None, comparator: None, terminology: None };
        if self.eat_mark(":") {
            self.retrieve_terminology(&mut retrieve)?;
        }
        self.expect_mark("]")?;
        let span = self.since(start);
        let children: Vec<ExprId> = retrieve.context.into_iter().chain(retrieve.terminology).collect();
        self.add(ExprKind::Retrieve(Box::new(retrieve)), span, &children)
    }

    fn retrieve_context(&mut self) -> Parsed<Option<ExprId>> {
        let mut n = 0;
        while self.ahead(n).kind != Kind::End && n < 12 {
            if self.is_mark_at(n, "->") {
                let context = self.postfix_without_query()?;
                self.expect_mark("->")?;
                return Ok(Some(context));
            }
            if self.is_mark_at(n, "]") || self.is_mark_at(n, ":") {
                break;
            }
            n += 1;
        }
        Ok(None)
    }

    fn retrieve_terminology(&mut self, retrieve: &mut Retrieve) -> Parsed<()> {
        // A path is a chain of names followed by a comparator.
        let mut n = 0;
        while matches!(self.ahead(n).kind, Kind::Word | Kind::Quoted | Kind::Delimited) && self.is_mark_at(n + 1, ".") {
            n += 2;
        }
        let comparator_follows = self.word_at(n + 1) == "in" || self.is_mark_at(n + 1, "=") || self.is_mark_at(n + 1, "~");
        let named = matches!(self.ahead(n).kind, Kind::Word | Kind::Quoted | Kind::Delimited);
        if named && comparator_follows {
            let mut path = vec![self.member_name()?];
            while self.eat_mark(".") {
                path.push(self.member_name()?);
            }
            retrieve.path = Some(path);
            retrieve.comparator = Some(match self.text_of(self.token()) {
                "in" => RetrieveComparator::In,
                "=" => RetrieveComparator::Equal,
                _ => RetrieveComparator::Equivalent,
            });
            self.at += 1;
        }
        retrieve.terminology = Some(self.expression()?);
        Ok(())
    }
}

fn query_children(query: &Query) -> Vec<ExprId> {
    let mut children: Vec<ExprId> = query.sources.iter().map(|s| s.expression).collect();
    children.extend(query.lets.iter().map(|(_, e)| *e));
    for relationship in &query.relationships {
        children.push(relationship.source.expression);
        children.push(relationship.such_that);
    }
    children.extend(query.filter);
    match &query.result {
        QueryResult::None => {}
        QueryResult::Return { expression, .. } => children.push(*expression),
        QueryResult::Aggregate { start, expression, .. } => {
            children.extend(*start);
            children.push(*expression);
        }
    }
    if let Some(Sort::By(keys)) = &query.sort {
        children.extend(keys.iter().map(|(e, _)| *e));
    }
    children
}
