//! What an operator does to accounts, beside a relay that may be running on the same stores.

use keyferry_protocol::wire::access::AuditPage;

use crate::clock::now_ms;
use crate::config::Config;
use crate::server::ServerError;
use crate::service::{ServiceError, Visitor, compromise, erasure};
use crate::state::State;
use crate::store::record::AccountRecord;

/// Who said so, in the trail.
const DETAILS: &str = "said by the operator";

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// The stores cannot be opened.
    #[error(transparent)]
    Stores(#[from] ServerError),
    /// Nobody has that e-mail.
    #[error("there is no account of {0}")]
    NoAccount(String),
    /// The same refusal as people get.
    #[error("{0}")]
    Refused(String),
}

/// The stores of a relay, in an operator's hands.
pub struct Operator(State);

impl Operator {
    /// Opens the stores that `config` names. A relay may go on serving from them.
    ///
    /// # Errors
    /// [`OperatorError::Stores`], also when no relay ever ran there.
    pub async fn open(config: Config) -> Result<Self, OperatorError> {
        Ok(Operator(State::beside(config).await?))
    }

    /// Suspends the account of an e-mail whose keys may be in somebody else's hands. Doing it again only tells again: what was
    /// written down, and the first and the last serving of each file before.
    ///
    /// # Errors
    /// [`OperatorError`]; refused when an organization would have nobody left who could sign for it.
    pub async fn compromise(&self, email: &str) -> Result<AuditPage, OperatorError> {
        let account = self.account(email).await?;
        let visitor = Visitor { address: None, now_ms: now_ms() };
        Ok(compromise::declare(&self.0, &visitor, account.user, DETAILS).await?)
    }

    /// Erases the account of an e-mail. What is left goes by its id alone.
    ///
    /// # Errors
    /// [`OperatorError`]; refused when an organization would have nobody left who could sign for it.
    pub async fn erase(&self, email: &str) -> Result<AuditPage, OperatorError> {
        let account = self.account(email).await?;
        Ok(erasure::account_of(&self.0, now_ms(), account.user, DETAILS).await?)
    }

    async fn account(&self, email: &str) -> Result<AccountRecord, OperatorError> {
        let found = self.0.registry.account_by_email(email.to_owned()).await.map_err(ServiceError::from)?;
        found.ok_or_else(|| OperatorError::NoAccount(email.to_owned()))
    }
}

impl From<ServiceError> for OperatorError {
    fn from(error: ServiceError) -> Self {
        OperatorError::Refused(error.to_string())
    }
}
