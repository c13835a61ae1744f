//! Private keys in MongoDB, a document per bundle version.
//!
//! Every write waits for the majority and its journal. A server that does not answer gives
//! [`PrivateKeyError::Unavailable`] within seconds; the driver finds it again by itself.

use std::future::IntoFuture;
use std::time::Duration;

use async_trait::async_trait;
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, Lock, SealedKey};
use keyferry_protocol::{OwnerId, Suite, UserId};
use mongodb::bson::{DateTime, Document, doc, serialize_to_bson};
use mongodb::error::{Error, ErrorKind, WriteFailure};
use mongodb::options::{
    Acknowledgment, ClientOptions, CollectionOptions, IndexOptions, ReadConcern, WriteConcern,
};
use mongodb::{Client, Collection, IndexModel};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::OnceCell;

use super::{ALGORITHM, Accesses, BundleId, PrivateKeyError, PrivateKeyStore, holder, lock_digest};

/// The database, unless the connection string names one.
const DATABASE: &str = "keyferry";
const COLLECTION: &str = "private_keys";

/// How long to look for a server, and how long one operation may take. People wait for the answer.
const SERVER_SELECTION: Duration = Duration::from_secs(2);
const OPERATION: Duration = Duration::from_secs(5);

const DUPLICATE_KEY: i32 = 11000;
const OUT_OF_DISK_SPACE: i32 = 14031;

/// One bundle version as stored.
#[derive(Serialize, Deserialize)]
struct BundleDocument {
    owner_kind: String,
    owner: String,
    kind: BundleKind,
    version: u32,
    suite: Suite,
    algorithm: String,
    /// Public halves, nonces, encrypted private keys.
    keys: Vec<SealedKey>,
    /// Newest first.
    locks: Vec<LockDocument>,
    created_at: DateTime,
    last_accessed: Option<DateTime>,
    access_count: i64,
}

/// One lock: KDF parameters, salt, nonce and ciphertext, or a wrapped key, under `lock`.
#[derive(Serialize, Deserialize)]
struct LockDocument {
    holder: String,
    digest: String,
    lock: Lock,
}

/// The private-key store on a MongoDB server or replica set.
pub struct MongoPrivateKeys {
    collection: Collection<BundleDocument>,
    /// The runtime that drives the connections: a worker's own may be busy with something else.
    runtime: Handle,
    /// Set once the unique index is known to exist; a server may come up after the relay.
    indexed: OnceCell<()>,
}

impl MongoPrivateKeys {
    /// Prepares the client; the server need not answer yet.
    ///
    /// # Errors
    /// [`PrivateKeyError::Unavailable`] when the connection string cannot be used.
    pub async fn connect(uri: &str) -> Result<Self, PrivateKeyError> {
        let mut options = ClientOptions::parse(uri).await?;
        options.app_name.get_or_insert_with(|| "keyferry-relay".to_owned());
        options.server_selection_timeout.get_or_insert(SERVER_SELECTION);
        options.connect_timeout.get_or_insert(SERVER_SELECTION);
        let client = Client::with_options(options)?;
        let settings = CollectionOptions::builder()
            .write_concern(WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build())
            .read_concern(ReadConcern::majority())
            .build();
        let database = client.default_database().unwrap_or_else(|| client.database(DATABASE));
        let collection = database.collection_with_options(COLLECTION, settings);
        Ok(Self { collection, runtime: Handle::current(), indexed: OnceCell::new() })
    }

    /// Runs one operation to its end, within its time, on the runtime of the connections.
    async fn run<T, O>(&self, operation: O) -> Result<T, PrivateKeyError>
    where
        T: Send + 'static,
        O: IntoFuture<Output = Result<T, Error>>,
        O::IntoFuture: Send + 'static,
    {
        let work = tokio::time::timeout(OPERATION, operation.into_future());
        let _entered = self.runtime.enter();
        match self.runtime.spawn(work).await {
            Ok(Ok(done)) => Ok(done?),
            Ok(Err(_elapsed)) => Err(PrivateKeyError::Unavailable("MongoDB took too long".to_owned())),
            Err(cause) => Err(PrivateKeyError::Unavailable(cause.to_string())),
        }
    }
}
