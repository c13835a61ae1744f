//! The JSON of what everything else is made of: numbers, texts, lists, maps, what may be missing.

use super::{Json, JsonError, Value};
use crate::sorted_map::SortedMap;

impl Json for bool {
    fn to_json(&self) -> Value {
        Value::Bool(*self)
    }
    fn from_json(value: Value) -> Result<Self, JsonError> {
        match value {
            Value::Bool(value) => Ok(value),
            _ => Err(JsonError::Shape("true or false")),
        }
    }
    fn hole() -> Self {
        false
    }
}

impl Json for u64 {
    fn to_json(&self) -> Value {
        Value::Number(*self)
    }
    fn from_json(value: Value) -> Result<Self, JsonError> {
        match value {
            Value::Number(number) => Ok(number),
            _ => Err(JsonError::Shape("a whole number")),
        }
    }
    fn hole() -> Self {
        0
    }
}

macro_rules! small_number {
    ($($kind:ty),*) => {$(
        impl Json for $kind {
            fn to_json(&self) -> Value {
                Value::Number(u64::from(*self))
            }
            fn from_json(value: Value) -> Result<Self, JsonError> {
                u64::from_json(value)?.try_into().map_err(|_| JsonError::Shape("a smaller number"))
            }
            fn hole() -> Self {
                0
            }
        }
    )*};
}

small_number!(u16, u32);

impl Json for String {
    fn to_json(&self) -> Value {
        Value::String(self.clone())
    }
    fn from_json(value: Value) -> Result<Self, JsonError> {
        value.string()
    }
    fn hole() -> Self {
        String::new()
    }
}

impl<T: Json> Json for Option<T> {
    fn to_json(&self) -> Value {
        self.as_ref().map_or(Value::Null, Json::to_json)
    }
    fn from_json(value: Value) -> Result<Self, JsonError> {
        if value == Value::Null { Ok(None) } else { T::from_json(value).map(Some) }
    }
    fn hole() -> Self {
        None
    }
}

impl<T: Json> Json for Vec<T> {
    fn to_json(&self) -> Value {
        Value::Array(self.iter().map(Json::to_json).collect())
    }
    fn from_json(value: Value) -> Result<Self, JsonError> {
        let Value::Array(items) = value else { return Err(JsonError::Shape("an array")) };
        // What `collect` does to fill the same memory again is much code, for every type.
        let mut read = Vec::new();
        for item in items {
            read.push(T::from_json(item)?);
        }
        Ok(read)
    }
    fn hole() -> Self {
        Vec::new()
    }
}

/// A map whose keys are texts: an object.
impl<K: Json + Ord, V: Json> Json for SortedMap<K, V> {
    fn to_json(&self) -> Value {
        let entry = |(key, value): (&K, &V)| match key.to_json() {
            Value::String(name) => (name, value.to_json()),
            other => (other.to_text(), value.to_json()),
        };
        Value::Object(self.iter().map(entry).collect())
    }
    fn from_json(value: Value) -> Result<Self, JsonError> {
        let mut map = SortedMap::new();
        for (name, value) in value.entries()?.left {
            map.insert(K::from_json(Value::String(name))?, V::from_json(value)?);
        }
        Ok(map)
    }
    fn hole() -> Self {
        SortedMap::new()
    }
}
