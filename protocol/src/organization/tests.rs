use ed25519_dalek::{Signer as _, SigningKey};

use super::*;
use crate::encoding::Bytes;
use crate::statement::Statement;
use crate::suite::Suite;

struct Root {
    secret: SigningKey,
    key: IdentityKey,
    id: OrganizationId,
}

impl Root {
    fn new(seed: u8) -> Self {
        let secret = SigningKey::from_bytes(&[seed; 32]);
        let key = IdentityKey::parse(secret.verifying_key().as_bytes()).unwrap();
        Root { secret, key, id: OrganizationId::from_random([8; 16]) }
    }

    fn sign<B: Body>(&self, head: ChainHead, body: B) -> Vec<u8> {
        let statement = Statement::following(head, self.id.into(), 1, body).unsigned();
        let signer = self.key.fingerprint(self.id.into());
        let signature = self.secret.sign(&statement.signing_input(signer)).to_bytes();
        statement.signed(signer, &signature)
    }

    fn policy(&self) -> Vec<u8> {
        let body =
            Policy { organization: self.id, name: "Acme".into(), root_key: self.key, max_grant_ms: 1 << 40 };
        self.sign(ChainHead::EMPTY, body)
    }
}

fn person(seed: u8) -> (UserId, IdentityKey) {
    let secret = SigningKey::from_bytes(&[seed; 32]);
    (UserId::from_random([seed; 16]), IdentityKey::parse(secret.verifying_key().as_bytes()).unwrap())
}

fn founded(root: &Root) -> (Vec<Vec<u8>>, Organization) {
    let mut chain = vec![root.policy()];
    let mut organization = Organization::replay(root.id, &chain).unwrap();
    let vault = KeyCertificate { suite: Suite::X25519Hpke, public_key: Bytes(vec![5; 32]), version: 1 };
    chain.push(root.sign(organization.head, vault));
    organization.apply(&chain[1]).unwrap();
    let (owner, key) = person(1);
    chain.push(root.sign(organization.head, organization.next_membership(owner, key, Some(Role::Owner))));
    organization.apply(&chain[2]).unwrap();
    (chain, organization)
}

#[test]
fn a_chain_replays_to_the_state_its_statements_made() {
    let root = Root::new(7);
    let (mut chain, mut organization) = founded(&root);
    let (approver, key) = person(2);
    chain.push(
        root.sign(organization.head, organization.next_membership(approver, key, Some(Role::Approver))),
    );
    organization.apply(&chain[3]).unwrap();
    chain.push(root.sign(organization.head, organization.next_membership(approver, key, None)));
    organization.apply(&chain[4]).unwrap();
    assert_eq!(Organization::replay(root.id, &chain).unwrap(), organization);
    assert!(organization.member(approver).is_none());
}

#[test]
fn another_key_signs_no_membership() {
    let root = Root::new(7);
    let (_, mut organization) = founded(&root);
    let before = organization.clone();
    let (rogue, key) = person(3);
    let forged =
        Root::new(9).sign(organization.head, organization.next_membership(rogue, key, Some(Role::Owner)));
    assert_eq!(organization.apply(&forged).unwrap_err().code(), Code::MembershipUnsigned);
    assert_eq!(organization, before);
}

#[test]
fn dropped_and_reordered_statements_are_noticed() {
    let root = Root::new(7);
    let (mut chain, mut organization) = founded(&root);
    let (approver, key) = person(2);
    chain.push(
        root.sign(organization.head, organization.next_membership(approver, key, Some(Role::Approver))),
    );
    organization.apply(&chain[3]).unwrap();
    chain.remove(2);
    assert_eq!(Organization::replay(root.id, &chain).unwrap_err().code(), Code::ChainConflict);
    assert_eq!(Organization::replay::<Vec<u8>>(root.id, &[]).unwrap_err().code(), Code::StateMissing);
}

#[test]
fn the_last_owner_stays() {
    let root = Root::new(7);
    let (_, mut organization) = founded(&root);
    let (owner, key) = person(1);
    let leave = root.sign(organization.head, organization.next_membership(owner, key, None));
    assert!(matches!(organization.apply(&leave), Err(OrganizationError::Membership(_))));
}

