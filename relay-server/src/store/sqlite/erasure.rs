//! Erasing accounts and files. What is deleted is overwritten (`secure_delete`), and the journal is cut after it.

use keyferry_protocol::wire::bundle::BundleKind;
use keyferry_protocol::{FileId, OwnerId, UserId};
use rusqlite::{Params, Transaction, params};

use super::column::change_one;
use crate::store::error::{CommitError, Conflict, StoreError};
use crate::store::private_keys::DocumentId;

/// The requests and grants, with what they brought, whose columns of these names have that value.
fn erase_access(
    transaction: &Transaction<'_>,
    request: &str,
    grant: &str,
    values: impl Params + Copy,
) -> Result<(), StoreError> {
    // What is being wrapped to a new key goes with what is held.
    let staged = format!(
        "DELETE FROM rotation_wraps WHERE subject IN (SELECT grant_id FROM grants WHERE {grant} = ?1 \
         UNION ALL SELECT request FROM requests WHERE {request} = ?1)"
    );
    let wraps =
        format!("DELETE FROM grant_wraps WHERE grant_id IN (SELECT grant_id FROM grants WHERE {grant} = ?1)");
    for sql in [
        staged,
        wraps,
        format!("DELETE FROM grants WHERE {grant} = ?1"),
        format!("DELETE FROM requests WHERE {request} = ?1"),
    ] {
        transaction.execute(&sql, values)?;
    }
    Ok(())
}

pub fn drop_bundle(
    transaction: &Transaction<'_>,
    owner: OwnerId,
    kind: BundleKind,
    from: DocumentId,
) -> Result<(), CommitError> {
    change_one(
        transaction,
        Conflict::Chain,
        "DELETE FROM current_bundles WHERE owner_kind = ?1 AND owner = ?2 AND kind = ?3 AND document = ?4",
        params![owner.kind(), owner.as_bytes(), kind.name(), from.0],
    )
}

pub fn erase_account(
    transaction: &Transaction<'_>,
    user: UserId,
    email: &str,
    erased_at_ms: u64,
) -> Result<(), CommitError> {
    let user = user.as_bytes();
    transaction.execute("DELETE FROM rotations WHERE user = ?1", [user]).map_err(StoreError::from)?;
    erase_access(transaction, "requester", "recipient", [user])?;
    // An `@` is in every e-mail, so nobody registers the name that is left.
    let account =
        "UPDATE accounts SET email = 'erased-' || lower(hex(user)), kdf_iterations = 0, kdf_salt = x'',
        login_verifier = zeroblob(32), recovery_verifier = NULL, recovery_tested_at_ms = NULL,
        suspended_at_ms = coalesce(suspended_at_ms, ?2) WHERE user = ?1";
    transaction.execute(account, (user, erased_at_ms)).map_err(StoreError::from)?;
    let invitations = "DELETE FROM invitations WHERE invited = ?1 OR email = ?2";
    transaction.execute(invitations, (user, email)).map_err(StoreError::from)?;
    for sql in [
        "DELETE FROM sessions WHERE user = ?1",
        "DELETE FROM contacts WHERE user = ?1",
        "UPDATE uploads SET expires_at_ms = 0 WHERE user = ?1 AND claimed = 0",
        "UPDATE events SET address = NULL WHERE user = ?1",
    ] {
        transaction.execute(sql, [user]).map_err(StoreError::from)?;
    }
    Ok(())
}

