//! What a relay that lies is answered with. The attack harness tests the whole catalogue; these are the ones that
//! hang on the flows alone.

use bytes::{Bytes, BytesMut};
use keyferry_client::platform::Response;
use keyferry_client::{Credentials, FileInfo, Pin};
use keyferry_protocol::wire::access::RequestEntry;
use keyferry_protocol::wire::account::{LoginParameters, PublicIdentity, Session};
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, Lock};
use keyferry_protocol::wire::file::WrappedDek;
use keyferry_protocol::wire::organization::OrganizationView;
use keyferry_protocol::{Code, FileId, Suite, route};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::people::{Acme, DAY_MS, PASSPHRASE, Someone, content};
use crate::relay::Relay;

/// Changes the JSON of one path's answers.
pub fn edit<T: DeserializeOwned + Serialize>(someone: &Someone, path: &str, edit: impl Fn(&mut T) + 'static) {
    let path = path.to_owned();
    someone.wire().turn(move |_, asked, response| {
        if asked != path || !(200..300).contains(&response.status) {
            return Ok(response);
        }
        let mut value: T = serde_json::from_slice(&response.body).unwrap();
        edit(&mut value);
        Ok(Response { body: serde_json::to_vec(&value).unwrap(), ..response })
    });
}

async fn login(someone: &Someone) -> Code {
    let before = someone.device.snapshot();
    someone.wire().asked();
    let refused =
        someone.client.login(Credentials::new(&someone.email, PASSPHRASE)).await.map(|_| ()).unwrap_err();
    assert_eq!(someone.device.snapshot(), before, "the device knows what it knew");
    refused.code
}

#[tokio::test]
async fn downgraded_and_swapped_kdf_parameters_send_nothing_derived() {
    let relay = Relay::start();
    let known = Someone::register(&relay, "ann").await;
    let fresh = known.elsewhere(&relay).await;
    let path = route::login_parameters();
    for iterations in [1, 599_999, u32::MAX] {
        edit::<LoginParameters>(&known, &path, move |served| served.kdf.iterations = iterations);
        assert_eq!(login(&known).await, Code::KdfPolicy);
        assert_eq!(known.wire().asked(), ["POST /v1/login/parameters"]);
    }
    edit::<LoginParameters>(&fresh, &path, |served| served.kdf.salt.0.truncate(8));
    assert_eq!(login(&fresh).await, Code::KdfPolicy);
    edit::<LoginParameters>(&known, &path, |served| served.kdf.salt.0[0] ^= 1);
    assert_eq!(login(&known).await, Code::KdfChanged);
    assert_eq!(known.wire().asked(), ["POST /v1/login/parameters"]);
    // Dearer is no attack; but it is not what the account has.
    edit::<LoginParameters>(&known, &path, |served| served.kdf.iterations += 1);
    assert_eq!(login(&known).await, Code::LoginFailed);
    known.wire().straight();
    known.client.login(Credentials::new(&known.email, PASSPHRASE)).await.unwrap();
}

#[tokio::test]
async fn a_bundle_that_is_missing_or_mauled_opens_nothing_and_makes_nothing() {
    let relay = Relay::start();
    let ann = Someone::register(&relay, "ann").await;
    let path = route::sessions();
    edit::<Session>(&ann, &path, |session| session.bundle.keys.clear());
    assert_eq!(login(&ann).await, Code::StateMissing);
    edit::<Session>(&ann, &path, |session| session.bundle.locks.clear());
    assert_eq!(login(&ann).await, Code::StateMissing);
    ann.wire().turn(|_, asked, response| {
        let gone = asked == route::sessions();
        Ok(if gone { Response { status: 404, body: Vec::new(), ..response } } else { response })
    });
    assert_eq!(login(&ann).await, Code::StateMissing);
    for place in 0..2 {
        edit::<Session>(&ann, &path, move |session| session.bundle.keys[place].ciphertext.0[7] ^= 1);
        ann.wire().asked();
        assert_eq!(login(&ann).await, Code::UnlockFailed);
        assert_eq!(ann.wire().asked(), ["POST /v1/login/parameters", "POST /v1/sessions"]);
    }
    edit::<Session>(&ann, &path, |session| session.bundle.keys.swap(0, 1));
    ann.client.login(Credentials::new(&ann.email, PASSPHRASE)).await.unwrap();
    edit::<Session>(&ann, &path, |session| {
        let ciphertext = session.bundle.keys[0].ciphertext.clone();
        session.bundle.keys[1].ciphertext = ciphertext;
    });
    assert_eq!(login(&ann).await, Code::UnlockFailed);
}