#[test]
fn only_the_membership_somebody_has_can_end() {
    let root = Root::new(7);
    let (_, mut organization) = founded(&root);
    let (approver, key) = person(2);
    let nobodys = root.sign(organization.head, organization.next_membership(approver, key, None));
    assert!(matches!(organization.apply(&nobodys), Err(OrganizationError::Membership(_))));
    let begins = organization.next_membership(approver, key, Some(Role::Approver));
    let begins = root.sign(organization.head, begins);
    organization.apply(&begins).unwrap();
    let ends = organization.next_membership(approver, key, None);
    let another = root.sign(organization.head, Membership { role: Role::Auditor, ..ends.clone() });
    assert!(matches!(organization.apply(&another), Err(OrganizationError::Membership(_))));
    let ends = root.sign(organization.head, ends);
    organization.apply(&ends).unwrap();
}

#[test]
fn a_wrong_count_or_root_is_refused() {
    let root = Root::new(7);
    let (_, mut organization) = founded(&root);
    let (approver, key) = person(2);
    let good = organization.next_membership(approver, key, Some(Role::Approver));
    for body in [
        Membership { member_count: good.member_count + 1, ..good.clone() },
        Membership { member_root: Digest::ZERO, ..good.clone() },
        Membership { epoch: good.epoch + 1, ..good.clone() },
    ] {
        let bytes = root.sign(organization.head, body);
        assert!(organization.apply(&bytes).is_err());
    }
    let bytes = root.sign(organization.head, good);
    organization.apply(&bytes).unwrap();
}

#[test]
fn a_policy_of_another_organization_founds_none() {
    let root = Root::new(7);
    let organization = OrganizationId::from_random([9; 16]);
    let body = Policy { organization, name: "Acme".into(), root_key: root.key, max_grant_ms: 1 };
    let policy = root.sign(ChainHead::EMPTY, body);
    assert_eq!(Organization::replay(root.id, &[policy]), Err(OrganizationError::Policy));
    // Nor one that names another key than it is signed with, nor a statement of another kind.
    let body = Policy { organization: root.id, name: "Acme".into(), root_key: person(3).1, max_grant_ms: 1 };
    let policy = root.sign(ChainHead::EMPTY, body);
    assert_eq!(Organization::replay(root.id, &[policy]).unwrap_err().code(), Code::MembershipUnsigned);
    let (chain, _) = founded(&root);
    assert_eq!(Organization::replay(root.id, &chain[1..]), Err(OrganizationError::Policy));
}

#[test]
fn the_vaults_key_is_what_the_newest_certificate_says_and_their_versions_count() {
    let root = Root::new(7);
    let (_, mut organization) = founded(&root);
    let certificate =
        |version| KeyCertificate { suite: Suite::X25519Hpke, public_key: Bytes(vec![6; 32]), version };
    assert_eq!(organization.vault.as_ref().unwrap().version, 1);
    for version in [0, 1, 3, u32::MAX] {
        let before = organization.clone();
        let refused = organization.apply(&root.sign(organization.head, certificate(version)));
        assert_eq!(refused, Err(OrganizationError::Membership("vault key version")));
        assert_eq!(organization, before);
    }
    let next = root.sign(organization.head, certificate(2));
    organization.apply(&next).unwrap();
    assert_eq!(organization.vault, Some(certificate(2)));
    assert_eq!(organization.head.hash, Digest::of(&next));
}

#[test]
fn a_membership_is_of_this_organization_and_its_next_epoch() {
    let root = Root::new(7);
    let (_, mut organization) = founded(&root);
    let (owner, key) = person(1);
    assert_eq!((organization.epoch, organization.member(owner).unwrap().epoch), (1, 1));
    let good = organization.next_membership(owner, key, Some(Role::Owner));
    let elsewhere = OrganizationId::from_random([9; 16]);
    for body in [
        Membership { organization: elsewhere, ..good.clone() },
        Membership { epoch: 0, ..good.clone() },
        Membership { epoch: 1, ..good.clone() },
    ] {
        let bytes = root.sign(organization.head, body);
        assert!(matches!(organization.apply(&bytes), Err(OrganizationError::Membership(_))));
    }
    organization.apply(&root.sign(organization.head, good)).unwrap();
    assert_eq!(organization.epoch, 2);
}

#[test]
fn fingerprints_are_those_of_the_root_and_of_each_member() {
    let root = Root::new(7);
    let (_, organization) = founded(&root);
    let owner = person(1).0;
    assert_eq!(organization.fingerprint(), root.key.fingerprint(root.id.into()));
    assert_eq!(organization.member(owner).unwrap().fingerprint(), person(1).1.fingerprint(owner.into()));
}

fn succession(from: &Root, to: &Root) -> Succession {
    Succession { owner: from.id.into(), from: from.key, to: to.key }
}

