//! Another identity, another root: what was signed before stands, who knew the key before can sign nothing, and nobody has to
//! believe the relay that it is the same person or organization.

use keyferry_client::{FileInfo, NewKeys, Organization, Pin, Watch};
use keyferry_protocol::wire::account::PublicIdentity;
use keyferry_protocol::wire::organization::OrganizationView;
use keyferry_protocol::{Code, Fingerprint, IdentityKey, Role, route};

use crate::attacks::edit;
use crate::passphrase::operations;
use crate::people::{Acme, DAY_MS, Someone, content};
use crate::rotation::{SAME, reads, upload_and_grant};

const IDENTITY: NewKeys<'_> = NewKeys { identity: true, ..SAME };

async fn seen_by(person: &Someone, acme: &Acme) -> Organization {
    person.session.organizations().get(acme.organization.id).await.unwrap()
}

/// Reading an organization's files needs its root to be the pinned one.
async fn opens(person: &Someone, file: &FileInfo) -> Result<(), Code> {
    person.read(file).await.map(drop).map_err(|error| error.code)
}

/// The same person at the same device, logged in again.
async fn again(person: Someone) -> Someone {
    let credentials = keyferry_client::Credentials::new(&person.email, crate::people::PASSPHRASE);
    let session = person.client.login(credentials).await.unwrap();
    Someone { session, ..person }
}

#[tokio::test]
async fn a_roots_rotation_that_another_owner_vouches_for_takes_every_pin_along() {
    let acme = Acme::found().await;
    let files = upload_and_grant(&acme, 1).await;
    let second = acme.join("second", Role::Owner).await;
    for person in [&second, &acme.approver, &acme.consultant] {
        assert_eq!(seen_by(person, &acme).await.pin, Pin::Verified);
    }
    let Acme { relay, owner, approver, consultant, organization } = &acme;
    let refused = approver.session.organizations().rotate_root(organization.id).await.unwrap_err();
    assert_eq!(refused.code, Code::RoleInsufficient);

    let after = owner.session.organizations().rotate_root(organization.id).await.unwrap();
    assert_ne!(after.fingerprint, organization.fingerprint);
    assert_eq!((after.pin, after.root_due_since_ms), (Pin::Verified, None));
    assert_eq!(seen_by(&owner.elsewhere(relay).await, &acme).await.pin, Pin::Verified);
    for person in [&second, approver, consultant] {
        assert_eq!(seen_by(person, &acme).await.pin, Pin::Changed, "one owner alone may be a thief");
        assert_eq!(opens(person, &files[0]).await, Err(Code::KeyChanged));
    }

    let people = second.session.people();
    people.pin_organization(organization.id, after.fingerprint, Pin::Verified).await.unwrap();
    for person in [owner, &second, approver, consultant] {
        assert_eq!(seen_by(person, &acme).await.pin, Pin::Verified, "two owners said so");
        reads(person, &files).await;
    }
    assert!(operations(&second.session).await.contains(&"root_vouched"));

    // Another device of the approver's knows the pin of before, until this one writes the list again.
    assert_eq!(seen_by(&approver.elsewhere(relay).await, &acme).await.pin, Pin::Changed);
    approver.pin(&second).await;
    assert_eq!(seen_by(&approver.elsewhere(relay).await, &acme).await.pin, Pin::Verified);

    // The next root signs, the vault stands, who joins compares the root of now.
    let late = acme.owner.upload(organization.id, &content(70_001)).await;
    acme.grant(&late, 7).await;
    let newcomer = Someone::register(relay, "newcomer").await;
    crate::people::admit(&second, &newcomer, &after, Role::Contributor).await;
    second.session.organizations().rotate_vault(organization.id, &Watch::default()).await.unwrap();
    reads(approver, &files).await;
}

