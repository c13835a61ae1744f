//! Erasing accounts and files. What is deleted is overwritten (`secure_delete`), and the journal is cut after it.

use keyferry_protocol::wire::bundle::BundleKind;
use keyferry_protocol::{FileId, OwnerId, UserId};
use rusqlite::{Params, Transaction, params};

use super::column::change_one;
use super::rotations::empty_staged;
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
        "subject IN (SELECT grant_id FROM grants WHERE {grant} = ?1 \
         UNION ALL SELECT request FROM requests WHERE {request} = ?1)"
    );
    empty_staged(transaction, &staged, values)?;
    let wraps =
        format!("DELETE FROM grant_wraps WHERE grant_id IN (SELECT grant_id FROM grants WHERE {grant} = ?1)");
    for sql in [
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
            UNION SELECT requester FROM requests WHERE file = ?1 UNION SELECT granter FROM grants WHERE file = ?1
            UNION SELECT resealer FROM requests WHERE file = ?1 UNION SELECT user FROM rotations)
        AND statement IN (SELECT statement FROM versions WHERE file = ?1
            UNION ALL SELECT statement FROM vault_wraps WHERE file = ?1
            UNION ALL SELECT statement FROM requests WHERE file = ?1
            UNION ALL SELECT resealed FROM requests WHERE file = ?1 AND resealed IS NOT NULL
            UNION ALL SELECT statement FROM rotation_wraps WHERE subject = ?1
                OR subject IN (SELECT grant_id FROM grants WHERE file = ?1 UNION ALL SELECT request FROM requests WHERE file = ?1)
            UNION ALL SELECT statement FROM grants WHERE file = ?1
            UNION ALL SELECT grant_wraps.statement FROM grant_wraps JOIN grants USING (grant_id) WHERE file = ?1)";
    let content = "UPDATE uploads SET claimed = 0, expires_at_ms = 0
        WHERE upload IN (SELECT upload FROM versions WHERE file = ?1)";
    for sql in [statements, content] {
        transaction.execute(sql, [file]).map_err(StoreError::from)?;
    }
    erase_access(transaction, "file", "file", [file])?;
    empty_staged(transaction, "subject = ?1", [file])?;
    for sql in [
        "DELETE FROM vault_wraps WHERE file = ?1",
        "DELETE FROM retired_uploads WHERE upload IN (SELECT upload FROM versions WHERE file = ?1)",
        "DELETE FROM versions WHERE file = ?1",
    ] {
        transaction.execute(sql, [file]).map_err(StoreError::from)?;
    }
    Ok(())
}
