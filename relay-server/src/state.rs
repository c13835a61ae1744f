//! What every request handler may reach.

use std::sync::Arc;

use crate::config::Config;
use crate::store::{PrivateKeyStore, Registry};

/// The stores and settings behind the API.
pub struct State {
    /// The settings in force.
    pub config: Config,
    /// Everything that commits together.
    pub registry: Arc<dyn Registry>,
    /// Locked key bundles.
    pub private_keys: Arc<dyn PrivateKeyStore>,
}
