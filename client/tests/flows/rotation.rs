//! New keys in the place of old ones: nothing is lost, and nothing is half done.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::FutureExt as _;
use keyferry_client::platform::TransportError;
use keyferry_client::{Credentials, FileInfo, LostPassphrase, NewKeys, Phase, Pin, RequestState, Watch};
use keyferry_crypto::Software;
use keyferry_crypto::sealed_box::seal_box;
use keyferry_protocol::context::WrapScope;
use keyferry_protocol::json::{from_text, to_text};
use keyferry_protocol::wire::access::RequestEntry;
use keyferry_protocol::wire::organization::OrganizationView;
use keyferry_protocol::wire::rotation::Unrotated;
use keyferry_protocol::{Code, Role, route};
use tokio::sync::Notify;

use crate::attacks::edit;
use crate::passphrase::{NEW, elsewhere, operations, refused};
use crate::people::{Acme, DAY_MS, PASSPHRASE, Someone, admit, content};

pub const SAME: NewKeys<'_> = NewKeys { passphrase: PASSPHRASE, new_passphrase: None, identity: false };

pub async fn reads(person: &Someone, files: &[FileInfo]) {
    for (place, file) in files.iter().enumerate() {
        assert_eq!(person.read(file).await.unwrap(), content(70_000 + place), "file {place}");
    }
}

pub async fn upload_and_grant(acme: &Acme, files: usize) -> Vec<FileInfo> {
    let mut granted = Vec::new();
    for place in 0..files {
        let file = acme.owner.upload(acme.organization.id, &content(70_000 + place)).await;
        acme.grant(&file, 7).await;
        granted.push(file);
    }
    granted
}

#[tokio::test]
async fn a_persons_rotation_keeps_files_grants_pins_and_fingerprint_and_ends_every_other_session() {
    let acme = Acme::found().await;
    let files = upload_and_grant(&acme, 3).await;
    let Acme { relay, owner, approver, consultant, organization } = &acme;
    let other = consultant.elsewhere(relay).await;
    let before = consultant.me();
    let told = Rc::new(Cell::new((0, None)));
    let telling = told.clone();
    let watch = Watch {
        on_progress: Some(Rc::new(move |progress: keyferry_client::Progress| {
            assert_eq!(progress.phase, Phase::Rewrapping);
            telling.set((progress.bytes_done, progress.bytes_total));
        })),
        ..Watch::default()
    };
    assert!(consultant.session.rotate_keys(SAME, &watch).await.unwrap().is_none(), "there was no code");
    assert_eq!(told.get(), (3, Some(3)));

    assert_eq!(consultant.me(), before, "identity and fingerprint stay");
    reads(consultant, &files).await;
    let ended = other.session.organizations().list().await.unwrap_err();
    assert_eq!(ended.code, Code::SessionInvalid);
    let again = consultant.elsewhere(relay).await;
    reads(&again, &files).await;
    let pinned = again.session.organizations().get(organization.id).await.unwrap();
    assert_eq!(pinned.pin, Pin::Verified, "the contact list was sealed to the new key");
    assert!(operations(&again.session).await.contains(&"key_rotated"));

    // Holders of the vault keep their locks, and what comes later goes to the new keys.
    approver.session.rotate_keys(SAME, &Watch::default()).await.unwrap();
    owner.session.rotate_keys(SAME, &Watch::default()).await.unwrap();
    for person in [approver, owner, &approver.elsewhere(relay).await, &owner.elsewhere(relay).await] {
        reads(person, &files).await;
    }
    let late = owner.upload(organization.id, &content(70_003)).await;
    acme.grant(&late, 7).await;
    assert_eq!(consultant.read(&late).await.unwrap(), content(70_003));
    consultant.session.rotate_keys(SAME, &Watch::default()).await.unwrap();
    reads(&consultant.elsewhere(relay).await, &[files.as_slice(), &[late]].concat()).await;
}

