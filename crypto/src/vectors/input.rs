//! Reading a vector's inputs.

use core::fmt;

use keyferry_protocol::context::WrapScope;
use keyferry_protocol::{Code, EncodingError, FileId, OrganizationId, OwnerId, RequestId, Suite, UserId};
use serde_json::Value;

/// Why a vector gave no output.
pub(super) enum Failure {
    /// The operation refused, with its stable code.
    Code(Code),
    /// The vector or the platform is broken.
    Broken(String),
}

impl Failure {
    pub fn of(code: Option<Code>, error: impl fmt::Display) -> Self {
        code.map_or_else(|| Failure::Broken(error.to_string()), Failure::Code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Code(code) => f.write_str(code.name()),
            Failure::Broken(why) => f.write_str(why),
        }
    }
}

/// A vector's `inputs` object.
pub(super) struct Inputs<'a>(pub &'a Value);

impl<'a> Inputs<'a> {
    pub fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some()
    }

    pub fn value(&self, name: &str) -> Result<&'a Value, Failure> {
        self.0.get(name).ok_or_else(|| Failure::Broken(format!("the vector has no {name}")))
    }

    pub fn text(&self, name: &str) -> Result<&'a str, Failure> {
        self.value(name)?.as_str().ok_or_else(|| Failure::Broken(format!("{name} is no string")))
    }

    pub fn number(&self, name: &str) -> Result<u64, Failure> {
        self.value(name)?.as_u64().ok_or_else(|| Failure::Broken(format!("{name} is no number")))
    }

    pub fn small(&self, name: &str) -> Result<u32, Failure> {
        self.number(name)?.try_into().map_err(|_| Failure::Broken(format!("{name} is too large")))
    }

    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, Failure> {
        decode_hex(self.text(name)?).ok_or_else(|| Failure::Broken(format!("{name} is no hex")))
    }

    pub fn array<const N: usize>(&self, name: &str) -> Result<[u8; N], Failure> {
        self.bytes(name)?.try_into().map_err(|_| Failure::Broken(format!("{name} is not {N} bytes")))
    }

    pub fn suite(&self) -> Result<Suite, Failure> {
        Suite::parse(self.text("suite")?).map_err(encoding)
    }

    pub fn user(&self) -> Result<UserId, Failure> {
        Ok(UserId::from_random(self.array("user")?))
    }

    /// The owner that `owner_kind` and `owner` name.
    pub fn owner(&self) -> Result<OwnerId, Failure> {
        let id = self.array("owner")?;
        match self.text("owner_kind")? {
            "user" => Ok(UserId::from_random(id).into()),
            "organization" => Ok(OrganizationId::from_random(id).into()),
            other => Err(Failure::Broken(format!("no owner is a {other}"))),
        }
    }

    pub fn organization(&self) -> Result<OrganizationId, Failure> {
        Ok(OrganizationId::from_random(self.array("organization")?))
    }

    pub fn file(&self) -> Result<FileId, Failure> {
        Ok(FileId::from_random(self.array("file")?))
    }

    pub fn reason_scope(&self) -> Result<WrapScope, Failure> {
        Ok(WrapScope::Reason {
            organization: self.organization()?,
            file: self.file()?,
            request: RequestId::from_random(self.array("request")?),
        })
    }
}

fn encoding(error: EncodingError) -> Failure {
    Failure::Broken(error.to_string())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    pairs.remainder().is_empty().then(|| pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}
