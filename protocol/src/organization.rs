//! What an organization's signed chain says. Clients and relay replay the same statements and believe no flag.

use crate::code::Code;
use crate::encoding::Digest;
use crate::fingerprint::Fingerprint;
use crate::id::{OrganizationId, OwnerId, UserId};
use crate::key::IdentityKey;
use crate::role::Role;
use crate::sorted_map::SortedMap;
use crate::statement::{
    Body, ChainHead, KeyCertificate, Membership, Policy, StatementError, Succession, Verified, statement_type,
};

/// Why a chain does not make an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OrganizationError {
    /// A statement does not verify or does not follow.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The chain is empty.
    #[error("the chain is empty")]
    Empty,
    /// It does not begin with a policy, or the policy names other keys or another organization.
    #[error("the policy is not signed by the organization's root")]
    Policy,
    /// A membership, a certificate or a succession that breaks the rules (epoch, listing, last owner, version, key).
    #[error("the membership breaks the rules: {0}")]
    Membership(&'static str),
}

impl OrganizationError {
    /// The stable code, as clients say it.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            OrganizationError::Statement(StatementError::Chain) => Code::ChainConflict,
            OrganizationError::Statement(_) | OrganizationError::Membership(_) => Code::MembershipUnsigned,
            OrganizationError::Empty => Code::StateMissing,
            OrganizationError::Policy => Code::PolicyUnsigned,
        }
    }
}

/// An active member, as the root signed it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Member {
    /// The person.
    pub user: UserId,
    /// Their identity key, verified by the owner who signed.
    pub identity_key: IdentityKey,
    /// Their role.
    pub role: Role,
    /// SHA-256 of the membership statement in force.
    pub statement: Digest,
    /// Its epoch.
    pub epoch: u64,
}

impl Member {
    /// The member's fingerprint.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.identity_key.fingerprint(self.user.into())
    }
}

/// An organization's state after a number of its own statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// The policy in force. Its root key is the first: see [`Organization::root`].
    pub policy: Policy,
    /// The root key in force.
    pub root: IdentityKey,
    /// The root key that the one in force named, but that did not take over yet: by the very next statement.
    successor: Option<IdentityKey>,
    /// The vault's certified key.
    pub vault: Option<KeyCertificate>,
    /// The active members.
    pub members: SortedMap<UserId, Member>,
    /// How many membership statements there are.
    pub epoch: u64,
    /// The chain's head.
    pub head: ChainHead,
}

impl Organization {
    /// Replays a whole chain. The first statement is the policy that names the root key; a caller who knows
    /// the organization already compares [`Organization::fingerprint`] with its pin.
    ///
    /// # Errors
    /// [`OrganizationError`] at the first statement that does not hold.
    pub fn replay<T: AsRef<[u8]>>(id: OrganizationId, chain: &[T]) -> Result<Self, OrganizationError> {
        Self::replay_with(id, chain, drop)
    }

    /// As [`Organization::replay`]; shows every membership on the way.
    ///
    /// # Errors
    /// [`OrganizationError`] at the first statement that does not hold.
    pub fn replay_with<T: AsRef<[u8]>>(
        id: OrganizationId,
        chain: &[T],
        mut see: impl FnMut(Verified<Membership>),
    ) -> Result<Self, OrganizationError> {
        let (first, rest) = chain.split_first().ok_or(OrganizationError::Empty)?;
        let mut organization = Self::begin(id, first.as_ref())?;
        for statement in rest {
            organization.apply(statement.as_ref())?.into_iter().for_each(&mut see);
        }
        match organization.successor {
            None => Ok(organization),
            Some(_) => Err(OrganizationError::Membership("half a succession")),
        }
    }

    fn begin(id: OrganizationId, bytes: &[u8]) -> Result<Self, OrganizationError> {
        let root_key = policy_root_key(bytes)?;
        let policy = Verified::<Policy>::check(bytes, id.into(), &root_key)?;
        if policy.body().organization != id || policy.body().root_key != root_key {
            return Err(OrganizationError::Policy);
        }
        Ok(Organization {
            id,
            head: ChainHead::EMPTY.after(&policy)?,
            policy: policy.statement.body,
            root: root_key,
            successor: None,
            vault: None,
            members: SortedMap::new(),
            epoch: 0,
        })
    }