#[tokio::test]
async fn somebody_who_may_know_the_passphrase_knows_nothing_of_use_after_a_rotation_with_another() {
    let acme = Acme::found().await;
    let files = upload_and_grant(&acme, 1).await;
    let Acme { relay, consultant, .. } = &acme;
    let old_code = consultant.session.create_recovery_code(PASSPHRASE).await.unwrap();
    let new = NewKeys { new_passphrase: Some(NEW), ..SAME };
    let code = consultant.session.rotate_keys(new, &Watch::default()).await.unwrap().unwrap();
    reads(consultant, &files).await;

    let email = consultant.email.as_str();
    assert_eq!(refused(&elsewhere(relay), Credentials::new(email, PASSPHRASE)).await, Code::LoginFailed);
    let lost = LostPassphrase { email, code: &old_code, passphrase: NEW };
    assert_eq!(elsewhere(relay).recover(lost).await.map(|_| ()).unwrap_err().code, Code::LoginFailed);
    consultant.client.login(Credentials::new(email, NEW)).await.unwrap();
    let lost = LostPassphrase { email, code: &code, passphrase: "the third is the charm of all" };
    elsewhere(relay).recover(lost).await.unwrap();
    let wrong = consultant.session.rotate_keys(SAME, &Watch::default()).await.unwrap_err();
    assert_eq!(wrong.code, Code::SessionInvalid, "recovery ended this session, too");
}

#[tokio::test]
async fn a_vaults_rotation_keeps_files_reasons_and_grants_and_shuts_out_who_was_removed() {
    let acme = Acme::found().await;
    let files = upload_and_grant(&acme, 2).await;
    let Acme { relay, owner, approver, consultant, organization } = &acme;
    let leaver = Someone::register(relay, "leaver").await;
    admit(owner, &leaver, organization, Role::Approver).await;
    let until = consultant.now_ms() + 7 * DAY_MS;
    let open = owner.upload(organization.id, &content(70_002)).await;
    let asked = consultant.session.requests().create(open.id, "Before the rotation", until).await.unwrap();
    owner.session.organizations().remove(organization.id, leaver.me().user).await.unwrap();

    let refused = approver.session.organizations().rotate_vault(organization.id, &Watch::default()).await;
    assert_eq!(refused.unwrap_err().code, Code::RoleInsufficient);
    owner.session.organizations().rotate_vault(organization.id, &Watch::default()).await.unwrap();

    for person in [owner, approver, &owner.elsewhere(relay).await, &approver.elsewhere(relay).await] {
        reads(person, &[files.as_slice(), std::slice::from_ref(&open)].concat()).await;
        let seen = person.session.requests().get(asked.id).await.unwrap();
        assert_eq!(seen.reason.as_deref(), Some("Before the rotation"));
    }
    reads(consultant, &files).await;
    let mine = consultant.session.requests().get(asked.id).await.unwrap();
    assert_eq!(mine.state, RequestState::Pending);
    let fingerprint = consultant.me().fingerprint;
    approver.session.requests().approve(asked.id, fingerprint, None).await.unwrap();
    assert_eq!(consultant.read(&open).await.unwrap(), content(70_002));
    // Twice in a row, with the reason sealed anew once before.
    owner.session.organizations().rotate_vault(organization.id, &Watch::default()).await.unwrap();
    let seen = approver.session.requests().get(asked.id).await.unwrap();
    assert_eq!(seen.reason.as_deref(), Some("Before the rotation"));
    let late = approver.upload(organization.id, &content(70_003)).await;
    assert_eq!(owner.read(&late).await.unwrap(), content(70_003));
    assert!(leaver.read(&files[0]).await.is_err());
}

#[tokio::test]
async fn what_comes_while_everything_is_wrapped_is_wrapped_too() {
    let acme = Acme::found().await;
    let files = upload_and_grant(&acme, 2).await;
    let Acme { relay, owner, consultant, organization, .. } = &acme;
    for person in [consultant, owner] {
        // The first page says that nothing is left: the relay knows better, and the client asks again.
        let first = Cell::new(true);
        person.wire().turn(move |method, path, mut response| {
            if method == "GET" && path.starts_with("/v1/rotations/") && first.replace(false) {
                response.body =
                    to_text(&Unrotated { deks: vec![], reasons: vec![], remaining: 0 }).into_bytes();
            }
            Ok(response)
        });
        person.wire().asked();
        if person.email == owner.email {
            owner.session.organizations().rotate_vault(organization.id, &Watch::default()).await.unwrap();
        } else {
            person.session.rotate_keys(SAME, &Watch::default()).await.unwrap();
        }
        let ends =
            ["POST /v1/accounts/me/keys", &format!("POST /v1/organizations/{}/vault", organization.id)];
        let ended = person.wire().asked().iter().filter(|asked| ends.contains(&asked.as_str())).count();
        assert_eq!(ended, 2, "the relay refused a set that was not whole");
        person.wire().straight();
        reads(&person.elsewhere(relay).await, &files).await;
    }
}

