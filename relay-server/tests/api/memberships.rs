//! Organizations, invitations, memberships and the locks they bring.

use keyferry_protocol::organization::Organization;
use keyferry_protocol::wire::account::PublicIdentity;
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, Lock};
use keyferry_protocol::wire::organization::{
    Invitation, InvitationState, NewInvitation, NewMembership, OrganizationView,
};
use keyferry_protocol::{Bytes, Code, Role, UserId, route};

use crate::company::{Company, lock};
use crate::person::Person;
use crate::relay::Relay;

fn users(view: &OrganizationView) -> Vec<UserId> {
    view.members.iter().map(|member| member.user).collect()
}

fn own_locks(bundle: &Bundle, user: UserId) -> bool {
    !bundle.locks.is_empty()
        && bundle
            .locks
            .iter()
            .all(|lock| matches!(lock, Lock::Member { user: holder, .. } if *holder == user))
}

#[test]
fn a_founder_is_served_the_organization_they_made() {
    let relay = Relay::start();
    let mut ada = Person::register(&relay, "ada");
    let company = Company::found(&mut ada);
    let view: OrganizationView = ada.read(&route::organization(company.id));
    assert_eq!(Organization::replay(company.id, &view.chain).unwrap(), company.state);
    assert_eq!(users(&view), [ada.user]);
    assert_eq!(ada.read::<Vec<OrganizationView>>(route::ORGANIZATIONS), [view]);
    for (kind, made) in [(BundleKind::Root, &company.root_bundle), (BundleKind::Vault, &company.vault_bundle)]
    {
        assert_eq!(ada.read::<Bundle>(&route::organization_bundle(company.id, kind)), *made);
    }
}

#[test]
fn an_organization_whose_parts_do_not_fit_is_refused_and_moves_no_chain() {
    let relay = Relay::start();
    let mut ada = Person::register(&relay, "ada");
    let head = ada.signer.head;
    let mut refused = |change: &dyn Fn(&mut keyferry_protocol::wire::organization::NewOrganization)| {
        let (_, mut new) = Company::draft(&mut ada);
        change(&mut new);
        ada.submit(head, route::ORGANIZATIONS, &new).code()
    };
    assert_eq!(refused(&|new| drop(new.chain.pop())), Code::ValueInvalid);
    assert_eq!(refused(&|new| new.chain.swap(1, 2)), Code::ChainConflict);
    assert_eq!(refused(&|new| new.root.locks.clear()), Code::ValueInvalid);
    assert_eq!(refused(&|new| new.vault.keys[0].public_key.0[0] ^= 1), Code::ValueInvalid);
    assert_eq!(
        refused(&|new| std::mem::swap(&mut new.root.locks, &mut new.vault.locks)),
        Code::ChainConflict
    );
    let swap_wrapped = |new: &mut keyferry_protocol::wire::organization::NewOrganization| {
        if let Lock::Member { wrapped, .. } = &mut new.root.locks[0] {
            wrapped.0[0] ^= 1;
        }
    };
    assert_eq!(refused(&swap_wrapped), Code::StatementInvalid);
    let made = Company::found(&mut ada);
    let again = Company::draft(&mut ada).1;
    let again = keyferry_protocol::wire::organization::NewOrganization { organization: made.id, ..again };
    assert!(ada.post(route::ORGANIZATIONS, &again).status >= 400);
}

#[test]
fn a_role_brings_its_locks_and_its_end_takes_them() {
    let relay = Relay::start();
    let mut ada = Person::register(&relay, "ada");
    let mut company = Company::found(&mut ada);
    let (root, vault) = (
        route::organization_bundle(company.id, BundleKind::Root),
        route::organization_bundle(company.id, BundleKind::Vault),
    );
    let bob = Person::register(&relay, "bob");
    assert_eq!(bob.get(&vault).code(), Code::NotFound);
    company.admit(&mut ada, &bob, Role::Approver);
    assert!(own_locks(&bob.read(&vault), bob.user));
    assert_eq!(bob.get(&root).code(), Code::RoleInsufficient);
    assert_eq!(company.sign_membership(&mut ada, &bob, Some(Role::Owner), None).status, 201);
    assert!(own_locks(&bob.read(&root), bob.user));
    assert_eq!(company.sign_membership(&mut ada, &bob, Some(Role::Contributor), None).status, 201);
    assert_eq!(bob.get(&vault).code(), Code::RoleInsufficient);
    assert_eq!(company.sign_membership(&mut ada, &bob, None, None).status, 201);
    for path in [&vault, &root, &route::organization(company.id), &route::files(company.id)] {
        assert_eq!(bob.get(path).code(), Code::NotFound, "{path}");
    }
    assert!(own_locks(&ada.read(&root), ada.user), "the owner's own lock stays");
}

