//! A lost passphrase, and the code on paper.

use keyferry_client::platform::TransportError;
use keyferry_client::{Client, Credentials, LostPassphrase};
use keyferry_protocol::wire::account::Recoverable;
use keyferry_protocol::{Code, route};

use crate::passphrase::{NEW, elsewhere, operations, refused};
use crate::people::{Acme, PASSPHRASE, Someone, content};
use crate::relay::Relay;
use crate::wire::Wired;

const THIRD: &str = "the third is the charm of all";

async fn fails(client: &Client<Wired>, lost: LostPassphrase<'_>) -> Code {
    client.recover(lost).await.map(|_| ()).unwrap_err().code
}

#[tokio::test]
async fn a_code_opens_the_account_on_a_new_device_once_and_makes_the_next() {
    let Acme { relay, owner: ann, organization, .. } = Acme::found().await;
    let file = ann.upload(organization.id, &content(70_000)).await;
    let code = ann.session.create_recovery_code(PASSPHRASE).await.unwrap();
    assert_eq!(code.split(' ').count(), 15);

    let device = elsewhere(&relay);
    let lost = LostPassphrase { email: &ann.email, code: &code, passphrase: NEW };
    let next = device.recover(lost).await.unwrap();
    let again = Credentials { changed_elsewhere: true, ..Credentials::new(&ann.email, NEW) };
    let session = device.login(again).await.unwrap();
    assert_eq!(session.me(), ann.me(), "it is the same identity");
    let ended = ann.session.organizations().list().await.unwrap_err();
    assert_eq!(ended.code, Code::SessionInvalid, "every session ended");
    assert_eq!(
        refused(&elsewhere(&relay), Credentials::new(&ann.email, PASSPHRASE)).await,
        Code::LoginFailed
    );
    let recovered = Someone {
        email: ann.email.clone(),
        device: Default::default(),
        client: elsewhere(&relay),
        session: elsewhere(&relay).login(Credentials::new(&ann.email, NEW)).await.unwrap(),
    };
    recovered
        .session
        .people()
        .pin_organization(organization.id, organization.fingerprint, keyferry_client::Pin::Verified)
        .await
        .unwrap();
    assert_eq!(recovered.read(&file).await.unwrap(), content(70_000), "and no file is lost");
    let seen = operations(&session).await;
    for operation in ["recovery_code_set", "recovery_begun", "account_recovered"] {
        assert!(seen.contains(&operation), "{operation}: {seen:?}");
    }

    let again = LostPassphrase { email: &ann.email, code: &code, passphrase: THIRD };
    assert_eq!(fails(&elsewhere(&relay), again).await, Code::LoginFailed, "a code is good once");
    let again = LostPassphrase { email: &ann.email, code: &next, passphrase: THIRD };
    elsewhere(&relay).recover(again).await.unwrap();
}

#[tokio::test]
async fn wrong_words_and_weak_passphrases_send_nothing_and_a_wrong_code_opens_nothing() {
    let relay = Relay::start();
    let ann = Someone::register(&relay, "ann").await;
    let code = ann.session.create_recovery_code(PASSPHRASE).await.unwrap();
    let device = elsewhere(&relay);
    let swapped = code.split(' ').rev().collect::<Vec<_>>().join(" ");
    let weak = LostPassphrase { email: &ann.email, code: &code, passphrase: "short" };
    assert_eq!(fails(&device, weak).await, Code::PassphraseWeak);
    // One order of words in 32 has the right checksum by chance; then it is another code.
    let wrong = fails(&device, LostPassphrase { email: &ann.email, code: &swapped, passphrase: NEW }).await;
    assert!(matches!(wrong, Code::ValueInvalid | Code::LoginFailed), "{wrong:?}");
    if wrong == Code::ValueInvalid {
        assert!(device.platform().wire().asked().is_empty());
    }
    let another = format!("{}address", "abandon ".repeat(14));
    for email in [ann.email.as_str(), "nobody@example.org"] {
        let lost = LostPassphrase { email, code: &another, passphrase: NEW };
        assert_eq!(fails(&device, lost).await, Code::LoginFailed, "{email}");
    }
    let stolen_session = ann.session.create_recovery_code("not the passphrase").await.unwrap_err();
    assert_eq!(stolen_session.code, Code::LoginFailed);
    ann.client.login(Credentials::new(&ann.email, PASSPHRASE)).await.unwrap();
}

#[tokio::test]
async fn a_changed_passphrase_leaves_the_code_and_a_new_code_ends_the_old() {
    let relay = Relay::start();
    let ann = Someone::register(&relay, "ann").await;
    let first = ann.session.create_recovery_code(PASSPHRASE).await.unwrap();
    let second = ann.session.create_recovery_code(PASSPHRASE).await.unwrap();
    ann.session.change_passphrase(PASSPHRASE, NEW).await.unwrap();
    let lost = |code| LostPassphrase { email: &ann.email, code, passphrase: THIRD };
    assert_eq!(fails(&elsewhere(&relay), lost(&first)).await, Code::LoginFailed);
    elsewhere(&relay).recover(lost(&second)).await.unwrap();
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_and_a_changed_lock_opens_nothing() {
    let relay = Relay::start();
    let ann = Someone::register(&relay, "ann").await;
    let code = ann.session.create_recovery_code(PASSPHRASE).await.unwrap();
    let device = elsewhere(&relay);
    let lost = || LostPassphrase { email: &ann.email, code: &code, passphrase: NEW };

    device.platform().wire().turn(|method, path, response| {
        if method != "POST" || path != route::recovery() {
            return Ok(response);
        }
        let mut served: Recoverable = serde_json::from_slice(&response.body).unwrap();
        served.bundle.keys.swap(0, 1);
        served.bundle.keys[0].ciphertext.0[3] ^= 1;
        Ok(keyferry_client::platform::Response { body: serde_json::to_vec(&served).unwrap(), ..response })
    });
    assert_eq!(fails(&device, lost()).await, Code::UnlockFailed);
    ann.client.login(Credentials::new(&ann.email, PASSPHRASE)).await.unwrap();

    let once = std::cell::Cell::new(true);
    device.platform().wire().turn(move |method, path, response| {
        let lose = method == "PUT" && path == route::recovery() && once.replace(false);
        if lose { Err(TransportError("lost".into())) } else { Ok(response) }
    });
    device.recover(lost()).await.unwrap();
}
