//! What a person ends for good.

use keyferry_protocol::audit::AuditEvent;
use keyferry_protocol::route;
use keyferry_protocol::wire::access::AuditPage;
use keyferry_protocol::wire::account::Proof;

use crate::client::login_key;
use crate::error::ClientError;
use crate::platform::Platform;
use crate::relay::{Submission, decode};
use crate::session::Session;

impl<P: Platform> Session<P> {
    /// Says that one's keys may be in somebody else's hands: every session ends, this one too, and so does whatever was
    /// granted. Only a recovery code that was tested opens the account again. Tells, newest first, where that was written down,
    /// and the first and the last serving of each file that was fetched before, of the 500 files fetched last.
    ///
    /// # Errors
    /// `login_failed` when `passphrase` is another; `last_owner` when an organization would have no owner left.
    pub async fn report_compromise(&self, passphrase: &str) -> Result<Vec<AuditEvent>, ClientError> {
        self.end("POST", route::my_compromise(), passphrase).await
    }

    /// Erases the account: nothing opens it again, and what stays at the relay goes by its id alone. Tells what
    /// [`Session::report_compromise`] tells.
    ///
    /// # Errors
    /// As [`Session::report_compromise`].
    pub async fn erase_account(&self, passphrase: &str) -> Result<Vec<AuditEvent>, ClientError> {
        self.end("DELETE", route::me(), passphrase).await
    }

    async fn end(
        &self,
        method: &'static str,
        path: String,
        passphrase: &str,
    ) -> Result<Vec<AuditEvent>, ClientError> {
        let proof = Proof { login_key: login_key(&self.inner.prove_passphrase(passphrase).await?.login) };
        let told = self.inner.relay.submit(&Submission::new(method, path, &proof)?).await?;
        decode::<AuditPage>(&told.body).map(|page| page.events)
    }
}
