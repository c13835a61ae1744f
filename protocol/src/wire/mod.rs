//! The JSON of the HTTP API, a module per concern. Unknown fields are refused; bytes are base64url, digests and
//! ids lowercase hex, times milliseconds since 1970.

pub mod access;
pub mod account;
pub mod bundle;
pub mod file;
pub mod notice;
pub mod organization;
pub mod passkey;
pub mod problem;
pub mod rotation;
pub mod sealed_box;

/// Declares wire types: JSON both ways (serde for the relay, `json` for clients), unknown fields refused, a schema
/// for OpenAPI.
macro_rules! wire {
    ($($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $kind:ty,)* })*) => {
        $(
            $(#[$meta])*
            #[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
            #[serde(deny_unknown_fields)]
            #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
            pub struct $name {
                $($(#[$field_meta])* pub $field: $kind,)*
            }

            crate::json_object!($name { $($field),* });
        )*
    };
}
pub(crate) use wire;
