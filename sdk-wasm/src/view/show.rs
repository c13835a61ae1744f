//! How a view becomes JSON on its way to JavaScript: names in camelCase, and nothing for what is not there.

use keyferry_protocol::json::Value;

/// What JavaScript can be shown.
pub(crate) trait Show {
    /// The value; `None` where there is none.
    fn show(self) -> Option<Value>;
}

impl Show for bool {
    fn show(self) -> Option<Value> {
        Some(Value::Bool(self))
    }
}

impl Show for u32 {
    fn show(self) -> Option<Value> {
        u64::from(self).show()
    }
}

impl Show for u64 {
    fn show(self) -> Option<Value> {
        Some(Value::Number(self))
    }
}

impl Show for &str {
    fn show(self) -> Option<Value> {
        String::from(self).show()
    }
}

impl Show for String {
    fn show(self) -> Option<Value> {
        Some(Value::String(self))
    }
}

impl<T: Show> Show for Option<T> {
    fn show(self) -> Option<Value> {
        self.and_then(T::show)
    }
}

impl<T: Show> Show for Vec<T> {
    fn show(self) -> Option<Value> {
        Some(Value::Array(self.into_iter().filter_map(T::show).collect()))
    }
}

/// An object of the fields that are there.
pub(super) fn object(fields: Vec<(&str, Option<Value>)>) -> Option<Value> {
    let shown = fields.into_iter().filter_map(|(name, value)| Some((camel_case(name), value?)));
    Some(Value::Object(shown.collect()))
}

/// A variant's name, in lower case.
pub(super) fn variant(name: &str) -> Option<Value> {
    name.to_ascii_lowercase().show()
}

fn camel_case(name: &str) -> String {
    let mut camel = String::new();
    let mut begins_word = false;
    for c in name.chars() {
        match c {
            '_' => {}
            c if begins_word => camel.push(c.to_ascii_uppercase()),
            c => camel.push(c),
        }
        begins_word = c == '_';
    }
    camel
}

/// Declares a view: its TypeScript type, by the rules of serde's `camelCase` and `lowercase`, and how it is shown.
macro_rules! view {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $kind:ty,)* }) => {
        $(#[$meta])*
        #[derive(Tsify)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $kind,)*
        }

        impl $crate::view::Show for $name {
            fn show(self) -> Option<keyferry_protocol::json::Value> {
                $crate::view::show::object(vec![$((stringify!($field), self.$field.show())),*])
            }
        }
    };
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident,)* }) => {
        $(#[$meta])*
        #[derive(Tsify)]
        #[serde(rename_all = "lowercase")]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)*
        }

        impl $crate::view::Show for $name {
            fn show(self) -> Option<keyferry_protocol::json::Value> {
                $crate::view::show::variant(match self {
                    $($name::$variant => stringify!($variant),)*
                })
            }
        }
    };
}
pub(super) use view;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_camel_case_and_absent_values_are_left_out() {
        let shown =
            object(vec![("created_at", 5_u64.show()), ("name", None::<String>.show()), ("id", "x".show())]);
        assert_eq!(shown.unwrap().to_text(), r#"{"createdAt":5,"id":"x"}"#);
    }
}