#[tokio::test]
async fn a_swapped_key_stops_the_rotation_and_nothing_has_changed() {
    let acme = Acme::found().await;
    let files = upload_and_grant(&acme, 2).await;
    let Acme { relay, consultant, .. } = &acme;
    type Swap = fn(&mut Unrotated);
    let swaps: [(Swap, Code); 3] = [
        (|left| left.deks[0].wrapped_dek = left.deks[1].wrapped_dek.clone(), Code::UnlockFailed),
        (|left| left.deks[0].commitment = left.deks[1].commitment, Code::CommitmentMismatch),
        (|left| left.deks[0].salt.0.truncate(23), Code::CommitmentMismatch),
    ];
    for (swap, code) in swaps {
        consultant.wire().turn(move |method, path, mut response| {
            if method == "GET" && path.starts_with("/v1/rotations/") {
                let mut left: Unrotated = from_text(&response.body).unwrap();
                swap(&mut left);
                response.body = to_text(&left).into_bytes();
            }
            Ok(response)
        });
        let stopped = consultant.session.rotate_keys(SAME, &Watch::default()).await.unwrap_err();
        assert_eq!(stopped.code, code);
        consultant.wire().straight();
        reads(consultant, &files).await;
        reads(&consultant.elsewhere(relay).await, &files).await;
    }
}

#[tokio::test]
async fn a_reason_that_the_relay_made_up_is_not_vouched_for() {
    use keyferry_protocol::organization::Organization;
    use keyferry_protocol::wire::organization::OrganizationView;

    let acme = Acme::found().await;
    let Acme { owner, approver, consultant, organization, .. } = &acme;
    let (id, file) = (organization.id, owner.upload(organization.id, &content(100)).await);
    let until = consultant.now_ms() + DAY_MS;
    let asked = consultant.session.requests().create(file.id, "Quarterly audit", until).await.unwrap();
    let scope = WrapScope::Reason { organization: id, file: file.id, request: asked.id };
    for honest in [false, true, false] {
        // Whoever knows a vault's public key can seal to it.
        let forged = RefCell::new(None);
        owner.wire().turn(move |method, path, mut response| {
            if method == "GET" && path == route::organization(id) {
                let view: OrganizationView = from_text(&response.body).unwrap();
                let vault = Organization::replay(id, &view.chain).unwrap().vault.unwrap().key();
                let sealed = seal_box(&Software, &vault, scope, b"By order of the board").now_or_never();
                forged.replace(Some(sealed.unwrap().unwrap()));
            } else if !honest && method == "GET" && path == route::request(asked.id) {
                let (entry, reason) = (from_text(&response.body).unwrap(), forged.borrow().clone().unwrap());
                response.body = to_text(&RequestEntry { reason, ..entry }).into_bytes();
            }
            Ok(response)
        });
        let ended = owner.session.organizations().rotate_vault(id, &Watch::default()).await;
        owner.wire().straight();
        let seen = approver.session.requests().get(asked.id).await.unwrap();
        assert_eq!(seen.reason.as_deref(), Some("Quarterly audit"));
        assert_eq!(ended.is_ok(), honest, "{ended:?}");
    }
}

#[tokio::test]
async fn a_client_that_dies_at_any_step_leaves_the_old_keys_or_the_new() {
    let acme = Acme::found().await;
    let files = upload_and_grant(&acme, 2).await;
    let Acme { relay, consultant, .. } = &acme;
    let mut rotated = 0;
    let mut victim = consultant.elsewhere(relay).await;
    for step in 1.. {
        // Its line breaks for good when the relay has done what was asked `step` times.
        let (answered, dead) = (Cell::new(0), Rc::new(Notify::new()));
        let dying = dead.clone();
        victim.wire().turn(move |_, _, response| {
            answered.set(answered.get() + 1);
            if answered.get() < step {
                return Ok(response);
            }
            dying.notify_one();
            Err(TransportError("dead".into()))
        });
        let watch = Watch::default();
        let ended = tokio::select! {
            biased;
            () = dead.notified() => None,
            ended = victim.session.rotate_keys(SAME, &watch) => Some(ended.unwrap()),
        };
        victim.wire().straight();
        // The device that died can go on, and one that knows nothing can begin.
        victim = match step % 2 {
            0 => consultant.elsewhere(relay).await,
            _ => Someone {
                session: victim.client.login(Credentials::new(&victim.email, PASSPHRASE)).await.unwrap(),
                ..victim
            },
        };
        reads(&victim, &files).await;
        rotated = operations(&victim.session).await.iter().filter(|name| **name == "key_rotated").count();
        if ended.is_some() {
            break;
        }
        assert!(step < 30, "it never comes to an end");
    }
    assert!(rotated >= 2, "the last answers were lost after the swap: {rotated}");
}

