//! Timing phrases to the operators they stand for (CQL specification, *Timing phrases*).

use super::checker::{Checker, Typed};
use crate::ir::{Literal, NodeId, Precision, QuantityLiteral};
use crate::syntax::ast::{Boundary, Direction, ExprId, Offset, OffsetBound, Range, Relation, Timing};

impl Checker<'_> {
    pub(super) fn timing(&mut self, timing: &Timing, left: ExprId, right: ExprId, range: Range) -> Typed {
        let operands = self.all([left, right])?;
        let left = self.boundary(operands[0], timing.left, range)?;
        let right = self.boundary(operands[1], timing.right, range)?;
        let precision = timing.precision;
        let name = match &timing.relation {
            Relation::SameAs => "SameAs",
            Relation::SameOrBefore => "SameOrBefore",
            Relation::SameOrAfter => "SameOrAfter",
            Relation::Includes { properly: false } => "Includes",
            // A null beside a list is an element: a list may hold null.
            Relation::Includes { properly: true } if self.list_beside_null(left, right) => "ProperContains",
            Relation::IncludedIn { properly: true } if self.list_beside_null(right, left) => "ProperIn",
            Relation::Includes { properly: true } => "ProperIncludes",
            Relation::IncludedIn { properly: false } => "IncludedIn",
            Relation::IncludedIn { properly: true } => "ProperIncludedIn",
            Relation::Meets(None) => "Meets",
            Relation::Meets(Some(Direction::Before)) => "MeetsBefore",
            Relation::Meets(Some(Direction::After)) => "MeetsAfter",
            Relation::Overlaps(None) => "Overlaps",
            Relation::Overlaps(Some(Direction::Before)) => "OverlapsBefore",
            Relation::Overlaps(Some(Direction::After)) => "OverlapsAfter",
            Relation::Starts => "Starts",
            Relation::Ends => "Ends",
            Relation::Relative { offset: None, direction, or_on } => match (direction, or_on) {
                (Direction::Before, false) => "Before",
                (Direction::Before, true) => "SameOrBefore",
                (Direction::After, false) => "After",
                (Direction::After, true) => "SameOrAfter",
            },
            Relation::Relative { offset: Some(offset), direction, or_on } => {
                let offset = offset.clone();
                return self.relative(&offset, *direction, *or_on, [left, right], precision, range);
            }
            Relation::Within { quantity, properly } => {
                return self.within(quantity, *properly, [left, right], precision, range);
            }
        };
        self.operator(name, &[left, right], precision, range)
    }

    fn list_beside_null(&self, list: NodeId, null: NodeId) -> bool {
        self.type_of(list).element().is_some() && self.type_of(null).is_any()
    }

    fn boundary(&mut self, node: NodeId, boundary: Option<Boundary>, range: Range) -> Typed {
        match boundary {
            None => Ok(node),
            Some(Boundary::Start) => self.operator("Start", &[node], None, range),
            Some(Boundary::End) => self.operator("End", &[node], None, range),
        }
    }

    /// The start or end of an interval; a point is itself.
    fn edge(&mut self, node: NodeId, end: bool, range: Range) -> Typed {
        let ty = self.type_of(node);
        let converted = super::types::model_conversion(&self.models, &ty).map(|(_, t)| t);
        let interval = ty.point().is_some() || converted.is_some_and(|t| t.point().is_some());
        if !interval {
            return Ok(node);
        }
        self.operator(if end { "End" } else { "Start" }, &[node], None, range)
    }

    fn shifted(&mut self, node: NodeId, later: bool, quantity: &QuantityLiteral, range: Range) -> Typed {
        let quantity = self.literal(Literal::Quantity(quantity.clone()), range);
        let name = if later { "Add" } else { "Subtract" };
        self.operator(name, &[node, quantity], None, range)
    }

    /// `A 3 days or less before B` and its kin.
    fn relative(
        &mut self,
        offset: &Offset,
        direction: Direction,
        or_on: bool,
        [left, right]: [NodeId; 2],
        precision: Option<Precision>,
        range: Range,
    ) -> Typed {
        let before = direction == Direction::Before;
        let left = self.edge(left, before, range)?;
        let right = self.edge(right, !before, range)?;
        let far = self.shifted(right, !before, &offset.quantity, range)?;
        let name = match (offset.bound, before) {
            (OffsetBound::Exactly, _) => "SameAs",
            (OffsetBound::OrMore, true) => "SameOrBefore",
            (OffsetBound::OrMore, false) => "SameOrAfter",
            (OffsetBound::MoreThan, true) => "Before",
            (OffsetBound::MoreThan, false) => "After",
            (OffsetBound::OrLess | OffsetBound::LessThan, _) => {
                let far_closed = offset.bound == OffsetBound::OrLess;
                let interval = if before {
                    self.interval_nodes([far, right], [far_closed, or_on], range)?
                } else {
                    self.interval_nodes([right, far], [or_on, far_closed], range)?
                };
                let inside = self.operator("In", &[left, interval], precision, range)?;
                return self.unless_null(inside, right, far_closed || or_on, range);
            }
        };
        self.operator(name, &[left, far], precision, range)
    }

    /// `A within 3 days of B`: between B - 3 days and B + 3 days.
    fn within(
        &mut self,
        quantity: &QuantityLiteral,
        properly: bool,
        [left, right]: [NodeId; 2],
        precision: Option<Precision>,
        range: Range,
    ) -> Typed {
        let low = self.edge(right, false, range)?;
        let high = self.edge(right, true, range)?;
        let from = self.shifted(low, false, quantity, range)?;
        let to = self.shifted(high, true, quantity, range)?;
        let interval = self.interval_nodes([from, to], [!properly, !properly], range)?;
        let name = if self.type_of(left).point().is_some() { "IncludedIn" } else { "In" };
        let inside = self.operator(name, &[left, interval], precision, range)?;
        self.unless_null(inside, right, !properly, range)
    }

    /// A closed null bound would mean "for ever": the reference must be known, as the reference translator has it (false beside a null reference).
    fn unless_null(&mut self, inside: NodeId, reference: NodeId, closed: bool, range: Range) -> Typed {
        if !closed {
            return Ok(inside);
        }
        let is_null = self.operator("IsNull", &[reference], None, range)?;
        let known = self.not(is_null, range);
        self.operator("And", &[inside, known], None, range)
    }
}
