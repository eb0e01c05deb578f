//! Retrieves: `[Type: path in terminology]`.

use super::checker::{Checker, Typed};
use super::property::access;
use crate::ir::{
    Access, BinaryOp, CodeComparator, CodeFilter, Expr, LocalId, LocalKind, NodeId, Query, QueryResult, QuerySource,
    Relationship, Retrieve, SystemType, Type,
};
use crate::syntax::ast::{self, Range, RetrieveComparator};
use crate::syntax::{DiagnosticCode, nearest};
use std::sync::Arc;

/// A retrieve being made.
struct Asked {
    ty: Type,
    model: Arc<str>,
    class: Arc<str>,
    resource: Arc<str>,
    profile: Option<Arc<str>>,
    context: Option<NodeId>,
}

impl Checker<'_> {
    pub(super) fn retrieve(&mut self, retrieve: &ast::Retrieve, range: Range) -> Typed {
        let ty = self.named_type(&retrieve.ty);
        let context = retrieve.context.map(|c| self.expression(c)).transpose();
        let codes = retrieve.terminology.map(|t| self.expression(t)).transpose();
        let (ty, context, codes) = (ty?, context?, codes?);
        let asked = self.asked(ty, context, retrieve)?;
        let Some(codes) = codes else {
            return Ok(self.retrieve_node(&asked, None, range));
        };
        let (codes, natural) = self.terminology(codes, range)?;
        let comparator = match retrieve.comparator {
            Some(RetrieveComparator::In) => CodeComparator::In,
            Some(RetrieveComparator::Equal) => CodeComparator::Equal,
            Some(RetrieveComparator::Equivalent) => CodeComparator::Equivalent,
            None => natural,
        };
        let path = self.code_path(retrieve, &asked, range)?;
        let filter = CodeFilter { access: self.filter_access(&asked, &path), path, comparator, codes };
        if retrieve.path.is_none() && &*filter.path == "medication" {
            return self.medication_retrieve(&asked, filter, range);
        }
        Ok(self.retrieve_node(&asked, Some(filter), range))
    }

    fn asked(&mut self, ty: Type, context: Option<NodeId>, retrieve: &ast::Retrieve) -> Typed<Asked> {
        let Type::Class { model, name } = &ty else {
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
        let class = self.models.get(model).and_then(|m| m.class(name));
        let Some(class) = class.filter(|c| c.retrievable) else {
            return Err(self.fault(
                DiagnosticCode::BadRetrieve,
                retrieve.ty.span,
                format!("{ty} is not a resource and cannot be retrieved"),
            ));
        };
        let (resource, profile) = (class.fhir.clone(), class.profile.clone());
        Ok(Asked { model: model.clone(), class: name.clone(), resource, profile, context, ty })
    }

    fn retrieve_node(&mut self, asked: &Asked, codes: Option<CodeFilter>, range: Range) -> NodeId {
        let fixed = if self.options.negation_profiles { fixed(&asked.model, &asked.class) } else { Vec::new() };
        let expr = Expr::Retrieve(Box::new(Retrieve {
            resource: asked.resource.clone(),
            profile: asked.profile.clone(),
            codes,
            dates: None,
            context: asked.context,
            scope: self.current_context(),
            fixed,
        }));
        self.node(expr, Type::list(asked.ty.clone()), range)
    }

    /// The element a retrieve's codes are looked for in: the one it names, else the class's own.
    fn code_path(&mut self, retrieve: &ast::Retrieve, asked: &Asked, range: Range) -> Typed<Arc<str>> {
        if let Some(names) = &retrieve.path {
            let parts: Vec<&str> = names.iter().map(|n| &*n.text).collect();
            return self.element_path(asked, &parts.join("."), range);
        }
        let own = self.models.get(&asked.model).and_then(|m| m.class(&asked.class)).and_then(|c| c.code_path.clone());
        let base = || self.models.fhir().class(&asked.resource).and_then(|c| c.code_path.clone());
        match own.or_else(base) {
            Some(path) => Ok(path.trim_end_matches("[x]").into()),
            None => Err(self.fault_with(
                DiagnosticCode::BadRetrieve,
                range,
                format!("{} has no element that is its code", asked.class),
                Some(format!("name one: `[{}: element in \"...\"]`", asked.class)),
            )),
        }
    }

    /// A path of a retrieve, whose first element the class must have.
    fn element_path(&mut self, asked: &Asked, path: &str, range: Range) -> Typed<Arc<str>> {
        let plain = path.trim_end_matches("[x]");
        let first = plain.split('.').next().unwrap_or(plain);
        let has = self.models.element(&asked.model, &asked.class, first).is_some();
        if has || self.models.fhir().element(&asked.resource, first).is_some() {
            return Ok(plain.into());
        }
        let names = self.models.fhir().element_names(&asked.resource);
        let advice = nearest(first, names.into_iter()).map(|n| format!("did you mean `{n}`?"));
        Err(self.fault_with(DiagnosticCode::BadRetrieve, range, format!("{} has no element `{first}`", asked.class), advice))
    }

    /// How a filter reads its element. References are not followed: a retrieve compares only what stands in the resource itself.
    fn filter_access(&self, asked: &Asked, path: &Arc<str>) -> Access {
        match self.models.fhir().element(&asked.resource, path) {
            Some(element) => without_references(access(element)),
            None => Access::Dynamic(path.clone()),
        }
    }

    /// `[MedicationRequest: "Codes"]`: those that name the medication by its code and those that refer to a Medication resource of that code, as the reference
    /// translator has it (the ones by reference first, except in FHIR itself).
    fn medication_retrieve(&mut self, asked: &Asked, filter: CodeFilter, range: Range) -> Typed {
        let medication = self.models.get(&asked.model).filter(|m| m.class("Medication").is_some_and(|c| c.retrievable));
        let has_reference = self.models.element(&asked.model, &asked.class, "medication").is_some_and(
            |element| matches!(&element.ty, Type::Choice(of) if of.iter().any(|t| matches!(t, Type::Class { name, .. } if &**name == "Reference"))),
        );
        let Some(medication) = medication.filter(|_| has_reference).map(|m| m.class_type("Medication")) else {
            return Ok(self.retrieve_node(asked, Some(filter), range));
        };
        let by_code = self.retrieve_node(asked, Some(filter.clone()), range);
        let all = self.retrieve_node(asked, None, range);
        let profile = self.models.get(&asked.model).and_then(|m| m.class("Medication")).and_then(|c| c.profile.clone());
        let class = Asked {
            ty: medication.clone(),
            model: asked.model.clone(),
            class: "Medication".into(),
            resource: "Medication".into(),
            profile,
            context: None,
        };
        let medications = self.retrieve_node(&class, None, range);
        let request = self.local("MR", LocalKind::Alias, asked.ty.clone());
        let alias = self.local("M", LocalKind::Alias, medication);
        let such_that = self.refers_to(&asked.resource, request, alias, &filter, range)?;
        let query = Expr::Query(Box::new(Query {
            sources: Box::new([QuerySource { local: request, expression: all, list: true }]),
            lets: Box::new([]),
            relationships: Box::new([Relationship {
                with: true,
                source: QuerySource { local: alias, expression: medications, list: true },
                such_that: Some(such_that),
            }]),
            filter: None,
            result: QueryResult::Element,
            sort: None,
            singular: false,
        }));
        let ty = Type::list(asked.ty.clone());
        let by_reference = self.node(query, ty.clone(), range);
        let (left, right) = if &*asked.model == "FHIR" { (by_code, by_reference) } else { (by_reference, by_code) };
        Ok(self.node(Expr::Binary { op: BinaryOp::UnionLists, left, right }, ty, range))
    }

    /// `M.id = Last(Split(MR.medication.reference, '/')) and M.code in "Codes"`.
    fn refers_to(&mut self, resource: &str, request: LocalId, medication: LocalId, filter: &CodeFilter, range: Range) -> Typed {
        let span = self.span(range);
        let request = self.local_ref(request, span);
        let Some(element) = self.models.fhir().element(resource, "medication").cloned() else { return Ok(request) };
        let choice = self.fhir_element(request, resource, &element, range);
        let reference = Type::class("FHIR", "Reference");
        let narrowed = self.cast(choice, &reference, span);
        let text = self.property(narrowed, &"reference".into(), range)?;
        let slash = self.string(&"/".into(), range);
        let parts = self.operator("Split", &[text, slash], None, range)?;
        let last = self.operator("Last", &[parts], None, range)?;
        let one = self.local_ref(medication, span);
        let id = self.property(one, &"id".into(), range)?;
        let same = self.operator("Equal", &[id, last], None, range)?;
        let one = self.local_ref(medication, span);
        let code = self.property(one, &"code".into(), range)?;
        let code = self.convert(code, &Type::CONCEPT, range, "the code of a medication")?;
        let fits = match self.type_of(filter.codes) {
            Type::System(SystemType::ValueSet) => self.operator("InValueSet", &[code, filter.codes], None, range)?,
            Type::List(_) => {
                // Any of the concept's codes among these.
                let element = Expr::Property { source: code, access: Access::Element("codes".into()) };
                let codes = self.node(element, Type::list(Type::CODE), range);
                let both = self.set_operator(ast::Infix::Intersect, codes, filter.codes, range)?;
                self.operator("Exists", &[both], None, range)?
            }
            _ => self.operator("Equivalent", &[code, filter.codes], None, range)?,
        };
        self.operator("And", &[same, fits], None, range)
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

/// An access without the alternatives that are references.
pub(crate) fn without_references(access: Access) -> Access {
    match access {
        Access::ModelChoice { name, alternatives } => Access::ModelChoice {
            name,
            alternatives: alternatives
                .iter()
                .filter(|(_, ty)| !matches!(ty, Type::Class { name, .. } if &**name == "Reference"))
                .cloned()
                .collect(),
        },
        other => other,
    }
}
