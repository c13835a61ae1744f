//! New keys in the place of old ones: whole, or not at all.

use keyferry_protocol::context::WrapScope;
use keyferry_protocol::statement::{AccessRequest, KeyCertificate, Rotation, Wrap, unverified_body};
use keyferry_protocol::wire::access::RequestEntry;
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, KdfParameters, KeyField, Lock};
use keyferry_protocol::wire::file::WrappedDek;
use keyferry_protocol::wire::organization::{NewLock, OrganizationView};
use keyferry_protocol::wire::rotation::{
    HeldDek, KeyRotation, NewRotation, OwnLock, RotatedDek, RotatedReason, RotatedWraps, Unrotated,
    VaultRotation,
};
use keyferry_protocol::{Bytes, Code, Digest, EncryptionKey, FileId, OwnerId, RequestId, Role, Suite, route};

use crate::company::{Company, lock};
use crate::person::{Person, noise, sealed_box, sealed_key};
use crate::relay::{Relay, Reply};

fn new_key() -> EncryptionKey {
    EncryptionKey { suite: Suite::X25519Hpke, public_key: noise(32) }
}

/// A rotation by `who` of their own key or of a vault's.
pub struct Rotating {
    company: Option<keyferry_protocol::OrganizationId>,
    owner: OwnerId,
    old: EncryptionKey,
    new: EncryptionKey,
    wraps: Vec<Digest>,
}

impl Rotating {
    pub fn begin(who: &Person, company: Option<&Company>) -> Self {
        Self::begin_to(who, company, new_key())
    }

    fn begin_to(who: &Person, company: Option<&Company>, new: EncryptionKey) -> Self {
        let rotating = Rotating {
            company: company.map(|company| company.id),
            owner: company.map_or(who.user.into(), |company| company.id.into()),
            old: company.map_or(who.encryption.clone(), |company| company.vault.clone()),
            new,
            wraps: Vec::new(),
        };
        let new = NewRotation { organization: rotating.company, key: rotating.new.clone() };
        let path = route::rotation(rotating.new.id());
        for _ in 0..2 {
            let reply = who.http.call("PUT", &path, Some(&who.bearer), Some(&new));
            assert_eq!(reply.status, 204, "{}", String::from_utf8_lossy(&reply.body));
        }
        rotating
    }

    fn left(&self, who: &Person) -> Unrotated {
        who.read(&route::rotation(self.new.id()))
    }

    fn wrap(&self, scope: WrapScope, commitment: Digest, wrapped: &[u8], grant: Option<Digest>) -> Wrap {
        let (recipient, recipient_key) = (self.owner, self.new.id());
        Wrap { scope, recipient, recipient_key, commitment, wrapped: Digest::of(wrapped), grant }
    }

    fn dek(&self, who: &mut Person, held: &HeldDek) -> RotatedDek {
        let wrapped_dek = noise(self.new.suite.wrapped_bytes());
        let HeldDek { organization, file, version, grant, .. } = *held;
        let scope = WrapScope::Dek { organization, file, version };
        let wrap = self.wrap(scope, held.commitment, &wrapped_dek.0, held.grant_hash);
        RotatedDek { file, version, grant, wrapped_dek, wrap: who.signer.sign(wrap) }
    }

    fn reason(&self, who: &mut Person, request: RequestId) -> RotatedReason {
        let reason = sealed_box(&self.new);
        let entry: RequestEntry = who.read(&route::request(request));
        let asked = unverified_body::<AccessRequest>(&entry.statement.0).unwrap();
        let AccessRequest { organization, file, .. } = asked;
        let scope = WrapScope::Reason { organization, file, request };
        let wrap = self.wrap(scope, asked.reason, &reason.canonical(), None);
        RotatedReason { request, reason, wrap: who.signer.sign(wrap) }
    }

