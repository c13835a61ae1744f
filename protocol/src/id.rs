//! Ids: 128 random bits, 32 lowercase hex digits as text. A newtype per thing, so none is taken for another.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::encoding::{EncodingError, decode_hex, write_hex};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{32}$"))]
        pub struct $name([u8; 16]);

        impl $name {
            /// Takes 16 bytes from a cryptographic random generator.
            #[must_use]
            pub const fn from_random(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes as they stand in statements and contexts.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// Parses 32 lowercase hex digits.
            ///
            /// # Errors
            /// [`EncodingError`] for anything else.
            pub fn parse(text: &str) -> Result<Self, EncodingError> {
                let mut bytes = [0; 16];
                decode_hex(text, &mut bytes)?;
                Ok(Self(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(f, &self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(f, &self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = EncodingError;
            fn from_str(text: &str) -> Result<Self, EncodingError> {
                Self::parse(text)
            }
        }

        crate::json::json_text!($name, $name([0; 16]), |id| id.to_string(), |text| Ok($name::parse(text)?));

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(
    /// A person's account.
    UserId
);
id!(
    /// An organization.
    OrganizationId
);
id!(
    /// A file, over all its versions. Chosen by the uploading client, since the content is bound to it.
    FileId
);
id!(
    /// A consultant's request for access to a file.
    RequestId
);
id!(
    /// A grant of access to one version of a file.
    GrantId
);
id!(
    /// An upload in progress or waiting to become a file version.
    UploadId
);
id!(
    /// An invitation of a person into an organization.
    InvitationId
);

/// Who owns a statement chain or a key bundle: a person or an organization.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum OwnerId {
    /// A person.
    User(UserId),
    /// An organization.
    Organization(OrganizationId),
}

impl OwnerId {
    /// The kind as it stands in statements and contexts: `user` or `organization`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            OwnerId::User(_) => "user",
            OwnerId::Organization(_) => "organization",
        }
    }

    /// The 16 id bytes, without the kind.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        match self {
            OwnerId::User(id) => id.as_bytes(),
            OwnerId::Organization(id) => id.as_bytes(),
        }
    }
}

impl From<UserId> for OwnerId {
    fn from(id: UserId) -> Self {
        OwnerId::User(id)
    }
}

impl From<OrganizationId> for OwnerId {
    fn from(id: OrganizationId) -> Self {
        OwnerId::Organization(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_text_and_no_other() {
        let id = FileId::from_random([0xab; 16]);
        assert_eq!(FileId::parse(&id.to_string()).unwrap(), id);
        for text in ["", "AB", &"AB".repeat(16), &"ab".repeat(15), &format!("{id} ")] {
            assert!(FileId::parse(text).is_err(), "{text}");
        }
    }
}
