//! Identities and roots that give way to the next: only by both their words, and only whole.

use keyferry_protocol::statement::{KeyCertificate, Succession};
use keyferry_protocol::wire::account::PublicIdentity;
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, KeyField};
use keyferry_protocol::wire::organization::{
    Invitation, NewMembership, NewVoucher, OrganizationView, RootRotation,
};
use keyferry_protocol::wire::rotation::{KeyRotation, OwnMembership};
use keyferry_protocol::{Code, Role, Suite, route};

use crate::company::{Company, lock};
use crate::person::{Person, Signer, noise, sealed_key};
use crate::relay::{Relay, Reply};
use crate::rotations::{Rotating, person_end};

/// Two owners and a consultant.
struct Acme {
    relay: Relay,
    owner: Person,
    second: Person,
    consultant: Person,
    company: Company,
}

impl Acme {
    fn found() -> Self {
        let relay = Relay::start();
        let mut owner = Person::register(&relay, "ada");
        let second = Person::register(&relay, "ben");
        let consultant = Person::register(&relay, "cleo");
        let mut company = Company::found(&mut owner);
        company.admit(&mut owner, &second, Role::Owner);
        company.admit(&mut owner, &consultant, Role::Consultant);
        Acme { relay, owner, second, consultant, company }
    }

    fn view(&self) -> OrganizationView {
        self.owner.read(&route::organization(self.company.id))
    }

    /// The next root, and everything that puts it in the place of the one until now.
    fn draft(&mut self) -> (Signer, RootRotation) {
        let Acme { owner, second, company, .. } = self;
        let id = company.id.into();
        let mut next = Signer::new(id);
        let body = Succession { owner: id, from: company.root.key, to: next.key };
        let by_old = company.root.sign_at(company.root.head, body.clone());
        next.head = company.root.head;
        next.take(&by_old);
        let by_new = next.sign(body.clone());
        let keys = vec![sealed_key(KeyField::Signing, next.key.as_bytes())];
        let version = company.root_bundle.version + 1;
        let mut bundle =
            Bundle { kind: BundleKind::Root, suite: Suite::X25519Hpke, version, keys, locks: Vec::new() };
        let holders = [(owner.user, owner.encryption.clone()), (second.user, second.encryption.clone())];
        for (user, key) in holders {
            let lock = lock(owner, id, &bundle, user, &key);
            bundle.locks.push(lock);
        }
        let voucher = owner.signer.sign(body);
        (next, RootRotation { successions: vec![by_old, by_new], bundle, voucher })
    }

    /// What comes of a rotation of the root, as `change` leaves it.
    fn rotate(&mut self, change: impl FnOnce(&mut RootRotation)) -> Reply {
        let before = self.owner.signer.head;
        let (next, mut body) = self.draft();
        change(&mut body);
        let reply = self.owner.submit(before, &route::root(self.company.id), &body);
        if reply.status == 201 {
            for statement in &body.successions {
                self.company.state.apply(&statement.0).unwrap();
            }
            (self.company.root, self.company.root_bundle) = (next, body.bundle);
        }
        reply
    }

    fn vouch(&mut self, who: fn(&mut Self) -> &mut Person, body: Succession) -> Reply {
        let path = route::vouchers(self.company.id);
        let person = who(self);
        let before = person.signer.head;
        let statement = person.signer.sign(body);
        person.submit(before, &path, &NewVoucher { statement })
    }
}

