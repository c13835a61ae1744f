mod world;

use keyferry_protocol::{GrantId, OrganizationId};

use super::*;
use world::{NOW_MS, Signer, World, code, entry, membership_of, request, state, verify, verify_as};

#[test]
fn a_file_no_member_signed_is_not_listed() {
    let world = World::new();
    check_file(&world.known, &world.entry).unwrap();
    let stranger = Signer::person(40);
    let membership = membership_of(&world.known, &world.contributor);
    // A stranger who quotes a member's membership, and a member whose role does not upload.
    let mut forged = world.entry.clone();
    forged.statement = stranger.sign(FileVersion { membership, ..world.version() });
    assert_eq!(code(check_file(&world.known, &forged)), Code::AuthorUnsigned);
    forged.author = stranger.identity();
    assert_eq!(code(check_file(&world.known, &forged)), Code::AuthorUnsigned);
    let reader = entry(&world.known, &world.consultant, |_| {});
    assert_eq!(code(check_file(&world.known, &reader)), Code::AuthorUnsigned);
    // The author's name with another key under it.
    let mut swapped = world.entry.clone();
    swapped.author.identity_key = stranger.key();
    assert_eq!(code(check_file(&world.known, &swapped)), Code::AuthorUnsigned);
}

#[test]
fn every_bound_field_of_a_file_version_is_checked() {
    let world = World::new();
    let changes: [fn(&mut FileVersion); 3] = [
        |body| body.organization = OrganizationId::from_random([1; 16]),
        |body| body.file = FileId::from_random([1; 16]),
        |body| body.version = 0,
    ];
    for change in changes {
        let entry = entry(&world.known, &world.contributor, change);
        assert_eq!(code(check_file(&world.known, &entry)), Code::ContextMismatch);
    }
    let elsewhere = FileEntry { organization: OrganizationId::from_random([1; 16]), ..world.entry.clone() };
    assert_eq!(code(check_file(&world.known, &elsewhere)), Code::ContextMismatch);
    assert_eq!(code(check_asked(&world.entry, FileId::from_random([1; 16]))), Code::ContextMismatch);
}

#[test]
fn a_statement_of_another_kind_or_encoding_is_told_apart() {
    let world = World::new();
    let grant = FileEntry { statement: world.proof.statement.clone(), ..world.entry.clone() };
    assert_eq!(code(check_file(&world.known, &grant)), Code::StatementType);
    let mut longer = world.entry.clone();
    longer.statement.0.push(0);
    assert_eq!(code(check_file(&world.known, &longer)), Code::Encoding);
}

#[test]
fn every_bound_field_of_a_grant_is_checked() {
    let world = World::new();
    let reader = world.consultant.reader();
    check_own_grant(&world.known, &world.proof, &world.version(), &reader, NOW_MS).unwrap();
    let changes: [fn(&mut Grant); 9] = [
        |grant| grant.grant = GrantId::from_random([1; 16]),
        |grant| grant.organization = OrganizationId::from_random([1; 16]),
        |grant| grant.file = FileId::from_random([1; 16]),
        |grant| grant.version = 2,
        |grant| grant.salt = [1; 24],
        |grant| grant.commitment = Digest([1; 32]),
        |grant| grant.recipient = UserId::from_random([1; 16]),
        |grant| grant.recipient_fingerprint = Fingerprint(Digest([1; 32])),
        |grant| grant.request = Digest([1; 32]),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        assert_eq!(world.refused(&world.prove(change)), Code::ContextMismatch, "field {number}");
    }
}

#[test]
fn a_grant_no_approver_signed_opens_nothing() {
    let world = World::new();
    // A contributor who signs a grant, and one who quotes the owner's membership.
    let own = membership_of(&world.known, &world.contributor);
    for membership in [own, membership_of(&world.known, &world.owner)] {
        let mut proof = world.prove(|grant| grant.membership = membership);
        let grant =
            Verified::<Grant>::check(&proof.statement.0, world.owner.owner, &world.owner.key()).unwrap();
        proof.statement = world.contributor.sign(grant.statement.body);
        assert_eq!(world.refused(&proof), Code::GrantUnsigned);
        proof.granter = world.contributor.identity();
        assert_eq!(world.refused(&proof), Code::GrantUnsigned);
    }
    // An epoch the organization never had.
    let early = world.prove(|grant| grant.epoch = 0);
    let late = world.prove(|grant| grant.epoch += 1);
    assert_eq!((world.refused(&early), world.refused(&late)), (Code::GrantUnsigned, Code::GrantUnsigned));
}

