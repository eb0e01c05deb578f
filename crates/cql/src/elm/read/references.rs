//! References and calls of ELM.

use super::{Failed, Included, Read, Reader, names, text, typing};
use crate::ir::{CodeId, CodeSystemId, Expr, Intrinsic, NodeId, Type, UnaryOp};
use json::Value;

impl<'d> Reader<'d> {
    /// The library a reference points into.
    fn target(&mut self, value: Value<'d>) -> Read<usize> {
        let Some(alias) = text(&value, "libraryName") else {
            return Ok(self.library);
        };
        match self.libraries[self.library].includes.get(&alias) {
            Some(Included::Library(index)) => Ok(*index),
            _ => Err(self.fault(value, format!("library `{alias}` is not included"))),
        }
    }

    pub(super) fn code_system(&mut self, value: Value<'d>) -> Read<CodeSystemId> {
        let target = self.target(value)?;
        let name = text(&value, "name").unwrap_or_default();
        match self.libraries[target].code_systems.get(&name) {
            Some(id) => Ok(*id),
            None => Err(self.fault(value, format!("there is no code system `{name}`"))),
        }
    }

    pub(super) fn code(&mut self, value: Value<'d>) -> Read<CodeId> {
        let target = self.target(value)?;
        let name = text(&value, "name").unwrap_or_default();
        match self.libraries[target].codes.get(&name) {
            Some(id) => Ok(*id),
            None => Err(self.fault(value, format!("there is no code `{name}`"))),
        }
    }

    pub(super) fn reference(&mut self, kind: &str, value: Value<'d>) -> Read {
        let name = text(&value, "name").unwrap_or_default();
        let target = self.target(value)?;
        let library = &self.libraries[target];
        match kind {
            "ExpressionRef" => {
                let Some(index) = library.definitions.iter().position(|d| *d.name == *name) else {
                    return Err(self.fault(value, format!("there is no definition `{name}`")));
                };
                let id = self.definition(target, index)?;
                let ty = self.type_of(self.plan.definition(id).body);
                Ok(self.node(Expr::ExpressionRef(id), ty))
            }
            "ParameterRef" => {
                let Some(index) = library.parameters.iter().position(|p| *p.name == *name) else {
                    return Err(self.fault(value, format!("there is no parameter `{name}`")));
                };
                let id = self.parameter(target, index)?;
                let ty = self.plan.parameters[id.index()].ty.clone();
                Ok(self.node(Expr::ParameterRef(id), ty))
            }
            "ValueSetRef" => {
                let Some(id) = library.value_sets.get(&name).copied() else {
                    return Err(self.fault(value, format!("there is no value set `{name}`")));
                };
                Ok(self.node(Expr::ValueSetRef(id), Type::VALUE_SET))
            }
            "CodeSystemRef" => {
                let id = self.code_system(value)?;
                Ok(self.node(Expr::CodeSystemRef(id), Type::CODE_SYSTEM))
            }
            "CodeRef" => {
                let id = self.code(value)?;
                Ok(self.node(Expr::CodeRef(id), Type::CODE))
            }
            _ => {
                let Some(id) = library.concepts.get(&name).copied() else {
                    return Err(self.fault(value, format!("there is no concept `{name}`")));
                };
                Ok(self.node(Expr::ConceptRef(id), Type::CONCEPT))
            }
        }
    }

    /// A value set as an expression: before ELM's `preserve` a reference meant its codes.
    pub(super) fn value_set_value(&mut self, value: Value<'d>) -> Read {
        let node = self.reference("ValueSetRef", value)?;
        if value.get("preserve").and_then(|p| p.as_bool()) == Some(true) {
            return Ok(node);
        }
        let expr = Expr::Unary { op: UnaryOp::ExpandValueSet, operand: node };
        Ok(self.node(expr, Type::list(Type::CODE)))
    }

    /// The value of an alias, let, operand or `$this`.
    pub(super) fn named_local(&mut self, value: Value<'d>, name: &str) -> Read {
        let found = self.scope.iter().rev().find(|(n, _)| &**n == name).map(|(_, l)| *l);
        match found {
            Some(local) => Ok(self.local_ref(local)),
            None => Err(self.fault(value, format!("nothing is called `{name}` here"))),
        }
    }

    /// `IdentifierRef`: a local, or an element of the `$this` in scope.
    pub(super) fn identifier(&mut self, value: Value<'d>) -> Read {
        let name = text(&value, "name").unwrap_or_default();
        if self.scope.iter().any(|(n, _)| **n == *name) {
            return self.named_local(value, &name);
        }
        let this = self.named_local(value, "$this")?;
        Ok(self.element(this, &name))
    }