    /// The organization's fingerprint: that of its root.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.root.fingerprint(self.id.into())
    }

    /// Applies the next statement: a vault certificate, a membership, which it gives, or half a succession of the root.
    ///
    /// # Errors
    /// [`OrganizationError`]; the state is then unchanged.
    pub fn apply(&mut self, bytes: &[u8]) -> Result<Option<Verified<Membership>>, OrganizationError> {
        match statement_type(bytes).map_err(StatementError::from)? {
            Succession::TYPE => self.apply_succession(&self.check(bytes)?),
            _ if self.successor.is_some() => return Err(OrganizationError::Membership("half a succession")),
            KeyCertificate::TYPE => self.apply_certificate(&self.check(bytes)?),
            Membership::TYPE => {
                let membership = self.check(bytes)?;
                self.apply_membership(&membership)?;
                return Ok(Some(membership));
            }
            _ => Err(StatementError::Type.into()),
        }?;
        Ok(None)
    }

    /// Whoever is to sign next: the root in force, or the one it named.
    fn check<B: Body>(&self, bytes: &[u8]) -> Result<Verified<B>, StatementError> {
        Verified::check(bytes, self.id.into(), &self.successor.unwrap_or(self.root))
    }

    /// The root names the next one, which then says the same, and is the root from there on.
    fn apply_succession(&mut self, succession: &Verified<Succession>) -> Result<(), OrganizationError> {
        let head = self.head.after(succession)?;
        let Succession { owner, from, to } = *succession.body();
        let expected = self.successor.unwrap_or(to);
        if owner != self.id.into() || from != self.root || to != expected || to == self.root {
            return Err(OrganizationError::Membership("a succession from or to another key"));
        }
        match self.successor.take() {
            None => self.successor = Some(to),
            Some(_) => self.root = to,
        }
        self.head = head;
        Ok(())
    }

    fn apply_certificate(&mut self, certificate: &Verified<KeyCertificate>) -> Result<(), OrganizationError> {
        let head = self.head.after(certificate)?;
        let next = self.vault.as_ref().map_or(1, |vault| vault.version.saturating_add(1));
        if certificate.body().version != next {
            return Err(OrganizationError::Membership("vault key version"));
        }
        self.vault = Some(certificate.body().clone());
        self.head = head;
        Ok(())
    }

    fn apply_membership(&mut self, membership: &Verified<Membership>) -> Result<(), OrganizationError> {
        let head = self.head.after(membership)?;
        let body = membership.body();
        if body.organization != self.id {
            return Err(OrganizationError::Membership("another organization"));
        }
        if body.epoch != self.epoch + 1 {
            return Err(OrganizationError::Membership("epoch"));
        }
        let before = self.members.get(&body.user);
        let same_role = before.is_some_and(|member| member.role == body.role);
        let same_identity = before.is_none_or(|member| member.identity_key == body.identity_key);
        // A person's next identity takes the place of the one before, in the same role.
        let succeeds = body.active && same_role;
        if !same_identity && !succeeds {
            return Err(OrganizationError::Membership("another identity for the same person"));
        }
        if !body.active && !same_role {
            return Err(OrganizationError::Membership("the end of a membership that nobody has"));
        }
        let members = self.members_after(membership);
        if !members.values().any(|member| member.role.holds_root()) {
            return Err(OrganizationError::Membership("no owner would be left"));
        }
        if body.member_count != members.len() as u64 || body.member_root != listing_root(members.values()) {
            return Err(OrganizationError::Membership("listing"));
        }
        self.members = members;
        self.epoch = body.epoch;
        self.head = head;
        Ok(())
    }

    fn members_after(&self, membership: &Verified<Membership>) -> SortedMap<UserId, Member> {
        let body = membership.body();
        let mut members = self.members.clone();
        if body.active {
            let member = Member {
                user: body.user,
                identity_key: body.identity_key,
                role: body.role,
                statement: membership.hash,
                epoch: body.epoch,
            };
            members.insert(body.user, member);
        } else {
            members.remove(&body.user);
        }
        members
    }

    /// The membership body an owner signs next so that `user` has `role` (or, with `None`, no membership).
    #[must_use]
    pub fn next_membership(&self, user: UserId, identity_key: IdentityKey, role: Option<Role>) -> Membership {
        let old_role = self.members.get(&user).map_or(Role::Consultant, |member| member.role);
        let mut listed: SortedMap<UserId, (IdentityKey, Role)> =
            self.members.iter().map(|(id, member)| (*id, (member.identity_key, member.role))).collect();
        match role {
            Some(role) => listed.insert(user, (identity_key, role)),
            None => listed.remove(&user),
        };
        Membership {
            organization: self.id,
            user,
            identity_key,
            role: role.unwrap_or(old_role),
            active: role.is_some(),
            epoch: self.epoch + 1,
            member_count: listed.len() as u64,
            member_root: root_of(listed.iter().map(|(user, (key, role))| (*user, *key, *role))),
        }
    }

    /// The member whose membership in force has this hash and who is that person.
    #[must_use]
    pub fn member(&self, user: UserId) -> Option<&Member> {
        self.members.get(&user)
    }
}

/// The listing's root: SHA-256 over the members in id order, each as user id, fingerprint and role.
#[must_use]
pub fn listing_root<'a>(members: impl Iterator<Item = &'a Member>) -> Digest {
    root_of(members.map(|member| (member.user, member.identity_key, member.role)))
}

fn root_of(members: impl Iterator<Item = (UserId, IdentityKey, Role)>) -> Digest {
    let entries: Vec<Vec<u8>> = members
        .map(|(user, key, role)| {
            let fingerprint = key.fingerprint(OwnerId::User(user));
            [user.as_bytes().as_slice(), &fingerprint.0.0, role.name().as_bytes()].concat()
        })
        .collect();
    let parts: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
    Digest::of_parts("keyferry/v1/members", &parts)
}

/// The root key a policy claims, before it is verified under that very key.
fn policy_root_key(bytes: &[u8]) -> Result<IdentityKey, OrganizationError> {
    if statement_type(bytes).map_err(StatementError::from)? != Policy::TYPE {
        return Err(OrganizationError::Policy);
    }
    crate::statement::unverified_body::<Policy>(bytes)
        .map(|policy| policy.root_key)
        .map_err(|_| OrganizationError::Policy)
}

#[cfg(test)]
mod tests;
