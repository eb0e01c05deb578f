//! Operator precedence. The order is that of the grammar's alternatives: an earlier alternative binds tighter.

use super::{Parsed, Parser};
use crate::syntax::ast::{ExprId, ExprKind, Infix, Prefix, Tested};
use crate::syntax::lexer::Kind;
use crate::syntax::words;

/// Binding powers.
pub(super) mod power {
    pub(in super::super) const LOWEST: u8 = 0;
    pub(in super::super) const SET: u8 = 10;
    pub(in super::super) const IMPLIES: u8 = 20;
    pub(in super::super) const OR: u8 = 30;
    pub(in super::super) const AND: u8 = 40;
    pub(in super::super) const MEMBERSHIP: u8 = 50;
    pub(in super::super) const EQUALITY: u8 = 60;
    pub(in super::super) const TIMING: u8 = 70;
    pub(in super::super) const INEQUALITY: u8 = 80;
    pub(in super::super) const BETWEEN: u8 = 90;
    pub(in super::super) const EXISTS: u8 = 100;
    pub(in super::super) const NOT: u8 = 105;
    pub(in super::super) const TYPE: u8 = 110;
    /// Everything above is a term (`expressionTerm` of the grammar).
    pub(in super::super) const TERM: u8 = 200;
    pub(in super::super) const ADD: u8 = 210;
    pub(in super::super) const MULTIPLY: u8 = 220;
    pub(in super::super) const POWER: u8 = 230;
    pub(in super::super) const UNARY: u8 = 240;
}

impl Parser<'_> {
    /// A whole expression.
    pub(super) fn expression(&mut self) -> Parsed<ExprId> {
        self.climb(power::LOWEST)
    }

    /// An `expressionTerm`: arithmetic, but no comparison and no logic.
    pub(super) fn term(&mut self) -> Parsed<ExprId> {
        self.climb(power::TERM)
    }

    /// An expression whose operators all bind tighter than `floor`.
    pub(super) fn climb(&mut self, floor: u8) -> Parsed<ExprId> {
        self.nested(|parser| {
            let mut left = parser.prefix(floor)?;
            while let Some(next) = parser.infix(left, floor)? {
                left = next;
            }
            Ok(left)
        })
    }

    fn prefix(&mut self, floor: u8) -> Parsed<ExprId> {
        let start = self.token().start;
        if floor < power::TERM {
            match self.word_at(0) {
                "not" => {
                    self.at += 1;
                    return self.prefixed(Prefix::Not, start, power::NOT);
                }
                "exists" => {
                    self.at += 1;
                    return self.prefixed(Prefix::Exists, start, power::EXISTS);
                }
                "cast" => return self.cast(start),
                word => {
                    if let Some(span) = self.span_between(word, start)? {
                        return Ok(span);
                    }
                }
            }
        }
        self.unary()
    }

    fn prefixed(&mut self, op: Prefix, start: u32, floor: u8) -> Parsed<ExprId> {
        let operand = self.climb(floor)?;
        let span = self.since(start);
        self.add(ExprKind::Prefix { op, operand }, span, &[operand])
    }

    fn cast(&mut self, start: u32) -> Parsed<ExprId> {
        self.at += 1;
        let operand = self.term()?;
        self.expect_word("as")?;
        let ty = self.type_spec()?;
        let span = self.since(start);
        self.add(ExprKind::As { operand, ty, strict: true }, span, &[operand])
    }

    /// `[duration in] days between a and b`, `difference in days between a and b`.
    fn span_between(&mut self, word: &str, start: u32) -> Parsed<Option<ExprId>> {
        let difference = word == "difference";
        let skip = if matches!(word, "duration" | "difference") && self.word_at(1) == "in" { 2 } else { 0 };
        if difference && skip == 0 {
            return Ok(None);
        }
        let Some(precision) = words::plural_precision(self.word_at(skip)) else {
            return Ok(None);
        };
        if self.word_at(skip + 1) != "between" {
            return Ok(None);
        }
        self.at += skip + 2;
        let left = self.term()?;
        self.expect_word("and")?;
        let right = self.term()?;
        let span = self.since(start);
        self.add(ExprKind::Span { difference, precision, left, right }, span, &[left, right]).map(Some)
    }

    /// The operator after `left`, when there is one that binds tighter than `floor`.
    fn infix(&mut self, left: ExprId, floor: u8) -> Parsed<Option<ExprId>> {
        let token = self.token();
        let text = match token.kind {
            Kind::Mark | Kind::Word => self.text_of(token),
            // Nothing but an offset can follow an operand as a number: `x 3 days or less before y`.
            Kind::Number if floor < power::TIMING => return self.timing(left),
            _ => return Ok(None),
        };
        if let Some((op, power)) = plain_operator(text) {
            if power <= floor {
                return Ok(None);
            }
            self.at += 1;
            let right = self.climb(power)?;
            let span = self.span_of(left).to(self.span_of(right));
            return self.add(ExprKind::Infix { op, left, right }, span, &[left, right]).map(Some);
        }
        if token.kind != Kind::Word || floor >= power::TERM {
            return Ok(None);
        }
        match text {
            "is" if floor < power::TYPE => self.is_or_test(left).map(Some),
            "as" if floor < power::TYPE => {
                self.at += 1;
                let ty = self.type_spec()?;
                let span = self.since(self.span_of(left).start);
                let kind = ExprKind::As { operand: left, ty, strict: false };
                self.add(kind, span, &[left]).map(Some)
            }
            "between" if floor < power::BETWEEN => self.between(left, false).map(Some),
            "properly" if self.word_at(1) == "between" && floor < power::BETWEEN => {
                self.at += 1;
                self.between(left, true).map(Some)
            }
            "in" | "contains" if floor < power::MEMBERSHIP => self.membership(left).map(Some),
            _ if floor < power::TIMING => self.timing(left),
            _ => Ok(None),
        }
    }

    fn is_or_test(&mut self, operand: ExprId) -> Parsed<ExprId> {
        self.at += 1;
        let not = self.eat_word("not");
        let what = match self.word_at(0) {
            "null" => Some(Tested::Null),
            "true" => Some(Tested::True),
            "false" => Some(Tested::False),
            _ => None,
        };
        let start = self.span_of(operand).start;
        if let Some(what) = what {
            self.at += 1;
            let span = self.since(start);
            return self.add(ExprKind::Test { operand, not, what }, span, &[operand]);
        }
        if not {
            return Err(self.unexpected("`null`, `true` or `false`"));
        }
        let ty = self.type_spec()?;
        let span = self.since(start);
        self.add(ExprKind::Is { operand, ty }, span, &[operand])
    }

    fn between(&mut self, operand: ExprId, properly: bool) -> Parsed<ExprId> {
        self.at += 1;
        let low = self.term()?;
        self.expect_word("and")?;
        let high = self.term()?;
        let span = self.span_of(operand).to(self.span_of(high));
        let kind = ExprKind::Between { operand, low, high, properly };
        self.add(kind, span, &[operand, low, high])
    }

    fn membership(&mut self, left: ExprId) -> Parsed<ExprId> {
        let contains = self.word_at(0) == "contains";
        self.at += 1;
        let precision = self.precision_of();
        let right = self.climb(power::MEMBERSHIP)?;
        let span = self.span_of(left).to(self.span_of(right));
        let kind = ExprKind::Membership { contains, precision, left, right };
        self.add(kind, span, &[left, right])
    }
}