#[tokio::test]
async fn an_older_chain_is_a_rollback() {
    let relay = Relay::start();
    let ann = Someone::register(&relay, "ann").await;
    ann.session.organizations().create("Acme", keyferry_protocol::Suite::X25519Hpke).await.unwrap();
    let path = route::sessions();
    edit::<Session>(&ann, &path, |session| session.account.chain.sequence -= 1);
    assert_eq!(login(&ann).await, Code::Rollback);
    edit::<Session>(&ann, &path, |session| session.contacts = None);
    let refused = ann.client.login(Credentials::new(&ann.email, PASSPHRASE)).await.map(|_| ()).unwrap_err();
    assert_eq!(refused.code, Code::Rollback, "the contact list was there");
}

#[tokio::test]
async fn substituted_keys_and_manifests_open_nothing() {
    let acme = Acme::found().await;
    let one = acme.owner.upload(acme.organization.id, &content(1000)).await;
    let two = acme.owner.upload(acme.organization.id, &content(2000)).await;
    acme.grant(&one, 1).await;
    acme.grant(&two, 1).await;
    let reader = &acme.consultant;
    let path = route::key(one.id, 1);
    let refused = async || reader.read(&one).await.unwrap_err().code;

    edit::<WrappedDek>(reader, &path, |served| served.wrapped_dek.0[3] ^= 1);
    assert_eq!(refused().await, Code::GrantUnsigned);
    edit::<WrappedDek>(reader, &path, |served| served.wrapped_dek.0.clear());
    assert_eq!(refused().await, Code::StateMissing);
    edit::<WrappedDek>(reader, &path, |served| served.grant = None);
    assert_eq!(refused().await, Code::GrantUnsigned);
    edit::<WrappedDek>(reader, &path, |served| served.manifest.0[20] ^= 1);
    assert_eq!(refused().await, Code::ManifestUnsigned);
    edit::<WrappedDek>(reader, &path, |served| served.wrapper = served.entry.author.clone());
    assert_eq!(refused().await, Code::GrantUnsigned);
    edit::<WrappedDek>(reader, &path, |served| served.entry.file = FileId::from_random([1; 16]));
    assert_eq!(refused().await, Code::ContextMismatch);
    reader.wire().turn(|_, _, response| Ok(response));

    // Everything of another file that was granted as well.
    let other = reader.session.files().open(two.id, &keyferry_client::Watch::default()).await.unwrap();
    assert_eq!(other.size, 2000);
    for renamed in [false, true] {
        assert_eq!(replay(reader, &one, &two, renamed).await, Code::ContextMismatch, "renamed: {renamed}");
    }
    reader.wire().straight();
    assert_eq!(reader.read(&one).await.unwrap(), content(1000));
}

/// Serves the key of `two` where that of `one` is asked for; `renamed` with the right id around the foreign statements.
async fn replay(reader: &Someone, one: &FileInfo, two: &FileInfo, renamed: bool) -> Code {
    let recorded = std::rc::Rc::new(std::cell::RefCell::new(None));
    let (record, path) = (recorded.clone(), route::key(two.id, 1));
    reader.wire().turn(move |_, asked, response| {
        if asked == path {
            *record.borrow_mut() = Some(response.body.clone());
        }
        Ok(response)
    });
    reader.read(two).await.unwrap();
    let (body, path, id) = (recorded.take().unwrap(), route::key(one.id, 1), one.id);
    reader.wire().turn(move |_, asked, response| {
        if asked != path {
            return Ok(response);
        }
        let mut served: WrappedDek = serde_json::from_slice(&body).unwrap();
        if renamed {
            served.entry.file = id;
        }
        Ok(Response { body: serde_json::to_vec(&served).unwrap(), ..response })
    });
    reader.read(one).await.unwrap_err().code
}