#[tokio::test]
async fn without_another_owner_who_was_known_before_every_member_compares_the_root_again() {
    let acme = Acme::found().await;
    let files = upload_and_grant(&acme, 1).await;
    let leaver = acme.join("leaver", Role::Owner).await;
    let Acme { owner, approver, consultant, organization, .. } = &acme;
    seen_by(approver, &acme).await;
    owner.session.organizations().remove(organization.id, leaver.me().user).await.unwrap();
    let due = seen_by(owner, &acme).await;
    assert!(due.root_due_since_ms.is_some(), "who left knew the root's key");
    let after = owner.session.organizations().rotate_root(organization.id).await.unwrap();
    assert_eq!(after.root_due_since_ms, None);

    // An owner that came after what the approver saw last is as good as the relay's own.
    let puppet = Someone::register(&acme.relay, "puppet").await;
    crate::people::admit(owner, &puppet, &after, Role::Owner).await;
    puppet
        .session
        .people()
        .pin_organization(organization.id, after.fingerprint, Pin::Verified)
        .await
        .unwrap();
    assert_eq!(seen_by(approver, &acme).await.pin, Pin::Changed);
    // One voucher is not two, whoever is said to have signed it.
    let names = [leaver.me().user, owner.me().user];
    edit(approver, &route::organization(organization.id), move |view: &mut OrganizationView| {
        let one = view.vouchers[0].clone();
        view.vouchers = names
            .iter()
            .map(|user| keyferry_protocol::wire::organization::Voucher { user: *user, ..one.clone() })
            .collect();
    });
    assert_eq!(seen_by(approver, &acme).await.pin, Pin::Changed);
    approver.wire().straight();

    for person in [approver, consultant] {
        assert_eq!(opens(person, &files[0]).await, Err(Code::KeyChanged));
        let people = person.session.people();
        people.pin_organization(organization.id, after.fingerprint, Pin::Verified).await.unwrap();
        reads(person, &files).await;
    }
}

#[tokio::test]
async fn two_roots_in_a_row_are_vouched_for_at_once_and_a_pin_by_hand_stays_what_it_is() {
    let acme = Acme::found().await;
    let second = acme.join("second", Role::Owner).await;
    let Acme { owner, approver, organization, .. } = &acme;
    let people = approver.session.people();
    people.pin_organization(organization.id, organization.fingerprint, Pin::Trusted).await.unwrap();
    let late = approver.elsewhere(&acme.relay).await;
    assert_eq!(seen_by(&late, &acme).await.pin, Pin::Trusted);
    for person in [&second, approver] {
        seen_by(person, &acme).await;
    }
    owner.session.organizations().rotate_root(organization.id).await.unwrap();
    let after = owner.session.organizations().rotate_root(organization.id).await.unwrap();
    seen_by(&second, &acme).await;
    second
        .session
        .people()
        .pin_organization(organization.id, after.fingerprint, Pin::Verified)
        .await
        .unwrap();
    assert_eq!(seen_by(&late, &acme).await.pin, Pin::Trusted);
    // Who finds the next root bad pins the one of before, which then is the one.
    people.pin_organization(organization.id, organization.fingerprint, Pin::Verified).await.unwrap();
    assert_eq!(seen_by(&approver.elsewhere(&acme.relay).await, &acme).await.pin, Pin::Changed);
}

#[tokio::test]
async fn a_relay_that_hides_a_succession_or_tells_half_of_it_is_noticed() {
    let acme = Acme::found().await;
    let files = upload_and_grant(&acme, 1).await;
    let Acme { owner, approver, organization, .. } = &acme;
    let after = owner.session.organizations().rotate_root(organization.id).await.unwrap();
    approver
        .session
        .people()
        .pin_organization(organization.id, after.fingerprint, Pin::Verified)
        .await
        .unwrap();
    reads(approver, &files).await;
    let path = route::organization(organization.id);
    edit(approver, &path, |view: &mut OrganizationView| view.chain.truncate(view.chain.len() - 2));
    assert_eq!(
        opens(approver, &files[0]).await,
        Err(Code::KeyChanged),
        "the root of before is not pinned any more"
    );
    edit(approver, &path, |view: &mut OrganizationView| drop(view.chain.pop()));
    assert_eq!(opens(approver, &files[0]).await, Err(Code::MembershipUnsigned));
    edit(approver, &path, |view: &mut OrganizationView| drop(view.chain.remove(view.chain.len() - 2)));
    assert_eq!(opens(approver, &files[0]).await, Err(Code::MembershipUnsigned));
    approver.wire().straight();
    reads(approver, &files).await;
}