/// Operators that are one token between two expressions.
fn plain_operator(text: &str) -> Option<(Infix, u8)> {
    Some(match text {
        "or" => (Infix::Or, power::OR),
        "xor" => (Infix::Xor, power::OR),
        "and" => (Infix::And, power::AND),
        "implies" => (Infix::Implies, power::IMPLIES),
        "union" | "|" => (Infix::Union, power::SET),
        "intersect" => (Infix::Intersect, power::SET),
        "except" => (Infix::Except, power::SET),
        "=" => (Infix::Equal, power::EQUALITY),
        "!=" => (Infix::NotEqual, power::EQUALITY),
        "~" => (Infix::Equivalent, power::EQUALITY),
        "!~" => (Infix::NotEquivalent, power::EQUALITY),
        "<" => (Infix::Less, power::INEQUALITY),
        "<=" => (Infix::LessOrEqual, power::INEQUALITY),
        ">" => (Infix::Greater, power::INEQUALITY),
        ">=" => (Infix::GreaterOrEqual, power::INEQUALITY),
        "+" => (Infix::Add, power::ADD),
        "-" => (Infix::Subtract, power::ADD),
        "&" => (Infix::Ampersand, power::ADD),
        "*" => (Infix::Multiply, power::MULTIPLY),
        "/" => (Infix::Divide, power::MULTIPLY),
        "div" => (Infix::TruncatedDivide, power::MULTIPLY),
        "mod" => (Infix::Modulo, power::MULTIPLY),
        "^" => (Infix::Power, power::POWER),
        _ => return None,
    })
}
