//! Types of CQL: System types, classes of a model, lists, intervals, tuples, choices.

use std::fmt;
use std::sync::Arc;

/// The types of the System model (CQL specification, Appendix B).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SystemType {
    /// The supertype of everything.
    Any,
    /// Three-valued with null.
    Boolean,
    /// 32 bits.
    Integer,
    /// 64 bits.
    Long,
    /// 28 digits, 8 of them after the point.
    Decimal,
    /// Text.
    String,
    /// Calendar date, possibly partial.
    Date,
    /// Date and time with offset, possibly partial.
    DateTime,
    /// Time of day, possibly partial.
    Time,
    /// Value with a unit.
    Quantity,
    /// Two quantities.
    Ratio,
    /// Code of a code system.
    Code,
    /// Several codes of one meaning.
    Concept,
    /// A value set or code system by reference.
    Vocabulary,
    /// A value set by reference.
    ValueSet,
    /// A code system by reference.
    CodeSystem,
}

impl SystemType {
    /// All of them.
    pub const ALL: [SystemType; 16] = [
        SystemType::Any,
        SystemType::Boolean,
        SystemType::Integer,
        SystemType::Long,
        SystemType::Decimal,
        SystemType::String,
        SystemType::Date,
        SystemType::DateTime,
        SystemType::Time,
        SystemType::Quantity,
        SystemType::Ratio,
        SystemType::Code,
        SystemType::Concept,
        SystemType::Vocabulary,
        SystemType::ValueSet,
        SystemType::CodeSystem,
    ];

    /// The unqualified name (`Integer`).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SystemType::Any => "Any",
            SystemType::Boolean => "Boolean",
            SystemType::Integer => "Integer",
            SystemType::Long => "Long",
            SystemType::Decimal => "Decimal",
            SystemType::String => "String",
            SystemType::Date => "Date",
            SystemType::DateTime => "DateTime",
            SystemType::Time => "Time",
            SystemType::Quantity => "Quantity",
            SystemType::Ratio => "Ratio",
            SystemType::Code => "Code",
            SystemType::Concept => "Concept",
            SystemType::Vocabulary => "Vocabulary",
            SystemType::ValueSet => "ValueSet",
            SystemType::CodeSystem => "CodeSystem",
        }
    }

    /// The type of this unqualified name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<SystemType> {
        SystemType::ALL.into_iter().find(|t| t.name() == name)
    }
}

/// A static type. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// A System type.
    System(SystemType),
    /// A class of a model, e.g. (`FHIR`, `Observation`), (`FHIR`, `Observation.Component`), (`QICore`, `Encounter`).
    /// At runtime all data is FHIR: a QICore or USCore class stands for the FHIR resource it profiles.
    Class {
        /// Model name (`FHIR`, `QICore`, `USCore`).
        model: Arc<str>,
        /// Name of the class within the model.
        name: Arc<str>,
    },
    /// `List<T>`.
    List(Arc<Type>),
    /// `Interval<T>`.
    Interval(Arc<Type>),
    /// `Tuple { name T, ... }`, elements sorted by name.
    Tuple(Arc<[(Arc<str>, Type)]>),
    /// `Choice<A, B>`, alternatives sorted, flat, no duplicates.
    Choice(Arc<[Type]>),
}

impl Type {
    /// `Any`.
    pub const ANY: Type = Type::System(SystemType::Any);
    /// `Boolean`.
    pub const BOOLEAN: Type = Type::System(SystemType::Boolean);
    /// `Integer`.
    pub const INTEGER: Type = Type::System(SystemType::Integer);
    /// `Long`.
    pub const LONG: Type = Type::System(SystemType::Long);
    /// `Decimal`.
    pub const DECIMAL: Type = Type::System(SystemType::Decimal);
    /// `String`.
    pub const STRING: Type = Type::System(SystemType::String);
    /// `Date`.
    pub const DATE: Type = Type::System(SystemType::Date);
    /// `DateTime`.
    pub const DATE_TIME: Type = Type::System(SystemType::DateTime);
    /// `Time`.
    pub const TIME: Type = Type::System(SystemType::Time);
    /// `Quantity`.
    pub const QUANTITY: Type = Type::System(SystemType::Quantity);
    /// `Ratio`.
    pub const RATIO: Type = Type::System(SystemType::Ratio);
    /// `Code`.
    pub const CODE: Type = Type::System(SystemType::Code);
    /// `Concept`.
    pub const CONCEPT: Type = Type::System(SystemType::Concept);
    /// `ValueSet`.
    pub const VALUE_SET: Type = Type::System(SystemType::ValueSet);
    /// `CodeSystem`.
    pub const CODE_SYSTEM: Type = Type::System(SystemType::CodeSystem);
    /// `Vocabulary`.
    pub const VOCABULARY: Type = Type::System(SystemType::Vocabulary);

    /// `List<of>`.
    #[must_use]
    pub fn list(of: Type) -> Type {
        Type::List(Arc::new(of))
    }
    /// `Interval<of>`.
    #[must_use]
    pub fn interval(of: Type) -> Type {
        Type::Interval(Arc::new(of))
    }
    /// A class of a model.
    #[must_use]
    pub fn class(model: &str, name: &str) -> Type {
        Type::Class { model: model.into(), name: name.into() }
    }
    /// A tuple type; elements are put in order of their names.
    #[must_use]
    pub fn tuple(mut elements: Vec<(Arc<str>, Type)>) -> Type {
        elements.sort_by(|a, b| a.0.cmp(&b.0));
        Type::Tuple(elements.into())
    }
    /// The choice of these, flattened; one alternative is just itself.
    #[must_use]
    pub fn choice(alternatives: impl IntoIterator<Item = Type>) -> Type {
        let mut flat = Vec::new();
        for alternative in alternatives {
            match alternative {
                Type::Choice(inner) => flat.extend(inner.iter().cloned()),
                other => flat.push(other),
            }
        }
        flat.sort();
        flat.dedup();
        match (flat.len(), flat.pop()) {
            (1, Some(only)) => only,
            (0, _) | (_, None) => Type::ANY,
            (_, Some(last)) => {
                flat.push(last);
                Type::Choice(flat.into())
            }
        }
    }
    /// Element type of a list.
    #[must_use]
    pub fn element(&self) -> Option<&Type> {
        match self {
            Type::List(of) => Some(of),
            _ => None,
        }
    }
    /// Point type of an interval.
    #[must_use]
    pub fn point(&self) -> Option<&Type> {
        match self {
            Type::Interval(of) => Some(of),
            _ => None,
        }
    }
    /// Is this `Any`?
    #[must_use]
    pub fn is_any(&self) -> bool {
        *self == Type::ANY
    }
}

impl From<SystemType> for Type {
    fn from(system: SystemType) -> Type {
        Type::System(system)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::System(t) => f.write_str(t.name()),
            Type::Class { model, name } => write!(f, "{model}.{name}"),
            Type::List(of) => write!(f, "List<{of}>"),
            Type::Interval(of) => write!(f, "Interval<{of}>"),
            Type::Tuple(elements) => {
                f.write_str("Tuple{")?;
                for (i, (name, ty)) in elements.iter().enumerate() {
                    write!(f, "{}{name} {ty}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str("}")
            }
            Type::Choice(alternatives) => {
                f.write_str("Choice<")?;
                for (i, ty) in alternatives.iter().enumerate() {
                    write!(f, "{}{ty}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str(">")
            }
        }
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