#[test]
fn only_the_invited_join_and_only_once() {
    let relay = Relay::start();
    let mut ada = Person::register(&relay, "ada");
    let mut company = Company::found(&mut ada);
    let [mut bob, eve] = ["bob", "eve"].map(|name| Person::register(&relay, name));
    let invitation = company.invite(&ada, &bob, Role::Consultant);
    let acceptance = route::invitation_acceptance(invitation.invitation);
    assert_eq!(eve.post(&acceptance, &()).code(), Code::NotFound);
    let reply = company.sign_membership(&mut ada, &bob, Some(Role::Consultant), Some(&invitation));
    assert_eq!(reply.code(), Code::InvitationState, "not accepted yet");
    assert_eq!(bob.post(&acceptance, &()).status, 200);
    assert_eq!(bob.post(&acceptance, &()).code(), Code::InvitationState);
    let reply = company.sign_membership(&mut ada, &bob, Some(Role::Approver), Some(&invitation));
    assert_eq!(reply.code(), Code::InvitationState, "another role than invited");
    let reply = company.sign_membership(&mut ada, &eve, Some(Role::Consultant), None);
    assert_eq!(reply.code(), Code::ValueInvalid, "nobody joins uninvited");
    let reply = company.sign_membership(&mut ada, &bob, Some(Role::Consultant), Some(&invitation));
    assert_eq!(reply.status, 201);
    let mine: Vec<Invitation> = bob.read(route::INVITATIONS);
    assert_eq!((mine.len(), mine[0].state), (1, InvitationState::Completed));
    let members = route::organization_invitations(company.id);
    assert_eq!(bob.get(&members).code(), Code::RoleInsufficient);
    let again = NewInvitation { email: bob.email.clone(), role: Role::Approver };
    assert_eq!(ada.post(&members, &again).code(), Code::AlreadyExists);
    assert_eq!(bob.post(&members, &again).code(), Code::RoleInsufficient);
    assert_eq!(eve.post(&members, &again).code(), Code::NotFound);
    let own = NewMembership { membership: Bytes::default(), invitation: None, locks: Vec::new() };
    let before = bob.signer.head;
    assert_eq!(bob.submit(before, &route::members(company.id), &own).code(), Code::RoleInsufficient);
}

#[test]
fn a_membership_without_the_locks_of_its_role_is_refused() {
    let relay = Relay::start();
    let mut ada = Person::register(&relay, "ada");
    let company = Company::found(&mut ada);
    let bob = Person::register(&relay, "bob");
    let invitation = company.invite(&ada, &bob, Role::Approver);
    assert_eq!(bob.post(&route::invitation_acceptance(invitation.invitation), &()).status, 200);
    let next = company.state.next_membership(bob.user, bob.signer.key, Some(Role::Approver));
    let membership = company.root.sign_at(company.root.head, next);
    let before = ada.signer.head;
    let mut try_locks = |kinds: &[&Bundle], holder: &Person| {
        let owner = company.id.into();
        let locks = kinds
            .iter()
            .map(|bundle| keyferry_protocol::wire::organization::NewLock {
                bundle: bundle.kind,
                lock: lock(&mut ada, owner, bundle, holder.user, &holder.encryption),
            })
            .collect();
        let invitation = Some(invitation.invitation);
        let change = NewMembership { membership: membership.clone(), invitation, locks };
        ada.submit(before, &route::members(company.id), &change)
    };
    let stranger = Person::new(&relay, "stranger");
    let (root, vault) = (&company.root_bundle, &company.vault_bundle);
    assert_eq!(try_locks(&[], &bob).code(), Code::ValueInvalid);
    assert_eq!(try_locks(&[root, vault], &bob).code(), Code::ValueInvalid, "an approver holds no root");
    assert_eq!(try_locks(&[vault, vault], &bob).code(), Code::ValueInvalid);
    assert_eq!(try_locks(&[vault], &stranger).code(), Code::ValueInvalid, "somebody else's lock");
    assert_eq!(try_locks(&[vault], &bob).status, 201);
}

