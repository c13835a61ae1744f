//! What people do, from the first account to the end of access.

use keyferry_client::native::{BytesSource, MemoryDevice};
use keyferry_client::{
    Abort, AuditPageQuery, Client, Credentials, GrantStanding, InvitationState, Notice, Phase, Pin,
    Registration, RequestState, Watch,
};
use keyferry_protocol::audit::Operation;
use keyferry_protocol::{Code, Role, Suite};

use crate::people::{Acme, DAY_MS, PASSPHRASE, Someone, content, options};
use crate::relay::Relay;
use crate::wire::Wired;

#[tokio::test]
async fn an_account_is_registered_and_opened_elsewhere_with_the_same_fingerprint() {
    let relay = Relay::start();
    let ann = Someone::register(&relay, "ann").await;
    let again = ann.elsewhere(&relay).await;
    assert_eq!(ann.me(), again.me());
    assert_eq!(ann.me().words().split(' ').count(), 12);
    // On a known device, and however the e-mail is typed.
    let session = ann.client.login(Credentials::new("  ANN@Example.org ", PASSPHRASE)).await.unwrap();
    assert_eq!(session.me(), ann.me());
    let wrong =
        ann.client.login(Credentials::new(&ann.email, "another passphrase")).await.map(|_| ()).unwrap_err();
    assert_eq!(wrong.code, Code::LoginFailed);
    session.logout().await.unwrap();
    let ended = session.organizations().list().await.unwrap_err();
    assert_eq!(ended.code, Code::SessionInvalid);
}

#[tokio::test]
async fn a_weak_passphrase_and_a_taken_address_are_refused() {
    let relay = Relay::start();
    let ann = Someone::register(&relay, "ann").await;
    let client = Client::new(Wired::new(&relay.url, MemoryDevice::default()));
    let register = async |email: &str, passphrase: &str| {
        let registration = Registration { email, passphrase, suite: Suite::X25519Hpke, invitation: None };
        client.register(registration).await.map(|_| ()).unwrap_err().code
    };
    assert_eq!(register("bob@example.org", "123456789").await, Code::PassphraseWeak);
    assert_eq!(register("no address", PASSPHRASE).await, Code::ValueInvalid);
    assert!(client.platform().wire().asked().is_empty(), "nothing was sent");
    assert_eq!(register(&ann.email, PASSPHRASE).await, Code::AlreadyExists);
}

#[tokio::test]
async fn an_rsa_organization_is_founded_and_found_again() {
    let relay = Relay::start();
    let ann = Someone::register(&relay, "ann").await;
    let made = ann.session.organizations().create("Acme", Suite::RsaOaep2048).await.unwrap();
    assert_eq!((made.name.as_str(), made.role, made.pin), ("Acme", Role::Owner, Pin::Verified));
    let elsewhere = ann.elsewhere(&relay).await;
    let listed = elsewhere.session.organizations().list().await.unwrap();
    assert_eq!(listed.as_slice(), std::slice::from_ref(&made), "the pin followed the account");
    let file = elsewhere.upload(made.id, &content(1000)).await;
    assert_eq!(ann.read(&file).await.unwrap(), content(1000));
}