pub fn erase_file(transaction: &Transaction<'_>, file: FileId) -> Result<(), CommitError> {
    let file = file.as_bytes();
    // Sequence and hash stay in their signers' chains, where nobody reads the bytes any more.
    let statements = "UPDATE statements SET statement = x'' WHERE owner_kind = 'user'
        AND owner IN (SELECT author FROM versions WHERE file = ?1 UNION SELECT wrapper FROM vault_wraps WHERE file = ?1
            UNION SELECT requester FROM requests WHERE file = ?1 UNION SELECT granter FROM grants WHERE file = ?1)
        AND statement IN (SELECT statement FROM versions WHERE file = ?1
            UNION ALL SELECT statement FROM vault_wraps WHERE file = ?1
            UNION ALL SELECT statement FROM requests WHERE file = ?1
            UNION ALL SELECT statement FROM grants WHERE file = ?1
            UNION ALL SELECT grant_wraps.statement FROM grant_wraps JOIN grants USING (grant_id) WHERE file = ?1)";
    let content = "UPDATE uploads SET claimed = 0, expires_at_ms = 0
        WHERE upload IN (SELECT upload FROM versions WHERE file = ?1)";
    for sql in [statements, content] {
        transaction.execute(sql, [file]).map_err(StoreError::from)?;
    }
    erase_access(transaction, "file", "file", [file])?;
    for sql in [
        "DELETE FROM rotation_wraps WHERE subject = ?1",
        "DELETE FROM vault_wraps WHERE file = ?1",
        "DELETE FROM retired_uploads WHERE upload IN (SELECT upload FROM versions WHERE file = ?1)",
        "DELETE FROM versions WHERE file = ?1",
    ] {
        transaction.execute(sql, [file]).map_err(StoreError::from)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use keyferry_protocol::request::RequestState;
    use keyferry_protocol::wire::bundle::KdfParameters;
    use keyferry_protocol::wire::sealed_box::SealedBox;
    use keyferry_protocol::{Bytes, Digest, IdentityKey, OrganizationId, RequestId, Suite};

    use super::*;
    use crate::store::record::{AccountRecord, RequestRecord, SessionRecord};
    use crate::store::sqlite::SqliteRegistry;
    use crate::store::{Change, Commit, Registry as _};

    const USER: UserId = UserId::from_random([1; 16]);
    const ORGANIZATION: OrganizationId = OrganizationId::from_random([2; 16]);

    async fn registry(folder: &std::path::Path) -> SqliteRegistry {
        let registry = SqliteRegistry::open(&folder.join("registry.db")).await.unwrap();
        // The base point of Ed25519 (RFC 8032 §5.1): a valid key nobody here signs with.
        let mut base_point = [0x66; 32];
        base_point[0] = 0x58;
        let account = AccountRecord {
            user: USER,
            email: "a@example.org".into(),
            identity_key: IdentityKey::parse(&base_point).unwrap(),
            key_certificate: Bytes::default(),
            kdf: KdfParameters { iterations: 600_000, salt: Bytes(vec![0; 16]) },
            login_verifier: Digest::ZERO,
            recovery_verifier: None,
            recovery_tested_at_ms: None,
            suspended_at_ms: None,
            created_at_ms: 0,
        };
        let organization = Change::Organization { organization: ORGANIZATION, created_at_ms: 0 };
        assert_eq!(commit(&registry, vec![Change::Account(account), organization]).await, None);
        registry
    }

    async fn commit(registry: &SqliteRegistry, changes: Vec<Change>) -> Option<Conflict> {
        match registry.commit(Commit { changes, ..Commit::default() }).await {
            Ok(()) => None,
            Err(CommitError::Conflict(conflict)) => Some(conflict),
            Err(CommitError::Store(cause)) => unreachable!("{cause}"),
        }
    }

    #[actix_web::test]
    async fn what_arrives_about_an_erased_file_finds_it_gone() {
        let folder = tempfile::tempdir().unwrap();
        let registry = registry(folder.path()).await;
        let reason = SealedBox {
            suite: Suite::X25519Hpke,
            recipient_key: Digest([3; 32]),
            wrapped: Bytes::default(),
            nonce: Bytes::default(),
            ciphertext: Bytes::default(),
        };
        let request = RequestRecord {
            request: RequestId::from_random([4; 16]),
            organization: ORGANIZATION,
            file: FileId::from_random([5; 16]),
            version: 1,
            requester: USER,
            statement: Bytes::default(),
            reason,
            state: RequestState::Pending,
            created_at_ms: 0,
            resealed: None,
            resealer: None,
        };
        assert_eq!(commit(&registry, vec![Change::Request(request)]).await, Some(Conflict::Gone));
    }

    #[actix_web::test]
    async fn a_login_that_was_on_its_way_finds_the_account_suspended() {
        let folder = tempfile::tempdir().unwrap();
        let registry = registry(folder.path()).await;
        let session = |token| SessionRecord {
            token: Digest([token; 32]),
            user: USER,
            created_at_ms: 1,
            expires_at_ms: 2,
            revoked: false,
        };
        assert_eq!(commit(&registry, vec![Change::Session(session(1))]).await, None);
        let suspended = Change::Suspension { user: USER, since_ms: Some(1) };
        assert_eq!(commit(&registry, vec![suspended]).await, None);
        assert_eq!(commit(&registry, vec![Change::Session(session(2))]).await, Some(Conflict::Suspended));
        let lifted = Change::Suspension { user: USER, since_ms: None };
        assert_eq!(commit(&registry, vec![lifted]).await, None);
        let erased = Change::EraseAccount { user: USER, email: "a@example.org".into(), erased_at_ms: 3 };
        assert_eq!(commit(&registry, vec![erased]).await, None);
        assert_eq!(commit(&registry, vec![Change::Session(session(3))]).await, Some(Conflict::Suspended));
        assert_eq!(registry.session(Digest([1; 32])).await.unwrap(), None);
        assert_eq!(registry.account_by_email("a@example.org".into()).await.unwrap(), None);
    }
}
