//! What a person ends for good.

use keyferry_protocol::route;
use keyferry_protocol::wire::account::{Compromised, Proof};

use crate::client::login_key;
use crate::error::ClientError;
use crate::platform::Platform;
use crate::relay::Submission;
use crate::session::{Inner, Session};

impl<P: Platform> Session<P> {
    /// Says that one's keys may be in somebody else's hands: every session ends, this one too, and so does whatever was
    /// granted. Only a recovery code that was tested opens the account again. Tells what was fetched before.
    ///
    /// # Errors
    /// `login_failed` when `passphrase` is another; `last_owner` when an organization would have no owner left.
    pub async fn report_compromise(&self, passphrase: &str) -> Result<Compromised, ClientError> {
        let proof = self.inner.proof(passphrase).await?;
        self.inner.relay.ask(&Submission::post(route::my_compromise(), &proof)?).await
    }
}

impl<P: Platform> Inner<P> {
    async fn proof(&self, passphrase: &str) -> Result<Proof, ClientError> {
        Ok(Proof { login_key: login_key(&self.prove_passphrase(passphrase).await?.login) })
    }
}