#[tokio::test]
async fn a_request_is_approved_and_the_file_read_until_the_grant_is_revoked() {
    let acme = Acme::found().await;
    let bytes = content(20 * 1024 * 1024 + 12_345);
    let file = acme.owner.upload(acme.organization.id, &bytes).await;
    let Acme { owner, approver, consultant, organization, .. } = &acme;

    let listed = consultant.session.files().list(organization.id).await.unwrap();
    assert_eq!(listed, [keyferry_client::FileInfo { author: listed[0].author.clone(), ..file.clone() }]);
    assert_eq!(listed[0].author.pin, Pin::Unverified, "the consultant never compared the owner");
    let early = consultant.read(&file).await.unwrap_err();
    assert_eq!(early.code, Code::RoleInsufficient, "a consultant holds no key yet");

    let until = consultant.now_ms() + 7 * DAY_MS;
    let asked = consultant.session.requests().create(file.id, "Audit of Q3", until).await.unwrap();
    assert_eq!((asked.reason.as_deref(), asked.state), (Some("Audit of Q3"), RequestState::Pending));
    assert_eq!(consultant.session.requests().mine().await.unwrap().len(), 1);

    let waiting = approver.session.requests().list(organization.id).await.unwrap();
    assert_eq!(waiting[0].reason.as_deref(), Some("Audit of Q3"));
    let shown = approver.session.requests().get(asked.id).await.unwrap();
    assert_eq!(shown.name.as_deref(), Some("ledger-q3.xlsx"));

    let fingerprint = consultant.me().fingerprint;
    approver.wire().asked();
    let refused = approver.session.requests().approve(asked.id, fingerprint, None).await.unwrap_err();
    assert_eq!(refused.code, Code::KeyUnverified);
    assert!(approver.wire().asked().iter().all(|asked| asked.starts_with("GET")), "nothing was wrapped");
    approver.pin(consultant).await;
    let grant = approver.session.requests().approve(asked.id, fingerprint, None).await.unwrap();
    assert_eq!((grant.expires_at_ms, grant.standing), (until, GrantStanding::Active));
    let twice = approver.session.requests().approve(asked.id, fingerprint, None).await.unwrap_err();
    assert_eq!(twice.code, Code::RequestClosed);

    let opened = consultant.session.files().open(file.id, &Watch::default()).await.unwrap();
    assert_eq!((opened.name.as_str(), opened.size), ("ledger-q3.xlsx", bytes.len() as u64));
    assert_eq!((opened.label.as_str(), opened.modified_at_ms), ("Q3 ledger", Some(1_700_000_000_000)));
    assert!(consultant.read(&file).await.unwrap() == bytes);
    for (start, end) in [(0, 1), (16_383, 16_385), (5_000_000, 5_100_000), (bytes.len() - 7, bytes.len() + 9)]
    {
        let slice = opened.slice(start as u64, end as u64, &Abort::default()).await.unwrap();
        assert!(slice == bytes.slice(start..end.min(bytes.len())), "{start}..{end}");
    }
    assert!(opened.slice(9, 3, &Abort::default()).await.unwrap().is_empty());
    assert_eq!(consultant.session.grants().mine().await.unwrap()[0].standing, GrantStanding::Active);

    let revoked = owner.session.grants().revoke(grant.id).await.unwrap();
    assert_eq!(revoked.standing, GrantStanding::Revoked);
    assert_eq!(consultant.read(&file).await.unwrap_err().code, Code::GrantRevoked);
    assert_eq!(consultant.session.grants().mine().await.unwrap()[0].standing, GrantStanding::Revoked);
    assert_eq!(owner.session.grants().revoke(grant.id).await.unwrap_err().code, Code::GrantRevoked);

    let trail = owner.session.audit().organization(organization.id, AuditPageQuery::default()).await.unwrap();
    for operation in [Operation::FileUploaded, Operation::AccessGranted, Operation::AccessRevoked] {
        assert!(trail.iter().any(|event| event.operation == operation), "{operation:?}");
    }
    let unwrapped = trail.iter().find(|event| {
        event.operation == Operation::KeyUnwrapped
            && event.user == Some(consultant.me().user)
            && event.reported
    });
    assert_eq!(unwrapped.unwrap().grant, Some(grant.id), "the reader's client reported it");
    let mine =
        consultant.session.audit().mine(AuditPageQuery { before: None, limit: Some(2) }).await.unwrap();
    assert_eq!(mine.len(), 2);
}

#[tokio::test]
async fn an_expired_grant_opens_nothing() {
    let acme = Acme::found().await;
    let file = acme.owner.upload(acme.organization.id, &content(10)).await;
    acme.grant(&file, 1).await;
    assert_eq!(acme.consultant.read(&file).await.unwrap(), content(10));
    // The relay's clock still says that it lasts.
    acme.consultant.client.platform().set_clock_ahead(DAY_MS + 60_000);
    assert_eq!(acme.consultant.read(&file).await.unwrap_err().code, Code::GrantExpired);
    assert_eq!(acme.consultant.session.grants().mine().await.unwrap()[0].standing, GrantStanding::Expired);
}

#[tokio::test]
async fn a_request_is_denied_or_withdrawn_once() {
    let acme = Acme::found().await;
    let file = acme.owner.upload(acme.organization.id, &content(0)).await;
    let (consultant, approver) = (&acme.consultant.session, &acme.approver.session);
    let until = acme.consultant.now_ms() + DAY_MS;
    let denied = consultant.requests().create(file.id, "why not", until).await.unwrap();
    approver.requests().deny(denied.id).await.unwrap();
    assert_eq!(consultant.requests().get(denied.id).await.unwrap().state, RequestState::Denied);
    assert_eq!(consultant.requests().withdraw(denied.id).await.unwrap_err().code, Code::RequestClosed);
    let withdrawn = consultant.requests().create(file.id, "again", until).await.unwrap();
    consultant.requests().withdraw(withdrawn.id).await.unwrap();
    assert_eq!(approver.requests().get(withdrawn.id).await.unwrap().state, RequestState::Withdrawn);
    assert_eq!(approver.requests().deny(withdrawn.id).await.unwrap_err().code, Code::RequestClosed);
    let past = consultant.requests().create(file.id, "late", 1).await.unwrap_err();
    assert_eq!(past.code, Code::ValueInvalid);
    let owners = acme.owner.session.requests().create(file.id, "mine", until).await.unwrap_err();
    assert_eq!(owners.code, Code::RoleInsufficient);
}