    pub(super) fn call(&mut self, value: Value<'d>) -> Read {
        let name = text(&value, "name").unwrap_or_default();
        let operands = value.get("operand").map(|o| o.items().collect::<Vec<_>>()).unwrap_or_default();
        let mut arguments = Vec::with_capacity(operands.len());
        for operand in operands {
            arguments.push(self.expression(operand)?);
        }
        if let Some(alias) = text(&value, "libraryName")
            && let Some(Included::Helpers) = self.libraries[self.library].includes.get(&alias)
        {
            return self.helper(value, &name, &arguments);
        }
        let target = self.target(value)?;
        let signature: Option<Vec<Type>> = value.get("signature").map(|s| s.items().map(|t| typing::specifier(&t)).collect());
        let types: Vec<Type> = arguments.iter().map(|a| self.type_of(*a)).collect();
        let Some(index) = self.overload(target, &name, signature.as_deref(), &types) else {
            return Err(self.fault(value, format!("there is no function `{name}` of {} operands", types.len())));
        };
        let function = self.function(target, index)?;
        let result = self.plan.function(function).result.clone();
        let expr = Expr::FunctionRef { function, arguments: arguments.into() };
        Ok(self.node(expr, result))
    }

    /// The overload with this signature, else the one the operand types fit best.
    fn overload(&self, library: usize, name: &str, signature: Option<&[Type]>, types: &[Type]) -> Option<usize> {
        let functions = self.libraries[library].functions.iter().enumerate();
        let candidates: Vec<(usize, Vec<Type>)> = functions
            .filter(|(_, f)| *f.name == *name)
            .map(|(i, f)| (i, typing::operands(&f.value).into_iter().map(|(_, t)| t).collect::<Vec<_>>()))
            .filter(|(_, operands)| operands.len() == types.len())
            .collect();
        if let Some(signature) = signature
            && let Some((index, _)) = candidates.iter().find(|(_, operands)| operands == signature)
        {
            return Some(*index);
        }
        candidates
            .iter()
            .filter_map(|(index, operands)| {
                let costs = types.iter().zip(operands).map(|(from, to)| crate::sema::conversion_cost(from, to));
                costs.sum::<Option<u32>>().map(|cost| (cost, *index))
            })
            .min()
            .map(|(_, index)| index)
            .or_else(|| candidates.first().map(|(index, _)| *index))
    }

    fn helper(&mut self, value: Value<'d>, name: &str, arguments: &[NodeId]) -> Read {
        let Some(mut function) = names::find(names::HELPERS, name) else {
            return Err(self.fault(value, format!("FHIRHelpers has no function `{name}`")));
        };
        let [operand] = arguments else {
            return Err(self.fault(value, format!("FHIRHelpers.{name} takes one operand")));
        };
        let ty = self.type_of(*operand);
        let class = match &ty {
            Type::Class { name, .. } => &**name,
            _ => "",
        };
        if name == "ToInterval" {
            function = match class {
                "Period" => Intrinsic::PeriodToInterval,
                "Range" => Intrinsic::RangeToInterval,
                "" => Intrinsic::ToValue,
                _ => Intrinsic::QuantityToInterval,
            };
        }
        let result = match function {
            Intrinsic::ToString | Intrinsic::ToCalendarUnit | Intrinsic::ReferenceToString => Type::STRING,
            Intrinsic::ToBoolean | Intrinsic::HasValue => Type::BOOLEAN,
            Intrinsic::ToInteger => Type::INTEGER,
            Intrinsic::ToDecimal => Type::DECIMAL,
            Intrinsic::ToDate => Type::DATE,
            Intrinsic::ToDateTime => Type::DATE_TIME,
            Intrinsic::ToTime => Type::TIME,
            Intrinsic::ToQuantity | Intrinsic::ToQuantityIgnoringComparator => Type::QUANTITY,
            Intrinsic::ToRatio => Type::RATIO,
            Intrinsic::ToCode => Type::CODE,
            Intrinsic::ToConcept => Type::CONCEPT,
            Intrinsic::ToValueSet => Type::VALUE_SET,
            Intrinsic::PeriodToInterval => Type::interval(Type::DATE_TIME),
            Intrinsic::RangeToInterval | Intrinsic::QuantityToInterval => Type::interval(Type::QUANTITY),
            Intrinsic::ToValue => Type::ANY,
            Intrinsic::Resolve => Type::class("FHIR", "Resource"),
        };
        let expr = Expr::Intrinsic { function, operand: *operand };
        Ok(self.node(expr, result))
    }

    /// `InValueSet` and its kin: the set is a direct reference or an expression.
    pub(super) fn set_operand(&mut self, value: Value<'d>, field: &str, kind: &str) -> Read {
        if let Some(reference) = value.get(field) {
            return self.reference(kind, reference);
        }
        match value.get(&format!("{field}Expression")) {
            Some(expression) => self.expression(expression),
            None => Err(self.fault(value, format!("it needs a {field}"))),
        }
    }

    pub(super) fn missing(&mut self, value: Value<'d>, field: &str) -> Failed {
        let kind = text(&value, "type").unwrap_or_default();
        self.fault(value, format!("{kind} needs `{field}`"))
    }
}