#[test]
fn a_root_gives_way_by_its_own_word_and_the_next_ones_and_signs_nothing_any_more() {
    let (root, next) = (Root::new(7), Root::new(9));
    let (mut chain, mut organization) = founded(&root);
    let (approver, key) = person(2);
    chain.push(root.sign(organization.head, succession(&root, &next)));
    organization.apply(&chain[3]).unwrap();
    assert!(matches!(Organization::replay(root.id, &chain), Err(OrganizationError::Membership(_))), "half");
    let between =
        root.sign(organization.head, organization.next_membership(approver, key, Some(Role::Owner)));
    assert!(organization.clone().apply(&between).is_err(), "nothing comes between the halves");
    let by_old = root.sign(organization.head, succession(&root, &next));
    assert!(organization.clone().apply(&by_old).is_err(), "the next root says it, too");
    for other in [succession(&next, &root), succession(&root, &Root::new(8)), succession(&root, &root)] {
        let other = next.sign(organization.head, other);
        assert!(organization.clone().apply(&other).is_err(), "it says the same");
    }
    chain.push(next.sign(organization.head, succession(&root, &next)));
    organization.apply(&chain[4]).unwrap();
    assert_eq!((organization.root, organization.policy.root_key), (next.key, root.key));
    assert_eq!(organization.fingerprint(), next.key.fingerprint(root.id.into()));
    let body = organization.next_membership(approver, key, Some(Role::Owner));
    let former = root.sign(organization.head, body.clone());
    assert_eq!(organization.apply(&former).unwrap_err().code(), Code::MembershipUnsigned);
    chain.push(next.sign(organization.head, body));
    organization.apply(&chain[5]).unwrap();
    assert_eq!(Organization::replay(root.id, &chain).unwrap(), organization);
}

#[test]
fn a_members_next_identity_takes_the_place_of_the_one_before_in_the_same_role_only() {
    let root = Root::new(7);
    let (_, mut organization) = founded(&root);
    let (owner, _) = person(1);
    let (_, next) = person(5);
    let ends = organization.next_membership(owner, next, None);
    assert!(organization.apply(&root.sign(organization.head, ends)).is_err(), "it was not theirs");
    let (approver, key) = person(2);
    let admitted = organization.next_membership(approver, key, Some(Role::Approver));
    organization.apply(&root.sign(organization.head, admitted)).unwrap();
    let raised = organization.next_membership(approver, next, Some(Role::Owner));
    assert!(organization.apply(&root.sign(organization.head, raised)).is_err(), "another role at once");
    let same = organization.next_membership(approver, next, Some(Role::Approver));
    organization.apply(&root.sign(organization.head, same)).unwrap();
    assert_eq!(organization.member(approver).unwrap().identity_key, next);
}

#[test]
fn keys_are_followed_only_through_whole_pairs_by_both() {
    let [a, b, c] = [Root::new(1), Root::new(2), Root::new(3)];
    let owner = OwnerId::from(a.id);
    let pair = |from: &Root, to: &Root, head: ChainHead| {
        let by_old = from.sign(head, succession(from, to));
        let head = ChainHead { sequence: head.sequence + 1, hash: Digest::of(&by_old) };
        let by_new = to.sign(head, succession(from, to));
        (vec![by_old, by_new.clone()], ChainHead { sequence: head.sequence + 1, hash: Digest::of(&by_new) })
    };
    let (first, head) = pair(&a, &b, ChainHead { sequence: 4, hash: Digest([4; 32]) });
    let (second, _) = pair(&b, &c, head);
    let both = [first.clone(), second.clone()].concat();
    assert_eq!(Succession::follow(owner, a.key, &both).unwrap(), [a.key, b.key, c.key]);
    assert_eq!(Succession::follow::<Vec<u8>>(owner, a.key, &[]).unwrap(), [a.key]);
    let refused = |statements: &[Vec<u8>]| Succession::follow(owner, a.key, statements).is_err();
    assert!(refused(&both[..3]), "half a pair");
    assert!(refused(&both[1..]), "the second half first");
    assert!(refused(&second), "another key's");
    assert!(refused(&[first[1].clone(), first[0].clone()]), "swapped");
    assert!(refused(&[first[0].clone(), second[1].clone()]), "halves of two pairs");
    let apart = b.sign(ChainHead { sequence: 9, hash: Digest([9; 32]) }, succession(&a, &b));
    assert!(refused(&[first[0].clone(), apart]), "not right after each other");
    let (itself, _) = pair(&a, &a, ChainHead::EMPTY);
    assert!(refused(&itself), "to the same key");
    let elsewhere = OwnerId::User(UserId::from_random([8; 16]));
    assert!(Succession::follow(elsewhere, a.key, &first).is_err(), "another owner's");
}
