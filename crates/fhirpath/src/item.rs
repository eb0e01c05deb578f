//! What a collection holds: elements of the JSON with their FHIR type, System values, and types.

use crate::ast::TypeName;
use crate::types::{self, Class};
use cql::value::{Date, DateTime, Decimal, Quantity, Time, Unit, Value};
use json::Kind;

/// An item of a collection.
#[derive(Clone, Debug)]
pub enum Item<'d> {
    /// An element of the JSON.
    Node(Node<'d>),
    /// A System value, made by the expression.
    Value(Value),
    /// What `type()` says.
    Type(TypeInfo),
}

/// An element of the JSON: its value, and for a primitive the object (`_birthDate`) that holds its id and extensions.
#[derive(Clone, Copy, Debug)]
pub struct Node<'d> {
    /// The value; `None` for a primitive that has only extensions.
    pub value: Option<json::Value<'d>>,
    /// The object beside a primitive.
    pub beside: Option<json::Value<'d>>,
    pub(crate) class: Option<Class>,
}

/// Namespace and name of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeInfo {
    /// `FHIR` or `System`.
    pub namespace: &'static str,
    /// `Patient`, `string`, `Integer`.
    pub name: String,
}

impl<'d> Node<'d> {
    /// A resource or an element of unknown type.
    pub(crate) fn of(value: json::Value<'d>, class: Option<Class>) -> Node<'d> {
        let resource = value.get("resourceType").and_then(|t| t.as_str());
        let class = resource.and_then(|name| types::class(&name)).or(class);
        Node { value: Some(value), beside: None, class }
    }

    /// Path from the root of the document: `Patient.name[0].given[1]`.
    #[must_use]
    pub fn path(&self) -> String {
        self.value.or(self.beside).map(|v| v.path()).unwrap_or_default()
    }

    /// The FHIR type, when it is known.
    #[must_use]
    pub fn type_name(&self) -> Option<&'static str> {
        self.class.map(Class::name)
    }

    fn object(&self) -> Option<json::Value<'d>> {
        match self.value {
            Some(value) if value.kind() == Kind::Object => Some(value),
            _ => self.beside,
        }
    }

    /// Elements of a name: `value` finds `valueQuantity` too.
    pub(crate) fn members(&self, name: &str, out: &mut Vec<Item<'d>>) {
        let Some(object) = self.object() else { return };
        let element = self.class.and_then(|class| class.element(name));
        if let Some(element) = &element
            && let Some(alternatives) = &element.choice
        {
            for (key, class) in alternatives {
                push(object, key, Some(*class), out);
            }
            return;
        }
        push(object, name, element.map(|e| e.class), out);
    }

    /// All elements, in the order of the JSON.
    pub(crate) fn children(&self, out: &mut Vec<Item<'d>>) {
        let Some(object) = self.object() else { return };
        for (key, _) in object.entries() {
            let name = key.strip_prefix('_').unwrap_or(&key);
            if name == "resourceType" || (key.starts_with('_') && object.get(name).is_some()) {
                continue;
            }
            push(object, name, self.class.and_then(|class| class.element_of_key(name)), out);
        }
    }

    /// The System value of a primitive or a quantity.
    pub(crate) fn system(&self) -> Option<Value> {
        let value = self.value?;
        let text = || value.as_str();
        match self.class.map(Class::name) {
            Some("date") => Date::parse(&text()?).map(Value::Date),
            Some("dateTime" | "instant") => DateTime::parse(&text()?).map(Value::DateTime),
            Some("time") => Time::parse(&text()?).map(Value::Time),
            Some("decimal") => value.as_number().and_then(Decimal::parse_rounding).map(Value::Decimal),
            Some(_) if self.class.is_some_and(Class::is_quantity) => quantity(value),
            _ => match value.kind() {
                Kind::String => text().map(|t| Value::string(&t)),
                Kind::Bool => value.as_bool().map(Value::Boolean),
                Kind::Number => match value.as_i64().and_then(|n| i32::try_from(n).ok()) {
                    Some(n) => Some(Value::Integer(n)),
                    None => value.as_number().and_then(Decimal::parse_rounding).map(Value::Decimal),
                },
                _ => None,
            },
        }
    }
}