#[tokio::test]
async fn a_removed_member_is_gone() {
    let acme = Acme::found().await;
    let organizations = acme.owner.session.organizations();
    let after = organizations.remove(acme.organization.id, acme.consultant.me().user).await.unwrap();
    assert_eq!(after.members.len(), 2);
    let refused = acme.consultant.session.files().list(acme.organization.id).await.unwrap_err();
    assert_eq!(refused.code, Code::NotFound);
    let invitations = organizations.invitations(acme.organization.id).await.unwrap();
    assert!(invitations.iter().all(|invitation| invitation.state == InvitationState::Completed));
    let approvers = acme.approver.session.organizations();
    let refused = approvers.remove(acme.organization.id, acme.owner.me().user).await.unwrap_err();
    assert_eq!(refused.code, Code::RoleInsufficient);
}

#[tokio::test]
async fn statements_of_two_devices_at_once_all_go_through() {
    let acme = Acme::found().await;
    let elsewhere = acme.owner.elsewhere(&acme.relay).await;
    let (one, two) = (content(100), content(200));
    let uploads =
        (acme.owner.upload(acme.organization.id, &one), elsewhere.upload(acme.organization.id, &two));
    let (first, second) = futures_util::future::join(uploads.0, uploads.1).await;
    let third = acme.owner.upload(acme.organization.id, &one).await;
    assert_eq!(acme.owner.session.files().list(acme.organization.id).await.unwrap().len(), 3);
    for (file, bytes) in [(&first, &one), (&second, &two), (&third, &one)] {
        assert!(acme.approver.read(file).await.unwrap() == *bytes);
    }
}

#[tokio::test]
async fn progress_ends_with_everything_and_a_stop_leaves_nothing() {
    let acme = Acme::found().await;
    let bytes = content(9 * 1024 * 1024);
    let told = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let teller = told.clone();
    let watch = Watch {
        on_progress: Some(std::rc::Rc::new(move |progress| teller.borrow_mut().push(progress))),
        abort: Abort::default(),
    };
    let files = acme.owner.session.files();
    files.upload(acme.organization.id, BytesSource::file(bytes.clone()), options(), &watch).await.unwrap();
    let last = *told.borrow().last().unwrap();
    assert_eq!((last.phase, last.bytes_done), (Phase::Finishing, bytes.len() as u64));
    assert!(told.borrow().windows(2).all(|pair| pair[0].bytes_done <= pair[1].bytes_done));

    let abort = Abort::default();
    let stopper = abort.clone();
    let stop = move |progress: keyferry_client::Progress| {
        if progress.phase == Phase::Uploading {
            stopper.abort();
        }
    };
    let watch = Watch { on_progress: Some(std::rc::Rc::new(stop)), abort };
    acme.owner.wire().asked();
    let source = BytesSource::stream(bytes);
    let stopped = files.upload(acme.organization.id, source, options(), &watch).await.unwrap_err();
    assert_eq!(stopped.code, Code::Aborted);
    assert!(acme.owner.wire().asked().last().unwrap().starts_with("DELETE "), "the upload was taken back");
    assert_eq!(files.list(acme.organization.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_notice_tells_an_approver_of_a_request() {
    let acme = Acme::found().await;
    let file = acme.owner.upload(acme.organization.id, &content(1)).await;
    let abort = Abort::default();
    let connected = tokio::sync::Notify::new();
    let heard = std::cell::RefCell::new(Vec::new());
    let hear = |notice| {
        heard.borrow_mut().push(notice);
        abort.abort();
    };
    let on_connected = || connected.notify_one();
    let listening = acme.approver.session.notices(&on_connected, &hear, &abort);
    let asking = async {
        connected.notified().await;
        let until = acme.consultant.now_ms() + DAY_MS;
        acme.consultant.session.requests().create(file.id, "now", until).await.unwrap()
    };
    let (listened, asked) = futures_util::future::join(listening, asking).await;
    listened.unwrap();
    let notice = Notice::Request { organization: acme.organization.id, request: asked.id };
    assert_eq!(heard.into_inner(), [notice]);
}
