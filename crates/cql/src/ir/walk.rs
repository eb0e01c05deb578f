//! Walking the plan: the direct operands of a node.

use super::{Expr, NodeId, QueryResult, QuerySource};

impl Expr {
    /// Calls `visit` with each direct operand, in order of evaluation.
    pub fn operands(&self, visit: &mut impl FnMut(NodeId)) {
        match self {
            Expr::Null
            | Expr::Literal(_)
            | Expr::Local(_)
            | Expr::ExpressionRef(_)
            | Expr::ParameterRef(_)
            | Expr::ValueSetRef(_)
            | Expr::CodeSystemRef(_)
            | Expr::CodeRef(_)
            | Expr::ConceptRef(_)
            | Expr::Nullary(_)
            | Expr::MinValue(_)
            | Expr::MaxValue(_) => {}
            Expr::Intrinsic { operand, .. }
            | Expr::Unary { operand, .. }
            | Expr::DateTimeComponentFrom { operand, .. }
            | Expr::Is { operand, .. }
            | Expr::As { operand, .. } => visit(*operand),
            Expr::Property { source, .. } => visit(*source),
            Expr::Binary { left, right, .. }
            | Expr::Timed { left, right, .. }
            | Expr::DurationBetween { left, right, .. }
            | Expr::DifferenceBetween { left, right, .. } => [*left, *right].into_iter().for_each(visit),
            Expr::Interval { low, high, .. } => [*low, *high].into_iter().for_each(visit),
            Expr::CalculateAge { birth, as_of, .. } => {
                visit(*birth);
                as_of.iter().copied().for_each(visit);
            }
            Expr::FunctionRef { arguments, .. } => arguments.iter().copied().for_each(visit),
            Expr::Nary { operands, .. }
            | Expr::Date(operands)
            | Expr::DateTime(operands)
            | Expr::Time(operands)
            | Expr::List(operands) => operands.iter().copied().for_each(visit),
            Expr::Tuple(elements) | Expr::Instance { elements, .. } => {
                elements.iter().map(|(_, node)| *node).for_each(visit);
            }
            Expr::If { condition, then, otherwise } => [*condition, *then, *otherwise].into_iter().for_each(visit),
            Expr::Case { comparand, items, otherwise } => {
                comparand.iter().copied().for_each(&mut *visit);
                for (when, then) in items {
                    visit(*when);
                    visit(*then);
                }
                visit(*otherwise);
            }
            Expr::Retrieve(retrieve) => {
                retrieve.context.iter().copied().for_each(&mut *visit);
                retrieve.codes.iter().map(|c| c.codes).for_each(&mut *visit);
                retrieve.dates.iter().map(|d| d.range).for_each(visit);
            }
            Expr::Query(query) => {
                let sources = |s: &QuerySource| s.expression;
                query.sources.iter().map(sources).for_each(&mut *visit);
                query.lets.iter().map(|(_, node)| *node).for_each(&mut *visit);
                for relationship in &query.relationships {
                    visit(relationship.source.expression);
                    relationship.such_that.iter().copied().for_each(&mut *visit);
                }
                query.filter.iter().copied().for_each(&mut *visit);
                match query.result {
                    QueryResult::Element => {}
                    QueryResult::Return { expression, .. } => visit(expression),
                    QueryResult::Aggregate { start, expression, .. } => {
                        visit(start);
                        visit(expression);
                    }
                }
                let keys = query.sort.iter().flat_map(|sort| sort.keys.iter());
                keys.map(|key| key.expression).for_each(visit);
            }
            Expr::ForEach { source, element, .. } | Expr::Repeat { source, element, .. } => {
                [*source, *element].into_iter().for_each(visit);
            }
            Expr::Message { source, condition, code, severity, message } => {
                [*source, *condition, *code, *severity, *message].into_iter().for_each(visit)
            }
        }
    }
}
