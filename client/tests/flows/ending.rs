//! Keys in somebody else's hands, and the way back.

use keyferry_client::{Credentials, GrantStanding, LostPassphrase, Pin};
use keyferry_protocol::{Code, Role};

use crate::passphrase::{NEW, elsewhere, refused};
use crate::people::{Acme, PASSPHRASE, Someone, admit, content};
use crate::relay::Relay;

#[tokio::test]
async fn a_compromised_consultant_reads_nothing_more_and_the_approver_sees_why() {
    let Acme { relay, owner, approver, consultant, organization } = Acme::found().await;
    let acme = Acme { relay, owner, approver, consultant, organization };
    let file = acme.owner.upload(acme.organization.id, &content(70_000)).await;
    acme.grant(&file, 1).await;
    acme.consultant.read(&file).await.unwrap();
    let session = &acme.consultant.session;
    assert_eq!(session.report_compromise("not the passphrase").await.unwrap_err().code, Code::LoginFailed);
    let told = session.report_compromise(PASSPHRASE).await.unwrap();
    let names: Vec<_> = told.iter().map(|event| (event.operation.name(), event.file)).collect();
    let expected = [
        ("account_compromised", None),
        ("account_compromised", None),
        ("file_downloaded", Some(file.id)),
        ("wrapped_key_served", Some(file.id)),
    ];
    assert_eq!(names, expected);
    assert_eq!(acme.consultant.read(&file).await.unwrap_err().code, Code::SessionInvalid);
    let again = Credentials::new(&acme.consultant.email, PASSPHRASE);
    assert_eq!(refused(&elsewhere(&acme.relay), again).await, Code::AccountSuspended);
    let grants = acme.approver.session.grants().list(acme.organization.id).await.unwrap();
    assert_eq!(grants[0].standing, GrantStanding::Revoked, "though no approver signed it");
}

#[tokio::test]
async fn an_owner_whose_keys_are_lost_is_seen_by_those_who_can_rotate() {
    let Acme { relay, owner, approver, consultant, organization } = Acme::found().await;
    let due = async |someone: &Someone| {
        let seen = someone.session.organizations().get(organization.id).await.unwrap();
        [seen.root_due_since_ms, seen.vault_due_since_ms].map(|since| since.is_some())
    };
    let alone = owner.session.report_compromise(PASSPHRASE).await.unwrap_err();
    assert_eq!(alone.code, Code::LastOwner);
    assert!(alone.message.contains("Acme"), "{}", alone.message);
    let second = Someone::register(&relay, "second").await;
    admit(&owner, &second, &organization, Role::Owner).await;
    owner.session.report_compromise(PASSPHRASE).await.unwrap();
    for someone in [&second, &approver] {
        assert_eq!(due(someone).await, [true, true]);
    }
    assert_eq!(due(&consultant).await, [false, false]);
}

#[tokio::test]
async fn a_tested_code_is_the_way_back_and_testing_does_not_use_it_up() {
    let relay = Relay::start();
    let ann = Someone::register(&relay, "ann").await;
    let organization = ann.session.organizations().create("Acme", Default::default()).await.unwrap();
    let file = ann.upload(organization.id, &content(10_000)).await;
    let code = ann.session.create_recovery_code(PASSPHRASE).await.unwrap();
    let another = format!("{}address", "abandon ".repeat(14));
    assert_eq!(ann.session.test_recovery_code("abandon").await.unwrap_err().code, Code::ValueInvalid);
    assert_eq!(ann.session.test_recovery_code(&another).await.unwrap_err().code, Code::UnlockFailed);
    let untested = ann.session.report_compromise(PASSPHRASE).await.unwrap_err();
    assert_eq!(untested.code, Code::LastOwner);
    ann.session.test_recovery_code(&code).await.unwrap();
    ann.session.report_compromise(PASSPHRASE).await.unwrap();

    let device = elsewhere(&relay);
    let lost = LostPassphrase { email: &ann.email, code: &code, passphrase: NEW };
    device.recover(lost).await.unwrap();
    let client = elsewhere(&relay);
    let session = client.login(Credentials::new(&ann.email, NEW)).await.unwrap();
    session
        .people()
        .pin_organization(organization.id, organization.fingerprint, Pin::Verified)
        .await
        .unwrap();
    let recovered = Someone { email: ann.email.clone(), device: Default::default(), client, session };
    assert_eq!(recovered.read(&file).await.unwrap(), content(10_000), "the last owner kept the vault");
    let seen = recovered.session.organizations().get(organization.id).await.unwrap();
    assert!(seen.root_due_since_ms.is_some() && seen.vault_due_since_ms.is_some());
}
