//! Tokens to a tree: the FHIRPath grammar (appendix *Formal Specifications*) by precedence climbing.

use crate::ast::{Call, Expr, Op, TYPE_STRENGTH, TypeName};
use crate::lexer::{Token, lex};
use crate::{Fault, Limits};
use cql::value::{Decimal, Precision, Quantity, Unit, Value};

pub(crate) fn parse(text: &str, limits: &Limits) -> Result<Expr, Fault> {
    if text.len() > limits.max_bytes {
        return Err(Fault::Limit("bytes of an expression"));
    }
    let mut parser = Parser { tokens: lex(text)?, at: 0, depth: 0, limit: limits.max_depth };
    let expr = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok(expr),
        _ => parser.fault("expected the end of the expression"),
    }
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    at: usize,
    depth: u32,
    limit: u32,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)].0
    }

    fn place(&self) -> usize {
        self.tokens[self.at.min(self.tokens.len() - 1)].1
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn eat(&mut self, mark: &'static str) -> bool {
        let found = *self.peek() == Token::Mark(mark);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, mark: &'static str) -> Result<(), Fault> {
        if self.eat(mark) {
            return Ok(());
        }
        self.fault(&format!("expected `{mark}`"))
    }

    fn fault<T>(&self, message: &str) -> Result<T, Fault> {
        Err(Fault::Syntax { at: self.place(), message: message.to_owned() })
    }

    /// One level deeper; every operator of a chain counts as one, since the tree grows by it.
    fn deeper(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > self.limit {
            return Err(Fault::Limit("nested operations of an expression"));
        }
        Ok(())
    }

    /// An expression of operators that bind tighter than `floor`.
    fn expression(&mut self, floor: u8) -> Result<Expr, Fault> {
        let depth = self.depth;
        self.deeper()?;
        let mut left = self.signed()?;
        loop {
            if let Token::Word(word) = self.peek()
                && (word == "is" || word == "as")
                && TYPE_STRENGTH > floor
            {
                let is = word == "is";
                self.deeper()?;
                self.at += 1;
                left = Expr::Type(is, Box::new(left), self.type_name()?);
                continue;
            }
            let Some(op) = self.operator().filter(|op| op.strength() > floor) else { break };
            self.deeper()?;
            self.at += 1;
            let right = self.expression(op.strength())?;
            left = Expr::Binary(op, Box::new(left), Box::new(right));
        }
        self.depth = depth;
        Ok(left)
    }

    fn operator(&self) -> Option<Op> {
        Some(match self.peek() {
            Token::Mark(mark) => match *mark {
                "*" => Op::Multiply,
                "/" => Op::Divide,
                "+" => Op::Add,
                "-" => Op::Subtract,
                "&" => Op::Concatenate,
                "|" => Op::Union,
                "<=" => Op::LessOrEqual,
                "<" => Op::Less,
                ">" => Op::Greater,
                ">=" => Op::GreaterOrEqual,
                "=" => Op::Equal,
                "~" => Op::Equivalent,
                "!=" => Op::NotEqual,
                "!~" => Op::NotEquivalent,
                _ => return None,
            },
            Token::Word(word) => match word.as_str() {
                "div" => Op::Div,
                "mod" => Op::Mod,
                "in" => Op::In,
                "contains" => Op::Contains,
                "and" => Op::And,
                "or" => Op::Or,
                "xor" => Op::Xor,
                "implies" => Op::Implies,
                _ => return None,
            },
            _ => return None,
        })
    }

    /// A sign binds looser than `.` and tighter than everything else.
    fn signed(&mut self) -> Result<Expr, Fault> {
        for (mark, negative) in [("-", true), ("+", false)] {
            if self.eat(mark) {
                self.deeper()?;
                return Ok(Expr::Sign(negative, Box::new(self.signed()?)));
            }
        }
        let mut expr = self.term()?;
        loop {
            if self.eat(".") {
                self.deeper()?;
                expr = self.invocation(Some(Box::new(expr)))?;
            } else if self.eat("[") {
                self.deeper()?;
                let index = self.expression(0)?;
                self.expect("]")?;
                expr = Expr::Indexer(Box::new(expr), Box::new(index));
            } else {
                return Ok(expr);
            }
        }
    }

    fn term(&mut self) -> Result<Expr, Fault> {
        match self.peek().clone() {
            Token::Mark("(") => {
                self.at += 1;
                let inner = self.expression(0)?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Mark("{") => {
                self.at += 1;
                self.expect("}")?;
                Ok(Expr::Empty)
            }
            Token::Mark("%") => {
                self.at += 1;
                match self.next() {
                    Token::Word(name) | Token::Delimited(name) | Token::Text(name) => Ok(Expr::Variable(name)),
                    _ => self.fault("expected a name after `%`"),
                }
            }
            Token::Text(text) => {
                self.at += 1;
                Ok(Expr::Literal(Value::string(&text)))
            }
            Token::Literal(literal) => {
                self.at += 1;
                Ok(Expr::Literal(self.with_unit(literal.0)))
            }
            Token::Dollar(name) => {
                self.at += 1;
                match name.as_str() {
                    "this" => Ok(Expr::This),
                    "index" => Ok(Expr::Index),
                    "total" => Ok(Expr::Total),
                    _ => self.fault("expected `$this`, `$index` or `$total`"),
                }
            }
            Token::Word(word) if word == "true" || word == "false" => {
                self.at += 1;
                Ok(Expr::Literal(Value::Boolean(word == "true")))
            }
            _ => self.invocation(None),
        }
    }

    /// `10 'mg'`, `4 days`.
    fn with_unit(&mut self, number: Value) -> Value {
        let amount = match &number {
            Value::Integer(n) => Decimal::from(*n).with_scale(0),
            Value::Decimal(d) => *d,
            _ => return number,
        };
        let unit = match self.peek() {
            Token::Text(unit) => Unit::ucum(unit),
            Token::Word(word) => match Precision::parse(word) {
                Some(period) => Unit::calendar(period),
                None => return number,
            },
            _ => return number,
        };
        self.at += 1;
        Value::Quantity(Quantity { value: amount, unit })
    }

    fn name(&mut self) -> Result<String, Fault> {
        match self.next() {
            Token::Word(name) | Token::Delimited(name) => Ok(name),
            _ => {
                self.at -= 1;
                self.fault("expected a name")
            }
        }
    }

    fn invocation(&mut self, input: Option<Box<Expr>>) -> Result<Expr, Fault> {
        if let Token::Dollar(_) = self.peek() {
            return self.fault("`$this`, `$index` and `$total` stand at the beginning of a path");
        }
        let at = self.place();
        let name = self.name()?;
        if !self.eat("(") {
            return Ok(Expr::Member(input, name));
        }
        let mut arguments = Vec::new();
        if !self.eat(")") {
            loop {
                arguments.push(self.expression(0)?);
                if self.eat(")") {
                    break;
                }
                self.expect(",")?;
            }
        }
        Ok(Expr::Call(input, Box::new(Call { name, arguments, at })))
    }

    fn type_name(&mut self) -> Result<TypeName, Fault> {
        let first = self.name()?;
        if self.eat(".") {
            return Ok(TypeName { namespace: Some(first), name: self.name()? });
        }
        Ok(TypeName { namespace: None, name: first })
    }
}

/// The type name an argument of `is(T)`, `as(T)`, `ofType(T)` spells.
pub(crate) fn as_type_name(expr: &Expr) -> Option<TypeName> {
    match expr {
        Expr::Member(None, name) => Some(TypeName { namespace: None, name: name.clone() }),
        Expr::Member(Some(input), name) => match &**input {
            Expr::Member(None, namespace) => Some(TypeName { namespace: Some(namespace.clone()), name: name.clone() }),
            _ => None,
        },
        _ => None,
    }
}