#[test]
fn a_grant_answers_the_readers_own_request_only() {
    let world = World::new();
    let foreign = world.contributor.sign(request(&world.version()));
    let mut proof = world.prove(|_| {});
    proof.request = foreign.clone();
    assert_eq!(world.refused(&proof), Code::ContextMismatch);
    let mut proof = world.prove(|grant| grant.request = Digest::of(&foreign.0));
    proof.request = foreign;
    assert_eq!(world.refused(&proof), Code::ContextMismatch);
    assert_eq!(world.answered(3).unwrap_err().code, Code::ContextMismatch, "a later version was asked for");
    world.answered(1).expect("the version asked for");
    world.answered(0).expect("the version asked for was sealed again");
}

#[test]
fn an_expired_or_revoked_grant_opens_nothing_whatever_the_relay_says() {
    let world = World::new();
    assert_eq!(world.refused_at(&world.proof, NOW_MS + 1), Code::GrantExpired);
    let revoked = GrantProof { state: GrantState::Revoked { revoked_at_ms: 1 }, ..world.proof.clone() };
    assert_eq!(world.refused(&revoked), Code::GrantRevoked);
}

#[test]
fn every_bound_field_of_a_wrap_is_checked() {
    let world = World::new();
    let version = world.version();
    let expected = WrapExpectation {
        scope: dek_scope(&version),
        recipient: world.consultant.owner,
        recipient_key: Digest([3; 32]),
        commitment: version.commitment,
        grant: Some(Digest([2; 32])),
        unsigned: Code::GrantUnsigned,
    };
    let wrapped = [6; 80];
    let good = Wrap {
        scope: expected.scope,
        recipient: expected.recipient,
        recipient_key: expected.recipient_key,
        commitment: expected.commitment,
        wrapped: Digest::of(&wrapped),
        grant: expected.grant,
    };
    let check = |signer: &Signer, body: Wrap, bytes: &[u8]| {
        let statement = signer.sign(body);
        check_wrap(&statement.0, &world.owner.wrapper(), bytes, &expected)
    };
    check(&world.owner, good.clone(), &wrapped).unwrap();
    assert_eq!(code(check(&world.contributor, good.clone(), &wrapped)), Code::GrantUnsigned);
    assert_eq!(code(check(&world.owner, good.clone(), &[7; 80])), Code::GrantUnsigned);
    assert_eq!(code(check(&world.owner, good.clone(), &[])), Code::StateMissing);
    let other_version = FileVersion { version: 2, ..version.clone() };
    let changed = [
        Wrap { scope: dek_scope(&other_version), ..good.clone() },
        Wrap { recipient: world.contributor.owner, ..good.clone() },
        Wrap { recipient_key: Digest([4; 32]), ..good.clone() },
        Wrap { commitment: Digest([4; 32]), ..good.clone() },
        Wrap { grant: None, ..good.clone() },
    ];
    for (number, body) in changed.into_iter().enumerate() {
        assert_eq!(code(check(&world.owner, body, &wrapped)), Code::ContextMismatch, "field {number}");
    }
    check_vault_wrapper(&world.known, &world.contributor.wrapper(), &world.entry.author).unwrap();
    check_vault_wrapper(&world.known, &world.owner.wrapper(), &world.entry.author).unwrap();
    let reader = world.consultant.reader();
    check_grant_wrapper(&world.proof, &world.owner.wrapper(), &reader).unwrap();
    check_grant_wrapper(&world.proof, &world.consultant.wrapper(), &reader).unwrap();
    let renamed = Wrapper { key: world.contributor.key(), ..world.owner.wrapper() };
    for other in [world.contributor.wrapper(), renamed] {
        assert_eq!(code(check_grant_wrapper(&world.proof, &other, &reader)), Code::GrantUnsigned);
    }
    let stranger = world.consultant.wrapper();
    assert_eq!(code(check_vault_wrapper(&world.known, &stranger, &world.entry.author)), Code::GrantUnsigned);
}

#[test]
fn an_edited_organization_is_refused() {
    let world = World::new();
    let members = [&world.owner, &world.contributor, &world.consultant];
    assert_eq!(code(verify(&[], &members)), Code::StateMissing);
    assert_eq!(code(verify(&world.chain, &members[..2])), Code::ListingMismatch);
    // A consultant is not shown who cannot grant, but everyone who can.
    verify_as(&world.consultant, &world.chain, &[&world.owner, &world.consultant]).unwrap();
    let no_owner = verify_as(&world.consultant, &world.chain, &[&world.consultant]);
    assert_eq!(code(no_owner), Code::ListingMismatch);
    let mut dropped = world.chain.clone();
    dropped.remove(3);
    assert_eq!(code(verify(&dropped, &members)), Code::ListingMismatch);
    // A membership that a member signed, not the root.
    let rogue = Signer::person(40);
    let membership = world.known.state.next_membership(rogue.user(), rogue.key(), Some(Role::Owner));
    let mut injected = world.chain.clone();
    let forger = Signer { owner: world.root.owner, ..world.contributor.clone() };
    injected.push(forger.sign_after(world.known.state.head, membership));
    assert_eq!(code(verify(&injected, &members)), Code::MembershipUnsigned);
    // A member served with another identity.
    let impostor = Signer { secret: rogue.secret.clone(), owner: world.consultant.owner };
    let swapped = [&world.owner, &world.contributor, &impostor];
    assert_eq!(code(verify(&world.chain, &swapped)), Code::MembershipUnsigned);
}