    /// Wraps all of a page, and says what came of it.
    fn submit(&mut self, who: &mut Person, left: &Unrotated) -> Reply {
        let before = who.signer.head;
        let deks: Vec<_> = left.deks.iter().map(|held| self.dek(who, held)).collect();
        let reasons: Vec<_> = left.reasons.iter().map(|request| self.reason(who, *request)).collect();
        let made = deks.iter().map(|dek| &dek.wrap).chain(reasons.iter().map(|reason| &reason.wrap));
        let hashes: Vec<_> = made.map(|statement| Digest::of(&statement.0)).collect();
        let path = route::rotation_wraps(self.new.id());
        let reply = who.submit(before, &path, &RotatedWraps { deks, reasons, unreadable: vec![] });
        if reply.status == 201 {
            self.wraps.extend(hashes);
        }
        reply
    }

    pub fn wrap_all(&mut self, who: &mut Person) {
        loop {
            let left = self.left(who);
            assert_eq!(left.remaining == 0, left.deks.is_empty() && left.reasons.is_empty());
            if left.remaining == 0 {
                return;
            }
            assert_eq!(self.submit(who, &left).status, 201);
        }
    }

    pub fn statement(&self) -> Rotation {
        Rotation {
            owner: self.owner,
            from: self.old.id(),
            to: self.new.id(),
            wraps: self.wraps.len() as u64,
            root: Rotation::root_of(self.wraps.clone()),
        }
    }
}

/// The end of a vault's rotation, with a lock for each of `holders`.
pub fn vault_end(
    company: &mut Company,
    owner: &mut Person,
    rotating: &Rotating,
    holders: &[(keyferry_protocol::UserId, EncryptionKey)],
    rotation: Rotation,
) -> Reply {
    let (before, root_before) = (owner.signer.head, company.root.head);
    let EncryptionKey { suite, public_key } = rotating.new.clone();
    let version = company.vault_bundle.version + 1;
    let certificate = company.root.sign(KeyCertificate { suite, public_key: public_key.clone(), version });
    let keys = vec![sealed_key(KeyField::Encryption, &public_key.0)];
    let mut bundle = Bundle { kind: BundleKind::Vault, suite, version, keys, locks: Vec::new() };
    for (user, key) in holders {
        let lock = lock(owner, company.id.into(), &bundle, *user, key);
        bundle.locks.push(lock);
    }
    let rotation = owner.signer.sign(rotation);
    let body = VaultRotation { certificate: certificate.clone(), bundle: bundle.clone(), rotation };
    let reply = owner.submit(before, &route::vault(company.id), &body);
    if reply.status == 201 {
        company.state.apply(&certificate.0).unwrap();
        company.vault = rotating.new.clone();
        company.vault_bundle = bundle;
    } else {
        company.root.head = root_before;
    }
    reply
}

pub struct Acme {
    pub relay: Relay,
    pub owner: Person,
    pub consultant: Person,
    pub company: Company,
    pub file: FileId,
    pub request: RequestEntry,
}

impl Acme {
    /// An organization with a file, which a consultant was granted.
    pub fn found() -> Self {
        let relay = Relay::start();
        let mut owner = Person::register(&relay, "owner");
        let mut consultant = Person::register(&relay, "consultant");
        let mut company = Company::found(&mut owner);
        company.admit(&mut owner, &consultant, Role::Consultant);
        let file = company.upload(&mut owner, &[7; 100]);
        let request = company.request(&mut consultant, file);
        company.approve(&mut owner, &consultant, &request);
        Acme { relay, owner, consultant, company, file, request }
    }
}

