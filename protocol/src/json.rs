//! JSON (RFC 8259) for clients, small enough for a browser's download.
//!
//! The relay reads and writes the wire types by serde. In wasm, serde's code for thirty types is a third of the
//! module, so clients go through one [`Value`] and the [`Json`] trait, which the same declarations implement; a
//! test holds both to the same text. What never occurs on our wire is refused: fractions, negative numbers, duplicate
//! names, deep nesting, anything after the value.

use core::fmt::Write as _;

use crate::code::Code;
use crate::encoding::EncodingError;

mod parse;
mod values;

/// Why JSON is not what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// No JSON, or a name, a type or a variant that is not documented.
    #[error("not of the documented shape: {0}")]
    Shape(&'static str),
    /// A text that is not the one canonical encoding of its value, or a name that stands twice.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
}

impl JsonError {
    /// The stable code, as clients say it.
    #[must_use]
    pub fn code(self) -> Code {
        match self {
            JsonError::Shape(_) => Code::ResponseInvalid,
            JsonError::Encoding(EncodingError("suite")) => Code::SuiteUnsupported,
            JsonError::Encoding(EncodingError(what)) if what.starts_with("Ed25519") => Code::KeyInvalid,
            JsonError::Encoding(_) => Code::Encoding,
        }
    }
}

/// A JSON value of the kinds that occur on our wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number from 0 to 2^64 - 1.
    Number(u64),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Value>),
    /// An object, in the order of its text; no name stands twice.
    Object(Vec<(String, Value)>),
}

impl Value {
    /// Reads exactly one value.
    ///
    /// # Errors
    /// [`JsonError`]; a name that stands twice in an object is [`JsonError::Encoding`].
    pub fn parse(text: &[u8]) -> Result<Self, JsonError> {
        parse::parse(text)
    }

