//! Private keys in MongoDB, a document each.
//!
//! Every write waits for the majority and its journal. A server that does not answer gives
//! [`StoreError::Unavailable`] within seconds; the driver finds it again by itself.

use std::time::Duration;

use async_trait::async_trait;
use keyferry_protocol::OwnerId;
use mongodb::bson::{DateTime, doc};
use mongodb::error::{Error, ErrorKind, WriteFailure};
use mongodb::options::{Acknowledgment, ClientOptions, CollectionOptions, ReadConcern, WriteConcern};
use mongodb::{Client, Collection};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use super::document::{StoredBundle, id_text, owner_text};
use super::{Accesses, BundleDocument, DocumentId, PrivateKeyStore};
use crate::store::error::StoreError;

const COLLECTION: &str = "private_keys";

/// How long to look for a server, and how long one operation may take: somebody waits for the answer.
const SERVER_SELECTION: Duration = Duration::from_secs(2);
const OPERATION: Duration = Duration::from_secs(5);

/// `OutOfDiskSpace` in the server's list of error codes.
const OUT_OF_DISK_SPACE: i32 = 14031;

/// One document. `_id` is the document id, so MongoDB's own unique index guards it.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(rename = "_id")]
    id: String,
    #[serde(flatten)]
    bundle: StoredBundle,
    created_at: DateTime,
    last_accessed: Option<DateTime>,
    access_count: i64,
}

/// The private-key store on a MongoDB server or replica set.
pub struct MongoPrivateKeys {
    collection: Collection<Stored>,
    /// The runtime that drives the connections: a worker's own may be busy with something else.
    runtime: Handle,
}

impl MongoPrivateKeys {
    /// Prepares the client; the server need not answer yet. Stays on the current tokio runtime.
    ///
    /// # Errors
    /// [`StoreError`] when the connection string cannot be used.
    pub async fn connect(uri: &str, database: &str) -> Result<Self, StoreError> {
        let mut options = ClientOptions::parse(uri).await?;
        options.app_name.get_or_insert_with(|| "keyferry-relay".to_owned());
        options.server_selection_timeout.get_or_insert(SERVER_SELECTION);
        options.connect_timeout.get_or_insert(SERVER_SELECTION);
        let settings = CollectionOptions::builder()
            .write_concern(WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build())
            .read_concern(ReadConcern::majority())
            .build();
        let collection =
            Client::with_options(options)?.database(database).collection_with_options(COLLECTION, settings);
        Ok(MongoPrivateKeys { collection, runtime: Handle::current() })
    }

    /// Runs one operation within its time, to its end even if the caller goes away.
    async fn run<T, O>(&self, operation: impl FnOnce(Collection<Stored>) -> O) -> Result<T, StoreError>
    where
        T: Send + 'static,
        O: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let operation = operation(self.collection.clone());
        let timed = async move { tokio::time::timeout(OPERATION, operation).await };
        match self.runtime.spawn(timed).await {
            Ok(Ok(done)) => Ok(done?),
            Ok(Err(_elapsed)) => Err(StoreError::Unavailable("MongoDB took too long".to_owned())),
            Err(cause) => Err(StoreError::Unavailable(cause.to_string())),
        }
    }

    async fn find(&self, id: DocumentId) -> Result<Option<Stored>, StoreError> {
        self.run(move |collection| async move { collection.find_one(doc! { "_id": id_text(id) }).await })
            .await
    }
}

#[async_trait]
impl PrivateKeyStore for MongoPrivateKeys {
    async fn put(&self, document: &BundleDocument) -> Result<(), StoreError> {
        let stored = Stored {
            id: id_text(document.id),
            bundle: StoredBundle::of(document),
            created_at: date(document.created_at_ms),
            last_accessed: None,
            access_count: 0,
        };
        self.run(move |collection| async move { collection.insert_one(stored).await }).await?;
        Ok(())
    }

    async fn get(&self, id: DocumentId) -> Result<Option<BundleDocument>, StoreError> {
        let Some(stored) = self.find(id).await? else { return Ok(None) };
        stored.bundle.into_document(id, milliseconds(stored.created_at)).map(Some)
    }

    async fn count(&self, id: DocumentId, now_ms: u64) -> Result<(), StoreError> {
        let change = doc! { "$inc": { "access_count": 1_i64 }, "$set": { "last_accessed": date(now_ms) } };
        self.run(move |collection| async move {
            collection.update_one(doc! { "_id": id_text(id) }, change).await
        })
        .await?;
        Ok(())
    }

    async fn accesses(&self, id: DocumentId) -> Result<Option<Accesses>, StoreError> {
        let stored = self.find(id).await?;
        Ok(stored.map(|stored| Accesses {
            count: u64::try_from(stored.access_count).unwrap_or(0),
            last_ms: stored.last_accessed.map(milliseconds),
        }))
    }

    async fn remove(&self, id: DocumentId) -> Result<(), StoreError> {
        self.run(move |collection| async move { collection.delete_one(doc! { "_id": id_text(id) }).await })
            .await?;
        Ok(())
    }

    async fn erase(&self, owner: OwnerId) -> Result<(), StoreError> {
        let of_owner = doc! { "owner_kind": owner.kind(), "owner": owner_text(owner) };
        self.run(move |collection| async move { collection.delete_many(of_owner).await }).await?;
        Ok(())
    }

    async fn ready(&self) -> Result<(), StoreError> {
        // A majority read, so a primary that lost its majority is not called ready.
        self.run(|collection| async move { collection.find_one(doc! { "_id": "" }).await }).await?;
        Ok(())
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match *error.kind {
            ErrorKind::Command(cause) if cause.code == OUT_OF_DISK_SPACE => StoreError::Full,
            ErrorKind::Write(WriteFailure::WriteError(cause)) if cause.code == OUT_OF_DISK_SPACE => {
                StoreError::Full
            }
            ErrorKind::Write(WriteFailure::WriteError(_))
            | ErrorKind::BsonDeserialization(_)
            | ErrorKind::BsonSerialization(_)
            | ErrorKind::Bson(_)
            | ErrorKind::InvalidArgument { .. } => StoreError::Broken(text),
            _ => StoreError::Unavailable(text),
        }
    }
}

fn date(time_ms: u64) -> DateTime {
    // No clock reaches the year 292,277,026.
    DateTime::from_millis(i64::try_from(time_ms).unwrap_or(i64::MAX))
}

fn milliseconds(date: DateTime) -> u64 {
    u64::try_from(date.timestamp_millis()).unwrap_or(0)
}