#[tokio::test]
async fn a_consultant_with_another_identity_reads_on_and_asks_again_once_an_owner_confirmed_it() {
    let mut acme = Acme::found().await;
    let files = upload_and_grant(&acme, 2).await;
    let id = acme.organization.id;
    let before = acme.consultant.me();
    acme.consultant.session.rotate_keys(IDENTITY, &Watch::default()).await.unwrap();
    let ended = acme.consultant.session.organizations().list().await.unwrap_err();
    assert_eq!(ended.code, Code::SessionInvalid, "the next identity logs in anew");
    acme.consultant = again(acme.consultant).await;
    let Acme { relay, owner, approver, consultant, .. } = &acme;
    let now = consultant.me();
    assert_eq!(now.user, before.user);
    assert_ne!(now.fingerprint, before.fingerprint);
    for device in [consultant, &consultant.elsewhere(relay).await] {
        reads(device, &files).await;
        assert_eq!(seen_by(device, &acme).await.pin, Pin::Verified, "the contact list came along");
    }
    let late = owner.upload(id, &content(70_002)).await;
    let until = consultant.now_ms() + DAY_MS;
    let asked = consultant.session.requests().create(late.id, "Again", until).await.unwrap_err();
    assert_eq!(asked.code, Code::RoleInsufficient);

    let member = |organization: &Organization| {
        organization.members.iter().find(|member| member.person.user == now.user).unwrap().clone()
    };
    let seen = member(&seen_by(owner, &acme).await);
    assert!(seen.unconfirmed);
    assert_eq!((seen.person.pin, seen.person.fingerprint), (Pin::Changed, now.fingerprint));
    let organizations = owner.session.organizations();
    let confirm = async |fingerprint: Fingerprint| {
        organizations.confirm(id, now.user, fingerprint).await.map_err(|error| error.code)
    };
    assert_eq!(confirm(now.fingerprint).await, Err(Code::KeyChanged), "it is compared first");
    owner.pin(consultant).await;
    assert_eq!(confirm(before.fingerprint).await, Err(Code::KeyUnverified));
    assert!(!member(&confirm(now.fingerprint).await.unwrap()).unconfirmed);

    // The approver had pinned the identity of before; it named the next one, and the root signed that.
    let seen = member(&seen_by(approver, &acme).await);
    assert_eq!((seen.person.pin, seen.unconfirmed), (Pin::Trusted, false), "an owner compared, not they");
    let request = consultant.session.requests().create(late.id, "Again", until).await.unwrap();
    approver.session.requests().approve(request.id, now.fingerprint, None).await.unwrap();
    assert_eq!(consultant.read(&late).await.unwrap(), content(70_002));
    // A grant of before goes on under another key, to the identity of now.
    approver.session.files().rekey(files[0].id, &Watch::default()).await.unwrap();
    reads(consultant, &files).await;
    let grants = approver.session.grants().list(id).await.unwrap();
    assert!(grants.iter().all(|grant| grant.recipient.fingerprint == now.fingerprint));
}

