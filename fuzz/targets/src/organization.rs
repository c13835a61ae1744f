//! Organizations, replayed from what their root signed and what it did not.

use keyferry_protocol::organization::{Member, Organization, listing_root};
use keyferry_protocol::statement::{Body, KeyCertificate, Membership, Policy, Succession};
use keyferry_protocol::{
    Bytes, ChainHead, Digest, OrganizationId, OwnerId, Role, Statement, Suite, UserId, Verified,
};

use crate::fixture::{Signer, signer};
use crate::input::Input;

const ID: OrganizationId = OrganizationId::from_random([8; 16]);
/// Enough for every rule to be met and broken.
const MOST_STEPS: usize = 24;

/// An organization lives by the plan's steps, good ones and bad ones. After each the rules hold; a step that is refused
/// changes nothing; and the chain replays to the same state, whole only.
pub fn organization(bytes: &[u8]) {
    let mut plan = Input::new(bytes);
    if plan.byte() % 8 == 7 {
        // No chain of anybody else's making is an organization.
        let chain: Vec<&[u8]> = plan.rest().split(|byte| *byte == b'\n').collect();
        assert!(Organization::replay(ID, &chain).is_err());
        return;
    }
    let policy =
        Policy { organization: ID, name: "Acme".into(), root_key: root().key, max_grant_ms: 1 << 40 };
    let mut chain = vec![sign(root(), ChainHead::EMPTY, ID.into(), policy)];
    let mut organization = Organization::replay(ID, &chain).expect("a policy founds an organization");
    for _ in 0..MOST_STEPS {
        if plan.is_empty() {
            break;
        }
        step(&mut plan, &mut organization, &mut chain);
    }
    assert_eq!(Organization::replay(ID, &chain).as_ref(), Ok(&organization));
    let cut = plan.below(chain.len());
    let dropped: Vec<&Vec<u8>> =
        chain.iter().enumerate().filter(|(at, _)| *at != cut).map(|(_, said)| said).collect();
    if cut + 1 < chain.len() {
        assert!(Organization::replay(ID, &dropped).is_err(), "statement {cut} is not missed");
    }
}

fn step(plan: &mut Input<'_>, organization: &mut Organization, chain: &mut Vec<Vec<u8>>) {
    let kind = plan.byte() % 9;
    let root = root_of(organization);
    let (said, forged) = match kind {
        8 => return succession(plan, organization, chain),
        0 | 1 => (membership(plan, organization, root, organization.head), false),
        2 => (certificate(plan, organization), false),
        3 => (altered(plan, organization), false),
        // A root that gave way, or was never in force.
        4 => (membership(plan, organization, other_root(root), organization.head), true),
        5 => (chain[plan.below(chain.len())].clone(), true),
        6 => {
            let head = ChainHead { sequence: plan.number() % 8, hash: organization.head.hash };
            let other = head != organization.head;
            (membership(plan, organization, root, head), other)
        }
        _ => {
            let mut said = membership(plan, organization, root, organization.head);
            let at = plan.below(said.len());
            let flip = plan.byte();
            said[at] ^= flip;
            (said, flip != 0)
        }
    };
    let before = organization.clone();
    let outcome = organization.apply(&said);
    if outcome.is_err() {
        assert_eq!(*organization, before, "a refused statement changed something");
        return;
    }
    assert!(!forged, "step {kind} was accepted");
    chain.push(said);
    rules_hold(organization, &before, chain);
}

fn rules_hold(organization: &Organization, before: &Organization, chain: &[Vec<u8>]) {
    let last = Digest::of(chain.last().map(Vec::as_slice).unwrap_or_default());
    assert_eq!(organization.head, ChainHead { sequence: chain.len() as u64, hash: last });
    assert_eq!((organization.id, &organization.policy), (ID, &before.policy));
    assert_eq!(organization.root, before.root);
    if organization.epoch == before.epoch {
        // A certificate: the vault's next key, and nothing else.
        let version =
            |organization: &Organization| organization.vault.as_ref().map_or(0, |vault| vault.version);
        assert_eq!(version(organization), version(before) + 1);
        assert_eq!(organization.members, before.members);
        return;
    }
    assert_eq!((organization.epoch, &organization.vault), (before.epoch + 1, &before.vault));
    assert!(organization.members.values().any(|member| member.role == Role::Owner), "nobody owns it");
    let listing =
        Verified::<Membership>::check(chain.last().map_or(&[], Vec::as_slice), ID.into(), &before.root);
    let listing = listing.expect("the root signed it").statement.body;
    assert_eq!(listing.member_count, organization.members.len() as u64);
    assert_eq!(listing.member_root, listing_root(organization.members.values()));
    let signed = |hash: Digest| chain.iter().any(|said| Digest::of(said) == hash);
    let mut changed = 0;
    for member in organization.members.values() {
        assert!(signed(member.statement) && member.epoch <= organization.epoch);
        let known = before.member(member.user);
        let same = |known: &Member| known.identity_key == member.identity_key || known.role == member.role;
        assert!(known.is_none_or(same), "another identity with another role");
        changed += usize::from(known != Some(member));
    }
    let left = before.members.keys().filter(|user| !organization.members.contains_key(user)).count();
    assert!(changed + left <= 1, "one statement changed {changed} members and ended {left}");
    let had = before.member(listing.user).is_some_and(|member| member.role == listing.role);
    assert!(listing.active || (left == 1 && had), "a membership that nobody had ended");
}

