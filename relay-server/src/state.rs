//! What every request handler may reach.

use std::net::IpAddr;
use std::sync::Arc;

use keyferry_protocol::{Digest, UserId};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::server::ServerError;
use crate::service::authority::Organizations;
use crate::service::content::Downloads;
use crate::service::notice::Notices;
use crate::service::passkey::Challenges;
use crate::service::rate_limit::RateLimit;
use crate::service::upload::Uploads;
use crate::store::content::Opener;
use crate::store::private_keys::{MongoPrivateKeys, SqlitePrivateKeys};
use crate::store::sqlite::SqliteRegistry;
use crate::store::{ContentStore, PrivateKeyStore, Registry, StoreError};

/// The stores and settings behind the API.
pub struct State {
    /// The settings in force.
    pub config: Config,
    /// Everything that commits together.
    pub registry: Arc<dyn Registry>,
    /// Locked key bundles.
    pub private_keys: Arc<dyn PrivateKeyStore>,
    /// Uploads and their ciphertext.
    pub uploads: Uploads,
    /// Downloads that are in the trail already.
    pub downloads: Downloads,
    /// Replayed organizations.
    pub organizations: Organizations,
    /// Live notices.
    pub notices: Notices,
    /// Challenges that passkeys have not answered yet.
    pub challenges: Challenges,
    /// Cancelled when the server stops: open event streams end.
    pub stopping: CancellationToken,
    /// Requests per address.
    pub address_limit: RateLimit<IpAddr>,
    /// Requests per account.
    pub account_limit: RateLimit<UserId>,
    /// Login attempts per SHA-256 of the e-mail.
    pub login_limit: RateLimit<Digest>,
}

const REGISTRY: &str = "registry.db";
const PRIVATE_KEYS: &str = "private-keys.db";
const CONTENT: &str = "content";

impl State {
    /// Opens every store that `config` names, making the data directory if it is missing.
    ///
    /// # Errors
    /// [`ServerError`].
    pub async fn open(config: Config) -> Result<Self, ServerError> {
        std::fs::create_dir_all(&config.data_dir).map_err(ServerError::DataDirectory)?;
        Self::on(config, ContentStore::in_folder).await
    }

    /// Opens the stores of a relay that may be running.
    ///
    /// # Errors
    /// [`ServerError`], also when no relay ever ran there.
    pub async fn beside(config: Config) -> Result<Self, ServerError> {
        if !config.data_dir.join(REGISTRY).exists() {
            return Err(ServerError::NoData(config.data_dir));
        }
        Self::on(config, ContentStore::beside).await
    }

    async fn on(config: Config, opener: Opener) -> Result<Self, ServerError> {
        let registry = Arc::new(SqliteRegistry::open(&config.data_dir.join(REGISTRY)).await?);
        let content = content(&config, opener)?;
        Ok(State {
            uploads: Uploads::new(registry.clone(), content, config.uploads),
            downloads: Downloads::default(),
            registry,
            private_keys: private_keys(&config).await?,
            organizations: Organizations::default(),
            notices: Notices::default(),
            challenges: Challenges::default(),
            stopping: CancellationToken::new(),
            address_limit: RateLimit::per_minute(config.limits.address_requests_per_minute),
            account_limit: RateLimit::per_minute(config.limits.account_requests_per_minute),
            login_limit: RateLimit::per_minute(config.limits.logins_per_minute),
            config,
        })
    }
}

fn content(config: &Config, opener: Opener) -> Result<ContentStore, StoreError> {
    match &config.content_url {
        // Exposed to the back end that it names.
        Some(url) => ContentStore::at_url(url.expose(), opener),
        None => opener(&config.data_dir.join(CONTENT)),
    }
}

async fn private_keys(config: &Config) -> Result<Arc<dyn PrivateKeyStore>, StoreError> {
    Ok(match &config.mongodb {
        // Exposed to the driver that connects with it.
        Some(mongodb) => Arc::new(MongoPrivateKeys::connect(mongodb.uri.expose(), &mongodb.database).await?),
        None => Arc::new(SqlitePrivateKeys::open(&config.data_dir.join(PRIVATE_KEYS))?),
    })
}
