//! The values of CQL at run time.
//!
//! [`Value`] is 32 bytes, owns no borrowed data and clones cheaply (numbers and temporal
//! values by copy, the rest by reference count). A model object ([`Object`]) is a position
//! in the patient's JSON; [`crate::data::Data`] reads it.

mod calendar;
mod clinical;
mod decimal;
mod quantity;
mod render;
mod temporal;
mod text;

pub use crate::ir::Precision;
pub(crate) use calendar::{DAY_MS, Fields, days_in_month};
pub use clinical::{Code, Concept, Vocabulary};
pub use decimal::{Decimal, DecimalError, MAX_SCALE};
pub use quantity::{Quantity, Ratio, Unit, UnitKind};
pub use temporal::{Date, DateTime, Time};
pub use text::Text;

use json::NodeId;
use std::sync::Arc;

/// A truth value; `None` is unknown.
pub type Tri = Option<bool>;

/// A value of CQL.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Unknown or absent.
    #[default]
    Null,
    /// Boolean.
    Boolean(bool),
    /// 32-bit integer.
    Integer(i32),
    /// 64-bit integer.
    Long(i64),
    /// Exact decimal.
    Decimal(Decimal),
    /// String.
    String(Text),
    /// Date.
    Date(Date),
    /// Date and time.
    DateTime(DateTime),
    /// Time of day.
    Time(Time),
    /// Number with a unit.
    Quantity(Quantity),
    /// Ratio of quantities.
    Ratio(Arc<Ratio>),
    /// Code of a code system.
    Code(Arc<Code>),
    /// Concept of several codes.
    Concept(Arc<Concept>),
    /// A value set, by reference.
    ValueSet(Arc<Vocabulary>),
    /// A code system, by reference.
    CodeSystem(Arc<Vocabulary>),
    /// Interval of points.
    Interval(Arc<Interval>),
    /// List.
    List(Arc<Vec<Value>>),
    /// Tuple, or an instance of a model class made by an expression.
    Tuple(Arc<Tuple>),
    /// An object of the patient's data.
    Object(Object),
    /// Somewhere between two values, both included: a duration of imprecise dates.
    Uncertain(Arc<(Value, Value)>),
}

/// The point type of an interval, needed when both bounds are null.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum PointType {
    /// Not known: `Interval[null, null]`.
    #[default]
    Unknown,
    /// Both bounds turned out null where the source promised values: the interval has neither start nor end, but overlaps every other of its type.
    Lost,
    /// Integer.
    Integer,
    /// Long.
    Long,
    /// Decimal.
    Decimal,
    /// Date.
    Date,
    /// DateTime.
    DateTime,
    /// Time.
    Time,
    /// Quantity.
    Quantity,
}

/// An interval as written: a closed null bound is the end of the type's range, an open
/// null bound is unknown.
#[derive(Clone, Debug)]
pub struct Interval {
    /// Low bound.
    pub low: Value,
    /// High bound.
    pub high: Value,
    /// The low bound belongs to the interval.
    pub low_closed: bool,
    /// The high bound belongs to the interval.
    pub high_closed: bool,
    /// The type of its points.
    pub point: PointType,
}

impl Interval {
    /// A closed interval between two values.
    pub fn closed(low: Value, high: Value) -> Interval {
        Interval::new(low, high, true, true, PointType::Unknown)
    }

    /// An interval; the point type is taken from the bounds when they tell it.
    pub fn new(low: Value, high: Value, low_closed: bool, high_closed: bool, point: PointType) -> Interval {
        let of_bounds = low.point_type().or_else(|| high.point_type());
        Interval { point: of_bounds.unwrap_or(point), low, high, low_closed, high_closed }
    }
}

/// Named elements, in the order of the type (by name).
#[derive(Clone, Debug)]
pub struct Tuple {
    /// The class, when it is an instance of a model class.
    pub class: Option<Text>,
    /// Element names and values.
    pub elements: Vec<(Text, Value)>,
}

impl Tuple {
    /// The element of a name; null when there is none.
    pub fn get(&self, name: &str) -> Value {
        self.elements.iter().find(|(n, _)| n == name).map_or(Value::Null, |(_, v)| v.clone())
    }
}

/// A position in the patient's JSON with its FHIR type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Object {
    /// Which document of the data.
    pub document: u32,
    /// The node; for a primitive that has only extensions, the node of its `_name` object.
    pub node: NodeId,
    /// The FHIR type, as an id of the program's [`crate::eval::TypeTable`].
    pub ty: TypeId,
    /// The `_name` sibling of a primitive (its id and extensions).
    pub shadow: Option<NodeId>,
}

/// A FHIR type name in a program's table of types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(pub u16);

impl Value {
    /// A list.
    pub fn list(values: Vec<Value>) -> Value {
        Value::List(Arc::new(values))
    }

    /// A string.
    pub fn string(text: &str) -> Value {
        Value::String(Text::new(text))
    }

    /// An interval.
    pub fn interval(interval: Interval) -> Value {
        Value::Interval(Arc::new(interval))
    }

    /// A truth value, unknown as null.
    pub fn from_tri(tri: Tri) -> Value {
        tri.map_or(Value::Null, Value::Boolean)
    }

    /// The truth value of a Boolean; unknown for null and everything else.
    pub fn tri(&self) -> Tri {
        match self {
            Value::Boolean(b) => Some(*b),
            _ => None,
        }
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The elements of a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The point type an interval over this value has.
    pub fn point_type(&self) -> Option<PointType> {
        Some(match self {
            Value::Integer(_) => PointType::Integer,
            Value::Long(_) => PointType::Long,
            Value::Decimal(_) => PointType::Decimal,
            Value::Date(_) => PointType::Date,
            Value::DateTime(_) => PointType::DateTime,
            Value::Time(_) => PointType::Time,
            Value::Quantity(_) => PointType::Quantity,
            Value::Uncertain(bounds) => return bounds.0.point_type(),
            _ => return None,
        })
    }

    /// The name of the value's type, for messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "Null",
            Value::Boolean(_) => "Boolean",
            Value::Integer(_) => "Integer",
            Value::Long(_) => "Long",
            Value::Decimal(_) => "Decimal",
            Value::String(_) => "String",
            Value::Date(_) => "Date",
            Value::DateTime(_) => "DateTime",
            Value::Time(_) => "Time",
            Value::Quantity(_) => "Quantity",
            Value::Ratio(_) => "Ratio",
            Value::Code(_) => "Code",
            Value::Concept(_) => "Concept",
            Value::ValueSet(_) => "ValueSet",
            Value::CodeSystem(_) => "CodeSystem",
            Value::Interval(_) => "Interval",
            Value::List(_) => "List",
            Value::Tuple(_) => "Tuple",
            Value::Object(_) => "object of the data",
            Value::Uncertain(_) => "uncertain value",
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Boolean(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Value {
        Value::Integer(value)
    }
}

impl From<Decimal> for Value {
    fn from(value: Decimal) -> Value {
        Value::Decimal(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::string(value)
    }
}

impl From<Quantity> for Value {
    fn from(value: Quantity) -> Value {
        Value::Quantity(value)
    }
}

impl From<Option<Value>> for Value {
    fn from(value: Option<Value>) -> Value {
        value.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_four_words() {
        assert_eq!(std::mem::size_of::<Value>(), 32);
    }
}