/// Adds what stands under a key: the items of an array, each with its fellow in `_key`.
fn push<'d>(object: json::Value<'d>, key: &str, class: Option<Class>, out: &mut Vec<Item<'d>>) {
    let value = object.get(key);
    let primitive = class.is_none_or(Class::is_primitive);
    let beside = if primitive { object.get(&format!("_{key}")) } else { None };
    let present = |v: json::Value<'d>| Some(v).filter(|v| !v.is_null());
    let mut add = |value: Option<json::Value<'d>>, beside: Option<json::Value<'d>>| {
        let (value, beside) = (value.and_then(present), beside.and_then(present));
        if let Some(value) = value {
            out.push(Item::Node(Node { beside, ..Node::of(value, class) }));
        } else if beside.is_some() {
            out.push(Item::Node(Node { value: None, beside, class }));
        }
    };
    match (value.map(|v| v.kind()), beside.map(|v| v.kind())) {
        (Some(Kind::Array), _) | (_, Some(Kind::Array)) => {
            let count = value.map_or(0, |v| v.len()).max(beside.map_or(0, |v| v.len()));
            let mut values = value.into_iter().flat_map(|v| v.items());
            let mut besides = beside.into_iter().flat_map(|v| v.items());
            for _ in 0..count {
                add(values.next(), besides.next());
            }
        }
        _ => add(value, beside),
    }
}

/// A FHIR quantity as a System one: UCUM by its code, otherwise the unit as written.
fn quantity(value: json::Value<'_>) -> Option<Value> {
    let number = value.get("value")?.as_number().and_then(Decimal::parse_rounding)?;
    let text = |name: &str| value.get(name).and_then(|v| v.as_str());
    let is_ucum = text("system").is_some_and(|s| s == "http://unitsofmeasure.org");
    let unit = match (text("code").filter(|_| is_ucum), text("unit")) {
        (Some(code), _) => Unit::ucum(&code),
        (None, Some(unit)) => Unit::ucum(&unit),
        (None, None) => Unit::one(),
    };
    Some(Value::Quantity(Quantity { value: number, unit }))
}

impl<'d> Item<'d> {
    /// The System value it is or stands for.
    #[must_use]
    pub fn value(&self) -> Option<Value> {
        match self {
            Item::Node(node) => node.system(),
            Item::Value(value) => Some(value.clone()),
            Item::Type(_) => None,
        }
    }

    /// Where it stands in the document; `None` for what the expression made.
    #[must_use]
    pub fn path(&self) -> Option<String> {
        match self {
            Item::Node(node) => Some(node.path()),
            _ => None,
        }
    }

    /// The JSON it stands for.
    #[must_use]
    pub fn json(&self) -> Option<json::Value<'d>> {
        match self {
            Item::Node(node) => node.value,
            _ => None,
        }
    }

    /// Its type.
    #[must_use]
    pub fn type_info(&self) -> Option<TypeInfo> {
        match self {
            Item::Node(node) => node.class.map(|c| TypeInfo { namespace: "FHIR", name: c.name().to_owned() }),
            Item::Value(value) => Some(TypeInfo { namespace: "System", name: value.type_name().to_owned() }),
            Item::Type(_) => Some(TypeInfo { namespace: "System", name: "TypeInfo".to_owned() }),
        }
    }

    /// Is it of this type (or, unless `exact`, of one that specializes it)?
    pub(crate) fn is(&self, wanted: &TypeName, exact: bool) -> bool {
        let in_namespace = |namespace: &str| wanted.namespace.as_deref().is_none_or(|n| n == namespace);
        match self {
            Item::Node(node) => {
                in_namespace("FHIR")
                    && node.class.is_some_and(|class| {
                        class.name() == wanted.name || (!(exact && class.is_primitive()) && class.specializes(&wanted.name))
                    })
            }
            Item::Value(value) => in_namespace("System") && value.type_name() == wanted.name,
            Item::Type(_) => false,
        }
    }
}