#[tokio::test]
async fn what_a_former_identity_signed_stands_and_the_next_one_signs_on() {
    let mut acme = Acme::found().await;
    let files = upload_and_grant(&acme, 1).await;
    let mine = acme.approver.session.grants().list(acme.organization.id).await.unwrap();
    acme.approver.session.rotate_keys(IDENTITY, &Watch::default()).await.unwrap();
    acme.approver = again(acme.approver).await;
    let now = acme.approver.me();
    let Acme { owner, approver, consultant, organization, .. } = &acme;
    // Granted by an identity of before, to somebody who never heard of another.
    reads(consultant, &files).await;
    let refused = approver.session.grants().revoke(mine[0].id).await.unwrap_err();
    assert_eq!(refused.code, Code::RoleInsufficient, "nobody confirmed the identity yet");
    let due =
        owner.session.organizations().rotate_vault(organization.id, &Watch::default()).await.unwrap_err();
    assert_eq!(due.code, Code::KeyUnverified, "a holder of the vault waits to be confirmed");
    owner.pin(approver).await;
    owner.session.organizations().confirm(organization.id, now.user, now.fingerprint).await.unwrap();
    reads(approver, &files).await;
    let late = approver.upload(organization.id, &content(70_001)).await;
    acme.grant(&late, 3).await;
    reads(consultant, &[files[0].clone(), late]).await;
    owner.session.organizations().rotate_vault(organization.id, &Watch::default()).await.unwrap();
    reads(approver, &files).await;
    approver.session.grants().revoke(mine[0].id).await.unwrap();
    assert_eq!(opens(consultant, &files[0]).await, Err(Code::GrantRevoked));
}

#[tokio::test]
async fn an_owner_with_another_identity_owns_on_and_is_compared_again() {
    let mut acme = Acme::found().await;
    let files = upload_and_grant(&acme, 1).await;
    acme.approver.pin(&acme.owner).await;
    acme.owner.session.rotate_keys(IDENTITY, &Watch::default()).await.unwrap();
    acme.owner = again(acme.owner).await;
    let Acme { owner, approver, consultant, .. } = &acme;
    let me = owner.me();
    let seen = seen_by(approver, &acme).await;
    let seen = seen.members.iter().find(|member| member.person.user == me.user).unwrap();
    assert_eq!((seen.person.pin, seen.unconfirmed), (Pin::Changed, false), "they signed for themselves");
    for person in [owner, approver, consultant] {
        reads(person, &files).await;
    }
    acme.join("newcomer", Role::Approver).await;
    let twice = NewKeys { identity: true, ..SAME };
    acme.owner.session.rotate_keys(twice, &Watch::default()).await.unwrap();
    acme.owner = again(acme.owner).await;
    acme.owner.upload(acme.organization.id, &content(1)).await;
    let due = seen_by(&acme.owner, &acme).await;
    assert!(
        due.root_due_since_ms.is_some() && due.vault_due_since_ms.is_some(),
        "who had the identity had those"
    );
    reads(&acme.consultant, &files).await;
}

#[tokio::test]
async fn a_made_up_or_missing_succession_makes_nobody_another() {
    let mut acme = Acme::found().await;
    let files = upload_and_grant(&acme, 1).await;
    acme.approver.session.rotate_keys(IDENTITY, &Watch::default()).await.unwrap();
    acme.approver = again(acme.approver).await;
    let Acme { owner, approver, organization, .. } = &acme;
    let approver = approver.me().user;
    let path = route::organization(organization.id);
    type Lie = fn(&mut PublicIdentity);
    let lies: [Lie; 3] = [
        |identity| identity.successions.clear(),
        |identity| drop(identity.successions.pop()),
        |identity| identity.successions.swap(0, 1),
    ];
    for lie in lies {
        edit(owner, &path, move |view: &mut OrganizationView| {
            view.members.iter_mut().filter(|member| member.user == approver).for_each(lie);
        });
        assert_eq!(opens(owner, &files[0]).await, Err(Code::MembershipUnsigned));
    }
    // Somebody else's key, with the true succession to another one before it.
    edit(owner, &path, move |view: &mut OrganizationView| {
        view.members
            .iter_mut()
            .filter(|member| member.user == approver)
            .for_each(|member| member.identity_key = strange_key());
    });
    assert_eq!(opens(owner, &files[0]).await, Err(Code::MembershipUnsigned));
    owner.wire().straight();
    reads(owner, &files).await;
}

/// The base point of Ed25519 (RFC 8032 §5.1): a valid key nobody here signs with.
fn strange_key() -> IdentityKey {
    let mut base_point = [0x66; 32];
    base_point[0] = 0x58;
    IdentityKey::parse(&base_point).unwrap()
}