    /// The text, without white space.
    #[must_use]
    pub fn to_text(&self) -> String {
        // Room for the bodies that hold a login key, so that growing leaves no copy of it behind.
        let mut text = String::with_capacity(1024);
        self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) {
        match self {
            Value::Null => out.push_str("null"),
            Value::Bool(true) => out.push_str("true"),
            Value::Bool(false) => out.push_str("false"),
            // Writing to a string cannot fail.
            Value::Number(number) => drop(write!(out, "{number}")),
            Value::String(text) => write_string(text, out),
            Value::Array(items) => {
                out.push('[');
                for (place, item) in items.iter().enumerate() {
                    separate(place, out);
                    item.write(out);
                }
                out.push(']');
            }
            Value::Object(entries) => {
                out.push('{');
                for (place, (name, value)) in entries.iter().enumerate() {
                    separate(place, out);
                    write_string(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// The entries of an object, to be taken one by one.
    ///
    /// # Errors
    /// [`JsonError::Shape`] for any other value.
    pub fn entries(self) -> Result<Entries, JsonError> {
        match self {
            Value::Object(left) => Ok(Entries { left, wrong: None }),
            _ => Err(JsonError::Shape("an object")),
        }
    }

    /// The text of a string.
    ///
    /// # Errors
    /// [`JsonError::Shape`] for any other value.
    pub fn string(self) -> Result<String, JsonError> {
        match self {
            Value::String(text) => Ok(text),
            _ => Err(JsonError::Shape("a string")),
        }
    }
}

fn separate(place: usize, out: &mut String) {
    if place > 0 {
        out.push(',');
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => drop(write!(out, "\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// What is left of an object, and the first thing that was wrong with what was taken from it.
pub struct Entries {
    left: Vec<(String, Value)>,
    wrong: Option<JsonError>,
}

impl Entries {
    /// Takes and reads the value of `name`. What is wrong is told at the [`Entries::end`]: so a struct of ten fields need not know
    /// ten ways out, which is a third of its code.
    pub fn get<T: Json>(&mut self, name: &str) -> T {
        match T::from_json(self.take(name)) {
            Ok(value) => value,
            Err(error) => {
                self.wrong.get_or_insert(error);
                T::hole()
            }
        }
    }

    /// Takes the value of `name`; `null` where there is none.
    pub fn take(&mut self, name: &str) -> Value {
        match self.left.iter().position(|entry| entry.0 == name) {
            Some(place) => self.left.swap_remove(place).1,
            None => Value::Null,
        }
    }

    /// Gives `read`, if every entry was taken and nothing was wrong.
    ///
    /// # Errors
    /// The first error of [`Entries::get`]; [`JsonError::Shape`] when an unknown name is left.
    pub fn end<T>(mut self, read: T) -> Result<T, JsonError> {
        self.check(true).map(|()| read)
    }

    /// As [`Entries::end`], but unknown names are passed over.
    ///
    /// # Errors
    /// The first error of [`Entries::get`].
    pub fn end_loosely<T>(mut self, read: T) -> Result<T, JsonError> {
        self.check(false).map(|()| read)
    }

    fn check(&mut self, strictly: bool) -> Result<(), JsonError> {
        match self.wrong {
            Some(error) => Err(error),
            None if strictly && !self.left.is_empty() => Err(JsonError::Shape("no unknown name")),
            None => Ok(()),
        }
    }
}

/// A type with one JSON form.
pub trait Json: Sized {
    /// As a value.
    fn to_json(&self) -> Value;

    /// From a value.
    ///
    /// # Errors
    /// [`JsonError`] for anything [`Json::to_json`] would not give.
    fn from_json(value: Value) -> Result<Self, JsonError>;

    /// Stands where a value could not be read until [`Entries::end`] tells. Nobody is given it.
    #[doc(hidden)]
    fn hole() -> Self;
}

/// The JSON text of `value`.
#[must_use]
pub fn to_text(value: &impl Json) -> String {
    value.to_json().to_text()
}

/// Reads `text` as a `T` and nothing more.
///
/// # Errors
/// [`JsonError`].
pub fn from_text<T: Json>(text: &[u8]) -> Result<T, JsonError> {
    T::from_json(Value::parse(text)?)
}

/// Implements [`Json`] for a struct: an object of the fields' names, unknown names refused.
#[macro_export]
macro_rules! json_object {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl $crate::json::Json for $name {
            fn to_json(&self) -> $crate::json::Value {
                $crate::json::Value::Object(vec![
                    $((stringify!($field).to_owned(), $crate::json::Json::to_json(&self.$field))),*
                ])
            }
            fn from_json(value: $crate::json::Value) -> Result<Self, $crate::json::JsonError> {
                let mut entries = value.entries()?;
                let object = $name { $($field: entries.get(stringify!($field))),* };
                entries.end(object)
            }
            fn hole() -> Self {
                $name { $($field: $crate::json::Json::hole()),* }
            }
        }
    };
}

/// Implements [`Json`] for a type whose JSON is a string, by its own writer and parser; and its hole.
macro_rules! json_text {
    ($name:ty, $hole:expr, $write:expr, $parse:expr) => {
        impl $crate::json::Json for $name {
            fn to_json(&self) -> $crate::json::Value {
                let write: fn(&$name) -> String = $write;
                $crate::json::Value::String(write(self))
            }
            fn from_json(value: $crate::json::Value) -> Result<Self, $crate::json::JsonError> {
                let parse: fn(&str) -> Result<$name, $crate::json::JsonError> = $parse;
                parse(&value.string()?)
            }
            fn hole() -> Self {
                $hole
            }
        }
    };
}
pub(crate) use json_text;

/// An object whose `tag` entry names a variant: the variant's name and the other entries.
///
/// # Errors
/// [`JsonError::Shape`] for a value without a tag.
pub fn tagged(value: Value, tag: &str) -> Result<(String, Entries), JsonError> {
    let mut entries = value.entries()?;
    Ok((entries.take(tag).string()?, entries))
}

/// The object of a variant.
#[must_use]
pub fn variant(tag: &str, name: &str, fields: Vec<(&str, Value)>) -> Value {
    let first = (tag.to_owned(), Value::String(name.to_owned()));
    let rest = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
    Value::Object(core::iter::once(first).chain(rest).collect())
}

#[cfg(test)]
mod tests;