#[test]
fn a_consultant_sees_those_who_sign_and_nobody_else() {
    let relay = Relay::start();
    let mut ada = Person::register(&relay, "ada");
    let mut company = Company::found(&mut ada);
    let [approver, contributor, consultant, rival] =
        ["approver", "contributor", "consultant", "rival"].map(|name| Person::register(&relay, name));
    company.admit(&mut ada, &approver, Role::Approver);
    company.admit(&mut ada, &contributor, Role::Contributor);
    company.admit(&mut ada, &rival, Role::Consultant);
    assert_eq!(consultant.get(&route::files(company.id)).code(), Code::NotFound, "not admitted yet");
    assert_eq!(consultant.get(&route::account(ada.user)).code(), Code::NotFound);
    let all = company.admit(&mut ada, &consultant, Role::Consultant);
    assert_eq!(all.members.len(), 5);
    let view: OrganizationView = consultant.read(&route::organization(company.id));
    assert_eq!(view.chain, all.chain, "the chain is whole");
    let mut expected = vec![ada.user, approver.user, consultant.user];
    expected.sort();
    assert_eq!(users(&view), expected);
    assert_eq!(consultant.read::<PublicIdentity>(&route::account(approver.user)), approver.identity());
    for hidden in [&contributor, &rival] {
        assert_eq!(consultant.get(&route::account(hidden.user)).code(), Code::NotFound);
    }
    assert_eq!(approver.read::<PublicIdentity>(&route::account(rival.user)), rival.identity());
}

#[test]
fn an_invitation_shows_its_two_sides_to_each_other_and_to_nobody_else() {
    let relay = Relay::start();
    let mut ada = Person::register(&relay, "ada");
    let [invited, stranger] = ["invited", "stranger"].map(|name| Person::register(&relay, name));
    let company = Company::found(&mut ada);
    assert_eq!(ada.get(&route::account(invited.user)).code(), Code::NotFound);
    let invitation = company.invite(&ada, &invited, Role::Consultant);
    assert_eq!(invited.read::<PublicIdentity>(&route::account(ada.user)), ada.identity());
    assert_eq!(ada.get(&route::account(invited.user)).code(), Code::NotFound, "they have not answered");
    let path = route::invitation_acceptance(invitation.invitation);
    assert!(relay.call("POST", &path, Some(&invited.bearer), None::<&()>).status < 300);
    assert_eq!(ada.read::<PublicIdentity>(&route::account(invited.user)), invited.identity());
    for hidden in [&ada, &invited] {
        assert_eq!(stranger.get(&route::account(hidden.user)).code(), Code::NotFound);
    }
}

#[test]
fn a_membership_signed_on_an_old_chain_conflicts() {
    let relay = Relay::start();
    let mut ada = Person::register(&relay, "ada");
    let mut company = Company::found(&mut ada);
    let bob = Person::register(&relay, "bob");
    let (old_state, old_head) = (company.state.clone(), company.root.head);
    company.admit(&mut ada, &bob, Role::Auditor);
    let stale = old_state.next_membership(bob.user, bob.signer.key, Some(Role::Contributor));
    let membership = company.root.sign_at(old_head, stale);
    let change = NewMembership { membership, invitation: None, locks: Vec::new() };
    assert_eq!(ada.post(&route::members(company.id), &change).code(), Code::ChainConflict);
    let audit = route::organization_audit(company.id);
    assert_eq!(bob.get(&audit).status, 200);
    assert_eq!(company.sign_membership(&mut ada, &bob, Some(Role::Contributor), None).status, 201);
    assert_eq!(bob.get(&audit).code(), Code::RoleInsufficient);
}
