//! Timing phrases: `starts 1 day or less before start of`, `same day as`, `during`, `within 3 days of`, ...

use super::expressions::power;
use super::{Parsed, Parser};
use crate::ir::Precision;
use crate::syntax::ast::{Boundary, Direction, ExprId, ExprKind, Offset, OffsetBound, Relation, Timing};
use crate::syntax::lexer::Kind;
use crate::syntax::words;

impl Parser<'_> {
    /// `day of`, when it stands here.
    pub(super) fn precision_of(&mut self) -> Option<Precision> {
        let precision = words::precision(self.word_at(0))?;
        if self.word_at(1) != "of" {
            return None;
        }
        self.at += 2;
        Some(precision)
    }

    /// A timing phrase and its right operand, when one begins here.
    pub(super) fn timing(&mut self, left: ExprId) -> Parsed<Option<ExprId>> {
        let at = self.at;
        let Some(timing) = self.timing_phrase()? else {
            self.at = at;
            return Ok(None);
        };
        let right = self.climb(power::TIMING)?;
        let span = self.span_of(left).to(self.span_of(right));
        let kind = ExprKind::Timing { timing: Box::new(timing), left, right };
        self.add(kind, span, &[left, right]).map(Some)
    }

    fn timing_phrase(&mut self) -> Parsed<Option<Timing>> {
        let mut timing = Timing { left: None, right: None, precision: None, relation: Relation::Starts };
        let lead = self.word_at(0);
        match lead {
            "starts" => timing.left = Some(Boundary::Start),
            "ends" => timing.left = Some(Boundary::End),
            _ => {}
        }
        let has_lead = matches!(lead, "starts" | "ends" | "occurs");
        if has_lead {
            self.at += 1;
        }
        if self.relation(&mut timing)? {
            return Ok(Some(timing));
        }
        if has_lead && lead != "occurs" {
            // Plain `starts` / `ends`.
            timing.relation = if timing.left == Some(Boundary::Start) { Relation::Starts } else { Relation::Ends };
            timing.left = None;
            timing.precision = self.precision_of();
            return Ok(Some(timing));
        }
        if has_lead {
            return Err(self.unexpected("a timing relation (`before`, `during`, `same day as`, ...)"));
        }
        Ok(None)
    }

    /// Reads the relation into `timing`; false (and nothing eaten that matters) when none begins here.
    fn relation(&mut self, timing: &mut Timing) -> Parsed<bool> {
        if self.token().kind == Kind::Number {
            return self.offset_relation(timing);
        }
        match self.word_at(0) {
            "same" => self.same(timing),
            "properly" => {
                self.at += 1;
                match self.word_at(0) {
                    "includes" => self.includes(timing, true),
                    "during" | "included" => self.included_in(timing, true),
                    "within" => self.within(timing, true),
                    _ => Err(self.unexpected("`includes`, `included in`, `during` or `within`")),
                }
            }
            "includes" => self.includes(timing, false),
            "during" | "included" => self.included_in(timing, false),
            "within" => self.within(timing, false),
            "more" | "less" if self.word_at(1) == "than" => self.offset_relation(timing),
            "before" | "after" | "on" => self.before_or_after(timing, None),
            "meets" => {
                self.at += 1;
                timing.relation = Relation::Meets(self.direction());
                timing.precision = self.precision_of();
                Ok(true)
            }
            "overlaps" => {
                self.at += 1;
                timing.relation = Relation::Overlaps(self.direction());
                timing.precision = self.precision_of();
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn direction(&mut self) -> Option<Direction> {
        if self.eat_word("before") {
            return Some(Direction::Before);
        }
        self.eat_word("after").then_some(Direction::After)
    }

    /// `same [day] as`, `same [day] or before`, `same [day] or after`.
    fn same(&mut self, timing: &mut Timing) -> Parsed<bool> {
        self.at += 1;
        if let Some(precision) = words::precision(self.word_at(0)) {
            timing.precision = Some(precision);
            self.at += 1;
        }
        timing.relation = if self.eat_word("as") {
            Relation::SameAs
        } else if self.eat_words(&["or", "before"]) {
            Relation::SameOrBefore
        } else if self.eat_words(&["or", "after"]) {
            Relation::SameOrAfter
        } else {
            return Err(self.unexpected("`as`, `or before` or `or after`"));
        };
        timing.right = self.right_boundary();
        Ok(true)
    }

    /// `start` / `end` that is not the beginning of `start of X`.
    fn right_boundary(&mut self) -> Option<Boundary> {
        if self.word_at(1) == "of" {
            return None;
        }
        // `before start` followed by nothing that can begin an operand is a name.
        if self.eat_word("start") {
            return Some(Boundary::Start);
        }
        self.eat_word("end").then_some(Boundary::End)
    }

    fn includes(&mut self, timing: &mut Timing, properly: bool) -> Parsed<bool> {
        self.at += 1;
        timing.relation = Relation::Includes { properly };
        timing.precision = self.precision_of();
        timing.right = self.right_boundary();
        Ok(true)
    }

    fn included_in(&mut self, timing: &mut Timing, properly: bool) -> Parsed<bool> {
        if self.eat_word("included") {
            self.expect_word("in")?;
        } else {
            self.at += 1;
        }
        timing.relation = Relation::IncludedIn { properly };
        timing.precision = self.precision_of();
        Ok(true)
    }

    fn within(&mut self, timing: &mut Timing, properly: bool) -> Parsed<bool> {
        self.at += 1;
        let quantity = self.quantity()?;
        self.expect_word("of")?;
        timing.relation = Relation::Within { quantity, properly };
        timing.right = self.right_boundary();
        Ok(true)
    }

    fn offset_relation(&mut self, timing: &mut Timing) -> Parsed<bool> {
        let bound = if self.eat_words(&["more", "than"]) {
            Some(OffsetBound::MoreThan)
        } else if self.eat_words(&["less", "than"]) {
            Some(OffsetBound::LessThan)
        } else {
            None
        };
        let quantity = self.quantity()?;
        let bound = match bound {
            Some(bound) => bound,
            None if self.eat_words(&["or", "more"]) => OffsetBound::OrMore,
            None if self.eat_words(&["or", "less"]) => OffsetBound::OrLess,
            None => OffsetBound::Exactly,
        };
        self.before_or_after(timing, Some(Offset { quantity, bound }))
    }

    fn before_or_after(&mut self, timing: &mut Timing, offset: Option<Offset>) -> Parsed<bool> {
        let (direction, or_on) = if self.eat_words(&["on", "or", "before"]) || self.eat_words(&["before", "or", "on"]) {
            (Direction::Before, true)
        } else if self.eat_words(&["on", "or", "after"]) || self.eat_words(&["after", "or", "on"]) {
            (Direction::After, true)
        } else if self.eat_word("before") {
            (Direction::Before, false)
        } else if self.eat_word("after") {
            (Direction::After, false)
        } else {
            return Err(self.unexpected("`before`, `after`, `on or before` or `on or after`"));
        };
        timing.relation = Relation::Relative { offset, direction, or_on };
        timing.precision = self.precision_of();
        timing.right = self.right_boundary();
        Ok(true)
    }
}
