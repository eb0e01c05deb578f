//! Terms: literals, selectors, names, calls, and the prefix phrases that bind tighter than arithmetic.

use super::expressions::power;
use super::{Parsed, Parser};
use crate::ir::Literal;
use crate::syntax::ast::{Component, ConvertTarget, ExprId, ExprKind, Name, Per, Prefix};
use crate::syntax::lexer::Kind;
use crate::syntax::words;

impl Parser<'_> {
    /// A term with its prefixes.
    pub(super) fn unary(&mut self) -> Parsed<ExprId> {
        let start = self.token().start;
        if self.is_mark("-") || self.is_mark("+") {
            return self.polarity(start);
        }
        let next = self.word_at(1);
        let phrase = match (self.word_at(0), next) {
            ("start", "of") => Some((2, Prefix::StartOf)),
            ("end", "of") => Some((2, Prefix::EndOf)),
            ("width", "of") => Some((2, Prefix::WidthOf)),
            ("successor", "of") => Some((2, Prefix::SuccessorOf)),
            ("predecessor", "of") => Some((2, Prefix::PredecessorOf)),
            ("singleton", "from") => Some((2, Prefix::SingletonFrom)),
            ("point", "from") => Some((2, Prefix::PointFrom)),
            _ => None,
        };
        if let Some((length, op)) = phrase {
            self.at += length;
            let operand = self.climb(power::UNARY)?;
            let span = self.since(start);
            return self.add(ExprKind::Prefix { op, operand }, span, &[operand]);
        }
        match self.word_at(0) {
            "distinct" => self.aggregate_prefix(Prefix::Distinct, start),
            "flatten" => self.aggregate_prefix(Prefix::Flatten, start),
            "expand" => self.set_aggregate(true, start),
            "collapse" => self.set_aggregate(false, start),
            "if" => self.if_then_else(start),
            "case" => self.case(start),
            "convert" => self.convert(start),
            "duration" | "difference" if next == "in" => self.span_of_term(start),
            "minimum" | "maximum" if matches!(self.ahead(1).kind, Kind::Word | Kind::Quoted | Kind::Delimited) => {
                self.extent(start)
            }
            word if next == "from" => match component(word) {
                Some(component) => {
                    self.at += 2;
                    let operand = self.climb(power::UNARY)?;
                    let span = self.since(start);
                    self.add(ExprKind::ComponentFrom { component, operand }, span, &[operand])
                }
                None => self.postfix(),
            },
            _ => self.postfix(),
        }
    }

    fn polarity(&mut self, start: u32) -> Parsed<ExprId> {
        let negative = self.is_mark("-");
        let number = self.ahead(1);
        self.at += 1;
        let touches = number.start == start + 1;
        // The smallest Integer and Long can only be written with their sign.
        let smallest = matches!(self.text_of(number), "2147483648" | "9223372036854775808L");
        if negative && touches && smallest && matches!(number.kind, Kind::Number | Kind::Long) {
            return self.number(true);
        }
        let op = if negative { Prefix::Negate } else { Prefix::Plus };
        let operand = self.climb(power::UNARY)?;
        let span = self.since(start);
        self.add(ExprKind::Prefix { op, operand }, span, &[operand])
    }

    /// `distinct` and `flatten` take a whole expression.
    fn aggregate_prefix(&mut self, op: Prefix, start: u32) -> Parsed<ExprId> {
        self.at += 1;
        let operand = self.expression()?;
        let span = self.since(start);
        self.add(ExprKind::Prefix { op, operand }, span, &[operand])
    }

    fn set_aggregate(&mut self, expand: bool, start: u32) -> Parsed<ExprId> {
        self.at += 1;
        let operand = self.expression()?;
        let mut children = vec![operand];
        let mut per = None;
        if self.eat_word("per") {
            per = Some(match words::precision(self.word_at(0)) {
                Some(precision) => {
                    self.at += 1;
                    Per::Precision(precision)
                }
                None => {
                    let step = self.expression()?;
                    children.push(step);
                    Per::Expression(step)
                }
            });
        }
        let span = self.since(start);
        self.add(ExprKind::SetAggregate { expand, operand, per }, span, &children)
    }

    fn if_then_else(&mut self, start: u32) -> Parsed<ExprId> {
        self.at += 1;
        let condition = self.expression()?;
        self.expect_word("then")?;
        let then = self.expression()?;
        self.expect_word("else")?;
        let otherwise = self.expression()?;
        let span = self.since(start);
        let kind = ExprKind::If { condition, then, otherwise };
        self.add(kind, span, &[condition, then, otherwise])
    }

    fn case(&mut self, start: u32) -> Parsed<ExprId> {
        self.at += 1;
        let comparand = if self.is_word("when") { None } else { Some(self.expression()?) };
        let mut children: Vec<ExprId> = comparand.into_iter().collect();
        let mut items = Vec::new();
        while self.eat_word("when") {
            let when = self.expression()?;
            self.expect_word("then")?;
            let then = self.expression()?;
            children.extend([when, then]);
            items.push((when, then));
        }
        if items.is_empty() {
            return Err(self.unexpected("`when`"));
        }
        self.expect_word("else")?;
        let otherwise = self.expression()?;
        children.push(otherwise);
        self.expect_word("end")?;
        let span = self.since(start);
        let kind = ExprKind::Case { comparand, items, otherwise };
        self.add(kind, span, &children)
    }

    fn convert(&mut self, start: u32) -> Parsed<ExprId> {
        self.at += 1;
        let operand = self.expression()?;
        self.expect_word("to")?;
        let token = self.token();
        let to = if token.kind == Kind::Text {
            ConvertTarget::Unit(self.string()?)
        } else if words::any_precision(self.word_at(0)).is_some() {
            self.at += 1;
            ConvertTarget::Unit(self.text_of(token).into())
        } else {
            ConvertTarget::Type(self.type_spec()?)
        };
        let span = self.since(start);
        self.add(ExprKind::Convert { operand, to }, span, &[operand])
    }

    /// `duration in days of x`, `difference in days of x`.
    fn span_of_term(&mut self, start: u32) -> Parsed<ExprId> {
        let difference = self.word_at(0) == "difference";
        self.at += 2;
        let Some(precision) = words::plural_precision(self.word_at(0)) else {
            return Err(self.unexpected("`years`, `months`, `weeks`, `days`, `hours`, ..."));
        };
        self.at += 1;
        if self.eat_word("between") {
            // The `between` form where the grammar asks for a term: accepted, it cannot mean anything else.
            let left = self.term()?;
            self.expect_word("and")?;
            let right = self.term()?;
            let span = self.since(start);
            let kind = ExprKind::Span { difference, precision, left, right };
            return self.add(kind, span, &[left, right]);
        }
        self.expect_word("of")?;
        let operand = self.climb(power::UNARY)?;
        let span = self.since(start);
        let kind = ExprKind::SpanOf { difference, precision, operand };
        self.add(kind, span, &[operand])
    }

    fn extent(&mut self, start: u32) -> Parsed<ExprId> {
        let minimum = self.word_at(0) == "minimum";
        self.at += 1;
        let ty = self.qualified_name()?;
        let span = self.since(start);
        self.add(ExprKind::Extent { minimum, ty }, span, &[])
    }

    // --- postfix ------------------------------------------------------------------------------------------------------------------------------------------

    /// A term with `.member`, `.method()` and `[index]`, and the query it may begin.
    fn postfix(&mut self) -> Parsed<ExprId> {
        if self.is_word("from") {
            return self.multi_source_query();
        }
        let term = self.postfix_without_query()?;
        if self.at_alias() {
            return self.query_after(term);
        }
        Ok(term)
    }

    pub(super) fn postfix_without_query(&mut self) -> Parsed<ExprId> {
        let mut term = self.primary()?;
        loop {
            let start = self.span_of(term).start;
            if self.eat_mark(".") {
                if self.ahead(0).kind == Kind::Dollar {
                    return Err(self.unexpected("a name"));
                }
                let name = self.member_name()?;
                if self.is_mark("(") {
                    let arguments = self.arguments()?;
                    let span = self.since(start);
                    let mut children = arguments.clone();
                    children.push(term);
                    let kind = ExprKind::Method { source: term, name, arguments };
                    term = self.add(kind, span, &children)?;
                } else {
                    let span = self.since(start);
                    term = self.add(ExprKind::Member { source: term, name }, span, &[term])?;
                }
            } else if self.is_mark("[") {
                self.at += 1;
                let index = self.expression()?;
                self.expect_mark("]")?;
                let span = self.since(start);
                term = self.add(ExprKind::Index { source: term, index }, span, &[term, index])?;
            } else {
                return Ok(term);
            }
        }
    }

    fn arguments(&mut self) -> Parsed<Vec<ExprId>> {
        self.expect_mark("(")?;
        let mut arguments = Vec::new();
        while !self.eat_mark(")") {
            arguments.push(self.expression()?);
            if !self.eat_mark(",") {
                self.expect_mark(")")?;
                break;
            }
        }
        Ok(arguments)
    }

    fn primary(&mut self) -> Parsed<ExprId> {
        let token = self.token();
        let start = token.start;
        match token.kind {
            Kind::Number | Kind::Long => self.number(false),
            Kind::Temporal => self.temporal(),
            Kind::Text => {
                self.at += 1;
                let text = self.unquote(token);
                let span = self.since(start);
                self.add(ExprKind::Literal(Literal::String(text.into())), span, &[])
            }
            Kind::Dollar => {
                self.at += 1;
                let name = &self.text_of(token)[1..];
                let span = self.since(start);
                self.add(ExprKind::Dollar(name.into()), span, &[])
            }
            Kind::Mark => self.marked(start),
            Kind::Word => self.worded(start),
            Kind::Quoted | Kind::Delimited => self.named(start),
            Kind::End => Err(self.unexpected("an expression")),
        }
    }

    fn marked(&mut self, start: u32) -> Parsed<ExprId> {
        match self.text_of(self.token()) {
            "(" => {
                self.at += 1;
                let inner = self.expression()?;
                self.expect_mark(")")?;
                // The parentheses belong to the span, so that a trace shows what was written.
                let span = self.since(start);
                self.library.expressions[inner.0 as usize].span = span;
                Ok(inner)
            }
            "[" => self.retrieve(),
            "{" => self.braces(start),
            "%" => {
                self.at += 1;
                let name = if self.token().kind == Kind::Text { self.string()? } else { self.member_name()?.text };
                let span = self.since(start);
                self.add(ExprKind::External(name), span, &[])
            }
            _ => Err(self.unexpected("an expression")),
        }
    }

    /// `{1, 2}` or `{a: 1}`.
    fn braces(&mut self, start: u32) -> Parsed<ExprId> {
        let named = matches!(self.ahead(1).kind, Kind::Word | Kind::Quoted | Kind::Delimited);
        if (named && self.is_mark_at(2, ":")) || (self.is_mark_at(1, ":") && self.is_mark_at(2, "}")) {
            return self.tuple(start);
        }
        self.list(None, start)
    }

    fn list(&mut self, element: Option<crate::syntax::ast::TypeSpec>, start: u32) -> Parsed<ExprId> {
        self.expect_mark("{")?;
        let mut items = Vec::new();
        while !self.eat_mark("}") {
            items.push(self.expression()?);
            if !self.eat_mark(",") {
                self.expect_mark("}")?;
                break;
            }
        }
        let span = self.since(start);
        let children = items.clone();
        self.add(ExprKind::List { element, items }, span, &children)
    }

    fn tuple(&mut self, start: u32) -> Parsed<ExprId> {
        let elements = self.elements()?;
        let children: Vec<ExprId> = elements.iter().map(|(_, e)| *e).collect();
        let span = self.since(start);
        self.add(ExprKind::Tuple(elements), span, &children)
    }

    /// `{ a: 1, b: 2 }` or `{ : }`.
    fn elements(&mut self) -> Parsed<Vec<(Name, ExprId)>> {
        self.expect_mark("{")?;
        let mut elements = Vec::new();
        if self.eat_mark(":") {
            self.expect_mark("}")?;
            return Ok(elements);
        }
        loop {
            let name = self.member_name()?;
            self.expect_mark(":")?;
            elements.push((name, self.expression()?));
            if !self.eat_mark(",") {
                break;
            }
        }
        self.expect_mark("}")?;
        Ok(elements)
    }

    fn worded(&mut self, start: u32) -> Parsed<ExprId> {
        let next_mark = if self.ahead(1).kind == Kind::Mark { self.text_of(self.ahead(1)) } else { "" };
        let word = self.word_at(0);
        let constant = match word {
            "null" => Some(ExprKind::Null),
            "true" => Some(ExprKind::Literal(Literal::Boolean(true))),
            "false" => Some(ExprKind::Literal(Literal::Boolean(false))),
            _ => None,
        };
        if let Some(kind) = constant {
            self.at += 1;
            let span = self.since(start);
            return self.add(kind, span, &[]);
        }
        match (word, next_mark) {
            ("Interval", "[" | "(") => self.interval(start),
            ("Tuple", "{") => {
                self.at += 1;
                self.tuple(start)
            }
            ("List", "{") => {
                self.at += 1;
                self.list(None, start)
            }
            ("List", "<") => {
                self.at += 2;
                let element = self.type_spec()?;
                self.expect_mark(">")?;
                self.list(Some(element), start)
            }
            ("Code", "") if self.ahead(1).kind == Kind::Text => self.code_selector(start),
            ("Concept", "{") if self.word_at(2) == "Code" && self.ahead(3).kind == Kind::Text => self.concept_selector(start),
            _ => self.named(start),
        }
    }

    fn interval(&mut self, start: u32) -> Parsed<ExprId> {
        self.at += 1;
        let low_closed = self.is_mark("[");
        self.at += 1;
        let low = self.expression()?;
        self.expect_mark(",")?;
        let high = self.expression()?;
        let high_closed = self.is_mark("]");
        if !high_closed && !self.is_mark(")") {
            return Err(self.unexpected("`]` or `)`"));
        }
        self.at += 1;
        let span = self.since(start);
        let kind = ExprKind::Interval { low, high, low_closed, high_closed };
        self.add(kind, span, &[low, high])
    }

    fn code_selector(&mut self, start: u32) -> Parsed<ExprId> {
        self.at += 1;
        let code = self.string()?;
        self.expect_word("from")?;
        let system = self.qualified_name()?;
        let display = self.display()?;
        let span = self.since(start);
        self.add(ExprKind::Code { code, system, display }, span, &[])
    }

    fn concept_selector(&mut self, start: u32) -> Parsed<ExprId> {
        self.at += 2;
        let mut codes = Vec::new();
        loop {
            let at = self.token().start;
            if !(self.is_word("Code") && self.ahead(1).kind == Kind::Text) {
                return Err(self.unexpected("`Code '...' from ...`"));
            }
            codes.push(self.code_selector(at)?);
            if !self.eat_mark(",") {
                break;
            }
        }
        self.expect_mark("}")?;
        let display = self.display()?;
        let span = self.since(start);
        let children = codes.clone();
        self.add(ExprKind::Concept { codes, display }, span, &children)
    }

    /// A name, a call or an instance selector.
    fn named(&mut self, start: u32) -> Parsed<ExprId> {
        if let Some(length) = self.instance_ahead() {
            let ty = self.qualified_name()?;
            debug_assert!(ty.parts.len() * 2 - 1 == length);
            let elements = self.elements()?;
            let children: Vec<ExprId> = elements.iter().map(|(_, e)| *e).collect();
            let span = self.since(start);
            return self.add(ExprKind::Instance { ty, elements }, span, &children);
        }
        if self.is_mark_at(1, "(") && self.token().kind == Kind::Word && !words::is_reserved(self.word_at(0)) {
            let name = self.member_name()?;
            let arguments = self.arguments()?;
            let span = self.since(start);
            let children = arguments.clone();
            return self.add(ExprKind::Call { name, arguments }, span, &children);
        }
        let token = self.token();
        if token.kind == Kind::Word && words::is_reserved(self.text_of(token)) {
            return Err(self.unexpected("an expression"));
        }
        let name = self.name()?;
        if self.is_mark("(") {
            let arguments = self.arguments()?;
            let span = self.since(start);
            let children = arguments.clone();
            return self.add(ExprKind::Call { name, arguments }, span, &children);
        }
        let span = self.since(start);
        self.add(ExprKind::Name(name.text), span, &[])
    }

    /// `Name.Name {` with an element list behind it: how many tokens the name has.
    fn instance_ahead(&self) -> Option<usize> {
        let is_name = |n: usize| matches!(self.ahead(n).kind, Kind::Word | Kind::Quoted | Kind::Delimited);
        let mut n = 0;
        while is_name(n) && self.is_mark_at(n + 1, ".") && is_name(n + 2) {
            n += 2;
        }
        let brace = self.is_mark_at(n + 1, "{");
        let element = is_name(n + 2) && self.is_mark_at(n + 3, ":");
        let empty = self.is_mark_at(n + 2, ":") && self.is_mark_at(n + 3, "}");
        (is_name(n) && brace && (element || empty)).then_some(n + 1)
    }
}

fn component(word: &str) -> Option<Component> {
    Some(match word {
        "date" => Component::Date,
        "time" => Component::Time,
        "timezoneoffset" | "timezone" => Component::Offset,
        _ => Component::Precision(words::precision(word)?),
    })
}
