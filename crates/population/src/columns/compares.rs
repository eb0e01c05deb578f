//! Whether a condition does nothing with the moments of a row but compare them with constants (see [`super::times`]).

use super::reads::{is_patient, reads};
use super::times::DAY;
use cql::ir::{
    Access, BinaryOp, Expr, Intrinsic, LocalId, NaryOp, NodeId, Plan, Precision, QueryResult, SystemType, Type, UnaryOp,
};
use std::collections::HashMap;

/// Deeper nesting is not looked at.
const MAX_DEPTH: u32 = 64;

/// Something a condition compares moments with; a definition or a node of the plan stands for its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Constant<T> {
    /// A moment or an interval of them, with the reach of the comparison in milliseconds.
    At(T, i64),
    /// A number of years (or an interval of them) that the moment lies before another one; before the time of the evaluation when there is none.
    Years { before: Option<T>, number: T },
}

/// The constants `condition` compares the moments of `row` with (of the Patient, when there is no row); `None` when it does anything else with them.
pub(super) fn constants(plan: &Plan, condition: NodeId, row: Option<LocalId>) -> Option<Vec<Constant<NodeId>>> {
    let mut look = Look { plan, constants: Vec::new(), of_patient: row.is_none(), depth: 0 };
    let mut frame: Frame = row.into_iter().map(|row| (row, Stands::Row)).collect();
    look.truth(condition, &mut frame)?;
    Some(look.constants)
}

/// What a slot stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    Row,
    /// A moment or period of the row.
    Moment,
}

type Frame = HashMap<LocalId, Stands>;

struct Look<'p> {
    plan: &'p Plan,
    constants: Vec<Constant<NodeId>>,
    of_patient: bool,
    depth: u32,
}

