//! What is read of the parts of the data: elements, conversions, retrieves.

use super::flow::{Flow, Follower};
use super::shapes::{ANY_RESOURCE, Part, Parts, WHOLE, dynamic_names};
use crate::ir::{Access, Intrinsic, Retrieve, Type};
use crate::model;
use std::sync::Arc;

impl Follower<'_> {
    /// What a value given from outside may be.
    pub(super) fn of_type(&mut self, ty: &Type) -> Flow {
        match ty {
            Type::System(crate::ir::SystemType::Any) => {
                self.shapes.keep_whole(ANY_RESOURCE);
                Flow::of(ANY_RESOURCE)
            }
            Type::System(_) | Type::Interval(_) => Flow::default(),
            Type::Class { model, name } => {
                let class = model::fhir_class(model, name);
                if is_resource(&class) {
                    return Flow::of(self.shapes.resource(&class));
                }
                // A part of some resource, no one knows which.
                self.shapes.keep_whole(ANY_RESOURCE);
                Flow::of(WHOLE)
            }
            Type::List(of) => self.of_type(of),
            Type::Choice(of) => {
                let mut all = Flow::default();
                of.iter().for_each(|ty| all.join(&self.of_type(ty)));
                all
            }
            Type::Tuple(elements) => {
                let elements = elements.iter().map(|(name, ty)| (Arc::clone(name), self.of_type(ty))).collect();
                Flow { parts: Parts::new(), elements }
            }
        }
    }

    /// Its type is looked at: a resource within a resource says it itself.
    pub(super) fn typed(&mut self, flow: &Flow) {
        for part in &flow.parts {
            self.shapes.leaves(*part, &["resourceType"]);
        }
    }

    pub(super) fn narrowed(&mut self, mut flow: Flow, ty: &Type) -> Flow {
        self.typed(&flow);
        if flow.parts.contains(&ANY_RESOURCE)
            && let Some(classes) = classes(ty)
            && classes.iter().all(|class| is_resource(class))
        {
            flow.parts.remove(&ANY_RESOURCE);
            for class in classes {
                flow.parts.insert(self.shapes.resource(&class));
            }
        }
        flow
    }

    pub(super) fn property(&mut self, source: &Flow, access: &Access) -> Flow {
        let mut out = Flow::default();
        let name = match access {
            Access::ModelValue => "value",
            Access::Element(name) | Access::Dynamic(name) | Access::Model { name, .. } | Access::ModelChoice { name, .. } => name,
        };
        if let Some(element) = source.elements.get(name) {
            out.join(element);
        }
        for part in &source.parts {
            match access {
                Access::ModelValue => self.shapes.leaves(*part, &["value"]),
                Access::Model { name, ty, .. } => {
                    out.parts.insert(self.shapes.member(*part, name, is_complex(ty)));
                }
                Access::ModelChoice { alternatives, .. } => {
                    for (name, ty) in alternatives.iter() {
                        out.parts.insert(self.shapes.member(*part, name, is_complex(ty)));
                    }
                }
                Access::Element(name) | Access::Dynamic(name) => {
                    self.shapes.leaves(*part, &["resourceType"]);
                    for name in dynamic_names(name) {
                        out.parts.insert(self.shapes.member(*part, &name, false));
                    }
                    if **name == *"value" {
                        out.join(&self.intrinsic(Intrinsic::ToValue, Flow::of(*part)));
                    }
                }
            }
        }
        out
    }

    pub(super) fn intrinsic(&mut self, function: Intrinsic, operand: Flow) -> Flow {
        for part in &operand.parts {
            self.converted(function, *part);
        }
        match function {
            Intrinsic::Resolve => Flow::of(ANY_RESOURCE),
            // A value without a System counterpart stays what it is; so does what is no object.
            Intrinsic::ToValue => operand,
            _ => Flow { parts: Parts::new(), elements: operand.elements },
        }
    }

    /// What a conversion reads of an object.
    pub(super) fn converted(&mut self, function: Intrinsic, part: Part) {
        let codes = ["code", "system", "version", "display"];
        match function {
            Intrinsic::ToQuantity | Intrinsic::ToQuantityIgnoringComparator | Intrinsic::QuantityToInterval => {
                self.shapes.leaves(part, &["value", "comparator", "unit", "system", "code"]);
            }
            Intrinsic::ToRatio | Intrinsic::RangeToInterval => {
                for name in ["numerator", "denominator", "low", "high"] {
                    let quantity = self.shapes.member(part, name, true);
                    self.converted(Intrinsic::ToQuantity, quantity);
                }
            }
            Intrinsic::ToCode => self.shapes.leaves(part, &codes),
            Intrinsic::ToConcept => {
                let coding = self.shapes.member(part, "coding", true);
                self.shapes.leaves(coding, &codes);
                self.shapes.leaves(part, &codes);
                self.shapes.leaves(part, &["text"]);
            }
            Intrinsic::PeriodToInterval => self.shapes.leaves(part, &["start", "end"]),
            Intrinsic::ReferenceToString | Intrinsic::Resolve => self.shapes.leaves(part, &["reference"]),
            Intrinsic::ToValue => {
                for function in [
                    Intrinsic::ToQuantity,
                    Intrinsic::ToRatio,
                    Intrinsic::ToConcept,
                    Intrinsic::PeriodToInterval,
                    Intrinsic::ReferenceToString,
                ] {
                    self.converted(function, part);
                }
                self.typed(&Flow::of(part));
            }
            // These read the scalar itself.
            Intrinsic::ToString
            | Intrinsic::ToBoolean
            | Intrinsic::ToInteger
            | Intrinsic::ToDecimal
            | Intrinsic::ToDate
            | Intrinsic::ToDateTime
            | Intrinsic::ToTime
            | Intrinsic::ToValueSet
            | Intrinsic::ToCalendarUnit
            | Intrinsic::HasValue => {}
        }
    }

    pub(super) fn retrieve(&mut self, retrieve: &Retrieve) -> Flow {
        let resource = self.shapes.resource(&retrieve.resource);
        if let Some(filter) = &retrieve.codes {
            for (member, ty) in members(&filter.access) {
                let part = self.shapes.member(resource, &member, true);
                self.coded(part);
                self.shapes.leaves(part, &["reference"]);
                let may_refer = ty.is_none_or(|ty| classes(&ty).is_none_or(|c| c.iter().any(|c| **c == *"Reference")));
                if may_refer {
                    let code = self.shapes.member(ANY_RESOURCE, "code", true);
                    self.coded(code);
                    self.shapes.leaves(code, &["reference"]);
                }
            }
            let codes = self.flow(filter.codes);
            self.whole(&codes);
        }
        for (access, _) in &retrieve.fixed {
            for (member, _) in members(access) {
                let part = self.shapes.member(resource, &member, true);
                self.coded(part);
            }
        }
        if let Some(dates) = &retrieve.dates {
            for (member, _) in members(&dates.access) {
                let part = self.shapes.member(resource, &member, true);
                self.shapes.leaves(part, &["start", "end"]);
            }
            let range = self.flow(dates.range);
            self.whole(&range);
        }
        Flow::of(resource)
    }

    /// Codes are looked for in a CodeableConcept, Coding or code.
    pub(super) fn coded(&mut self, part: Part) {
        let coding = self.shapes.member(part, "coding", true);
        self.shapes.leaves(coding, &["system", "code"]);
        self.shapes.leaves(part, &["system", "code"]);
    }
}