fn root() -> &'static Signer {
    signer(0)
}

/// The one of the two roots there are here that is in force.
fn root_of(organization: &Organization) -> &'static Signer {
    if organization.root == root().key { root() } else { other_root(root()) }
}

fn other_root(root: &Signer) -> &'static Signer {
    if root.key == signer(0).key { signer(1) } else { signer(0) }
}

/// The root gives way to the other one, or does not: when one half says something else or is said by somebody else, or when
/// something comes between, there is no organization until it is put right.
fn succession(plan: &mut Input<'_>, organization: &mut Organization, chain: &mut Vec<Vec<u8>>) {
    let before = organization.clone();
    let old = root_of(organization);
    let new = other_root(old);
    let body = Succession { owner: ID.into(), from: old.key, to: new.key };
    let by_old = sign(old, organization.head, ID.into(), body.clone());
    organization.apply(&by_old).expect("the root names the next one");
    let half = [chain.as_slice(), std::slice::from_ref(&by_old)].concat();
    assert!(Organization::replay(ID, &half).is_err(), "half a succession is none");
    let head = organization.head;
    let wrong = plan.byte() % 6;
    let second = match wrong {
        0 => sign(old, head, ID.into(), body),
        1 => sign(new, head, ID.into(), Succession { to: signer(2).key, ..body }),
        2 => sign(new, head, ID.into(), Succession { from: new.key, ..body }),
        3 => sign(new, before.head, ID.into(), body),
        4 => membership(plan, organization, new, head),
        _ => sign(new, head, ID.into(), body),
    };
    let outcome = organization.apply(&second);
    if wrong < 5 {
        assert!(outcome.is_err(), "half {wrong} was taken");
        *organization = before;
        return;
    }
    outcome.expect("the next root takes over");
    chain.extend([by_old, second]);
    assert_eq!(organization.root, new.key);
    assert_eq!((&organization.members, organization.epoch), (&before.members, before.epoch));
}

fn person(plan: &mut Input<'_>) -> (UserId, &'static Signer) {
    let number = plan.byte() % 5;
    // One in eight comes with somebody else's key.
    let key = if plan.byte() % 8 == 7 { 7 } else { number };
    (UserId::from_random([number; 16]), signer(usize::from(key) + 2))
}

fn next(plan: &mut Input<'_>, organization: &Organization) -> Membership {
    let (user, identity) = person(plan);
    let role = Role::ALL.get(usize::from(plan.byte() % 6)).copied();
    organization.next_membership(user, identity.key, role)
}

fn membership(plan: &mut Input<'_>, organization: &Organization, by: &Signer, head: ChainHead) -> Vec<u8> {
    sign(by, head, ID.into(), next(plan, organization))
}

fn certificate(plan: &mut Input<'_>, organization: &Organization) -> Vec<u8> {
    let version = organization.vault.as_ref().map_or(1, |vault| vault.version + 1);
    let version = if plan.byte() % 4 == 3 { plan.byte().into() } else { version };
    let body = KeyCertificate { suite: Suite::X25519Hpke, public_key: Bytes(vec![5; 32]), version };
    sign(root_of(organization), organization.head, ID.into(), body)
}

/// A membership in which one thing is not as it should be; then it is refused, whatever that is.
fn altered(plan: &mut Input<'_>, organization: &Organization) -> Vec<u8> {
    let mut body = next(plan, organization);
    let mut issuer = OwnerId::from(ID);
    match plan.byte() % 7 {
        0 => body.organization = OrganizationId::from_random(plan.array()),
        1 => body.epoch = plan.number(),
        2 => body.member_count = plan.number(),
        3 => body.member_root = Digest(plan.array()),
        4 => body.active = !body.active,
        5 => body.role = Role::ALL[usize::from(plan.byte() % 5)],
        _ => issuer = OwnerId::User(UserId::from_random([8; 16])),
    }
    sign(root_of(organization), organization.head, issuer, body)
}

fn sign<B: Body>(by: &Signer, head: ChainHead, issuer: OwnerId, body: B) -> Vec<u8> {
    let statement = Statement::following(head, issuer, 1, body).unsigned();
    let fingerprint = by.key.fingerprint(ID.into());
    statement.signed(fingerprint, &by.sign(&statement.signing_input(fingerprint)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_of_zeros_founds_an_organization_with_an_owner() {
        let policy = Policy { organization: ID, name: "Acme".into(), root_key: root().key, max_grant_ms: 1 };
        let mut chain = vec![sign(root(), ChainHead::EMPTY, ID.into(), policy)];
        let mut organization = Organization::replay(ID, &chain).unwrap();
        step(&mut Input::new(&[]), &mut organization, &mut chain);
        assert_eq!(organization.members.len(), 1);
        assert_eq!(chain.len(), 2);
    }
}