impl Look<'_> {
    fn deeper<T>(&mut self, look: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.depth += 1;
        let found = if self.depth > MAX_DEPTH { None } else { look(self) };
        self.depth -= 1;
        found
    }

    fn is_constant(&self, id: NodeId) -> bool {
        reads(self.plan, &[id], None, &[]).is_ok_and(|r| r.row.is_empty() && !r.uses_patient)
    }

    /// A truth value that rests on comparisons alone.
    fn truth(&mut self, id: NodeId, frame: &mut Frame) -> Option<()> {
        self.deeper(|look| look.truth_of(id, frame))
    }

    fn truth_of(&mut self, id: NodeId, frame: &mut Frame) -> Option<()> {
        let plan = self.plan;
        match &plan.node(id).expr {
            Expr::Timed { precision, left, right, .. } => self.comparison(*left, *right, *precision, frame),
            Expr::Binary { op: BinaryOp::And | BinaryOp::Or | BinaryOp::Xor | BinaryOp::Implies, left, right } => {
                self.truth(*left, frame)?;
                self.truth(*right, frame)
            }
            Expr::Binary {
                op:
                    BinaryOp::Equal
                    | BinaryOp::NotEqual
                    | BinaryOp::Equivalent
                    | BinaryOp::Less
                    | BinaryOp::LessOrEqual
                    | BinaryOp::Greater
                    | BinaryOp::GreaterOrEqual,
                left,
                right,
            } => self.comparison(*left, *right, None, frame),
            Expr::Unary { op: UnaryOp::IsNull, operand } => {
                if self.moment(*operand, frame).is_some() {
                    Some(())
                } else {
                    self.truth(*operand, frame)
                }
            }
            Expr::Is { operand, .. } => self.moment(*operand, frame),
            Expr::Unary { op: UnaryOp::Not | UnaryOp::IsTrue | UnaryOp::IsFalse, operand } => self.truth(*operand, frame),
            Expr::If { condition, then, otherwise } => {
                [condition, then, otherwise].into_iter().try_for_each(|node| self.truth(*node, frame))
            }
            Expr::Case { comparand: None, items, otherwise } => {
                for (when, then) in items {
                    self.truth(*when, frame)?;
                    self.truth(*then, frame)?;
                }
                self.truth(*otherwise, frame)
            }
            Expr::Nary { op: NaryOp::Coalesce, operands } => operands.iter().try_for_each(|node| self.truth(*node, frame)),
            Expr::FunctionRef { .. } | Expr::Query(_) => self.inside(id, frame, Self::truth),
            _ => self.is_constant(id).then_some(()),
        }
    }

    /// A moment of the row on one side, a constant on the other.
    fn comparison(&mut self, left: NodeId, right: NodeId, precision: Option<Precision>, frame: &mut Frame) -> Option<()> {
        for (age, number) in [(left, right), (right, left)] {
            if let Expr::CalculateAge { precision: Precision::Year, birth, as_of } = &self.plan.node(age).expr {
                self.moment(*birth, frame)?;
                if !self.is_constant(number) || as_of.is_some_and(|at| !self.is_constant(at)) {
                    return None;
                }
                self.constants.push(Constant::Years { before: *as_of, number });
                return Some(());
            }
        }
        let constant = if self.moment(left, frame).is_some() {
            right
        } else {
            self.moment(right, frame)?;
            left
        };
        if !self.is_constant(constant) || !is_temporal(self.plan.type_of(constant)) {
            return None;
        }
        let reach = match precision {
            Some(Precision::Year) => 366 * DAY,
            Some(Precision::Month) => 31 * DAY,
            Some(Precision::Week) => 7 * DAY,
            _ => DAY,
        };
        self.constants.push(Constant::At(constant, reach));
        Some(())
    }

    /// A moment or period taken from the row, unchanged but for its type.
    fn moment(&mut self, id: NodeId, frame: &mut Frame) -> Option<()> {
        self.deeper(|look| look.moment_of(id, frame))
    }

    fn moment_of(&mut self, id: NodeId, frame: &mut Frame) -> Option<()> {
        let plan = self.plan;
        match &plan.node(id).expr {
            Expr::Local(local) => (frame.get(local) == Some(&Stands::Moment)).then_some(()),
            Expr::Property { source, access: Access::Model { .. } | Access::ModelChoice { .. } } => self.row(*source, frame),
            Expr::Property { source, access: Access::ModelValue } => self.moment(*source, frame),
            Expr::As { operand, .. } => match &plan.node(*operand).expr {
                Expr::Null => Some(()),
                _ => self.moment(*operand, frame),
            },
            Expr::Intrinsic {
                function: Intrinsic::ToDate | Intrinsic::ToDateTime | Intrinsic::PeriodToInterval | Intrinsic::ToValue,
                operand,
            }
            | Expr::Unary {
                op:
                    UnaryOp::Start | UnaryOp::End | UnaryOp::DateFrom | UnaryOp::ToDateTime | UnaryOp::ToDate | UnaryOp::ToInterval,
                operand,
            } => self.moment(*operand, frame),
            Expr::Interval { low, high, .. } => {
                self.moment(*low, frame)?;
                self.moment(*high, frame)
            }
            Expr::If { condition, then, otherwise } => {
                self.truth(*condition, frame)?;
                self.moment(*then, frame)?;
                self.moment(*otherwise, frame)
            }
            Expr::Case { comparand: None, items, otherwise } => {
                for (when, then) in items {
                    self.truth(*when, frame)?;
                    self.moment(*then, frame)?;
                }
                self.moment(*otherwise, frame)
            }
            Expr::FunctionRef { .. } | Expr::Query(_) => self.inside(id, frame, Self::moment),
            Expr::Null => Some(()),
            _ => None,
        }
    }

    fn row(&self, id: NodeId, frame: &Frame) -> Option<()> {
        match &self.plan.node(id).expr {
            Expr::Local(local) => (frame.get(local) == Some(&Stands::Row)).then_some(()),
            Expr::As { operand, .. } => self.row(*operand, frame),
            Expr::ExpressionRef(definition) => (self.of_patient && is_patient(self.plan, *definition)).then_some(()),
            _ => None,
        }
    }

    /// The body of a function of moments, or of a query that only gives a moment a name.
    fn inside(&mut self, id: NodeId, frame: &mut Frame, look: fn(&mut Self, NodeId, &mut Frame) -> Option<()>) -> Option<()> {
        let plan = self.plan;
        match &plan.node(id).expr {
            Expr::FunctionRef { function, arguments } => {
                let mut inner = Frame::new();
                for (position, argument) in arguments.iter().enumerate() {
                    let stands = if self.row(*argument, frame).is_some() {
                        Stands::Row
                    } else {
                        self.moment(*argument, frame)?;
                        Stands::Moment
                    };
                    inner.insert(LocalId(position as u32), stands);
                }
                look(self, plan.function(*function).body?, &mut inner)
            }
            Expr::Query(query) => {
                let [source] = &*query.sources else { return None };
                let plain =
                    query.lets.is_empty() && query.relationships.is_empty() && query.filter.is_none() && query.sort.is_none();
                let QueryResult::Return { expression, distinct: false } = query.result else { return None };
                if source.list || !query.singular || !plain {
                    return None;
                }
                self.moment(source.expression, frame)?;
                frame.insert(source.local, Stands::Moment);
                look(self, expression, frame)
            }
            _ => None,
        }
    }
}

fn is_temporal(ty: &Type) -> bool {
    match ty {
        Type::System(SystemType::Date | SystemType::DateTime) => true,
        Type::Interval(of) => is_temporal(of),
        _ => false,
    }
}
