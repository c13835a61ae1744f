//! Audit trails, newest first, a page at a time.

use keyferry_protocol::OrganizationId;
use keyferry_protocol::wire::access::AuditPage;

use super::authority::Member;
use super::{Caller, ServiceError};
use crate::state::State;
use crate::store::registry::Trail;

const MAX_EVENTS: u32 = 500;
const DEFAULT_EVENTS: u32 = 100;

/// Which part of a trail.
#[derive(Clone, Copy, Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// Only events with smaller numbers.
    pub before: Option<u64>,
    /// At most so many events; 1 to 500, 100 without it.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

/// What the caller did.
pub async fn mine(state: &State, caller: &Caller, page: Page) -> Result<AuditPage, ServiceError> {
    load(state, Trail::User(caller.user), page).await
}

/// What happened in an organization, for owners and auditors.
pub async fn of_organization(
    state: &State,
    caller: &Caller,
    organization: OrganizationId,
    page: Page,
) -> Result<AuditPage, ServiceError> {
    Member::of(state, caller, organization).await?.auditor()?;
    load(state, Trail::Organization(organization), page).await
}

async fn load(state: &State, trail: Trail, page: Page) -> Result<AuditPage, ServiceError> {
    let limit = page.limit.unwrap_or(DEFAULT_EVENTS);
    if !(1..=MAX_EVENTS).contains(&limit) {
        return Err(ServiceError::value("`limit` is a number from 1 to 500."));
    }
    let events = state.registry.events(trail, page.before.unwrap_or(u64::MAX), limit).await?;
    let full = events.len() == limit as usize;
    let next_before = events.last().filter(|_| full).map(|event| event.number);
    Ok(AuditPage { events, next_before })
}
