//! The macro that declares borrowed views over JSON, and the traits they share.

use json::Value;

/// A typed, borrowed view of one JSON object. A view never fails: what is absent or of the wrong
/// type reads as `None` or as nothing, and the shape check is where it was reported.
pub trait View<'a>: Copy {
    /// The view of a value.
    fn of(value: Value<'a>) -> Self;

    /// The JSON behind the view.
    fn value(&self) -> Value<'a>;
}

/// A view of one resource type.
pub trait ResourceView<'a>: View<'a> {
    /// The `resourceType` this view reads.
    const RESOURCE_TYPE: &'static str;
}

/// Items of an array member through a view.
pub(crate) fn many<'a, T: View<'a>>(value: Value<'a>, key: &str) -> impl Iterator<Item = T> + use<'a, T> {
    value.get(key).into_iter().flat_map(|list| list.items()).map(T::of)
}

/// Declares views: `Name (resource "Type")? { accessor: kind = "element"; … }`.
macro_rules! views {
    ($($(#[$doc:meta])* $name:ident $(resource $type:literal)? { $($(#[$element_doc:meta])* $accessor:ident : $kind:ident $(<$of:ident>)? = $key:literal;)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name<'a>(json::Value<'a>);

        impl<'a> crate::view::View<'a> for $name<'a> {
            fn of(value: json::Value<'a>) -> Self {
                Self(value)
            }

            fn value(&self) -> json::Value<'a> {
                self.0
            }
        }

        $(impl<'a> crate::view::ResourceView<'a> for $name<'a> {
            const RESOURCE_TYPE: &'static str = $type;
        })?

        impl<'a> $name<'a> {
            /// The view of a value.
            pub fn new(value: json::Value<'a>) -> Self {
                Self(value)
            }

            /// The JSON behind the view.
            pub fn value(&self) -> json::Value<'a> {
                self.0
            }

            /// The bytes exactly as received.
            pub fn raw(&self) -> &'a [u8] {
                self.0.raw()
            }

            /// FHIRPath of this element inside the document.
            pub fn path(&self) -> String {
                self.0.path()
            }

            /// The element or resource id.
            pub fn id(&self) -> Option<std::borrow::Cow<'a, str>> {
                self.0.get("id")?.as_str()
            }

            /// All extensions.
            pub fn extensions(&self) -> impl Iterator<Item = crate::Extension<'a>> + use<'a> {
                crate::view::many(self.0, "extension")
            }

            /// The first extension with this URL.
            pub fn extension(&self, url: &str) -> Option<crate::Extension<'a>> {
                self.extensions().find(|extension| extension.is(url))
            }

            /// All modifier extensions: each may change the meaning of this element.
            pub fn modifier_extensions(&self) -> impl Iterator<Item = crate::Extension<'a>> + use<'a> {
                crate::view::many(self.0, "modifierExtension")
            }

            /// The first modifier extension with this URL.
            pub fn modifier_extension(&self, url: &str) -> Option<crate::Extension<'a>> {
                self.modifier_extensions().find(|extension| extension.is(url))
            }

            $(crate::view::accessor!($(#[$element_doc])* $accessor $kind $(<$of>)? $key);)*
        }
    )*};
}

/// One accessor of a view.
macro_rules! accessor {
    ($(#[$doc:meta])* $name:ident text $key:literal) => {
        $(#[$doc])*
        pub fn $name(&self) -> Option<std::borrow::Cow<'a, str>> {
            self.0.get($key)?.as_str()
        }
    };
    ($(#[$doc:meta])* $name:ident protected $key:literal) => {
        $(#[$doc])*
        pub fn $name(&self) -> Option<base::Phi<std::borrow::Cow<'a, str>>> {
            self.0.get($key)?.as_str().map(base::Phi::new)
        }
    };
    ($(#[$doc:meta])* $name:ident texts $key:literal) => {
        $(#[$doc])*
        pub fn $name(&self) -> impl Iterator<Item = std::borrow::Cow<'a, str>> + use<'a> {
            self.0.get($key).into_iter().flat_map(|list| list.items()).filter_map(|item| item.as_str())
        }
    };
    ($(#[$doc:meta])* $name:ident protected_texts $key:literal) => {
        $(#[$doc])*
        pub fn $name(&self) -> impl Iterator<Item = base::Phi<std::borrow::Cow<'a, str>>> + use<'a> {
            self.0.get($key).into_iter().flat_map(|list| list.items()).filter_map(|item| item.as_str().map(base::Phi::new))
        }
    };
    ($(#[$doc:meta])* $name:ident boolean $key:literal) => {
        $(#[$doc])*
        pub fn $name(&self) -> Option<bool> {
            self.0.get($key)?.as_bool()
        }
    };
    ($(#[$doc:meta])* $name:ident integer $key:literal) => {
        $(#[$doc])*
        pub fn $name(&self) -> Option<i64> {
            self.0.get($key)?.as_i64()
        }
    };
    ($(#[$doc:meta])* $name:ident integers $key:literal) => {
        $(#[$doc])*
        pub fn $name(&self) -> impl Iterator<Item = i64> + use<'a> {
            self.0.get($key).into_iter().flat_map(|list| list.items()).filter_map(|item| item.as_i64())
        }
    };
    ($(#[$doc:meta])* $name:ident decimal $key:literal) => {
        $(#[$doc])*
        pub fn $name(&self) -> Option<rust_decimal::Decimal> {
            self.0.get($key)?.as_decimal()
        }
    };
    ($(#[$doc:meta])* $name:ident date $key:literal) => {
        $(#[$doc])*
        pub fn $name(&self) -> Option<crate::Date> {
            crate::Date::parse(self.0.get($key)?.as_str()?.as_bytes()).ok()
        }
    };
    ($(#[$doc:meta])* $name:ident protected_date $key:literal) => {
        $(#[$doc])*
        pub fn $name(&self) -> Option<base::Phi<crate::Date>> {
            crate::Date::parse(self.0.get($key)?.as_str()?.as_bytes()).ok().map(base::Phi::new)
        }
    };
    ($(#[$doc:meta])* $name:ident date_time $key:literal) => {
        $(#[$doc])*
        pub fn $name(&self) -> Option<crate::DateTime> {
            crate::DateTime::parse(self.0.get($key)?.as_str()?.as_bytes()).ok()
        }
    };
    ($(#[$doc:meta])* $name:ident one<$of:ident> $key:literal) => {
        $(#[$doc])*
        pub fn $name(&self) -> Option<$of<'a>> {
            self.0.get($key).map($of::new)
        }
    };
    ($(#[$doc:meta])* $name:ident many<$of:ident> $key:literal) => {
        $(#[$doc])*
        pub fn $name(&self) -> impl Iterator<Item = $of<'a>> + use<'a> {
            crate::view::many(self.0, $key)
        }
    };
    ($(#[$doc:meta])* $name:ident json $key:literal) => {
        $(#[$doc])*
        pub fn $name(&self) -> Option<json::Value<'a>> {
            self.0.get($key)
        }
    };
}

pub(crate) use {accessor, views};