#[tokio::test]
async fn a_swapped_consultant_gets_no_wrap() {
    let acme = Acme::found().await;
    let file = acme.owner.upload(acme.organization.id, &content(10)).await;
    let until = acme.consultant.now_ms() + DAY_MS;
    let request = acme.consultant.session.requests().create(file.id, "Audit", until).await.unwrap();
    let (approver, fingerprint) = (&acme.approver, acme.consultant.me().fingerprint);
    approver.pin(&acme.consultant).await;
    let path = route::request(request.id);
    let other = acme.owner.session.people().get(acme.owner.me().user).await.unwrap();
    let mallory = Someone::register(&acme.relay, "mallory").await;
    let stolen = stolen_identity(&mallory).await;
    let refused =
        async || approver.session.requests().approve(request.id, fingerprint, None).await.unwrap_err().code;
    approver.wire().asked();

    let served = stolen.clone();
    edit::<RequestEntry>(approver, &path, move |entry| {
        entry.requester.key_certificate = served.key_certificate.clone();
    });
    assert_eq!(refused().await, Code::KeyChanged, "a certificate of another identity");
    let served = stolen.clone();
    edit::<RequestEntry>(approver, &path, move |entry| entry.requester.identity_key = served.identity_key);
    assert_eq!(refused().await, Code::KeyChanged, "another identity under the same id");
    edit::<RequestEntry>(approver, &path, move |entry| entry.requester = stolen.clone());
    assert_eq!(refused().await, Code::KeyUnverified, "another person");
    edit::<RequestEntry>(approver, &path, |entry| entry.reason.ciphertext.0[0] ^= 1);
    assert_eq!(refused().await, Code::ContextMismatch, "another reason");
    approver.wire().straight();
    let another = approver.session.requests().approve(request.id, other.fingerprint, None).await.unwrap_err();
    assert_eq!(another.code, Code::KeyUnverified, "another fingerprint than the one compared");
    assert!(approver.wire().asked().iter().all(|asked| asked.starts_with("GET ")), "no wrap was sent");
    approver.session.requests().approve(request.id, fingerprint, None).await.unwrap();
}

/// Somebody's public identity, as the relay serves it.
async fn stolen_identity(someone: &Someone) -> PublicIdentity {
    let found = std::rc::Rc::new(std::cell::RefCell::new(None));
    let keep = found.clone();
    edit::<PublicIdentity>(someone, &route::account(someone.me().user), move |identity| {
        *keep.borrow_mut() = Some(identity.clone());
    });
    someone.session.people().get(someone.me().user).await.unwrap();
    found.take().unwrap()
}

#[tokio::test]
async fn an_organization_with_edited_history_or_keys_is_refused() {
    let acme = Acme::found().await;
    let file = acme.owner.upload(acme.organization.id, &content(10)).await;
    let id = acme.organization.id;
    let approver = &acme.approver;
    let refused = async || approver.read(&file).await.unwrap_err().code;

    let path = route::organization_bundle(id, BundleKind::Vault);
    edit::<Bundle>(approver, &path, |bundle| bundle.keys[0].public_key.0[0] ^= 1);
    assert_eq!(refused().await, Code::OrganizationKeyMismatch);
    edit::<Bundle>(approver, &path, |bundle| bundle.locks.clear());
    assert_eq!(refused().await, Code::StateMissing);
    edit::<Bundle>(approver, &path, |bundle| {
        let Lock::Member { wrapped, .. } = &mut bundle.locks[0] else { panic!("a member lock") };
        wrapped.0[0] ^= 1;
    });
    assert_eq!(refused().await, Code::MembershipUnsigned, "a lock no owner vouched for");
    edit::<Bundle>(approver, &path, |bundle| bundle.version += 1);
    assert_eq!(refused().await, Code::ContextMismatch);
    edit::<Bundle>(approver, &path, |bundle| bundle.keys[0].ciphertext.0[0] ^= 1);
    assert_eq!(refused().await, Code::UnlockFailed);

    let path = route::organization(id);
    edit::<OrganizationView>(approver, &path, |view| drop(view.chain.pop()));
    assert_eq!(refused().await, Code::Rollback);
    edit::<OrganizationView>(approver, &path, |view| drop(view.chain.remove(3)));
    assert_eq!(refused().await, Code::ListingMismatch);
    edit::<OrganizationView>(approver, &path, |view| view.chain.clear());
    assert_eq!(refused().await, Code::StateMissing);
    edit::<OrganizationView>(approver, &path, |view| drop(view.members.pop()));
    assert_eq!(refused().await, Code::ListingMismatch);
    approver.wire().straight();
    assert_eq!(approver.read(&file).await.unwrap(), content(10));

    // A relay that knows the name makes an organization of its own under the same id.
    let other = acme.owner.session.organizations().create("Acme", Suite::X25519Hpke).await.unwrap();
    approver.session.people().pin_organization(id, other.fingerprint, Pin::Verified).await.unwrap();
    assert_eq!(refused().await, Code::KeyChanged);
}

