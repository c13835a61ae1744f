//! What an operator does to accounts, beside a relay that may be running on the same stores.

use keyferry_protocol::wire::access::AuditPage;

use crate::clock::now_ms;
use crate::config::Config;
use crate::server::ServerError;
use crate::service::compromise::RecoveryCode;
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

/// What a report of compromised keys did.
pub struct Compromised {
    /// What was written down, and the first and the last serving of each file before.
    pub told: AuditPage,
    /// When the recovery code that opens the account again was tested; none when nothing does.
    pub recovery_tested_at_ms: Option<u64>,
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

    /// Suspends the account of an e-mail whose keys may be in somebody else's hands. Doing it again only tells again. With
    /// `drop_recovery_code` no code opens it again, also when it was suspended before.
    ///
    /// # Errors
    /// [`OperatorError`]; refused when an organization would have nobody left who could sign for it.
    pub async fn compromise(
        &self,
        email: &str,
        drop_recovery_code: bool,
    ) -> Result<Compromised, OperatorError> {
        let account = self.account(email).await?;
        let visitor = Visitor { address: None, now_ms: now_ms() };
        let code = if drop_recovery_code { RecoveryCode::Dropped } else { RecoveryCode::KeptIfTested };
        let told = compromise::declare(&self.0, &visitor, account.user, DETAILS, code).await?;
        let recovery_tested_at_ms = self.account(email).await?.recovery_tested_at_ms;
        Ok(Compromised { told, recovery_tested_at_ms })
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