#[test]
fn what_a_removed_approver_granted_stands_and_nothing_later_does() {
    let world = World::new();
    // Somebody else must own the organization first.
    let second = world.known.state.next_membership(
        world.contributor.user(),
        world.contributor.key(),
        Some(Role::Owner),
    );
    let mut chain = world.chain.clone();
    chain.push(world.root.sign_after(world.known.state.head, second));
    let after = state(&chain);
    let removal = after.next_membership(world.owner.user(), world.owner.key(), Some(Role::Auditor));
    chain.push(world.root.sign_after(after.head, removal));
    let members = [&world.owner, &world.contributor, &world.consultant];
    let known = verify(&chain, &members).unwrap();
    let reader = world.consultant.reader();
    check_own_grant(&known, &world.proof, &world.version(), &reader, NOW_MS).unwrap();
    let later = world.prove(|grant| grant.epoch = known.state.epoch);
    let refused = check_own_grant(&known, &later, &world.version(), &reader, NOW_MS);
    assert_eq!(code(refused), Code::GrantUnsigned);
}

#[test]
fn a_listed_grant_and_its_revocation_are_an_approvers() {
    let world = World::new();
    let listed = GrantEntry {
        grant: world.proof.grant,
        statement: world.proof.statement.clone(),
        granter: world.owner.identity(),
        recipient: world.consultant.identity(),
        file: world.entry.clone(),
        state: GrantState::Revoked { revoked_at_ms: 1 },
        revocation: None,
        created_at_ms: 1,
    };
    let version = world.version();
    let grant = check_grant_entry(&world.known, &listed, &version).unwrap();
    let body = Revocation {
        organization: world.known.id(),
        grant_id: world.proof.grant,
        grant: grant.hash,
        membership: membership_of(&world.known, &world.owner),
    };
    let with = |signer: &Signer, body: Revocation| {
        let entry = GrantEntry { revocation: Some(signer.sign(body)), ..listed.clone() };
        check_grant_entry(&world.known, &entry, &version)
    };
    with(&world.owner, body.clone()).unwrap();
    assert_eq!(code(with(&world.contributor, body.clone())), Code::GrantUnsigned);
    assert_eq!(code(with(&world.owner, Revocation { grant: Digest::ZERO, ..body })), Code::ContextMismatch);
    let other = GrantEntry { grant: GrantId::from_random([1; 16]), ..listed.clone() };
    assert_eq!(code(check_grant_entry(&world.known, &other, &version)), Code::ContextMismatch);
    let renamed = GrantEntry { recipient: world.contributor.identity(), ..listed };
    assert_eq!(code(check_grant_entry(&world.known, &renamed, &version)), Code::ContextMismatch);
}

#[test]
fn a_membership_is_one_persons_under_one_identity_while_it_lasts() {
    let world = World::new();
    let (owner, known) = (&world.owner, &world.known);
    let hash = membership_of(known, owner);
    let holds = |known: &KnownOrganization, hash, user, key: IdentityKey| {
        known.membership(hash, user, &key, |_| true).is_some()
    };
    assert!(holds(known, hash, owner.user(), owner.key()));
    assert!(!holds(known, hash, world.contributor.user(), owner.key()));
    assert!(!holds(known, hash, owner.user(), world.contributor.key()));
    // The statement that ends a membership names a role as well.
    let (leaver, mut chain) = (&world.contributor, world.chain.clone());
    let removal = known.state.next_membership(leaver.user(), leaver.key(), None);
    chain.push(world.root.sign_after(known.state.head, removal));
    let after = verify(&chain, &[&world.owner, &world.consultant]).unwrap();
    assert!(!holds(&after, Digest::of(&chain[chain.len() - 1].0), leaver.user(), leaver.key()));
    assert!(
        holds(&after, membership_of(known, leaver), leaver.user(), leaver.key()),
        "what was done stays done"
    );
}

#[test]
fn a_later_version_is_made_by_who_holds_the_vault() {
    let world = World::new();
    let next = |author: &Signer| {
        let mut entry = entry(&world.known, author, |body| body.version = 2);
        entry.version = 2;
        check_file(&world.known, &entry).map(|version| version.body().version)
    };
    assert_eq!(next(&world.contributor).map_err(|error| error.code), Err(Code::AuthorUnsigned));
    assert_eq!(next(&world.owner).unwrap(), 2);
}