#[test]
fn a_vaults_key_is_rotated_only_whole_and_by_what_was_signed() {
    let Acme { relay: _relay, mut owner, consultant, mut company, file, request } = Acme::found();
    let holders = [(owner.user, owner.encryption.clone())];
    let mut rotating = Rotating::begin(&owner, Some(&company));
    let left = rotating.left(&owner);
    assert_eq!((left.deks.len(), left.reasons.len(), left.remaining), (1, 1, 2));
    assert_eq!((left.deks[0].file, left.deks[0].grant), (file, None));
    assert_eq!(left.reasons, [request.request]);

    let early = rotating.statement();
    let refused = vault_end(&mut company, &mut owner, &rotating, &holders, early);
    assert_eq!(refused.code(), Code::RotationIncomplete);
    rotating.wrap_all(&mut owner);
    let before: WrappedDek = owner.read(&route::key(file, 1));

    let whole = rotating.statement();
    let wrong = [
        Rotation { wraps: whole.wraps + 1, ..whole.clone() },
        Rotation { root: Digest([9; 32]), ..whole.clone() },
        Rotation { from: whole.to, ..whole.clone() },
        Rotation { owner: owner.user.into(), ..whole.clone() },
    ];
    for rotation in wrong {
        let refused = vault_end(&mut company, &mut owner, &rotating, &holders, rotation);
        assert_eq!(refused.code(), Code::StatementInvalid);
    }
    let stranger = (consultant.user, consultant.encryption.clone());
    for holders in [vec![], vec![holders[0].clone(), stranger], vec![holders[0].clone(), holders[0].clone()]]
    {
        let refused = vault_end(&mut company, &mut owner, &rotating, &holders, whole.clone());
        assert_eq!(refused.code(), Code::ValueInvalid);
    }
    assert_eq!(owner.read::<WrappedDek>(&route::key(file, 1)), before, "nothing has changed");

    let done = vault_end(&mut company, &mut owner, &rotating, &holders, whole);
    assert_eq!(done.status, 201, "{}", String::from_utf8_lossy(&done.body));
    let after: WrappedDek = owner.read(&route::key(file, 1));
    assert_ne!(after.wrapped_dek, before.wrapped_dek);
    let seen: RequestEntry = owner.read(&route::request(request.request));
    assert_eq!(seen.reason.recipient_key, rotating.new.id());
    assert_eq!(seen.resealed.unwrap().wrapper.user, owner.user);
    let view: OrganizationView = consultant.read(&route::organization(company.id));
    assert_eq!(view.chain.len() as u64, company.state.head.sequence);
    // The new key takes what comes next, and can be rotated again.
    company.upload(&mut owner, &[8; 100]);
    let again = Rotating::begin(&owner, Some(&company));
    assert_eq!(again.left(&owner).remaining, 3);
}

#[test]
fn only_what_is_held_is_taken_and_only_once_and_only_as_it_was_signed() {
    let Acme { relay: _relay, mut owner, mut consultant, company, file, .. } = Acme::found();
    let mut rotating = Rotating::begin(&owner, Some(&company));
    let left = rotating.left(&owner);

    let path = route::rotation_wraps(rotating.new.id());
    let mut refused = |change: &dyn Fn(&mut RotatedDek)| {
        let before = owner.signer.head;
        let mut dek = rotating.dek(&mut owner, &left.deks[0]);
        change(&mut dek);
        owner
            .submit(before, &path, &RotatedWraps { deks: vec![dek], reasons: vec![], unreadable: vec![] })
            .code()
    };
    assert_eq!(refused(&|dek| dek.version = 2), Code::ValueInvalid);
    assert_eq!(refused(&|dek| dek.wrapped_dek = noise(31)), Code::ValueInvalid);
    assert_eq!(refused(&|dek| dek.wrapped_dek.0[0] ^= 1), Code::StatementInvalid);
    assert_eq!(refused(&|dek| dek.wrap.0[40] ^= 1), Code::StatementInvalid);

    assert_eq!(rotating.submit(&mut owner, &left).status, 201);
    assert_eq!(rotating.submit(&mut owner, &left).code(), Code::ValueInvalid, "twice");
    // Another's rotation does not exist, nor does one that another took the place of.
    assert_eq!(consultant.get(&route::rotation(rotating.new.id())).code(), Code::NotFound);
    let stranger = NewRotation { organization: Some(company.id), key: new_key() };
    let path = route::rotation(stranger.key.id());
    let role = consultant.http.call("PUT", &path, Some(&consultant.bearer), Some(&stranger));
    assert_eq!(role.code(), Code::RoleInsufficient);
    let other =
        owner.http.call("PUT", &route::rotation(new_key().id()), Some(&owner.bearer), Some(&stranger));
    assert_eq!(other.code(), Code::ValueInvalid, "the path names another key");
    Rotating::begin(&owner, Some(&company));
    assert_eq!(owner.get(&route::rotation(rotating.new.id())).code(), Code::NotFound);

    // A consultant holds what they were granted, and of it only what was not revoked.
    let mut own = Rotating::begin(&consultant, None);
    let held = own.left(&consultant);
    assert_eq!((held.deks.len(), held.reasons.len(), held.deks[0].file), (1, 0, file));
    assert!(held.deks[0].grant.is_some() && held.deks[0].grant_hash.is_some());
    own.wrap_all(&mut consultant);
}