#[tokio::test]
async fn mauled_content_releases_nothing_beyond_it() {
    let acme = Acme::found().await;
    let bytes = content(3 * 1024 * 1024);
    let file = acme.owner.upload(acme.organization.id, &bytes).await;
    let reader = &acme.approver;
    let opened = reader.session.files().open(file.id, &keyferry_client::Watch::default()).await.unwrap();
    let flipped_at = 2 * 1024 * 1024;
    reader.wire().turn_content(move |range, bytes| {
        let mut bytes = BytesMut::from(bytes);
        if range.contains(&flipped_at) {
            bytes[(flipped_at - range.start) as usize] ^= 1;
        }
        bytes.freeze()
    });
    let mut stream = opened.stream(&keyferry_client::Watch::default());
    let mut released = Vec::new();
    let refused = loop {
        match stream.next().await {
            Ok(Some(piece)) => released.extend_from_slice(&piece),
            Ok(None) => panic!("corrupt content was read to its end"),
            Err(error) => break error.code,
        }
    };
    assert_eq!(refused, Code::ContentCorrupt);
    assert!(bytes.starts_with(&released) && released.len() < flipped_at as usize);
    assert_eq!(stream.next().await.unwrap_err().code, Code::ContentCorrupt, "and it stays refused");
    let abort = keyferry_client::Abort::default();
    let around = opened.slice(flipped_at - 1000, flipped_at + 1000, &abort).await.unwrap_err();
    assert_eq!(around.code, Code::ContentCorrupt);

    reader.wire().turn_content(|_, bytes: Bytes| bytes.slice(..bytes.len() - 1));
    assert_eq!(reader.read(&file).await.unwrap_err().code, Code::ContentTruncated);
    reader.wire().turn_content(|_, bytes: Bytes| [bytes.as_ref(), &[0]].concat().into());
    assert_eq!(reader.read(&file).await.unwrap_err().code, Code::ContentCorrupt);
    reader.wire().turn_content(|range, bytes: Bytes| {
        let mut bytes = BytesMut::from(bytes);
        if range.start == 0 {
            bytes[30] ^= 1;
        }
        bytes.freeze()
    });
    assert_eq!(reader.read(&file).await.unwrap_err().code, Code::CommitmentMismatch);
    reader.wire().straight();
    assert!(reader.read(&file).await.unwrap() == bytes);
}

#[tokio::test]
async fn endless_refusals_end_in_a_lock() {
    let acme = Acme::found().await;
    let file = acme.owner.upload(acme.organization.id, &content(10)).await;
    edit::<WrappedDek>(&acme.approver, &route::key(file.id, 1), |served| {
        served.entry.organization = keyferry_protocol::OrganizationId::from_random([1; 16]);
    });
    let mut codes = Vec::new();
    for _ in 0..25 {
        codes.push(acme.approver.read(&file).await.unwrap_err().code);
    }
    assert_eq!(codes[..20], [Code::ContextMismatch; 20]);
    assert_eq!(codes[20..], [Code::Locked; 5]);
}
