//! `clientDataJSON` (§5.8.1): what the browser says of the page that asked.

use keyferry_protocol::Bytes;
use serde::Deserialize;

use super::Refused;

/// What was done with a credential.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ceremony {
    /// It was made.
    Create,
    /// It signed.
    Get,
}

impl Ceremony {
    const fn kind(self) -> &'static str {
        match self {
            Ceremony::Create => "webauthn.create",
            Ceremony::Get => "webauthn.get",
        }
    }
}

/// Who asked, and by which challenge.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClientData {
    /// The challenge.
    pub challenge: Bytes,
    /// The page's origin.
    pub origin: String,
}

/// Further members may come any day, and are not read (§5.8.1.2).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Collected {
    r#type: String,
    challenge: Bytes,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
    top_origin: Option<String>,
}

impl ClientData {
    /// Reads it. Challenge and origin are yet to be compared.
    ///
    /// # Errors
    /// [`Refused`] for another ceremony, and for a page in another's frame.
    pub fn parse(json: &[u8], ceremony: Ceremony) -> Result<Self, Refused> {
        let said: Collected = serde_json::from_slice(json)
            .map_err(|_| Refused("The client data is not of the known shape."))?;
        // §7.1 and §7.2, `type`.
        if said.r#type != ceremony.kind() {
            return Err(Refused("The client data is of another ceremony."));
        }
        // §7.1 and §7.2, `crossOrigin` and `topOrigin`: no page here is meant for another's frame.
        if said.cross_origin || said.top_origin.is_some() {
            return Err(Refused("The page was in a frame of another origin."));
        }
        Ok(ClientData { challenge: said.challenge, origin: said.origin })
    }
}