/// The end of a person's rotation, as `change` leaves it.
pub fn person_end(
    person: &mut Person,
    rotating: &Rotating,
    company: Option<&Company>,
    change: impl FnOnce(&mut KeyRotation),
) -> Reply {
    let before = person.signer.head;
    let EncryptionKey { suite, public_key } = rotating.new.clone();
    let key_certificate =
        person.signer.sign(KeyCertificate { suite, public_key: public_key.clone(), version: 2 });
    let mut locks = Vec::new();
    for bundle in company.iter().flat_map(|company| [&company.root_bundle, &company.vault_bundle]) {
        let (organization, user) = (company.unwrap().id, person.user);
        let lock = lock(person, organization.into(), bundle, user, &rotating.new);
        locks.push(OwnLock { organization, lock: NewLock { bundle: bundle.kind, lock } });
    }
    let kdf = KdfParameters { iterations: 600_000, salt: noise(16) };
    let login_key = noise(32);
    let keys = vec![
        sealed_key(KeyField::Signing, person.signer.key.as_bytes()),
        sealed_key(KeyField::Encryption, &public_key.0),
    ];
    let passphrase = Lock::Passphrase { kdf, nonce: noise(12), ciphertext: noise(48) };
    let mut body = KeyRotation {
        current_login_key: person.login_key.clone(),
        login_key: login_key.clone(),
        recovery_login_key: None,
        bundle: Bundle { kind: BundleKind::Identity, suite, version: 2, keys, locks: vec![passphrase] },
        successions: Vec::new(),
        memberships: Vec::new(),
        key_certificate: key_certificate.clone(),
        locks,
        contacts: None,
        rotation: person.signer.sign(rotating.statement()),
    };
    change(&mut body);
    let reply = person.submit(before, route::MY_KEYS, &body);
    if reply.status == 201 {
        (person.encryption, person.certificate) = (rotating.new.clone(), key_certificate);
        person.login_key = login_key;
    }
    reply
}

#[test]
fn a_persons_key_is_rotated_only_with_the_passphrase_and_every_lock_and_ends_other_sessions() {
    let mut acme = Acme::found();
    let Acme { owner, company, file, .. } = &mut acme;
    let first = owner.bearer.clone();
    owner.log_in();
    let mut rotating = Rotating::begin(owner, None);
    rotating.wrap_all(owner);
    let acme_id = company.id;
    let company = Some(&*company);
    type Change = fn(&mut KeyRotation);
    let cases: [(Change, Code); 9] = [
        (|body| body.current_login_key = noise(32), Code::LoginFailed),
        (|body| drop(body.locks.pop()), Code::ValueInvalid),
        (|body| body.locks.swap(0, 1), Code::ChainConflict),
        (|body| body.bundle.version = 1, Code::ValueInvalid),
        (|body| body.bundle.keys[1].public_key = noise(32), Code::ValueInvalid),
        (|body| body.bundle.locks.clear(), Code::ValueInvalid),
        (|body| body.recovery_login_key = Some(noise(32)), Code::ValueInvalid),
        (|body| body.login_key = body.current_login_key.clone(), Code::ValueInvalid),
        (|body| body.rotation = Bytes(vec![1, 2, 3]), Code::Encoding),
    ];
    for (place, (change, code)) in cases.into_iter().enumerate() {
        assert_eq!(person_end(owner, &rotating, company, change).code(), code, "case {place}");
    }
    assert_eq!(owner.http.get(route::ME, Some(&first)).status, 200, "nothing has changed");
    let done = person_end(owner, &rotating, company, |_| {});
    assert_eq!(done.status, 201, "{}", String::from_utf8_lossy(&done.body));
    assert_eq!(owner.http.get(route::ME, Some(&first)).code(), Code::SessionInvalid);
    assert_eq!(owner.read::<WrappedDek>(&route::key(*file, 1)).wrapper.key_certificate, owner.certificate);
    let served: Bundle = owner.read(&route::organization_bundle(acme_id, BundleKind::Root));
    assert!(
        matches!(&served.locks[..], [Lock::Member { recipient_key, .. }] if *recipient_key == rotating.new.id())
    );
    owner.log_in();
    let gone = person_end(owner, &rotating, company, |_| {});
    assert_ne!(gone.status, 201, "a rotation ends once");
}

