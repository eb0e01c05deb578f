//! Declarations: `library`, `using`, `include`, terminology, `parameter`, `context`, `define`, and type specifiers.

use super::{Parsed, Parser, Stop};
use crate::syntax::ast::{
    Code, CodeSystem, Concept, Definition, Function, FunctionBody, Include, Name, Parameter, TypeSpec, Using, ValueSet,
};
use crate::syntax::diagnostic::DiagnosticCode;
use crate::syntax::lexer::Kind;
use std::sync::Arc;

const STARTERS: &[&str] = &[
    "code",
    "codesystem",
    "concept",
    "context",
    "define",
    "include",
    "library",
    "parameter",
    "private",
    "public",
    "using",
    "valueset",
];

impl Parser<'_> {
    pub(super) fn library(&mut self) {
        while self.token().kind != Kind::End && self.faults.len() < self.limits.max_faults {
            self.nesting = 0;
            if self.declaration().is_err() {
                self.skip_to_declaration();
            }
        }
    }

    pub(super) fn only_expression(&mut self, name: &str) {
        let span = self.here();
        let Ok(body) = self.expression() else { return };
        if self.token().kind != Kind::End {
            self.unexpected("the end of the expression");
            return;
        }
        let count = self.library.expressions.len() as u32;
        self.library.definitions.push(Definition {
            name: Name { text: name.into(), span },
            public: true,
            context: None,
            body: Some(body),
            expressions: 0..count,
            span: self.since(0),
        });
    }

    /// Skips what is left of a faulty declaration.
    fn skip_to_declaration(&mut self) {
        while self.token().kind != Kind::End {
            let token = self.token();
            let word = self.word_at(0);
            if word == "define" || (token.first_of_line && STARTERS.contains(&word)) {
                return;
            }
            self.at += 1;
        }
    }

    fn declaration(&mut self) -> Parsed<()> {
        let start = self.token().start;
        let at = self.at;
        let mut public = true;
        if matches!(self.word_at(0), "public" | "private") {
            public = self.word_at(0) == "public";
            self.at += 1;
        }
        let word = self.word_at(0);
        self.at += 1;
        let result = match word {
            "library" => self.library_line(),
            "using" => self.using(),
            "include" => self.include(),
            "codesystem" => self.code_system(public, start),
            "valueset" => self.value_set(public, start),
            "code" => self.code(public, start),
            "concept" => self.concept(public, start),
            "parameter" => self.parameter(public, start),
            "context" => self.context(),
            "define" => self.define(public, start),
            _ => {
                self.at = at;
                let stop = self.unexpected("a declaration (`define`, `valueset`, `parameter`, ...)");
                self.at += 1;
                Err(stop)
            }
        };
        result?;
        self.eat_mark(";");
        Ok(())
    }

    fn library_line(&mut self) -> Parsed<()> {
        let name = self.qualified_name()?;
        if self.library.name.is_some() {
            self.fault(DiagnosticCode::Syntax, name.span, "the library is named twice");
        }
        self.library.version = self.version()?;
        self.library.name = Some(name);
        Ok(())
    }

    fn version(&mut self) -> Parsed<Option<Arc<str>>> {
        if self.eat_word("version") {
            return self.string().map(Some);
        }
        Ok(None)
    }

    /// A string literal.
    pub(super) fn string(&mut self) -> Parsed<Arc<str>> {
        let token = self.token();
        if token.kind != Kind::Text {
            return Err(self.unexpected("a string in single quotes"));
        }
        self.at += 1;
        Ok(self.unquote(token).into())
    }

    fn called(&mut self) -> Parsed<Option<Name>> {
        if self.eat_word("called") {
            return self.name().map(Some);
        }
        Ok(None)
    }

    fn using(&mut self) -> Parsed<()> {
        let model = self.qualified_name()?;
        let version = self.version()?;
        let alias = self.called()?;
        self.library.usings.push(Using { model, version, alias });
        Ok(())
    }

    fn include(&mut self) -> Parsed<()> {
        let library = self.qualified_name()?;
        let version = self.version()?;
        let alias = self.called()?;
        self.library.includes.push(Include { library, version, alias });
        Ok(())
    }

    fn code_system(&mut self, public: bool, start: u32) -> Parsed<()> {
        let name = self.name()?;
        self.expect_mark(":")?;
        let url = self.string()?;
        let version = self.version()?;
        let span = self.since(start);
        self.library.code_systems.push(CodeSystem { name, url, version, public, span });
        Ok(())
    }

    fn value_set(&mut self, public: bool, start: u32) -> Parsed<()> {
        let name = self.name()?;
        self.expect_mark(":")?;
        let url = self.string()?;
        let version = self.version()?;
        let mut code_systems = Vec::new();
        if self.eat_word("codesystems") {
            self.expect_mark("{")?;
            loop {
                code_systems.push(self.qualified_name()?);
                if !self.eat_mark(",") {
                    break;
                }
            }
            self.expect_mark("}")?;
        }
        let span = self.since(start);
        self.library.value_sets.push(ValueSet { name, url, version, code_systems, public, span });
        Ok(())
    }

    fn code(&mut self, public: bool, start: u32) -> Parsed<()> {
        let name = self.name()?;
        self.expect_mark(":")?;
        let code = self.string()?;
        self.expect_word("from")?;
        let system = self.qualified_name()?;
        let display = self.display()?;
        let span = self.since(start);
        self.library.codes.push(Code { name, code, system, display, public, span });
        Ok(())
    }

    pub(super) fn display(&mut self) -> Parsed<Option<Arc<str>>> {
        if self.eat_word("display") {
            return self.string().map(Some);
        }
        Ok(None)
    }

    fn concept(&mut self, public: bool, start: u32) -> Parsed<()> {
        let name = self.name()?;
        self.expect_mark(":")?;
        self.expect_mark("{")?;
        let mut codes = Vec::new();
        loop {
            codes.push(self.qualified_name()?);
            if !self.eat_mark(",") {
                break;
            }
        }
        self.expect_mark("}")?;
        let display = self.display()?;
        let span = self.since(start);
        self.library.concepts.push(Concept { name, codes, display, public, span });
        Ok(())
    }

    fn parameter(&mut self, public: bool, start: u32) -> Parsed<()> {
        let name = self.name()?;
        let has_type = !self.is_word("default") && !self.token().first_of_line && self.token().kind != Kind::End;
        let ty = if has_type { Some(self.type_spec()?) } else { None };
        let default = if self.eat_word("default") { Some(self.expression()?) } else { None };
        let span = self.since(start);
        self.library.parameters.push(Parameter { name, ty, default, public, span });
        Ok(())
    }

    fn context(&mut self) -> Parsed<()> {
        let name = self.qualified_name()?;
        self.library.contexts.push(name);
        Ok(())
    }

    fn define(&mut self, mut public: bool, start: u32) -> Parsed<()> {
        if matches!(self.word_at(0), "public" | "private") {
            public = self.word_at(0) == "public";
            self.at += 1;
        }
        if self.eat_words(&["fluent", "function"]) {
            return self.function(public, true, start);
        }
        if self.eat_word("function") {
            return self.function(public, false, start);
        }
        let name = self.name()?;
        self.expect_mark(":")?;
        let first = self.library.expressions.len() as u32;
        let body = self.expression();
        let body = match body {
            Ok(body) if self.at_declaration_end() => Ok(body),
            Ok(_) => Err(self.unexpected("an operator or the next declaration")),
            Err(stop) => Err(stop),
        };
        let expressions = first..self.library.expressions.len() as u32;
        self.library.definitions.push(Definition {
            name,
            public,
            context: self.library.contexts.len().checked_sub(1),
            body: body.as_ref().ok().copied(),
            expressions,
            span: self.since(start),
        });
        body.map(drop)
    }

    fn at_declaration_end(&self) -> bool {
        self.token().kind == Kind::End || STARTERS.contains(&self.word_at(0)) || self.is_mark(";")
    }

    fn function(&mut self, public: bool, fluent: bool, start: u32) -> Parsed<()> {
        let name = self.member_name()?;
        self.expect_mark("(")?;
        let mut operands = Vec::new();
        while !self.eat_mark(")") {
            let operand = self.name()?;
            let ty = self.type_spec()?;
            operands.push((operand, ty));
            if !self.eat_mark(",") {
                self.expect_mark(")")?;
                break;
            }
        }
        let result = if self.eat_word("returns") { Some(self.type_spec()?) } else { None };
        self.expect_mark(":")?;
        let first = self.library.expressions.len() as u32;
        let external = self.is_word("external");
        let body = if external {
            self.at += 1;
            Ok(FunctionBody::External)
        } else {
            self.expression().map(FunctionBody::Expression)
        };
        let body = match body {
            Ok(body) if self.at_declaration_end() => Ok(body),
            Ok(_) => Err(self.unexpected("an operator or the next declaration")),
            Err(stop) => Err(stop),
        };
        self.library.functions.push(Function {
            name,
            public,
            fluent,
            operands,
            result,
            body: body.as_ref().map_or(FunctionBody::Faulty, |b| *b),
            context: self.library.contexts.len().checked_sub(1),
            expressions: first..self.library.expressions.len() as u32,
            span: self.since(start),
        });
        body.map(drop)
    }

    // --- types --------------------------------------------------------------------------------------------------------------------------------------------

    pub(super) fn type_spec(&mut self) -> Parsed<TypeSpec> {
        self.nested(Parser::type_spec_inner)
    }

    fn type_spec_inner(&mut self) -> Parsed<TypeSpec> {
        let start = self.token().start;
        let generic = self.is_mark_at(1, "<");
        match self.word_at(0) {
            "List" if generic => {
                self.at += 2;
                let element = self.type_spec()?;
                self.expect_mark(">")?;
                Ok(TypeSpec::List(Box::new(element), self.since(start)))
            }
            "Interval" if generic => {
                self.at += 2;
                let point = self.type_spec()?;
                self.expect_mark(">")?;
                Ok(TypeSpec::Interval(Box::new(point), self.since(start)))
            }
            "Choice" if generic => {
                self.at += 2;
                let mut alternatives = vec![self.type_spec()?];
                while self.eat_mark(",") {
                    alternatives.push(self.type_spec()?);
                }
                self.expect_mark(">")?;
                Ok(TypeSpec::Choice(alternatives, self.since(start)))
            }
            "Tuple" if self.is_mark_at(1, "{") => {
                self.at += 2;
                let elements = self.tuple_type_elements()?;
                Ok(TypeSpec::Tuple(elements, self.since(start)))
            }
            _ => self.qualified_name().map(TypeSpec::Named),
        }
    }

    fn tuple_type_elements(&mut self) -> Result<Vec<(Name, TypeSpec)>, Stop> {
        let mut elements = Vec::new();
        loop {
            let name = self.member_name()?;
            let ty = self.type_spec()?;
            elements.push((name, ty));
            if !self.eat_mark(",") {
                break;
            }
        }
        self.expect_mark("}")?;
        Ok(elements)
    }
}
