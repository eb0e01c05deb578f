//! Calls: functions of this library, of an included one, of the language; fluent calls.

use super::checker::{Checker, Failed, Included, Symbol, Typed};
use super::signatures;
use super::types;
use crate::ir::{Expr, Literal, NaryOp, NodeId, Precision, Type};
use crate::syntax::ast::{ExprId, Name, Range};
use crate::syntax::{DiagnosticCode, nearest};
use std::sync::Arc;

/// A user function that can be called: its unit and index.
type Candidate = (usize, usize);

impl Checker<'_> {
    /// `f(a, b)`.
    pub(super) fn call(&mut self, name: &Name, arguments: &[ExprId], range: Range) -> Typed {
        let arguments = self.each(arguments)?;
        let own = self.candidates(self.unit, &name.text, false);
        if let Some(called) = self.choose_function(&own, &arguments, name, range) {
            return called;
        }
        if let Some(node) = self.system_call(&name.text, &arguments, range) {
            return node;
        }
        if !own.is_empty() {
            return Err(self.no_function_fits(&own, &arguments, name, range));
        }
        // FHIRHelpers functions may be called without their library when nothing else has the name.
        if let Some(node) = self.helper(&name.text, &arguments, range) {
            return node;
        }
        Err(self.unknown_function(name, range))
    }

    fn unknown_function(&mut self, name: &Name, range: Range) -> Failed {
        let mut names: Vec<String> = self.units[self.unit].functions.keys().map(|k| k.to_string()).collect();
        names.extend(signatures::function_names().map(str::to_owned));
        names.extend(["Coalesce", "Date", "DateTime", "Time", "AgeInYears", "AgeInYearsAt"].map(str::to_owned));
        let advice = nearest(&name.text, names.iter().map(String::as_str)).map(|n| format!("did you mean `{n}`?"));
        self.fault_with(
            DiagnosticCode::UnknownFunction,
            if name.span == Range::default() { range } else { name.span },
            format!("there is no function `{}`", name.text),
            advice,
        )
    }

    /// `x.f(a)`: a function of the library `x`, a fluent function, or a function of the language in its fluent form.
    pub(super) fn method(&mut self, source: ExprId, name: &Name, arguments: &[ExprId], range: Range) -> Typed {
        let ast = self.ast();
        if let Some(included) = self.library_named(&ast.expr(source).kind) {
            let arguments = self.each(arguments)?;
            return self.library_call(included, name, &arguments, range);
        }
        let source = self.expression(source)?;
        if super::fluent::takes_expression(&name.text) && self.fluent_candidates(&name.text).is_empty() {
            return self.iterating(source, name, arguments, range);
        }
        let mut operands = vec![source];
        operands.extend(self.each(arguments)?);
        let candidates = self.fluent_candidates(&name.text);
        if let Some(called) = self.choose_function(&candidates, &operands, name, range) {
            return called;
        }
        if let Some(node) = self.fluent_system(&name.text, &operands, range) {
            return node;
        }
        if !candidates.is_empty() {
            return Err(self.no_function_fits(&candidates, &operands, name, range));
        }
        let is_missing = |symbol: &(Symbol, bool)| matches!(symbol.0, Symbol::Include(Included::Missing));
        if self.units[self.unit].symbols.values().any(is_missing) {
            // It may be a fluent function of the library that is not there.
            return Err(Failed);
        }
        Err(self.unknown_function(name, range))
    }

    fn library_call(&mut self, included: Included, name: &Name, arguments: &[NodeId], range: Range) -> Typed {
        let unit = match included {
            Included::Unit(unit) => unit,
            Included::Missing => return Err(Failed),
            Included::Helpers => {
                return match self.helper(&name.text, arguments, range) {
                    Some(node) => node,
                    None => Err(self.fault(
                        DiagnosticCode::UnknownFunction,
                        name.span,
                        format!("FHIRHelpers has no function `{}` for these operands", name.text),
                    )),
                };
            }
        };
        let candidates = self.candidates(unit, &name.text, true);
        if let Some(called) = self.choose_function(&candidates, arguments, name, range) {
            return called;
        }
        if !candidates.is_empty() {
            return Err(self.no_function_fits(&candidates, arguments, name, range));
        }
        let names = self.units[unit].functions.keys().map(|k| &**k);
        let advice = nearest(&name.text, names).map(|n| format!("did you mean `{n}`?"));
        Err(self.fault_with(
            DiagnosticCode::UnknownFunction,
            name.span,
            format!("that library has no function `{}`", name.text),
            advice,
        ))
    }

    fn candidates(&self, unit: usize, name: &Arc<str>, only_public: bool) -> Vec<Candidate> {
        let found = &self.units[unit];
        let indexes = found.functions.get(name).into_iter().flatten();
        indexes.filter(|i| !only_public || found.ast.functions[**i].public).map(|i| (unit, *i)).collect()
    }

    /// Fluent functions of this library and of those it includes.
    fn fluent_candidates(&self, name: &Arc<str>) -> Vec<Candidate> {
        let mut found = self.candidates(self.unit, name, false);
        for (symbol, _) in self.units[self.unit].symbols.values() {
            if let Symbol::Include(Included::Unit(unit)) = symbol {
                found.extend(self.candidates(*unit, name, true));
            }
        }
        found.retain(|(unit, index)| self.units[*unit].ast.functions[*index].fluent);
        // The same order whatever the hash of the symbol table: this library first, then in order of the units.
        let own = self.unit;
        found.sort_by_key(|(unit, index)| (*unit != own, *unit, *index));
        found
    }

    /// The candidate that fits best, called; `None` when none fits. A tie is a fault.
    fn choose_function(&mut self, candidates: &[Candidate], arguments: &[NodeId], name: &Name, range: Range) -> Option<Typed> {
        let types: Vec<Type> = arguments.iter().map(|a| self.type_of(*a)).collect();
        for generosity in [types::Generosity::NONE, self.generosity()] {
            let mut best: Vec<(u32, Candidate)> = Vec::new();
            for candidate in candidates {
                let Some(operands) = &self.units[candidate.0].signatures[candidate.1] else {
                    // A faulty signature may have been the one meant: say nothing more about this call.
                    if self.units[candidate.0].ast.functions[candidate.1].operands.len() == arguments.len() {
                        return Some(Err(Failed));
                    }
                    continue;
                };
                if operands.len() != types.len() {
                    continue;
                }
                let cost: Option<u32> = types.iter().zip(operands).map(|(from, to)| self.fit(from, to, generosity)).sum();
                if let Some(cost) = cost {
                    best.push((cost, *candidate));
                }
            }
            let Some(lowest) = best.iter().map(|(cost, _)| *cost).min() else {
                continue;
            };
            best.retain(|(cost, _)| *cost == lowest);
            let own: Vec<(u32, Candidate)> = best.iter().filter(|(_, c)| c.0 == self.unit).copied().collect();
            let best = if own.is_empty() { best } else { own };
            if best.len() > 1 {
                return Some(Err(self.ambiguous(name, &best, range)));
            }
            return Some(self.call_function(best[0].1, arguments, range));
        }
        None
    }

    fn ambiguous(&mut self, name: &Name, best: &[(u32, Candidate)], range: Range) -> Failed {
        let forms: Vec<String> = best.iter().map(|(_, c)| self.signature(*c)).collect();
        self.fault_with(
            DiagnosticCode::AmbiguousCall,
            range,
            format!("this call of `{}` fits several functions equally well", name.text),
            Some(format!("it fits {}; say which with `as`", forms.join(" and "))),
        )
    }

    fn signature(&self, (unit, index): Candidate) -> String {
        let types: Vec<String> = self.units[unit].signatures[index].iter().flatten().map(Type::to_string).collect();
        format!("({})", types.join(", "))
    }

    fn no_function_fits(&mut self, candidates: &[Candidate], arguments: &[NodeId], name: &Name, range: Range) -> Failed {
        let given: Vec<String> = arguments.iter().map(|a| self.type_of(*a).to_string()).collect();
        let forms: Vec<String> = candidates.iter().take(8).map(|c| self.signature(*c)).collect();
        self.fault_with(
            DiagnosticCode::NoOverload,
            range,
            format!("`{}` has no form for ({})", name.text, given.join(", ")),
            Some(format!("it takes {}", forms.join(", "))),
        )
    }

    fn call_function(&mut self, (unit, index): Candidate, arguments: &[NodeId], range: Range) -> Typed {
        let function = self.function(unit, index)?;
        let declared = self.plan.function(function);
        let result = declared.result.clone();
        let operands: Vec<Type> = declared.operands.iter().map(|(_, t)| t.clone()).collect();
        let mut converted = Vec::with_capacity(arguments.len());
        for (argument, ty) in arguments.iter().zip(&operands) {
            converted.push(self.convert(*argument, ty, range, "an argument")?);
        }
        let expr = Expr::FunctionRef { function, arguments: converted.into() };
        Ok(self.node(expr, result, range))
    }

    // --- the language's own functions ---------------------------------------------------------------------------------------------------------------------

    /// A function of the language by name; `None` when there is none.
    pub(super) fn system_call(&mut self, name: &str, arguments: &[NodeId], range: Range) -> Option<Typed> {
        match name {
            "Coalesce" => return Some(self.coalesce(arguments, range)),
            "Date" | "DateTime" | "Time" => return Some(self.temporal(name, arguments, range)),
            "Slice" if !arguments.is_empty() && arguments.len() < 3 => return Some(self.slice_to_end(arguments, range)),
            "Flatten" if arguments.len() == 1 => return Some(self.flatten(arguments[0], range)),
            "Union" | "Intersect" | "Except" if arguments.len() == 2 => {
                let op = match name {
                    "Union" => crate::syntax::ast::Infix::Union,
                    "Intersect" => crate::syntax::ast::Infix::Intersect,
                    _ => crate::syntax::ast::Infix::Except,
                };
                return Some(self.set_operator(op, arguments[0], arguments[1], range));
            }
            _ => {}
        }
        if let Some(age) = self.age(name, arguments, range) {
            return Some(age);
        }
        if !signatures::is_operator(name) {
            return None;
        }
        // A FHIR value is converted by FHIRHelpers where the language has no form for it.
        let types: Vec<Type> = arguments.iter().map(|a| self.type_of(*a)).collect();
        if signatures::choose(&self.models, name, &types, self.generosity()).is_none()
            && let Some(node) = self.helper(name, arguments, range)
        {
            return Some(node);
        }
        Some(self.operator(name, arguments, None, range))
    }

    /// `Slice(list)` and `Slice(list, start)`: to the end.
    fn slice_to_end(&mut self, arguments: &[NodeId], range: Range) -> Typed {
        let mut operands = arguments.to_vec();
        if operands.len() == 1 {
            operands.push(self.literal(Literal::Integer(0), range));
        }
        operands.push(self.node(Expr::Null, Type::ANY, range));
        self.operator("Slice", &operands, None, range)
    }

    fn coalesce(&mut self, arguments: &[NodeId], range: Range) -> Typed {
        if arguments.is_empty() {
            return Err(self.fault(DiagnosticCode::NoOverload, range, "Coalesce needs an operand"));
        }
        if let [list] = arguments
            && let Type::List(element) = self.type_of(*list)
        {
            let expr = Expr::Nary { op: NaryOp::CoalesceList, operands: Box::new([*list]) };
            return Ok(self.node(expr, (*element).clone(), range));
        }
        let found: Vec<Type> = arguments.iter().map(|a| self.type_of(*a)).collect();
        let ty = types::common_or_choice(&self.models, &found);
        let mut operands = Vec::with_capacity(arguments.len());
        for argument in arguments {
            operands.push(self.convert(*argument, &ty, range, "an operand of Coalesce")?);
        }
        let expr = Expr::Nary { op: NaryOp::Coalesce, operands: operands.into() };
        Ok(self.node(expr, ty, range))
    }

    /// `Date(...)`, `DateTime(...)`, `Time(...)`.
    fn temporal(&mut self, name: &str, arguments: &[NodeId], range: Range) -> Typed {
        let most = match name {
            "Date" => 3,
            "DateTime" => 8,
            _ => 4,
        };
        if arguments.is_empty() || arguments.len() > most {
            return Err(self.fault(DiagnosticCode::NoOverload, range, format!("{name} takes 1 to {most} operands")));
        }
        let mut operands = Vec::with_capacity(arguments.len());
        for (i, argument) in arguments.iter().enumerate() {
            let ty = if i == 7 { Type::DECIMAL } else { Type::INTEGER };
            operands.push(self.convert(*argument, &ty, range, "a component")?);
        }
        let operands = operands.into();
        let (expr, ty) = match name {
            "Date" => (Expr::Date(operands), Type::DATE),
            "DateTime" => (Expr::DateTime(operands), Type::DATE_TIME),
            _ => (Expr::Time(operands), Type::TIME),
        };
        Ok(self.node(expr, ty, range))
    }

    /// `AgeInYears()`, `AgeInYearsAt(x)`, `CalculateAgeInYears(b)`, `CalculateAgeInYearsAt(b, x)`, and so for the other periods.
    fn age(&mut self, name: &str, arguments: &[NodeId], range: Range) -> Option<Typed> {
        let (given, rest) = match name.strip_prefix("CalculateAgeIn") {
            Some(rest) => (true, rest),
            None => (false, name.strip_prefix("AgeIn")?),
        };
        let (period, at) = match rest.strip_suffix("At") {
            Some(period) => (period, true),
            None => (rest, false),
        };
        let precision = match period {
            "Years" => Precision::Year,
            "Months" => Precision::Month,
            "Weeks" => Precision::Week,
            "Days" => Precision::Day,
            "Hours" => Precision::Hour,
            "Minutes" => Precision::Minute,
            "Seconds" => Precision::Second,
            _ => return None,
        };
        if arguments.len() != usize::from(given) + usize::from(at) {
            return Some(Err(self.fault(
                DiagnosticCode::NoOverload,
                range,
                format!("{name} takes {} operands", usize::from(given) + usize::from(at)),
            )));
        }
        Some(self.age_node(precision, given, at, arguments, range))
    }

    fn age_node(&mut self, precision: Precision, given: bool, at: bool, arguments: &[NodeId], range: Range) -> Typed {
        let mut arguments = arguments.iter().copied();
        let birth = if given { arguments.next() } else { None };
        let birth = match birth {
            Some(birth) => birth,
            None => {
                let patient = self.patient(range)?;
                self.property(patient, &"birthDate".into(), range)?
            }
        };
        let as_of = if at { arguments.next() } else { None };
        let wanted = if precision >= Precision::Hour { Type::DATE_TIME } else { Type::DATE };
        let birth_type = self.type_of(birth);
        let as_of_type = as_of.map(|n| self.type_of(n));
        let models = self.models.clone();
        let needs_time =
            |t: &Type| *t == Type::DATE_TIME || types::model_conversion(&models, t).is_some_and(|(_, t)| t == Type::DATE_TIME);
        let wanted = match &as_of_type {
            // Years at a moment: both as dates when the birth is a date (the moment's own date), both as date-times otherwise.
            Some(t) if needs_time(t) && wanted == Type::DATE && needs_time(&birth_type) => Type::DATE_TIME,
            None if needs_time(&birth_type) => Type::DATE_TIME,
            _ => wanted,
        };
        let birth = self.convert(birth, &wanted, range, "the birth date")?;
        let as_of = match (as_of, as_of_type) {
            (Some(node), Some(ty)) if wanted == Type::DATE && needs_time(&ty) => {
                Some(self.operator("DateFrom", &[node], None, range)?)
            }
            (Some(node), _) => Some(self.convert(node, &wanted, range, "the moment")?),
            (None, _) => None,
        };
        let expr = Expr::CalculateAge { precision, birth, as_of };
        Ok(self.node(expr, Type::INTEGER, range))
    }
}