#[test]
fn a_grant_to_a_key_that_was_just_rotated_is_refused() {
    let mut acme = Acme::found();
    let file = acme.company.upload(&mut acme.owner, &[9; 100]);
    let entry = acme.company.request(&mut acme.consultant, file);
    let mut rotating = Rotating::begin(&acme.consultant, None);
    rotating.wrap_all(&mut acme.consultant);
    assert_eq!(person_end(&mut acme.consultant, &rotating, None, |_| {}).status, 201);
    let (rotated, before) = (acme.consultant.encryption.clone(), acme.owner.signer.head);
    acme.consultant.encryption = rotating.old.clone();
    let body = acme.company.grant_body(&acme.owner, &entry);
    let new = acme.company.draft_grant(&mut acme.owner, &acme.consultant, body);
    let refused = acme.owner.submit(before, &route::request_grant(entry.request), &new);
    assert_eq!(refused.code(), Code::StatementInvalid);
    acme.consultant.encryption = rotated;
    acme.company.approve(&mut acme.owner, &acme.consultant, &entry);
}

#[test]
fn a_reason_that_does_not_open_stops_no_rotation_and_stays_what_it_was() {
    let Acme { relay: _relay, mut owner, mut company, request, .. } = Acme::found();
    let holders = [(owner.user, owner.encryption.clone())];
    let mut rotating = Rotating::begin(&owner, Some(&company));
    let mut left = rotating.left(&owner);
    let path = route::rotation_wraps(rotating.new.id());
    let unreadable =
        RotatedWraps { deks: vec![], reasons: vec![], unreadable: std::mem::take(&mut left.reasons) };
    let before = owner.signer.head;
    assert_eq!(owner.submit(before, &path, &unreadable).status, 201);
    assert_eq!(owner.submit(before, &path, &unreadable).code(), Code::ValueInvalid, "twice");
    assert_eq!(rotating.submit(&mut owner, &left).status, 201);
    assert_eq!(rotating.left(&owner).remaining, 0);
    let whole = rotating.statement();
    assert_eq!(whole.wraps, 1, "it counts as no wrap");
    let done = vault_end(&mut company, &mut owner, &rotating, &holders, whole);
    assert_eq!(done.status, 201, "{}", String::from_utf8_lossy(&done.body));
    let seen: RequestEntry = owner.read(&route::request(request.request));
    assert_eq!((seen.reason, seen.resealed), (request.reason, None));
}

#[test]
fn a_rotation_to_the_same_key_is_none() {
    let Acme { relay: _relay, mut owner, mut company, .. } = Acme::found();
    let holders = [(owner.user, owner.encryption.clone())];
    let mut rotating = Rotating::begin_to(&owner, Some(&company), company.vault.clone());
    rotating.wrap_all(&mut owner);
    let statement = rotating.statement();
    let same = vault_end(&mut company, &mut owner, &rotating, &holders, statement);
    assert_eq!(same.code(), Code::ValueInvalid);
}
