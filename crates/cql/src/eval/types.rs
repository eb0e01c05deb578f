//! FHIR type names as numbers, with their bases; and tests of a value against a type.

use super::heap::V;
use crate::data::{Data, RESOURCE};
use crate::ir::{Intrinsic, SystemType, Type};
use crate::model;
use crate::value::{Object, PointType, TypeId, Value};
use std::collections::HashMap;
use std::sync::OnceLock;

/// All FHIR types: names, bases and whether they are primitive.
pub struct TypeTable {
    names: Vec<&'static str>,
    bases: Vec<Option<TypeId>>,
    by_name: HashMap<&'static str, TypeId>,
    conversions: Vec<Option<Intrinsic>>,
}

/// The table of FHIR R4's types.
pub fn types() -> &'static TypeTable {
    static TABLE: OnceLock<TypeTable> = OnceLock::new();
    TABLE.get_or_init(TypeTable::build)
}

impl TypeTable {
    fn build() -> TypeTable {
        let fhir = model::fhir();
        // Number 0 is `Resource`, as `data::RESOURCE` says.
        let mut names = vec!["Resource"];
        let mut rest: Vec<&'static str> = fhir.class_names().filter(|n| *n != "Resource").collect();
        rest.sort_unstable();
        names.extend(rest);
        let by_name: HashMap<&'static str, TypeId> = names.iter().enumerate().map(|(i, n)| (*n, TypeId(i as u16))).collect();
        let bases = names
            .iter()
            .map(|name| match model::base_of("FHIR", name) {
                Type::Class { name, .. } => by_name.get(&*name).copied(),
                _ => None,
            })
            .collect();
        let mut table = TypeTable { names, bases, by_name, conversions: Vec::new() };
        table.conversions = (0..table.names.len()).map(|i| table.find_conversion(TypeId(i as u16))).collect();
        table
    }

    /// Which function of FHIRHelpers turns a value of a type into a System value.
    pub(crate) fn conversion(&self, id: TypeId) -> Option<Intrinsic> {
        self.conversions.get(usize::from(id.0)).copied().flatten()
    }

    fn find_conversion(&self, id: TypeId) -> Option<Intrinsic> {
        let name = self.name(id);
        if let Some(system) = model::fhir().primitive(name) {
            return Some(match system {
                SystemType::Boolean => Intrinsic::ToBoolean,
                SystemType::Integer | SystemType::Long => Intrinsic::ToInteger,
                SystemType::Decimal => Intrinsic::ToDecimal,
                SystemType::Date => Intrinsic::ToDate,
                SystemType::DateTime => Intrinsic::ToDateTime,
                SystemType::Time => Intrinsic::ToTime,
                _ => Intrinsic::ToString,
            });
        }
        let is = |ancestor: &str| self.id(ancestor).is_some_and(|a| self.is_a(id, a));
        Some(if is("Quantity") {
            Intrinsic::ToQuantity
        } else if is("Period") {
            Intrinsic::PeriodToInterval
        } else if is("Range") {
            Intrinsic::RangeToInterval
        } else if is("Ratio") {
            Intrinsic::ToRatio
        } else if is("Coding") {
            Intrinsic::ToCode
        } else if is("CodeableConcept") {
            Intrinsic::ToConcept
        } else {
            return None;
        })
    }

    /// The number of a FHIR type.
    pub fn id(&self, name: &str) -> Option<TypeId> {
        self.by_name.get(name).copied()
    }

    /// The name of a type.
    pub fn name(&self, id: TypeId) -> &'static str {
        self.names.get(usize::from(id.0)).copied().unwrap_or("Element")
    }

    /// Whether a type is another or derives from it.
    pub fn is_a(&self, id: TypeId, ancestor: TypeId) -> bool {
        let mut current = Some(id);
        // No chain of bases is longer than the table.
        for _ in 0..self.names.len() {
            match current {
                Some(id) if id == ancestor => return true,
                Some(id) => current = self.bases.get(usize::from(id.0)).copied().flatten(),
                None => return false,
            }
        }
        false
    }

    /// The number a static class type has: that of the FHIR type it stands for.
    pub(crate) fn of(&self, ty: &Type) -> Option<TypeId> {
        match ty {
            Type::Class { model, name } => self.id(&model::fhir_class(model, name)),
            Type::List(of) => self.of(of),
            _ => None,
        }
    }
}

/// What `is` and `as` ask, made once from a static type.
#[derive(Clone, Debug)]
pub(crate) enum TypeTest {
    Any,
    System(SystemType),
    Class(Option<TypeId>, String),
    List(Box<TypeTest>),
    Interval(Option<PointType>),
    Tuple(Vec<String>),
    Choice(Vec<TypeTest>),
}