/// The JSON members an access reads, with their types where it tells them.
fn members(access: &Access) -> Vec<(Arc<str>, Option<Type>)> {
    match access {
        Access::Model { name, ty, .. } => vec![(Arc::clone(name), Some(ty.clone()))],
        Access::ModelChoice { alternatives, .. } => {
            alternatives.iter().map(|(name, ty)| (Arc::clone(name), Some(ty.clone()))).collect()
        }
        Access::Element(name) | Access::Dynamic(name) => vec![(Arc::clone(name), None)],
        Access::ModelValue => Vec::new(),
    }
}

/// The FHIR classes a type stands for; `None` when it may be something else.
fn classes(ty: &Type) -> Option<Vec<Arc<str>>> {
    match ty {
        Type::Class { model, name } => Some(vec![model::fhir_class(model, name)]),
        Type::List(of) => classes(of),
        Type::Choice(of) => of.iter().map(classes).collect::<Option<Vec<_>>>().map(|all| all.concat()),
        _ => None,
    }
}

/// Whether a class is a resource.
fn is_resource(class: &str) -> bool {
    let mut name: Arc<str> = class.into();
    // The tables have no base chain longer than this.
    for _ in 0..16 {
        match model::base_of("FHIR", &name) {
            _ if &*name == "Resource" => return true,
            Type::Class { name: base, .. } => name = base,
            _ => return false,
        }
    }
    false
}

/// Whether a type is known to be no primitive.
fn is_complex(ty: &Type) -> bool {
    match ty {
        Type::Class { model, name } => {
            let class = model::fhir_class(model, name);
            model::fhir().class(&class).is_some() && model::fhir().primitive(&class).is_none() && &*class != "Element"
        }
        Type::List(of) => is_complex(of),
        _ => false,
    }
}
