//! Keys that took the place of pinned ones. A pin follows where somebody beside the key itself says so: owners of a root, the
//! root of a person's identity. Else the fingerprint has to be compared again.

use keyferry_protocol::organization as replayed;
use keyferry_protocol::statement::{Body as _, Succession, statement_type, unverified_body};
use keyferry_protocol::wire::account::PublicIdentity;
use keyferry_protocol::wire::organization::{NewVoucher, OrganizationView, Voucher};
use keyferry_protocol::{
    Bytes, ChainHead, Digest, Fingerprint, IdentityKey, OrganizationId, Role, UserId, Verified, route,
};

use super::known::KnownOrganization;
use crate::chain::Pen;
use crate::device::{Followed, Memory};
use crate::error::ClientError;
use crate::platform::Platform;
use crate::relay::Submission;
use crate::session::Inner;

/// How many owners a root's succession takes for a pin to follow: whoever did it, and another.
const VOUCHERS: usize = 2;

impl<P: Platform> Inner<P> {
    /// What stands for the pinned root now, if every succession since this device last looked was vouched for by owners it
    /// knew then, or by me.
    pub(super) fn followed_root(
        &self,
        known: &KnownOrganization,
        view: &OrganizationView,
    ) -> Option<Followed> {
        let id = known.id();
        let (from, accepted, seen) = self.memory.read(|memory| {
            let pinned = memory.contacts.organizations.get(&id)?;
            let accepted = pinned.accepted(memory.roots.get(&id));
            Some((pinned.fingerprint, accepted, *memory.organizations.get(&id)?))
        })?;
        let (before, since) = view.chain.split_at_checked(usize::try_from(seen.sequence).ok()?)?;
        let last = last_verified(id, before, seen).filter(|last| last.fingerprint() == accepted)?;
        // Each stands there twice: by the root until then, and by the next.
        for statement in since.iter().filter(|statement| is_succession(statement)).step_by(2) {
            let succession: Succession = unverified_body(&statement.0).ok()?;
            let vouching = owners_who_vouch(&last, &view.vouchers, &succession);
            if vouching.len() < VOUCHERS && !vouching.contains(&self.me.user) {
                return None;
            }
        }
        Some(Followed { from, to: known.state.fingerprint() })
    }

    /// A pinned identity that named the next one itself, and that the root of a pinned organization had signed before it signed
    /// the next one, makes that one trusted. Not of owners, who sign for themselves.
    pub(super) async fn follow_identities(&self, known: &KnownOrganization) -> Result<(), ClientError> {
        if self.check_trust(known).is_err() {
            return Ok(());
        }
        let confirmed = known.people.values().filter(|served| {
            let member = known.state.member(served.user);
            let signed = |member: &replayed::Member| {
                member.identity_key == served.identity_key && !member.role.holds_root()
            };
            !served.successions.is_empty() && member.is_some_and(signed)
        });
        let followed: Vec<(UserId, Followed)> = self.memory.read(|memory| {
            let followed =
                |served: &PublicIdentity| Some((served.user, followed_identity(memory, known, served)?));
            confirmed.filter_map(followed).collect()
        });
        if followed.is_empty() {
            return Ok(());
        }
        let remember = |memory: &mut Memory| {
            for (user, followed) in followed {
                memory.identities.insert(user, followed);
            }
            Ok(())
        };
        self.memory.update(remember).await
    }

    /// An owner who compared the root that took another's place says so to the others, of every succession that led to it.
    ///
    /// # Errors
    /// What replaying finds.
    pub async fn vouch_for_root(&self, id: OrganizationId, compared: Fingerprint) -> Result<(), ClientError> {
        let view: OrganizationView = self.relay.get(&route::organization(id)).await?;
        let known = self.take_view(id, &view).await?;
        let owns = self.my_membership(&known, Role::holds_root).is_ok();
        if !owns || known.state.fingerprint() != compared {
            return Ok(());
        }
        for statement in view.chain.iter().filter(|statement| is_succession(statement)).step_by(2) {
            let succession: Succession = unverified_body(&statement.0)?;
            if owners_who_vouch(&known.state, &view.vouchers, &succession).contains(&self.me.user) {
                continue;
            }
            let vouch = async |pen: &mut Pen<'_, P>| {
                let statement = pen.sign(succession.clone()).await?.bytes;
                Submission::post(route::vouchers(id), &NewVoucher { statement })
            };
            self.append(vouch).await?;
        }
        Ok(())
    }
}

fn is_succession(statement: &Bytes) -> bool {
    statement_type(&statement.0) == Ok(Succession::TYPE)
}

/// The organization as this device last verified it, if what is served now begins like that.
fn last_verified(id: OrganizationId, chain: &[Bytes], seen: ChainHead) -> Option<replayed::Organization> {
    let same = chain.last().is_some_and(|last| Digest::of(&last.0) == seen.hash);
    replayed::Organization::replay(id, chain).ok().filter(|_| same)
}

/// The owners who vouch for the succession, each once.
fn owners_who_vouch(
    organization: &replayed::Organization,
    vouchers: &[Voucher],
    succession: &Succession,
) -> Vec<UserId> {
    let vouches = |user: UserId, key: &IdentityKey| {
        vouchers.iter().filter(|voucher| voucher.user == user).any(|voucher| {
            let said = Verified::<Succession>::check(&voucher.statement.0, user.into(), key);
            said.is_ok_and(|said| said.body() == succession)
        })
    };
    let owners = organization.members.values().filter(|member| member.role.holds_root());
    owners.filter(|owner| vouches(owner.user, &owner.identity_key)).map(|owner| owner.user).collect()
}

/// What stands for a pinned identity now, if the pinned one itself led to the one that is served.
fn followed_identity(
    memory: &Memory,
    known: &KnownOrganization,
    served: &PublicIdentity,
) -> Option<Followed> {
    let pinned = memory.contacts.people.get(&served.user)?;
    let fingerprint = |key: &IdentityKey| -> Fingerprint { key.fingerprint(served.user.into()) };
    let accepted = pinned.accepted(memory.identities.get(&served.user));
    let to = fingerprint(&served.identity_key);
    let before = |key: &&IdentityKey| fingerprint(key) == accepted;
    let keys = served.keys();
    let led = accepted != to
        && keys.iter().find(before).is_some_and(|key| known.ever_held(served.user, key, |_| true));
    led.then_some(Followed { from: pinned.fingerprint, to })
}
