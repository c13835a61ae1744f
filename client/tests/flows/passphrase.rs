//! Another passphrase, and a dearer one.

use keyferry_client::native::MemoryDevice;
use keyferry_client::platform::TransportError;
use keyferry_client::{AuditPageQuery, Client, Credentials, Session};
use keyferry_protocol::wire::account::LoginParameters;
use keyferry_protocol::{Code, route};

use crate::people::{Acme, PASSPHRASE, Someone, content};
use crate::relay::Relay;
use crate::wire::Wired;

pub const NEW: &str = "a staple that no horse has seen";

pub async fn refused(client: &Client<Wired>, credentials: Credentials<'_>) -> Code {
    client.login(credentials).await.map(|_| ()).unwrap_err().code
}

pub fn elsewhere(relay: &Relay) -> Client<Wired> {
    Client::new(Wired::new(&relay.url, MemoryDevice::default()))
}

pub async fn operations(session: &Session<Wired>) -> Vec<&'static str> {
    let events = session.audit().mine(AuditPageQuery::default()).await.unwrap();
    events.iter().map(|event| event.operation.name()).collect()
}

#[tokio::test]
async fn the_old_passphrase_opens_nothing_after_a_change_and_every_other_session_has_ended() {
    let Acme { relay, owner: ann, organization, .. } = Acme::found().await;
    let file = ann.upload(organization.id, &content(70_000)).await;
    let other = ann.elsewhere(&relay).await;
    ann.session.change_passphrase(PASSPHRASE, NEW).await.unwrap();

    assert_eq!(ann.read(&file).await.unwrap(), content(70_000), "this session goes on");
    let ended = other.session.organizations().list().await.unwrap_err();
    assert_eq!(ended.code, Code::SessionInvalid);
    let old = Credentials::new(&ann.email, PASSPHRASE);
    assert_eq!(refused(&ann.client, old).await, Code::LoginFailed);
    assert_eq!(
        refused(&elsewhere(&relay), Credentials::new(&ann.email, PASSPHRASE)).await,
        Code::LoginFailed
    );

    // Here it is known; a device that knows the old parameters has to be told; a new one knows none.
    let again = ann.client.login(Credentials::new(&ann.email, NEW)).await.unwrap();
    assert_eq!(again.me(), ann.me());
    let new = Credentials::new(&ann.email, NEW);
    assert_eq!(refused(&other.client, new).await, Code::KdfChanged);
    let told = Credentials { changed_elsewhere: true, ..Credentials::new(&ann.email, NEW) };
    other.client.login(told).await.unwrap();
    other.client.login(Credentials::new(&ann.email, NEW)).await.unwrap();
    let fresh = elsewhere(&relay).login(Credentials::new(&ann.email, NEW)).await.unwrap();
    assert_eq!(fresh.me(), ann.me());
    assert!(operations(&fresh).await.contains(&"passphrase_changed"));
}

#[tokio::test]
async fn a_session_alone_changes_no_passphrase() {
    let relay = Relay::start();
    let ann = Someone::register(&relay, "ann").await;
    let wrong = ann.session.change_passphrase("not the passphrase", NEW).await.unwrap_err();
    assert_eq!(wrong.code, Code::LoginFailed);
    let weak = ann.session.change_passphrase(PASSPHRASE, "short").await.unwrap_err();
    assert_eq!(weak.code, Code::PassphraseWeak);
    ann.client.login(Credentials::new(&ann.email, PASSPHRASE)).await.unwrap();
    assert!(!operations(&ann.session).await.contains(&"passphrase_changed"));
}

#[tokio::test]
async fn a_lost_answer_leaves_a_passphrase_that_this_device_can_use() {
    let relay = Relay::start();
    let ann = Someone::register(&relay, "ann").await;
    ann.wire().turn(|method, path, response| {
        let lost = method == "PUT" && path == route::my_passphrase();
        if lost { Err(TransportError("lost".into())) } else { Ok(response) }
    });
    let lost = ann.session.change_passphrase(PASSPHRASE, NEW).await.unwrap_err();
    assert_eq!(lost.code, Code::Network);
    ann.wire().straight();
    // The relay took it: no alarm, and the old one is gone.
    assert_eq!(refused(&ann.client, Credentials::new(&ann.email, PASSPHRASE)).await, Code::LoginFailed);
    ann.client.login(Credentials::new(&ann.email, NEW)).await.unwrap();
}

#[tokio::test]
async fn iterations_rise_at_login_and_alarm_nobody() {
    let relay = Relay::start();
    let ann = Someone::register(&relay, "ann").await;
    let other = ann.elsewhere(&relay).await;
    let dearer = elsewhere(&relay).with_iterations(600_100).unwrap();
    let session = dearer.login(Credentials::new(&ann.email, PASSPHRASE)).await.unwrap();
    assert!(operations(&session).await.contains(&"passphrase_strengthened"));

    let served = std::rc::Rc::new(std::cell::Cell::new(0));
    let seen = served.clone();
    other.wire().turn(move |_, path, response| {
        if path == route::login_parameters() {
            seen.set(serde_json::from_slice::<LoginParameters>(&response.body).unwrap().kdf.iterations);
        }
        Ok(response)
    });
    other.client.login(Credentials::new(&ann.email, PASSPHRASE)).await.unwrap();
    assert_eq!(served.get(), 600_100);
    assert!(other.session.organizations().list().await.is_ok(), "other sessions go on");
    // Once is enough, and nobody goes back.
    dearer.login(Credentials::new(&ann.email, PASSPHRASE)).await.unwrap();
    let raised = operations(&session).await;
    assert_eq!(raised.iter().filter(|name| **name == "passphrase_strengthened").count(), 1);
    for iterations in [0, 599_999, 10_000_001] {
        assert!(elsewhere(&relay).with_iterations(iterations).is_err());
    }
}