#[test]
fn a_root_gives_way_by_its_own_word_the_next_ones_and_an_owners_with_a_lock_for_each_owner() {
    let mut acme = Acme::found();
    let before = acme.view();
    let stranger = Signer::new(acme.company.id.into());
    let (old, foreign) = (acme.company.root.key, stranger.key);
    let body = Succession { owner: acme.company.id.into(), from: old, to: foreign };
    let another = stranger.sign_at(acme.company.root.head, body.clone());
    type Change = Box<dyn FnOnce(&mut RootRotation)>;
    let cases: Vec<(Change, Code)> = vec![
        (Box::new(|new| drop(new.successions.pop())), Code::StatementInvalid),
        (Box::new(|new| new.successions.swap(0, 1)), Code::StatementInvalid),
        (Box::new(|new| new.successions.clear()), Code::StatementInvalid),
        (Box::new(move |new| new.successions[0] = another), Code::StatementInvalid),
        (Box::new(|new| drop(new.bundle.locks.pop())), Code::ValueInvalid),
        (Box::new(|new| new.bundle.locks.swap(0, 1)), Code::ChainConflict),
        (Box::new(|new| new.bundle.version += 1), Code::ValueInvalid),
        (Box::new(|new| new.bundle.keys[0].public_key = noise(32)), Code::ValueInvalid),
        (Box::new(|new| new.voucher = new.successions[0].clone()), Code::StatementInvalid),
    ];
    for (place, (change, code)) in cases.into_iter().enumerate() {
        assert_eq!(acme.rotate(change).code(), code, "case {place}");
        assert_eq!(acme.view(), before, "case {place} changed something");
    }
    let done = acme.rotate(|_| {});
    assert_eq!(done.status, 201, "{}", String::from_utf8_lossy(&done.body));
    let after = acme.view();
    assert_eq!(after.vouchers.len(), 1);
    assert_eq!((after.chain.len(), after.root_due_since_ms), (before.chain.len() + 2, None));
    let path = route::organization_bundle(acme.company.id, BundleKind::Root);
    assert_eq!(acme.second.read::<Bundle>(&path).version, 2);

    // The root of before signs nothing any more; the one of now does.
    let Acme { owner, consultant, company, .. } = &mut acme;
    let next = company.state.next_membership(consultant.user, consultant.signer.key, None);
    let forged = Signer::sign_at(&stranger, company.root.head, next);
    let ended = NewMembership { membership: forged, invitation: None, locks: Vec::new() };
    let refused = owner.submit(owner.signer.head, &route::members(company.id), &ended);
    assert_eq!(refused.code(), Code::StatementInvalid);
    assert_eq!(company.sign_membership(owner, consultant, None, None).status, 201);
}

#[test]
fn owners_vouch_for_the_last_root_and_nobody_else_does() {
    let mut acme = Acme::found();
    let id = acme.company.id;
    let nothing = Succession { owner: id.into(), from: acme.company.root.key, to: acme.owner.signer.key };
    assert_eq!(acme.vouch(|acme| &mut acme.second, nothing.clone()).code(), Code::ValueInvalid);
    let old = acme.company.root.key;
    assert_eq!(acme.rotate(|_| {}).status, 201);
    let last = Succession { owner: id.into(), from: old, to: acme.company.root.key };
    assert_eq!(acme.vouch(|acme| &mut acme.consultant, last.clone()).code(), Code::RoleInsufficient);
    assert_eq!(acme.vouch(|acme| &mut acme.second, nothing).code(), Code::StatementInvalid);
    for _ in 0..2 {
        assert_eq!(acme.vouch(|acme| &mut acme.second, last.clone()).status, 201);
    }
    let vouchers = acme.view().vouchers;
    assert_eq!(
        vouchers.iter().map(|voucher| voucher.user).collect::<Vec<_>>(),
        [acme.owner.user, acme.second.user]
    );
    // Who is invited compares the root of now.
    let outsider = Person::register(&acme.relay, "dan");
    let invitation: Invitation = acme.company.invite(&acme.owner, &outsider, Role::Auditor);
    let roots = Succession::follow(id.into(), old, &invitation.successions).unwrap();
    assert_eq!(roots, [old, acme.company.root.key]);
}

