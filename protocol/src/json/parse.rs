//! The reader: a byte at a time, bounded depth, nothing loose.

use super::{JsonError, Value};
use crate::encoding::EncodingError;

/// Our deepest answer has six levels.
const MAX_DEPTH: usize = 16;
const SYNTAX: JsonError = JsonError::Shape("JSON");

pub(super) fn parse(text: &[u8]) -> Result<Value, JsonError> {
    let mut parser = Parser { text, at: 0 };
    let value = parser.value(0)?;
    parser.space();
    if parser.at == text.len() { Ok(value) } else { Err(SYNTAX) }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn space(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&mut self) -> Result<u8, JsonError> {
        self.space();
        self.text.get(self.at).copied().ok_or(SYNTAX)
    }

    fn next(&mut self) -> Result<u8, JsonError> {
        let byte = self.text.get(self.at).copied().ok_or(SYNTAX)?;
        self.at += 1;
        Ok(byte)
    }

    /// Takes `byte` if it comes next, after white space.
    fn skip(&mut self, byte: u8) -> Result<bool, JsonError> {
        let found = self.peek()? == byte;
        self.at += usize::from(found);
        Ok(found)
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.skip(byte)? { Ok(()) } else { Err(SYNTAX) }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, JsonError> {
        if !self.text[self.at..].starts_with(word.as_bytes()) {
            return Err(SYNTAX);
        }
        self.at += word.len();
        Ok(value)
    }

    fn value(&mut self, depth: usize) -> Result<Value, JsonError> {
        if depth > MAX_DEPTH {
            return Err(SYNTAX);
        }
        match self.peek()? {
            b'n' => self.word("null", Value::Null),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'"' => self.string().map(Value::String),
            b'[' => self.array(depth + 1),
            b'{' => self.object(depth + 1),
            b'0'..=b'9' => self.number(),
            _ => Err(SYNTAX),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.expect(b'[')?;
        let mut items = Vec::new();
        if self.skip(b']')? {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            if self.skip(b']')? {
                return Ok(Value::Array(items));
            }
            self.expect(b',')?;
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.expect(b'{')?;
        let mut entries: Vec<(String, Value)> = Vec::new();
        if self.skip(b'}')? {
            return Ok(Value::Object(entries));
        }
        loop {
            self.peek()?;
            let name = self.string()?;
            if entries.iter().any(|entry| entry.0 == name) {
                return Err(EncodingError("a name stands twice").into());
            }
            self.expect(b':')?;
            entries.push((name, self.value(depth)?));
            if self.skip(b'}')? {
                return Ok(Value::Object(entries));
            }
            self.expect(b',')?;
        }
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        let mut number = 0u64;
        while let Some(digit @ b'0'..=b'9') = self.text.get(self.at) {
            let digit = u64::from(digit - b'0');
            number = number.checked_mul(10).and_then(|number| number.checked_add(digit)).ok_or(SYNTAX)?;
            self.at += 1;
        }
        let leading_zero = self.text[start] == b'0' && self.at - start > 1;
        let goes_on = matches!(self.text.get(self.at), Some(b'.' | b'e' | b'E'));
        if leading_zero || goes_on { Err(SYNTAX) } else { Ok(Value::Number(number)) }
    }

    fn string(&mut self) -> Result<String, JsonError> {
        if self.next()? != b'"' {
            return Err(SYNTAX);
        }
        let mut bytes = Vec::new();
        loop {
            match self.next()? {
                b'"' => return String::from_utf8(bytes).map_err(|_| SYNTAX),
                b'\\' => {
                    let c = self.escape()?;
                    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                0..=0x1f => return Err(SYNTAX),
                byte => bytes.push(byte),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        match self.next()? {
            b'"' => Ok('"'),
            b'\\' => Ok('\\'),
            b'/' => Ok('/'),
            b'b' => Ok('\u{8}'),
            b'f' => Ok('\u{c}'),
            b'n' => Ok('\n'),
            b'r' => Ok('\r'),
            b't' => Ok('\t'),
            b'u' => self.unicode(),
            _ => Err(SYNTAX),
        }
    }

    /// `\uXXXX`, or a surrogate pair of two (RFC 8259 §7).
    fn unicode(&mut self) -> Result<char, JsonError> {
        let high = self.hex4()?;
        if !(0xd800..0xdc00).contains(&high) {
            return char::from_u32(high).ok_or(SYNTAX);
        }
        if self.next()? != b'\\' || self.next()? != b'u' {
            return Err(SYNTAX);
        }
        let low = self.hex4()?;
        if !(0xdc00..0xe000).contains(&low) {
            return Err(SYNTAX);
        }
        char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)).ok_or(SYNTAX)
    }

    fn hex4(&mut self) -> Result<u32, JsonError> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = char::from(self.next()?).to_digit(16).ok_or(SYNTAX)?;
            value = value << 4 | digit;
        }
        Ok(value)
    }
}
