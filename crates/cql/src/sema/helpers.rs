//! FHIRHelpers, built in: its functions are intrinsics.

use super::checker::{Checker, Typed};
use super::types::Generosity;
use crate::ir::{Expr, Intrinsic, NodeId, Type};
use crate::syntax::ast::Range;

/// (function, class of its operand, intrinsic, result); in the order in which overloads are tried.
fn table() -> Vec<(&'static str, Type, Intrinsic, Type)> {
    let fhir = |name: &str| Type::class("FHIR", name);
    let any = Type::ANY;
    vec![
        ("ToInterval", fhir("Period"), Intrinsic::PeriodToInterval, Type::interval(Type::DATE_TIME)),
        ("ToInterval", fhir("Range"), Intrinsic::RangeToInterval, Type::interval(Type::QUANTITY)),
        ("ToInterval", fhir("Quantity"), Intrinsic::QuantityToInterval, Type::interval(Type::QUANTITY)),
        ("ToQuantity", fhir("Quantity"), Intrinsic::ToQuantity, Type::QUANTITY),
        ("ToQuantityIgnoringComparator", fhir("Quantity"), Intrinsic::ToQuantityIgnoringComparator, Type::QUANTITY),
        ("ToRatio", fhir("Ratio"), Intrinsic::ToRatio, Type::RATIO),
        ("ToCode", fhir("Coding"), Intrinsic::ToCode, Type::CODE),
        ("ToConcept", fhir("CodeableConcept"), Intrinsic::ToConcept, Type::CONCEPT),
        ("ToValueSet", fhir("uri"), Intrinsic::ToValueSet, Type::VALUE_SET),
        ("ToCalendarUnit", Type::STRING, Intrinsic::ToCalendarUnit, Type::STRING),
        ("ToBoolean", fhir("boolean"), Intrinsic::ToBoolean, Type::BOOLEAN),
        ("ToDate", fhir("date"), Intrinsic::ToDate, Type::DATE),
        ("ToDateTime", fhir("dateTime"), Intrinsic::ToDateTime, Type::DATE_TIME),
        ("ToDateTime", fhir("instant"), Intrinsic::ToDateTime, Type::DATE_TIME),
        ("ToDecimal", fhir("decimal"), Intrinsic::ToDecimal, Type::DECIMAL),
        ("ToInteger", fhir("integer"), Intrinsic::ToInteger, Type::INTEGER),
        ("ToTime", fhir("time"), Intrinsic::ToTime, Type::TIME),
        ("ToString", fhir("Element"), Intrinsic::ToString, Type::STRING),
        ("ToValue", any, Intrinsic::ToValue, Type::ANY),
    ]
}

impl Checker<'_> {
    /// A FHIRHelpers function; `None` when it has none of this name for this operand.
    pub(super) fn helper(&mut self, name: &str, arguments: &[NodeId], range: Range) -> Option<Typed> {
        let [argument] = arguments else { return None };
        let from = self.type_of(*argument);
        let best = table()
            .into_iter()
            .filter(|(function, ..)| *function == name)
            .filter_map(|entry| self.fit(&from, &entry.1, Generosity::NONE).map(|cost| (cost, entry)))
            .min_by_key(|(cost, _)| *cost);
        let Some((_, (_, operand, function, result))) = best else {
            // Already a System value (profile models convert on the way): the helper has nothing left to do.
            return self.already_converted(name, *argument, &from);
        };
        Some(self.convert(*argument, &operand, range, "the operand").map(|operand| {
            let expr = Expr::Intrinsic { function, operand };
            self.node(expr, result, range)
        }))
    }

    fn already_converted(&mut self, name: &str, argument: NodeId, from: &Type) -> Option<Typed> {
        let results = table();
        let fits = results.iter().any(|(function, _, _, result)| *function == name && result == from);
        fits.then_some(Ok(argument))
    }
}