/// The end of a rotation with another identity: what comes of it, and who signs from then on.
fn replace_identity(
    person: &mut Person,
    company: Option<&mut Company>,
    change: impl FnOnce(&mut KeyRotation),
) -> Reply {
    let mut rotating = Rotating::begin(person, None);
    rotating.wrap_all(person);
    let before = person.signer.head;
    let mut next = Signer::new(person.user.into());
    let body = Succession { owner: person.user.into(), from: person.signer.key, to: next.key };
    let by_old = person.signer.sign(body.clone());
    next.head = person.signer.head;
    let by_new = next.sign(body);
    let old = std::mem::replace(&mut person.signer, next);
    let memberships: Vec<OwnMembership> = company
        .as_deref()
        .map(|company| {
            let role = company.state.member(person.user).map(|member| member.role);
            let body = company.state.next_membership(person.user, person.signer.key, role);
            let membership = company.root.sign_at(company.root.head, body);
            OwnMembership { organization: company.id, membership }
        })
        .into_iter()
        .collect();
    let signed = memberships.first().map(|own| own.membership.clone());
    let reply = person_end(person, &rotating, company.as_deref(), |new| {
        new.successions = vec![by_old, by_new];
        new.memberships = memberships;
        change(new);
    });
    match (reply.status, company) {
        (201, Some(company)) => {
            let membership = signed.unwrap_or_default();
            company.state.apply(&membership.0).unwrap();
            company.root.take(&membership);
        }
        (201, None) => {}
        _ => {
            person.signer = old;
            person.signer.head = before;
        }
    }
    reply
}

#[test]
fn an_identity_gives_way_with_the_keys_and_waits_to_be_confirmed_where_others_own() {
    let mut acme = Acme::found();
    let Acme { owner, consultant, company, .. } = &mut acme;
    let path = route::organization(company.id);
    let before: OrganizationView = owner.read(&path);
    type Change = fn(&mut KeyRotation);
    let cases: [(Change, Code); 4] = [
        (|new| drop(new.successions.pop()), Code::ValueInvalid),
        (|new| new.successions.swap(0, 1), Code::StatementInvalid),
        (|new| new.bundle.keys[0].public_key = noise(32), Code::ValueInvalid),
        (|new| new.successions.clear(), Code::StatementInvalid),
    ];
    for (place, (change, code)) in cases.into_iter().enumerate() {
        assert_eq!(replace_identity(consultant, None, change).code(), code, "case {place}");
        assert_eq!(owner.read::<OrganizationView>(&path), before, "case {place} changed something");
    }
    let done = replace_identity(consultant, None, |_| {});
    assert_eq!(done.status, 201, "{}", String::from_utf8_lossy(&done.body));
    assert_eq!(consultant.get(route::ME).code(), Code::SessionInvalid, "the next identity logs in anew");
    consultant.log_in();
    let served: PublicIdentity = owner.read(&route::account(consultant.user));
    assert_eq!(served.keys().len(), 2);
    assert_eq!(served.identity_key, consultant.signer.key);
    assert_eq!(consultant.get(&path).status, 200, "they see what they saw");

    // An owner confirms it: the same role, by the next identity.
    assert_eq!(company.sign_membership(owner, consultant, Some(Role::Consultant), None).status, 201);
}

#[test]
fn an_owner_signs_their_own_membership_by_the_next_identity() {
    let mut acme = Acme::found();
    let Acme { owner, company, .. } = &mut acme;
    let certificate = KeyCertificate { suite: Suite::X25519Hpke, public_key: noise(32), version: 2 };
    let forged = Signer::new(company.id.into()).sign_at(company.root.head, certificate);
    let refused = replace_identity(owner, Some(company), |new| new.memberships[0].membership = forged);
    assert_eq!(refused.code(), Code::StatementInvalid);
    let twice = |new: &mut KeyRotation| new.memberships.extend_from_within(..);
    assert_eq!(replace_identity(owner, Some(company), twice).code(), Code::ValueInvalid);
    let done = replace_identity(owner, Some(company), |_| {});
    assert_eq!(done.status, 201, "{}", String::from_utf8_lossy(&done.body));
    owner.log_in();
    let newcomer = Person::register(&acme.relay, "eve");
    acme.company.admit(&mut acme.owner, &newcomer, Role::Auditor);
}
