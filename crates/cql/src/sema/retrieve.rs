//! Retrieves: `[Type: path in terminology]`.

use super::checker::{Checker, Typed};
use super::property::access;
use crate::ir::{Access, CodeComparator, CodeFilter, Expr, NodeId, Retrieve, SystemType, Type};
use crate::model;
use crate::syntax::ast::{self, Range, RetrieveComparator};
use crate::syntax::{DiagnosticCode, nearest};
use std::sync::Arc;

impl Checker<'_> {
    pub(super) fn retrieve(&mut self, retrieve: &ast::Retrieve, range: Range) -> Typed {
        let ty = self.named_type(&retrieve.ty);
        let context = retrieve.context.map(|c| self.expression(c)).transpose();
        let codes = retrieve.terminology.map(|t| self.expression(t)).transpose();
        let (ty, context, codes) = (ty?, context?, codes?);
        let Type::Class { model: model_name, name } = &ty else {
            return Err(self.fault_with(
                DiagnosticCode::BadRetrieve,
                retrieve.ty.span,
                format!("{ty} is not a class of a data model"),
                self.units[self.unit]
                    .models
                    .is_empty()
                    .then(|| "write `using FHIR version '4.0.1'` at the top of the library".to_owned()),
            ));
        };
        let class = model::by_name(model_name).and_then(|m| m.class(name));
        let Some(class) = class.filter(|c| c.retrievable) else {
            return Err(self.fault(
                DiagnosticCode::BadRetrieve,
                retrieve.ty.span,
                format!("{ty} is not a resource and cannot be retrieved"),
            ));
        };
        let resource = class.fhir.clone();
        let codes = match codes {
            Some(codes) => Some(self.code_filter(retrieve, codes, (model_name, name), &resource, range)?),
            None => None,
        };
        let expr = Expr::Retrieve(Box::new(Retrieve {
            resource: resource.clone(),
            profile: class.profile.map(Arc::from),
            codes,
            dates: None,
            context,
            scope: self.current_context(),
            fixed: if self.options.negation_profiles { fixed(model_name, name) } else { Vec::new() },
        }));
        Ok(self.node(expr, Type::list(ty.clone()), range))
    }

    fn code_filter(
        &mut self,
        retrieve: &ast::Retrieve,
        codes: NodeId,
        (model_name, class): (&Arc<str>, &Arc<str>),
        resource: &Arc<str>,
        range: Range,
    ) -> Typed<CodeFilter> {
        let path: Arc<str> = match &retrieve.path {
            Some(names) => {
                let parts: Vec<&str> = names.iter().map(|n| &*n.text).collect();
                parts.join(".").into()
            }
            None => {
                let own = model::by_name(model_name).and_then(|m| m.class(class)).and_then(|c| c.code_path);
                let base = model::fhir().class(resource).and_then(|c| c.code_path);
                match own.or(base) {
                    Some(path) => path.into(),
                    None => {
                        return Err(self.fault_with(
                            DiagnosticCode::BadRetrieve,
                            range,
                            format!("{class} has no element that is its code"),
                            Some(format!("name one: `[{class}: element in \"...\"]`")),
                        ));
                    }
                }
            }
        };
        // `value[x]`-style and profile paths name the FHIR element.
        let plain = path.trim_end_matches("[x]");
        let Some(element) = model::fhir().element(resource, plain) else {
            let names = model::fhir().element_names(resource);
            let advice = nearest(plain, names.into_iter()).map(|n| format!("did you mean `{n}`?"));
            return Err(self.fault_with(
                DiagnosticCode::BadRetrieve,
                range,
                format!("{resource} has no element `{plain}`"),
                advice,
            ));
        };
        let access: Access = access(element);
        let (codes, natural) = self.terminology(codes, range)?;
        let comparator = match retrieve.comparator {
            Some(RetrieveComparator::In) => CodeComparator::In,
            Some(RetrieveComparator::Equal) => CodeComparator::Equal,
            Some(RetrieveComparator::Equivalent) => CodeComparator::Equivalent,
            None => natural,
        };
        Ok(CodeFilter { path: plain.into(), access, comparator, codes })
    }

    /// The terminology of a retrieve as a value the filter understands, and how it is naturally compared.
    fn terminology(&mut self, codes: NodeId, range: Range) -> Typed<(NodeId, CodeComparator)> {
        let ty = self.type_of(codes);
        match &ty {
            Type::System(SystemType::ValueSet) => Ok((codes, CodeComparator::In)),
            Type::System(SystemType::Code | SystemType::Concept) => Ok((codes, CodeComparator::Equivalent)),
            Type::System(SystemType::String) => Ok((codes, CodeComparator::Equal)),
            Type::List(of)
                if matches!(
                    **of,
                    Type::System(SystemType::Code | SystemType::Concept | SystemType::String | SystemType::Any)
                ) =>
            {
                Ok((codes, CodeComparator::In))
            }
            _ => {
                let wanted = [Type::CODE, Type::CONCEPT, Type::list(Type::CODE), Type::list(Type::CONCEPT), Type::STRING];
                for to in wanted {
                    if self.fit(&ty, &to, super::types::Generosity::NONE).is_some() {
                        let list = to.element().is_some();
                        let node = self.convert(codes, &to, range, "the terminology")?;
                        let natural = if list { CodeComparator::In } else { CodeComparator::Equivalent };
                        return Ok((node, natural));
                    }
                }
                Err(self.fault(
                    DiagnosticCode::BadRetrieve,
                    range,
                    format!("a retrieve is filtered by a value set, a code or codes, not by {ty}"),
                ))
            }
        }
    }
}

/// What a negation profile of QI-Core fixes (QI-Core 6, *Negation in QI-Core*); only used when [`super::Options::negation_profiles`] asks for it.
fn fixed(model: &str, class: &str) -> Vec<(Access, Arc<[Arc<str>]>)> {
    if model != "QICore" {
        return Vec::new();
    }
    let (path, value) = match class {
        "CommunicationNotDone" | "ImmunizationNotDone" | "MedicationAdministrationNotDone" | "ProcedureNotDone" => {
            ("status", "not-done")
        }
        "ObservationCancelled" => ("status", "cancelled"),
        "MedicationDispenseDeclined" => ("status", "declined"),
        "TaskRejected" => ("status", "rejected"),
        "MedicationNotRequested" | "ServiceNotRequested" => ("doNotPerform", "true"),
        _ => return Vec::new(),
    };
    let access = Access::Model {
        name: path.into(),
        ty: Type::class("FHIR", if path == "status" { "code" } else { "boolean" }),
        list: false,
    };
    vec![(access, Arc::from([Arc::from(value)]))]
}
