//! Declarations: names into the symbol table, terminology into the plan, definitions, functions and parameters checked when first asked for.

use super::checker::{Checker, Failed, Included, Progress, Symbol, Typed};
use super::types::{self, Generosity};
use crate::ir::{
    Code, CodeId, CodeSystem, CodeSystemId, Concept, ConceptId, Context, Definition, DefinitionId, Function, FunctionId,
    LocalKind, Parameter, ParameterId, Type, ValueSet, ValueSetId,
};
use crate::syntax::ast::{self, FunctionBody, QualifiedName, Range};
use crate::syntax::{DiagnosticCode, nearest};
use std::rc::Rc;
use std::sync::Arc;

impl Checker<'_> {
    pub(super) fn add_include(&mut self, alias: &Arc<str>, included: Included, span: Range) {
        self.add_symbol(alias, Symbol::Include(included), true, span);
    }

    fn add_symbol(&mut self, name: &Arc<str>, symbol: Symbol, public: bool, span: Range) {
        let symbols = &mut self.units[self.unit].symbols;
        if symbols.contains_key(name) {
            self.fault(DiagnosticCode::DuplicateName, span, format!("`{name}` is declared twice in this library"));
            return;
        }
        symbols.insert(name.clone(), (symbol, public));
    }

    /// Enters all names of the unit.
    pub(super) fn declare(&mut self) {
        let ast = self.ast();
        let library = self.units[self.unit].library;
        for declared in &ast.code_systems {
            let id = CodeSystemId(self.plan.code_systems.len() as u32);
            let span = self.span(declared.span);
            self.plan.code_systems.push(CodeSystem {
                library,
                name: declared.name.text.clone(),
                url: declared.url.clone(),
                version: declared.version.clone(),
                span,
            });
            self.add_symbol(&declared.name.text, Symbol::CodeSystem(id), declared.public, declared.name.span);
        }
        for declared in &ast.value_sets {
            let code_systems = declared.code_systems.iter().filter_map(|name| self.code_system(name).ok()).collect();
            let id = ValueSetId(self.plan.value_sets.len() as u32);
            let span = self.span(declared.span);
            self.plan.value_sets.push(ValueSet {
                library,
                name: declared.name.text.clone(),
                url: declared.url.clone(),
                version: declared.version.clone(),
                code_systems,
                span,
            });
            self.add_symbol(&declared.name.text, Symbol::ValueSet(id), declared.public, declared.name.span);
        }
        self.declare_codes(&ast);
        for (i, parameter) in ast.parameters.iter().enumerate() {
            self.add_symbol(&parameter.name.text, Symbol::Parameter(i), parameter.public, parameter.name.span);
        }
        for (i, definition) in ast.definitions.iter().enumerate() {
            self.add_symbol(&definition.name.text, Symbol::Definition(i), definition.public, definition.name.span);
        }
        self.declare_functions(&ast);
        self.declare_contexts(&ast);
    }

    fn declare_codes(&mut self, ast: &Rc<ast::Library>) {
        let library = self.units[self.unit].library;
        for declared in &ast.codes {
            let Ok(system) = self.code_system(&declared.system) else {
                continue;
            };
            let id = CodeId(self.plan.codes.len() as u32);
            let span = self.span(declared.span);
            self.plan.codes.push(Code {
                library,
                name: declared.name.text.clone(),
                code: declared.code.clone(),
                system,
                display: declared.display.clone(),
                span,
            });
            self.add_symbol(&declared.name.text, Symbol::Code(id), declared.public, declared.name.span);
        }
        for declared in &ast.concepts {
            let codes: Vec<CodeId> = declared
                .codes
                .iter()
                .filter_map(|name| match self.qualified_symbol(name) {
                    Ok(Symbol::Code(id)) => Some(id),
                    Ok(_) => {
                        self.fault(DiagnosticCode::TypeMismatch, name.span, format!("`{}` is not a code", name.dotted()));
                        None
                    }
                    Err(Failed) => None,
                })
                .collect();
            let id = ConceptId(self.plan.concepts.len() as u32);
            let span = self.span(declared.span);
            self.plan.concepts.push(Concept {
                library,
                name: declared.name.text.clone(),
                codes,
                display: declared.display.clone(),
                span,
            });
            self.add_symbol(&declared.name.text, Symbol::Concept(id), declared.public, declared.name.span);
        }
    }

    fn declare_functions(&mut self, ast: &Rc<ast::Library>) {
        for (i, function) in ast.functions.iter().enumerate() {
            let mut operands = Vec::with_capacity(function.operands.len());
            for (_, spec) in &function.operands {
                if let Ok(ty) = self.type_spec(spec) {
                    operands.push(ty);
                }
            }
            let complete = operands.len() == function.operands.len();
            let unit = &mut self.units[self.unit];
            let others = unit.functions.entry(function.name.text.clone()).or_default();
            let twin = complete && others.iter().any(|o| unit.signatures[*o].as_ref() == Some(&operands));
            others.push(i);
            unit.signatures.push(complete.then_some(operands));
            if twin {
                self.fault(
                    DiagnosticCode::DuplicateName,
                    function.name.span,
                    format!("function `{}` is declared twice with these operand types", function.name.text),
                );
            }
        }
    }

    /// A code system by (qualified) name.
    pub(super) fn code_system(&mut self, name: &QualifiedName) -> Typed<CodeSystemId> {
        match self.qualified_symbol(name)? {
            Symbol::CodeSystem(id) => Ok(id),
            _ => Err(self.fault(DiagnosticCode::TypeMismatch, name.span, format!("`{}` is not a code system", name.dotted()))),
        }
    }

    /// What a (qualified) name of the symbol table stands for.
    fn qualified_symbol(&mut self, name: &QualifiedName) -> Typed<Symbol> {
        let last = &name.parts[name.parts.len() - 1];
        let unit = if name.parts.len() > 1 {
            let alias = &name.parts[0].text;
            match self.units[self.unit].symbols.get(alias) {
                Some((Symbol::Include(Included::Unit(unit)), _)) => *unit,
                Some((Symbol::Include(Included::Missing), _)) => return Err(Failed),
                _ => {
                    return Err(self.fault(
                        DiagnosticCode::UnknownLibrary,
                        name.span,
                        format!("`{alias}` is not an included library"),
                    ));
                }
            }
        } else {
            self.unit
        };
        match self.units[unit].symbols.get(&last.text) {
            Some((symbol, _)) => Ok(*symbol),
            None => {
                let names = self.units[unit].symbols.keys().map(|k| &**k);
                let advice = nearest(&last.text, names).map(|n| format!("did you mean \"{n}\"?"));
                Err(self.fault_with(DiagnosticCode::UnknownName, last.span, format!("there is no `{}`", last.text), advice))
            }
        }
    }

    /// Checks everything in the unit that nothing has asked for yet.
    pub(super) fn check_unit(&mut self) {
        let ast = self.ast();
        let unit = self.unit;
        for index in 0..ast.parameters.len() {
            let _ = self.parameter(unit, index);
        }
        for index in super::names::checking_order(&ast) {
            let _ = match index {
                super::names::Item::Definition(i) => self.definition(unit, i).map(drop),
                super::names::Item::Function(i) => self.function(unit, i).map(drop),
            };
        }
    }

    fn context_kind(&self, unit: usize, context: Option<usize>) -> Context {
        let Some(index) = context else { return Context::Unfiltered };
        let name = &self.units[unit].ast.contexts[index];
        match name.parts.last().map(|p| &*p.text) {
            Some("Unfiltered" | "Population" | "Unspecified") => Context::Unfiltered,
            _ => Context::Patient,
        }
    }

    /// Is the frame being checked over one patient's data?
    pub(super) fn current_context(&self) -> Context {
        self.context_kind(self.unit, self.frame.context)
    }

    /// The checked definition of a unit.
    pub(super) fn definition(&mut self, unit: usize, index: usize) -> Typed<DefinitionId> {
        match self.units[unit].definition_progress[index] {
            Progress::Done(id) => return Ok(id),
            Progress::Failed => return Err(Failed),
            Progress::Working => {
                let ast = self.units[unit].ast.clone();
                let name = &ast.definitions[index].name;
                return Err(self.circle(unit, name));
            }
            Progress::Waiting => {}
        }
        self.units[unit].definition_progress[index] = Progress::Working;
        let ast = self.units[unit].ast.clone();
        let definition = &ast.definitions[index];
        let (body, locals) =
            self.in_frame(unit, definition.context, |checker| checker.expression(definition.body.ok_or(Failed)?));
        let Ok(body) = body else {
            self.units[unit].definition_progress[index] = Progress::Failed;
            return Err(Failed);
        };
        let id = DefinitionId(self.plan.definitions.len() as u32);
        let context = self.context_kind(unit, definition.context);
        let library = self.units[unit].library;
        self.plan.definitions.push(Definition {
            library,
            name: definition.name.text.clone(),
            public: definition.public,
            context,
            implicit: false,
            body,
            locals,
            span: crate::ir::Span { library, start: definition.span.start, end: definition.span.end },
        });
        self.units[unit].definition_progress[index] = Progress::Done(id);
        Ok(id)
    }

    fn circle(&mut self, unit: usize, name: &ast::Name) -> Failed {
        let outer = std::mem::replace(&mut self.unit, unit);
        let failed = self.fault_with(
            DiagnosticCode::CyclicDefinition,
            name.span,
            format!("`{}` is defined by itself", name.text),
            Some("a definition or function may not depend on its own result, directly or through others".to_owned()),
        );
        self.unit = outer;
        failed
    }

    /// The checked parameter of a unit.
    pub(super) fn parameter(&mut self, unit: usize, index: usize) -> Typed<ParameterId> {
        match self.units[unit].parameter_progress[index] {
            Progress::Done(id) => return Ok(id),
            Progress::Failed => return Err(Failed),
            Progress::Working => {
                let ast = self.units[unit].ast.clone();
                return Err(self.circle(unit, &ast.parameters[index].name));
            }
            Progress::Waiting => {}
        }
        self.units[unit].parameter_progress[index] = Progress::Working;
        let ast = self.units[unit].ast.clone();
        let parameter = &ast.parameters[index];
        let (checked, locals) = self.in_frame(unit, None, |checker| checker.parameter_parts(parameter));
        let Ok((ty, default)) = checked else {
            self.units[unit].parameter_progress[index] = Progress::Failed;
            return Err(Failed);
        };
        let id = ParameterId(self.plan.parameters.len() as u32);
        let library = self.units[unit].library;
        self.plan.parameters.push(Parameter {
            library,
            name: parameter.name.text.clone(),
            ty,
            default,
            locals,
            span: crate::ir::Span { library, start: parameter.span.start, end: parameter.span.end },
        });
        self.units[unit].parameter_progress[index] = Progress::Done(id);
        Ok(id)
    }

    fn parameter_parts(&mut self, parameter: &ast::Parameter) -> Typed<(Type, Option<crate::ir::NodeId>)> {
        let declared = match &parameter.ty {
            Some(spec) => Some(self.type_spec(spec)?),
            None => None,
        };
        let default = match parameter.default {
            Some(default) => Some(self.expression(default)?),
            None => None,
        };
        match (declared, default) {
            (Some(ty), None) => Ok((ty, None)),
            (Some(ty), Some(node)) => {
                let node = self.convert(node, &ty, parameter.span, "the default")?;
                Ok((ty, Some(node)))
            }
            (None, Some(node)) => Ok((self.type_of(node), Some(node))),
            (None, None) => {
                Err(self.fault(DiagnosticCode::TypeMismatch, parameter.name.span, "a parameter needs a type or a default"))
            }
        }
    }

    /// The checked function of a unit.
    pub(super) fn function(&mut self, unit: usize, index: usize) -> Typed<FunctionId> {
        match self.units[unit].function_progress[index] {
            Progress::Done(id) => return Ok(id),
            Progress::Failed => return Err(Failed),
            Progress::Working => {
                let ast = self.units[unit].ast.clone();
                return Err(self.circle(unit, &ast.functions[index].name));
            }
            Progress::Waiting => {}
        }
        self.units[unit].function_progress[index] = Progress::Working;
        let ast = self.units[unit].ast.clone();
        let function = &ast.functions[index];
        let Some(types) = self.units[unit].signatures[index].clone() else {
            self.units[unit].function_progress[index] = Progress::Failed;
            return Err(Failed);
        };
        let operands: Vec<(Arc<str>, Type)> = function.operands.iter().map(|(name, _)| name.text.clone()).zip(types).collect();
        let (checked, locals) = self.in_frame(unit, function.context, |checker| {
            for (name, ty) in &operands {
                let local = checker.local(name, LocalKind::Operand, ty.clone());
                checker.bind(name, local, false);
            }
            checker.function_parts(function)
        });
        let Ok((result, body)) = checked else {
            self.units[unit].function_progress[index] = Progress::Failed;
            return Err(Failed);
        };
        let id = FunctionId(self.plan.functions.len() as u32);
        let library = self.units[unit].library;
        self.plan.functions.push(Function {
            library,
            name: function.name.text.clone(),
            fluent: function.fluent,
            operands,
            result,
            body,
            locals,
            span: crate::ir::Span { library, start: function.span.start, end: function.span.end },
        });
        self.units[unit].function_progress[index] = Progress::Done(id);
        Ok(id)
    }

    fn function_parts(&mut self, function: &ast::Function) -> Typed<(Type, Option<crate::ir::NodeId>)> {
        let declared = match &function.result {
            Some(spec) => Some(self.type_spec(spec)?),
            None => None,
        };
        match (function.body, declared) {
            (FunctionBody::Expression(body), Some(ty)) => {
                let node = self.expression(body)?;
                let node = self.convert(node, &ty, function.span, "the result of the function")?;
                Ok((ty, Some(node)))
            }
            (FunctionBody::Expression(body), None) => {
                let node = self.expression(body)?;
                Ok((self.type_of(node), Some(node)))
            }
            (FunctionBody::External, Some(ty)) => Ok((ty, None)),
            (FunctionBody::External, None) => {
                Err(self.fault(DiagnosticCode::TypeMismatch, function.name.span, "an external function must say what it returns"))
            }
            (FunctionBody::Faulty, _) => Err(Failed),
        }
    }

    /// Does a value of `from` fit an operand of `to`, and how well?
    pub(super) fn fit(&self, from: &Type, to: &Type, generosity: Generosity) -> Option<u32> {
        types::conversion(&self.models, from, to, generosity).map(|(cost, _)| cost)
    }
}
