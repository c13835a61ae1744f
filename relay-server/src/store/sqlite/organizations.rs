//! Organizations, members, invitations.

use keyferry_protocol::wire::organization::{InvitationState, Voucher};
use keyferry_protocol::{Bytes, EncodingError, IdentityKey, InvitationId, OrganizationId, Role, UserId};
use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, params};

use super::accounts::{ACCOUNT, account_of};
use super::column::{bytes, change_one, id, insert, named, optional_id};
use crate::store::error::{CommitError, Conflict, StoreError};
use crate::store::record::{AccountRecord, InvitationRecord};

pub fn insert_organization(
    transaction: &Transaction<'_>,
    organization: OrganizationId,
    created_at_ms: u64,
) -> Result<(), CommitError> {
    insert(
        transaction,
        "INSERT INTO organizations VALUES (?1, ?2)",
        params![organization.as_bytes(), created_at_ms],
    )
}

pub fn set_member(
    transaction: &Transaction<'_>,
    organization: OrganizationId,
    user: UserId,
    role: Option<Role>,
) -> Result<(), CommitError> {
    let key = (organization.as_bytes(), user.as_bytes());
    let Some(role) = role else {
        let sql = "DELETE FROM members WHERE organization = ?1 AND user = ?2";
        transaction.execute(sql, key).map_err(StoreError::from)?;
        return Ok(());
    };
    change_one(
        transaction,
        Conflict::Suspended,
        "INSERT OR REPLACE INTO members SELECT ?1, ?2, ?3
         WHERE EXISTS (SELECT 1 FROM accounts WHERE user = ?2 AND suspended_at_ms IS NULL)",
        params![key.0, key.1, role.name()],
    )
}

pub fn organizations_of(connection: &Connection, user: UserId) -> Result<Vec<OrganizationId>, StoreError> {
    let sql = "SELECT organization FROM members JOIN organizations USING (organization) WHERE user = ?1 \
               ORDER BY created_at_ms, organization";
    let mut query = connection.prepare_cached(sql)?;
    let rows =
        query.query_map([user.as_bytes()], |row| id(row, "organization", OrganizationId::from_random))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn members(
    connection: &Connection,
    organization: OrganizationId,
) -> Result<Vec<AccountRecord>, StoreError> {
    let sql = format!(
        "SELECT {ACCOUNT} FROM members JOIN accounts USING (user) WHERE organization = ?1 ORDER BY user"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let rows = query.query_map([organization.as_bytes()], account_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn insert_voucher(
    transaction: &Transaction<'_>,
    organization: OrganizationId,
    root: &IdentityKey,
    user: UserId,
    statement: &Bytes,
) -> Result<(), CommitError> {
    let sql = "INSERT OR IGNORE INTO vouchers VALUES (?1, ?2, ?3, ?4)";
    let values = params![organization.as_bytes(), root.as_bytes(), user.as_bytes(), statement.0];
    transaction.execute(sql, values).map(drop).map_err(|error| StoreError::from(error).into())
}

pub fn vouchers(connection: &Connection, organization: OrganizationId) -> Result<Vec<Voucher>, StoreError> {
    let sql = "SELECT user, statement FROM vouchers WHERE organization = ?1 ORDER BY rowid";
    let mut query = connection.prepare_cached(sql)?;
    let read = |row: &Row<'_>| {
        Ok(Voucher { user: id(row, "user", UserId::from_random)?, statement: bytes(row, "statement")? })
    };
    let rows = query.query_map([organization.as_bytes()], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

const INVITATION: &str =
    "SELECT invitation, organization, email, role, inviter, invited, state, created_at_ms FROM invitations";

pub fn invitation(
    connection: &Connection,
    invitation: InvitationId,
) -> Result<Option<InvitationRecord>, StoreError> {
    let sql = format!("{INVITATION} WHERE invitation = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([invitation.as_bytes()], invitation_of).optional()?)
}

pub fn invitations_of(
    connection: &Connection,
    organization: OrganizationId,
) -> Result<Vec<InvitationRecord>, StoreError> {
    invitations(connection, "organization = ?1", [organization.as_bytes()])
}

pub fn invitations_for(connection: &Connection, email: &str) -> Result<Vec<InvitationRecord>, StoreError> {
    invitations(connection, "email = ?1", [email])
}

fn invitations(
    connection: &Connection,
    condition: &str,
    values: impl Params,
) -> Result<Vec<InvitationRecord>, StoreError> {
    let sql = format!("{INVITATION} WHERE {condition} ORDER BY created_at_ms DESC, rowid DESC");
    let mut query = connection.prepare_cached(&sql)?;
    let rows = query.query_map(values, invitation_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn invitation_of(row: &Row<'_>) -> rusqlite::Result<InvitationRecord> {
    Ok(InvitationRecord {
        invitation: id(row, "invitation", InvitationId::from_random)?,
        organization: id(row, "organization", OrganizationId::from_random)?,
        email: row.get("email")?,
        role: named(row, "role", Role::parse)?,
        inviter: id(row, "inviter", UserId::from_random)?,
        invited: optional_id(row, "invited", UserId::from_random)?,
        state: named(row, "state", parse_state)?,
        created_at_ms: row.get("created_at_ms")?,
    })
}

const fn state_name(state: InvitationState) -> &'static str {
    match state {
        InvitationState::Pending => "pending",
        InvitationState::Accepted => "accepted",
        InvitationState::Completed => "completed",
    }
}

fn parse_state(text: &str) -> Result<InvitationState, EncodingError> {
    [InvitationState::Pending, InvitationState::Accepted, InvitationState::Completed]
        .into_iter()
        .find(|state| state_name(*state) == text)
        .ok_or(EncodingError("invitation state"))
}

pub fn insert_invitation(
    transaction: &Transaction<'_>,
    invitation: &InvitationRecord,
) -> Result<(), CommitError> {
    insert(
        transaction,
        "INSERT INTO invitations VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            invitation.invitation.as_bytes(),
            invitation.organization.as_bytes(),
            invitation.email,
            invitation.role.name(),
            invitation.inviter.as_bytes(),
            invitation.invited.as_ref().map(UserId::as_bytes),
            state_name(invitation.state),
            invitation.created_at_ms,
        ],
    )
}

pub fn accept_invitation(
    transaction: &Transaction<'_>,
    invitation: InvitationId,
    user: UserId,
) -> Result<(), CommitError> {
    change_one(
        transaction,
        Conflict::InvitationState,
        "UPDATE invitations SET state = 'accepted', invited = ?2 WHERE invitation = ?1 AND state = 'pending'",
        params![invitation.as_bytes(), user.as_bytes()],
    )
}

pub fn complete_invitation(
    transaction: &Transaction<'_>,
    invitation: InvitationId,
) -> Result<(), CommitError> {
    change_one(
        transaction,
        Conflict::InvitationState,
        "UPDATE invitations SET state = 'completed' WHERE invitation = ?1 AND state = 'accepted'",
        [invitation.as_bytes()],
    )
}