#[tokio::test]
async fn nothing_is_wrapped_to_a_key_that_was_rotated_before() {
    let acme = Acme::found().await;
    let Acme { owner, approver, consultant, organization, .. } = &acme;
    let file = owner.upload(organization.id, &content(70_000)).await;
    let until = consultant.now_ms() + 7 * DAY_MS;
    let ask = async || consultant.session.requests().create(file.id, "Audit", until).await.unwrap().id;
    // A relay that keeps the certificate of a key whose private half it got hold of.
    let kept = Rc::new(RefCell::new(None));
    let keeping = kept.clone();
    approver.wire().turn(move |_, path, response| {
        if path.starts_with("/v1/requests/") && response.status == 200 {
            let entry: RequestEntry = from_text(&response.body).unwrap();
            keeping.borrow_mut().get_or_insert(entry.requester.key_certificate);
        }
        Ok(response)
    });
    approver.pin(consultant).await;
    let fingerprint = consultant.me().fingerprint;
    approver.session.requests().approve(ask().await, fingerprint, None).await.unwrap();
    consultant.session.rotate_keys(SAME, &Watch::default()).await.unwrap();
    approver.session.requests().approve(ask().await, fingerprint, None).await.unwrap();

    let old = kept.borrow().clone().unwrap();
    approver.wire().turn(move |_, path, mut response| {
        if path.starts_with("/v1/requests/") && response.status == 200 {
            let mut entry: RequestEntry = from_text(&response.body).unwrap();
            assert_ne!(entry.requester.key_certificate, old);
            entry.requester.key_certificate = old.clone();
            response.body = to_text(&entry).into_bytes();
        }
        Ok(response)
    });
    approver.wire().asked();
    let refused = approver.session.requests().approve(ask().await, fingerprint, None).await.unwrap_err();
    assert_eq!(refused.code, Code::Rollback);
    assert!(approver.wire().asked().iter().all(|asked| asked.starts_with("GET")), "nothing was wrapped");
}

#[tokio::test]
async fn a_vault_is_locked_to_nobodys_key_of_before_and_a_removal_that_was_dropped_is_told() {
    let acme = Acme::found().await;
    let Acme { owner, approver, organization, .. } = &acme;
    let (id, path) = (organization.id, route::organization(organization.id));
    let kept = Rc::new(RefCell::new(None));
    let keeping = kept.clone();
    edit::<OrganizationView>(owner, &path, move |view| *keeping.borrow_mut() = Some(view.clone()));
    owner.session.organizations().get(id).await.unwrap();
    owner.wire().straight();
    let before = kept.take().unwrap();
    owner.session.rotate_keys(SAME, &Watch::default()).await.unwrap();

    // The certificate of one's own key, which somebody may have.
    let old = before.members.clone();
    edit::<OrganizationView>(owner, &path, move |view| {
        view.members
            .iter_mut()
            .zip(&old)
            .for_each(|(now, old)| now.key_certificate = old.key_certificate.clone());
    });
    let refused = owner.session.organizations().rotate_vault(id, &Watch::default()).await.unwrap_err();
    assert_eq!(refused.code, Code::Rollback);
    owner.wire().straight();
    owner.session.organizations().rotate_vault(id, &Watch::default()).await.unwrap();

    // A relay that says it took a removal, and goes on as if there had been none.
    let dropped = Rc::new(RefCell::new(None::<Vec<u8>>));
    owner.wire().turn(move |method, asked, mut response| {
        if method == "GET" && asked == path {
            let body = dropped.borrow_mut().get_or_insert_with(|| response.body.clone()).clone();
            response.body = body;
        }
        Ok(response)
    });
    let told = owner.session.organizations().remove(id, approver.me().user).await.unwrap_err();
    assert_eq!(told.code, Code::Rollback);
}