impl TypeTest {
    pub(crate) fn new(ty: &Type) -> TypeTest {
        match ty {
            Type::System(SystemType::Any) => TypeTest::Any,
            Type::System(system) => TypeTest::System(*system),
            Type::Class { model, name } => {
                let fhir = model::fhir_class(model, name);
                TypeTest::Class(types().id(&fhir), fhir.to_string())
            }
            Type::List(of) => TypeTest::List(Box::new(TypeTest::new(of))),
            Type::Interval(of) => TypeTest::Interval(point_type(of)),
            Type::Tuple(elements) => TypeTest::Tuple(elements.iter().map(|(n, _)| n.to_string()).collect()),
            Type::Choice(of) => TypeTest::Choice(of.iter().map(TypeTest::new).collect()),
        }
    }

    /// Whether a value (not null) is of the type.
    pub(super) fn accepts(&self, data: &Data<'_>, value: V<'_>) -> bool {
        match (self, value) {
            (_, V::Null) => false,
            (TypeTest::Any, _) => true,
            (TypeTest::System(system), _) => is_system(*system, value),
            (TypeTest::Class(id, _), V::Object(object)) => {
                let actual = actual_type(data, object);
                id.zip(actual).is_some_and(|(wanted, actual)| types().is_a(actual, wanted))
            }
            (TypeTest::Class(_, name), V::Tuple(tuple)) => tuple.class.is_some_and(|class| class == name.as_str()),
            (TypeTest::List(of), V::List(items)) => {
                matches!(**of, TypeTest::Any) || items.iter().all(|v| v.is_null() || of.accepts(data, *v))
            }
            (TypeTest::Interval(point), V::Boxed(Value::Interval(i))) => {
                point.is_none_or(|p| p == i.point || matches!(i.point, PointType::Unknown | PointType::Lost))
            }
            (TypeTest::Interval(_), V::Boxed(Value::Uncertain(_))) => true,
            (TypeTest::Tuple(names), V::Tuple(tuple)) => {
                tuple.class.is_none() && tuple.names.iter().all(|name| names.iter().any(|n| name == n.as_str()))
            }
            (TypeTest::Choice(of), _) => of.iter().any(|t| t.accepts(data, value)),
            _ => false,
        }
    }
}

/// The type an object has: of a resource, what its JSON says.
pub(super) fn actual_type(data: &Data<'_>, object: Object) -> Option<TypeId> {
    if object.ty != RESOURCE {
        return Some(object.ty);
    }
    let name = data.value(object).get("resourceType")?;
    types().id(&name.as_str()?)
}

fn is_system(system: SystemType, value: V<'_>) -> bool {
    matches!(
        (system, value),
        (SystemType::Any, _)
            | (SystemType::Boolean, V::Boolean(_))
            | (SystemType::Integer, V::Integer(_))
            | (SystemType::Long, V::Long(_))
            | (SystemType::Decimal, V::Decimal(_))
            | (SystemType::String, V::Text(_))
            | (SystemType::Date, V::Date(_))
            | (SystemType::DateTime, V::DateTime(_))
            | (SystemType::Time, V::Time(_))
            | (SystemType::Quantity, V::Boxed(Value::Quantity(_)))
            | (SystemType::Ratio, V::Boxed(Value::Ratio(_)))
            | (SystemType::Code, V::Boxed(Value::Code(_)))
            | (SystemType::Concept, V::Boxed(Value::Concept(_)))
            | (SystemType::ValueSet, V::Boxed(Value::ValueSet(_)))
            | (SystemType::CodeSystem, V::Boxed(Value::CodeSystem(_)))
            | (
                SystemType::Vocabulary,
                V::Boxed(Value::ValueSet(_) | Value::CodeSystem(_))
            )
            // A duration of imprecise dates stands for the Integer it will turn out to be.
            | (SystemType::Integer, V::Boxed(Value::Uncertain(_)))
    )
}

/// The point type of an interval type.
pub(crate) fn point_type(ty: &Type) -> Option<PointType> {
    Some(match ty {
        Type::System(SystemType::Integer) => PointType::Integer,
        Type::System(SystemType::Long) => PointType::Long,
        Type::System(SystemType::Decimal) => PointType::Decimal,
        Type::System(SystemType::Date) => PointType::Date,
        Type::System(SystemType::DateTime) => PointType::DateTime,
        Type::System(SystemType::Time) => PointType::Time,
        Type::System(SystemType::Quantity) => PointType::Quantity,
        _ => return None,
    })
}
