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
        let statement = Statement::following(head, self.id.into(), 1, body);
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
